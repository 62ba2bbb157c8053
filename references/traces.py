"""Largest eigenvalues of symmetric semidefinite matrices, enclosed by squaring them.

With p = 2^SQUARINGS, trace(M^2p) / trace(M^p) <= lambda^p <= trace(M^2p)^(1/2): at most one part
in 2 p / log n wide, far less where the largest eigenvalue stands apart. Powers of two are taken out
of every square without rounding, and the root is made of square roots, so that a kernel gives the
same bits on every processor. docs/references.md derives the slack.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from references.compiled import in_place, kernel
from references.dense import add_products
from references.members import UNIT, halves, load

Array = NDArray[np.float64]
SLACK = 4.0
SQUARINGS = 6
FLOOR = 2.0**-960  # more than underflow takes from squares of matrices with a trace near 1


@in_place
def largest_eigenvalue(power: Array, spare: Array, noise: float, ends: Array) -> None:
    """Ends of the largest eigenvalue of a matrix (n, n) known within `noise` in the 2-norm.

    `power` is symmetric, is overwritten, and so is `spare`; [0, inf] where its trace is not a
    positive number, for zeros among others.
    """
    n = len(power)
    trace = normalise(power)
    ends[0], ends[1] = 0.0, np.inf
    if not (0 < trace < np.inf and noise < np.inf):
        return
    exponent = math.frexp(trace)[1]  # of M, M^2, M^4 ... the power is 2^exponent times `power`
    for _ in range(SQUARINGS):
        trace = gram(power, spare)
        power, spare = spare, power
        trace = normalise(power)
        exponent = 2 * exponent + math.frexp(trace)[1]
    squares, sums = 0.0, spare[0]
    sums[:] = 0.0
    for i in range(n):
        for j in range(n):
            sums[j] += power[i, j] * power[i, j]
    for j in range(n):
        squares += sums[j]
    whole, rest = divmod(exponent, 2**SQUARINGS)
    trace = math.frexp(trace)[0]
    low, high = math.ldexp(squares / trace, rest), math.ldexp(math.sqrt(squares), rest)
    for _ in range(SQUARINGS):
        low, high = math.sqrt(low), math.sqrt(high)
    slack = SLACK * (n + 2.0) ** 2 * math.sqrt(n) * UNIT
    first, second = halves(max(-2100, min(whole, 2000)))
    ends[0] = max(low * (1 - slack) * first * second - noise, 0.0)
    ends[1] = high * (1 + slack) * first * second + noise


@in_place
def normalise(matrix: Array) -> float:
    """Bring the trace to [1/2, 1) by a power of two; what it was."""
    trace = 0.0
    for i in range(len(matrix)):
        trace += matrix[i, i]
    if 0 < trace < np.inf:
        first, second = halves(-math.frexp(trace)[1])
        for i in range(len(matrix)):
            for j in range(len(matrix)):
                matrix[i, j] = matrix[i, j] * first * second
    return trace


@in_place
def gram(tall: Array, result: Array) -> float:
    """T^T T of a matrix (p, q), and its trace, the square of the Frobenius norm."""
    result[:] = 0.0
    add_products(tall, tall, result)
    trace = 0.0
    for k in range(len(result)):
        trace += result[k, k]
    return trace


@kernel
def eigenvalue_ends(matrices: Array, noise: Array, ends: Array) -> None:
    """Ends (B, 2) for stacks (B, n, n), known within noise (B,)."""
    n = matrices.shape[1]
    power, spare = np.empty((2, n, n))
    for member in range(len(matrices)):
        for i in range(n):
            for j in range(n):
                power[i, j] = 0.5 * matrices[member, i, j] + 0.5 * matrices[member, j, i]
        largest_eigenvalue(power, spare, noise[member], ends[member])


@kernel
def squared_norm_ends(stack: Array, ends: Array) -> None:
    """Ends (B, 2) of the square of the 2-norm of stacks (B, m, n), entries at most 1.

    The Gram matrix is off by gamma_m of the square of the Frobenius norm, its trace.
    """
    m, n = stack.shape[1:]
    small, large = min(m, n), max(m, n)
    tall, (matrix, spare) = np.empty((large, small)), np.empty((2, small, small))
    for member in range(len(stack)):
        load(stack[member], 0, tall, turn=m < n)
        trace = gram(tall, matrix)
        if trace == 0 and not stack[member].any():
            ends[member] = 0.0
            continue
        noise = SLACK * (large + 2) * UNIT * trace + FLOOR
        largest_eigenvalue(matrix, spare, noise, ends[member])

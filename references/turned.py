"""Approximate bases turned to better ones, for kernels: what proofs about spectra are made of.

Vectors lie in rows. A turn W is any matrix of float64 numbers; the basis that it makes of X is X W,
which is never rounded. docs/references.md derives the bounds.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from references.compiled import fma, part, two_sum
from references.members import UNIT, UP

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
TINY = 2.0**-480  # more than what underflow can take from squares, sums and products
JOIN = 2.0**12  # values nearer than this times the largest coupling are turned together


@part
def rounding(terms: int) -> float:
    """Of sums of so many products, twice, and what surrounds them: relative to absolute values."""
    return 2 * (terms + 12) * UNIT


@part
def residuals(
    across: Array, x: Array, y: Array, value: Array, r: Array, lost: Array, sums: Array
) -> None:
    """Rows A x_j - value_j y_j, `across` being A^T; lost[j] bounds the length of their errors.

    Sums of exact products carry their errors (Ogita, Rump and Oishi 2005, Dot2).
    """
    head, low, steps = sums[0], sums[1], sums[2]
    m = r.shape[1]
    for j in range(len(x)):
        factor = -value[j]
        for i in range(m):
            p = factor * y[j, i]
            head[i], low[i] = p, fma(factor, y[j, i], -p)
            steps[i] = abs(low[i])
        for k in range(len(across)):
            z = x[j, k]
            for i in range(m):
                p = across[k, i] * z
                total, error = two_sum(head[i], p)
                head[i] = total
                c = low[i] + (error + fma(across[k, i], z, -p))
                low[i] = c
                steps[i] += abs(c)
        squares = 0.0
        for i in range(m):
            r[j, i] = head[i] + low[i]
            wide = 3 * UNIT * (steps[i] + abs(r[j, i]))
            squares += wide * wide
        lost[j] = math.sqrt(squares) * UP + TINY


@part
def multiply(a: Array, b: Array, c: Array) -> None:
    """A B into C, in float64."""
    c[:] = 0.0
    add_multiple(a, b, c)


@part
def add_multiple(a: Array, b: Array, c: Array) -> None:
    """A B added to C, in float64."""
    for i in range(a.shape[0]):
        for k in range(a.shape[1]):
            x = a[i, k]
            for j in range(b.shape[1]):
                c[i, j] += x * b[k, j]


@part
def copy(a: Array, result: Array) -> None:
    """A into `result`; the compiler's own copies of arrays look for overlaps first."""
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            result[i, j] = a[i, j]


@part
def transpose(a: Array, result: Array) -> None:
    """A^T into `result`."""
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            result[j, i] = a[i, j]


@part
def lengths(rows: Array, result: Array) -> None:
    """Upper bounds of the lengths of rows."""
    for j in range(rows.shape[0]):
        squares = 0.0
        for i in range(rows.shape[1]):
            squares += rows[j, i] * rows[j, i]
        result[j] = math.sqrt(squares) * UP + TINY


@part
def frobenius(rows: Array, sums: Array) -> float:
    """The Frobenius norm, rounded; summed by columns, which is faster. `sums` is room for a row."""
    m = rows.shape[1]
    for i in range(m):
        sums[i] = 0.0
    for j in range(rows.shape[0]):
        for i in range(m):
            sums[i] += rows[j, i] * rows[j, i]
    whole = 0.0
    for i in range(m):
        whole += sums[i]
    return math.sqrt(whole)


@part
def defect(rows: Array, turned: Array, gram: Array, sums: Array) -> float:
    """An upper bound of the Frobenius norm of X^T X - I; `turned` is the transpose of the rows."""
    multiply(rows, turned, gram)
    size = 0.0
    for i in range(len(gram)):
        size += abs(gram[i, i])
        gram[i, i] -= 1.0
    return (frobenius(gram, sums) + rounding(rows.shape[1]) * size) * UP + TINY


@part
def largest_coupling(c: Array) -> float:
    """The largest entry off the diagonal."""
    top = 0.0
    for i in range(len(c)):
        for j in range(len(c)):
            if i != j:
                top = max(top, abs(c[i, j]))
    return top


@part
def chains(value: Array, near: float, ends: Integers) -> bool:
    """Neighbours within `near` belong to one chain: ends[0], where each starts, ends[1], stops.

    `value` is in order, either way. Whether there is a chain of more than one.
    """
    n = len(value)
    joined = False
    for j in range(n):
        starts = j == 0 or not abs(value[j] - value[j - 1]) <= near
        ends[0, j] = j if starts else ends[0, j - 1]
        joined |= not starts
    for j in range(n - 1, -1, -1):
        stops = j == n - 1 or ends[0, j + 1] != ends[0, j]
        ends[1, j] = j + 1 if stops else ends[1, j + 1]
    return joined


@part
def descent(value: Array, tail: Array, sign: float) -> float:
    """How far sign (value + tail) may lie from the same numbers in ascending order."""
    found = 0.0
    for j in range(len(value) - 1):
        step = (value[j + 1] - value[j]) + (tail[j + 1] - tail[j])
        found += max(-sign * step, 0.0)
    return found * UP


@part
def separation(value: Array, tail: Array, j: int, radius: float, among: int) -> float:
    """A lower bound of the distance of a value from all that are not its own; at least TINY.

    Exact ones are within `radius` of value + tail, ascending; each stands there `among` times.
    """
    n = len(value)
    size = max(abs(value[0]), abs(value[n - 1]))
    first = j // among * among
    nearest = np.inf
    for k in (first - 1, first + among):
        if 0 <= k < n:
            step = abs((value[k] - value[j]) + (tail[k] - tail[j]))
            nearest = min(nearest, step * (1 - 2.0**-40) - 2.0**-100 * size)
    return max(nearest - radius, TINY)

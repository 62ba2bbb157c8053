"""Matrix exponentials by scaling and squaring in twice the precision, with a proved radius.

e^A = (e^B)^(2^s), B = A / 2^s: Taylor's sum of e^B, then s squarings, every matrix a pair hi + lo.
Errors are bounded in the Frobenius norm; on the way the lengths of all e^(A / 2^k) are enclosed,
from which condition numbers follow. docs/references.md derives the constants.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from references.compiled import fma, kernel, part, plus, times, two_sum
from references.members import UNIT, UP, exponent_of, load

Array = NDArray[np.float64]
BLOCKS, BLOCK = 5, 4  # the sum ends at degree 20: five blocks of four powers, and the last one
DEGREE = BLOCKS * BLOCK
REST = 2.0**-107  # sum of (1/4)^k / k! from k = 21 on, with a little to spare
MOST = 48  # squarings; beyond that nothing is proved
THETA = 3.92  # routines are taken to scale the 1-norm to this at least: see docs/bounds.md
FLOOR = 2.0**-1000  # more than underflow takes of a product, of a sum, of scaling

_FACTORIALS = [Fraction(1, math.factorial(k)) for k in range(DEGREE + 1)]
_HEADS = [float(f) for f in _FACTORIALS]
TERMS = np.array([_HEADS, [float(f - Fraction(h)) for f, h in zip(_FACTORIALS, _HEADS)]])  # noqa: B905


class Raised(NamedTuple):
    """Stacks of exponentials within `radius` (B,), in the Frobenius norm, of (hi + lo) 2^exponent.

    `numbers` (B, 6): what `QUANTITIES` names, upper bounds. Infinite where nothing is proved.
    """

    hi: Array
    lo: Array
    radius: Array
    exponent: NDArray[np.int64]
    numbers: Array


QUANTITIES = ("norm_a", "hump", "kappa", "bottom", "ladder", "lost")


def exponentials(a: Array, finite: NDArray[np.bool_]) -> Raised:
    """e^A for a stack (B, n, n); members that are not finite, or too large, stay unproved."""
    depth = len(a)
    found = Raised(
        np.zeros(a.shape),
        np.zeros(a.shape),
        np.full(depth, np.inf),
        np.zeros(depth, np.int64),
        np.full((depth, len(QUANTITIES)), np.inf),
    )
    _exponentials(np.ascontiguousarray(a, np.float64), finite, TERMS, *found)
    return found


@part
def multiply(a: Array, b: Array, result: Array, sums: Array) -> None:
    """Pairs (2, n, n): result = a b, within 4 n (n + 4) u^2 |a||b| entry by entry."""
    n = a.shape[1]
    head, low = sums[0], sums[1]
    for i in range(n):
        for j in range(n):
            head[j], low[j] = 0.0, 0.0
        for k in range(n):
            x, rest = a[0, i, k], a[1, i, k]
            for j in range(n):
                y = b[0, k, j]
                p = x * y
                total, error = two_sum(head[j], p)
                head[j] = total
                low[j] = fma(rest, y, fma(x, b[1, k, j], low[j] + (error + fma(x, y, -p))))
        for j in range(n):
            result[0, i, j], result[1, i, j] = two_sum(head[j], low[j])


@part
def frobenius(a: Array) -> float:
    """The Frobenius norm of entries near 1, an upper bound; times 1 - 2^-28 a lower one."""
    total = 0.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            total += a[i, j] * a[i, j]
    return math.sqrt(total) * UP + FLOOR


@part
def length(a: Array, power: Array, spare: Array) -> float:
    """An upper bound of the 2-norm of entries near 1: the 16th root of ||(A^T A)^8||_F.

    No more than n^(1/32) too large.
    """
    n = a.shape[0]
    for i in range(n):
        for j in range(n):
            power[i, j] = 0.0
        for k in range(n):
            x = a[k, i]
            for j in range(n):
                power[i, j] += x * a[k, j]
    for _ in range(3):
        for i in range(n):
            for j in range(n):
                spare[i, j] = 0.0
            for k in range(n):
                x = power[i, k]
                for j in range(n):
                    spare[i, j] += x * power[k, j]
        power[:] = spare
    return math.sqrt(math.sqrt(math.sqrt(math.sqrt(frobenius(power))))) * UP


@part
def size_of(a: Array) -> tuple[float, float, float]:
    """Upper bounds of entries near 1: the 2-norm, crudely, the Frobenius norm and the 1-norm."""
    rows, columns = 0.0, 0.0
    for i in range(a.shape[0]):
        row, column = 0.0, 0.0
        for j in range(a.shape[1]):
            row += abs(a[i, j])
            column += abs(a[j, i])
        rows, columns = max(rows, row), max(columns, column)
    whole = frobenius(a)
    return min(whole, math.sqrt(rows) * math.sqrt(columns) * UP), whole, columns * UP


@part
def halvings(size: float, exponent: int, goal: float) -> int:
    """The least k for which size 2^(exponent - k) is at most `goal`, zero at least."""
    fraction, power = math.frexp(size / goal * UP)
    return max(0, exponent + power - (1 if fraction == 0.5 else 0))


@part
def taylor(terms: Array, powers: Array, total: Array, spare: Array, sums: Array) -> float:
    """Taylor's sum of e^B into `total`; `powers[0]` is B. How far it is off, Frobenius norm.

    B is at most 1/4 long. Blocks of four powers, the blocks by Horner's rule in B^4.
    """
    n = total.shape[1]
    rounding = 4 * n * (n + 4) * UNIT * UNIT * UP
    norms, errors = np.zeros(BLOCK), np.zeros(BLOCK)
    norms[0] = frobenius(powers[0, 0])
    for k in range(1, BLOCK):
        multiply(powers[k - 1], powers[0], powers[k], sums)
        norms[k] = frobenius(powers[k, 0])
        errors[k] = (errors[k - 1] + rounding * norms[k - 1]) * norms[0] + FLOOR
    root = math.sqrt(n) * UP
    last, size, error = BLOCK - 1, 0.0, 0.0
    total[:] = 0.0
    for i in range(n):
        total[0, i, i], total[1, i, i] = terms[0, DEGREE], terms[1, DEGREE]
    size = terms[0, DEGREE] * root
    for block in range(BLOCKS - 1, -1, -1):
        multiply(total, powers[last], spare, sums)
        error = (error + rounding * size) * norms[last] + (size + error) * errors[last] + FLOOR
        size = size * norms[last]
        for power in range(BLOCK - 1, -1, -1):
            c, c_lo = terms[0, block * BLOCK + power], terms[1, block * BLOCK + power]
            for i in range(n):
                for j in range(n):
                    if power > 0:
                        x, y = powers[power - 1, 0, i, j], powers[power - 1, 1, i, j]
                        x, y = times(x, y, c, c_lo)
                    else:
                        x, y = (c, c_lo) if i == j else (0.0, 0.0)
                    spare[0, i, j], spare[1, i, j] = plus(spare[0, i, j], spare[1, i, j], x, y)
            size += c * (norms[power - 1] if power > 0 else root)
            error += c * errors[power - 1] if power > 0 else 0.0
        error = (error + 24 * UNIT * UNIT * size) * UP + FLOOR
        total[:] = spare
        size = (size + error) * UP
    return (error + REST * root) * UP


@part
def normalised(a: Array) -> int:
    """Bring the largest entry of a pair to [1/2, 1); the power of two that was taken out."""
    exponent = exponent_of(a[0], 0)
    a *= math.ldexp(1.0, -exponent)
    return exponent


@part
def fill(row: Array, values: tuple[float, float, float, float, float, float]) -> None:
    """Write six numbers."""
    for k in range(len(values)):
        row[k] = values[k]


@kernel
def _exponentials(
    a: Array,
    finite: NDArray[np.bool_],
    terms: Array,
    hi: Array,
    lo: Array,
    radius: Array,
    exponents: NDArray[np.int64],
    numbers: Array,
) -> None:
    n = a.shape[1]
    rounding = 4 * n * (n + 4) * UNIT * UNIT * UP
    x, z, sums = np.empty((2, n, n)), np.empty((2, n, n)), np.empty((2, n))
    powers, near = np.zeros((BLOCK, 2, n, n)), np.empty((2, n, n))
    for member in range(len(a)):
        if not finite[member]:
            continue
        top = exponent_of(a[member], 0)
        load(a[member], -top, near[0], turn=False)
        crude, whole, columns = size_of(near[0])
        steps = halvings(columns, top, THETA)  # squarings of a routine
        count = max(halvings(crude, top, 0.25), steps + 1)
        if count > MOST:
            continue
        load(a[member], -count, powers[0, 0], turn=False)
        error = taylor(terms, powers, x, z, sums)
        exponent = normalised(x)
        error = math.ldexp(error, -exponent) + FLOOR
        crude, whole = math.ldexp(crude, top - steps - 1), math.ldexp(whole, top - steps - 1)
        halved = math.sqrt(n) + (whole * math.expm1(crude) / crude if crude > 0 else 0.0)
        two = length(x[0], near[0], near[1]) + error
        low = frobenius(x[0]) * (1 - 2.0**-28) - error
        hump = math.exp(math.ldexp(crude, steps + 1 - count)) / math.ldexp(low, exponent) * UP
        bottom, ladder, lost, before = 0.0, 0.0, 0.0, 0.0
        for k in range(count, 0, -1):
            size = frobenius(x[0]) + error
            if k == steps + 1:
                before = math.ldexp(two, exponent) * halved
            multiply(x, x, z, sums)
            error = (error * (2 * two + error) + rounding * size * size) * UP + FLOOR
            low = frobenius(z[0]) * (1 - 2.0**-28) - error
            if not low > 0:
                break
            longer = size * two / low * UP
            hump *= longer
            shift = normalised(z)
            x[:] = z
            exponent = 2 * exponent + shift
            error = math.ldexp(error, -shift) + FLOOR
            two = length(x[0], near[0], near[1]) + error
            if k == steps + 1:
                unit = math.ldexp(1.0, -exponent)
                bottom = before * (unit + two) / math.ldexp(low, -shift) * UP
            elif k <= steps:
                bottom *= 2 * longer
                ladder = (2 * longer * ladder + size * size / low) * UP
                unit = math.ldexp(1.0, max(-1000, -exponent)) if exponent > -1020 else np.inf
                lost = (2 * longer * lost + unit / math.ldexp(low, -shift)) * UP
        if low > 0:
            hi[member], lo[member], radius[member], exponents[member] = x[0], x[1], error, exponent
            norm, condition = math.ldexp(columns, top), hump * math.ldexp(whole, steps + 1) * UP
            fill(numbers[member], (norm, hump, condition, bottom, ladder, lost))

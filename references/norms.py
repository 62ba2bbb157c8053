"""Norms of stacks in float64 with proved lower and upper ends.

Rounding: a sum of k products in any order is off by at most k u / (1 - k u) relative to the sum
of absolute values (Higham 2002, 3.1); SLACK times k u also covers the few operations around it.
Underflow is an absolute term. Every interval here is of a number that is not negative.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from references.compiled import kernel
from references.doubledouble import UNIT, shift
from references.interval import Interval, above, below, sqrt
from references.traces import eigenvalue_ends, squared_norm_ends
from references.truth import Enclosure

Array = NDArray[np.float64]
SLACK = 4.0
SMALLEST = 2.0**-1074


def entries(array: Array) -> Interval:
    """|entries| of exact numbers; NaN counts as unknown."""
    size = np.abs(array)
    unknown = np.isnan(size)
    return Interval(np.where(unknown, 0.0, size), np.where(unknown, np.inf, size))


def absolute(part: Enclosure) -> Interval:
    """|entries| of an enclosure, without its power of two."""
    sides = (np.ascontiguousarray(side) for side in (part.hi, part.lo, part.radius))
    hi, lo, radius = (side.reshape(-1) for side in sides)
    ends = np.empty((2, *part.hi.shape))
    _absolute(hi, lo, radius, ends.reshape(2, -1))
    return Interval(*ends)


@kernel
def _absolute(hi: Array, lo: Array, radius: Array, ends: Array) -> None:
    for i in range(len(hi)):
        low, high = hi[i], hi[i]
        if lo[i] != 0 or radius[i] != 0:
            low, high = (
                below(below(hi[i] + lo[i]) - radius[i]),
                above(above(hi[i] + lo[i]) + radius[i]),
            )
        ends[0, i], ends[1, i] = max(low, -high, 0.0), max(abs(low), abs(high))


def scaled(value: Interval, exponent: NDArray[np.int64]) -> Interval:
    """An interval (B, ...) times 2^exponent (B,), rounded outward; zero stays zero."""
    return clipped(
        Interval(shift(value.lower, exponent), shift(value.upper, exponent)) + 0.0,
        zero=value.upper == 0,
    )


def clipped(value: Interval, zero: NDArray[np.bool_] | bool = False) -> Interval:
    """The part of an interval that is not negative; nothing but 0 where `zero`."""
    lower = np.where(zero, 0.0, np.maximum(value.lower, 0.0))
    return Interval(lower, np.where(zero, 0.0, np.maximum(value.upper, 0.0)))


def known(value: Interval, where: NDArray[np.bool_]) -> Interval:
    """The interval of members (B,) that are known, [0, inf] for the others."""
    return Interval(np.where(where, value.lower, 0.0), np.where(where, value.upper, np.inf))


def infinite(value: Interval, where: NDArray[np.bool_]) -> Interval:
    """The interval (B,), with infinity itself for the members named."""
    return Interval(np.where(where, np.inf, value.lower), np.where(where, np.inf, value.upper))


def over(dividend: Interval, divisor: Interval) -> Interval:
    """A quotient of numbers that are not negative; 0 / 0 is 0."""
    return clipped(dividend / clipped(divisor), zero=dividend.upper == 0)


def row_sums(a: Interval) -> Interval:
    """Sums over the last axis."""
    return _rounded(a.lower.sum(axis=-1), a.upper.sum(axis=-1), a.lower.shape[-1])


def infinity_norm(a: Interval) -> Interval:
    """The largest row sum: (B, m, n) to (B,)."""
    return largest(row_sums(a))


def column_lengths(a: Interval) -> Interval:
    """The sum of the Euclidean lengths of the columns: (B, m, n) to (B,)."""
    squares = [(side * side).sum(axis=-2) for side in (a.lower, a.upper)]
    lengths = sqrt(_rounded(squares[0], squares[1], a.lower.shape[-2]))
    return row_sums(lengths)


def weighted_row_sums(a: Interval, weights: Interval) -> Interval:
    """The largest over the rows i of sum_j a_ij w_j: (B, m, n) and (B, n) to (B,)."""
    with np.errstate(invalid="ignore", over="ignore"):
        upper = (a.upper @ weights.upper[..., None])[..., 0]
    upper = np.where(np.isnan(upper), np.inf, upper)
    lower = (a.lower @ weights.lower[..., None])[..., 0]
    return largest(_rounded(lower, upper, a.lower.shape[-1]))


def smallest_column(a: Interval) -> Interval:
    """The smallest over the columns of the largest entry of a column: (B, m, n) to (B,)."""
    ends = np.empty((2, len(a.lower)))
    for side, found in zip((a.lower, a.upper), ends, strict=True):
        _smallest_column(np.ascontiguousarray(side), found)
    return Interval(*ends)


@kernel
def _smallest_column(a: Array, found: Array) -> None:
    for member in range(len(a)):
        least = np.inf
        for j in range(a.shape[2]):
            largest_entry = a[member, 0, j]
            for i in range(1, a.shape[1]):
                largest_entry = max(largest_entry, a[member, i, j])
            least = min(least, largest_entry)
        found[member] = least


def smallest(a: Interval) -> Interval:
    """The smallest over the last axis."""
    return Interval(a.lower.min(axis=-1), a.upper.min(axis=-1))


def largest(a: Interval) -> Interval:
    """The largest over the last axis."""
    return Interval(a.lower.max(axis=-1), a.upper.max(axis=-1))


def column_norms(a: Interval) -> Interval:
    """2-norms of the columns: (B, m, n), entries near 1 at most, to (B, n)."""
    with np.errstate(over="ignore", under="ignore"):
        squares = [np.swapaxes(side, 1, 2) ** 2 for side in (a.lower, a.upper)]
    zero = a.upper.max(axis=1) == 0
    sums = row_sums(Interval(squares[0], squares[1] + 2 * SMALLEST))
    floor = a.lower.shape[1] * SMALLEST
    return clipped(sqrt(Interval(sums.lower - floor, sums.upper)), zero)


def frobenius(a: Array) -> Array:
    """An upper bound of the Frobenius norm: (B, m, n), entries near 1 at most, to (B,)."""
    flat = np.abs(a.reshape(len(a), -1, 1))
    return column_norms(Interval(flat, flat)).upper[:, 0]


def two_norm(a: Array) -> Interval:
    """The largest singular value: (B, m, n), entries at most 1, to (B,)."""
    squared = two_norm_squared(a)
    return clipped(sqrt(squared), zero=squared.upper == 0)


def two_norm_squared(a: Array) -> Interval:
    """The largest eigenvalue of A^T A: (B, m, n), entries at most 1, to (B,)."""
    ends = np.empty((len(a), 2))
    squared_norm_ends(np.ascontiguousarray(a), ends)
    return Interval(ends[:, 0].copy(), ends[:, 1].copy())


def largest_eigenvalue(matrix: Array, noise: Array) -> Interval:
    """The largest eigenvalue of symmetric semidefinite (B, n, n), known within `noise` (B,)."""
    ends = np.empty((len(matrix), 2))
    eigenvalue_ends(np.ascontiguousarray(matrix), noise, ends)
    return Interval(ends[:, 0].copy(), ends[:, 1].copy())


def log2_condition(a: Array) -> Array:
    """A guess at log2 of the 2-norm condition (B,), infinite if singular: never a proof."""
    values = np.linalg.svd(a, compute_uv=False)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.log2(values[:, 0]) - np.log2(values[:, -1])
    return np.where(np.isnan(spread), np.inf, spread)


def _rounded(lower: Array, upper: Array, terms: int) -> Interval:
    slack = SLACK * (terms + 1) * UNIT
    floor = terms * SMALLEST
    return clipped(
        Interval(lower * (1 - slack) - floor, upper * (1 + slack) + floor), zero=upper == 0
    )

"""Norms of stacks in float64 with proved lower and upper ends.

Rounding: a sum of k products in any order is off by at most k u / (1 - k u) relative to the sum
of absolute values (Higham 2002, 3.1); SLACK times that covers the few operations around it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from references.doubledouble import shift
from references.interval import Interval, sqrt
from references.truth import Enclosure

Array = NDArray[np.float64]
UNIT = 2.0**-53
SLACK = 4.0
SMALLEST = 2.0**-1074
SQUARINGS = 8


def scaled(value: Interval, exponent: NDArray[np.int64]) -> Interval:
    """A non-negative interval (B, ...) times 2^exponent (B,), rounded outward."""
    with np.errstate(over="ignore", under="ignore"):
        wide = Interval(shift(value.lower, exponent), shift(value.upper, exponent)) + 0.0
    exact_zero = value.upper == 0
    return Interval(
        np.maximum(wide.lower, 0.0), np.where(exact_zero, 0.0, np.maximum(wide.upper, 0.0))
    )


def absolute(part: Enclosure) -> Interval:
    """|entries| of an enclosure, without its power of two."""
    centre = Interval.exact(part.hi) + Interval.exact(part.lo)
    centre = Interval(
        np.where(part.lo == 0, part.hi, centre.lower), np.where(part.lo == 0, part.hi, centre.upper)
    )
    unknown = part.radius > 0
    wide = centre + Interval(-part.radius, part.radius)
    low = np.where(unknown, wide.lower, centre.lower)
    high = np.where(unknown, wide.upper, centre.upper)
    lower = np.maximum(np.maximum(low, -high), 0.0)
    return Interval(lower, np.maximum(np.abs(low), np.abs(high)))


def weighted_row_sums(a: Interval, weights: Interval) -> Interval:
    """max over rows i of sum_j a_ij w_j for non-negative a (B, m, n) and w (B, n)."""
    n = a.lower.shape[-1]
    low = (a.lower @ weights.lower[..., None])[..., 0]
    high = _product(a.upper, weights.upper)
    return _rounded(low.max(axis=-1), high.max(axis=-1), n)


def infinity_norm(a: Interval) -> Interval:
    """The largest row sum of a non-negative stack (B, m, n)."""
    sums = row_sums(a)
    return Interval(sums.lower.max(axis=-1), sums.upper.max(axis=-1))


def row_sums(a: Interval) -> Interval:
    """Sums over the last axis of a non-negative stack."""
    return _rounded(a.lower.sum(axis=-1), a.upper.sum(axis=-1), a.lower.shape[-1])


def smallest_column(a: Interval) -> Interval:
    """The smallest over the columns of the max-norm of a column: (B, m, n) to (B,)."""
    return Interval(*(side.max(axis=1).min(axis=1) for side in (a.lower, a.upper)))


def column_norms(a: Interval) -> Interval:
    """2-norms of the columns of a non-negative stack (B, m, n): (B, n)."""
    rows = Interval(*(np.swapaxes(side, 1, 2) for side in (a.lower, a.upper)))
    with np.errstate(over="ignore", under="ignore"):
        squares = row_sums(Interval(rows.lower**2, rows.upper**2))
    n = a.lower.shape[1]
    # a square may lose SMALLEST to underflow
    lower = np.maximum(squares.lower - n * SMALLEST, 0.0)
    upper = np.where(rows.upper.max(axis=2) == 0, 0.0, squares.upper + n * SMALLEST)
    root = sqrt(Interval(lower, upper))
    return Interval(np.maximum(root.lower, 0.0), np.where(upper == 0, 0.0, root.upper))


def two_norm_squared(a: Array, noise: Array | float = 0.0) -> Interval:
    """The largest eigenvalue of the semidefinite matrices A^T A, by traces of their powers.

    `a` (B, m, n), entries at most 1 in size; see `largest_eigenvalue`. `noise` as there.
    """
    gram = np.swapaxes(a, 1, 2) @ a
    rounding = a.shape[1] * UNIT * SLACK * (a**2).sum(axis=(1, 2)) + a.size * SMALLEST
    return largest_eigenvalue(gram, rounding + noise)


def largest_eigenvalue(matrix: Array, noise: Array) -> Interval:
    """Bounds of the largest eigenvalue of symmetric matrices within `noise` of semidefinite ones.

    `matrix` (B, n, n) is off by at most `noise` (B,) in the 2-norm from the semidefinite M meant.
    trace(M^p) / n <= lambda^p <= trace(M^p), with p = 2^SQUARINGS: about (log n) / p wide. Each
    squaring is exact up to n u trace(M^2) in norm, so the relative errors of the eigenvalue add
    up to n^2 u a squaring at most, once the p-th root is taken.
    """
    n = matrix.shape[-1]
    size = np.trace(matrix, axis1=1, axis2=2)
    safe = np.where((size > 0) & np.isfinite(size), size, 1.0)
    power = matrix / safe[:, None, None]
    logarithm = np.zeros(len(matrix))
    for step in range(SQUARINGS):
        power = power @ power
        trace = np.trace(power, axis1=1, axis2=2)
        trace = np.where(trace > 0, trace, 1.0)
        power = power / trace[:, None, None]
        logarithm += np.log(trace) / 2.0 ** (step + 1)
    slack = SLACK * (n + 2) ** 2 * (SQUARINGS + 2) * UNIT
    top = np.exp(logarithm) * safe
    lower = top * np.exp(-np.log(n) / 2**SQUARINGS) * (1 - slack) - noise
    upper = np.minimum(top * (1 + slack), safe * (1 + slack)) + noise
    known = np.isfinite(size) & np.isfinite(noise)
    return Interval(
        np.where(known & (size > 0), np.maximum(lower, 0.0), 0.0),
        np.where(known, np.where(size > 0, upper, noise), np.inf),
    )


def _product(a: Array, weights: Array) -> Array:
    with np.errstate(invalid="ignore", over="ignore"):
        product = (a @ weights[..., None])[..., 0]
    return np.where(np.isnan(product), np.inf, product)


def _rounded(lower: Array, upper: Array, terms: int) -> Interval:
    slack = SLACK * (terms + 1) * UNIT
    floor = terms * SMALLEST
    return Interval(
        np.maximum(lower * (1 - slack) - floor, 0.0),
        np.where(upper == 0, 0.0, upper * (1 + slack) + floor),
    )

"""How wrong an answer is, in units of eps: intervals, one for each member or entry.

Every measure is relative to powers of two that are taken out exactly, so that no square and no
product leaves the range of float64.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from properties.distances import (
    COLUMNS,
    FROBENIUS,
    LENGTHS,
    ROWS,
    distance,
    error_and_size,
    relative,
)
from properties.routine import Array, Case
from references.interval import Interval, largest
from references.interval_norms import column_norm
from references.norms import scaled
from references.products import product_ends
from references.truth import Enclosure

U = 2.0**-53
SMALLEST = 2.0**-1074


def magnitude(x: Interval) -> Interval:
    """Entrywise absolute value."""
    return Interval(np.maximum(np.maximum(x.lower, -x.upper), 0.0), np.maximum(-x.lower, x.upper))


def value(part: Enclosure) -> Interval:
    """The exact array, without its power of two."""
    return Interval.around(part.hi, part.radius + np.abs(part.lo) * (1 + 2 * U))


def euclidean(x: Interval, axis: int | tuple[int, ...]) -> Interval:
    """Euclidean norms of columns (axis -2), or Frobenius norms (axis (-2, -1)); zero of zeros."""
    if axis == -2:
        return column_norm(x)
    count = len(x.upper)
    return column_norm(Interval(x.lower.reshape(count, -1, 1), x.upper.reshape(count, -1, 1)))[:, 0]


def in_eps(x: Interval, eps: float) -> Interval:
    """An absolute error in units of eps, a power of two: without rounding, so that 0 stays 0."""
    with np.errstate(over="ignore"):  # an error beyond the range is infinite
        return Interval(x.lower / eps, x.upper / eps)


def ratio(error: Interval, size: Interval, eps: float) -> Interval:
    """error / size in units of eps, both nonnegative.

    No error is 0 of any size, zero and unknown ones included; an error of size zero is infinite.
    """
    error = magnitude(error)
    with np.errstate(all="ignore"):
        lower = np.maximum(error.lower / size.upper * (1 - 4 * U) - SMALLEST, 0.0)
        upper = error.upper / np.maximum(size.lower, 0.0) * (1 + 4 * U) + SMALLEST
    if np.isnan(lower).any():
        lower = np.where(np.isnan(lower), 0.0, lower)
    if np.isnan(upper).any():
        upper = np.where(np.isnan(upper), np.inf, upper)
    return in_eps(Interval(lower, np.where(error.upper == 0, 0.0, upper)), eps)


def entrywise(part: int = 0) -> Callable[[Case], Interval]:
    """Relative error of each entry, one underflow (dtype.tiny) forgiven: (B, ...)."""

    def measure(case: Case) -> Interval:
        truth, dtype = case.truth.parts[part], case.dtype
        return relative(case.answer[part], truth, dtype.tiny, dtype.eps)

    return measure


def absolute(part: int = 0) -> Callable[[Case], Interval]:
    """The error of each entry itself, in units of eps: (B, ...)."""

    def measure(case: Case) -> Interval:
        truth = case.truth.parts[part]
        far = distance(case.answer[part], truth)
        return in_eps(scaled(far, truth.exponent) if truth.exponent.any() else far, case.dtype.eps)

    return measure


def _normwise(case: Case, norm: int) -> Interval:
    error, size = error_and_size(case.answer[0], case.truth.parts[0], norm)
    return ratio(error, size, case.dtype.eps)


def matrixwise(case: Case) -> Interval:
    """||X' - X|| / ||X|| in the infinity norm of matrices."""
    return _normwise(case, ROWS)


def columnwise(case: Case) -> Interval:
    """The largest ||x' - x|| / ||x|| of a column, in the infinity norm."""
    return largest(_normwise(case, COLUMNS))


def columnwise_euclidean(case: Case) -> Interval:
    """The largest ||x' - x|| / ||x|| of a column, in the Euclidean norm."""
    return largest(_normwise(case, LENGTHS))


def frobenius(case: Case) -> Interval:
    """||X' - X|| / ||X|| in the Frobenius norm."""
    return _normwise(case, FROBENIUS)


def product(a: Array, b: Array, plus: Array | float = 0.0, a_tail: Array | None = None) -> Interval:
    """(a + a_tail) b + plus for stacks (B, m, k) and (B, k, n), each entry enclosed.

    Entries are shifted by the caller to stay near 1. The interval is about 2^-53 of itself wide,
    and k u^2 of the sum of absolute values.
    """
    shape = *a.shape[:2], b.shape[2]
    added = np.broadcast_to(plus, (1, *shape[1:]) if np.ndim(plus) < 3 else shape)
    tail = np.empty((0, 0, 0)) if a_tail is None else a_tail
    ends = np.empty((2, *shape))
    product_ends(*map(np.ascontiguousarray, (a, tail, b, added)), *ends)
    return Interval(*ends)


def transposed(a: NDArray) -> NDArray:
    """Every matrix of a stack transposed; a copy, which products take four times as fast."""
    return np.ascontiguousarray(np.swapaxes(a, -1, -2))

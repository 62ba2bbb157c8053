"""How wrong an answer is, in units of eps: intervals, one for each member or entry.

Every measure is relative to powers of two that are taken out exactly, so that no square and no
product leaves the range of float64.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from properties.routine import Array, Case
from references.doubledouble import exact_scale, matmul, shift, two_sum
from references.interval import Interval, largest, maximum, sqrt
from references.truth import Enclosure

U = 2.0**-53
LARGEST = float(np.finfo(np.float64).max)


def magnitude(x: Interval) -> Interval:
    """Entrywise absolute value."""
    lower = np.where((x.lower <= 0) & (x.upper >= 0), 0.0, np.minimum(abs(x.lower), abs(x.upper)))
    return Interval(lower, np.maximum(abs(x.lower), abs(x.upper)))


def value(part: Enclosure) -> Interval:
    """The exact array, without its power of two."""
    return Interval.around(part.hi, part.radius + np.abs(part.lo) * (1 + 2 * U))


def distance(answer: Array, part: Enclosure) -> Interval:
    """|answer - truth| entry by entry, in units of 2^exponent of the member.

    The difference of two float64 numbers is formed without error (two_sum), so that only two
    roundings remain beside the radius, and none where the tail of the truth is zero.
    Scaling an answer by a power of two may lose 2^-1074, or leave the range: then the distance
    is at least half the largest number.
    """
    scaled = shift(answer, -part.exponent)
    lost = np.where(shift(scaled, part.exponent) == answer, 0.0, 2.0**-1070)
    head, tail = two_sum(np.clip(scaled, -LARGEST, LARGEST), -part.hi)
    rest = tail - part.lo
    error = head + rest
    rounding = np.where(rest == 0, 0.0, 4 * U * (np.abs(rest) + np.abs(error)))
    slack = np.where(np.isinf(scaled), np.inf, part.radius + rounding + lost)
    far = magnitude(Interval.around(error, slack))
    lower = np.where(np.isinf(scaled) & np.isfinite(part.radius), LARGEST / 2, far.lower)
    exact = slack == 0
    return Interval(np.where(exact, abs(error), lower), np.where(exact, abs(error), far.upper))


def total(x: Interval, axis: int | tuple[int, ...]) -> Interval:
    """Sum of nonnegative entries along axes (Higham 2002, 4.2: n - 1 roundings in any order)."""
    axes = (axis,) if isinstance(axis, int) else axis
    terms = int(np.prod([x.upper.shape[a] for a in axes]))
    slack = terms * 2 * U
    return Interval(x.lower.sum(axis=axis) * (1 - slack), x.upper.sum(axis=axis) * (1 + slack))


def row_norm(x: Interval) -> Interval:
    """Infinity norm of each matrix: (B, m, n) to (B,)."""
    return largest(total(magnitude(x), -1))


def column_max(x: Interval) -> Interval:
    """Infinity norm of each column: (B, m, k) to (B, k)."""
    x = magnitude(x)
    return Interval(x.lower.max(axis=-2), x.upper.max(axis=-2))


def euclidean(x: Interval, axis: int | tuple[int, ...]) -> Interval:
    """Euclidean (or Frobenius) norm along axes; exactly zero of zeros."""
    x = magnitude(x)
    norm = sqrt(total(x * x, axis))
    return Interval(
        np.maximum(norm.lower, 0.0), np.where((x.upper == 0).all(axis=axis), 0.0, norm.upper)
    )


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
        lower = np.nextafter(error.lower / size.upper, -np.inf)
        upper = np.nextafter(error.upper / np.maximum(size.lower, 0.0), np.inf)
    unknown = np.isnan(lower) | (lower < 0)
    lower = np.where(unknown, 0.0, lower)
    upper = np.where(np.isnan(upper), np.inf, upper)
    return in_eps(Interval(lower, np.where(error.upper == 0, 0.0, upper)), eps)


def entrywise(part: int = 0) -> Callable[[Case], Interval]:
    """Relative error of each entry, one underflow (dtype.tiny) forgiven: (B, ...)."""

    def measure(case: Case) -> Interval:
        truth = case.truth.parts[part]
        tiny = shift(np.full(truth.hi.shape, case.dtype.tiny), -truth.exponent)
        far = distance(case.answer[part], truth)
        error = maximum(far - Interval.exact(tiny), 0.0)
        error = Interval(error.lower, np.where(far.upper <= tiny, 0.0, error.upper))
        return ratio(error, magnitude(value(truth)), case.dtype.eps)

    return measure


def matrixwise(case: Case) -> Interval:
    """||X' - X|| / ||X|| in the infinity norm of matrices."""
    part = case.truth.parts[0]
    return ratio(row_norm(distance(case.answer[0], part)), row_norm(value(part)), case.dtype.eps)


def columnwise(case: Case) -> Interval:
    """The largest ||x' - x|| / ||x|| of a column, in the infinity norm."""
    part = case.truth.parts[0]
    error, size = column_max(distance(case.answer[0], part)), column_max(value(part))
    return largest(ratio(error, size, case.dtype.eps))


def columnwise_euclidean(case: Case) -> Interval:
    """The largest ||x' - x|| / ||x|| of a column, in the Euclidean norm."""
    part = case.truth.parts[0]
    error = euclidean(distance(case.answer[0], part), -2)
    return largest(ratio(error, euclidean(value(part), -2), case.dtype.eps))


def frobenius(case: Case) -> Interval:
    """||X' - X|| / ||X|| in the Frobenius norm."""
    part = case.truth.parts[0]
    error = euclidean(distance(case.answer[0], part), (-2, -1))
    return ratio(error, euclidean(value(part), (-2, -1)), case.dtype.eps)


def product(*factors: tuple[Array, Array]) -> Interval:
    """The sum of exact matrix products, each entry enclosed: one double-double sweep.

    Stacks (B, m, k) and (B, k, n); the entries are shifted by the caller to stay near 1.
    """
    left = np.concatenate([a for a, _ in factors], axis=-1)
    right = np.concatenate([b for _, b in factors], axis=-2)
    hi, lo, radius = matmul(left, right)
    return Interval.around(hi, radius + np.abs(lo) * (1 + 2 * U))


def residual(a: Array, x: Array, rhs: Array) -> tuple[Interval, Array, Array, Array]:
    """rhs - a x for stacks, with a, x, rhs shifted alike by powers of two of each member.

    Returns the residual and the shifted a, x, rhs, whose norms it is to be compared with.
    """
    hi, lo, radius, *shifted = split_residual(a, x, rhs)
    a, x, rhs = shifted
    return Interval.around(hi, radius + np.abs(lo) * (1 + 2 * U)), a, x, rhs


def split_residual(
    a: Array, x: Array, rhs: Array
) -> tuple[Array, Array, Array, Array, Array, Array]:
    """The residual as hi + lo within a radius, for what is computed from it; a, x, rhs as above."""
    of_a, of_x, of_rhs = (_scale(array) for array in (a, x, rhs))
    common = np.maximum(of_a + of_x, of_rhs)
    a, x, rhs = shift(a, -of_a), shift(x, of_a - common), shift(rhs, -common)
    identity = np.broadcast_to(np.eye(a.shape[-2]), (len(a), a.shape[-2], a.shape[-2]))
    left, right = np.concatenate([identity, a], -1), np.concatenate([rhs, -x], -2)
    return *matmul(left, right), a, x, rhs


def _scale(array: Array) -> NDArray[np.int64]:
    """Exponent of each member; far below all others where a member is zero."""
    zero = ~array.reshape(len(array), -1).any(axis=1)
    return np.where(zero, -5000, exact_scale(array))


def transposed(a: NDArray) -> NDArray:
    """Every matrix of a stack transposed."""
    return np.swapaxes(a, -1, -2)

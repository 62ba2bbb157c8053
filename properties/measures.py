"""How wrong an answer is, in units of eps: intervals, one for each member or entry.

Every measure is relative to powers of two that are taken out exactly, so that no square and no
product leaves the range of float64.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from properties.routine import Array, Case
from references import slices
from references.doubledouble import exact_scale, shift, two_sum
from references.interval import Interval, largest, sqrt
from references.norms import scaled
from references.truth import Enclosure

U = 2.0**-53
LARGEST = float(np.finfo(np.float64).max)
SMALLEST = 2.0**-1074


def magnitude(x: Interval) -> Interval:
    """Entrywise absolute value."""
    return Interval(np.maximum(np.maximum(x.lower, -x.upper), 0.0), np.maximum(-x.lower, x.upper))


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
    near = np.minimum(np.maximum(scaled, -LARGEST), LARGEST)
    head, tail = two_sum(near, -part.hi)
    rest = tail - part.lo
    error = head + rest
    size = np.abs(error)
    rounding = (rest != 0) * (4 * U * (np.abs(rest) + size))
    lost = (shift(scaled, part.exponent) != answer) * 2.0**-1070
    slack = part.radius + rounding + lost
    wide = slack * (1 + 4 * U)
    lower = np.maximum(size - wide, 0.0)
    lower -= lower * (2 * U)  # stays zero where it is
    upper = size + wide
    upper += upper * (2 * U) * (slack > 0)
    out = np.isinf(scaled)
    if out.any():
        lower = np.where(out & np.isfinite(part.radius), LARGEST / 2, lower)
        upper = np.where(out, np.inf, upper)
    return Interval(np.where(slack == 0, size, lower), upper)


def total(x: Interval, axis: int | tuple[int, ...]) -> Interval:
    """Sum of nonnegative entries along axes, which count from the end.

    n - 1 roundings in any order (Higham 2002, 4.2).
    """
    axes = (axis,) if isinstance(axis, int) else axis
    terms = int(np.prod([x.upper.shape[a] for a in axes]))
    slack = terms * 2 * U
    return Interval(_sum(x.lower, axes) * (1 - slack), _sum(x.upper, axes) * (1 + slack))


def _sum(array: Array, axes: tuple[int, ...]) -> Array:
    """einsum takes a third of the time of NumPy's sum where the last axis is short."""
    letters = "abcdef"[: array.ndim]
    kept = "".join(letters[i] for i in range(array.ndim) if i - array.ndim not in axes)
    return np.einsum(f"{letters}->{kept}", array)


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
        truth = case.truth.parts[part]
        tiny = shift(
            np.full((len(case), *(1,) * (truth.hi.ndim - 1)), case.dtype.tiny), -truth.exponent
        )
        far = distance(case.answer[part], truth)
        error = Interval(  # where the upper end is forgiven, the lower end is too
            np.maximum(far.lower - tiny, 0.0) * (1 - 2 * U),
            np.maximum(far.upper - tiny, 0.0) * (1 + 2 * U),
        )
        return ratio(error, magnitude(value(truth)), case.dtype.eps)

    return measure


def absolute(part: int = 0) -> Callable[[Case], Interval]:
    """The error of each entry itself, in units of eps: (B, ...)."""

    def measure(case: Case) -> Interval:
        truth = case.truth.parts[part]
        far = distance(case.answer[part], truth)
        return in_eps(scaled(far, truth.exponent) if truth.exponent.any() else far, case.dtype.eps)

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


def product(a: Array, b: Array, plus: Array | float = 0.0, a_tail: Array | None = None) -> Interval:
    """(a + a_tail) b + plus for stacks (B, m, k) and (B, k, n), each entry enclosed.

    Entries are shifted by the caller to stay near 1. The interval is about 2^-70 wide, in units of
    the largest of a row of a times the largest of a column of b.
    """
    return _enclosed(*_plus(plus, *slices.product(a, b, a_tail=a_tail)))


def residual(a: Array, x: Array, rhs: Array) -> tuple[Interval, Array, Array, Array]:
    """rhs - a x for stacks, with a, x, rhs shifted alike by powers of two of each member.

    Returns the residual and the shifted a, x, rhs, whose norms it is to be compared with.
    """
    hi, lo, radius, *shifted = split_residual(a, x, rhs)
    a, x, rhs = shifted
    return _enclosed(hi, lo, radius), a, x, rhs


def split_residual(
    a: Array, x: Array, rhs: Array
) -> tuple[Array, Array, Array, Array, Array, Array]:
    """The residual as hi + lo within a radius, for what is computed from it; a, x, rhs as above."""
    of_a, of_x, of_rhs = (_scale(array) for array in (a, x, rhs))
    common = np.maximum(of_a + of_x, of_rhs)
    a, x, rhs = shift(a, -of_a), shift(x, of_a - common), shift(rhs, -common)
    return *_plus(rhs, *slices.product(a, -x)), a, x, rhs


def _plus(plus: Array | float, hi: Array, lo: Array, radius: Array) -> tuple[Array, Array, Array]:
    """hi + lo + plus as hi + lo: only the new lo is rounded."""
    head, tail = two_sum(hi, np.asarray(plus))
    lo = lo + tail
    return head, lo, radius + U * np.abs(lo)


def _enclosed(hi: Array, lo: Array, radius: Array) -> Interval:
    centre = hi + lo
    wide = (radius + 3 * U * np.abs(centre)) * (1 + 8 * U)  # for the rounding of the ends too
    return Interval(centre - wide, centre + wide)


def _scale(array: Array) -> NDArray[np.int64]:
    """Exponent of each member; far below all others where a member is zero."""
    zero = ~array.reshape(len(array), -1).any(axis=1)
    return np.where(zero, -5000, exact_scale(array))


def transposed(a: NDArray) -> NDArray:
    """Every matrix of a stack transposed; a copy, which products take four times as fast."""
    return np.ascontiguousarray(np.swapaxes(a, -1, -2))

"""Exact values of softmax, log_softmax and logsumexp along an axis of a stack.

Level 0 is a kernel over all rows; what it leaves open, and the sharper levels, are balls, row by
row, unless rows are long. A positive axis counts the stack's axis as 0, as TensorFlow does on the
whole stack; the stack's axis itself raises ValueError.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from references import row_balls
from references.balls import TIGHT, UNIT, engines, finite_members
from references.exponentials import TABLE, log_softmax_rows, logsumexp_rows
from references.interval import MAX, Interval, largest
from references.long_rows import LONG
from references.norms import clipped, over
from references.row_balls import Sides
from references.softmax_rows import softmax_rows
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
SMALLEST = 2.0**-1074
HUGE = 2.0**1000  # differences of entries up to here do not overflow
SHRUNK = 4  # the power of two of members with larger ones


def _last(axis: int, count: int) -> bool:
    """Whether an axis of so many is the last one, and nothing need be moved."""
    return axis in (-1, count - 1)


@dataclass(frozen=True)
class Rows:
    """Rows (R, n) along an axis of a stack (B, ...), zero where the member is not finite."""

    values: Array
    finite: NDArray[np.bool_]
    outer: tuple[int, ...]
    axis: int

    @staticmethod
    def of(x: Array, axis: int) -> Rows:
        """The rows of x (B, ...) along an axis; ValueError if that is the stack's."""
        if axis % x.ndim == 0:
            raise ValueError("the axis may not be the stack's")
        finite = finite_members(x)
        if not finite.all():
            x = np.where(finite.reshape(-1, *(1,) * (x.ndim - 1)), x, 0.0)
        moved = x if _last(axis, x.ndim) else np.moveaxis(x, axis, -1)
        values = np.ascontiguousarray(moved).reshape(-1, moved.shape[-1])
        return Rows(values, finite, moved.shape[:-1], axis)

    @property
    def long(self) -> bool:
        """Whether rows are so long that balls would take minutes."""
        return self.values.shape[1] > LONG

    @property
    def members(self) -> NDArray[np.int64]:
        """The member of each row: (R,)."""
        return np.repeat(np.arange(len(self.finite)), len(self.values) // len(self.finite))

    def stacked(self, column: Array, unknown: float = 0.0, keepdims: bool = True) -> Array:
        """(R, n), or (R,) for one number a row, along the axis again, which may go."""
        found = column.reshape(*self.outer, -1)
        if not _last(self.axis, found.ndim):
            found = np.moveaxis(found, -1, self.axis)
        if not keepdims:
            found = found.squeeze(self.axis)
        if not self.finite.all():
            found = np.where(self.finite.reshape(-1, *(1,) * (found.ndim - 1)), found, unknown)
        return np.ascontiguousarray(found)

    def interval(self, lower: Array, upper: Array, keepdims: bool = True) -> Interval:
        """The same for both ends; [0, inf] where the member is not finite."""
        return Interval(self.stacked(lower, 0.0, keepdims), self.stacked(upper, np.inf, keepdims))

    def largest(self, lower: Array, upper: Array) -> Interval:
        """The largest of the rows of each member: (R,) to (B,)."""
        return largest(self.interval(lower, upper))

    def part(self, sides: Sides, exponent: NDArray[np.int64], keepdims: bool = True) -> Enclosure:
        """The enclosure of an answer; infinite radii where the member is not finite."""
        hi, lo, radius = sides
        return Enclosure(
            self.stacked(hi, 0.0, keepdims),
            self.stacked(lo, 0.0, keepdims),
            self.stacked(radius, np.inf, keepdims),
            exponent,
        )


def softmax(x: Array, *, axis: int = -1, level: int = 0) -> Truth:
    """exp(x_i) / sum_j exp(x_j) along `axis` of x (B, ...).

    Each entry is within 2^-92 of itself for rows of up to 64 entries, or twice SMALLEST, and the
    power of two is 0 for every member.

    Quantities: mean_distance, the mean of the distances |x_i - max x| along the axis weighted by
    the answer, of the rank of x with length 1 on the axis; spread, half the sum of it and of each
    distance, of the shape of x; condition (B,), by how much small relative changes of the logits
    change an entry at most.
    """
    rows = Rows.of(x, axis)
    parts, sums = np.empty((5, *rows.values.shape)), np.empty((4, len(rows.values)))
    softmax_rows(rows.values, TABLE, parts, sums)
    sides = parts[0], parts[1], parts[2]
    if level > 0 and not rows.long:
        sides = _sharper(
            rows, row_balls.softmax, level, np.ones(len(rows.values), dtype=bool), sides
        )
    quantities = {
        "mean_distance": rows.interval(sums[0], sums[1]),
        "spread": rows.interval(parts[3], parts[4]),
        "condition": rows.largest(*_quadrupled(sums[2], sums[3])),
    }
    return _truth(
        rows.part(sides, _zeros(rows)), quantities, rows, rows.finite & ((level == 0) | rows.long)
    )


def log_softmax(x: Array, *, axis: int = -1, level: int = 0) -> Truth:
    """x_i - log sum_j exp(x_j) along `axis` of x (B, ...).

    Each entry is within 2^-78 of itself, or a few times SMALLEST; the power of two is 0 but for
    members with entries beyond HUGE.

    Quantities: distance, |x_i - max x|, of the shape of x; mean_distance as for softmax; logarithm,
    log sum_j exp(x_j - max x), of the shape of mean_distance.
    """
    rows = Rows.of(x, axis)
    sums, parts = np.empty((10, len(rows.values))), np.empty((5, *rows.values.shape))
    logsumexp_rows(rows.values, TABLE, sums)
    huge = np.abs(rows.values).reshape(len(x), -1).max(axis=1, initial=0.0) > HUGE
    exponent = np.where(huge, SHRUNK, 0)
    log_softmax_rows(rows.values, sums, np.ldexp(1.0, exponent)[rows.members], parts)
    sides = parts[0], parts[1], parts[2]
    open_ = (np.isinf(sums[5]) | (level > 0)) & (not rows.long)
    if open_.any():
        sides = _sharper(rows, row_balls.log_softmax, level, open_, sides, exponent)
    quantities = {
        "distance": rows.interval(parts[3], parts[4]),
        "mean_distance": rows.interval(sums[6], sums[7]),
        "logarithm": rows.interval(*_ends(sums[3], sums[4], sums[5])),
    }
    return _truth(rows.part(sides, exponent), quantities, rows, ~_any(rows, open_))


def logsumexp(x: Array, *, axis: int = -1, keepdims: bool = False, level: int = 0) -> Truth:
    """log sum_i exp(x_i) along `axis` of x (B, ...); the axis goes, or stays with length 1.

    Each entry is within 2^-60, 2^-90, 2^-101 of itself by level, or a few times SMALLEST; the
    power of two is 0 for every member.

    Quantities: condition (B,), the largest sum_i s_i |x_i| / |answer| with s = softmax(x), by how
    much small relative changes of the entries are magnified; of the shape of the answer
    mean_distance, sum_i s_i (max x - x_i), logarithm, log sum_i exp(x_i - max x), and size,
    |answer|.
    """
    rows = Rows.of(x, axis)
    sums = np.empty((10, len(rows.values)))
    logsumexp_rows(rows.values, TABLE, sums)
    sides = sums[0], sums[1], sums[2]
    open_ = ~((sums[2] <= TIGHT[0] * np.abs(sums[0])) | (sums[2] <= 2.0**-1050)) | (level > 0)
    open_ &= not rows.long
    if open_.any():
        sides = _sharper(rows, row_balls.logsumexp, level, open_, sides)
    size = Interval(*_ends(np.abs(sides[0]), np.copysign(1.0, sides[0]) * sides[1], sides[2]))
    quarter = Interval(0.25 * size.lower, 0.25 * size.upper + SMALLEST * (size.upper > 0))
    condition = over(Interval(sums[8], sums[9]), quarter)
    quantities = {
        "condition": rows.largest(condition.lower, condition.upper),
        "mean_distance": rows.interval(sums[6], sums[7], keepdims),
        "logarithm": rows.interval(*_ends(sums[3], sums[4], sums[5]), keepdims),
        "size": rows.interval(size.lower, size.upper, keepdims),
    }
    return _truth(rows.part(sides, _zeros(rows), keepdims), quantities, rows, ~_any(rows, open_))


def _truth(
    part: Enclosure, quantities: dict[str, Interval], rows: Rows, certified: NDArray[np.bool_]
) -> Truth:
    words = engines(part, rows.finite, rows.finite, certified & rows.finite)
    return Truth((part,), quantities, rows.finite, words)


def _zeros(rows: Rows) -> NDArray[np.int64]:
    return np.zeros(len(rows.finite), np.int64)


def _any(rows: Rows, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Members (B,) that have one of the rows chosen (R,)."""
    found: NDArray[np.bool_] = np.logical_or.reduce(chosen.reshape(len(rows.finite), -1), axis=1)
    return found


def _ends(hi: Array, lo: Array, radius: Array) -> tuple[Array, Array]:
    """The ends of numbers hi + lo that are not negative, known within a radius."""
    exact = (lo == 0) & (radius == 0)
    wide = clipped(Interval.around(hi, np.abs(lo) + radius * (1 + 4 * UNIT)))
    return np.where(exact, hi, wide.lower), np.where(exact, hi, wide.upper)


def _quadrupled(lower: Array, upper: Array) -> tuple[Array, Array]:
    with np.errstate(over="ignore"):
        return np.minimum(4 * lower, MAX), 4 * upper


def _sharper(
    rows: Rows,
    formula: row_balls.Formula,
    level: int,
    chosen: NDArray[np.bool_],
    sides: Sides,
    exponent: NDArray[np.int64] | None = None,
) -> Sides:
    """The sides with the rows chosen (R,) computed again in balls.

    `exponent` (B,): the powers of two that members are divided by.
    """
    copies = tuple(side.copy() for side in sides)
    for row in np.flatnonzero(chosen & rows.finite[rows.members]).tolist():
        power = 0 if exponent is None else int(exponent[rows.members[row]])
        found = row_balls.row(rows.values[row], formula, level, power)
        for side, answers in zip(copies, found, strict=True):
            side[row] = answers if side.ndim == 2 else answers[0]
    return copies[0], copies[1], copies[2]

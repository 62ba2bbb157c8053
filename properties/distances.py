"""How far answers lie from truths, entry by entry: one compiled pass over a stack."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from references.compiled import inlined, kernel, two_sum
from references.interval import MAX, Interval
from references.interval_norms import column_lengths, column_maxima, infinity_norm, interval
from references.members import UNIT, halves
from references.truth import Enclosure

Array = NDArray[np.float64]
Row = tuple[Array, Array, Array, Array]  # of answers, hi, lo and radius
SMALLEST = 2.0**-1074
ROWS, COLUMNS, LENGTHS, FROBENIUS = range(4)  # norms
NEAR = 2000  # powers of two up to here take two multiplications


def distance(answer: Array, part: Enclosure) -> Interval:
    """|answer - truth| entry by entry, in units of 2^exponent of the member.

    The difference of two float64 numbers is formed without error (two_sum), so that only two
    roundings remain beside the radius, and none where the tail of the truth is zero.
    Scaling an answer by a power of two may lose 2^-1074, or leave the range: then the distance
    is at least half the largest number.
    """
    ends = np.empty((2, len(answer), int(np.prod(answer.shape[1:]))))
    x, hi, lo, radius = _flat(answer, part)
    _distances(x, hi, lo, radius, part.exponent, ends)
    return Interval(*ends.reshape(2, *answer.shape))


def relative(answer: Array, part: Enclosure, tiny: float, unit: float) -> Interval:
    """|answer - truth| / |truth| in units of a power of two, `tiny` forgiven of each distance.

    No error is 0 of any size, zero and unknown ones included; an error of size zero is infinite.
    """
    ends = np.empty((2, len(answer), int(np.prod(answer.shape[1:]))))
    x, hi, lo, radius = _flat(answer, part)
    _relative(x, hi, lo, radius, part.exponent, tiny, 1 / unit, ends)
    return Interval(*ends.reshape(2, *answer.shape))


def _flat(answer: Array, part: Enclosure) -> tuple[Array, ...]:
    """Answer, hi, lo and radius as rows, one for each member."""
    return tuple(
        np.ascontiguousarray(side).reshape(len(answer), -1)
        for side in (answer, part.hi, part.lo, part.radius)
    )


def error_and_size(answer: Array, part: Enclosure, norm: int) -> tuple[Interval, Interval]:
    """Norms of answer - truth and of the truth, without 2^exponent, for matrices (B, m, k).

    ROWS and FROBENIUS give (B,), the infinity and the Frobenius norm of matrices; COLUMNS and
    LENGTHS (B, k), the infinity and the Euclidean norm of columns.
    """
    rows, columns = answer.shape[1], answer.shape[2] if answer.ndim == 3 else 1
    norms = np.empty((2, len(answer), columns if norm in (COLUMNS, LENGTHS) else 1, 2))
    x, hi, lo, radius = _flat(answer, part)
    _norms(x, hi, lo, radius, part.exponent, rows, columns, norm, norms)
    error, size = (interval(side if norm in (COLUMNS, LENGTHS) else side[:, 0]) for side in norms)
    return error, size


@kernel
def _norms(
    answer: Array,
    hi: Array,
    lo: Array,
    radius: Array,
    exponent: NDArray[np.int64],
    rows: int,
    columns: int,
    norm: int,
    norms: Array,
) -> None:
    ends = np.empty((4, rows * columns))
    for member in range(len(answer)):
        row = answer[member], hi[member], lo[member], radius[member]
        power = -exponent[member]
        if abs(power) <= NEAR:
            distance_row(row, power, ends[0], ends[1], near=True)
        else:
            distance_row(row, power, ends[0], ends[1], near=False)
        size_row(row, ends[2], ends[3])
        for side in range(2):
            least = ends[2 * side].reshape(rows, columns)
            most, found = ends[2 * side + 1].reshape(rows, columns), norms[side, member]
            if norm == ROWS:
                infinity_norm(least, most, found[0])
            elif norm == COLUMNS:
                column_maxima(least, most, found)
            elif norm == LENGTHS:
                column_lengths(least, most, found)
            else:
                whole = rows * columns
                column_lengths(least.reshape(whole, 1), most.reshape(whole, 1), found)


@inlined
def size_row(row: Row, lows: Array, highs: Array) -> None:
    """The sizes of the truths of one member."""
    _, hi, lo, radius = row
    for i in range(len(hi)):
        wide = (radius[i] + abs(lo[i])) * (1 + 4 * UNIT)
        lows[i] = max(abs(hi[i]) - wide, 0.0) * (1 - 2 * UNIT)
        highs[i] = (abs(hi[i]) + wide) * (1 + 2 * UNIT)


@kernel
def _distances(
    answer: Array, hi: Array, lo: Array, radius: Array, exponent: NDArray[np.int64], ends: Array
) -> None:
    for member in range(len(answer)):
        row = answer[member], hi[member], lo[member], radius[member]
        power = -exponent[member]
        if abs(power) <= NEAR:
            distance_row(row, power, ends[0, member], ends[1, member], near=True)
        else:
            distance_row(row, power, ends[0, member], ends[1, member], near=False)


@inlined
def distance_row(row: Row, power: int, lows: Array, highs: Array, near: bool) -> None:
    """The distances of one member; a loop without a branch computes several at once."""
    answer, hi, lo, radius = row
    first, second = halves(power if near else 0)
    for i in range(len(answer)):
        low, high = gap(answer[i], hi[i], lo[i], radius[i], power, first, second, near)
        lows[i], highs[i] = low, high


@kernel
def _relative(
    answer: Array,
    hi: Array,
    lo: Array,
    radius: Array,
    exponent: NDArray[np.int64],
    tiny: float,
    scale: float,
    ends: Array,
) -> None:
    for member in range(len(answer)):
        row = answer[member], hi[member], lo[member], radius[member]
        power = -exponent[member]
        if abs(power) <= NEAR:
            relative_row(row, power, tiny, scale, ends[0, member], ends[1, member], near=True)
        else:
            relative_row(row, power, tiny, scale, ends[0, member], ends[1, member], near=False)


@inlined
def relative_row(
    row: Row, power: int, tiny: float, scale: float, lows: Array, highs: Array, near: bool
) -> None:
    """The relative distances of one member, times a power of two."""
    answer, hi, lo, radius = row
    first, second = halves(power if near else 0)
    forgiven = math.ldexp(tiny, power)
    for i in range(len(answer)):
        low, high = gap(answer[i], hi[i], lo[i], radius[i], power, first, second, near)
        low = max(low - forgiven, 0.0) * (1 - 2 * UNIT)
        high = max(high - forgiven, 0.0) * (1 + 2 * UNIT)
        wide = (radius[i] + abs(lo[i])) * (1 + 4 * UNIT)
        least = max(abs(hi[i]) - wide, 0.0) * (1 - 2 * UNIT)
        most = (abs(hi[i]) + wide) * (1 + 2 * UNIT)
        low = max(low / most * (1 - 4 * UNIT) - SMALLEST, 0.0)
        lows[i] = low * scale if low >= 0 else 0.0
        share = high / least * (1 + 4 * UNIT) + SMALLEST
        high = share if high > 0 else high
        highs[i] = high * scale if high >= 0 else np.inf


@inlined
def gap(
    x: float,
    hi: float,
    lo: float,
    radius: float,
    power: int,
    first: float,
    second: float,
    near: bool,
) -> tuple[float, float]:
    """The ends of |x 2^power - (hi + lo)|, known within a radius.

    Where `near`, 2^power is first x second, for |power| is at most NEAR.
    """
    if near:
        scaled = x * first * second
        back = scaled * (1 / second) * (1 / first)
    else:
        scaled = math.ldexp(x, power)
        back = math.ldexp(scaled, -power)
    head, tail = two_sum(max(-MAX, min(scaled, MAX)), -hi)
    rest = tail - lo
    size = abs(head + rest)
    wide = radius
    wide = wide + 4 * UNIT * (abs(rest) + size) if rest != 0 else wide
    wide = wide + 2.0**-1070 if back != x else wide
    reach = wide * (1 + 4 * UNIT)
    low = size if wide == 0 else max(size - reach, 0.0) * (1 - 2 * UNIT)
    high = size if wide == 0 else (size + reach) * (1 + 2 * UNIT)
    beyond = abs(scaled) == np.inf
    low = 0.5 * MAX if beyond and radius < np.inf else low
    high = np.inf if beyond else high
    return low, high

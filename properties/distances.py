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


def relative(answer: Array, part: Enclosure, tiny: float) -> Interval:
    """|answer - truth| / |truth| entry by entry, `tiny` forgiven of each distance.

    No error is 0 of any size, zero and unknown ones included; an error of size zero is infinite.
    """
    ends = np.empty((2, len(answer), int(np.prod(answer.shape[1:]))))
    x, hi, lo, radius = _flat(answer, part)
    _relative(x, hi, lo, radius, part.exponent, tiny, ends)
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
    shape = answer.shape if answer.ndim == 3 else (*answer.shape, 1)
    norms = np.empty((2, shape[0], shape[2] if norm in (COLUMNS, LENGTHS) else 1, 2))
    x, hi, lo, radius = (
        np.ascontiguousarray(side).reshape(shape)
        for side in (answer, part.hi, part.lo, part.radius)
    )
    _norms(x, hi, lo, radius, part.exponent, norm, norms)
    error, size = (interval(side if norm in (COLUMNS, LENGTHS) else side[:, 0]) for side in norms)
    return error, size


@kernel
def _norms(
    answer: Array,
    hi: Array,
    lo: Array,
    radius: Array,
    exponent: NDArray[np.int64],
    norm: int,
    norms: Array,
) -> None:
    rows, columns = answer.shape[1:]
    ends = np.empty((4, rows, columns))
    for member in range(len(answer)):
        power = -exponent[member]
        first, second = halves(max(-NEAR, min(power, NEAR)))
        for i in range(rows):
            for j in range(columns):
                head, tail, wide = hi[member, i, j], lo[member, i, j], radius[member, i, j]
                x = answer[member, i, j]
                low, high = gap(x, head, tail, wide, power, first, second)
                ends[0, i, j], ends[1, i, j] = low, high
                wide = (wide + abs(tail)) * (1 + 4 * UNIT)
                ends[2, i, j] = max(abs(head) - wide, 0.0) * (1 - 2 * UNIT)
                ends[3, i, j] = (abs(head) + wide) * (1 + 2 * UNIT)
        for side in range(2):
            least, most, found = ends[2 * side], ends[2 * side + 1], norms[side, member]
            if norm == ROWS:
                infinity_norm(least, most, found[0])
            elif norm == COLUMNS:
                column_maxima(least, most, found)
            elif norm == LENGTHS:
                column_lengths(least, most, found)
            else:
                whole = rows * columns
                column_lengths(least.reshape(whole, 1), most.reshape(whole, 1), found)


@kernel
def _distances(
    answer: Array, hi: Array, lo: Array, radius: Array, exponent: NDArray[np.int64], ends: Array
) -> None:
    for member in range(len(answer)):
        power = -exponent[member]
        first, second = halves(max(-NEAR, min(power, NEAR)))
        for i in range(answer.shape[1]):
            x, head, tail, wide = answer[member, i], hi[member, i], lo[member, i], radius[member, i]
            low, high = gap(x, head, tail, wide, power, first, second)
            ends[0, member, i], ends[1, member, i] = low, high


@kernel
def _relative(
    answer: Array,
    hi: Array,
    lo: Array,
    radius: Array,
    exponent: NDArray[np.int64],
    tiny: float,
    ends: Array,
) -> None:
    for member in range(len(answer)):
        power = -exponent[member]
        first, second = halves(max(-NEAR, min(power, NEAR)))
        forgiven = math.ldexp(tiny, power)
        for i in range(answer.shape[1]):
            head, wide = hi[member, i], radius[member, i]
            low, high = gap(answer[member, i], head, lo[member, i], wide, power, first, second)
            low = max(low - forgiven, 0.0) * (1 - 2 * UNIT)
            high = max(high - forgiven, 0.0) * (1 + 2 * UNIT)
            wide = (wide + abs(lo[member, i])) * (1 + 4 * UNIT)
            least = max(abs(head) - wide, 0.0) * (1 - 2 * UNIT)
            most = (abs(head) + wide) * (1 + 2 * UNIT)
            low = max(low / most * (1 - 4 * UNIT) - SMALLEST, 0.0)
            ends[0, member, i] = low if low >= 0 else 0.0
            if high > 0:
                high = high / least * (1 + 4 * UNIT) + SMALLEST
            ends[1, member, i] = high if high >= 0 else np.inf


@inlined
def gap(
    x: float, hi: float, lo: float, radius: float, power: int, first: float, second: float
) -> tuple[float, float]:
    """The ends of |x 2^power - (hi + lo)|, known within a radius; 2^power is first x second."""
    wide = radius
    if abs(power) <= NEAR:
        scaled = x * first * second
        back = scaled / second / first
    else:
        scaled = math.ldexp(x, power)
        back = math.ldexp(scaled, -power)
    head, tail = two_sum(max(-MAX, min(scaled, MAX)), -hi)
    rest = tail - lo
    size = abs(head + rest)
    if rest != 0:
        wide += 4 * UNIT * (abs(rest) + size)
    if back != x:
        wide += 2.0**-1070
    if wide == 0:
        low, high = size, size
    else:
        reach = wide * (1 + 4 * UNIT)
        low = max(size - reach, 0.0) * (1 - 2 * UNIT)
        high = (size + reach) * (1 + 2 * UNIT)
    if np.isinf(scaled):
        low, high = 0.5 * MAX if radius < np.inf else low, np.inf
    return low, high

"""How far answers lie from truths, entry by entry: one compiled pass over a stack."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from references.compiled import kernel, two_sum
from references.interval import MAX, Interval
from references.members import UNIT, halves
from references.truth import Enclosure

Array = NDArray[np.float64]
NEAR = 2000  # powers of two up to here take two multiplications


def distance(answer: Array, part: Enclosure) -> Interval:
    """|answer - truth| entry by entry, in units of 2^exponent of the member.

    The difference of two float64 numbers is formed without error (two_sum), so that only two
    roundings remain beside the radius, and none where the tail of the truth is zero.
    Scaling an answer by a power of two may lose 2^-1074, or leave the range: then the distance
    is at least half the largest number.
    """
    ends = np.empty((2, len(answer), int(np.prod(answer.shape[1:]))))
    x, hi, lo, radius = (
        np.ascontiguousarray(side).reshape(ends.shape[1:])
        for side in (answer, part.hi, part.lo, part.radius)
    )
    _distances(x, hi, lo, radius, part.exponent, ends)
    return Interval(*ends.reshape(2, *answer.shape))


@kernel
def _distances(
    answer: Array, hi: Array, lo: Array, radius: Array, exponent: NDArray[np.int64], ends: Array
) -> None:
    for member in range(len(answer)):
        power = -exponent[member]
        first, second = halves(max(-NEAR, min(power, NEAR)))
        for i in range(answer.shape[1]):
            x, wide = answer[member, i], radius[member, i]
            scaled = x * first * second if abs(power) <= NEAR else math.ldexp(x, power)
            back = scaled / second / first if abs(power) <= NEAR else math.ldexp(scaled, -power)
            head, tail = two_sum(max(-MAX, min(scaled, MAX)), -hi[member, i])
            rest = tail - lo[member, i]
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
                low, high = 0.5 * MAX if radius[member, i] < np.inf else low, np.inf
            ends[0, member, i], ends[1, member, i] = low, high

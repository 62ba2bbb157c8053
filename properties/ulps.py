"""Errors in units in the last place of the exact value, entry by entry."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from properties.distances import NEAR, gap
from properties.dtypes import Dtype
from properties.routine import Array, Case
from references.compiled import inlined, kernel
from references.interval import Interval
from references.members import UNIT, halves
from references.truth import Enclosure

ZERO = -5000  # the exponent of zero: below that of any number


def ulps(case: Case) -> Interval:
    """|answer - truth| / ulp(truth), (B, ...): ulp(t) is eps times the power of two below |t|.

    Below the smallest normal number ulp is the spacing of subnormal ones; there zero and the
    smallest normal number of the truth's sign are no error, for results may be flushed. A truth
    that nobody can place on one side of that number, as asin(x) of it, but that rounds to it, is
    not below: of a result that is normal once it is rounded nothing is lost (IEEE 754-2019, 7.5,
    tininess after rounding).
    """
    return ulps_of(case.answer[0], case.truth.parts[0], case.dtype)


def ulps_of(answer: Array, part: Enclosure, dtype: Dtype) -> Interval:
    """The same of an answer and an enclosure."""
    ends = np.empty((2, len(answer), int(np.prod(answer.shape[1:]))))
    x, hi, lo, radius = (
        np.ascontiguousarray(side).reshape(len(answer), -1)
        for side in (answer, part.hi, part.lo, part.radius)
    )
    _ulps(x, hi, lo, radius, part.exponent, dtype.bits, dtype.min_exponent, ends)
    return Interval(*ends.reshape(2, *answer.shape))


@kernel
def _ulps(
    answer: Array,
    hi: Array,
    lo: Array,
    radius: Array,
    exponent: NDArray[np.int64],
    bits: int,
    lowest: int,
    ends: Array,
) -> None:
    """Write the ends (2, B, k) of the errors; `lowest` is the exponent of the smallest normal."""
    for member in range(len(answer)):
        power = -exponent[member]
        near = abs(power) <= NEAR
        first, second = halves(power if near else 0)
        tiny = math.ldexp(1.0, lowest)
        for i in range(answer.shape[1]):
            x, head = answer[member, i], hi[member, i]
            tail, wide = lo[member, i], radius[member, i]
            low, high = gap(x, head, tail, wide, power, first, second, near)
            first_bit, last_bit = _binades(head, tail, wide)
            least = max(first_bit, lowest + power) - bits + 1
            most = max(last_bit, lowest + power) - bits + 1
            low, high = math.ldexp(low, -most), math.ldexp(high, -least)
            if np.isnan(high):  # both near the largest number, of different signs
                low, high = np.inf, np.inf
            flushed = x == 0 or (abs(x) == tiny and x * head > 0)
            if flushed and first_bit < lowest + power:
                if last_bit < lowest + power:
                    low, high = 0.0, 0.0
                elif not _rounds_up(head, tail, wide, lowest + power, bits):
                    low = 0.0
            ends[0, member, i], ends[1, member, i] = low, high


@inlined
def _binades(hi: float, lo: float, radius: float) -> tuple[int, int]:
    """The exponents of the powers of two at or below the least and the largest |hi + lo|.

    |lo| is at most a unit roundoff of |hi|, which mostly settles both.
    """
    size, tail = abs(hi), lo if hi > 0 else -lo
    if radius > 2.0**-40 * size:
        low = max(size - radius, 0.0) * (1 - 4 * UNIT)
        return _below(low), _below((size + radius) * (1 + 4 * UNIT))
    if size == 0:
        return ZERO, ZERO
    exponent = _below(size)
    base = math.ldexp(1.0, exponent)
    slack = radius * (1 + 4 * UNIT)
    low, high = exponent, exponent
    if size - base < slack - tail:
        low -= 1
        if size - base < -(slack + tail):
            high -= 1
    if base - (size - base) <= slack + tail:
        high += 1
    return low, high


@inlined
def _rounds_up(hi: float, lo: float, radius: float, exponent: int, bits: int) -> bool:
    """Whether |hi + lo| is 2^exponent to `bits` digits, or more: at most eps/4 of it is missing."""
    base = math.ldexp(1.0, exponent)
    missing = (base - abs(hi)) - (lo if hi > 0 else -lo) + radius * (1 + 4 * UNIT)
    return missing <= math.ldexp(base, -1 - bits) * (1 - 8 * UNIT)


@inlined
def _below(size: float) -> int:
    """The exponent of the power of two at or below a number that is not negative."""
    return math.frexp(size)[1] - 1 if size > 0 else ZERO

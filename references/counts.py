"""Sums of weights by the whole number that stands beside each, and shares of zeros, exact.

Arrays (B, ...) and keyword arguments are those of properties/math/calls.py. A member with NaN or an
infinity has no answer.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from references.interval import Interval
from references.members import finite_members
from references.segments import unsorted_segment_sum
from references.sums import over
from references.truth import Enclosure, Truth


def bins(arr: Sequence[int], minlength: int, maxlength: int | None) -> int:
    """How many bins there are: up to the largest number, at least and at most as many as told."""
    count = max(minlength, max(arr) + 1)
    return count if maxlength is None else min(count, maxlength)


def bincount(
    weights: NDArray,
    *,
    arr: Sequence[int],
    minlength: int = 0,
    maxlength: int | None = None,
    by_row: bool = True,
    level: int = 0,
) -> Truth:
    """Sums of the weights (B, n) of each number; those beyond the last bin do not count."""
    count = bins(arr, minlength, maxlength)
    return unsorted_segment_sum(weights, segment_ids=arr, num_segments=count)


def zero_fraction(value: NDArray, *, level: int = 0) -> Truth:
    """The number of zeros of each member over that of its entries: (B,)."""
    finite, count = finite_members(value), float(value[0].size)
    zeros = (value == 0).sum(axis=tuple(range(1, value.ndim))).astype(np.float64)
    nothing = np.zeros(len(value))
    whole = Enclosure(zeros, nothing, nothing, np.zeros(len(value), np.int64))
    part = over(whole, count)
    part = Enclosure(part.hi, part.lo, np.where(finite, part.radius, np.inf), part.exponent)
    words = np.where(finite, "double-double", "not finite")
    size = {"size": Interval.exact(zeros) / count}
    return Truth((part,), size, finite, tuple(words.tolist()))

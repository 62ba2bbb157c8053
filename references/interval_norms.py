"""Norms of matrices of intervals, for whole stacks in one pass.

Parts work on the ends of one matrix and write both ends of each norm, rounded outward; of numbers
known exactly both ends are the same matrix. NaN is an interval of which nothing is known.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from references.compiled import in_place, inlined, kernel
from references.interval import MAX, Interval
from references.members import UNIT

Array = NDArray[np.float64]
SMALLEST = 2.0**-1074


@inlined
def magnitude(lower: float, upper: float) -> tuple[float, float]:
    """The ends of the absolute value; NaN where the upper one is unknown."""
    if not lower <= upper:
        return 0.0, np.nan
    return max(lower, -upper, 0.0), max(-lower, upper)


@in_place
def widen(ends: Array, low: float, high: float, terms: int) -> None:
    """Ends of an interval from sums of `terms` numbers that are not negative; NaN is unknown."""
    ends[0] = min(low, MAX) * (1 - 2 * terms * UNIT) if high >= low else 0.0
    ends[1] = high * (1 + 2 * terms * UNIT) if high >= low else np.inf


@in_place
def infinity_norm(lower: Array, upper: Array, ends: Array) -> None:
    """The largest sum of absolute values of a row: `ends` (2,)."""
    least, most, whole = 0.0, 0.0, 0.0
    for i in range(lower.shape[0]):
        low, high = 0.0, 0.0
        for j in range(lower.shape[1]):
            small, large = magnitude(lower[i, j], upper[i, j])
            low += small
            high += large
        least, most = max(least, low), max(most, high)
        whole += high
    widen(ends, least, most if whole < np.inf else whole, lower.shape[1])


@in_place
def norm_of(turned: Array, sums: Array, ends: Array) -> None:
    """The infinity norm of an exact matrix (m, n), given transposed; `sums` (m,) is overwritten."""
    sums[:] = 0.0
    for j in range(turned.shape[0]):
        for i in range(len(sums)):
            sums[i] += abs(turned[j, i])
    most, whole = 0.0, 0.0
    for total in sums:
        most = max(most, total)
        whole += total
    most = most if whole < np.inf else whole
    widen(ends, most, most, turned.shape[0])


@in_place
def column_maxima(lower: Array, upper: Array, ends: Array) -> None:
    """The largest absolute value of each column, without rounding: `ends` (k, 2)."""
    for j in range(lower.shape[1]):
        least, most, whole = 0.0, 0.0, 0.0
        for i in range(lower.shape[0]):
            low, high = magnitude(lower[i, j], upper[i, j])
            least, most = max(least, low), max(most, high)
            whole += high
        widen(ends[j], least, most if whole < np.inf else whole, 0)


@in_place
def column_lengths(lower: Array, upper: Array, ends: Array) -> None:
    """The Euclidean length of each column, exactly zero of zeros: `ends` (k, 2)."""
    for j in range(lower.shape[1]):
        least, most, largest = 0.0, 0.0, 0.0
        for i in range(lower.shape[0]):
            low, high = magnitude(lower[i, j], upper[i, j])
            least += low * low
            most += high * high
            largest = max(largest, high)
        terms = lower.shape[0]
        lost = terms * SMALLEST
        if largest > 0:
            most = most * (1 + 2 * terms * UNIT) + 2 * lost
        least = max(min(least, MAX) * (1 - 2 * terms * UNIT) - 2 * lost, 0.0)
        widen(ends[j], np.sqrt(least), np.sqrt(most), 2)


@kernel
def _row_norms(lower: Array, upper: Array, ends: Array) -> None:
    for member in range(len(lower)):
        infinity_norm(lower[member], upper[member], ends[member])


@kernel
def _column_maxima(lower: Array, upper: Array, ends: Array) -> None:
    for member in range(len(lower)):
        column_maxima(lower[member], upper[member], ends[member])


@kernel
def _column_lengths(lower: Array, upper: Array, ends: Array) -> None:
    for member in range(len(lower)):
        column_lengths(lower[member], upper[member], ends[member])


def row_norm(x: Interval) -> Interval:
    """Infinity norm of each matrix: (B, m, n) to (B,)."""
    return _ends(_row_norms, x, (len(x.upper),))


def column_max(x: Interval) -> Interval:
    """Infinity norm of each column: (B, m, k) to (B, k)."""
    return _ends(_column_maxima, x, (len(x.upper), x.upper.shape[2]))


def column_norm(x: Interval) -> Interval:
    """Euclidean norm of each column: (B, m, k) to (B, k); exactly zero of zeros."""
    return _ends(_column_lengths, x, (len(x.upper), x.upper.shape[2]))


def _ends(norms: Callable[..., None], x: Interval, shape: tuple[int, ...]) -> Interval:
    ends = np.empty((*shape, 2))
    norms(np.ascontiguousarray(x.lower), np.ascontiguousarray(x.upper), ends)
    return interval(ends)


def interval(ends: Array) -> Interval:
    """Ends (..., 2) as an interval (...)."""
    return Interval(ends[..., 0].copy(), ends[..., 1].copy())

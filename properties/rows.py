"""Measures of rows along an axis, one compiled pass over a stack: what they sum to, their order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from references.compiled import in_place, kernel, two_sum
from references.interval import Interval
from references.interval_norms import interval
from references.members import UNIT, UP

Array = NDArray[np.float64]
COUNTED = 1024  # entries whose ranks are counted; longer rows are sorted


def along(x: Array, axis: int) -> Array:
    """The rows along an axis of a stack (B, ...): (B, r, n)."""
    moved = x if axis in (-1, x.ndim - 1) else np.moveaxis(x, axis, -1)
    return np.ascontiguousarray(moved, np.float64).reshape(len(x), -1, moved.shape[-1])


def excess(rows: Array) -> Interval:
    """|sum - 1| of rows (B, r, n), the largest of each member (B,); summed with its errors."""
    ends = np.zeros((len(rows), 2))
    _excess(rows, ends)
    return interval(ends)


def falls(x: Array, y: Array, tiny: float) -> Array:
    """By how much, relatively, an entry of y falls below that of the next smaller x: (B,).

    For rows (B, r, n); equal entries of x are in the order of their places. `tiny` is forgiven,
    and is the least that a fall is relative to.
    """
    worst = np.zeros(len(x))
    _falls(x, y, tiny, np.empty(x.shape[2], np.int64), worst)
    return worst


@kernel
def _excess(rows: Array, ends: Array) -> None:
    for member in range(len(rows)):
        for row in rows[member]:
            total, errors, lost = -1.0, 0.0, 0.0
            for y in row:
                total, error = two_sum(total, y)
                errors += error
                lost += abs(errors)
            size = abs(total + errors)
            wide = (UNIT * lost + 2 * UNIT * size) * UP
            if not wide < np.inf:
                ends[member, 1] = np.inf
                continue
            ends[member, 0] = max(ends[member, 0], (size - wide) * (1 - 2 * UNIT))
            ends[member, 1] = max(ends[member, 1], (size + wide) * (1 + 2 * UNIT))


@kernel
def _falls(x: Array, y: Array, tiny: float, order: NDArray[np.int64], worst: Array) -> None:
    for member in range(len(x)):
        for row in range(x.shape[1]):
            if x.shape[2] > COUNTED:
                order[:] = np.argsort(x[member, row], kind="mergesort")
            else:
                ranked(x[member, row], order)
            for i in range(1, x.shape[2]):
                before, after = y[member, row, order[i - 1]], y[member, row, order[i]]
                drop = before - after - tiny
                if drop > 0:
                    worst[member] = max(worst[member], drop / max(after, tiny))


@in_place
def ranked(x: Array, order: NDArray[np.int64]) -> None:
    """The places of x (n,) in ascending order of the entries, equal ones as they come.

    Ranks are counted, which a processor does for many entries at once and without a branch. Where
    entries are equal or NaN they do not add up to what n different ones have.
    """
    n, total = len(x), 0
    for i in range(n):
        y, rank = x[i], 0
        for j in range(n):
            rank += 1 if x[j] < y else 0
        order[rank] = i
        total += rank
    if total != n * (n - 1) // 2:
        inserted(x, order)


@in_place
def inserted(x: Array, order: NDArray[np.int64]) -> None:
    """The same by insertion."""
    for i in range(len(x)):
        j = i
        while j > 0 and x[order[j - 1]] > x[i]:
            order[j] = order[j - 1]
            j -= 1
        order[j] = i

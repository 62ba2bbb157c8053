"""Gaussian elimination with partial pivoting in float64, for how much its pivots grow."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from references.doubledouble import exact_scale, shift
from references.interval import Interval

Array = NDArray[np.float64]


class Elimination(NamedTuple):
    """What an elimination tells of a stack of B matrices.

    `growth` (B,): || |L||U| || / ||A||, infinity norms. `spread` (B,): log2 max|u| / min|u| over
    the diagonal of U, a guess at log2 of the condition number, infinite for a zero pivot.
    """

    growth: Interval
    spread: Array


def eliminate(a: Array) -> Elimination:
    """Eliminate a stack (B, n, n) by the first largest pivot of each column.

    The growth that Higham (2002, 9.3) bounds the backward error by belongs to the computed
    factors. Those of another precision or blocking differ in rounding, and in pivots where two
    candidates nearly tie: the upper end allows one part in a hundred for the rounding. A member
    that is not finite has a growth between 1 and infinity.
    """
    count, n = len(a), a.shape[-1]
    finite = np.all(np.isfinite(a), axis=(1, 2))
    work = shift(np.where(finite[:, None, None], a, 0.0), -exact_scale(a))
    size = np.abs(work).sum(axis=2).max(axis=1)
    lower = np.zeros_like(work)
    every = np.arange(count)
    for k in range(n):
        pivot = k + np.abs(work[:, k:, k]).argmax(axis=1)
        for array in (work, lower):
            array[every, k], array[every, pivot] = array[every, pivot], array[every, k].copy()
        top = work[:, k, k]
        factors = work[:, k + 1 :, k] / np.where(top == 0, 1.0, top)[:, None]
        lower[:, k, k] = 1.0
        lower[:, k + 1 :, k] = factors
        work[:, k + 1 :, k:] -= factors[:, :, None] * work[:, None, k, k:]
        work[:, k + 1 :, k] = 0.0
    product = np.abs(lower) @ np.abs(work)
    growth = product.sum(axis=2).max(axis=1) / np.where(size == 0, 1.0, size)
    growth = np.maximum(growth, 1.0)
    pivots = np.abs(np.diagonal(work, axis1=1, axis2=2))
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.log2(pivots.max(axis=1)) - np.log2(pivots.min(axis=1))
    spread = np.where(np.isnan(spread), np.inf, spread)
    return Elimination(
        Interval(np.where(finite, growth, 1.0), np.where(finite, 1.01 * growth, np.inf)), spread
    )

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
    finite = np.all(np.isfinite(a), axis=(1, 2))
    work = shift(np.where(finite[:, None, None], a, 0.0), -exact_scale(a))
    size = np.abs(work).sum(axis=2).max(axis=1, initial=0.0)
    lower, upper = _factors(np.ascontiguousarray(np.moveaxis(work, 0, -1)))
    product = np.abs(lower) @ np.abs(upper)
    growth = product.sum(axis=2).max(axis=1, initial=0.0) / np.where(size == 0, 1.0, size)
    growth = np.maximum(growth, 1.0)
    pivots = np.abs(np.diagonal(upper, axis1=1, axis2=2))
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.log2(pivots.max(axis=1)) - np.log2(pivots.min(axis=1))
    spread = np.where(np.isnan(spread), np.inf, spread)
    return Elimination(
        Interval(np.where(finite, growth, 1.0), np.where(finite, 1.01 * growth, np.inf)), spread
    )


def _factors(work: Array) -> tuple[Array, Array]:
    """L and U (B, n, n) of matrices whose members lie along the last axis: the loops are long."""
    n = len(work)
    for k in range(n - 1):
        chosen = np.abs(work[k:, k]).argmax(axis=0) == np.arange(n - k)[:, None]
        row = np.einsum("rb,rjb->jb", chosen.astype(np.float64), work[k:])
        np.copyto(work[k:], work[k].copy(), where=chosen[:, None])
        work[k] = row
        factors = work[k + 1 :, k] / np.where(row[k] == 0, 1.0, row[k])
        work[k + 1 :, k] = factors
        work[k + 1 :, k + 1 :] -= factors[:, None] * row[k + 1 :]
    both = np.ascontiguousarray(np.moveaxis(work, -1, 0))
    return np.tril(both, -1) + np.eye(n), np.triu(both)

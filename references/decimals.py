"""Sums of two decimals with one place after the point, as the rational numbers that they are."""

from __future__ import annotations

import mpmath
import numpy as np
from flint import arb, arb_mat, ctx, fmpq
from numpy.typing import NDArray

from references.audits import DIGITS, Audited
from references.balls import Pieces, engines, finite_members, pieces, store, unproved
from references.interval import Interval
from references.truth import Truth

Array = NDArray[np.float64]
BITS = 256


def decimal_sum(i: Array, j: Array, *, level: int = 0) -> Truth:
    """(i + j)/10 of whole numbers (B, n), twice: as two parts, of which one is rounded later.

    Quantities (B, n): reach, (|i| + |j|)/10, and total, |i + j|/10.
    """
    finite = finite_members(i, j)
    part, saved = unproved(*i.shape), ctx.prec
    try:
        ctx.prec = BITS
        for member in np.flatnonzero(finite):
            whole = (i[member] + j[member]).tolist()  # exact: both are far below 2^52
            tenths = [arb(fmpq(int(n), 10)) for n in whole]
            hi, lo, radius, exponent = pieces(arb_mat(1, len(tenths), tenths))
            store(part, member, Pieces(hi[0], lo[0], radius[0], exponent))
    finally:
        ctx.prec = saved
    quantities = {
        "reach": Interval.exact(np.abs(i) + np.abs(j)) / 10.0,
        "total": Interval.exact(np.abs(i + j)) / 10.0,
    }
    return Truth((part, part), quantities, finite, engines(part, finite, finite))


def audited_sum(i: Array, j: Array) -> tuple[Audited, ...]:
    """The same by mpmath."""
    found = []
    for digits in DIGITS:
        with mpmath.workdps(digits):
            tenths = [mpmath.mpf(n) / 10 for n in (i + j).tolist()]
            found.append(np.array(tenths, object))
    return (Audited(*found), Audited(*found))

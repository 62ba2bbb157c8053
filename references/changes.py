"""How much a gradient changes between two points: exactly, and at most (Lipschitz)."""

from __future__ import annotations

from functools import partial

import mpmath
import numpy as np
from flint import arb_mat
from numpy.typing import NDArray

from references.audits import DIGITS, Audited
from references.balls import (
    Pieces,
    adaptive,
    engines,
    finite_members,
    matrix,
    pieces,
    store,
    unproved,
)
from references.interval import Interval, maximum
from references.interval_norms import column_norm
from references.iterations import BITS, SLACK, extremes
from references.truth import Truth

Array = NDArray[np.float64]


def gradient_change(a: Array, b: Array, x: Array, y: Array, *, level: int = 0) -> Truth:
    """A (x - y) for symmetric a (B, n, n) and points x, y (B, n, 1); b does not matter.

    Quantities (B,): constant, the largest |eigenvalue| of A, which is the Lipschitz constant;
    apart, ||x - y||; pulled, ||A|| (||x|| + ||y||) + 2 ||b|| with Frobenius norms.
    """
    finite = finite_members(a, b, x, y)
    part = unproved(*x.shape)
    for i in np.flatnonzero(finite):
        compute = partial(_change, *(matrix(each[i]) for each in (a, x, y)))
        found = adaptive(compute, BITS[level], lambda got: got.tight(0) or not got.hi.any())
        if found is not None:
            store(part, i, found)
    low, high = extremes(a)
    gap = Interval.exact(x) - Interval.exact(y)
    sizes = [np.sqrt((each * each).sum(axis=(1, 2))) * (1 + SLACK) for each in (a, x, y, b)]
    quantities = {
        "constant": maximum(high, -low),
        "apart": column_norm(gap)[:, 0],
        "pulled": Interval.exact((sizes[0] * (sizes[1] + sizes[2]) + 2 * sizes[3]) * (1 + SLACK)),
    }
    return Truth((part,), quantities, finite, engines(part, finite, finite))


def _change(a: arb_mat, x: arb_mat, y: arb_mat) -> Pieces:
    return pieces(a * (x - y))


def audited_change(a: Array, b: Array, x: Array, y: Array) -> tuple[Audited, ...]:
    """The same by mpmath, as the difference of two products."""
    found = []
    for digits in DIGITS:
        with mpmath.workdps(digits):
            left, first, second = (mpmath.matrix(each.tolist()) for each in (a, x, y))
            change = left * first - left * second
            found.append(np.array(change.tolist(), object))
    return (Audited(*found),)

"""Triangular factors R of A = Q R, exact, as Cholesky factors of A^T A.

Stacks of float64. Certificates in the metric of the lengths of columns, then balls; that columns
are dependent is decided by exact integers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from references import norms
from references.balls import finite_members, unproved
from references.cholesky import WORDS, enclosed
from references.cholesky_balls import by_balls
from references.cholesky_certificate import OPEN, PROVED, REFUTED, Factored, factored
from references.interval import Interval, maximum, sqrt
from references.scaling import placed
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


def qr(a: Array, *, full_matrices: bool = False, level: int = 0) -> Truth:
    """The shapes of Q, and the R with a positive diagonal, of a (B, m, n).

    Nothing is proved of Q, which R determines; nor of R where columns depend on each other, as they
    do in wide matrices. Quantities: skew, the trace of the inverse of A^T A with columns scaled to
    length 1; kappa, in the 2-norm of A, within n^1.5; norm, Frobenius' of A; least, the length of
    its shortest column that is not zero.
    """
    count, m, n = a.shape
    rows = m if full_matrices else min(m, n)
    finite = finite_members(a)
    top = np.abs(np.where(finite[:, None, None], a, 0.0)).max(axis=1)
    powers = np.frexp(top)[1].astype(np.int64)
    if m >= n:
        found = factored(a, powers, finite & (top > 0).all(axis=1), gram=True)
    else:
        found = Factored.of(count, n)
    found.state[finite & ~((top > 0).all(axis=1) & (m >= n))] = REFUTED
    words = WORDS[found.state]
    open_ = finite & (found.state != REFUTED) & ((found.state == OPEN) | (level > 0))
    for i in np.flatnonzero(open_):
        by_balls(a[i], powers[i], level, True, found, i)  # noqa: FBT003
        words[i] = "balls" if found.state[i] == PROVED else WORDS[found.state[i]]
    words[~finite] = "not finite"
    words[finite & (m < n)] = "nothing"
    parts = (unproved(count, m, rows), _upper(found, powers, rows))
    return Truth(parts, _quantities(a, found, powers, finite), finite, tuple(words.tolist()))


def _upper(found: Factored, powers: Integers, rows: int) -> Enclosure:
    """R (B, rows, n), zeros below the diagonal."""
    count, n = powers.shape
    sides = np.zeros((3, count, rows, n))
    if rows >= n:
        below = np.tri(n, dtype=bool)
        radius = np.where(below, found.radius[:, :, None], 0.0)
        for side, lower in zip(sides, (found.hi, found.lo, radius), strict=True):
            side[:, :n] = np.swapaxes(lower, 1, 2)
    known = (found.state == PROVED).astype(np.int64)
    return placed((sides[0], sides[1], sides[2]), powers[:, None, :], known)


def _quantities(
    a: Array, found: Factored, powers: Integers, finite: NDArray[np.bool_]
) -> dict[str, Interval]:
    n = a.shape[2]
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        even = np.ldexp(np.abs(np.where(finite[:, None, None], a, 0.0)), -powers[:, None, :])
        length = norms.column_norms(Interval.exact(even))  # of each column, over its power of two
    top = powers.max(axis=1)
    sides = (np.ldexp(side, powers - top[:, None]) for side in (length.lower, length.upper))
    whole = norms.column_norms(Interval(*(side[:, :, None] for side in sides)))[:, 0]
    norm = norms.scaled(whole, top)
    with np.errstate(over="ignore", under="ignore"):
        each = Interval(np.ldexp(length.lower, powers), np.ldexp(length.upper, powers))
    present = Interval(
        np.where(length.upper > 0, each.lower, np.inf),
        np.where(length.upper > 0, each.upper, np.inf),
    )
    # The inverse's square has the least of powers taken out.
    inverse = sqrt(enclosed(found.inverse, found))
    product = norms.scaled(whole * inverse, top - powers.min(axis=1))
    kappa = Interval(product.lower / n**1.5 * (1 - 2.0**-50), product.upper)
    refuted = found.state == REFUTED
    return {
        "skew": enclosed(found.trace, found),
        "kappa": norms.infinite(norms.known(maximum(kappa, 1.0), finite), refuted),
        "norm": norms.known(norm, finite),
        "least": norms.known(norms.smallest(present), finite),
    }

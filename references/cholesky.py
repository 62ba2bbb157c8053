"""Cholesky factors and logarithms of determinants of positive definite matrices, exact.

Stacks of float64, of which the lower triangle alone is read. Certificates, then balls; that a
matrix is not positive definite is proved by a vector, or by exact integers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from references import norms
from references.balls import finite_members
from references.cholesky_balls import by_balls
from references.cholesky_certificate import OPEN, PROVED, REFUTED, Factored, factored
from references.doubledouble import UNIT
from references.interval import Interval, maximum
from references.scaling import placed
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
WORDS = np.array(["nothing", "certificate", "integers"])


def cholesky(a: Array, *, level: int = 0) -> Truth:
    """The lower factors L of a (B, n, n), A = L L^T with a positive diagonal.

    An answer to any finite matrix must reproduce it, so that `exists` is true of all of these; one
    that is not positive definite has no L, and infinite conditions. Quantities: definite, the
    square of the length of |L^-1| d with d the roots of the diagonal: A + E is positive definite
    for |E| <= e d d^T with e definite < 1, and rows of L change by no more (docs/bounds.md);
    kappa, in the 2-norm, within n^1.5; logs, 2 sum |log l_ii|; norm_a, the largest and least, the
    smallest entry of the diagonal.
    """
    found, powers, words = _known(a, level)
    known = found.state == PROVED
    radius = np.where(np.tri(a.shape[1], dtype=bool), found.radius[:, :, None], 0.0)
    factor = placed((found.hi, found.lo, radius), powers[:, :, None], known.astype(np.int64))
    return Truth((factor,), _quantities(a, found, powers), finite_members(a), words)


def logdet(a: Array, *, level: int = 0) -> Truth:
    """The logarithms of the determinants (B,) of positive definite a (B, n, n).

    Quantities as for `cholesky`; none exists for other matrices.
    """
    found, powers, words = _known(a, level)
    known = found.state == PROVED
    log = Enclosure(
        np.where(known, found.log, 0.0),
        np.where(known, found.log_lo, 0.0),
        np.where(known, found.log_radius, np.inf),
        np.zeros(len(a), np.int64),
    )
    return Truth((log,), _quantities(a, found, powers), known, words)


def _known(a: Array, level: int) -> tuple[Factored, Integers, tuple[str, ...]]:
    finite = finite_members(a)
    diagonal = np.einsum("bii->bi", a)
    positive = finite & (diagonal > 0).all(axis=1)
    usable = np.where(positive[:, None], diagonal, 1.0)
    powers = (np.frexp(usable)[1].astype(np.int64) + 1) // 2
    found = factored(a, powers, positive)
    found.state[finite & ~positive] = REFUTED
    words = WORDS[found.state]
    for i in np.flatnonzero(positive & ((found.state == OPEN) | (level > 0))):
        by_balls(a[i], powers[i], level, False, found, i)  # noqa: FBT003
        words[i] = "balls" if found.state[i] == PROVED else WORDS[found.state[i]]
    words[~finite] = "not finite"
    return found, powers, tuple(words.tolist())


def enclosed(value: Array, found: Factored) -> Interval:
    """A sum of squares over X = L^-1, of the members whose L is proved; infinite for the others."""
    n = found.hi.shape[1]
    slack = 2.5 * found.slack + (4 * n * n + 8) * UNIT
    ends = Interval(value * np.maximum(1 - slack, 0.0), value * (1 + slack))
    known = norms.known(norms.clipped(ends), found.state != OPEN)
    return norms.infinite(known, found.state == REFUTED)


def _quantities(a: Array, found: Factored, powers: Integers) -> dict[str, Interval]:
    n = a.shape[1]
    finite = finite_members(a)
    diagonal = np.einsum("bii->bi", a)
    least = powers.min(axis=1)
    lower = np.where(np.tri(n, dtype=bool), np.abs(a), 0.0)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        lower = np.ldexp(lower, -2 * least[:, None, None])
        size = np.sqrt((2 * lower**2).sum(axis=(1, 2)) - (np.einsum("bii->bi", lower) ** 2).sum(1))
    rounding = (4 * n * n + 8) * UNIT
    length = norms.known(Interval(size * (1 - rounding), size * (1 + rounding)), np.isfinite(size))
    inverse = enclosed(found.inverse, found)
    product = length * inverse
    kappa = Interval(product.lower / n**1.5 * (1 - 4 * UNIT), product.upper)
    return {
        "definite": enclosed(found.spread, found),
        "kappa": norms.infinite(maximum(kappa, 1.0), found.state == REFUTED),
        "logs": norms.known(
            Interval(found.logs * (1 - 2.0**-40), found.logs * (1 + 2.0**-40)),
            found.state == PROVED,
        ),
        "norm_a": norms.known(norms.entries(diagonal.max(axis=1)), finite),
        "least": norms.known(
            norms.entries(np.where(diagonal > 0, diagonal, np.inf).min(1)), finite
        ),
    }

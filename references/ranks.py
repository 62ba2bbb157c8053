"""Ranks of matrices by a cut-off, proved by enclosures of their singular values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from references import norms, singular
from references.balls import engines
from references.interval import Interval
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]


def matrix_rank(
    a: Array, *, tol: float | None = None, eps: float | None = None, level: int = 0
) -> Truth:
    """How many singular values of A (B, m, n) are above tol, eps max(m, n) s_1 unless told.

    `eps` is that of the caller's dtype; ValueError if neither is given. A member with a singular
    value that may lie on either side of the cut-off has infinite radius. Quantities, (B,): norm,
    s_1; margin, min |s_i - cut-off| / s_1, infinite for A = 0.
    """
    if tol is None and eps is None:
        raise ValueError("matrix_rank needs tol, or eps for its default")
    truth = singular.svd(a, level=level)
    part, finite = truth.parts[0], truth.exists
    s = norms.absolute(part)
    first = s[:, :1]
    if tol is None:
        assert eps is not None
        cut = first * (eps * max(a.shape[1:]))
    else:
        cut = norms.scaled(Interval.exact(np.full((len(a), 1), tol)), -part.exponent)
    above = s.lower > cut.upper
    known = (above | (s.upper <= cut.lower)).all(axis=1) & finite
    rank = np.where(known, above.sum(axis=1), 0).astype(np.float64)
    off = s - cut
    distance = np.maximum(np.maximum(off.lower, -off.upper), 0.0).min(axis=1)
    furthest = np.maximum(np.abs(off.lower), np.abs(off.upper)).min(axis=1)
    margin = Interval(distance, furthest) / norms.clipped(first[:, 0])
    nothing = finite & (first.upper[:, 0] == 0)
    zero = np.zeros(len(a))
    answer = Enclosure(rank, zero, np.where(known, 0.0, np.inf), np.zeros(len(a), np.int64))
    quantities = {
        "norm": truth.quantities["norm"],
        "margin": norms.infinite(norms.clipped(margin), nothing),
    }
    words = engines(answer, finite | True, finite, known)
    return Truth((answer,), quantities, finite, words)

"""Matrix exponentials, with their condition.

Stacks of float64, exact numbers. Scaling and squaring in twice the precision comes first
(references/squaring.py); what it leaves open is proved in balls, one member at a time. The
exponential of every finite matrix exists; members with NaN or infinities have none.
"""

from __future__ import annotations

import numpy as np

from references.balls import (
    MOST_BITS,
    TARGET,
    TIGHT,
    Array,
    Pieces,
    adaptive,
    engines,
    finite_members,
    matrix,
    pieces,
    store,
)
from references.interval import Interval
from references.norms import known
from references.squaring import QUANTITIES, exponentials
from references.truth import Enclosure, Truth

LARGEST = 2.0**40  # entries from which on balls are not asked


def expm(a: Array, *, level: int = 0) -> Truth:
    """The exponential of each matrix (B, n, n).

    Quantities, each a number that is proved to be large enough (docs/bounds.md): norm_a, the
    1-norm; hump, of max ||e^(tA)|| ||e^((1-t)A)|| for t in [0, 1], over ||e^A||_F; kappa =
    hump ||A||_F, of the condition number in the Frobenius norm; bottom, ladder and lost, of what
    scaling and squaring makes of roundings and of underflow.
    """
    finite = finite_members(a)
    raised = exponentials(a, finite)
    wide = np.broadcast_to(raised.radius[:, None, None], a.shape).copy()
    part = Enclosure(raised.hi, raised.lo, wide, raised.exponent)
    certified = finite & (level == 0)
    certified &= raised.radius <= TIGHT[0] * np.abs(part.hi).max(axis=(1, 2))
    for i in np.flatnonzero(finite & ~certified):
        found = _by_balls(a[i], level)
        if found is not None:
            store(part, i, found)
    quantities = {
        name: known(Interval.exact(column), np.isfinite(column))
        for name, column in zip(QUANTITIES, raised.numbers.T, strict=True)
    }
    return Truth((part,), quantities, finite, engines(part, finite, finite, certified))


def _by_balls(a: Array, level: int) -> Pieces | None:
    """One member; the precision grows with the squarings that its norm asks for."""
    largest = float(np.abs(a).max())
    if largest > LARGEST:
        return None
    balls, halvings = matrix(a), max(0, int(np.frexp(largest)[1])) + 4
    bits = TARGET[level] + 4 * halvings + 4 * len(a)
    return adaptive(
        lambda: pieces(balls.exp()), bits, lambda found: found.tight(level), most=4 * MOST_BITS
    )

"""The truth of Jacobians and Hessians of expression trees, and what rounding allows.

The value comes from balls, member by member, at a precision that is raised until the enclosure is
tight; it does not depend on a dtype and is kept for the next one. The bound (references/running.py)
does, and comes for the whole stack at once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from flint import arb_mat
from numpy.typing import NDArray

from references.balls import Pieces, adaptive, engines, finite_members, pieces, store, unproved
from references.interval import Interval
from references.operations import Tree, lower
from references.program import Program
from references.running import Sums, running_hessian, running_jacobian
from references.series import jacobian_at, hessian_at
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
BITS = (160, 320, 640)  # by level; trees are shallow and their points short numbers
CACHED = 256  # members whose truth is kept while the dtypes take their turns


def jacobian(
    points: Array, *, tree: Tree, path: str = "", eps: float = 2.0**-52, level: int = 0
) -> Truth:
    """d tree_i / d x_j at `points` (B, n): one part (B, m, n).

    `path` says how TensorFlow differentiates; the truth does not depend on it. Quantities:
    `running` (B, m, n), the absolute error that a dtype of this `eps` allows, in units of eps
    (infinite: anything); `condition` (B,), the largest sum over paths of absolute values over the
    largest entry; `overflow` (B,), 1 where any entry of `running` is infinite.
    """
    return _truth(points, tree, eps, level, running_jacobian, jacobian_at)


def hessian(
    points: Array, *, tree: Tree, path: str = "", eps: float = 2.0**-52, level: int = 0
) -> Truth:
    """d2 tree / d x_i d x_j of a scalar tree at `points` (B, n): one part (B, n, n).

    The same quantities.
    """
    return _truth(points, tree, eps, level, running_hessian, hessian_at)


def _truth(
    points: Array,
    tree: Tree,
    eps: float,
    level: int,
    bound: Callable[[Program, Array, float], Sums],
    derivative: Callable[[Program, list[float]], arb_mat],
) -> Truth:
    program = lower(tree, points.shape[1])
    sums = bound(program, points, eps)
    finite = finite_members(points)
    part = unproved(*sums.exact.shape)
    for i in np.flatnonzero(finite):
        found = _pieces(derivative, tree, tuple(points[i].tolist()), level)
        if found is not None:
            store(part, i, found)
    exists = np.ones(len(points), dtype=bool) & finite
    running = Interval.exact(sums.excess / eps)
    overflow = np.isinf(sums.excess).reshape(len(points), -1).any(axis=1)
    return Truth(
        (part,),
        {
            "running": running,
            "condition": _condition(sums.exact, part),
            "overflow": Interval.exact(overflow.astype(np.float64)),
        },
        exists,
        engines(part, exists, finite),
    )


@lru_cache(maxsize=CACHED)
def _pieces(
    derivative: Callable[[Program, list[float]], arb_mat],
    tree: Tree,
    point: tuple[float, ...],
    level: int,
) -> Pieces | None:
    program = lower(tree, len(point))
    return adaptive(
        lambda: pieces(derivative(program, list(point))),
        BITS[level],
        lambda found: bool(np.all(np.isfinite(found.hi))) and found.tight(level),
    )


def _condition(sizes: Array, part: Enclosure) -> Interval:
    """How much of the path sums cancels, to within a few roundings."""
    with np.errstate(all="ignore"):
        largest = np.abs(part.hi).reshape(len(sizes), -1).max(axis=1, initial=0.0)
        largest = np.ldexp(largest, part.exponent.astype(np.int32))
        found = sizes.reshape(len(sizes), -1).max(axis=1, initial=0.0) / largest
    found = np.where(np.isnan(found), np.inf, found)
    return Interval(found * (1 - 2.0**-30), found * (1 + 2.0**-30))

"""The truth of Jacobians and Hessians of expression trees, and what rounding allows.

The value comes from balls, member by member, at a precision that is raised until the enclosure is
tight; it does not depend on a dtype and is kept for the next one. The bound (references/running.py)
does, and comes for the whole stack at once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from flint import arb_mat
from numpy.typing import NDArray

from references.balls import (
    TIGHT,
    Pieces,
    adaptive,
    engines,
    finite_members,
    pieces,
    store,
    unproved,
)
from references.interval import Interval
from references.operations import Tree, lower
from references.program import Program
from references.running import Sums, running_hessian, running_jacobian
from references.series import hessian_at, jacobian_at
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
Bound = Callable[[Program, Array, float], Sums]
Derivative = Callable[[Program, list[float]], arb_mat]
BITS = (160, 320, 640)  # by level; trees are shallow and their points short numbers
SLACK = 2.0**-40  # for float64 sums of a few dozen terms
FINEST = 2.0**-52
CACHED = 16  # stacks whose truth is kept while the dtypes take their turns


def jacobian(
    points: Array, *, tree: Tree, path: str = "", eps: float = 2.0**-52, level: int = 0
) -> Truth:
    """d tree_i / d x_j at `points` (B, n): one part (B, m, n).

    `path` says how TensorFlow differentiates; the truth does not depend on it. Quantities:
    `running` (B, m, n), the absolute error that a dtype of this `eps` allows, in units of eps
    (infinite: anything); `running_norm` (B,), its infinity norm over that of the derivative;
    `condition` (B,), the same of the sums over paths of absolute values; `overflow` (B,), 1 where
    any entry of `running` is infinite.
    """
    return _truth(points, tree, eps, level, running_jacobian, jacobian_at)


def hessian(
    points: Array, *, tree: Tree, path: str = "", eps: float = 2.0**-52, level: int = 0
) -> Truth:
    """d2 tree / d x_i d x_j of a scalar tree at `points` (B, n): one part (B, n, n).

    The same quantities, and `mirrored` (B, n, n), the sum of `running` and its transpose.
    """
    return _truth(points, tree, eps, level, running_hessian, hessian_at)


def _truth(
    points: Array, tree: Tree, eps: float, level: int, bound: Bound, derivative: Derivative
) -> Truth:
    points = np.ascontiguousarray(points)
    sums = bound(lower(tree, points.shape[1]), points, eps)
    part = _part(tree, points.tobytes(), points.shape, level, bound, derivative)
    finite = finite_members(points)
    running = sums.excess / eps
    quantities = {
        "running": Interval.exact(running),
        "running_norm": _over_norm(_row_sums(running), part),
        "condition": _over_norm(_row_sums(sums.exact), part),
        "overflow": Interval.exact(np.isinf(_row_sums(running)).astype(np.float64)),
    }
    if bound is running_hessian:
        mirrored = running + np.swapaxes(running, 1, 2)
        quantities["mirrored"] = Interval.exact(mirrored * (1 + SLACK))
    return Truth(
        (part,),
        quantities,
        finite,
        engines(part, finite, finite),
    )


@lru_cache(maxsize=CACHED)
def _part(
    tree: Tree,
    content: bytes,
    shape: tuple[int, int],
    level: int,
    bound: Bound,
    derivative: Derivative,
) -> Enclosure:
    """Enclosures whose radius is small against the path sums of each entry.

    Path sums and not the entries themselves: a derivative that cancels to zero has no digits.
    """
    points = np.frombuffer(content).reshape(shape)
    program = lower(tree, shape[1])
    sizes = bound(program, points, FINEST).exact
    part = unproved(*sizes.shape)
    for i in np.flatnonzero(finite_members(points)):
        found = _member(derivative, program, points[i].tolist(), TIGHT[level] * sizes[i], level)
        if found is not None:
            store(part, i, found)
    return part


def _member(
    derivative: Derivative, program: Program, point: list[float], allowed: Array, level: int
) -> Pieces | None:
    def tight(found: Pieces) -> bool:
        with np.errstate(all="ignore"):
            radius = np.ldexp(found.radius, found.exponent)
        enough = (radius <= allowed) | ~np.isfinite(allowed)
        return bool(np.all(np.isfinite(found.hi)) and np.all(enough))

    return adaptive(
        lambda: pieces(derivative(program, point)), BITS[level], tight, most=4 * BITS[-1]
    )


def _row_sums(x: Array) -> Array:
    """Infinity norm of each matrix of nonnegative entries: (B, m, n) to (B,)."""
    return x.sum(axis=2).max(axis=1)


def _over_norm(sizes: Array, part: Enclosure) -> Interval:
    """Over the infinity norm of the truth; infinite where that may be zero or is unknown."""
    with np.errstate(all="ignore"):
        norm = np.ldexp(_row_sums(np.abs(part.hi)), part.exponent.astype(np.int32))
        radius = np.ldexp(_row_sums(part.radius), part.exponent.astype(np.int32)) + norm * SLACK
        lower, upper = sizes / (norm + radius), sizes / np.maximum(norm - radius, 0.0)
    lower, upper = (np.where(np.isnan(x), np.inf, x) for x in (lower, upper))
    return Interval(lower * (1 - SLACK), upper * (1 + SLACK))

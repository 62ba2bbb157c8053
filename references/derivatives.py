"""The truth of Jacobians and Hessians of expression trees, and what rounding allows.

The value comes from one sweep over the whole stack in double-double (references/sweep.py), or from
balls, member by member, at a precision that is raised until the enclosure is tight: for what the
sweep leaves open, and wherever a sharper truth is asked for. It does not depend on a dtype and is
kept for the next one. The bound (references/running.py) does, and comes for the whole stack at
once; that for float64 is a part of the radius of the sweep.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from flint import arb_mat
from numpy.typing import NDArray

from references import sweep
from references.balls import (
    SMALLEST,
    TIGHT,
    Pieces,
    adaptive,
    engines,
    finite_members,
    pieces,
    store,
    unproved,
)
from references.doubledouble import exact_scale, shift
from references.extended import DoubleDouble
from references.interval import Interval
from references.nodes import FORMATS
from references.operations import Tree, lower
from references.program import Program
from references.running import Sums, running_hessian, running_jacobian
from references.series import hessian_at, jacobian_at
from references.slices import fold
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
BITS = (160, 320, 640)  # by level; trees are shallow and their points short numbers
SLACK = 2.0**-40  # for float64 sums of a few dozen terms
FINEST = 2.0**-52
CACHED = 16  # stacks whose truth and bounds are kept while the dtypes take their turns


class Order(NamedTuple):
    """What computes derivatives of one order: bounds, a sweep over a stack, balls at a point."""

    bound: Callable[[Program, Array, float], Sums]
    sweep: Callable[[Program, Array], DoubleDouble]
    balls: Callable[[Program, list[float]], arb_mat]


FIRST = Order(running_jacobian, sweep.jacobian, jacobian_at)
SECOND = Order(running_hessian, sweep.hessian, hessian_at)


class Stack(NamedTuple):
    """Points (B, n) of a tree as a key of caches: their bytes stand for them."""

    tree: Tree
    content: bytes
    shape: tuple[int, int]

    @property
    def points(self) -> Array:
        """The points, read-only."""
        return np.frombuffer(self.content).reshape(self.shape)

    @property
    def program(self) -> Program:
        """The tree, lowered."""
        return lower(self.tree, self.shape[1])


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
    return _truth(points, tree, eps, level, FIRST)


def hessian(
    points: Array, *, tree: Tree, path: str = "", eps: float = 2.0**-52, level: int = 0
) -> Truth:
    """d2 tree / d x_i d x_j of a scalar tree at `points` (B, n): one part (B, n, n).

    The same quantities, and `mirrored` (B, n, n), the sum of `running` and its transpose.
    """
    return _truth(points, tree, eps, level, SECOND)


def _truth(points: Array, tree: Tree, eps: float, level: int, order: Order) -> Truth:
    stack = Stack(tree, np.ascontiguousarray(points).tobytes(), points.shape)
    sums = _bound(stack, eps, order)
    part, swept = _part(stack, level, order)
    finite = finite_members(points)
    running = sums.excess / eps
    rows = _row_sums(running)
    quantities = {
        "running": Interval.exact(running),
        "running_norm": _over_norm(rows, part),
        "condition": _over_norm(_row_sums(sums.exact), part),
        "overflow": Interval.exact(np.isinf(rows).astype(np.float64)),
    }
    if order is SECOND:
        mirrored = running + np.swapaxes(running, 1, 2)
        quantities["mirrored"] = Interval.exact(mirrored * (1 + SLACK))
    words = engines(part, finite, finite)
    engine = ("double-double" if s else word for s, word in zip(swept, words, strict=True))
    return Truth((part,), quantities, finite, tuple(engine))


@lru_cache(maxsize=CACHED)
def _bound(stack: Stack, eps: float, order: Order) -> Sums:
    return order.bound(stack.program, stack.points, eps)


@lru_cache(maxsize=CACHED)
def _part(stack: Stack, level: int, order: Order) -> tuple[Enclosure, NDArray[np.bool_]]:
    """Enclosures whose radius is small against the path sums of each entry; whether by the sweep.

    Path sums and not the entries themselves: a derivative that cancels to zero has no digits.
    What underflow does is below the smallest normal number, and small enough. Where rounding to
    float64 may do anything, at a kink say, nothing is judged in any dtype, and nothing is proved.
    """
    sums = _bound(stack, FINEST, order)
    allowed = TIGHT[level] * sums.exact
    finite = finite_members(stack.points)
    part, swept = unproved(*sums.exact.shape), np.zeros(len(finite), dtype=bool)
    if level == 0:
        part, swept = _swept(stack, sums, allowed, order)
        swept &= finite
    judged = np.any(np.isfinite(sums.excess), axis=(1, 2))
    for i in np.flatnonzero(finite & judged & ~swept):
        found = _member(order, stack.program, stack.points[i].tolist(), allowed[i], level)
        if found is not None:
            store(part, i, found)
    return part, swept


def _swept(
    stack: Stack, sums: Sums, allowed: Array, order: Order
) -> tuple[Enclosure, NDArray[np.bool_]]:
    """The sweep's enclosures, and which members they suffice for; the others say nothing."""
    value = order.sweep(stack.program, stack.points)
    with np.errstate(all="ignore"):
        radius = sums.excess * sweep.SHARE
        radius = radius + np.where(radius > 0, SMALLEST, 0.0)  # the product may be subnormal
        judged = np.isfinite(radius)
        known = np.isfinite(value.hi + value.lo) & (radius <= allowed + FORMATS[FINEST].tiny)
        swept: NDArray[np.bool_] = np.all(known | ~judged, axis=(1, 2)) & np.any(
            judged, axis=(1, 2)
        )
        known &= swept[:, None, None]
        hi, lo = (np.where(known, x, 0.0) for x in (value.hi, value.lo))
        exponent = exact_scale(hi)
        scaled = shift(radius, -exponent)
    # what scaling makes subnormal loses half of SMALLEST, in each of the three
    scaled = np.where(radius > 0, scaled + 4 * SMALLEST, 0.0)
    radius = np.where(known, scaled, np.inf)
    return Enclosure(shift(hi, -exponent), shift(lo, -exponent), radius, exponent), swept


def _member(
    order: Order, program: Program, point: list[float], allowed: Array, level: int
) -> Pieces | None:
    def tight(found: Pieces) -> bool:
        with np.errstate(all="ignore"):
            radius = np.ldexp(found.radius, found.exponent)
        enough = (radius <= allowed) | ~np.isfinite(allowed)
        return bool(np.all(np.isfinite(found.hi)) and np.all(enough))

    return adaptive(
        lambda: pieces(order.balls(program, point)), BITS[level], tight, most=4 * BITS[-1]
    )


def _row_sums(x: Array) -> Array:
    """Infinity norm of each matrix of nonnegative entries: (B, m, n) to (B,)."""
    return fold(np.maximum, x @ np.ones(x.shape[2]), 1)[:, 0]


def _over_norm(sizes: Array, part: Enclosure) -> Interval:
    """Over the infinity norm of the truth; infinite where that may be zero or is unknown."""
    with np.errstate(all="ignore"):
        norm = np.ldexp(_row_sums(np.abs(part.hi)), part.exponent.astype(np.int32))
        radius = np.ldexp(_row_sums(part.radius), part.exponent.astype(np.int32)) + norm * SLACK
        lower, upper = sizes / (norm + radius), sizes / np.maximum(norm - radius, 0.0)
    lower, upper = (np.where(np.isnan(x), np.inf, x) for x in (lower, upper))
    return Interval(lower * (1 - SLACK), upper * (1 + SLACK))

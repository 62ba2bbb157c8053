"""Batched certificates of least squares and least norm, by their augmented system.

    t + T c = f,    T^T t - D c = -g,    T (B, p, q), p >= q, D diagonal and not negative.

With g = 0, c minimises ||f - T c||^2 + c^T D c and t is its residual; with f = 0, -t = T c is the
answer of least norm to T^T x = g. Both unknowns are double-doubles, refined by an inverse root S of
T^T T + D (references/whitening.py), and proved by what remains of the second equation. The squared
condition enters only through that remainder, whose slices are made thinner until it is sharp
enough. docs/references.md derives the radius.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from references.balls import TIGHT
from references.doubledouble import UNIT, two_product, two_sum
from references.scaling import USABLE
from references.slices import Sliced, cut, fold, multiply, width
from references.whitening import TINY, UP, Whitening, gamma, transposed, whiten

Array = NDArray[np.float64]
LAYERS = ((2, 3), (3, 8), (5, 12))  # slices, and how often a member may be refined with them


class System(NamedTuple):
    """T `tall`, |entries| < 1; D `damping` (B, q) or None; f `first`, g `second` or None."""

    tall: Array
    damping: Array | None
    first: Array | None
    second: Array | None

    def select(self, members: NDArray[np.int64]) -> System:
        """Some members."""
        return System._make(None if field is None else field[members] for field in self)


class Solution(NamedTuple):
    """Both unknowns as hi + lo within a radius (B, q, k) and (B, p, k); infinite if not proved.

    `slices` (B,): how many it took; zero where nothing was accepted.
    """

    hi: Array
    lo: Array
    radius: Array
    residual_hi: Array
    residual_lo: Array
    residual_radius: Array
    slices: NDArray[np.int64]


class _Step(NamedTuple):
    """What c = `hi` + `lo` leaves: t within `lost`, g + T^T t - D c within `blur` and u."""

    hi: Array
    lo: Array
    residual_hi: Array
    residual_lo: Array
    lost: Array
    slope: Array
    blur: Array


class _Radii(NamedTuple):
    """Of c (B, q, k) and t (B, p, k); `floor` (B,) is what more refinement cannot improve."""

    radius: Array
    residual_radius: Array
    floor: Array


def solve(system: System, units: Array) -> tuple[Solution, Whitening]:
    """Solve a stack until the answer is tight, entries weighted by `units` (B, q or p, 1).

    The answer, and what units are for, is c where g is None, and t where f is None.
    """
    white = whiten(system.tall, system.damping)
    hi = _start(system, white)
    shape = (*system.tall.shape[:2], hi.shape[2])
    zero, unknown = np.zeros(shape), np.full(shape, np.inf)
    found = Solution(
        hi, np.zeros_like(hi), np.full(hi.shape, np.inf), zero, zero.copy(), unknown,
        np.zeros(len(hi), np.int64),
    )  # fmt: skip
    open_ = np.flatnonzero(white.defect < USABLE)
    for count, most in LAYERS:
        if len(open_):
            open_ = _layer(system, white, units, found, open_, count, most)
    return found, white


def _start(system: System, white: Whitening) -> Array:
    """c = S (I + E) (Q^T f + S^T g), in float64."""
    sides = ((white.basis, system.first), (white.root, system.second))
    images = [transposed(left) @ side for left, side in sides if side is not None]
    return white.root @ _sharpened(white, sum(images[1:], images[0]))


def _sharpened(white: Whitening, image: Array) -> Array:
    """The first two terms of (S^T C S)^-1 times an image: I + E, E = I - S^T C S."""
    return 2 * image - white.gram @ image


def _layer(
    system: System,
    white: Whitening,
    units: Array,
    found: Solution,
    members: NDArray[np.int64],
    count: int,
    most: int,
) -> NDArray[np.int64]:
    """Refine members with `count` slices; store what becomes of them, return those not tight."""
    whole = len(members) == len(units)
    if not whole:
        system, white = system.select(members), white.select(members)
        units = units[members]
    sliced = _cut_whole(system.tall, count)
    hi, lo = (side if whole else side[members] for side in found[:2])
    failed: list[NDArray[np.int64]] = []
    for step in range(most):
        now = _evaluate(system, sliced, hi, lo)
        radii = _radii(now, system, white, units)
        tight, goal = _judge(now, radii, system, units)
        stuck = ~tight & ((radii.floor > goal) | (step == most - 1))
        _store(found, members, now, radii, tight, stuck, count)
        failed.append(members[stuck])
        if (tight | stuck).any():
            keep = np.flatnonzero(~tight & ~stuck)
            if not len(keep):
                break
            members, units = members[keep], units[keep]
            system, white = system.select(keep), white.select(keep)
            sliced = _members(sliced, keep)
            now = _Step._make(side[keep] for side in now)
        image = transposed(white.root) @ now.slope
        hi, lo = two_sum(now.hi, now.lo + white.root @ _sharpened(white, image))
    return np.concatenate(failed)


def _evaluate(system: System, sliced: Sliced, hi: Array, lo: Array) -> _Step:
    count = len(sliced.slices)
    first = None if system.first is None else -system.first
    head, tail, lost = multiply(sliced, cut(hi, -2, count, lo), first)
    t_hi, t_lo = two_sum(-head, -tail)
    turned = [tuple(map(transposed, side)) for side in (sliced.slices, sliced.rests)]
    across = Sliced(turned[0], turned[1], sliced.reach, sliced.bits)
    head, tail, blur = multiply(across, cut(t_hi, -2, count, t_lo), system.second)
    if system.damping is not None:
        weight = system.damping[..., None]
        drop, drop_error = two_product(np.broadcast_to(weight, hi.shape), hi)
        head, error = two_sum(head, -drop)
        rest = weight * lo
        size = np.abs(tail) + np.abs(error) + np.abs(drop_error) + np.abs(rest)
        tail = tail + ((error - drop_error) - rest)
        blur = blur + 4 * UNIT * size
    elif system.second is None:  # slices of zeros count as if they were near 1
        blur = np.where(fold(np.maximum, np.abs(t_hi), -2) == 0, 0.0, blur)
    return _Step(hi, lo, t_hi, t_lo, lost, head + tail, blur * UP + TINY)


def _radii(now: _Step, system: System, white: Whitening, units: Array) -> _Radii:
    """With z = S^T slope, w = (||z|| + sqrt(1 + a) ||lost||) / (1 - a), a being the defect.

    c is off by ||row of S|| w at most, t by lost + sqrt(1 + a) w.
    """
    q = white.root.shape[-1]
    size = np.abs(transposed(white.root))
    z = np.abs(transposed(white.root) @ now.slope) + gamma(q + 1) * (size @ np.abs(now.slope))
    blurred = size @ now.blur
    growth = np.sqrt(1 + white.defect)[:, None, None] * UP
    beyond = UP / (1 - white.defect)[:, None, None]
    fixed = growth * _lengths(now.lost)
    floor = (_lengths(blurred) + fixed) * beyond
    spread = (_lengths(z + blurred) + fixed) * beyond * UP
    rows = np.sqrt(np.einsum("bij,bij->bi", white.root, white.root))[..., None] * UP + TINY
    radius = rows * spread * UP + TINY
    residual_radius = (now.lost + growth * spread) * UP + TINY
    weight = rows * units if system.second is None else growth * units
    return _Radii(radius, residual_radius, _largest(weight) * _largest(floor))


def _judge(
    now: _Step, radii: _Radii, system: System, units: Array
) -> tuple[NDArray[np.bool_], Array]:
    """Which members are tight, and the largest radius at which they would be, in units."""
    plain = system.second is None
    answer, wide = (now.hi, radii.radius) if plain else (now.residual_hi, radii.residual_radius)
    goal = TIGHT[0] * _largest(np.abs(answer) * units)
    return _largest(wide * units) <= goal, goal


def _store(
    found: Solution,
    members: NDArray[np.int64],
    now: _Step,
    radii: _Radii,
    tight: NDArray[np.bool_],
    stuck: NDArray[np.bool_],
    count: int,
) -> None:
    """Keep what is proved of tight members, and where stuck ones may be taken up again."""
    found.hi[members[stuck]], found.lo[members[stuck]] = now.hi[stuck], now.lo[stuck]
    values = (now.hi, now.lo, radii.radius, now.residual_hi, now.residual_lo,
              radii.residual_radius)  # fmt: skip
    for field, value in zip(found[:6], values, strict=True):
        field[members[tight]] = value[tight]
    found.slices[members[tight]] = count


def _cut_whole(tall: Array, count: int) -> Sliced:
    """Slices of matrices with entries below 1 in size that serve products from either side."""
    bits = width(tall.shape[1], count)
    slices, rests, rest = [], [tall], tall
    for p in range(1, count + 1):
        anchor = np.ldexp(1.5, 52 - p * bits)
        piece = (rest + anchor) - anchor
        rest = rest - piece
        slices.append(piece)
        rests.append(rest)
    return Sliced(tuple(slices), tuple(rests), np.ones((len(tall), 1, 1)), bits)


def _members(sliced: Sliced, keep: NDArray[np.int64]) -> Sliced:
    slices, rests = sliced.slices, sliced.rests
    kept = [tuple(part[keep] for part in side) for side in (slices, rests)]
    return Sliced(kept[0], kept[1], sliced.reach[keep], sliced.bits)


def _lengths(columns: Array) -> Array:
    """Euclidean lengths of columns, (B, m, k) to (B, 1, k), from above."""
    return np.sqrt(np.einsum("bij,bij->bj", columns, columns))[:, None, :] * UP + TINY


def _largest(array: Array) -> Array:
    """The largest entry of each member."""
    return array.reshape(len(array), -1).max(axis=1, initial=0.0)

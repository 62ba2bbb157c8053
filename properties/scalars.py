"""Arguments for functions of numbers: vectors by stratum, exact on their grid.

Every member is of one stratum, in turn, so that a small stack has them all. A point outside of the
function's domain changes the sign of its first argument, or gives way to a safe one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from properties.bits import Bits
from properties.domains import DOMAINS, Axis, Domain
from properties.dtypes import DTYPES, Dtype
from properties.makers import Columns, Made, Recipe

Array = NDArray[np.float64]
STRATA = ("main", "exponents", "points", "ends", "special")
EVERY = "every number"  # the kind of recipe, and what blocks that set it are called
JOINT = (*STRATA, "close")  # of two arguments and more
SPECIAL = np.array([0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 7.0, 8.0, 10.0, 16.0, 100.0])


def onto(x: Array, grid: Dtype) -> Array:
    """The nearest numbers of the grid: none subnormal, none infinite."""
    rounded = grid.round(np.clip(x, -grid.max, grid.max))
    return np.where(np.abs(rounded) < grid.tiny, np.copysign(0.0, rounded), rounded)


def made(recipe: Recipe, bits: Bits) -> Made:
    """The arguments (B, n) of a recipe; `structure` names the domain."""
    columns, strata = columns_of(DOMAINS[recipe.structure], recipe, bits)
    return Made(tuple(columns), {"n": recipe.sizes[0]}, _traits(columns, strata))


def columns_of(domain: Domain, recipe: Recipe, bits: Bits) -> tuple[list[Array], NDArray[np.str_]]:
    """An array (B, n) for each axis of a domain, and the stratum of each member.

    Of close pairs the second half of the axes follow the first.
    """
    (n,), grid = recipe.sizes, DTYPES[recipe.grid]
    words = STRATA if len(domain.axes) == 1 else JOINT
    place = (bits.members + bits.seed) % len(words)
    columns = [_column(bits, f"{k}", n, grid, axis, place) for k, axis in enumerate(domain.axes)]
    close, half = (place == len(STRATA))[:, None], len(columns) // 2
    for k in range(half):
        near = _close(bits, f" {k}" if k else "", n, grid, columns[k])
        columns[half + k] = np.where(
            close & (domain.axes[half + k].whole == 0), near, columns[half + k]
        )
    if domain.turn is not None:
        turned = domain.turn(*columns[:-1])
        away = _significands(bits, "turn", n, grid) * np.exp2(
            -bits.integers("away from the turn", (n,), 0, grid.bits + 3).astype(np.float64)
        )
        columns[-1] = np.where(close, turned * (1.0 + 0.5 * away), columns[-1])
    return _inside(domain, [onto(x, grid) for x in columns], grid), np.array(words)[place]


def _traits(columns: list[Array], stratum: NDArray[np.str_]) -> Columns:
    """The stratum, and the least and largest size of each argument, of every member."""
    traits: Columns = {"stratum": stratum, "lowest": columns[0].min(axis=1)}
    for name, x in zip(("", "second_", "third_"), columns, strict=False):
        sizes = np.abs(x)
        traits |= {f"{name}least": sizes.min(axis=1), f"{name}most": sizes.max(axis=1)}
    return traits


def _inside(domain: Domain, columns: list[Array], grid: Dtype) -> list[Array]:
    """The same points, those outside turned over or replaced."""
    turned = [-columns[-1] if k == len(columns) - 1 else x for k, x in enumerate(columns)]
    outside = ~_within(domain, columns, grid)
    columns = [np.where(outside, t, x) for t, x in zip(turned, columns, strict=True)]
    outside = ~_within(domain, columns, grid)
    return [np.where(outside, safe, x) for safe, x in zip(domain.safe, columns, strict=True)]


def _within(domain: Domain, columns: Sequence[Array], grid: Dtype) -> NDArray[np.bool_]:
    found = domain.inside(*columns)
    for axis, x in zip(domain.axes, columns, strict=True):
        found = found & (np.abs(x) <= axis.reach(grid))
    return np.asarray(found)


def _column(
    bits: Bits, name: str, n: int, grid: Dtype, axis: Axis, place: NDArray[np.int64]
) -> Array:
    """One argument of all members, each of its own stratum (or random ones, of close pairs)."""
    if axis.whole:
        return bits.integers(f"whole {name}", (n,), 0, axis.whole).astype(np.float64)
    choices = [maker(bits, name, n, grid, axis) for maker in MAKERS]
    mixed = bits.integers(f"mixed {name}", (n,), 0, 1)
    which = np.where((place < len(MAKERS))[:, None], place[:, None], mixed)
    return np.choose(which, choices)


def _main(bits: Bits, name: str, n: int, grid: Dtype, axis: Axis) -> Array:
    """Full significands all over the main interval."""
    low, high = axis.main
    return low + (high - low) * (0.5 + 0.5 * bits.dyadics(f"main {name}", (n,), grid.bits))


def _exponents(bits: Bits, name: str, n: int, grid: Dtype, axis: Axis) -> Array:
    """Magnitudes over all exponents, one half of them near those of 1; both signs."""
    top = min(int(np.frexp(axis.reach(grid))[1]) - 1, grid.max_exponent)
    bottom = max(grid.min_exponent, axis.lowest)
    far = bits.integers(f"far {name}", (n,), bottom, top)
    near = bits.integers(f"near {name}", (n,), max(bottom, -grid.bits - 2), min(top, 16))
    exponent = np.where(bits.integers(f"which {name}", (n,), 0, 1) == 0, far, near)
    return np.ldexp(_significands(bits, f"exponents {name}", n, grid), exponent)


def _points(bits: Bits, name: str, n: int, grid: Dtype, axis: Axis) -> Array:
    """Around the points of the axis, from far to a neighbour on the grid to the point itself."""
    which = bits.integers(f"point {name}", (n,), 0, len(axis.points) - 1)
    point = np.array(axis.points)[which]
    away = -bits.integers(f"away {name}", (n,), 0, grid.bits + 3)
    scale = np.where(point == 0, 1.0, np.abs(point))
    return point + scale * np.ldexp(_significands(bits, f"points {name}", n, grid), away)


def _ends(bits: Bits, name: str, n: int, grid: Dtype, axis: Axis) -> Array:
    """At the ends of the main interval, of the reach and of the normal numbers."""
    reach = axis.reach(grid)
    low = max(grid.tiny, 2.0**axis.lowest) if axis.lowest > -1000 else grid.tiny
    ends = np.array([reach, -reach, low, -low, axis.main[0], axis.main[1]])
    end = ends[bits.integers(f"end {name}", (n,), 0, len(ends) - 1)]
    steps = bits.integers(f"steps {name}", (n,), 0, 8) * grid.eps
    inward = np.where(np.abs(end) == low, 1.0 + steps, 1.0 - steps)
    return end * inward


def _special(bits: Bits, name: str, n: int, grid: Dtype, axis: Axis) -> Array:
    """Small whole numbers and halves of both signs, and zeros."""
    which = bits.integers(f"special {name}", (n,), 0, len(SPECIAL) - 1)
    return SPECIAL[which] * bits.signs(f"special signs {name}", (n,))


def _close(bits: Bits, name: str, n: int, grid: Dtype, x: Array) -> Array:
    """A few units in the last place away from x, or from a small multiple of it."""
    steps = bits.integers(f"close{name}", (n,), -3, 3) * grid.eps
    factor = np.array([1.0, 1.0, -1.0, 0.5, 3.0])[bits.integers(f"multiple{name}", (n,), 0, 4)]
    with np.errstate(over="ignore"):  # the largest numbers are put back on the grid
        return factor * (x * (1.0 + steps))


def _significands(bits: Bits, name: str, n: int, grid: Dtype) -> Array:
    """Numbers of either sign from 1 to 2."""
    odd = bits.dyadics(name, (n,), grid.bits)
    return np.copysign(1.0, odd) + odd


MAKERS: tuple[Callable[[Bits, str, int, Dtype, Axis], Array], ...] = (
    _main,
    _exponents,
    _points,
    _ends,
    _special,
)


def every_number(recipe: Recipe, bits: Bits) -> Made:
    """All normal numbers of a grid: a member is n neighbours of one binade and sign, (B, n).

    Members count through the signs of a part of a binade, its parts and the binades. Numbers
    outside of the domain give way as elsewhere; each first member of a sign has a zero, for zero is
    a number too.
    """
    (n,), grid, domain = recipe.sizes, DTYPES[recipe.grid], DOMAINS[recipe.structure]
    binade, chunk = np.divmod(bits.members // 2, (1 << (grid.bits - 1)) // n)
    significands = 1.0 + (chunk[:, None] * n + np.arange(n)) * grid.eps
    x = np.ldexp(significands, grid.min_exponent + binade[:, None])
    x *= np.where(bits.members % 2, -1.0, 1.0)[:, None]
    x[bits.members < 2, 0] *= 0.0
    columns = _inside(domain, [x], grid)
    return Made(tuple(columns), {"n": n}, _traits(columns, np.full(len(x), "every")))

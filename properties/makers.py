"""What makers of problems share: a recipe, what a maker gives, matrices and right-hand sides."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from properties import gallery
from properties.bits import Bits
from properties.dtypes import DTYPES, Dtype
from properties.matrices import (
    CONDITIONED,
    STEPS,
    conditioned,
    on_grid,
    power_of_two,
    product,
    transposed,
    with_singular_values,
)
from references.doubledouble import shift

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Columns = dict[str, NDArray[Any]]


class Recipe(NamedTuple):
    """Everything that a stack is made from; any sequence of these values in this order will do.

    `kind` names the maker, `depth` the number of members, `sizes` the shape of one member.
    `condition` and `scale` are the largest log2 that members may have; `grid` is a dtype.
    `arguments` are pairs of name and value. `members` picks some indices; empty means all.
    """

    kind: str
    depth: int
    sizes: tuple[int, ...]
    structure: str
    condition: int
    scale: int
    grid: str
    seed: int
    arguments: tuple[tuple[str, Any], ...] = ()
    members: tuple[int, ...] = ()


class Made(NamedTuple):
    """What a maker gives: inputs, sizes, and the traits that only this kind has."""

    inputs: tuple[NDArray[Any], ...]
    sizes: Mapping[str, int]
    traits: Columns


def matrix(recipe: Recipe, bits: Bits, m: int, n: int) -> tuple[Array, Columns]:
    """A stack (B, m, n) on its grid, with the condition as asked (NaN where none was) and scale."""
    structure, grid = recipe.structure, DTYPES[recipe.grid]
    asked = np.full(len(bits), np.nan)
    if structure in CONDITIONED:
        condition = condition_of(recipe, bits, min(m, n))
        a = conditioned(bits, m, n, structure, condition, grid)
        asked = condition / STEPS
    else:
        build = partial(_gap, recipe) if structure == "gap" else MATRICES[structure]
        tall = build(bits, max(m, n), min(m, n))
        a = tall if m >= n else transposed(tall)
    a, scale = on_grid(a, grid, scale_of(recipe, bits, "scale"))
    return a, {"log2_condition": asked, "log2_scale": scale}


MATRICES = gallery.RECTANGULAR | gallery.SQUARE | gallery.SINGULAR


def _gap(recipe: Recipe, bits: Bits, m: int, n: int) -> Array:
    """Singular values on both sides of the cut, a factor of 16 from it at least.

    The cut of the recipe's arguments, or of its grid: 10 max(m, n) eps.
    """
    cut = STEPS * log2_cut(DTYPES[recipe.grid], recipe.sizes, dict(recipe.arguments))
    above = bits.integers("above", (n,), 0, max(cut - 4 * STEPS, 0))
    below = cut + bits.integers("below", (n,), 4 * STEPS, 8 * STEPS)
    rank = bits.integers("rank", (1,), 1, n)
    exponents = np.where(np.arange(n) < rank, above, below)
    exponents[:, 0] = 0
    return with_singular_values(bits, m, power_of_two(-exponents))


def log2_cut(grid: Dtype, sizes: tuple[int, ...], arguments: Mapping[str, Any]) -> int:
    """How many powers of two the cut of pinv or of a rank lies below a largest singular value of 1.

    At least, where it is the default of the grid.
    """
    for name in ("rcond", "tol"):
        if name in arguments:
            return 1 - int(np.frexp(arguments[name])[1])
    return grid.bits - 1 - (10 * max(sizes)).bit_length()


def condition_of(recipe: Recipe, bits: Bits, rank: int) -> Integers:
    """The condition of each member in sixteenths of log2, in quarter steps; of a vector, 1."""
    cap = 4 * recipe.condition if rank > 1 else 0
    return bits.integers("condition", (), 0, cap) * (STEPS // 4)


def scale_of(recipe: Recipe, bits: Bits, stream: str) -> Integers:
    """The log2 scale of each member: a third of the members lie at the ends of the range."""
    wide = recipe.scale + recipe.scale // 2
    return np.clip(bits.integers(stream, (), -wide, wide), -recipe.scale, recipe.scale)


def right_hand_sides(
    recipe: Recipe, bits: Bits, a: Array, scale: Integers, k: int
) -> tuple[Array, Columns]:
    """Columns (B, m, k) with a scale of their own: one of three kinds for each member.

    Random; A times odd integers, rounded; or columns of A, so that the system is compatible.
    """
    grid = DTYPES[recipe.grid]
    words = np.array(["random", "image", "column"])
    kind = bits.integers("right-hand side", (), 0, 2)
    _, m, n = a.shape
    chosen = bits.integers("chosen", (1, k), 0, n - 1) == np.arange(n)[:, None]
    columns = np.where(kind[:, None, None] == 2, chosen, bits.odds("solution", (n, k), 4))
    unscaled = shift(a, -scale)
    b = np.where(
        kind[:, None, None] == 0,
        bits.dyadics("random", (m, k), grid.bits),
        product(unscaled, columns),
    )
    b, own = on_grid(b, grid, scale_of(recipe, bits, "scale of b"))
    return b, {"right_hand_side": words[kind], "log2_scale_b": own}

"""A recipe is plain data; its problem is the same bytes on every processor.

Member i comes from (seed, i) alone: it stands by itself, and a failing stack shrinks to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from properties import complex_definite, complex_matrices, gallery
from properties.bits import Bits
from properties.complex_generators import COMPLEX_GENERATORS
from properties.dtypes import DTYPES, Dtype
from properties.generators import GENERATORS
from properties.logits import SUMMANDS
from properties.matrices import (
    CONDITIONED,
    STEPS,
    SYMMETRIC,
    conditioned,
    on_grid,
    power_of_two,
    product,
    symmetric,
    transposed,
    with_singular_values,
)  # fmt: skip
from properties.routine import Problem
from references.doubledouble import shift
from references.embedded import folded

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


def problem(recipe: Sequence[Any]) -> Problem:
    """The stack of a recipe, which may have come through JSON; equal recipes, equal bytes."""
    plain = Recipe(*_plain(recipe))
    members = np.array(plain.members or range(plain.depth), dtype=np.int64)
    bits = Bits(plain.seed, members)
    made = KINDS[plain.kind](plain, bits)
    shared = {"structure": plain.structure, "seed": plain.seed, "grid": plain.grid}
    traits = {name: np.full(len(members), value) for name, value in shared.items()}
    traits |= {"member": members, **made.traits}
    return Problem(made.inputs, made.sizes, traits, tuple(plain), dict(plain.arguments))


def alone(whole: Problem, member: int) -> Problem:
    """One member of a stack, by its own recipe."""
    index = int(whole.traits["member"][member])
    return problem(Recipe(*whole.recipe)._replace(members=(index,)))


def _plain(value: Any) -> Any:
    return tuple(map(_plain, value)) if isinstance(value, (list, tuple)) else value


# Makers: a recipe becomes arrays.


def _general(recipe: Recipe, bits: Bits) -> Made:
    (n,) = recipe.sizes
    a, traits = _matrix(recipe, bits, n, n)
    return Made((a,), {"n": n}, traits)


def _system(recipe: Recipe, bits: Bits) -> Made:
    n, k = recipe.sizes
    a, traits = _matrix(recipe, bits, n, n)
    b, sides = _right_hand_sides(recipe, bits, a, traits["log2_scale"], k)
    return Made((a, b), {"n": n, "k": k}, traits | sides)


def _least_squares(recipe: Recipe, bits: Bits) -> Made:
    m, n, k = recipe.sizes
    a, traits = _matrix(recipe, bits, m, n)
    b, sides = _right_hand_sides(recipe, bits, a, traits["log2_scale"], k)
    return Made((a, b), {"m": m, "n": n, "k": k}, traits | sides)


def _rectangular(recipe: Recipe, bits: Bits) -> Made:
    m, n = recipe.sizes
    a, traits = _matrix(recipe, bits, m, n)
    return Made((a,), {"m": m, "n": n}, traits)


def _symmetric(recipe: Recipe, bits: Bits) -> Made:
    """One member in four holds garbage above the diagonal, where nobody may look."""
    (n,) = recipe.sizes
    if recipe.structure in SYMMETRIC:
        condition, grid = _condition(recipe, bits, n), DTYPES[recipe.grid]
        a = symmetric(bits, n, recipe.structure, condition, grid, recipe.kind == "definite")
        asked = condition / STEPS
    else:
        a = gallery.SYMMETRIC_GALLERY[recipe.structure](bits, n, n)
        asked = np.full(len(bits), np.nan)
    garbage = bits.one_in("garbage", 4) & (n > 1)
    above = garbage[:, None, None] & np.triu(np.ones((n, n), dtype=bool), 1)
    a = np.where(above, bits.dyadics("above", (n, n), 8), a)
    a, scale = on_grid(a, DTYPES[recipe.grid], _scale(recipe, bits, "scale"))
    traits = {"log2_condition": asked, "log2_scale": scale, "garbage": garbage}
    return Made((a,), {"n": n}, traits)


def _logits(recipe: Recipe, bits: Bits) -> Made:
    """Rows along the axis of the call; the axis counts the stack as 0."""
    axis = dict(recipe.arguments)["axis"]
    position = axis - 1 if axis > 0 else axis
    others = list(recipe.sizes)
    n = others.pop(position)
    rows = SUMMANDS[recipe.structure](bits, int(np.prod(others)), n, DTYPES[recipe.grid])
    x = np.moveaxis(rows.reshape(-1, *others, n), -1, axis)
    x, scale = on_grid(x, DTYPES[recipe.grid], _scale(recipe, bits, "scale"))
    return Made((x,), {"n": n}, {"log2_scale": scale})


def _generators(recipe: Recipe, bits: Bits) -> Made:
    """Every second member shrinks, the others grow, by powers of two up to that of the scale."""
    (n,) = recipe.sizes
    a = GENERATORS[recipe.structure](bits, n)
    a, scale = on_grid(a, DTYPES[recipe.grid], _scale(recipe, bits, "scale"))
    return Made((a,), {"n": n}, {"log2_scale": scale})


def _complex_matrices(recipe: Recipe, bits: Bits) -> Made:
    """Square or rectangular ones."""
    a, traits = _complex_matrix(recipe, bits, recipe.sizes[0], recipe.sizes[-1])
    return Made((a,), dict(zip("nm", recipe.sizes[::-1], strict=False)), traits)


def _complex_systems(recipe: Recipe, bits: Bits) -> Made:
    """A and right-hand sides of random complex numbers, each on the grid of its parts."""
    m, n, k = recipe.sizes[0], recipe.sizes[-2], recipe.sizes[-1]
    grid = DTYPES[recipe.grid]
    a, traits = _complex_matrix(recipe, bits, m, n)
    b, own = on_grid(bits.dyadics("random", (2 * m, k), grid.bits), grid, _scale(recipe, bits, "b"))
    return Made(
        (a, folded(b)),
        dict(zip("knm", recipe.sizes[::-1], strict=False)),
        traits | {"log2_scale_b": own},
    )


def _complex_matrix(recipe: Recipe, bits: Bits, m: int, n: int) -> tuple[NDArray[Any], Columns]:
    structure, grid = recipe.structure, DTYPES[recipe.grid]
    asked = np.full(len(bits), np.nan)
    if structure in complex_matrices.CONDITIONED:
        condition = _condition(recipe, bits, min(m, n))
        half = complex_matrices.conditioned(bits, m, n, structure, condition, grid)
        asked = condition / STEPS
    else:
        half = complex_matrices.GALLERY[structure](bits, m, n)
    half, scale = on_grid(half, grid, _scale(recipe, bits, "scale"))
    return folded(half), {"log2_condition": asked, "log2_scale": scale}


def _complex_definite(recipe: Recipe, bits: Bits) -> Made:
    (n,), grid = recipe.sizes, DTYPES[recipe.grid]
    spectral = recipe.structure in complex_definite.SPECTRAL
    condition = _condition(recipe, bits, n) if spectral else np.zeros(len(bits), np.int64)
    half, garbage = complex_definite.made(bits, n, recipe.structure, condition, grid)
    half, scale = on_grid(half, grid, _scale(recipe, bits, "scale"))
    asked = condition / STEPS if spectral else np.full(len(bits), np.nan)
    traits = {"log2_condition": asked, "log2_scale": scale, "garbage": garbage}
    return Made((folded(half),), {"n": n}, traits)


def _complex_generators(recipe: Recipe, bits: Bits) -> Made:
    (n,) = recipe.sizes
    half = COMPLEX_GENERATORS[recipe.structure](bits, n)
    half, scale = on_grid(half, DTYPES[recipe.grid], _scale(recipe, bits, "scale"))
    return Made((folded(half),), {"n": n}, {"log2_scale": scale})


KINDS: dict[str, Callable[[Recipe, Bits], Made]] = {
    "general": _general,
    "systems": _system,
    "symmetric": _symmetric,
    "definite": _symmetric,
    "least squares": _least_squares,
    "rectangular": _rectangular,
    "logits": _logits,
    "generators": _generators,
    "complex systems": _complex_systems,
    "complex general": _complex_matrices,
    "complex generators": _complex_generators,
    "complex least squares": _complex_systems,
    "complex rectangular": _complex_matrices,
    "complex definite": _complex_definite,
}


def _matrix(recipe: Recipe, bits: Bits, m: int, n: int) -> tuple[Array, Columns]:
    """A stack (B, m, n) on its grid, with the condition as asked (NaN where none was) and scale."""
    structure, grid = recipe.structure, DTYPES[recipe.grid]
    asked = np.full(len(bits), np.nan)
    if structure in CONDITIONED:
        condition = _condition(recipe, bits, min(m, n))
        a = conditioned(bits, m, n, structure, condition, grid)
        asked = condition / STEPS
    else:
        build = partial(_gap, recipe) if structure == "gap" else MATRICES[structure]
        tall = build(bits, max(m, n), min(m, n))
        a = tall if m >= n else transposed(tall)
    a, scale = on_grid(a, grid, _scale(recipe, bits, "scale"))
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
    """How many powers of two the cut of pinv lies below the largest singular value, at least."""
    if "rcond" in arguments:
        return 1 - int(np.frexp(arguments["rcond"])[1])
    return grid.bits - 1 - (10 * max(sizes)).bit_length()


def _condition(recipe: Recipe, bits: Bits, rank: int) -> Integers:
    """The condition of each member in sixteenths of log2, in quarter steps; of a vector, 1."""
    cap = 4 * recipe.condition if rank > 1 else 0
    return bits.integers("condition", (), 0, cap) * (STEPS // 4)


def _scale(recipe: Recipe, bits: Bits, stream: str) -> Integers:
    """The log2 scale of each member: a third of the members lie at the ends of the range."""
    wide = recipe.scale + recipe.scale // 2
    return np.clip(bits.integers(stream, (), -wide, wide), -recipe.scale, recipe.scale)


def _right_hand_sides(
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
    b, own = on_grid(b, grid, _scale(recipe, bits, "scale of b"))
    return b, {"right_hand_side": words[kind], "log2_scale_b": own}

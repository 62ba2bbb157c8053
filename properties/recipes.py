"""A recipe is plain data; its problem is the same bytes on every processor.

Member i comes from (seed, i) alone: it stands by itself, and a failing stack shrinks to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from properties import (
    alignments,
    complex_cuts,
    complex_definite,
    complex_matrices,
    complex_scalars,
    gallery,
    labels,
    logarithms,
    operands,
    pulled,
    roots,
    scalars,
    structured,
    sufficient,
)
from properties.bits import Bits
from properties.complex_generators import COMPLEX_GENERATORS
from properties.descents import bounded, bowls, decimals, pairs, quadratics
from properties.dtypes import DTYPES
from properties.generators import GENERATORS
from properties.logits import SUMMANDS
from properties.makers import (
    Columns,
    Made,
    Recipe,
    condition_of,
    matrix,
    right_hand_sides,
    scale_of,
)
from properties.matrices import STEPS, SYMMETRIC, on_grid, symmetric
from properties.routine import Problem
from references.embedded import folded

ABOVE = " and above"  # ends the kinds whose second array is what comes from above


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
    a, traits = matrix(recipe, bits, n, n)
    return Made((a,), {"n": n}, traits)


def _system(recipe: Recipe, bits: Bits) -> Made:
    n, k = recipe.sizes
    a, traits = matrix(recipe, bits, n, n)
    b, sides = right_hand_sides(recipe, bits, a, traits["log2_scale"], k)
    return Made((a, b), {"n": n, "k": k}, traits | sides)


def _least_squares(recipe: Recipe, bits: Bits) -> Made:
    m, n, k = recipe.sizes
    a, traits = matrix(recipe, bits, m, n)
    b, sides = right_hand_sides(recipe, bits, a, traits["log2_scale"], k)
    return Made((a, b), {"m": m, "n": n, "k": k}, traits | sides)


def _rectangular(recipe: Recipe, bits: Bits) -> Made:
    m, n = recipe.sizes
    a, traits = matrix(recipe, bits, m, n)
    return Made((a,), {"m": m, "n": n}, traits)


def _symmetric(recipe: Recipe, bits: Bits) -> Made:
    """One member in four holds garbage above the diagonal, where nobody may look."""
    (n,) = recipe.sizes
    if recipe.structure in SYMMETRIC:
        condition, grid = condition_of(recipe, bits, n), DTYPES[recipe.grid]
        a = symmetric(bits, n, recipe.structure, condition, grid, recipe.kind == "definite")
        asked = condition / STEPS
    else:
        a = gallery.SYMMETRIC_GALLERY[recipe.structure](bits, n, n)
        asked = np.full(len(bits), np.nan)
    garbage = bits.one_in("garbage", 4) & (n > 1)
    above = garbage[:, None, None] & np.triu(np.ones((n, n), dtype=bool), 1)
    a = np.where(above, bits.dyadics("above", (n, n), 8), a)
    a, scale = on_grid(a, DTYPES[recipe.grid], scale_of(recipe, bits, "scale"))
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
    x, scale = on_grid(x, DTYPES[recipe.grid], scale_of(recipe, bits, "scale"))
    return Made((x,), {"n": n}, {"log2_scale": scale})


def _summands_and_above(recipe: Recipe, bits: Bits) -> Made:
    first = _logits(recipe._replace(sizes=recipe.sizes[0]), bits)  # type: ignore[arg-type]
    above, scale = operands.from_above(recipe, bits)
    return Made((*first.inputs, above), first.sizes, first.traits | {"log2_scale_above": scale})


def _generators(recipe: Recipe, bits: Bits) -> Made:
    """Every second member shrinks, the others grow, by powers of two up to that of the scale."""
    (n,) = recipe.sizes
    a = GENERATORS[recipe.structure](bits, n)
    a, scale = on_grid(a, DTYPES[recipe.grid], scale_of(recipe, bits, "scale"))
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
    b, own = on_grid(
        bits.dyadics("random", (2 * m, k), grid.bits), grid, scale_of(recipe, bits, "b")
    )
    return Made(
        (a, folded(b)),
        dict(zip("knm", recipe.sizes[::-1], strict=False)),
        traits | {"log2_scale_b": own},
    )


def _complex_packed(recipe: Recipe, bits: Bits) -> Made:
    """As structured.packed: U of a complex structure, L below 1, the order as complex numbers."""
    n, k = recipe.sizes
    a, traits = _complex_matrix(recipe, bits, n, n)
    below = folded(bits.dyadics("below", (2 * n, n), 4) / 2)
    packed = np.triu(a) + np.tril(below, -1)
    perm = bits.permutations("rows", n).astype(np.complex128)
    if not k:
        return Made((packed, perm), {"n": n}, traits)
    grid = DTYPES[recipe.grid]
    b, own = on_grid(
        bits.dyadics("random", (2 * n, k), grid.bits), grid, scale_of(recipe, bits, "b")
    )
    return Made((packed, perm, folded(b)), {"n": n, "k": k}, traits | {"log2_scale_b": own})


def _complex_matrix(recipe: Recipe, bits: Bits, m: int, n: int) -> tuple[NDArray[Any], Columns]:
    structure, grid = recipe.structure, DTYPES[recipe.grid]
    asked = np.full(len(bits), np.nan)
    if structure in complex_matrices.CONDITIONED:
        condition = condition_of(recipe, bits, min(m, n))
        half = complex_matrices.conditioned(bits, m, n, structure, condition, grid)
        asked = condition / STEPS
    else:
        half = complex_matrices.GALLERY[structure](bits, m, n)
    half, scale = on_grid(half, grid, scale_of(recipe, bits, "scale"))
    return folded(half), {"log2_condition": asked, "log2_scale": scale}


def _complex_hermitian(recipe: Recipe, bits: Bits) -> Made:
    (n,), grid = recipe.sizes, DTYPES[recipe.grid]
    spectral = recipe.structure in complex_definite.SPECTRAL
    condition = condition_of(recipe, bits, n) if spectral else np.zeros(len(bits), np.int64)
    definite = recipe.kind == "complex definite"
    half, garbage = complex_definite.made(
        bits, n, recipe.structure, condition, grid, definite=definite
    )
    half, scale = on_grid(half, grid, scale_of(recipe, bits, "scale"))
    asked = condition / STEPS if spectral else np.full(len(bits), np.nan)
    traits = {"log2_condition": asked, "log2_scale": scale, "garbage": garbage}
    return Made((folded(half),), {"n": n}, traits)


def _and_above(recipe: Recipe, bits: Bits) -> Made:
    """What a kind has, and an array of the answer's shape, on a grid and scale of its own."""
    kind, grid = recipe.kind.removesuffix(ABOVE), DTYPES[recipe.grid]
    rows, columns = (recipe.sizes * 2)[-2:]  # of matrices (n,), of systems (m, n, k)
    first, wide = KINDS[kind](recipe._replace(kind=kind), bits), kind.startswith("complex")
    half = bits.dyadics("from above", (rows + rows * wide, columns), grid.bits)
    half, scale = on_grid(half, grid, scale_of(recipe, bits, "scale from above"))
    above = folded(half) if wide else half
    return Made((*first.inputs, above), first.sizes, first.traits | {"log2_scale_above": scale})


def _complex_generators(recipe: Recipe, bits: Bits) -> Made:
    (n,) = recipe.sizes
    half = COMPLEX_GENERATORS[recipe.structure](bits, n)
    half, scale = on_grid(half, DTYPES[recipe.grid], scale_of(recipe, bits, "scale"))
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
    "quadratics": quadratics,
    "bowls": bowls,
    "bounded": bounded,
    "decimals": decimals,
    "pairs": pairs,
    "complex systems": _complex_systems,
    "complex general": _complex_matrices,
    "complex generators": _complex_generators,
    "complex least squares": _complex_systems,
    "complex rectangular": _complex_matrices,
    "complex definite": _complex_hermitian,
    "complex hermitian": _complex_hermitian,
    **{
        kind + ABOVE: _and_above
        for kind in (
            "definite",
            "complex definite",
            "symmetric",
            "rectangular",
            "squares",
            "complex squares",
            "generators",
            "complex generators",
            "least squares",
            "complex least squares",
            "systems",
            "complex systems",
            "tridiagonal",
            "packed",
            "complex packed",
        )
    },
    "operands": operands.made,
    "complex operands": operands.made,
    "operands and above": operands.made_above,
    "complex operands and above": operands.made_above,
    "summands and above": _summands_and_above,
    "packed": structured.packed,
    "complex packed": _complex_packed,
    "tridiagonal": structured.diagonals,
    "definite systems": structured.definite_systems,
    "logits and above": pulled.logits_and_above,
    "labelled logits": labels.labelled,
    "classed logits": labels.classed,
    "targeted logits": labels.targeted,
    "squares": roots.squares,
    "complex squares": roots.squares,
    "logarithms": logarithms.made,
    "scalars": scalars.made,
    scalars.EVERY: scalars.every_number,
    "complex scalars": complex_scalars.made,
    "complex cuts": complex_cuts.made,
    "sums with counts": sufficient.sums,
    "weighted": sufficient.weighted,
    "complex weighted": sufficient.weighted,
    "concentrations": sufficient.concentrations,
    **dict.fromkeys(sufficient.WITH_ABOVE, sufficient.and_above),
    "places": sufficient.places,
    "alignments": alignments.made,
    "frames": alignments.frames,
}

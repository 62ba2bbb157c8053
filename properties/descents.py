"""Problems of the chapter: quadratic functions with a start and a step, its bowl, decimals."""

from __future__ import annotations

import numpy as np

from properties.bits import Bits
from properties.dtypes import DTYPES
from properties.makers import Made, Recipe, condition_of, scale_of
from properties.matrices import STEPS, conditioned, on_grid, power_of_two, symmetric

# Of the step that suits the extreme eigenvalues best; the last one stretches errors.
FACTORS = np.array([1.0, 1.0, 0.5, 0.25, 1.25])


def quadratics(recipe: Recipe, bits: Bits) -> Made:
    """A symmetric, b, a start x near 1, and the step where `steps` are asked for.

    Seven in eight of A are positive definite. A and b have one scale and the step its inverse, so
    that x stays near 1. The step is a factor times 2/(1 + 1/kappa), over the scale, rounded.
    """
    (n,), grid = recipe.sizes, DTYPES[recipe.grid]
    condition = condition_of(recipe, bits, n)
    a = symmetric(bits, n, recipe.structure, condition, grid, definite=True)
    a, scale = on_grid(a, grid, scale_of(recipe, bits, "scale"))
    b, _ = on_grid(bits.dyadics("b", (n, 1), grid.bits), grid, scale)
    x = bits.dyadics("start", (n, 1), grid.bits)
    sizes = {"n": n}
    traits = {"log2_condition": condition / STEPS, "log2_scale": scale}
    arguments = dict(recipe.arguments)
    if "steps" not in arguments:
        return Made((a, b, x), sizes, traits)
    factor = FACTORS[bits.integers("factor", (), 0, len(FACTORS) - 1)]
    best = 2.0 / (1.0 + power_of_two(-condition))
    rate, _ = on_grid((factor * best)[:, None, None], grid, -scale)
    sizes["k"] = arguments["steps"]
    return Made((a, b, x, rate), sizes, {**traits, "factor": factor})


def pairs(recipe: Recipe, bits: Bits) -> Made:
    """A, b and x of a quadratic function, and a second point: every other one a neighbour of x."""
    (n,), grid = recipe.sizes, DTYPES[recipe.grid]
    made = quadratics(recipe._replace(arguments=()), bits)
    a, b, x = made.inputs
    y = bits.dyadics("other", (n, 1), grid.bits)
    near = bits.one_in("near", 2)[:, None, None] & (np.arange(n) > 0)[:, None]
    return Made(
        (a, b, x, np.where(near, x, y)), made.sizes, {**made.traits, "near": near[:, -1, 0]}
    )


def bounded(recipe: Recipe, bits: Bits) -> Made:
    """A (B, m, n) with singular values up to 1, b within (-4, 4), and steps 2^-2 to 2^-5."""
    m, n = recipe.sizes
    grid, condition = DTYPES[recipe.grid], condition_of(recipe, bits, n)
    a = conditioned(bits, m, n, recipe.structure, condition, grid)
    a, _ = on_grid(a, grid, np.zeros(len(bits), np.int64))
    b = bits.dyadics("b", (m, 1), grid.bits) * 4.0
    rate = np.ldexp(1.0, -bits.integers("rate", (1, 1), 2, 5))
    sizes = {"m": m, "n": n, "k": dict(recipe.arguments)["steps"]}
    return Made((a, b, rate), sizes, {"log2_condition": condition / STEPS})


def decimals(recipe: Recipe, bits: Bits) -> Made:
    """Whole numbers i, never zero, and j, no more of them than the grid can tell tenths of."""
    (n,), most = recipe.sizes, 2 ** max(DTYPES[recipe.grid].bits - 5, 4)
    i, j = (bits.integers(name, (n,), -most, most).astype(np.float64) for name in ("i", "j"))
    return Made((np.where(i == 0, 1.0, i), j), {"n": n}, {})


def bowls(recipe: Recipe, bits: Bits) -> Made:
    """Starts x in (-4, 4), y in (-2, 2) and steps in (0, 1/2), with which every step contracts."""
    (n,), grid = recipe.sizes, DTYPES[recipe.grid]
    x, y, rate = (
        bits.dyadics(name, (n,), grid.bits) * size
        for name, size in (("x", 4.0), ("y", 2.0), ("rate", 0.5))
    )
    return Made((x, y, np.abs(rate)), {"n": n, "k": dict(recipe.arguments)["steps"]}, {})

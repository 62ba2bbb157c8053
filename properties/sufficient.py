"""Problems of statistics: sums with counts, numbers with weights, concentrations, places.

Makers of recipes as in properties/recipes.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from properties.bits import Bits
from properties.dtypes import DTYPES
from properties.makers import Array, Made, Recipe, scale_of
from properties.matrices import on_grid
from properties.operands import NAMES, operand
from properties.scalars import onto
from references.doubledouble import shift

MOST = 200  # of counts: exact in every dtype
SKIPS = 31  # bits of a place in a sequence


def sums(recipe: Recipe, bits: Bits) -> Made:
    """Counts, sums, sums of squares and shifts (B, n) of samples whose means and spreads are drawn.

    Deviations go down to the digits of the grid below the mean, where the variance cancels.
    """
    (n,), grid = recipe.sizes, DTYPES[recipe.grid]
    scale = scale_of(recipe, bits, "scale")
    counts = bits.integers("counts", (n,), 1, MOST).astype(np.float64)
    if recipe.structure == "powers":
        counts = np.ldexp(1.0, bits.integers("counts", (n,), 0, 7))
    means = bits.dyadics("means", (n,), grid.bits)
    apart = np.ldexp(
        bits.dyadics("deviations", (n,), grid.bits), -bits.integers("apart", (n,), 0, grid.bits)
    )
    away = np.ldexp(bits.dyadics("shifts", (n,), grid.bits), bits.integers("away", (n,), -8, 8))
    squares = counts * (means * means + apart * apart)
    made = (
        counts,
        onto(shift(counts * means, scale), grid),
        onto(shift(squares, 2 * scale), grid),
        onto(shift(away, scale), grid),
    )
    return Made(made, {"n": n}, {"log2_scale": scale})


def weighted(recipe: Recipe, bits: Bits) -> Made:
    """Numbers (B, ...), and weights that are not negative and broadcast against them.

    Weights are equal, whole, uniform or apart by powers of two, in turn; those at the beginning of
    the first and the last axis are 1 at least, so that none sums to less.
    """
    shapes: Any = recipe.sizes
    x, scale = operand(recipe, bits, "operand 0", shapes[0])
    grid, shape = DTYPES[recipe.grid], shapes[1]
    kinds = (
        np.ones((len(bits), *shape)),
        bits.integers("whole", shape, 0, 7).astype(np.float64),
        np.abs(bits.dyadics("uniform", shape, grid.bits)),
        np.ldexp(1.0, -bits.integers("powers", shape, 0, grid.bits)),
    )
    words = np.array(["equal", "whole", "uniform", "powers"])
    which = bits.integers("weights", (), 0, 3)
    weights: Array = np.choose(which.reshape(-1, *(1,) * len(shape)), kinds)
    for edge in ((slice(None), 0), (..., 0)):
        weights[edge] = np.maximum(weights[edge], 1.0)
    given = weights + 0j if np.iscomplexobj(x) else weights
    return Made((x, given), {"n": shapes[0][-1]}, {"log2_scale": scale, "weights": words[which]})


def concentrations(recipe: Recipe, bits: Bits) -> Made:
    """Positive numbers (B, ..., n) of one stratum: around the zeros of log gamma, tiny, large."""
    grid, shape = DTYPES[recipe.grid], recipe.sizes
    apart = bits.dyadics("entries", shape, grid.bits)
    far = bits.integers("far", shape, 0, grid.bits)
    high = bits.integers("high", shape, 0, grid.max_exponent // 2)
    kinds = {
        "uniform": 4.0 + 4.0 * apart,
        "halves": bits.integers("halves", shape, 1, 16) / 2,
        "near one": 1.0 + np.ldexp(0.5 * apart, -far),
        "near two": 2.0 + np.ldexp(0.5 * apart, -far),
        "small": np.ldexp(np.abs(apart), -far),
        "large": np.ldexp(1.0 + 0.5 * apart, high),
        "mixed": np.ldexp(1.0 + 0.5 * apart, np.where(far % 2, -far, high % 8)),
    }
    x, scale = on_grid(kinds[recipe.structure], grid, np.zeros(len(bits), np.int64))
    return Made((x,), {"n": shape[-1]}, {"log2_scale": scale, "most": _most(x)})


def and_above(recipe: Recipe, bits: Bits) -> Made:
    """What a kind has, and dense arrays of the last shapes, as many as the answer has, from above.

    A number in eight of these is zero; of complex ones the last, of real numbers, is real in one
    member in two.
    """
    make, count = WITH_ABOVE[recipe.kind]
    shapes: Any = recipe.sizes
    first = make(recipe._replace(sizes=shapes[0] if count == 1 else shapes[:count]), bits)
    dense = recipe._replace(structure="dense")
    given, scales = list[NDArray[Any]](), dict[str, NDArray[Any]]()
    for i, shape in enumerate(shapes[count:]):
        array, scale = operand(dense, bits, f"from above {i}", shape)
        given.append(np.where(bits.integers(f"none from above {i}", shape, 0, 7) == 0, 0.0, array))
        scales["log2_scale_above" if i == 0 else f"log2_scale_above_{i}"] = scale
    if np.iscomplexobj(given[-1]):
        real = bits.one_in("real from above", 2)
        given[-1] = np.where(
            real.reshape(-1, *(1,) * (given[-1].ndim - 1)), given[-1].real, given[-1]
        )
        zeros = np.concatenate([(a == 0).reshape(len(a), -1) for a in given], axis=1).any(axis=1)
        scales["above"] = np.where(real, "real", "complex")
        scales["zeros_above"] = np.where(zeros, "some", "none")
    return Made((*first.inputs, *given), first.sizes, first.traits | scales)


def _operand(recipe: Recipe, bits: Bits) -> Made:
    """One array (B, ...)."""
    x, scale = operand(recipe, bits, "operand 0", recipe.sizes)
    return Made((x,), dict(zip(NAMES, reversed(recipe.sizes), strict=False)), {"log2_scale": scale})


# Kinds with what comes from above after them, and how many shapes of a recipe are their own.
WITH_ABOVE: dict[str, tuple[Callable[[Recipe, Bits], Made], int]] = {
    "concentrations and above": (concentrations, 1),
    "sums with counts and above": (sums, 1),
    "weighted and above": (weighted, 2),
    "complex numbers and above of real ones": (_operand, 1),
}
CONCENTRATIONS = ("uniform", "halves", "near one", "near two", "small", "large", "mixed")


def places(recipe: Recipe, bits: Bits) -> Made:
    """Numbers of points to skip (B, 1): few, about a power of two, or any below 2^31.

    They are exact on the grid, hence of as many leading bits only.
    """
    grid, results = DTYPES[recipe.grid], int(dict(recipe.arguments)["num_results"])
    power = np.ldexp(1.0, bits.integers("power", (1,), 0, SKIPS - 1))
    near = power + bits.integers("near", (1,), -results, 2)
    anywhere = np.floor(power * (1.5 + 0.5 * bits.dyadics("anywhere", (1,), 40)))
    kinds = bits.integers("few", (1,), 0, 100).astype(np.float64), near, anywhere
    skip = np.choose(bits.integers("kind", (1,), 0, 2), kinds)
    unit = np.ldexp(1.0, np.maximum(np.frexp(np.maximum(skip, 1.0))[1] - grid.bits, 0))
    most = np.floor((2.0**SKIPS - 2 - results) / 128) * 128
    skip = np.clip(np.floor(skip / unit) * unit, 0.0, most)
    return Made((skip,), {"n": 1}, {"most": skip[:, 0]})


def _most(x: Array) -> Array:
    return x.reshape(len(x), -1).max(axis=1)

"""Logits with labels: shares of classes, a class, or a target for each logit.

Makers of recipes as in properties/recipes.py; labels are eighths, which every dtype holds, and
shares of classes have sum 1 without rounding.
"""

from __future__ import annotations

import numpy as np

from properties.bits import Bits
from properties.dtypes import DTYPES
from properties.logits import LOGITS
from properties.makers import Made, Recipe, scale_of
from properties.matrices import on_grid

EIGHTHS = 8


def labelled(recipe: Recipe, bits: Bits) -> Made:
    """Labels and logits (B, ...), classes along the axis of the call; a third is sure."""
    axis = int(dict(recipe.arguments).get("axis", -1))
    position = axis - 1 if axis > 0 else axis
    others = list(recipe.sizes)
    n = others.pop(position)
    count = int(np.prod(others, dtype=int))
    picks = bits.integers("picks", (count, EIGHTHS), 0, n - 1)
    sure = bits.one_in("sure", 3)[:, None, None]
    picks = np.where(sure, picks[:, :, :1], picks)
    shares = (picks[:, :, :, None] == np.arange(n)).sum(axis=2) / EIGHTHS
    logits, scale = _logits(recipe, bits, count, n)
    inputs = tuple(
        np.ascontiguousarray(np.moveaxis(rows.reshape(-1, *others, n), -1, axis))
        for rows in (shares, logits)
    )
    return Made(inputs, {"n": n}, {"log2_scale": scale})


def classed(recipe: Recipe, bits: Bits) -> Made:
    """Classes (B, ...), as numbers, and logits (B, ..., n)."""
    *others, n = recipe.sizes
    count = int(np.prod(others, dtype=int))
    chosen = bits.integers("chosen", (count,), 0, n - 1).astype(np.float64)
    logits, scale = _logits(recipe, bits, count, n)
    whole = chosen.reshape(-1, *others), logits.reshape(-1, *recipe.sizes)
    return Made(whole, {"n": n}, {"log2_scale": scale})


def targeted(recipe: Recipe, bits: Bits) -> Made:
    """A target in eighths from 0 to 1 for each logit, both (B, ...); half of them are sure."""
    *others, n = recipe.sizes
    count = int(np.prod(others, dtype=int))
    eighths = bits.integers("targets", (count, n), -4, EIGHTHS + 4)
    logits, scale = _logits(recipe, bits, count, n)
    whole = np.clip(eighths, 0, EIGHTHS) / EIGHTHS
    shape = (-1, *recipe.sizes)
    return Made((whole.reshape(shape), logits.reshape(shape)), {"n": n}, {"log2_scale": scale})


def _logits(recipe: Recipe, bits: Bits, count: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    grid = DTYPES[recipe.grid]
    rows = LOGITS[recipe.structure](bits, count, n, grid)
    return on_grid(rows, grid, scale_of(recipe, bits, "scale"))

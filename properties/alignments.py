"""Problems of alignments: logits of frames, labels in order, and how many of both there are.

A maker of recipes as in properties/recipes.py; labels and numbers of them are exact in every dtype.
"""

from __future__ import annotations

import numpy as np

from properties.bits import Bits
from properties.dtypes import DTYPES
from properties.logits import LOGITS
from properties.makers import Made, Recipe
from properties.matrices import on_grid

IMPOSSIBLE = 8  # one member in so many has too few frames for its labels


def made(recipe: Recipe, bits: Bits) -> Made:
    """Logits (B, T, C), labels (B, L), numbers of labels and of frames (B, 1).

    Of sizes (T, C, L), with the least number of labels behind them if it is not 0. Labels are
    classes other than the blank, which is the first or the last one (`blank_index`); places
    beyond the number of labels hold a class too.
    """
    frames, classes, most, *least = recipe.sizes
    grid, blank = DTYPES[recipe.grid], dict(recipe.arguments).get("blank_index", -1)
    rows = LOGITS[recipe.structure](bits, frames, classes, grid)
    logits, _ = on_grid(rows, grid, np.zeros(len(bits), np.int64))
    labels = bits.integers("labels", (most,), 0, classes - 2) + (blank == 0)
    count = bits.integers("count", (1,), min(least, default=0), most)
    inside = np.arange(1, most) < count
    needed = count + ((labels[:, 1:] == labels[:, :-1]) & inside).sum(axis=1, keepdims=True)
    length = np.maximum(bits.integers("length", (1,), 1, frames), np.minimum(needed, frames))
    short = bits.one_in("short", IMPOSSIBLE)[:, None] & (needed > 1)
    length = np.where(short, np.minimum(length, needed - 1), length)
    inputs = (logits, *(array.astype(np.float64) for array in (labels, count, length)))
    sizes = {"n": classes, "m": frames, "k": most}
    return Made(inputs, sizes, {"possible": (length >= needed)[:, 0]})


def frames(recipe: Recipe, bits: Bits) -> Made:
    """Logits (B, T, C) and numbers of frames (B, 1), of sizes (T, C).

    `untied` (B,): whether each frame has one largest logit.
    """
    count, classes = recipe.sizes
    grid = DTYPES[recipe.grid]
    rows = LOGITS[recipe.structure](bits, count, classes, grid)
    logits, _ = on_grid(rows, grid, np.zeros(len(bits), np.int64))
    length = bits.integers("length", (1,), 1, count)
    largest = logits == logits.max(axis=2, keepdims=True)
    untied = (largest.sum(axis=2) == 1).all(axis=1)
    return Made((logits, length.astype(np.float64)), {"n": classes, "m": count}, {"untied": untied})

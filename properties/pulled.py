"""Logits with what comes from above, of their shape, on its way through softmax and its kin.

A maker of recipes as in properties/recipes.py; logits are as the structure has them, and the scale
is that of what comes from above.
"""

from __future__ import annotations

import numpy as np

from properties.bits import Bits
from properties.dtypes import DTYPES
from properties.logits import LOGITS
from properties.makers import Made, Recipe, scale_of
from properties.matrices import on_grid

WORDS = np.array(["random", "level", "one", "centred"])


def logits_and_above(recipe: Recipe, bits: Bits) -> Made:
    """Logits and of their shape (B, ...) what comes from above, rows along the axis of the call.

    One of four kinds for each member: random numbers of either sign; numbers a few units in the
    last place from 1 or -1, so that what is left of their mean is small; one alone; and whole
    numbers of which two neighbours add up to zero.
    """
    axis, grid = int(dict(recipe.arguments)["axis"]), DTYPES[recipe.grid]
    others = list(recipe.sizes)
    n = others.pop(axis - 1 if axis > 0 else axis)
    count = int(np.prod(others, dtype=int))
    kind = bits.integers("from above", (), 0, len(WORDS) - 1)
    whole = bits.odds("centred", (count, (n + 1) // 2), 8)
    near = 1 + bits.integers("steps", (count, n), 0, 3) * grid.eps
    rows = np.choose(kind[:, None, None], [
        bits.dyadics("random", (count, n), grid.bits),
        bits.signs("sign", (count, 1)) * near,
        (bits.integers("chosen", (count, 1), 0, n - 1) == np.arange(n)) * 1.0,
        np.stack([whole, -whole], axis=3).reshape(len(bits), count, -1)[:, :, :n],
    ])  # fmt: skip
    above, scale = on_grid(rows, grid, scale_of(recipe, bits, "scale from above"))
    plain = LOGITS[recipe.structure](bits, count, n, grid)
    x, _ = on_grid(plain, grid, np.zeros(len(bits), np.int64))
    inputs = tuple(np.ascontiguousarray(np.moveaxis(part.reshape(-1, *others, n), -1, axis))
                   for part in (x, above))  # fmt: skip
    return Made(inputs, {"n": n}, {"from_above": WORDS[kind], "log2_scale_above": scale})

"""Arguments on branch cuts of complex functions, from both sides: the sign of a zero is the side.

The second half of a vector is the first half over again from the other side, so that a value and
its mirror image stand in different places of it; the middle of an odd length stands alone.
"""

from __future__ import annotations

import numpy as np

from properties.bits import Bits
from properties.complex_scalars import BASE, EXPONENT, PART, traits_of
from properties.domains import Domain
from properties.makers import Made, Recipe
from properties.scalars import columns_of

CUTS: dict[str, Domain] = {
    "below 0": Domain((PART,), lambda x: x < 0, (-1.0,)),
    "below -1": Domain((PART,), lambda x: x < -1, (-2.0,)),
    "below 1": Domain((PART,), lambda x: x < 1, (0.5,)),
    "beyond 1": Domain((PART,), lambda x: np.abs(x) > 1, (2.0,)),
    "beyond 1, turned": Domain((PART,), lambda x: np.abs(x) > 1, (2.0,)),
    "powers below 0": Domain((BASE, EXPONENT), lambda x, _: x < 0, (-1.0, 1.0)),
}


def made(recipe: Recipe, bits: Bits) -> Made:
    """Points (B, n) of the cut that `structure` names, and real exponents of powers."""
    columns, strata = columns_of(CUTS[recipe.structure], recipe, bits)
    n = columns[0].shape[1]
    half = (n + 1) // 2
    for x in columns:
        x[:, half:] = x[:, : n - half]
    side = bits.signs("side", (n,))
    side[:, half:] = -side[:, : n - half]
    inputs = [np.zeros(x.shape, np.complex128) for x in columns]
    for z, x in zip(inputs, columns, strict=True):
        z.real = x
    along, across = inputs[0].real, inputs[0].imag
    if recipe.structure.endswith("turned"):
        along, across = across, along
    along[:], across[:] = columns[0], np.copysign(0.0, side)
    return Made(tuple(inputs), {"n": n}, {"stratum": strata, **traits_of(inputs)})

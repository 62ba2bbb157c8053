"""Arguments for functions of complex numbers: an axis for each part, strata as for real ones.

Branch cuts are left out where a zero's sign picks the side, and so are poles.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from properties.bits import Bits
from properties.domains import (
    EXP,
    HALF_PI,
    PI,
    SMALL_EXP,
    TURNS,
    Axis,
    Domain,
    Inside,
    power,
    up_to,
)
from properties.dtypes import Dtype
from properties.makers import Columns, Made, Recipe
from properties.scalars import columns_of

Array = NDArray[np.float64]


def _quarter_of_it(grid: Dtype) -> float:
    """So that a modulus fits, and no sum of parts leaves the range."""
    return grid.max / 4


PART = Axis(reach=_quarter_of_it)
FACTOR = Axis(reach=power(0.5), lowest=-480)
DIVIDEND = Axis(reach=power(0.5), lowest=-400)
DIVISOR = Axis(reach=power(0.5), lowest=-60)
ROOTED = Axis(reach=power(0.375), lowest=-40)
TURN = Axis((-10.0, 10.0), TURNS, up_to(2.0**20))
BASE = Axis((-4.0, 4.0), (0.0, 1.0, -1.0), up_to(256.0), lowest=-8)
EXPONENT = Axis((-16.0, 16.0), (0.0, 1.0, 2.0, -1.0, 0.5), up_to(64.0))


def _not_zero(*parts: Array) -> NDArray[np.bool_]:
    return (parts[-1] != 0) | (parts[-2] != 0)


def beside_cut(real: Callable[[Array], NDArray[np.bool_]], *, turned: bool = False) -> Inside:
    """Points off the real axis, or on its part named; off the imaginary axis if `turned`."""

    def inside(*parts: Array) -> NDArray[np.bool_]:
        along, across = (parts[-1], parts[-2]) if turned else (parts[-2], parts[-1])
        return np.asarray((across != 0) | real(along))

    return inside


CUT = beside_cut(lambda x: x > 0)
COMPLEX_DOMAINS: dict[str, Domain] = {
    "plane": Domain((PART, PART), safe=(1.0, 1.0)),
    "reciprocals": Domain((DIVISOR, DIVISOR), _not_zero, (1.0, 1.0)),
    "shifted reciprocals": Domain((DIVISOR, DIVISOR), beside_cut(lambda x: x > -1), (1.0, 1.0)),
    "inverse squares": Domain((ROOTED, ROOTED), _not_zero, (1.0, 1.0)),
    "inverse cubes": Domain((ROOTED, ROOTED), CUT, (1.0, 1.0)),
    "reciprocals and 0": Domain((DIVISOR, DIVISOR), safe=(1.0, 1.0)),
    "squares": Domain((FACTOR, FACTOR), safe=(1.0, 1.0)),
    "roots": Domain((PART, PART), beside_cut(lambda x: x >= 0), (1.0, 1.0)),
    "logarithms": Domain((PART, PART), CUT, (1.0, 1.0)),
    "shifted logarithms": Domain((PART, PART), beside_cut(lambda x: x > -1), (1.0, 1.0)),
    "between cuts": Domain((PART, PART), beside_cut(lambda x: np.abs(x) <= 1), (1.0, 1.0)),
    "between poles": Domain((PART, PART), beside_cut(lambda x: np.abs(x) < 1), (1.0, 1.0)),
    "right of 1": Domain((PART, PART), beside_cut(lambda x: x >= 1), (1.0, 1.0)),
    "beyond 1": Domain((PART, PART), beside_cut(lambda x: x > 1), (2.0, 1.0)),
    "between cuts, turned": Domain(
        (PART, PART), beside_cut(lambda x: np.abs(x) <= 1, turned=True), (1.0, 1.0)
    ),
    "between poles, turned": Domain(
        (PART, PART), beside_cut(lambda x: np.abs(x) < 1, turned=True), (1.0, 1.0)
    ),
    "exponentials": Domain((EXP, TURN), lambda x, y: (x < 709) & (x > -690), (1.0, 1.0)),
    "both exponentials": Domain((EXP, TURN), safe=(1.0, 1.0)),
    "turns": Domain((TURN, EXP), safe=(1.0, 1.0)),
    "tangents": Domain((TURN, PART), safe=(1.0, 1.0)),
    "hyperbolic tangents": Domain((PART, TURN), safe=(1.0, 1.0)),
    "sigmoid": Domain(
        (SMALL_EXP, Axis((-10.0, 10.0), (0.0, HALF_PI, PI, -PI, 3 * PI), up_to(2.0**20))),
        lambda x, y: x > -690, (1.0, 1.0),
    ),
    "sums": Domain((PART,) * 4, safe=(1.0,) * 4),
    "products": Domain((FACTOR,) * 4, safe=(1.0,) * 4),
    "quotients": Domain((DIVIDEND, DIVIDEND, DIVISOR, DIVISOR), _not_zero, (1.0,) * 4),
    "shifted quotients": Domain(
        (DIVIDEND, DIVIDEND, DIVISOR, DIVISOR), beside_cut(lambda x: x > -1), (1.0,) * 4
    ),
    "any quotients": Domain((DIVIDEND, DIVIDEND, DIVISOR, DIVISOR), safe=(1.0,) * 4),
    "powers": Domain(
        (BASE, BASE, EXPONENT, EXPONENT), lambda x, y, *_: CUT(x, y), (1.0,) * 4
    ),
    "factors of logarithms": Domain((FACTOR, FACTOR, PART, PART), CUT, (1.0,) * 4),
    "factors of shifted logarithms": Domain(
        (FACTOR, FACTOR, PART, PART), beside_cut(lambda x: x > -1), (1.0,) * 4
    ),
}  # fmt: skip


def made(recipe: Recipe, bits: Bits) -> Made:
    """The complex arguments (B, n) of a recipe; `structure` names the domain."""
    columns, strata = columns_of(COMPLEX_DOMAINS[recipe.structure], recipe, bits)
    inputs = []
    for re, im in zip(columns[::2], columns[1::2], strict=True):
        z = np.empty(re.shape, np.complex128)
        z.real, z.imag = re, im
        inputs.append(z)
    return Made(tuple(inputs), {"n": recipe.sizes[0]}, {"stratum": strata, **traits_of(inputs)})


def traits_of(inputs: Sequence[NDArray[np.complex128]]) -> Columns:
    """The least and largest size of each argument of every member, and those of its parts."""
    traits: Columns = {}
    for z, prefix in zip(inputs, ("", "second_"), strict=False):
        re, im = np.abs(z.real), np.abs(z.imag)
        for name, part in (("", np.maximum(re, im)), ("_re", re), ("_im", im)):
            traits[f"{prefix}least{name}"] = part.min(axis=1)
            traits[f"{prefix}most{name}"] = part.max(axis=1)
    return traits

"""Problems of arrays of any shapes: what is multiplied and summed up, entry by entry or in order.

Operands have no spectrum, so conditions are those of cancellation: sums whose terms are much
larger than they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from properties.bits import Bits
from properties.dtypes import DTYPES, Dtype
from properties.makers import Array, Made, Recipe, scale_of
from properties.matrices import on_grid
from references.doubledouble import shift

Shape = tuple[int, ...]
NAMES = ("n", "m", "k", "l")  # sizes of the first operand, the last one first


def _dense(bits: Bits, stream: str, shape: Shape, grid: Dtype) -> Array:
    """Independent uniform entries of all digits of the grid."""
    return bits.dyadics(stream, shape, min(grid.bits, 53))


def _integers(bits: Bits, stream: str, shape: Shape, _: Dtype) -> Array:
    """Odd integers below 8: sums are exact, and often zero or nearly so."""
    return bits.odds(stream, shape, 4)


def _alternating(bits: Bits, stream: str, shape: Shape, grid: Dtype) -> Array:
    """Nearly equal entries whose signs alternate along every axis: sums cancel."""
    near = 1.0 + bits.dyadics(stream, shape, max(grid.bits - 6, 2)) * 2.0**-5
    places = np.indices(shape).sum(axis=0) if shape else np.zeros((), np.int64)
    return near * (1.0 - 2.0 * (places % 2)) if stream.endswith("0") else near


def _graded(bits: Bits, stream: str, shape: Shape, grid: Dtype) -> Array:
    """Entries that lie apart by powers of two up to the digits of the grid."""
    power = bits.integers(f"{stream}, powers", shape, 0, grid.bits)
    return shift(np.ldexp(_dense(bits, stream, shape, grid), -power), np.zeros(len(bits), np.int64))


def _positive(bits: Bits, stream: str, shape: Shape, grid: Dtype) -> Array:
    """Positive entries: errors of sums are those of their order alone."""
    return np.abs(_dense(bits, stream, shape, grid))


def _mostly_zero(bits: Bits, stream: str, shape: Shape, grid: Dtype) -> Array:
    """Two entries in three are zero."""
    kept = bits.integers(f"{stream}, kept", shape, 0, 2) == 0
    return np.where(kept, _dense(bits, stream, shape, grid), 0.0)


def _shifted(bits: Bits, stream: str, shape: Shape, grid: Dtype) -> Array:
    """Entries of a common size up to 2^bits above what they differ by: variances cancel."""
    power = bits.integers(f"{stream}, shift", (), 0, grid.bits)
    offset = np.ldexp(bits.signs(f"{stream}, sign", ()), power)
    return offset.reshape(-1, *(1,) * len(shape)) + _dense(bits, stream, shape, grid)


def _near_one(bits: Bits, stream: str, shape: Shape, grid: Dtype) -> Array:
    """Entries so near 1 that products of all or some of them stay in range, whatever their number.

    Within 2^-k, k such that n of them differ from 1 by a factor of e^64 at most.
    """
    count = int(np.prod(shape, dtype=int))
    k = max(1, (max(count - 1, 1)).bit_length() - 6)
    return 1.0 + np.ldexp(_dense(bits, stream, shape, grid), -k)


def _unit(bits: Bits, stream: str, shape: Shape, _: Dtype) -> Array:
    """A single entry of 1 or -1, or none: identities, shifts, zero."""
    count = int(np.prod(shape))
    place = bits.integers(f"{stream}, place", (1,), 0, count)
    return (bits.signs(stream, (1,)) * (np.arange(count) == place)).reshape(-1, *shape)


def _without_imaginary(bits: Bits, stream: str, shape: Shape, grid: Dtype) -> Array:
    """Complex numbers that are real, but for the last of three operands: what comes from above."""
    dense = _dense(bits, stream, shape, grid)
    return 0 * dense if stream in ("im operand 0", "im operand 1") else dense


OPERANDS: dict[str, Callable[[Bits, str, Shape, Dtype], Array]] = {
    "integers": _integers,
    "dense": _dense,
    "alternating": _alternating,
    "graded": _graded,
    "positive": _positive,
    "mostly zero": _mostly_zero,
}
WITHOUT_IMAGINARY = "real"
ALL_OPERANDS = OPERANDS | {
    "shifted": _shifted,
    "unit": _unit,
    WITHOUT_IMAGINARY: _without_imaginary,
}
MADE = ALL_OPERANDS | {"near one": _near_one}


def made(recipe: Recipe, bits: Bits) -> Made:
    """The operands of a recipe whose sizes are shapes, each on the grid with a scale of its own."""
    shapes: Any = recipe.sizes
    inputs: list[NDArray[Any]] = []
    traits: dict[str, NDArray[Any]] = {}
    for i, shape in enumerate(shapes):
        array, scale = operand(recipe, bits, f"operand {i}", shape)
        inputs.append(array)
        traits["log2_scale" if i == 0 else f"log2_scale_{i}"] = scale
    sizes = dict(zip(NAMES, reversed(shapes[0]), strict=False))
    return Made(tuple(inputs), sizes or {"n": 1}, traits)


def operand(
    recipe: Recipe, bits: Bits, stream: str, shape: Shape
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """One array (B, *shape) and the log2 scale of its members."""
    grid, make = DTYPES[recipe.grid], MADE[recipe.structure]
    if not recipe.kind.startswith("complex"):
        return on_grid(make(bits, stream, shape, grid), grid, scale_of(recipe, bits, stream))
    both = np.stack([make(bits, f"{part} {stream}", shape, grid) for part in ("re", "im")], axis=1)
    both, scale = on_grid(both, grid, scale_of(recipe, bits, stream))
    return both[:, 0] + 1j * both[:, 1], scale


def made_above(recipe: Recipe, bits: Bits) -> Made:
    """An operand, and what comes from above: dense whatever the structure, with zeros in it.

    One member in four has a zero for one of its entries; one in two of complex numbers has real
    ones, which are their own conjugates.
    """
    shape: Any = recipe.sizes[0]
    first = made(recipe._replace(sizes=(shape,)), bits)
    (x,), traits = first.inputs, first.traits
    zeroed, count = bits.one_in("zeroed", 4), int(np.prod(shape))
    place = bits.integers("place of the zero", (1,), 0, count - 1) == np.arange(count)
    x = np.where((zeroed[:, None] & place).reshape(-1, *shape), 0.0, x)
    if np.iscomplexobj(x):
        real = bits.one_in("real", 2)
        x = np.where(real.reshape(-1, *(1,) * len(shape)), x.real, x)
        traits = traits | {"numbers": np.where(real, "real", "complex")}
    array, scale = from_above(recipe, bits)
    return Made((x, array), first.sizes, traits | {"zeroed": zeroed, "log2_scale_above": scale})


def from_above(recipe: Recipe, bits: Bits) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """What comes from above, of the second shape of a recipe; a number in eight is zero."""
    shape: Any = recipe.sizes[1]
    dense = recipe._replace(structure="dense")
    array, scale = operand(dense, bits, "from above", shape)
    return np.where(bits.integers("none from above", shape, 0, 7) == 0, 0.0, array), scale

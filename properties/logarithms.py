"""Stacks of complex matrices whose logarithms are asked for, as [re; im]: (B, 2 n, n).

Eigenvalues stay off the negative axis, but for dense matrices, which may have them anywhere. See
properties/complex_matrices.py.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from properties import complex_matrices
from properties.bits import Bits
from properties.complex_matrices import adjoint, turned, unitary
from properties.dtypes import DTYPES
from properties.makers import Made, Recipe, scale_of
from properties.matrices import on_grid
from references.embedded import folded

Array = NDArray[np.float64]


def _eigenvalues(bits: Bits, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Real and imaginary parts: anywhere in the right half plane, off the axis in the left one."""
    re, im = (bits.dyadics(stream, shape, 10) for stream in ("real", "imaginary"))
    re = np.where(np.abs(re) < 1 / 8, re + np.copysign(1 / 8, re), re)
    return re, np.where(re < 0, im / 2 + np.copysign(1 / 2, im), im)


def _diagonal(re: Array, im: Array) -> Array:
    n = re.shape[1]
    return np.concatenate([np.eye(n) * side[:, None, :] for side in (re, im)], axis=1)


def _above(bits: Bits, n: int) -> Array:
    parts = (np.triu(bits.dyadics(f"above, {part}", (n, n), 8), 1) for part in ("re", "im"))
    return np.concatenate(list(parts), axis=1)


def _turned(bits: Bits, half: Array) -> Array:
    """U A U^H."""
    return adjoint(unitary(bits, "both", adjoint(unitary(bits, "both", half))))


def _real(array: Array) -> Array:
    return turned(array, np.zeros((1, 1), np.int64))


def diagonal(bits: Bits, n: int) -> Array:
    """The logarithm is taken entry by entry."""
    return _diagonal(*_eigenvalues(bits, (n,)))


def normal(bits: Bits, n: int) -> Array:
    """U D U^H."""
    return _turned(bits, diagonal(bits, n))


def definite(bits: Bits, n: int) -> Array:
    """U D U^H, D positive, apart by powers of two up to 2^12."""
    values = np.ldexp(1.0, -bits.integers("exponents", (n,), 0, 12))
    return _turned(bits, _diagonal(values, 0 * values))


def triangular(bits: Bits, n: int) -> Array:
    """D + N with entries up to 1 above the diagonal."""
    return diagonal(bits, n) + _above(bits, n)


def jordan(bits: Bits, n: int) -> Array:
    """One Jordan block, with ones or larger above the diagonal."""
    re, im = (side + np.zeros((1, n)) for side in _eigenvalues(bits, (1,)))
    above = np.ldexp(1.0, bits.integers("size", (1, 1), 0, 3)) * np.eye(n, k=1)
    return _diagonal(re, im) + _real(above)


def clustered(bits: Bits, n: int) -> Array:
    """A triangle with eigenvalues of one neighbourhood, apart by 2^-4 to 2^-12, some equal."""
    re, im = (side + np.zeros((1, n)) for side in _eigenvalues(bits, (1,)))
    apart = np.ldexp(1.0, -bits.integers("apart", (1,), 4, 12))
    return _diagonal(re + apart * bits.integers("places", (n,), 0, n), im) + _above(bits, n)


def near_one(bits: Bits, n: int) -> Array:
    """I + 2^-k B: the logarithm is small."""
    small = np.ldexp(1.0, -bits.integers("small", (1, 1), 2, 10))
    return _real(np.eye(n) + np.zeros((len(bits), 1, 1))) + small * dense(bits, n)


def dense(bits: Bits, n: int) -> Array:
    """Independent uniform parts of 24 bits."""
    return complex_matrices.dense(bits, n, n) / 2


def dominant(bits: Bits, n: int) -> Array:
    """Dense, with n added to the diagonal."""
    return dense(bits, n) + _real(n * np.eye(n) + np.zeros((len(bits), 1, 1)))


LOGARITHMS: dict[str, Callable[[Bits, int], Array]] = {
    "diagonal": diagonal,
    "definite": definite,
    "normal": normal,
    "triangular": triangular,
    "jordan": jordan,
    "turned jordan": lambda bits, n: _turned(bits, jordan(bits, n)),
    "clustered": clustered,
    "turned cluster": lambda bits, n: _turned(bits, clustered(bits, n)),
    "near one": near_one,
    "dense": dense,
    "dominant": dominant,
}


def made(recipe: Recipe, bits: Bits) -> Made:
    """A (B, n, n), times a power of two for each member."""
    (n,), grid = recipe.sizes, DTYPES[recipe.grid]
    half, scale = on_grid(
        LOGARITHMS[recipe.structure](bits, n), grid, scale_of(recipe, bits, "scale")
    )
    return Made((folded(half),), {"n": n}, {"log2_scale": scale})

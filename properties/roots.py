"""Problems of matrices that are squares: A = B^2 exactly, of a B whose roots are certain.

The diagonal of B is positive and dominates its rows, so that its eigenvalues lie in the right half
plane and B is the principal square root of A (Higham 2008, 1.7). Of complex B, whose entries are
Gaussian integers, the real part of the diagonal does, and all other parts count.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from properties.bits import Bits
from properties.dtypes import DTYPES
from properties.makers import Made, Recipe, scale_of
from references.doubledouble import shift
from references.embedded import folded

Array = NDArray[np.float64]
SPARE = 6  # bits of the grid that entries of B^2 leave unused, beside those of sums


def _full(off: Array) -> Array:
    return off


def _triangular(off: Array) -> Array:
    return np.triu(off, 1)


def _diagonal(off: Array) -> Array:
    return 0 * off


def _skew(off: Array) -> Array:
    """Complex eigenvalues."""
    upper = np.triu(off, 1)
    return upper - np.swapaxes(upper, 1, 2)


def _symmetric(off: Array) -> Array:
    upper = np.triu(off, 1)
    return upper + np.swapaxes(upper, 1, 2)


ROOTS: dict[str, Callable[[Array], Array]] = {
    "diagonal": _diagonal,
    "triangular": _triangular,
    "symmetric": _symmetric,
    "skew": _skew,
    "full": _full,
}
GRADED = "graded"  # rows of B lie apart by powers of two
WITHOUT_IMAGINARY = "real"  # complex numbers that have none: what is transposed is the adjoint


def squares(recipe: Recipe, bits: Bits) -> Made:
    """A (B, n, n), every entry exact in the grid, times an even power of two; complex by kind."""
    (n,), grid, wide = recipe.sizes, DTYPES[recipe.grid], recipe.kind.startswith("complex")
    rows = n * (1 + wide)
    digits = (grid.bits - SPARE - int(rows).bit_length()) // 2
    graded = recipe.structure == GRADED
    top = 2**digits - 1
    diagonal = bits.integers("diagonal", (n,), top // 2 + 1, top)
    power = bits.integers("powers", (n,), 0, max(digits - 4, 0) if graded else 0)
    diagonal = np.maximum(diagonal >> power, 1)
    least = np.minimum(diagonal[:, :, None], diagonal[:, None, :])
    most = (diagonal[:, :, None] + 0 * least if graded else least) // rows
    build = ROOTS.get(recipe.structure, _full)
    off = bits.integers("off", (n, n), -most, most) * (1 - np.eye(n, dtype=np.int64))
    re = build(off.astype(np.float64)) + np.eye(n) * diagonal[:, None, :]
    whole = _product(re, re)
    if wide:
        turned = bits.integers("imaginary", (n, n), -most, most).astype(np.float64)
        im = np.where((re != 0) & (recipe.structure != WITHOUT_IMAGINARY), turned, 0.0)
        whole = np.concatenate([whole - _product(im, im), _product(re, im) + _product(im, re)], 1)
    scale = 2 * (scale_of(recipe, bits, "scale") // 2 - digits)
    scale = np.clip(scale, 2 * (grid.min_exponent // 2) + 2, grid.max_exponent - 2 * digits - 8)
    scale = 2 * (scale // 2)
    a = shift(whole, scale)
    return Made((folded(a) if wide else a,), {"n": n}, {"log2_scale": scale + 2 * digits})


def _product(a: Array, b: Array) -> Array:
    """A B (B, n, n) of integers whose sums stay below 2^53: exact in any order."""
    return np.einsum("bik,bkj->bij", a, b)

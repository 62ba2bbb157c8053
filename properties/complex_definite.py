"""Stacks of Hermitian matrices, mostly definite or of any signs, as [re; im]: (B, 2 n, n).

See properties/complex_matrices.py; diagonals are real and the other parts exactly Hermitian.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from properties import gallery
from properties.bits import Bits
from properties.complex_matrices import adjoint, gaussian_integers, turned, unitary
from properties.dtypes import Dtype
from properties.matrices import SPECTRA, STEPS, SYMMETRIC, product, transposed

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


def made(
    bits: Bits, n: int, structure: str, condition: Integers, grid: Dtype, *, definite: bool = True
) -> tuple[Array, NDArray[np.bool_]]:
    """A stack, and which members (B,) hold garbage above the diagonal, where nobody may look."""
    if structure in SPECTRAL:
        half = spectral(bits, n, structure, condition, grid, definite=definite)
    else:
        half = (GALLERY | INDEFINITE)[structure](bits, n, n)
    garbage = bits.one_in("garbage", 4) & (n > 1)
    above = np.tile(np.triu(np.ones((n, n), dtype=bool), 1), (2, 1))
    wrong = bits.dyadics("above", (2 * n, n), 8)
    return np.where(garbage[:, None, None] & above, wrong, half), garbage


def spectral(
    bits: Bits, n: int, structure: str, condition: Integers, grid: Dtype, *, definite: bool = True
) -> Array:
    """U D U^H with D from a spectrum, norm near 1.

    D is positive for seven members in eight; unless `definite`, for one in four, negative for one
    in four, of signs at random for the others, as properties/matrices.py has it. Graded ones are
    F U D U^H F with D well conditioned and F falling. `condition` (B,), in sixteenths of log2.
    """
    graded = structure == "graded"
    shape = SPECTRA.get(structure, SPECTRA["geometric"])
    values = shape(bits, n, np.minimum(condition, STEPS) if graded else condition, grid)
    values = np.take_along_axis(values, bits.permutations("order", n), axis=1)
    kind = 2 * bits.one_in("indefinite", 8)[:, None]
    if not definite:
        kind = bits.integers("definite", (1,), 0, 1 if graded else 3)
    signs = np.where(kind == 0, 1.0, np.where(kind == 1, -1.0, bits.signs("signs", (n,))))
    values = values * signs
    half = turned(np.eye(n) * values[:, None, :], np.zeros((1, 1), np.int64))
    if structure == "diagonal":
        return half
    half = adjoint(unitary(bits, "both", half))
    half = adjoint(unitary(bits, "both", half))
    half = (half + adjoint(half)) / 2
    if graded:
        falling = SPECTRA["geometric"](bits, n, condition // 2, grid)
        half = half * (np.tile(falling, (1, 2))[:, :, None] * falling[:, None, :])
    return half


def gaussian_gram(bits: Bits, m: int, n: int) -> Array:
    """X X^H of Gaussian integers."""
    half = gaussian_integers(bits, n, n)
    re, im = half[:, :n], half[:, n:]
    whole = product(re, transposed(re)) + product(im, transposed(im))
    return np.concatenate(
        [whole, product(im, transposed(re)) - product(re, transposed(im))], axis=1
    )


def _phased(name: str) -> gallery.Make:
    """P A P^H with A real and P of powers of i."""

    def phased(bits: Bits, m: int, n: int) -> Array:
        phases = bits.integers("phases", (1, n), 0, 3)
        return turned(
            gallery.SYMMETRIC_GALLERY[name](bits, n, n), np.swapaxes(phases, 1, 2) - phases
        )

    return phased


NAMES = ("repeated", "second difference", "pascal", "gram", "integers", "saddle")
GALLERY: gallery.Gallery = {
    "gaussian gram": gaussian_gram,
    **{name: _phased(name) for name in NAMES},
}
SPECTRAL = SYMMETRIC
INDEFINITE: gallery.Gallery = {name: _phased(name) for name in ("close pairs", "arrow", "hessian")}
STRUCTURES = (*SPECTRAL, *GALLERY)
ANY_SIGNS = (*STRUCTURES, *INDEFINITE)

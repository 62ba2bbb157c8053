"""Stacks of complex matrices, made as real ones are: exact operations in a fixed order.

A complex (B, n, n) is kept as [re; im], a real (B, 2 n, n), until it is on its grid. Phases are
powers of i, which multiply without rounding. A complex reflector I - 2 v v^H / v^H v acts on [re;
im] as two real ones do, those of [re v; im v] and of [-im v; re v], which are orthogonal.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from properties import gallery, reflectors
from properties.bits import Bits
from properties.dtypes import Dtype
from properties.matrices import REFLECTORS, SPECTRA, transposed

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
COSINES, SINES = np.array([1.0, 0.0, -1.0, 0.0]), np.array([0.0, 1.0, 0.0, -1.0])  # of i^k


def conditioned(
    bits: Bits, m: int, n: int, structure: str, condition: Integers, grid: Dtype
) -> Array:
    """[re; im] of matrices U S V^H (B, m, n) of a structure in CONDITIONED, norm 1.

    `condition` (B,), in sixteenths of log2.
    """
    if m < n:
        return adjoint(conditioned(bits, n, m, structure, condition, grid))
    spectrum = SPECTRA.get(structure, SPECTRA["geometric"])(bits, n, condition, grid)
    values = np.take_along_axis(spectrum, bits.permutations("order", n), axis=1)
    result = turned(np.eye(m, n) * values[:, None, :], bits.integers("phases", (1, n), 0, 3))
    if structure == "diagonal":
        return result
    result = adjoint(unitary(bits, "left", result))
    return adjoint(unitary(bits, "right", result))


def turned(array: Array, quarters: Integers) -> Array:
    """[re; im] of real matrices times i to the power given."""
    k = quarters % 4
    return np.concatenate([array * COSINES[k], array * SINES[k]], axis=1)


def unitary(bits: Bits, stream: str, half: Array) -> Array:
    """A random unitary matrix times [re; im]: reflectors of Gaussian integers."""
    n = half.shape[1] // 2
    v = bits.odds(stream, (REFLECTORS, 2 * n), 64)
    twin = np.concatenate([-v[:, :, n:], v[:, :, :n]], axis=2)
    vectors = np.stack([v, twin], axis=2).reshape(len(bits), 2 * REFLECTORS, 2 * n)
    result = np.ascontiguousarray(half)
    reflectors.mixed_rows(vectors, result)
    return result


def adjoint(half: Array) -> Array:
    """[re; im] of the conjugate transposes."""
    m = half.shape[1] // 2
    parts = np.swapaxes(half[:, :m], 1, 2), -np.swapaxes(half[:, m:], 1, 2)
    return np.concatenate(parts, axis=1)


def dense(bits: Bits, m: int, n: int) -> Array:
    """Independent uniform parts of 24 bits."""
    return bits.dyadics("dense", (2 * m, n), 24)


def gaussian_integers(bits: Bits, m: int, n: int) -> Array:
    """Odd integers below 16 in both parts."""
    return bits.odds("integers", (2 * m, n), 8)


def _phased(make: gallery.Gallery, name: str) -> gallery.Make:
    """A real structure times powers of i on both sides, transposed where it is wide."""

    def phased(bits: Bits, m: int, n: int) -> Array:
        array = make[name](bits, max(m, n), min(m, n))
        rows = bits.integers("row phases", (m, 1), 0, 3)
        phases = rows + bits.integers("phases", (1, n), 0, 3)
        return turned(array if m >= n else transposed(array), phases)

    return phased


GALLERY: gallery.Gallery = {
    "dense": dense,
    "gaussian integers": gaussian_integers,
    "wilkinson": _phased(gallery.SQUARE, "wilkinson"),
    "permutation": _phased(gallery.SQUARE, "permutation"),
    "small pivots": _phased(gallery.SQUARE, "small pivots"),
    "hilbert": _phased(gallery.RECTANGULAR, "hilbert"),
    "rank deficient": _phased(gallery.SINGULAR, "rank deficient"),
}
CONDITIONED = ("diagonal", *SPECTRA)
STRUCTURES = (*CONDITIONED, *GALLERY)
RECTANGULAR = (*CONDITIONED, "dense", "gaussian integers", "hilbert", "rank deficient")

"""Stacks of matrices of given spectrum, and the way of any stack onto its grid.

Every entry comes from integers by IEEE + - x / and sqrt in a fixed order, which round the same
on every processor; BLAS, LAPACK and libm do not.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from properties import reflectors
from properties.bits import Bits
from properties.dtypes import Dtype

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
STEPS = 16  # exponents are counted in sixteenths
REFLECTORS = 2  # on each side: the least that leaves no entry of a diagonal matrix in place

_ROOTS = [np.sqrt(2.0)]
while len(_ROOTS) < 4:
    _ROOTS.append(np.sqrt(_ROOTS[-1]))
_POWERS = np.ones(STEPS)
for _bit, _root in zip((8, 4, 2, 1), _ROOTS, strict=True):
    _POWERS[(np.arange(STEPS) & _bit) > 0] *= _root


def power_of_two(sixteenths: Integers) -> Array:
    """2^(x / 16) from square roots of two; exact where 16 divides x."""
    power: Array = np.ldexp(_POWERS[sixteenths % STEPS], sixteenths // STEPS)
    return power


def product(a: Array, b: Array) -> Array:
    """A B for stacks (B, m, n) and (B, n, k), summed in a fixed order."""
    result = np.empty((*a.shape[:2], b.shape[2]))
    reflectors.products(np.ascontiguousarray(a), np.ascontiguousarray(b), result)
    return result


def transposed(array: Array) -> Array:
    """The matrices of a stack turned over."""
    return np.swapaxes(array, 1, 2)


def _vectors(bits: Bits, n: int, stream: str) -> Array:
    """Vectors (B, REFLECTORS, n) of odd integers."""
    return bits.odds(stream, (REFLECTORS, n), 64)


def _diagonal(values: Array, m: int) -> Array:
    """Matrices (B, m, n) with the values (B, n) on the diagonal."""
    depth, n = values.shape
    result = np.zeros((depth, m, n))
    result[:, np.arange(n), np.arange(n)] = values
    return result


# Spectra: (bits, r, condition in sixteenths of log2 (B,), grid) -> (B, r), largest value 1. The
# first six are the modes of LAPACK's xLATMS, with its random mode made log-uniform and its last
# one clustered.


def _one_large(bits: Bits, r: int, condition: Integers, grid: Dtype) -> Array:
    return power_of_two(-condition[:, None] * (np.arange(r) > 0))


def _one_small(bits: Bits, r: int, condition: Integers, grid: Dtype) -> Array:
    return power_of_two(-condition[:, None] * (np.arange(r) == r - 1))


def _geometric(bits: Bits, r: int, condition: Integers, grid: Dtype) -> Array:
    return power_of_two(-condition[:, None] * np.arange(r) // max(r - 1, 1))


def _arithmetic(bits: Bits, r: int, condition: Integers, grid: Dtype) -> Array:
    last = power_of_two(-condition)[:, None]
    steps = np.arange(r) / max(r - 1, 1)
    return (1.0 - steps) + steps * last


def _log_uniform(bits: Bits, r: int, condition: Integers, grid: Dtype) -> Array:
    exponents = bits.integers("spectrum", (r,), 0, condition[:, None])
    return power_of_two(-_from_end_to_end(exponents, condition))


def _clustered(bits: Bits, r: int, condition: Integers, grid: Dtype) -> Array:
    """Up to three clusters, each a few eps of the grid wide."""
    centres = bits.integers("spectrum", (r,), 0, 2) * (condition // 2)[:, None]
    offsets = bits.integers("offsets", (r,), 0, 3) * 2.0 ** (4 - grid.bits)
    return power_of_two(-_from_end_to_end(centres, condition)) * (1.0 - offsets)


def _pairs(bits: Bits, r: int, condition: Integers, grid: Dtype) -> Array:
    """Each value twice, up to the rounding of entries to the grid (from three values on)."""
    if r < 3:
        return _geometric(bits, r, condition, grid)
    return power_of_two(-condition[:, None] * (np.arange(r) // 2) // ((r - 1) // 2))


def _tiny(bits: Bits, r: int, condition: Integers, grid: Dtype) -> Array:
    """One tiny value; the others random within a factor of four."""
    near = np.minimum(condition, 2 * STEPS)[:, None]
    exponents = bits.integers("spectrum", (r,), 0, near)
    return power_of_two(-_from_end_to_end(exponents, condition))


def _from_end_to_end(exponents: Integers, condition: Integers) -> Integers:
    exponents[:, -1] = condition
    exponents[:, 0] = 0
    return exponents


SPECTRA: dict[str, Callable[[Bits, int, Integers, Dtype], Array]] = {
    "geometric": _geometric,
    "one large": _one_large,
    "one small": _one_small,
    "arithmetic": _arithmetic,
    "log-uniform": _log_uniform,
    "clustered": _clustered,
    "pairs": _pairs,
    "one tiny": _tiny,
}
GRADED = ("diagonal", "graded columns", "graded rows")
CONDITIONED = (GRADED[0], *SPECTRA, *GRADED[1:])  # simplest first


def conditioned(
    bits: Bits, m: int, n: int, structure: str, condition: Integers, grid: Dtype
) -> Array:
    """Matrices (B, m, n) of a structure in CONDITIONED, largest singular value 1.

    `condition` (B,), in sixteenths of log2. Graded matrices are orthonormal columns (rows) times
    falling factors: their condition survives rounding to any grid.
    """
    if m < n:
        flipped = {"graded columns": "graded rows", "graded rows": "graded columns"}
        structure = flipped.get(structure, structure)
        return transposed(conditioned(bits, n, m, structure, condition, grid))
    if structure in GRADED:
        singular = _geometric(bits, n, condition, grid)
    else:
        singular = SPECTRA[structure](bits, n, condition, grid)
    return with_singular_values(bits, m, singular, structure)


def with_singular_values(bits: Bits, m: int, singular: Array, structure: str = "") -> Array:
    """Random matrices (B, m, n), m >= n, with the singular values (B, n) given."""
    n = singular.shape[1]
    order = bits.permutations("order", n)
    values = np.take_along_axis(singular, order, axis=1) * bits.signs("signs", (n,))
    graded = structure in ("graded columns", "graded rows")
    result = _diagonal(np.ones_like(values) if graded else values, m)
    if structure != "diagonal":
        reflectors.mixed_rows(_vectors(bits, m, "left"), result)
        result = np.ascontiguousarray(transposed(result))
        reflectors.mixed_rows(_vectors(bits, n, "right"), result)
        result = np.ascontiguousarray(transposed(result))
    if not graded:
        return result
    by_rows = structure == "graded rows" and m == n  # tall rows are not orthonormal
    return result * (values[:, :, None] if by_rows else values[:, None, :])


def symmetric(
    bits: Bits,
    n: int,
    structure: str,
    condition: Integers,
    grid: Dtype,
    definite: bool = False,
) -> Array:
    """Symmetric matrices (B, n, n) of a structure in SYMMETRIC, norm near 1.

    One member in four is positive definite, one negative definite, the others have signs at
    random. Graded ones are definite: D S D with S well conditioned and D falling. If `definite`,
    seven in eight are positive definite, and signs are random for the others.
    """
    graded = structure == "graded"
    shape = SPECTRA.get(structure, _geometric)
    values = shape(bits, n, np.minimum(condition, STEPS) if graded else condition, grid)
    values = np.take_along_axis(values, bits.permutations("order", n), axis=1)
    kind = bits.integers("definite", (1,), 0, 1 if graded else 3)
    if definite:
        kind = 2 * bits.one_in("indefinite", 8)[:, None]
    values *= np.where(kind == 0, 1.0, np.where(kind == 1, -1.0, bits.signs("signs", (n,))))
    result = _diagonal(values, n)
    if structure != "diagonal":
        reflectors.conjugated(_vectors(bits, n, "both"), result)
    if graded:
        falling = _geometric(bits, n, condition // 2, grid)
        result *= falling[:, :, None] * falling[:, None, :]
    return result


SYMMETRIC = ("diagonal", *SPECTRA, "graded")


def on_grid(array: Array, grid: Dtype, log2_scale: Integers) -> tuple[Array, Integers]:
    """Entries that the grid holds: rounded, then times an exact power of two per member.

    Returns the stack and the scales (B,) used: those asked for, moved as far as every nonzero
    entry needs to be a normal number. Where the entries of a member spread too wide for the
    grid, the largest fit and the smallest become exact zeros.
    """
    array = np.array(array, order="C")
    flat, reached = array.reshape(len(array), -1), np.empty((len(array), 2))
    if grid.bits < 53:
        reflectors.rounded(flat, 2.0 ** (53 - grid.bits) + 1.0)
    reflectors.extremes(flat, reached)
    top, bottom = np.frexp(np.where(reached[:, :1] > 0, reached, 1.0))[1].T.astype(np.int64) - 1
    scale = np.maximum(log2_scale, grid.min_exponent - bottom)
    scale = np.minimum(scale, grid.max_exponent - top)
    scale = np.clip(scale, -1022, 1023)  # the power itself stays a normal float64
    reflectors.shifted(flat, np.ldexp(1.0, scale), grid.tiny)
    return array, scale

"""One member of a stack at a time, for kernels: its size, and its entries times a power of two."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from references.compiled import in_place, kernel

Array = NDArray[np.float64]
UNIT = 2.0**-53
UP = 1 + 2.0**-30  # covers the rounding of a few million float64 operations on positive numbers


@in_place
def exponent_of(array: Array, of_zeros: int) -> int:
    """The e with the largest |entry| of a matrix in [2^(e-1), 2^e), or what zeros are given."""
    top = 0.0
    for i in range(array.shape[0]):
        for j in range(array.shape[1]):
            top = max(top, abs(array[i, j]))
    return math.frexp(top)[1] if top > 0 else of_zeros


@in_place
def halves(exponent: int) -> tuple[float, float]:
    """Two powers of two whose product is 2^exponent, which is from -2100 to 2000."""
    half = exponent // 2
    return math.ldexp(1.0, half), math.ldexp(1.0, exponent - half)


@in_place
def load(a: Array, power: int, result: Array, turn: bool) -> None:
    """A 2^power into `result`, transposed if `turn`: exact down to subnormal numbers."""
    first, second = halves(power)
    for i in range(a.shape[0]):
        for k in range(a.shape[1]):
            if turn:
                result[k, i] = a[i, k] * first * second
            else:
                result[i, k] = a[i, k] * first * second


def finite_members(*arrays: NDArray) -> NDArray[np.bool_]:
    """Which members (B,) are free of NaN and infinities in every array (B, ...)."""
    finite = np.ones(len(arrays[0]), dtype=bool)
    for array in arrays:
        wide = np.complex128 if np.iscomplexobj(array) else np.float64
        numbers = np.ascontiguousarray(array, wide).reshape(len(array), -1)
        if numbers.size:
            clear_of_infinities(numbers.view(np.float64), finite)
    return finite


@kernel
def clear_of_infinities(numbers: Array, finite: NDArray[np.bool_]) -> None:
    """Withdraw members of (B, k) with NaN or infinities from those that are `finite` (B,)."""
    for member in range(len(numbers)):
        fine = True
        for x in numbers[member]:
            fine &= abs(x) < np.inf
        finite[member] &= fine

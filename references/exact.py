"""Decisions by exact integers: every finite float64 is an integer times a power of two."""

from __future__ import annotations

import numpy as np
from flint import fmpz_mat
from numpy.typing import NDArray


def integers(array: NDArray[np.float64]) -> fmpz_mat:
    """An integer matrix of the same rank as a finite `array` (m, n).

    Rows, then columns, are multiplied by powers of two of their own, which changes no rank and
    takes badly scaled matrices back to short integers. The widest spread that float64 allows,
    about 4,000 bits, was 0.3 s at n = 32 and under 1 ms for ordinary entries.
    """
    fraction, exponent = np.frexp(array)
    mantissa = np.ldexp(fraction, 53).astype(np.int64)
    zero = mantissa == 0
    lowest_bit = np.where(zero, 1, mantissa & -mantissa)
    trailing = np.frexp(lowest_bit.astype(np.float64))[1] - 1
    mantissa >>= trailing
    power = np.where(zero, 0, exponent - 53 + trailing).astype(np.int64)
    for axis in (1, 0):
        smallest = np.where(zero, np.iinfo(np.int32).max, power).min(axis=axis, keepdims=True)
        power = np.where(zero, 0, power - smallest)
    rows = [
        [int(m) << int(p) for m, p in zip(*row, strict=True)]
        for row in zip(mantissa, power, strict=True)
    ]
    return fmpz_mat(rows)


def rank(array: NDArray[np.float64]) -> int:
    """The exact rank of a finite matrix (m, n)."""
    return int(integers(array).rank()) if array.size else 0


def positive_definite(array: NDArray[np.float64]) -> bool:
    """Whether a finite symmetric matrix (n, n) is positive definite: its leading minors are."""
    whole = integers(array)  # rows and columns times powers of two: no minor changes its sign
    rows = whole.tolist()
    return all(fmpz_mat([row[:k] for row in rows[:k]]).det() > 0 for k in range(1, len(rows) + 1))

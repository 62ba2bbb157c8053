"""Columns of stacks, real or complex: their lengths.

Bounds are upper bounds, rounding included; docs/references.md tells what each of them covers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from references.doubledouble import UNIT

Array = NDArray[np.float64]
UP = 1 + 2.0**-40  # covers the rounding of a few hundred float64 operations on positive numbers
TINY = 2.0**-480  # more than what underflow can take from squares, sums and products


def adjoint(x: Array) -> Array:
    """X^H of a stack, in order in memory: products take it four times as fast."""
    return np.ascontiguousarray(np.swapaxes(x.conj(), -1, -2))


def squares(x: Array) -> Array:
    """Squared 2-norms of columns, rounded: (B, m, n) to (B, n)."""
    if np.iscomplexobj(x):
        return squares(x.real) + squares(x.imag)
    return np.einsum("bij,bij->bj", x, x)


def lengths(x: Array) -> Array:
    """Upper bounds of the 2-norms of columns: (B, m, n) to (B, n)."""
    return np.sqrt(squares(x)) * UP + TINY


def total(columns: Array) -> Array:
    """The Frobenius norm from lengths of columns: (B, n) to (B,)."""
    return np.sqrt(np.einsum("bj,bj->b", columns, columns)) * UP


def rounding(terms: int) -> float:
    """Of a product of so many terms, real or complex, relative to that of absolute values."""
    return 2 * (terms + 4) * UNIT

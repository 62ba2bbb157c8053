"""Columns of stacks, real or complex: their lengths, scaled copies, and sharp residuals A X - Y D.

Bounds are upper bounds, rounding included; docs/references.md tells what each of them covers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from references.doubledouble import UNIT, shift, two_product
from references.slices import Sliced, multiply, width

Array = NDArray[np.float64]
UP = 1 + 2.0**-40  # covers the rounding of a few hundred float64 operations on positive numbers
TINY = 2.0**-480  # more than what underflow can take from squares, sums and products


def adjoint(x: Array) -> Array:
    """X^H of a stack, in order in memory: products take it four times as fast."""
    return np.ascontiguousarray(np.swapaxes(x.conj(), -1, -2))


def diagonal(x: Array) -> Array:
    """The real parts of diagonals: (B, n, n) to (B, n)."""
    return np.ascontiguousarray(np.einsum("bii->bi", x).real)


def scaled(a: Array, exponent: NDArray[np.int64]) -> Array:
    """Each member times its own 2^exponent, real or complex."""
    if np.iscomplexobj(a):
        whole: Array = shift(a.real, exponent) + 1j * shift(a.imag, exponent)
        return whole
    return shift(a, exponent)


def scaled_columns(x: Array, factor: Array) -> tuple[Array, Array]:
    """x diag(factor) and its rounding errors, exactly, for real factors (B, n)."""
    if not np.iscomplexobj(x):
        return two_product(x, factor[:, None, :])
    real, imaginary = (two_product(part, factor[:, None, :]) for part in (x.real, x.imag))
    return real[0] + 1j * imaginary[0], real[1] + 1j * imaginary[1]


def squares(x: Array) -> Array:
    """Squared 2-norms of columns, rounded: (B, m, n) to (B, n)."""
    if np.iscomplexobj(x):
        return squares(x.real) + squares(x.imag)
    return np.einsum("bij,bij->bj", x, x)


def products(x: Array, y: Array) -> Array:
    """Real parts of the products of each column of x with that of y: (B, n), rounded."""
    if np.iscomplexobj(x):
        return products(x.real, y.real) + products(x.imag, y.imag)
    return np.einsum("bij,bij->bj", x, y)


def lengths(x: Array) -> Array:
    """Upper bounds of the 2-norms of columns: (B, m, n) to (B, n)."""
    return np.sqrt(squares(x)) * UP + TINY


def total(columns: Array) -> Array:
    """The Frobenius norm from lengths of columns: (B, n) to (B,)."""
    return np.sqrt(np.einsum("bj,bj->b", columns, columns)) * UP


def rounding(terms: int) -> float:
    """Of a product of so many terms, real or complex, relative to that of absolute values."""
    return 2 * (terms + 4) * UNIT


def tilt(x: Array, across: Array, x_tail: Array | None = None) -> Array:
    """An upper bound (B,) of ||X^H X - I|| for X = x + x_tail, `across` being x^H."""
    size = total(lengths(x))
    skew = total(lengths(across @ x - np.eye(x.shape[-1])))
    if x_tail is not None:
        skew = skew + 3 * size * total(lengths(x_tail))
    return (skew + rounding(x.shape[-2]) * size**2) * UP


def less_scaled(a: Array, x: Array, y: Array, value: Array, count: int) -> tuple[Array, Array]:
    """A X - Y diag(value), and how far each column may be off: (B, m, n), (B, n).

    Entries of A are below 1, those of X below 2: both are cut at fixed places. A complex product
    is a real one of twice the size.
    """
    if np.iscomplexobj(a):
        m = a.shape[1]
        whole = np.concatenate(
            [np.concatenate([a.real, -a.imag], axis=2), np.concatenate([a.imag, a.real], axis=2)],
            axis=1,
        )
        x, y = (np.concatenate([side.real, side.imag], axis=1) for side in (x, y))
        r, lost = less_scaled(whole, x, y, value, count)
        return r[:, :m] + 1j * r[:, m:], lost
    head, error = two_product(y, -value[:, None, :])
    terms = a.shape[-1]
    left, right = _cut(a, 0, terms, count), _cut(x, 1, terms, count)
    head, tail, lost = multiply(left, right, head)
    tail = tail + error
    r = head + tail
    return r, (lengths(lost) + 8 * UNIT * (lengths(tail) + lengths(r))) * UP


def _cut(array: Array, top: int, terms: int, count: int) -> Sliced:
    """Slices of entries below 2^top, cut at the same places everywhere."""
    bits = width(terms, count)
    slices, rests, rest = [], [array], array
    for p in range(1, count + 1):
        anchor = 1.5 * 2.0 ** (top + 52 - p * bits)
        piece = (rest + anchor) - anchor
        rest = rest - piece
        slices.append(piece)
        rests.append(rest)
    return Sliced(tuple(slices), tuple(rests), np.full((1, 1, 1), 2.0**top), bits)

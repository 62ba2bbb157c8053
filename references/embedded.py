"""Complex problems as real ones of twice the order.

A = F + i G acts on x = f + i g as [[F, -G], [G, F]] does on [f; g]: sums, products, inverses and
adjoints of embedded matrices are the embedded sums, products, inverses and adjoints. So the exact
answer of the real problem is the embedded answer of the complex one, and what is proved of one is
proved of the other. Norms of complex matrices, here and in bounds, are those of what they are
embedded as: in the infinity norm |re| and |im| count one by one.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from references import expm as real
from references import linear
from references.doubledouble import exact_scale, shift
from references.interval import Interval
from references.truth import Enclosure, Truth

Complex = NDArray[np.complex128]
Array = NDArray[np.float64]
ROOT = 1.4142136  # no less than the root of two


def shifted(x: NDArray, exponents: NDArray[np.int64]) -> NDArray:
    """Each member times its own 2^exponent, real or complex; exact as `shift` is."""
    if np.iscomplexobj(x):
        return shift(x.real, exponents) + 1j * shift(x.imag, exponents)
    return shift(x, exponents)


def column(x: NDArray) -> Array:
    """[re; im]: (B, m, k) to (B, 2 m, k)."""
    return np.concatenate([x.real, x.imag], axis=1)


def matrix(a: NDArray) -> Array:
    """[[re, -im], [im, re]]: (B, m, n) to (B, 2 m, 2 n)."""
    right = np.concatenate([-a.imag, a.real], axis=1)
    return np.concatenate([column(a), right], axis=2)


def folded(half: Array) -> Complex:
    """The complex array of [re; im]: (B, 2 m, k) to (B, m, k)."""
    m = half.shape[1] // 2
    result = np.empty((len(half), m, *half.shape[2:]), np.complex128)
    result.real, result.imag = half[:, :m], half[:, m:]
    return result


def folded_enclosure(part: Enclosure) -> Enclosure:
    """An enclosure of [re; im] as one of complex numbers: radii of both parts, added."""
    m = part.radius.shape[1] // 2
    radius = (part.radius[:, :m] + part.radius[:, m:]) * (1 + 2.0**-52)
    return Enclosure(folded(part.hi), folded(part.lo), radius, part.exponent)


def solve(a: NDArray, rhs: NDArray, *, adjoint: bool = False, level: int = 0) -> Truth:
    """The x of A x = rhs, or of A^H x = rhs: real or complex (B, n, n) and (B, n, k).

    Quantities as for real systems, of what complex ones are embedded as; growth is that of a
    complex elimination times the root of two, which passes from moduli to parts.
    """
    if not np.iscomplexobj(a):
        return linear.solve(a, rhs, adjoint=adjoint, level=level)
    truth = linear.solve(matrix(a), column(rhs), adjoint=adjoint, level=level)
    return _complex(truth, folded_enclosure(truth.parts[0]), a, adjoint)


def inv(a: NDArray, *, adjoint: bool = False, level: int = 0) -> Truth:
    """The inverse of A, or of A^H: real or complex (B, n, n). Quantities as for `solve`."""
    if not np.iscomplexobj(a):
        return linear.inv(a, adjoint=adjoint, level=level)
    truth = linear.inv(matrix(a), adjoint=adjoint, level=level)
    return _complex(truth, left_half(truth.parts[0]), a, adjoint)


def expm(a: NDArray, *, level: int = 0) -> Truth:
    """The exponential of A, real or complex (B, n, n); all quantities are of what is embedded."""
    if not np.iscomplexobj(a):
        return real.expm(a, level=level)
    truth = real.expm(matrix(a), level=level)
    return replace(truth, parts=(left_half(truth.parts[0]),))


def left_half(whole: Enclosure) -> Enclosure:
    """[re; im] of an embedded square matrix, folded."""
    n = whole.hi.shape[2] // 2
    hi, lo, radius = (side[:, :, :n] for side in (whole.hi, whole.lo, whole.radius))
    return folded_enclosure(Enclosure(hi, lo, radius, whole.exponent))


def _complex(truth: Truth, part: Enclosure, a: NDArray, adjoint: bool) -> Truth:
    given = np.conj(np.swapaxes(a, 1, 2)) if adjoint else a
    known = np.isfinite(given).all(axis=(1, 2))
    grown = growth(np.where(known[:, None, None], given, 0))
    interval = Interval(np.where(known, grown, 1.0), np.where(known, 1.01 * grown, np.inf))
    return Truth((part,), {**truth.quantities, "growth": interval}, truth.exists, truth.engine)


def growth(a: NDArray) -> Array:
    """sqrt 2 || |L||U| || / ||A||, one at least: (B, n, n) to (B,).

    L and U from an elimination in complex128 with pivots of largest modulus, |L||U| in moduli,
    ||A|| of the embedded matrix. Not enclosed.
    """
    half = column(a)
    even = folded(shift(half, -exact_scale(half)))
    size = (np.abs(even.real) + np.abs(even.imag)).sum(axis=2).max(axis=1)
    factors, _ = eliminated(even)
    lower = np.abs(np.tril(factors, -1)) + np.eye(a.shape[1])
    rows = lower @ np.abs(np.triu(factors)).sum(axis=2)[:, :, None]
    top = rows[:, :, 0].max(axis=1)
    return np.maximum(ROOT * np.divide(top, size, out=np.ones_like(top), where=size > 0), 1.0)


def eliminated(a: Complex) -> tuple[Complex, NDArray[np.int64]]:
    """L and U of P A in one array (B, n, n), and the rows of A in the order of P (B, n).

    In complex128, entries near 1, with pivots of largest modulus; nothing is divided by zero.
    """
    factors, n, member = np.array(a), a.shape[1], np.arange(len(a))
    order = np.tile(np.arange(n), (len(a), 1))
    for k in range(n):
        first = k + np.abs(factors[:, k:, k]).argmax(axis=1)
        for rows in (factors, order):
            pivots = rows[member, first].copy()
            rows[member, first] = rows[:, k]
            rows[:, k] = pivots
        head = np.where(factors[:, k, k] == 0, 1.0, factors[:, k, k])
        factors[:, k + 1 :, k] /= head[:, None]
        factors[:, k + 1 :, k + 1 :] -= factors[:, k + 1 :, k, None] * factors[:, k, None, k + 1 :]
    return factors, order

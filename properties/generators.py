"""Stacks of matrices whose exponentials are asked for: generators of flows, decays and chains.

Every function takes the bits of the members and the order n, and gives float64 entries (B, n, n)
of size 1 or so from the operations that `matrices` allows; a recipe scales them by powers of two.
Large norms need not give large exponentials: those of skew-symmetric matrices are orthogonal.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from properties import gallery, reflectors
from properties.bits import Bits
from properties.matrices import REFLECTORS, STEPS, power_of_two, transposed

Array = NDArray[np.float64]


def _turned(bits: Bits, array: Array) -> Array:
    """Q A Q' with a random orthogonal Q of two reflectors."""
    vectors = bits.odds("turned", (REFLECTORS, array.shape[1]), 64)
    result = np.ascontiguousarray(array)
    for _ in range(2):
        reflectors.mixed_rows(vectors, result)
        result = np.ascontiguousarray(transposed(result))
    return result


def _diagonal(values: Array) -> Array:
    return np.eye(values.shape[1]) * values[:, None, :]


def diagonal(bits: Bits, n: int) -> Array:
    """Random diagonals: the exponential is taken entry by entry."""
    return _diagonal(bits.dyadics("diagonal", (n,), 12))


def dense(bits: Bits, n: int) -> Array:
    """Independent uniform entries of 24 bits."""
    return gallery.dense(bits, n, n)


def integers(bits: Bits, n: int) -> Array:
    """Odd integers over 16."""
    return gallery.integers(bits, n, n) / 16


def skew(bits: Bits, n: int) -> Array:
    """Skew-symmetric: the exponential is a rotation, whatever the norm."""
    lower = np.tril(bits.dyadics("skew", (n, n), 12), -1)
    return lower - transposed(lower)


def normal(bits: Bits, n: int) -> Array:
    """Spirals [[a, -b], [b, a]] with a at most 0, turned by reflectors."""
    decay = -np.abs(bits.dyadics("decay", (n,), 8)) / 4
    decay[:, 1::2] = decay[:, 0 : n - n % 2 : 2]
    spin = bits.dyadics("spin", (n,), 8)
    result = _diagonal(decay)
    for i in range(0, n - 1, 2):
        result[:, i, i + 1], result[:, i + 1, i] = -spin[:, i], spin[:, i]
    return _turned(bits, result)


def stiff(bits: Bits, n: int) -> Array:
    """Symmetric, negative definite, rates apart by up to 2^12: most of the decay is over."""
    rates = power_of_two(-bits.integers("rates", (n,), 0, 12 * STEPS))
    rates[:, 0] = 1.0
    return _turned(bits, _diagonal(-rates))


def chain(bits: Bits, n: int) -> Array:
    """Rates of a Markov chain: rows sum to zero, the exponential is stochastic."""
    rates = bits.integers("rates", (n, n), 0, 15) / 16.0
    rates *= 1 - np.eye(n)
    return rates - _diagonal(rates.sum(axis=2))


def nilpotent(bits: Bits, n: int) -> Array:
    """Strictly triangular: Taylor's sum ends."""
    return np.triu(bits.dyadics("nilpotent", (n, n), 12), 1)


def jordan(bits: Bits, n: int) -> Array:
    """One Jordan block of a random eigenvalue, with ones or larger above the diagonal."""
    values = bits.dyadics("eigenvalue", (1,), 8) * np.ones(n)
    above = np.ldexp(1.0, bits.integers("above", (1, 1), 0, 4))
    return _diagonal(values) + above * np.eye(n, k=1)


def overscaled(bits: Bits, n: int) -> Array:
    """Triangular, small eigenvalues under a corner of up to 2^20.

    The norm asks for squarings that the exponential does not need (Al-Mohy and Higham 2009).
    """
    corner = np.ldexp(1.0, bits.integers("corner", (1, 1), 0, 20))
    above = np.triu(bits.dyadics("above", (n, n), 8), 1)
    above[:, : n // 2, : n // 2], above[:, n // 2 :, n // 2 :] = 0.0, 0.0
    return _diagonal(bits.dyadics("diagonal", (n,), 8)) + corner * above


def grown(bits: Bits, n: int) -> Array:
    """Stable triangles whose exponentials grow before they decay: a hump."""
    decay = -np.abs(bits.dyadics("decay", (n,), 8)) - 0.5
    above = np.triu(bits.dyadics("above", (n, n), 8), 1)
    return _diagonal(decay) + np.ldexp(1.0, bits.integers("times", (1, 1), 0, 5)) * above


def companion(bits: Bits, n: int) -> Array:
    """The companion matrix of a polynomial with odd coefficients, over 8."""
    return gallery.companion(bits, n, n) / 8


GENERATORS: dict[str, Callable[[Bits, int], Array]] = {
    "diagonal": diagonal,
    "dense": dense,
    "integers": integers,
    "skew": skew,
    "normal": normal,
    "stiff": stiff,
    "chain": chain,
    "nilpotent": nilpotent,
    "jordan": jordan,
    "overscaled": overscaled,
    "grown": grown,
    "companion": companion,
}

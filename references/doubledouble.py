"""Error-free transformations and double-double products over stacks.

Everything here assumes IEEE 754 double precision with rounding to nearest and no overflow:
callers scale each member by a power of two first (`exact_scale`), so that entries stay far
below 2^500. Underflow is allowed for: it enters the radius as an absolute term.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
UNIT = 2.0**-53  # unit roundoff
SPLITTER = 2.0**27 + 1.0
UNDERFLOW = 2.0**-1022  # more than one product with its error term can lose


def two_sum(a: Array, b: Array) -> tuple[Array, Array]:
    """The rounded sum and its error: a + b = s + e exactly (Knuth)."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def split(a: Array) -> tuple[Array, Array]:
    """Two halves of at most 26 bits: a = high + low exactly (Veltkamp)."""
    c = SPLITTER * a
    high = c - (c - a)
    return high, a - high


def two_product(a: Array, b: Array) -> tuple[Array, Array]:
    """The rounded product and its error: a b = p + e exactly, without underflow (Dekker)."""
    return _product(a, b, split(a), split(b))


def matmul(a: Array, b: Array) -> tuple[Array, Array, Array]:
    """The stack of products a @ b in double-double: (hi, lo, radius), each (B, m, n).

    Shapes (B, m, k) and (B, k, n). Proved entry by entry: |hi + lo - a b| <= radius. A residual
    c - a x is one product, [c, a] @ [I; -x].

    Ogita, Rump and Oishi (2005), Dot2, without its last rounding. With S = |a| |b| and
    gamma = k u / (1 - k u): s + sum (q + r) = a b exactly, the running sum c of the k errors
    q + r is off by at most gamma sum |q + r|, and sum |q + r| <= gamma S. Hence gamma^2 S. The
    factor 1.01 covers the rounding of gamma and of S itself.
    """
    depth = a.shape[-1]
    total = np.zeros((len(a), a.shape[1], b.shape[2]))
    errors = np.zeros_like(total)
    left = (a, *split(a))
    right = (b, *split(b))
    for i in range(depth):
        x, *x_halves = (part[:, :, i, None] for part in left)
        y, *y_halves = (part[:, None, i, :] for part in right)
        product, product_error = _product(x, y, tuple(x_halves), tuple(y_halves))
        total, sum_error = two_sum(total, product)
        errors = errors + (sum_error + product_error)
    hi, lo = two_sum(total, errors)
    gamma = depth * UNIT / (1 - depth * UNIT)
    radius = 1.01 * gamma**2 * (np.abs(a) @ np.abs(b)) + depth * UNDERFLOW
    return hi, lo, radius


def exact_scale(array: Array) -> NDArray[np.int64]:
    """For each member the e with max |entry| in [2^(e-1), 2^e): (B, ...) to (B,).

    Zero for members that are all zero or not finite.
    """
    largest = np.abs(array).reshape(len(array), -1).max(axis=1, initial=0.0)
    usable = np.isfinite(largest)
    return np.frexp(np.where(usable, largest, 0.0))[1].astype(np.int64)


def shift(array: Array, exponent: NDArray[np.int64]) -> Array:
    """Each member times its own 2^exponent: exact unless an entry under- or overflows."""
    exponent = exponent.reshape(-1, *(1,) * (array.ndim - 1))
    with np.errstate(over="ignore", under="ignore"):
        if np.abs(exponent).max(initial=0) <= 1022:  # one rounding as well, and seven times as fast
            return array * np.ldexp(1.0, exponent)
        return np.ldexp(array, exponent)


def _product(
    a: Array, b: Array, a_halves: tuple[Array, ...], b_halves: tuple[Array, ...]
) -> tuple[Array, Array]:
    p = a * b
    (ah, al), (bh, bl) = a_halves, b_halves
    return p, al * bl - (((p - ah * bh) - al * bh) - ah * bl)

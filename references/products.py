"""Products of twice the precision, for kernels: sums of products with their errors, enclosed.

A column of A x is summed over the rows of `across`, which is A^T, so that inner loops run along
rows of memory. Sums of exact products carry their errors (Ogita, Rump and Oishi 2005, Dot2);
docs/references.md derives how far they are off.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from references.compiled import fma, in_place, inlined, kernel, two_sum
from references.members import UNIT, UP, load

Array = NDArray[np.float64]
FLOOR = 2.0**-1022  # more than a few products with their errors can lose to underflow


@inlined
def term(
    a: float, x: float, low: float, head: float, middle: float, tail: float
) -> tuple[float, float, float, float]:
    """Add a (x + low), |low| <= u |x|, to head + middle + tail; and |a x|, rounded.

    Errors of the sum of products are summed with their errors (Dot3 of the same authors): what
    `tail` loses over n terms is at most `left_out(n)` times the sum of all |a x|.
    """
    p = a * x
    total, first = two_sum(head, p)
    second = fma(a, x, -p)
    third = a * low
    fourth = fma(a, low, -third)
    c, e = two_sum(middle, first)
    c, f = two_sum(c, second)
    c, g = two_sum(c, third)
    return total, c, tail + ((e + f) + (g + fourth)), abs(p)


@inlined
def left_out(terms: int) -> float:
    """What a sum of `term` may be off by, relative to the sum of absolute values."""
    return 24.0 * (terms + 2.0) ** 3 * UNIT * UNIT * UNIT


@in_place
def add_product(across: Array, x: Array, tail: Array, sums: Array) -> None:
    """Add A (x + tail), |tail| <= u |x|, to sums[0] + sums[1]; rounding goes to sums[2].

    `across` is (k, m), x and tail are (k,), the three rows of `sums` are (m,). The sum is off by at
    most 3 u sums[2] once all is added.
    """
    head, low, lost = sums[0], sums[1], sums[2]
    for k in range(across.shape[0]):
        y, rest = x[k], tail[k]
        for i in range(across.shape[1]):
            p = across[k, i] * y
            total, error = two_sum(head[i], p)
            head[i] = total
            c = low[i] + (error + fma(across[k, i], y, -p))
            d = fma(across[k, i], rest, c)
            low[i] = d
            lost[i] += abs(c) + abs(d)


@in_place
def add_tail(across: Array, x: Array, sums: Array) -> None:
    """Add a product that is far below the others to sums[1]; see `add_product`."""
    low, lost = sums[1], sums[2]
    for k in range(across.shape[0]):
        y = x[k]
        for i in range(across.shape[1]):
            c = fma(across[k, i], y, low[i])
            low[i] = c
            lost[i] += abs(c)


@in_place
def enclose(sums: Array, terms: int) -> None:
    """The sum, rounded, into sums[0], and how far that may be off into sums[2]."""
    for i in range(sums.shape[1]):
        wide = 3 * UNIT * sums[2, i] * UP + (terms + 1) * FLOOR
        centre = sums[0, i] + sums[1, i]
        sums[0, i] = centre
        sums[2, i] = (wide + 3 * UNIT * abs(centre)) * (1 + 8 * UNIT)


@kernel
def product_ends(
    a: Array, a_tail: Array, b: Array, plus: Array, lower: Array, upper: Array
) -> None:
    """The ends of (a + a_tail) b + plus, (B, m, k) and (B, k, n); a_tail and plus may be empty."""
    count, rows, terms = a.shape
    across, sums = np.empty((2, terms, rows)), np.empty((3, rows))
    x, none = np.empty(terms), np.zeros(terms)
    for member in range(count):
        load(a[member], 0, across[0], turn=True)
        if len(a_tail):
            load(a_tail[member], 0, across[1], turn=True)
        for j in range(b.shape[2]):
            sums[:] = 0.0
            if len(plus):
                for i in range(rows):
                    sums[0, i] = plus[member % len(plus), i, j]
            for k in range(terms):
                x[k] = b[member, k, j]
            add_product(across[0], x, none, sums)
            if len(a_tail):
                add_tail(across[1], x, sums)
            enclose(sums, terms)
            for i in range(rows):
                lower[member, i, j] = sums[0, i] - sums[2, i]
                upper[member, i, j] = sums[0, i] + sums[2, i]

"""Gaussian elimination with partial pivoting in float64: inverses, and how much pivots grow.

Parts of kernels, for one member at a time. Matrices are kept transposed, so that inner loops run
along rows of memory: row j of `across` is column j of A.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from references.compiled import in_place

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@in_place
def factor(across: Array, factors: Array, rows: Integers) -> None:
    """P A = L U by the first largest pivot of each column, in place of `factors` (n, n).

    factors[j, i] is u_ij for i <= j and l_ij below; row i of P A is row `rows[i]` of A. A pivot of
    zero leaves its column as it is.
    """
    n = len(across)
    for k in range(n):
        rows[k] = k
        for i in range(n):
            factors[k, i] = across[k, i]
    for k in range(n):
        exchange(factors, rows, k)
        pivot = factors[k, k]
        if pivot == 0:
            continue
        for i in range(k + 1, n):
            factors[k, i] /= pivot
        for j in range(k + 1, n):
            u = factors[j, k]
            for i in range(k + 1, n):
                factors[j, i] -= factors[k, i] * u


@in_place
def exchange(factors: Array, rows: Integers, k: int) -> None:
    """Bring the first largest of what is left of column k to its place, with its row."""
    n, first = len(factors), k
    for i in range(k + 1, n):
        if abs(factors[k, i]) > abs(factors[k, first]):
            first = i
    if first != k:
        rows[k], rows[first] = rows[first], rows[k]
        for j in range(n):
            factors[j, k], factors[j, first] = factors[j, first], factors[j, k]


@in_place
def growth_and_spread(
    factors: Array, size: float, sums: Array, products: Array
) -> tuple[float, float]:
    """|| |L||U| || / `size` in the infinity norm, and log2 max|u| / min|u| over the pivots.

    `sums` and `products` (n,) are overwritten. The spread is infinite for a zero pivot.
    """
    n = len(factors)
    sums[:] = 0.0
    least, most = np.inf, 0.0
    for j in range(n):
        for k in range(j + 1):
            sums[k] += abs(factors[j, k])
        pivot = abs(factors[j, j])
        least, most = min(least, pivot), max(most, pivot)
    products[:] = 0.0
    for k in range(n):
        for i in range(k + 1, n):
            products[i] += abs(factors[k, i]) * sums[k]
    top = 0.0
    for i in range(n):
        top = max(top, sums[i] + products[i])
    spread = math.log2(most / least) if 0 < least and most / least < np.inf else np.inf
    return max(top / size, 1.0) if size > 0 else 1.0, spread


@in_place
def invert(factors: Array, rows: Integers, work: Array, inverse: Array) -> None:
    """R near A^-1, transposed, from its factors; there may be no pivot of zero.

    X solves X (L U) = I row by row, so that R A is as near to I as float64 can bring it (Higham
    2002, 14.3.2, method B).
    """
    invert_upper(factors, work)
    n = len(factors)
    for j in range(n - 1, -1, -1):
        for k in range(j + 1, n):
            left = factors[j, k]
            for i in range(n):
                work[j, i] -= work[k, i] * left
    for j in range(n):
        for i in range(n):
            inverse[rows[j], i] = work[j, i]


@in_place
def invert_upper(factors: Array, work: Array) -> None:
    """U^-1, transposed, row by row."""
    n = len(factors)
    for j in range(n):
        for i in range(n):
            work[j, i] = 0.0
        work[j, j] = 1.0
        for k in range(j):
            u = factors[j, k]
            for i in range(k + 1):
                work[j, i] -= work[k, i] * u
        pivot = factors[j, j]
        for i in range(j + 1):
            work[j, i] /= pivot

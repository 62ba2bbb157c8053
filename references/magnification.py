"""What rounding in elimination is multiplied by: |R| P^T |L||U|, its trace and norms."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from references.compiled import kernel, part
from references.elimination import factor
from references.logarithms import LOG_2
from references.members import load

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@part
def magnified(factors: Array, order: Integers, product: Array) -> None:
    """P^T |L||U|, transposed, from the factors of P A."""
    n = len(factors)
    for j in range(n):
        product[j, :] = 0.0
        for k in range(j + 1):
            u = abs(factors[j, k])
            product[j, order[k]] += u
            for i in range(k + 1, n):
                product[j, order[i]] += abs(factors[k, i]) * u


@part
def distance_from_one(pivot: float, power: int) -> float:
    """|log(pivot 2^power)|, infinite for zero; nothing cancels that matters."""
    if pivot == 0:
        return np.inf
    if abs(power) < 800:
        return abs(math.log(math.ldexp(pivot, power)))
    return abs(math.log(pivot) + power * LOG_2)


@part
def unscaled(
    factors: Array, order: Integers, columns: Integers, scale: int, product: Array, sums: Array
) -> tuple[float, float, float]:
    """Of E 2^columns the sum of |log |u_ii|| and the norm of |L||U| over its power of two.

    Then the norm of |L||U| for E itself. The factors are those of E 2^-scale; P^T |L||U| is left in
    `product`, transposed.
    """
    n = len(factors)
    magnified(factors, order, product)
    top, total = columns.max(), 0.0
    sums[:] = 0.0
    for j in range(n):
        power = math.ldexp(1.0, max(scale + columns[j] - top, -1000))
        for i in range(n):
            sums[i] += product[j, i] * power
        pivot = abs(factors[j, j])
        total += distance_from_one(pivot, scale + columns[j])
    size = sums.max()
    sums[:] = 0.0
    for j in range(n):
        for i in range(n):
            sums[i] += product[j, i]
    return total, size, math.ldexp(sums.max(), scale)


@part
def inverse_norm(
    inverse: Array, share: float, columns: Integers, scale: int, sums: Array
) -> tuple[float, float, float]:
    """Ends of the norm of 2^-columns (I + H) R 2^-scale, ||H|| <= share, as `Found` has them.

    Then the upper end for (I + H) R 2^-scale.
    """
    n = len(inverse)
    sums[:] = 0.0
    for k in range(n):
        for i in range(n):
            sums[i] += abs(inverse[k, i])
    off, top = share * sums.max(), columns.max()
    least, most = 0.0, 0.0
    for i in range(n):
        power = top - columns[i] - scale
        least = max(least, (sums[i] - off) * math.ldexp(1.0, min(power, 900)))
        most = max(most, (sums[i] + off) * math.ldexp(1.0, power) if power < 900 else np.inf)
    return least, most, math.ldexp(sums.max() + off, -scale)


@part
def traces(inverse: Array, product: Array, column: Array, rows: Array) -> tuple[
    float, float, float
]:  # fmt: skip
    """Of |R| M for an M that is not negative, both transposed: trace, peaks, infinity norm."""
    n = len(inverse)
    rows[:] = 0.0
    trace, peaks = 0.0, 0.0
    for j in range(n):
        column[:] = 0.0
        for k in range(n):
            weight = abs(product[j, k])
            for i in range(n):
                column[i] += abs(inverse[k, i]) * weight
        top = 0.0
        for i in range(n):
            rows[i] += column[i]
            top = max(top, column[i])
        trace += column[j]
        peaks += top
    return trace, peaks, rows.max()


@kernel
def magnify(even: Array, products: Array) -> None:
    """P^T |L||U| (B, n, n), not transposed, for the factors of finite E (B, n, n), entries near 1.

    Where a pivot is zero, the column of L below it is what was left: zeros.
    """
    n = even.shape[1]
    across, factors, product = np.empty((n, n)), np.empty((n, n)), np.empty((n, n))
    order = np.empty(n, np.int64)
    for member in range(len(even)):
        load(even[member], 0, across, turn=True)
        factor(across, factors, order)
        magnified(factors, order, product)
        load(product, 0, products[member], turn=True)

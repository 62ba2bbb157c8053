"""Products of small matrices in float64, for kernels: four terms at a time, in order.

Loops run along whole rows of memory; four terms for each entry that is read and written make them
four times as fast as one. Sums are in the order of their terms.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from references.compiled import in_place

Array = NDArray[np.float64]


@in_place
def add_products(left: Array, right: Array, result: Array) -> None:
    """Add A^T B for A (p, m), B (p, n) to `result` (m, n), which is neither."""
    fours = len(left) // 4 * 4
    for i in range(0, fours, 4):
        for k in range(result.shape[0]):
            a, b, c, d = left[i, k], left[i + 1, k], left[i + 2, k], left[i + 3, k]
            for j in range(result.shape[1]):
                total = (result[k, j] + a * right[i, j]) + b * right[i + 1, j]
                result[k, j] = (total + c * right[i + 2, j]) + d * right[i + 3, j]
    for i in range(fours, len(left)):
        for k in range(result.shape[0]):
            a = left[i, k]
            for j in range(result.shape[1]):
                result[k, j] += a * right[i, j]


@in_place
def add_rows(x: Array, rows: Array, result: Array, first: int = 0) -> None:
    """Add A^T x for A (p, n), x (p,) to `result` (n,), which is neither, from entry `first` on."""
    fours = len(x) // 4 * 4
    for i in range(0, fours, 4):
        a, b, c, d = x[i], x[i + 1], x[i + 2], x[i + 3]
        for j in range(first, len(result)):
            total = (result[j] + a * rows[i, j]) + b * rows[i + 1, j]
            result[j] = (total + c * rows[i + 2, j]) + d * rows[i + 3, j]
    for i in range(fours, len(x)):
        a = x[i]
        for j in range(first, len(result)):
            result[j] += a * rows[i, j]


@in_place
def take_off(x: Array, row: Array, rows: Array, first: int = 0) -> None:
    """Subtract x row^T, x (p,), row (n,), from `rows` (p, n), from column `first` on."""
    fours = len(x) // 4 * 4
    for i in range(0, fours, 4):
        a, b, c, d = x[i], x[i + 1], x[i + 2], x[i + 3]
        for j in range(first, len(row)):
            y = row[j]
            rows[i, j] -= a * y
            rows[i + 1, j] -= b * y
            rows[i + 2, j] -= c * y
            rows[i + 3, j] -= d * y
    for i in range(fours, len(x)):
        for j in range(first, len(row)):
            rows[i, j] -= x[i] * row[j]

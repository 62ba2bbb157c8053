"""One norm of the exact entries of a row, or of a matrix laid out as one, in balls."""

from __future__ import annotations

import numpy as np
from flint import arb
from numpy.typing import NDArray

from references.long_rows import LONG, square_sum

Order = str | float
SQUARES = ("euclidean", "fro", 2)


def norm_of_row(row: NDArray, order: Order, matrix: tuple[int, ...]) -> arb:
    """One norm of exact numbers."""
    if matrix and order in (1, "inf"):
        sizes = np.array([size_of(x) for x in row.tolist()], dtype=object).reshape(matrix)
        sums = sizes.sum(axis=0 if order == 1 else 1)
        return _largest(list(sums))
    if order == "inf":
        return _largest([size_of(x) for x in row.tolist()])
    if order in SQUARES:
        return squares_of(row).sqrt()
    if order == 1:
        return sum((size_of(x) for x in row.tolist()), arb(0))
    power = arb(float(order))
    total = sum((size_of(x) ** power if x else arb(0) for x in row.tolist()), arb(0))
    return total ** (1 / power) if total != 0 else total


def squares_of(row: NDArray) -> arb:
    """The sum of |x|^2 of a row, real or complex; long ones by references/long_rows.py."""
    if len(row) > LONG:
        return square_sum(row)
    return sum((square(x) for x in row.tolist()), arb(0))


def _largest(values: list[arb]) -> arb:
    top = values[0]
    for value in values[1:]:
        top = top.max(value)
    return top


def size_of(x: complex) -> arb:
    """|x| of a real or a complex number."""
    return square(x).sqrt() if isinstance(x, complex) else abs(arb(x))


def square(x: complex) -> arb:
    """|x|^2 of a real or a complex number."""
    return arb(x.real) ** 2 + arb(x.imag) ** 2

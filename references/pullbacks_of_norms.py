"""Gradients of norms: quotients by balls, and exact subgradients where norms have corners."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from references import magnitudes, norms
from references.balls import finite_members
from references.interval import Interval
from references.magnitudes import Axis, Order, laid_out, put_back
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
SQUARES = ("euclidean", "fro", 2)


def norm(tensor: Array, *, ord: Order, axis: Axis, level: int = 0) -> Truth:  # noqa: A002
    """The gradient of the sum of all norms along one axis or two, of (B, ...): of that shape.

    Roots of sums of squares: the array over its norms, none where a norm is zero. The largest
    entry, and sums of a matrix of order 1 or inf: signs along the first that is largest, which is
    a subgradient S of many: <S, x> = || x ||, of dual norm 1 (Rockafellar 1970, 23). Quantities
    (B,): terms, how many entries a norm is of; additions, of a sum among which the largest is
    taken; logarithm, the largest |log(norm)|, and largest, the largest norm.
    """
    known = magnitudes.norm(tensor, ord=ord, axis=axis, level=level)
    told = {name: known.quantities[name] for name in ("terms", "additions", "logarithm")}
    sizes = norms.absolute(known.parts[0])
    flat = Interval(*(side.reshape(len(tensor), -1) for side in (sizes.lower, sizes.upper)))
    told["largest"] = norms.scaled(norms.largest(flat), known.parts[0].exponent)
    if ord in SQUARES:
        found = magnitudes.normalize(tensor, ord=ord, axis=axis, level=level)
        return Truth((found.parts[0],), told, found.exists, found.engine)
    rows, _, where = laid_out(tensor, axis)
    matrix = tuple(tensor.shape[i] for i in where) if len(where) == 2 else ()
    finite = finite_members(tensor)
    signs = np.zeros(rows.shape)
    for i in np.flatnonzero(finite).tolist():
        for k, row in enumerate(rows[i]):
            signs[i, k] = np.where(_chosen(row, ord, matrix), np.sign(row), 0.0)
    radius = np.where(finite[:, None, None], np.zeros(rows.shape), np.inf)
    hi, wide = (put_back(side, tensor.shape, where) for side in (signs, radius))
    part = Enclosure(hi, np.zeros_like(hi), wide, np.zeros(len(hi), np.int64))
    count = float(matrix[0 if ord == 1 else 1] - 1) if matrix else 0.0
    told["additions"] = Interval.exact(np.full(len(tensor), count))
    words = tuple(np.where(finite, "integers", "not finite").tolist())
    return Truth((part,), told, finite, words)


def _chosen(row: Array, order: Order, matrix: tuple[int, ...]) -> NDArray[np.bool_]:
    """The entries that the norm is the sum of, the first of those that are equally large."""
    if not matrix:
        first = np.abs(row).argmax()
        return np.ones(len(row), bool) if order == 1 else np.arange(len(row)) == first
    along = 0 if order == 1 else 1
    sizes = np.array([Fraction(abs(x)) for x in row.tolist()], dtype=object).reshape(matrix)
    largest = int(np.argmax(sizes.sum(axis=along)))
    lines = np.arange(matrix[1 - along]) == largest
    return np.broadcast_to(lines if along == 0 else lines[:, None], matrix).ravel()

"""Exact norms along axes, and arrays divided by them: balls, entry by entry (python-flint).

Arrays and keyword arguments are those of TensorFlow's calls on stacks (B, ...), real or complex;
axes count the stack as 0, or from the end. `ord` is "euclidean", "fro", "inf" or a number.
Quantities, (B,): `terms`, how many entries a norm is of; `additions`, how many additions of
absolute values it takes, 0 of the largest of a vector; `powered`, 1 for orders that are powers
other than squares and 0 for others; `logarithm`, the largest |log(norm)|.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from flint import arb, arb_mat
from numpy.typing import NDArray

from references import norms
from references.balls import (
    TARGET,
    Pieces,
    adaptive,
    engines,
    finite_members,
    pieces,
    store,
    unproved,
)
from references.interval import Interval
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
Axis = int | tuple[int, ...]
Order = str | float


def norm(
    tensor: NDArray,
    *,
    ord: Order = "euclidean",  # noqa: A002 - TensorFlow's name
    axis: Axis = -1,
    keepdims: bool = False,
    level: int = 0,
) -> Truth:
    """Norms of vectors along one axis, or of matrices along two."""
    rows, kept, where = laid_out(tensor, axis)
    matrix = tuple(tensor.shape[i] for i in where) if len(where) == 2 else ()
    finite = finite_members(tensor)
    part = _norms(rows, ord, matrix, level, finite)
    if keepdims:
        kept = tuple(1 if i in where else tensor.shape[i] for i in range(1, tensor.ndim))
    whole = _shaped(part, kept)
    return Truth(
        (whole,), _quantities(part, rows, finite, ord, matrix), finite, _engines(whole, finite)
    )


def normalize(
    tensor: NDArray,
    *,
    ord: Order = "euclidean",  # noqa: A002 - TensorFlow's name
    axis: Axis = -1,
    level: int = 0,
) -> Truth:
    """Arrays divided by their norms along an axis, and the norms; none where a norm is zero."""
    rows, _, where = laid_out(tensor, axis)
    finite = finite_members(tensor)
    part = _norms(rows, ord, (), level, finite)
    exists = ~(finite & ((part.hi == 0) & (part.radius == 0)).any(axis=1))
    known = finite & exists
    shares = unproved(len(tensor), *rows.shape[1:])
    for i in map(int, np.flatnonzero(known)):

        def compute(i: int = i) -> Pieces:
            found = []
            for row in rows[i]:
                size = _norm(row, ord, ())
                found += [arb(x) / size for x in row.tolist()]
            return pieces(arb_mat(rows.shape[1], rows.shape[2], found))

        answer = adaptive(compute, TARGET[level] + 64, lambda x: x.tight(level))
        if answer is not None:
            store(shares, i, answer)
    kept = tuple(1 if i in where else tensor.shape[i] for i in range(1, tensor.ndim))
    sides = (put_back(x, tensor.shape, where) for x in (shares.hi, shares.lo, shares.radius))
    whole = Enclosure(*sides, shares.exponent)  # type: ignore[call-arg]
    parts = whole, _shaped(part, kept)
    return Truth(
        parts, _quantities(part, rows, finite, ord, ()), exists, _engines(parts[0], finite)
    )


def global_norm(*tensors: NDArray, level: int = 0) -> Truth:
    """The Euclidean norm of all entries of several arrays (B, ...) together."""
    flat = np.concatenate([x.reshape(len(x), 1, -1) for x in tensors], axis=2)
    truth = norm(flat, axis=2, level=level)
    part = _shaped(truth.parts[0], ())
    return Truth((part,), truth.quantities, truth.exists, truth.engine)


def _norms(
    rows: NDArray, order: Order, matrix: tuple[int, ...], level: int, finite: NDArray[np.bool_]
) -> Enclosure:
    """Of rows (B, k, terms), or of matrices laid out as rows: (B, k)."""
    part = unproved(*rows.shape[:2])
    for i in map(int, np.flatnonzero(finite)):

        def compute(i: int = i) -> Pieces:
            found = [_norm(row, order, matrix) for row in rows[i]]
            return pieces(arb_mat(1, len(found), found))

        answer = adaptive(compute, TARGET[level] + 64, lambda x: x.tight(level))
        if answer is not None:
            store(part, i, answer)
    return part


def _quantities(
    part: Enclosure,
    rows: NDArray,
    finite: NDArray[np.bool_],
    order: Order,
    matrix: tuple[int, ...],
) -> dict[str, Interval]:
    with np.errstate(divide="ignore"):
        sizes = np.where(part.hi > 0, np.abs(part.hi), 1.0)
        power = np.log(sizes) + part.exponent[:, None] * np.log(2.0)
    logarithm = np.abs(np.where(part.hi > 0, power, 0.0)).max(axis=1, initial=0.0)
    terms = rows.shape[2]
    counts = {
        "terms": terms,
        "additions": 0 if order == "inf" and not matrix else terms - 1,
        "powered": order == 3,
    }
    return {
        **{name: Interval.exact(np.full(len(rows), float(n))) for name, n in counts.items()},
        "logarithm": norms.known(Interval(logarithm * 0.999, logarithm * 1.001), finite),
    }


def _shaped(part: Enclosure, shape: tuple[int, ...]) -> Enclosure:
    def put(side: NDArray) -> NDArray:
        return side.reshape(len(side), *shape)

    return Enclosure(put(part.hi), put(part.lo), put(part.radius), part.exponent)


def put_back(rows: NDArray, shape: tuple[int, ...], where: tuple[int, ...]) -> NDArray:
    """Rows (B, rows, terms) in their places of an array of this shape again."""
    order = [0, *(i for i in range(1, len(shape)) if i not in where), *where]
    laid = rows.reshape([len(rows), *(shape[i] for i in order[1:])])
    return np.transpose(laid, np.argsort(order)).copy()


def _engines(part: Enclosure, finite: NDArray[np.bool_]) -> tuple[str, ...]:
    return engines(part, np.ones(len(finite), dtype=bool), finite)


def laid_out(tensor: NDArray, axis: Axis) -> tuple[NDArray, tuple[int, ...], tuple[int, ...]]:
    """Rows to take norms of (B, rows, terms), the shape of what is left, and the axes."""
    rank = tensor.ndim
    axes: Sequence[int] = axis if isinstance(axis, tuple) else (axis,)
    where = tuple(i % rank for i in axes)
    if 0 in where:
        raise ValueError("a norm along the stack is of no member")
    others = [i for i in range(1, rank) if i not in where]
    kept = tuple(tensor.shape[i] for i in others)
    turned = np.transpose(tensor, [0, *others, *where])
    count = int(np.prod(kept, dtype=int))
    return turned.reshape(len(tensor), count, -1), kept, where


def _norm(row: NDArray, order: Order, matrix: tuple[int, ...]) -> arb:
    """One norm of exact numbers."""
    if matrix and order in (1, "inf"):
        sizes = np.array([_size(x) for x in row.tolist()], dtype=object).reshape(matrix)
        sums = sizes.sum(axis=0 if order == 1 else 1)
        return _largest(list(sums))
    if order == "inf":
        return _largest([_size(x) for x in row.tolist()])
    if order in ("euclidean", "fro", 2):
        return sum((_square(x) for x in row.tolist()), arb(0)).sqrt()
    if order == 1:
        return sum((_size(x) for x in row.tolist()), arb(0))
    power = arb(float(order))
    total = sum((_size(x) ** power if x else arb(0) for x in row.tolist()), arb(0))
    return total ** (1 / power) if total != 0 else total


def _largest(values: list[arb]) -> arb:
    top = values[0]
    for value in values[1:]:
        top = top.max(value)
    return top


def _size(x: complex) -> arb:
    return _square(x).sqrt() if isinstance(x, complex) else abs(arb(x))


def _square(x: complex) -> arb:
    return arb(x.real) ** 2 + arb(x.imag) ** 2

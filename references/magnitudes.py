"""Exact norms along axes, and arrays divided by them: balls, entry by entry (python-flint).

Arrays and keyword arguments are those of TensorFlow's calls on stacks (B, ...), real or complex;
axes count the stack as 0, or from the end. `ord` is "euclidean", "fro", "inf" or a number.
Quantities, (B,): `terms`, how many entries a norm is of; `additions`, how many additions of
absolute values it takes, 0 of the largest of a vector; `powered`, 1 for orders that are powers
other than squares and 0 for others; `logarithm`, the largest |log(norm)|;
`small` and `large`, the sides of a matrix; `least`, the smallest norm but zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from flint import arb, arb_mat
from numpy.typing import NDArray

from references import norms, singular
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
from references.long_rows import LONG, shares
from references.row_norms import SQUARES, Order, norm_of_row, squares_of
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
Axis = int | tuple[int, ...]


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
    if ord in SQUARES and not (ord == 2 and matrix):
        whole = _in_field(whole, rows)
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
    shares = _divided(rows, lambda i, k: norm_of_row(rows[i, k], ord, ()), level, known)
    kept = tuple(1 if i in where else tensor.shape[i] for i in range(1, tensor.ndim))
    sides = (put_back(x, tensor.shape, where) for x in (shares.hi, shares.lo, shares.radius))
    whole = Enclosure(*sides, shares.exponent)  # type: ignore[call-arg]
    parts = whole, _in_field(_shaped(part, kept), rows)
    return Truth(
        parts, _quantities(part, rows, finite, ord, ()), exists, _engines(parts[0], finite)
    )


def global_norm(*tensors: NDArray, level: int = 0) -> Truth:
    """The Euclidean norm of all entries of several arrays (B, ...) together."""
    flat = np.concatenate([x.reshape(len(x), 1, -1) for x in tensors], axis=2)
    truth = norm(flat, axis=2, level=level)
    part = _shaped(truth.parts[0], ())
    return Truth((part,), truth.quantities, truth.exists, truth.engine)


def reduce_euclidean_norm(
    input_tensor: NDArray, *, axis: Axis = -1, keepdims: bool = False, level: int = 0
) -> Truth:
    """Euclidean norms along one axis or several, complex as TensorFlow's of complex numbers."""
    flat = laid_out(input_tensor, axis)[0]
    truth = norm(flat, axis=2, level=level)
    kept = np.sum(input_tensor, axis=axis, keepdims=keepdims).shape[1:]
    part = _shaped(truth.parts[0], kept)
    terms = Interval.exact(np.full(part.hi.shape, float(flat.shape[2])))
    quantities = {**truth.quantities, "size": _sizes(part, truth.exists), "terms": terms}
    return Truth((part,), quantities, truth.exists, truth.engine)


def l2_normalize(x: NDArray, *, axis: Axis = -1, epsilon: float = 1e-12, level: int = 0) -> Truth:
    """x over the root of the sum of squares, or of epsilon where it is larger.

    Quantities, entry by entry: `terms`, `size`, the absolute values of the answer, and `floor`,
    those sums, or epsilon; (B,): `lowest` and `highest`, the ends of those.
    """
    rows, _, where = laid_out(x, axis)
    finite = finite_members(x)
    floors = np.full(rows.shape, epsilon)

    def length(i: int, k: int) -> arb:
        total = squares_of(rows[i, k]).max(arb(epsilon))
        floors[i, k] = float(total)
        return total.sqrt()

    part = _divided(rows, length, level, finite)
    sides = (put_back(side, x.shape, where) for side in (part.hi, part.lo, part.radius))
    whole = Enclosure(*sides, part.exponent)  # type: ignore[call-arg]
    floor = put_back(floors, x.shape, where)
    quantities = {
        "size": _sizes(whole, finite),
        "terms": Interval.exact(np.full(x.shape, float(rows.shape[2]))),
        "floor": Interval(0.999 * floor, 1.001 * floor),
        "lowest": Interval.exact(floors.min(axis=(1, 2))),
        "highest": Interval.exact(floors.max(axis=(1, 2))),
    }
    return Truth((whole,), quantities, finite, _engines(whole, finite))


def _divided(
    rows: NDArray, size: Callable[[int, int], arb], level: int, known: NDArray[np.bool_]
) -> Enclosure:
    """Rows (B, k, terms), real or complex, over the size (i, k) of each."""
    shape = (*rows.shape, 2) if np.iscomplexobj(rows) else rows.shape
    part, long = unproved(*shape), rows.shape[2] > LONG
    for i in map(int, np.flatnonzero(known)):

        def compute(i: int = i) -> Pieces:
            sides = [np.ascontiguousarray(row).view(np.float64) for row in rows[i]]
            if long:
                parts = [shares(row, size(i, k)) for k, row in enumerate(sides)]
                hi, lo, radius = map(np.concatenate, zip(*parts, strict=True))
                return Pieces(hi, lo, radius, 0)
            sizes = [size(i, k) for k in range(len(sides))]
            found = [
                arb(y) / by for row, by in zip(sides, sizes, strict=True) for y in row.tolist()
            ]
            return pieces(arb_mat(len(found), 1, found))

        answer = adaptive(compute, TARGET[level] + 64, lambda y: long or y.tight(level))
        if answer is not None:
            one, two, wide = (side.reshape(shape[1:]) for side in answer[:3])
            store(part, i, Pieces(one, two, wide, answer.exponent))
    if not np.iscomplexobj(rows):
        return part
    radius = part.radius.sum(axis=-1) * (1 + 2.0**-40)
    both = [side[..., 0] + 1j * side[..., 1] for side in (part.hi, part.lo)]
    return Enclosure(both[0], both[1], radius, part.exponent)


def _in_field(part: Enclosure, rows: NDArray) -> Enclosure:
    """A norm as TensorFlow has roots of squares of complex numbers: a complex number."""
    if not np.iscomplexobj(rows):
        return part
    return Enclosure(part.hi + 0j, part.lo + 0j, part.radius, part.exponent)


def _sizes(part: Enclosure, finite: NDArray[np.bool_]) -> Interval:
    """Absolute values, entry by entry."""
    wide = (np.abs(part.lo) + part.radius) * (1 + 2.0**-40) + 2.0**-50 * np.abs(part.hi)
    near = norms.clipped(Interval.around(np.abs(part.hi), wide), zero=(part.hi == 0) & (wide == 0))
    known = finite.reshape(-1, *(1,) * (part.hi.ndim - 1))
    return norms.known(norms.scaled(near, part.exponent), known)


def _norms(
    rows: NDArray, order: Order, matrix: tuple[int, ...], level: int, finite: NDArray[np.bool_]
) -> Enclosure:
    """Of rows (B, k, terms), or of matrices laid out as rows: (B, k)."""
    if matrix and order == 2:
        return _largest_singular(rows.reshape(*rows.shape[:2], *matrix), level)
    part, long = unproved(*rows.shape[:2]), rows.shape[2] > LONG
    for i in map(int, np.flatnonzero(finite)):

        def compute(i: int = i) -> Pieces:
            found = [norm_of_row(row, order, matrix) for row in rows[i]]
            return pieces(arb_mat(1, len(found), found))

        answer = adaptive(compute, TARGET[level] + 64, lambda x: long or x.tight(level))
        if answer is not None:
            store(part, i, answer)
    return part


def _largest_singular(matrices: NDArray, level: int) -> Enclosure:
    """Of (B, k, m, n): (B, k), one power of two for each member."""
    count, k, m, n = matrices.shape
    found = singular.svd(matrices.reshape(count * k, m, n), level=level).parts[0]
    exponents = found.exponent.reshape(count, k)
    top = exponents.max(axis=1)
    down = exponents - top[:, None]
    hi, lo, radius = (
        np.ldexp(side[:, 0].reshape(count, k), down) for side in (found.hi, found.lo, found.radius)
    )
    return Enclosure(hi, lo, radius + 2.0**-1060 * (down < 0), top)


def _quantities(
    part: Enclosure,
    rows: NDArray,
    finite: NDArray[np.bool_],
    order: Order,
    matrix: tuple[int, ...],
) -> dict[str, Interval]:
    terms = rows.shape[2]
    counts = {
        "terms": terms,
        "additions": 0 if order == "inf" and not matrix else terms - 1,
        "powered": order == 3,
        "small": min(matrix, default=1),
        "large": max(matrix, default=terms),
    }
    return {
        **{name: Interval.exact(np.full(len(rows), float(n))) for name, n in counts.items()},
        "logarithm": norms.known(logarithm(part), finite),
        "least": norms.known(norms.scaled(_least(part), part.exponent), finite),
    }


def logarithm(part: Enclosure) -> Interval:
    """The largest |log x| of each member, of numbers above zero: (B,)."""
    where = part.hi > 0
    exponents = part.exponent.reshape(-1, *(1,) * (part.hi.ndim - 1))
    power = np.log(np.where(where, part.hi, 1.0)) + exponents * np.log(2.0)
    sizes = np.abs(np.where(where, power, 0.0)).reshape(len(power), -1).max(axis=1, initial=0.0)
    return Interval(sizes * 0.999, sizes * 1.001)


def _least(part: Enclosure) -> Interval:
    """The smallest norm of each member without its power of two, of those that are not zero."""
    wide = np.abs(part.lo) + part.radius
    sizes = np.where(part.hi > 0, part.hi - 2 * wide, np.inf).min(axis=1, initial=np.inf)
    return Interval(np.maximum(sizes, 0.0), sizes)


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

"""Pullbacks through reductions, of any entries: floats for opinions, mpmath's for audits.

As in references/numeric.py: one member at a time, with the arguments of TensorFlow's call. They go
by other ways than references/pullbacks_of_products.py and pullbacks_of_reductions.py where there
are others: by all products of the other entries, each for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import mpmath
import numpy as np
from numpy.typing import NDArray

from references.magnitudes import Axis, laid_out, put_back
from references.numeric import Answer, conjugate, real_parts

Pull = Callable[[NDArray, NDArray], NDArray]


def reduce_prod(
    input_tensor: NDArray, above: NDArray, *, axis: Axis = -1, keepdims: bool = False
) -> Answer:
    """Each product of the other entries by itself."""
    return _reduced(lambda row, w: w * _others(conjugate(row)), input_tensor, above, axis)


def cumprod(
    x: NDArray, above: NDArray, *, axis: int = -1, exclusive: bool = False, reverse: bool = False
) -> Answer:
    """By the Jacobian: the other entries of each product, by each entry."""
    step = -1 if reverse else 1

    def pull(row: NDArray, w: NDArray) -> NDArray:
        row, w, total = conjugate(row)[::step], w[::step], row * 0
        for k in range(len(row)):
            held = row[: k + (not exclusive)]
            total[: len(held)] = total[: len(held)] + w[k] * _others(held)
        return total[::step]

    return _running(pull, x, above, axis)


def unsorted_segment_prod(
    data: NDArray, above: NDArray, *, segment_ids: Sequence[int], num_segments: int
) -> Answer:
    """Column by column, each product of the other entries of a segment by itself."""
    ids, found = np.asarray(segment_ids), data * 0
    flat, given = data.reshape(len(data), -1), above.reshape(len(above), -1)
    whole = found.reshape(flat.shape)
    for segment in range(num_segments):
        places = np.flatnonzero(ids == segment)
        for column in range(flat.shape[1]):
            held = conjugate(flat[places, column])
            whole[places, column] = given[segment, column] * _others(held)
    return (whole.reshape(data.shape),)


def segment_prod(data: NDArray, above: NDArray, *, segment_ids: Sequence[int]) -> Answer:
    """The same of segments whose numbers ascend."""
    count = max(segment_ids) + 1
    return unsorted_segment_prod(data, above, segment_ids=segment_ids, num_segments=count)


def reduce_variance(
    input_tensor: NDArray, above: NDArray, *, axis: Axis = -1, keepdims: bool = False
) -> Answer:
    """Twice the deviations over their number."""
    return _reduced(lambda row, w: w * _deviations(row) * 2 / len(row), input_tensor, above, axis)


def reduce_std(
    input_tensor: NDArray, above: NDArray, *, axis: Axis = -1, keepdims: bool = False
) -> Answer:
    """Deviations of entries near 1 over the root of their squares, and over the root of n."""

    def pull(row: NDArray, w: NDArray) -> NDArray:
        return w * _unit(_deviations(_near_one(row))) / (row[0] * 0 + len(row)) ** 0.5

    return _reduced(pull, input_tensor, above, axis)


def reduce_euclidean_norm(
    input_tensor: NDArray, above: NDArray, *, axis: Axis = -1, keepdims: bool = False
) -> Answer:
    """Entries near 1 over the root of their squares."""

    def pull(row: NDArray, w: NDArray) -> NDArray:
        return _unit(_near_one(row)) * w.real

    return _reduced(pull, input_tensor, above, axis)


def reduce_max(
    input_tensor: NDArray, above: NDArray, *, axis: Axis = -1, keepdims: bool = False
) -> Answer:
    """What comes from above over the number of the largest entries."""

    def pull(row: NDArray, w: NDArray) -> NDArray:
        chosen = row == row.max()
        return chosen * (w / int(chosen.sum()))

    return _reduced(pull, input_tensor, above, axis)


def reduce_min(
    input_tensor: NDArray, above: NDArray, *, axis: Axis = -1, keepdims: bool = False
) -> Answer:
    """Of the largest of what has the other sign."""
    return reduce_max(-input_tensor, above, axis=axis, keepdims=keepdims)


def reduce_logsumexp(
    input_tensor: NDArray, above: NDArray, *, axis: Axis = -1, keepdims: bool = False
) -> Answer:
    """Exponentials of what lies below the largest entry, over their sum."""
    return _reduced(lambda row, w: w * _shares(row), input_tensor, above, axis)


def cumulative_logsumexp(
    x: NDArray, above: NDArray, *, axis: int = -1, exclusive: bool = False, reverse: bool = False
) -> Answer:
    """By the Jacobian, row by row the shares of exponentials."""
    step = -1 if reverse else 1

    def pull(row: NDArray, w: NDArray) -> NDArray:
        row, w, total = row[::step], w[::step], row * 0
        for k in range(len(row)):
            held = row[: k + (not exclusive)]
            if len(held):
                total[: len(held)] = total[: len(held)] + w[k] * _shares(held)
        return total[::step]

    return _running(pull, x, above, axis)


def _others(row: NDArray) -> NDArray:
    """The product of all entries but each."""
    with np.errstate(over="ignore", under="ignore"):
        found = [np.prod(np.delete(row, i)) + row[i] * 0 for i in range(len(row))]
    return np.array(found, dtype=row.dtype)


def _deviations(row: NDArray) -> NDArray:
    return row - row.sum() / len(row)


def _near_one(row: NDArray) -> NDArray:
    """A row over its largest entry, by a power of two if it is of floats."""
    top = np.abs(row).max()
    if row.dtype == object:
        return row / top if top else row
    power = -np.frexp(top)[1]
    if np.iscomplexobj(row):
        return np.asarray(np.ldexp(row.real, power) + 1j * np.ldexp(row.imag, power), row.dtype)
    return np.asarray(np.ldexp(row, power), row.dtype)


def _unit(row: NDArray) -> NDArray:
    squares = real_parts(row * conjugate(row))
    return row / squares.sum() ** 0.5 if (row != 0).any() else row * 0


def _shares(row: NDArray) -> NDArray:
    """Softmax."""
    with np.errstate(over="ignore"):
        steps = row - row.max()
    exp = np.exp if row.dtype != object else np.vectorize(mpmath.exp, otypes=[object])
    found = exp(steps)
    return np.asarray(found / found.sum())


def _reduced(pull: Pull, x: NDArray, above: NDArray, axis: Axis) -> Answer:
    """Of each row along axes that count the stack, by the number that comes from above."""
    rows, _, where = laid_out(x[None], axis)
    pairs = zip(rows[0], above.reshape(-1), strict=True)
    return (put_back(np.stack([pull(*pair) for pair in pairs])[None], x[None].shape, where)[0],)


def _running(pull: Pull, x: NDArray, above: NDArray, axis: int) -> Answer:
    """Of each row along an axis, by the row that comes from above."""
    (rows, _, where), (given, _, _) = laid_out(x[None], axis), laid_out(above[None], axis)
    pairs = zip(rows[0], given[0], strict=True)
    return (put_back(np.stack([pull(*pair) for pair in pairs])[None], x[None].shape, where)[0],)

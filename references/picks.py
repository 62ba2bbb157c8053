"""Entries picked, never computed with: largest and smallest ones, by axis, segment or order.

Arrays and keyword arguments are those of TensorFlow's calls on stacks (B, ...); truths are exact.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from references.arrangements import moved
from references.magnitudes import Axis
from references.nodes import FORMATS
from references.truth import Truth

Array = NDArray[np.float64]
Ids = Sequence[int]


def reduce_max(
    input_tensor: Array, *, axis: Axis = -1, keepdims: bool = False, level: int = 0
) -> Truth:
    """The largest entries along one axis or several."""
    return moved(input_tensor.max(axis=axis, keepdims=keepdims), input_tensor)


def reduce_min(
    input_tensor: Array, *, axis: Axis = -1, keepdims: bool = False, level: int = 0
) -> Truth:
    """The smallest ones."""
    return moved(input_tensor.min(axis=axis, keepdims=keepdims), input_tensor)


def argmax(x: Array, *, axis: int = -1, level: int = 0) -> Truth:
    """What stands where the largest entries are found: these, for which of equals is not told."""
    return moved(x.max(axis=axis), x)


def argmin(x: Array, *, axis: int = -1, level: int = 0) -> Truth:
    """What stands where the smallest entries are found."""
    return moved(x.min(axis=axis), x)


def top_k(x: Array, *, k: int, level: int = 0) -> Truth:
    """The k largest entries of each row in descending order, and their places, first of equals."""
    order = np.argsort(-x, axis=-1, kind="stable")[..., :k]
    values = moved(np.take_along_axis(x, order, axis=-1), x)
    return replace(values, parts=(*values.parts, *moved(order.astype(np.float64), x).parts))


def in_top_k(targets: Array, predictions: Array, *, k: int, level: int = 0) -> Truth:
    """1 where fewer than k entries of a row (B, n) exceed that of the target (B,), 0 elsewhere."""
    places = np.where(np.isfinite(targets), targets, 0).astype(np.int64)
    own = np.take_along_axis(predictions, places[:, None], axis=1)
    return moved(1.0 * ((predictions > own).sum(axis=1) < k), targets, predictions)


def nextafter(x1: Array, x2: Array, *, eps: float, level: int = 0) -> Truth:
    """The number of the dtype next to x1 on the way to x2; x1 itself where they are equal."""
    wide = np.float32 if eps > 2.0**-30 else np.float64
    return moved(np.nextafter(x1.astype(wide), x2.astype(wide)).astype(np.float64), x1, x2)


def segment_max(data: Array, *, segment_ids: Ids, level: int = 0) -> Truth:
    """The largest entries of segments whose numbers ascend; zeros of an empty one."""
    return _segments(data, segment_ids, max(segment_ids) + 1, np.max, 0.0)


def segment_min(data: Array, *, segment_ids: Ids, level: int = 0) -> Truth:
    """The smallest entries of segments whose numbers ascend; zeros of an empty one."""
    return _segments(data, segment_ids, max(segment_ids) + 1, np.min, 0.0)


def unsorted_segment_max(
    data: Array, *, segment_ids: Ids, num_segments: int, eps: float, level: int = 0
) -> Truth:
    """The largest entries of segments; the lowest number of the dtype of an empty one."""
    return _segments(data, segment_ids, num_segments, np.max, -FORMATS[eps].max)


def unsorted_segment_min(
    data: Array, *, segment_ids: Ids, num_segments: int, eps: float, level: int = 0
) -> Truth:
    """The smallest entries of segments; the largest number of the dtype of an empty one."""
    return _segments(data, segment_ids, num_segments, np.min, FORMATS[eps].max)


def _segments(data: Array, ids: Ids, count: int, pick: Callable[..., Array], empty: float) -> Truth:
    found = np.full((len(data), count, *data.shape[2:]), empty)
    where = np.asarray(ids)
    for i in set(ids):
        found[:, i] = pick(data[:, where == i], axis=1)
    return moved(found, data)

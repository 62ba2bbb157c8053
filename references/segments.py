"""Exact sums and means by segment, real or complex, by references/contractions.py.

Data (B, n, ...) and keyword arguments are those of TensorFlow's calls on members; empty segments
are zero. A number in place of their ids is that of segments of equal length, one after another.
Quantities as for sums: `terms`, how many additions an entry takes, `size` and `top`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from references.contractions import contracted, shaped
from references.embedded import shifted
from references.interval import Interval
from references.sums import over, reduce_mean, reduce_sum
from references.truth import Truth

Ids = Sequence[int] | int


def unsorted_segment_sum(
    data: NDArray, *, segment_ids: Ids, num_segments: int, level: int = 0
) -> Truth:
    """Sums (B, num_segments, ...) of the entries of each segment."""
    if isinstance(segment_ids, int):
        return reduce_sum(_equal(data, segment_ids), axis=2)
    members = np.arange(num_segments)[:, None] == np.asarray(segment_ids)
    weights = np.broadcast_to(members, (len(data), *members.shape)).astype(data.dtype)
    flat = data.reshape(*data.shape[:2], -1)
    truth = _copied(contracted(weights, flat), weights, flat)
    truth = shaped(truth, lambda x: x.reshape(len(x), num_segments, *data.shape[2:]))
    count = members.sum(axis=1).reshape(-1, *(1,) * (data.ndim - 2))
    terms = np.broadcast_to(np.maximum(count - 1.0, 0.0), truth.parts[0].hi.shape)
    return replace(truth, quantities={**truth.quantities, "terms": Interval.exact(terms)})


def _copied(truth: Truth, weights: NDArray, data: NDArray) -> Truth:
    """The truth whose sums of one entry, and of none, have no radius."""
    part = truth.parts[0]
    alone = np.where(truth.exists[:, None, None], weights, 0) @ np.where(
        truth.exists[:, None, None], data, 0
    )
    same = (weights.real.sum(axis=2, keepdims=True) <= 1) & (
        shifted(part.hi, part.exponent) == alone
    )
    same &= truth.exists[:, None, None] & (part.lo == 0)
    return replace(truth, parts=(replace(part, radius=np.where(same, 0.0, part.radius)),))


def unsorted_segment_mean(
    data: NDArray, *, segment_ids: Ids, num_segments: int, level: int = 0
) -> Truth:
    """The same over their numbers of entries."""
    truth = unsorted_segment_sum(data, segment_ids=segment_ids, num_segments=num_segments)
    if isinstance(segment_ids, int):
        return reduce_mean(_equal(data, segment_ids), axis=2)
    count = np.bincount(segment_ids, minlength=num_segments).astype(np.float64)
    count = np.maximum(count, 1.0).reshape(-1, *(1,) * (data.ndim - 2))
    part, size = truth.parts[0], truth.quantities["size"]
    share = size / Interval.exact(np.broadcast_to(count, size.upper.shape))
    return replace(
        truth, parts=(over(part, count),), quantities={**truth.quantities, "size": share}
    )


def _number(ids: Ids) -> int:
    return ids if isinstance(ids, int) else max(ids) + 1


def _equal(data: NDArray, number: int) -> NDArray:
    """Data (B, n, ...) as (B, number, n / number, ...)."""
    return data.reshape(len(data), number, -1, *data.shape[2:])


def segment_sum(data: NDArray, *, segment_ids: Ids, level: int = 0) -> Truth:
    """Sums of segments whose numbers ascend."""
    return unsorted_segment_sum(
        data, segment_ids=segment_ids, num_segments=_number(segment_ids), level=level
    )


def segment_mean(data: NDArray, *, segment_ids: Ids, level: int = 0) -> Truth:
    """Means of segments whose numbers ascend."""
    return unsorted_segment_mean(
        data, segment_ids=segment_ids, num_segments=_number(segment_ids), level=level
    )

"""What comes from above on its way back to the largest or smallest entries of segments.

Arrays (B, n, ...), what comes from above and keyword arguments are those of TensorFlow's calls. Of
entries that are equal each has its share. Quantity: `shared`, what is due to the largest of a
segment that has several, 0 for the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from references.adjoints import over_counts
from references.arrangements import moved
from references.combinations import near
from references.numeric import Answer
from references.truth import Truth

Array = NDArray[np.float64]
Ids = Sequence[int]


def segment_max(data: Array, above: Array, *, segment_ids: Ids, level: int = 0) -> Truth:
    """w over how many entries of a segment are the largest, for each of these."""
    return _shares(data, above, segment_ids, np.max)


def segment_min(data: Array, above: Array, *, segment_ids: Ids, level: int = 0) -> Truth:
    """The same of the smallest entries."""
    return _shares(data, above, segment_ids, np.min)


def unsorted_segment_max(
    data: Array, above: Array, *, segment_ids: Ids, num_segments: int, level: int = 0
) -> Truth:
    """The same of the largest of segments in any order; nothing for entries of none."""
    return _shares(data, above, segment_ids, np.max)


def unsorted_segment_min(
    data: Array, above: Array, *, segment_ids: Ids, num_segments: int, level: int = 0
) -> Truth:
    """The same of the smallest."""
    return _shares(data, above, segment_ids, np.min)


def _shares(data: Array, above: Array, ids: Ids, pick: Callable[..., Array]) -> Truth:
    where = np.asarray(ids)
    given, count = np.zeros(data.shape), np.ones(data.shape)
    for segment in sorted(set(ids) - {-1}):
        members = data[:, where == segment]
        chosen = members == pick(members, axis=1, keepdims=True)
        given[:, where == segment] = np.where(chosen, above[:, segment : segment + 1], 0.0)
        count[:, where == segment] = np.maximum(chosen.sum(axis=1, keepdims=True), 1)
    truth = over_counts(moved(given, data, above), count)
    with np.errstate(under="ignore"):
        shared = np.where(count > 1, np.abs(given) / count, 0.0)
    return replace(truth, quantities={"shared": near(shared)})


def opinion(
    data: NDArray, above: NDArray, *, segment_ids: Ids, least: bool = False, num_segments: int = 0
) -> Answer:
    """One member, of any entries, entry by entry: its share if none of its segment exceeds it."""
    values, found = (-data if least else data), data * 0
    for place in np.ndindex(data.shape):
        others = [i for i, x in enumerate(segment_ids) if x == segment_ids[place[0]] >= 0]
        column = [values[(i, *place[1:])] for i in others]
        if column and max(column) == values[place]:
            found[place] = above[(segment_ids[place[0]], *place[1:])] / column.count(values[place])
    return (found,)

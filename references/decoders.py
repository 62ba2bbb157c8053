"""Exact answers of decoders of frames: the class of the largest logit, frame by frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from flint import arb
from numpy.typing import NDArray

from references.arrangements import moved
from references.balls import finite_members
from references.numeric import Answer
from references.statistics import Parts, enclosed, told
from references.truth import Truth

Array = NDArray[np.float64]


def ctc_greedy_decoder(
    logits: Array, logit_length: Array, *, blank_index: int, merge_repeated: bool, level: int = 0
) -> Truth:
    """Paths (B, T), -1 where they have ended, the first of equal logits; minus the sums (B,).

    Quantity: `size` (B,), the sum of sizes of what is summed.
    """
    finite = finite_members(logits, logit_length)
    kept = np.where(finite[:, None, None], logits, 0.0)
    count = np.where(finite, logit_length[:, 0], 0).astype(int)
    paths = np.full(kept.shape[:2], -1.0)
    for i, (rows, n) in enumerate(zip(kept, count.tolist(), strict=True)):
        found = path(rows[:n], blank_index, merge_repeated=merge_repeated)
        paths[i, : len(found)] = found
    tops = kept.max(axis=2)
    inside = np.arange(kept.shape[1]) < count[:, None]

    def compute(i: int) -> Parts:
        return ([-sum(map(arb, tops[i, : count[i]].tolist()), arb(0))],)

    (total,) = enclosed(compute, finite, ((),), level)
    size = (np.abs(tops) * inside).sum(axis=1)
    return told((moved(paths, logits).parts[0], total), {"size": size}, finite)


def path(rows: NDArray, blank_index: int, *, merge_repeated: bool) -> list[int]:
    """The classes of the largest logits, without blanks, and without repetitions where merged."""
    best = [row.tolist().index(max(row)) for row in rows]
    return collapsed(best, blank_index % rows.shape[1], merge_repeated=merge_repeated)


def collapsed(classes: Sequence[int], blank: int, *, merge_repeated: bool) -> list[int]:
    """Labels of classes frame by frame: no blanks, and no repetitions where merged."""
    found, before = list[int](), -1
    for label in classes:
        if label != blank and not (merge_repeated and label == before):
            found.append(label)
        before = label
    return found


def greedy_in_numbers(
    logits: NDArray, logit_length: NDArray, *, blank_index: int, merge_repeated: bool
) -> Answer:
    """One member, in floats or in mpmath's numbers."""
    rows = logits[: int(logit_length[0])]
    found = path(rows, blank_index, merge_repeated=merge_repeated)
    padded = found + [-1] * (len(logits) - len(found))
    return np.array(padded, logits.dtype) + 0 * logits[:, 0], np.asarray(
        -sum(max(row) for row in rows)
    )

"""Alignments by recursion from the last frame to the first: for opinions, and for audits.

As in references/numeric.py: one member at a time, with the arguments of TensorFlow's call.
"""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
from numpy.typing import NDArray

from references.numeric import Answer


def ctc_loss(
    logits: NDArray, labels: NDArray, label_length: NDArray, logit_length: NDArray, *,
    blank_index: int,
) -> Answer:  # fmt: skip
    """By probabilities of what is left, in numbers; by their logarithms, in floats."""
    frames, count = int(logit_length[0]), int(label_length[0])
    blank = blank_index % logits.shape[1]
    word = [int(label) for label in labels[:count]]
    log = logits.dtype != object
    rows = [shares(row, log=log) for row in logits[:frames]]
    zero: Any = -np.inf if log else mpmath.mpf(0)
    one: Any = logits.dtype.type(0) if log else mpmath.mpf(1)
    left = {(k, last): one if k == count else zero for k in range(count + 1) for last in (0, 1)}
    for row in reversed(rows):
        now = {}
        for k in range(count + 1):  # labels given; last: whether the frame before was the k-th
            for last in (0, 1):
                ways = [_times(row[blank], left[k, 0], log=log)]
                if last and k:
                    ways.append(_times(row[word[k - 1]], left[k, 1], log=log))
                if k < count and not (last and k and word[k] == word[k - 1]):
                    ways.append(_times(row[word[k]], left[k + 1, 1], log=log))
                now[k, last] = np.logaddexp.reduce(ways) if log else sum(ways)
        left = now
    total = left[0, 0]
    return (np.asarray(-total if log else -mpmath.log(total)),)


def shares(row: NDArray, *, log: bool) -> NDArray:
    """Softmax of one row, or its logarithm."""
    if log:
        step = row - row.max()
        return np.asarray(step - np.log(np.exp(step).sum()))
    powers = [mpmath.exp(x - max(row)) for x in row]
    return np.array([power / sum(powers) for power in powers], dtype=object)


def _times(x: Any, y: Any, *, log: bool) -> Any:
    return x + y if log else x * y


def ctc_gradient(
    logits: NDArray, labels: NDArray, label_length: NDArray, logit_length: NDArray, *,
    blank_index: int,
) -> Answer:  # fmt: skip
    """Shares, less the part of the probability of the labels that has each class in each frame.

    That is what it is where the frame has this class alone: all of these side by side.
    """
    frames, count = int(logit_length[0]), int(label_length[0])
    classes, log = logits.shape[1], logits.dtype != object
    blank = blank_index % classes
    states = [blank, *(s for label in labels[:count] for s in (int(label), blank))]
    zero: Any = -np.inf if log else mpmath.mpf(0)
    found = logits * 0
    if not frames:
        return (found,)
    rows = np.stack([shares(row, log=log) for row in logits[:frames]])
    alone = np.array(np.broadcast_to(rows, (frames, classes, frames, classes)))
    for t in range(frames):
        for k in range(classes):
            others = np.arange(classes) != k
            alone[t, k, t, others] = zero
    parts = _likelihood(alone.reshape(-1, frames, classes), states, blank, zero, log=log)
    whole = _likelihood(rows[None], states, blank, zero, log=log)[0]
    there = np.exp(parts - whole) if log else parts / whole
    share = np.exp(rows) if log else rows
    found[:frames] = share - there.reshape(frames, classes)
    return (found,)


def _likelihood(rows: NDArray, states: list[int], blank: int, zero: Any, *, log: bool) -> NDArray:
    """Of the labels, for several arrays of shares (V, T, C), or logarithms of them: (V,)."""
    add = np.logaddexp if log else np.add
    now = [rows[:, 0, s] if i < 2 else np.full(len(rows), zero) for i, s in enumerate(states)]
    for t in range(1, rows.shape[1]):
        before = now
        now = []
        for i, state in enumerate(states):
            total = before[i]
            if i > 0:
                total = add(total, before[i - 1])
            if i > 1 and state not in (blank, states[i - 2]):
                total = add(total, before[i - 2])
            now.append(_times(total, rows[:, t, state], log=log))
    return np.asarray(now[-1] if len(states) == 1 else add(now[-1], now[-2]))

"""Exact gradients by logits of losses of connectionist temporal classification, in balls.

An entry is the share that softmax gives a class in a frame, less the probability that an alignment
of the labels is at that class in that frame (Graves et al. 2006, equation 16). Forward and backward
recursion over 2 L + 1 states, of probabilities themselves, which balls do not lose to underflow.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from flint import arb
from numpy.typing import NDArray

from references.alignments import asked, shares, sizes
from references.statistics import Parts, enclosed, told
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
Rows = Sequence[Sequence[arb]]


def ctc_loss(
    logits: Array, labels: Array, label_length: Array, logit_length: Array, *,
    blank_index: int, level: int = 0,
) -> Truth:  # fmt: skip
    """Shares less occupations (B, T, C), zero beyond the last frame; none where no walk exists.

    Quantities: `share`, of softmax, and `distance`, its logarithm's size; `visited`, how probable
    it is that alignments are there; `path`, what rounding recursions in logarithms may add to the
    logarithm of that, in eps: of shape (B, T, C) all; (B,): `chosen`, the largest logarithm of a
    single probability, `sure`, the largest of `path`, and `loss`.
    """
    finite, words, frames, exists = asked(logits, labels, label_length, logit_length)
    blank = blank_index % logits.shape[2]
    visited, loss = np.zeros(logits.shape), np.zeros(len(logits))

    def compute(i: int) -> Parts:
        rows = [shares(row) for row in logits[i, : frames[i]].tolist()]
        there, whole = occupations(rows, words[i], blank)
        visited[i, : frames[i]] = [list(map(float, row)) for row in there]
        loss[i] = abs(float(whole.log()))
        found = [
            y - o for pair in zip(rows, there, strict=True) for y, o in zip(*pair, strict=True)
        ]
        # a one beside them, so that what cancels beyond all digits is known to be next to nothing
        return ([*found, *(arb(0) for _ in range(logits[i].size - len(found))), arb(1)],)

    (wide,) = enclosed(compute, exists, ((logits[0].size + 1,),), level)
    hi, lo, radius = (
        side[:, :-1].reshape(logits.shape) for side in (wide.hi, wide.lo, wide.radius)
    )
    part = Enclosure(hi, lo, radius, wide.exponent)
    inside = (np.arange(logits.shape[1]) < frames[:, None])[..., None] & np.ones(logits.shape, bool)
    with np.errstate(all="ignore"):
        steps = logits.max(axis=2, keepdims=True) - logits
        distance = steps + np.log(np.exp(-steps).sum(axis=2, keepdims=True))
    both = [sizes(logits[i, : frames[i]], word, blank) for i, word in enumerate(words)]
    chosen = np.array([size for _, size in both])
    path = np.array([_path(*both[i], frames[i], words[i]) for i in range(len(words))])
    path += logits.shape[2]
    known = {
        "share": np.where(inside, np.exp(-distance), 0.0),
        "distance": np.where(inside, distance, 0.0),
        "visited": visited,
        "path": np.where(inside, path[:, None, None], 0.0),
    }
    there = exists | ~finite
    return told((part,), known, finite, exists=there, chosen=chosen, sure=path, loss=loss)


def _path(size: float, chosen: float, frames: int, word: Sequence[int]) -> float:
    """What the logarithm of an occupation may be off by, in eps: see docs/bounds.md."""
    return 2 * size + 3 * chosen * frames + 8 * (2 * len(word) + 1) + 40


def occupations(rows: Rows, word: Sequence[int], blank: int) -> tuple[list[list[arb]], arb]:
    """The probability of each class in each frame, given the labels; and that of the labels."""
    states = [blank, *(state for label in word for state in (label, blank))]
    skips = [s > 1 and states[s] not in (blank, states[s - 2]) for s in range(len(states))]
    before = _walked(rows, states, skips)
    after = [x[::-1] for x in _walked(rows[::-1], states[::-1], _turned(skips))[::-1]]
    found, total = [], arb(1)
    for row, here, there in zip(rows, before, after, strict=True):
        total = sum((a * b / row[k] for a, b, k in zip(here, there, states, strict=True)), arb(0))
        line = [arb(0) for _ in row]
        for a, b, k in zip(here, there, states, strict=True):
            line[k] = line[k] + a * b / row[k] / total
        found.append(line)
    return found, total


def _turned(skips: Sequence[bool]) -> list[bool]:
    """The same of the states in reverse order: from s to s - 2 backwards is from s - 2 to s."""
    n = len(skips)
    return [t > 1 and skips[n - 1 - (t - 2)] for t in range(n)]


def _walked(rows: Rows, states: Sequence[int], skips: Sequence[bool]) -> list[list[arb]]:
    """The probabilities of having come to each state by each frame, that frame's included."""
    found = list[list[arb]]()
    for row in rows:
        now = []
        for s, state in enumerate(states):
            if not found:
                total = arb(int(s < 2))
            else:
                before = found[-1]
                total = before[s] + (before[s - 1] if s > 0 else 0)
                total = total + (before[s - 2] if skips[s] else 0)
            now.append(total * row[state])
        found.append(now)
    return found

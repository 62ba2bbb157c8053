"""Exact losses of connectionist temporal classification: sums over alignments, in balls.

A sequence of labels has the probability that a walk over the frames, class by class as softmax has
it, gives it once repeated classes are one and blanks are left out (Graves et al. 2006). Forward
recursion over 2 L + 1 states, each a label or a blank between labels; ball arithmetic has no
underflow, so probabilities themselves are summed.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from flint import arb
from numpy.typing import NDArray

from references.balls import finite_members
from references.statistics import Parts, enclosed, told
from references.truth import Truth

Array = NDArray[np.float64]


class Asked(NamedTuple):
    """Which members are finite, the word of each, its frames (B,), and if some walk gives it."""

    finite: NDArray[np.bool_]
    words: list[list[int]]
    frames: NDArray[np.int64]
    exists: NDArray[np.bool_]


def asked(logits: Array, labels: Array, label_length: Array, logit_length: Array) -> Asked:
    """What a stack asks for; a label that comes twice in a row needs a blank between."""
    finite = finite_members(logits, labels, label_length, logit_length)
    kept = [np.where(finite[:, None], a, 0).astype(int) for a in (labels, label_length)]
    frames = np.where(finite, logit_length[:, 0], 0).astype(int)
    words = [row[:n].tolist() for row, (n,) in zip(kept[0], kept[1].tolist(), strict=True)]
    needed = np.array([len(w) + sum(a == b for a, b in pairwise(w)) for w in words])
    return Asked(finite, words, frames, finite & (needed <= frames))


def ctc_loss(
    logits: Array, labels: Array, label_length: Array, logit_length: Array, *,
    blank_index: int, level: int = 0,
) -> Truth:  # fmt: skip
    """Minus the logarithm of the probability of the labels (B,); none where no walk gives them.

    Quantities (B,): `loss`; `rounded`, what rounding a recursion in logarithms may add, in eps;
    `chosen`, the largest of the sizes of logarithms of single probabilities.
    """
    finite, words, frames, exists = asked(logits, labels, label_length, logit_length)
    blank = blank_index % logits.shape[2]

    def compute(i: int) -> Parts:
        rows = [shares(row) for row in logits[i, : frames[i]].tolist()]
        return ([-probability(rows, words[i], blank).log()],)

    (part,) = enclosed(compute, exists, ((),), level)
    known = [sizes(logits[i, : frames[i]], words[i], blank) for i in range(len(logits))]
    loss = np.abs(np.ldexp(part.hi, part.exponent))
    rounded = np.array([size for size, _ in known]) + 0.5 * loss + 8
    quantities = {"loss": loss, "rounded": rounded, "chosen": np.array([c for _, c in known])}
    return told((part,), quantities, finite, exists=exists | ~finite)


def shares(row: Sequence[float]) -> list[arb]:
    """Softmax of one row."""
    top = max(row)
    powers = [(arb(x) - arb(top)).exp() for x in row]
    total = sum(powers, arb(0))
    return [power / total for power in powers]


def probability(rows: Sequence[Sequence[arb]], word: Sequence[int], blank: int) -> arb:
    """Of the labels, by the forward recursion; of no label where there is no frame, 1."""
    states = [blank, *(state for label in word for state in (label, blank))]
    now = [arb(1), *(arb(0) for _ in states[1:])]  # before the first frame: at the first blank
    start = True
    for row in rows:
        before = now
        now = []
        for s, state in enumerate(states):
            total = before[s]
            if s > 0:
                total = total + before[s - 1]
            if s > 1 and state not in (blank, states[s - 2]):
                total = total + before[s - 2]
            now.append(total * row[state] if not start or s < 2 else arb(0))
        start = False
    return now[-1] + (now[-2] if len(now) > 1 else arb(0))


def sizes(rows: Array, word: Sequence[int], blank: int) -> tuple[float, float]:
    """What rounding may add, and the largest logarithm of a share: see docs/bounds.md."""
    if not len(rows):
        return 0.0, 0.0
    used = sorted({blank, *word})
    with np.errstate(all="ignore"):
        steps = rows.max(axis=1, keepdims=True) - rows
        sizes = steps[:, used].max(axis=1) + np.log(np.exp(-steps).sum(axis=1))
    peaks = max(float(np.cumsum(sizes).sum()), float(np.cumsum(sizes[::-1]).sum()))
    classes = rows.shape[1]
    return float(2.5 * sizes.sum()) + len(rows) * (0.7 * classes + 16) + 1.5 * peaks, sizes.max()

"""The likeliest sequences of labels, in balls: every sequence that the frames allow is followed.

What a beam search finds that drops none of them. Each has the probability that references/
alignments.py gives it; the blank is the last class (Graves 2012, section 7.5).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import mpmath
import numpy as np
from flint import arb
from numpy.typing import NDArray

from references.alignments import shares, sizes
from references.arrangements import moved
from references.balls import finite_members
from references.decoders import collapsed
from references.numeric import Answer
from references.numeric_alignments import shares as shares_in_numbers
from references.statistics import Parts, enclosed, told
from references.truth import Truth

Array = NDArray[np.float64]
Word = tuple[int, ...]
COARSEST = 2.0**-22  # twice the eps of float32


def ctc_beam_search_decoder(
    logits: Array, logit_length: Array, *, beam_width: int, top_paths: int, level: int = 0
) -> Truth:
    """Paths (B, k, T), -1 where they have ended, and their log probabilities (B, k).

    Paths are unknown where balls do not part them. Quantities: `rounded` (B, k), what rounding may
    add to a logarithm, in eps; (B,): `closeness`, the same of two paths over what lies between
    them, the largest; `shift`, the largest |logit|. None depends on the width, nor does the answer.
    """
    finite = finite_members(logits, logit_length)
    count = np.where(finite, logit_length[:, 0], 0).astype(int)
    paths = np.full((len(logits), top_paths, logits.shape[1]), -1.0)
    names = ("rounded", "closeness", "shift")
    known = {name: np.full(len(logits), np.inf) for name in names}
    known["rounded"] = np.full((len(logits), top_paths), np.inf)

    def compute(i: int) -> Parts:
        rows = logits[i, : count[i]]
        found = logarithms(words([shares(row) for row in rows.tolist()]))
        order = sorted(found, key=lambda word: found[word].mid(), reverse=True)
        for k, word in enumerate(order[:top_paths]):
            paths[i, k] = -1.0
            paths[i, k, : len(word)] = word
        values = (*_resolved(rows, order, found, top_paths), np.abs(rows).max(initial=0.0))
        for name, value in zip(names, values, strict=True):
            known[name][i] = value
        low, high = (
            sorted((end(log) for log in found.values()), reverse=True)[:top_paths]
            for end in (arb.lower, arb.upper)
        )
        return ([a.union(b) for a, b in zip(low, high, strict=True)],)

    (logs,) = enclosed(compute, finite, ((top_paths,),), level)
    (part,) = moved(paths, logits).parts
    tied = np.isinf(known["closeness"])[:, None, None]
    part = replace(part, radius=np.where(tied, np.inf, part.radius))
    return told((part, logs), known, finite)


def words(rows: Sequence[Sequence[arb]]) -> dict[Word, arb]:
    """The probability of each sequence that is not impossible, of shares frame by frame."""
    before: dict[Word, list[arb]] = {(): [arb(1), arb(0)]}  # that end in a blank, in a label
    for *labels, blank in rows:
        now: dict[Word, list[arb]] = defaultdict(lambda: [arb(0), arb(0)])
        for word, (still, last) in before.items():
            total = still + last
            now[word][0] += total * blank
            for label, share in enumerate(labels):
                again = word[-1:] == (label,)
                if again:
                    now[word][1] += last * share
                new = still if again else total
                if not new.is_zero():
                    now[(*word, label)][1] += new * share
        before = now
    return {word: still + last for word, (still, last) in before.items()}


def logarithms(chances: dict[Word, arb]) -> dict[Word, arb]:
    """Logarithms of probabilities with sum 1: of one above a half, by the sum of the others."""
    found = {}
    for word, chance in chances.items():
        if chance > 0.5:
            rest = sum((other for key, other in chances.items() if key != word), arb(0))
            found[word] = (-rest).log1p()
        else:
            found[word] = chance.log()
    return found


def _resolved(
    rows: Array, order: Sequence[Word], found: dict[Word, arb], top: int
) -> tuple[Array, float]:
    """What rounding may add to each of the largest logarithms, in eps, and the closeness.

    The k-th largest of computed numbers falls no further than the worst of the k first ones, and
    rises no higher than one behind them, less what that lies behind.
    """
    blank = rows.shape[1] - 1
    by_classes: dict[frozenset[int], float] = {}
    errors = list[float]()
    for word in order:
        used = frozenset(word)
        if used not in by_classes:
            by_classes[used] = sizes(rows, sorted(used), blank)[0]
        errors.append(by_classes[used] + 0.5 * abs(float(found[word])) + 8)
    rounded, closeness = np.maximum.accumulate(errors[:top]), 0.0
    for k, word in enumerate(order[:top]):
        for error, other in zip(errors[k + 1 :], order[k + 1 :], strict=True):
            gap = max(float((found[word] - found[other]).lower()), 0.0)
            rounded[k] = max(rounded[k], error - gap / COARSEST)
            closeness = max(closeness, (errors[k] + error) / gap if gap else np.inf)
    return rounded, closeness


def beam_in_numbers(
    logits: NDArray, logit_length: NDArray, *, beam_width: int, top_paths: int
) -> Answer:
    """One member, by all alignments one by one, in floats or in mpmath's numbers."""
    log = logits.dtype != object
    rows = [shares_in_numbers(row, log=log) for row in logits[: int(logit_length[0])]]
    found: dict[Word, list[Any]] = defaultdict(list)
    for alignment in product(range(logits.shape[1]), repeat=len(rows)):
        steps = [row[label] for row, label in zip(rows, alignment, strict=True)]
        word = tuple(collapsed(alignment, logits.shape[1] - 1, merge_repeated=True))
        found[word].append(sum(steps) if log else mpmath.fprod(steps))
    add: Callable[[Any], Any] = np.logaddexp.reduce if log else mpmath.fsum
    totals = {word: add(several) for word, several in found.items()}
    order = sorted(totals, key=lambda word: totals[word], reverse=True)[:top_paths]
    if log:
        values = [totals[word] for word in order]
    else:  # numbers near 1 by what is missing
        rest = [add([t for key, t in totals.items() if key != word]) for word in order]
        values = [
            mpmath.log1p(-r) if r < 0.5 else mpmath.log(totals[word])
            for word, r in zip(order, rest, strict=True)
        ]
    paths = [[*word, *[-1] * (len(logits) - len(word))] for word in order]
    return np.array(paths, logits.dtype) + 0 * logits[:, 0], np.array(values, logits.dtype)

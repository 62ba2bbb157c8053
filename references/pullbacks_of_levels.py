"""What comes from above on its way back through isotonic regression: means over steps, exactly.

A level is the mean of the entries of its step, so by each of them its derivative is one over their
number, as long as a small change of the entries leaves the steps what they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, pairwise

import numpy as np
from flint import arb, fmpq
from numpy.typing import NDArray

from references.balls import finite_members
from references.statistics import Parts, enclosed, pooled, told
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]


def isotonic_regression(
    inputs: Array, above: Array, *, decreasing: bool = True, axis: int = -1, level: int = 0
) -> Truth:
    """The mean of what comes from above, over the step of each entry.

    Quantities: `size`, the mean of the absolute values, and `terms`, how many they are, of the
    shape of the inputs; (B,): `largest`, of the entries; `margin`, the least by which levels
    differ or by which the mean of a beginning of a step lies on the wrong side of that of the
    rest; `top` and `whole`, sums of |above| of a row and of all, `formed`, the largest of sums.
    """
    finite = finite_members(inputs, above)
    rows, given = (np.moveaxis(a, axis, -1) for a in (inputs, above))
    flat, weights = (a.reshape(len(a), -1, a.shape[-1]) for a in (rows, given))
    size, terms, margin = np.zeros(flat.shape), np.ones(flat.shape), np.zeros(len(flat))

    def compute(i: int) -> Parts:
        means, least = list[arb](), list[Fraction]()
        for k, (row, w) in enumerate(zip(flat[i].tolist(), weights[i].tolist(), strict=True)):
            counts = [count for _, count in pooled(row, decreasing=decreasing)]
            least.append(clearance(row, counts, decreasing=decreasing))
            for end, count in zip(accumulate(counts), counts, strict=True):
                part = w[end - count : end]
                mean = sum(map(Fraction, part), Fraction(0)) / count
                means += [arb(fmpq(mean.numerator, mean.denominator))] * count
                size[i, k, end - count : end] = np.abs(np.array(part) / count).sum()
                terms[i, k, end - count : end] = count
        margin[i] = min(*least, Fraction(2) ** 1000) * (1 - Fraction(1, 2**40))
        return (means,)

    def back(side: Array) -> Array:
        return np.ascontiguousarray(np.moveaxis(side.reshape(rows.shape), -1, axis))

    (part,) = enclosed(compute, finite, (flat.shape[1:],), level)
    whole = Enclosure(back(part.hi), back(part.lo), back(part.radius), part.exponent)
    known = {"size": back(size), "terms": back(terms)}
    largest = np.abs(flat).max(axis=(1, 2), initial=0.0)
    with np.errstate(over="ignore"):
        total = np.abs(weights).sum(axis=2)
        tops = {"top": total, "whole": total.sum(axis=1), "formed": largest * flat.shape[2]}
    return told((whole,), known, finite, largest=largest, margin=margin, **tops)


def clearance(row: Sequence[float], counts: Sequence[int], *, decreasing: bool) -> Fraction:
    """The least difference between levels, and of means within a step: how sure the steps are."""
    numbers = [Fraction(x) if decreasing else -Fraction(x) for x in row]
    found, levels = list[Fraction](), list[Fraction]()
    for end, count in zip(accumulate(counts), counts, strict=True):
        step = numbers[end - count : end]
        sums = list(accumulate(step))
        levels.append(sums[-1] / count)
        found += [
            (sums[-1] - first) / (count - k) - first / k for k, first in enumerate(sums[:-1], 1)
        ]
    found += [a - b for a, b in pairwise(levels)]
    return min(found, default=Fraction(2) ** 1000)

"""Gradients by logits of the losses that have a sigmoid, entry by entry in balls (python-flint).

With s the sigmoid, both are (1 - z) s(x) - q z s(-x), z the labels and q the weight of what is
positive: where a label is sure one of both is left alone.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from flint import arb
from numpy.typing import NDArray

from references import row_balls
from references.losses import by_entry, faintest
from references.truth import Truth

Array = NDArray[np.float64]


def sigmoid_cross_entropy(labels: Array, logits: Array, *, level: int = 0) -> Truth:
    """s(x) - z, as (1 - z) s(x) - z s(-x)."""
    return weighted_cross_entropy(labels, logits, level=level)


def weighted_cross_entropy(
    labels: Array, logits: Array, *, pos_weight: float = 1.0, level: int = 0
) -> Truth:
    """(1 - z) s(x) - q z s(-x).

    Quantities: sides, the sum of both; size, the absolute value; (B,): faint, the smallest sum of
    those with a label of zero or one.
    """

    def formula(z: float, x: float) -> arb:
        small = row_balls.powers([arb(-abs(x))])[0]
        sides = [1 / (1 + small), small / (1 + small)]
        positive, negative = sides if x >= 0 else sides[::-1]
        return (1 - arb(z)) * positive - arb(pos_weight) * z * negative

    def quantities(z: Array, x: Array) -> dict[str, Array]:
        small = np.exp(-np.abs(x))
        near, far = 1 / (1 + small), small / (1 + small)
        positive, negative = np.where(x >= 0, [near, far], [far, near])
        return {"sides": (1 - z) * positive + pos_weight * z * negative}

    truth = by_entry(labels, logits, formula, quantities, level)
    sides = truth.quantities["sides"].lower
    faint = faintest(sides, (labels == 0) | (labels == 1))
    return replace(truth, quantities={**truth.quantities, "faint": faint})

"""Losses against mpmath, by hand, and at the ends of the range."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from properties.bits import Bits
from properties.labels import labelled, targeted
from properties.makers import Recipe
from references import losses, numeric_losses
from references.audits import disagreement
from references.audits_numeric import audited
from references.truth import Truth
from tests.exactness import normal

LOGITS = np.concatenate([normal(1, 2, 3, 4), 50 * normal(2, 2, 3, 4), 1e8 * normal(3, 1, 3, 4)])
SHARES = np.tile([[0.5, 0.25, 0.25], [1.0, 0.0, 0.0]], (10, 2))[:5, :].reshape(5, 3, 2)
LABELS = np.concatenate([SHARES, 0 * SHARES], axis=2)
LABELS[:, :, 3] = 1 - LABELS.sum(axis=2)
CLASSES = np.tile([0.0, 3.0, 1.0], (5, 1))
TARGETS = np.tile([0.0, 0.125, 0.5, 1.0], (5, 3, 1))
CALLS = {
    "softmax_cross_entropy": ((LABELS, LOGITS), {"axis": -1}),
    "sparse_softmax_cross_entropy": ((CLASSES, LOGITS), {}),
    "sigmoid_cross_entropy": ((TARGETS, LOGITS), {}),
    "weighted_cross_entropy": ((TARGETS, LOGITS), {"pos_weight": 3.0}),
    "l2_loss": ((LOGITS,), {}),
}


def value(truth: Truth, member: int) -> np.ndarray:
    part = truth.parts[0]
    return np.ldexp(part.hi[member], int(part.exponent[member]))


@pytest.mark.parametrize("level", [0, 2])
@pytest.mark.parametrize("name", CALLS)
def test_mpmath_lies_within_the_truth(name, level):
    inputs, arguments = CALLS[name]
    truth = getattr(losses, name)(*inputs, level=level, **arguments)
    function = getattr(numeric_losses, name)
    for i in range(5):
        member = [array[i] for array in inputs]
        parts = audited(function)(*member, **arguments)
        assert disagreement(parts, truth, i) == 0
        assert np.isfinite(truth.parts[0].radius[i]).all()
        opinion = function(*member, **arguments)[0]
        size = np.abs(value(truth, i)) + np.abs(member[-1]).max()
        assert (np.abs(opinion - value(truth, i)) <= 1e-14 * size).all()


def test_losses_by_hand():
    half = losses.softmax_cross_entropy(np.array([[0.5, 0.5]]), np.zeros((1, 2)))
    assert abs(value(half, 0) - np.log(2)) < 1e-16
    sure = losses.sparse_softmax_cross_entropy(np.array([1.0]), np.array([[1e5, 0.0]]))
    assert value(sure, 0) == 1e5
    entry = losses.sigmoid_cross_entropy(np.array([[1.0, 0.0]]), np.array([[-700.0, -700.0]]))
    assert value(entry, 0)[0] == 700
    assert abs(value(entry, 0)[1] / float(mpmath.exp(-700)) - 1) < 1e-15
    weighted = losses.weighted_cross_entropy(np.array([[1.0]]), np.array([[-2.0]]), pos_weight=3.0)
    assert abs(value(weighted, 0)[0] - 3 * np.log1p(np.exp(2.0))) < 1e-14
    assert value(losses.l2_loss(np.array([[3.0, 4.0]])), 0) == 12.5


def test_quantities_are_those_of_the_formulas():
    z, x = np.array([[0.25]]), np.array([[-8.0]])
    found = losses.weighted_cross_entropy(z, x, pos_weight=3.0).quantities
    known = {"first": 6.0, "factor": 0.5, "weight": 1.5, "below": 8.0, "tail": np.log1p(np.exp(-8))}
    for name, exact in known.items():
        assert found[name].lower[0, 0] <= exact <= found[name].upper[0, 0]
        assert found[name].upper[0, 0] <= exact * (1 + 1e-11)
    row = losses.softmax_cross_entropy(np.array([[0.25, 0.75]]), np.array([[3.0, 1.0]])).quantities
    assert row["labelled"].lower[0] <= 1.5 <= row["labelled"].upper[0]


def test_the_largest_logits_have_losses_where_these_are_in_the_range():
    top = np.finfo(np.float64).max
    truth = losses.softmax_cross_entropy(np.array([[0.75, 0.25]]), np.array([[top, -top]]))
    assert truth.parts[0].exponent[0] > 0
    found = truth.parts[0].hi[0] * 2.0 ** int(truth.parts[0].exponent[0] - 1)
    assert found == top / 4
    bad = losses.sigmoid_cross_entropy(np.array([[0.5]]), np.array([[np.nan]]))
    assert not bad.exists[0]
    assert np.isinf(bad.parts[0].radius[0, 0])


@pytest.mark.parametrize("axis", [-1, 1])
def test_labels_share_one_without_rounding(axis):
    arguments = (("axis", axis),)
    recipe = Recipe("labelled logits", 64, (3, 5), "ordinary", 0, 0, "bfloat16", 7, arguments)
    made = labelled(recipe, Bits(7, np.arange(64)))
    shares, logits = made.inputs
    assert shares.shape == logits.shape == (64, 3, 5)
    assert (shares.sum(axis=axis) == 1).all()
    assert (shares >= 0).all()
    sure = (shares.max(axis=axis) == 1).all(axis=1)
    assert 5 < sure.sum() < 50
    whole = targeted(recipe._replace(arguments=()), Bits(7, np.arange(64))).inputs[0]
    assert set(np.unique(whole * 8)) == set(range(9))

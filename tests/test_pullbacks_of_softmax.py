"""Gradients of softmax, its logarithm and of cross-entropies: by rationals, by hand, by mpmath."""

from __future__ import annotations

import math

import numpy as np
import pytest
from flint import arb, ctx

from properties.bits import Bits
from properties.makers import Recipe
from properties.pulled import WORDS, logits_and_above
from references import pullbacks_of_losses, pullbacks_of_softmax
from references import pullbacks_of_softmax_opinions as opinions
from references.audits import disagreement
from references.audits_numeric import audited
from references.truth import Truth
from tests.exactness import normal

LOGITS = np.concatenate([normal(1, 2, 3, 4), 50 * normal(2, 2, 3, 4), 1e8 * normal(3, 1, 3, 4)])
ABOVE = np.concatenate([normal(4, 4, 3, 4), 1e300 * normal(5, 1, 3, 4)])
LABELS = np.zeros((5, 3, 4))
LABELS[:, 0, 1], LABELS[:, 1, ::2], LABELS[:, 2] = 1, 0.5, [0.125, 0.375, 0.5, 0]
CLASSES = np.tile([0.0, 3.0, 1.0], (5, 1))
TARGETS = np.tile([0.0, 0.125, 0.5, 1.0], (5, 3, 1))
CALLS = {
    "softmax": ((LOGITS, ABOVE), {"axis": -1}),
    "log_softmax": ((LOGITS, ABOVE), {"axis": 1}),
    "softmax_cross_entropy": ((LABELS, LOGITS), {"axis": -1}),
    "sparse_softmax_cross_entropy": ((CLASSES, LOGITS), {}),
    "sigmoid_cross_entropy": ((TARGETS, LOGITS), {}),
    "weighted_cross_entropy": ((TARGETS, LOGITS), {"pos_weight": 3.0}),
}


def reference(name: str) -> object:
    """The reference of this name."""
    own = "sigmoid" in name or "weighted" in name
    return getattr(pullbacks_of_losses if own else pullbacks_of_softmax, name)


def exact(truth: Truth, part: int = 0) -> np.ndarray:
    """What the first member is, to float64."""
    found = truth.parts[part]
    return np.ldexp(found.hi[0], int(found.exponent[0]))


@pytest.mark.parametrize("level", [0, 2])
@pytest.mark.parametrize("name", CALLS)
def test_mpmath_lies_within_the_truth(name, level):
    inputs, arguments = CALLS[name]
    truth = reference(name)(*inputs, level=level, **arguments)
    function = getattr(opinions, name)
    for i in range(5):
        member = [array[i] for array in inputs]
        assert disagreement(audited(function)(*member, **arguments), truth, i) == 0
        answer = function(*member, **arguments)
        for part, opinion in zip(truth.parts, answer, strict=True):
            assert np.isfinite(part.radius[i]).all()
            found = np.ldexp(part.hi[i], int(part.exponent[i]))
            size = np.abs(member[0]).max() + np.abs(member[1]).max()
            assert (np.abs(opinion - found) <= 1e-14 * size).all()


def test_of_equal_logits_shares_are_rational():
    x, w = np.full((1, 4), 7.0), np.array([[1.0, -2.0, 4.0, 5.0]])
    assert exact(pullbacks_of_softmax.softmax(x, w)).tolist() == [-0.25, -1, 0.5, 0.75]
    assert exact(pullbacks_of_softmax.log_softmax(x, w)).tolist() == [-1, -4, 2, 3]
    labels = np.array([[0.0, 0.25, 0.75, 0.0]])
    both = pullbacks_of_softmax.softmax_cross_entropy(labels, x)
    assert exact(both, 1).tolist() == [0.25, 0, -0.5, 0.25]
    assert exact(both, 0).tolist() == [math.log(4)] * 4
    one = pullbacks_of_softmax.sparse_softmax_cross_entropy(np.array([2.0]), x)
    assert exact(one).tolist() == [0.25, 0.25, -0.75, 0.25]


def test_what_is_sure_keeps_the_digits_of_what_it_is_not():
    """exp(-30)/(1 + exp(-30)), of which 1 - s has none left."""
    small = math.exp(-30) / (1 + math.exp(-30))
    one = pullbacks_of_softmax.sparse_softmax_cross_entropy(np.zeros(1), np.array([[0.0, -30.0]]))
    assert np.abs(exact(one) / [-small, small] - 1).max() < 1e-15
    assert abs(one.quantities["faint"].upper[0] / small - 1) < 1e-11
    entry = pullbacks_of_losses.sigmoid_cross_entropy(np.array([[1.0, 0.0]]), np.full((1, 2), 30.0))
    assert np.abs(exact(entry)[0] / -small - 1) < 1e-15
    assert exact(entry)[1] == 1 - small
    assert abs(entry.quantities["faint"].upper[0] / small - 1) < 1e-11


def test_a_logit_of_zero_is_no_corner():
    labels = np.array([[0.0, 0.25, 0.5, 1.0]])
    found = pullbacks_of_losses.weighted_cross_entropy(labels, 0 * labels, pos_weight=3.0)
    assert exact(found).tolist() == [0.5, 0, -0.5, -1.5]


def test_a_mean_that_leaves_nothing_is_known_by_its_terms():
    """What comes from above has two opposite neighbours of one share: nothing is left of the third.

    Zero in exact arithmetic, and no ball of some precision says so.
    """
    x, w = np.log(np.array([[3.0, 3.0, 5.0]])), np.array([[1.0, -1.0, 0.0]])
    part = pullbacks_of_softmax.softmax(x, w).parts[0]
    assert abs(part.hi[0, 2]) < part.radius[0, 2] < 2.0**-60
    level = pullbacks_of_softmax.softmax(x, np.full((1, 3), 1e10)).parts[0]
    assert (np.abs(level.hi) <= level.radius).all()
    assert (level.radius < 1e10 * 2.0**-60).all()


def test_sums_of_large_numbers_from_above_do_not_overflow():
    top = np.finfo(np.float64).max
    found = pullbacks_of_softmax.log_softmax(np.zeros((1, 4)), np.array([[top, top, top, -top]]))
    part = found.parts[0]
    assert part.exponent[0] == pullbacks_of_softmax.SHRUNK
    assert np.ldexp(part.hi[0], 15).tolist() == [top / 4] * 3 + [-0.75 * top]
    bad = pullbacks_of_softmax.softmax(np.array([[np.nan, 0.0]]), np.ones((1, 2)))
    assert not bad.exists[0]
    assert np.isinf(bad.parts[0].radius).all()


def test_quantities_are_sums_of_what_they_say():
    x, w = np.array([[1.0, 0.0, -2.0]]), np.array([[1.0, -3.0, 0.5]])
    found = pullbacks_of_softmax.softmax(x, w).quantities
    saved, ctx.prec = ctx.prec, 200
    try:
        powers = [arb(y).exp() for y in x[0].tolist()]
        shares = [float(p / sum(powers, arb(0))) for p in powers]
    finally:
        ctx.prec = saved
    mean = float(np.dot(shares, 1 - x[0]))
    stretch = (1 - x[0] + mean) / 2
    known = {"mean": np.dot(shares, np.abs(w[0])), "total": 4.5, "top": 3.0,
             "moved": np.dot(shares, np.abs(w[0]) * stretch),
             "moved_twice": np.dot(shares, np.abs(w[0]) * stretch**2)}  # fmt: skip
    for name, value in known.items():
        assert abs(found[name].upper.item() / value - 1) < 1e-11
    classes = pullbacks_of_softmax.sparse_softmax_cross_entropy(np.zeros(1), x).quantities
    others = [shares[1] + shares[2], shares[0] + shares[2], shares[0] + shares[1]]
    assert np.abs(classes["others"].upper[0] / others - 1).max() < 1e-11


@pytest.mark.parametrize("axis", [-1, 1])
def test_what_comes_from_above_is_of_four_kinds(axis):
    arguments = (("axis", axis),)
    recipe = Recipe("logits and above", 64, (3, 5), "ordinary", 0, 3, "bfloat16", 7, arguments)
    made = logits_and_above(recipe, Bits(7, np.arange(64)))
    x, above = made.inputs
    kinds = made.traits["from_above"]
    assert x.shape == above.shape == (64, 3, 5)
    assert set(kinds) == set(WORDS)
    assert (np.count_nonzero(above[kinds == "one"], axis=axis) == 1).all()
    level = np.abs(above[kinds == "level"]).max(axis=axis) / np.abs(above[kinds == "level"]).min(
        axis=axis
    )
    assert (level <= 1 + 3 * 2.0**-7).all()
    paired = np.moveaxis(above[kinds == "centred"], axis, -1)
    assert (paired[..., 0] == -paired[..., 1]).all()

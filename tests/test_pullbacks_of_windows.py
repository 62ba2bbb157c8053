"""Gradients of convolutions, pools, responses, moments and alignments: by hand, by mpmath."""

from __future__ import annotations

import numpy as np
import pytest

from properties.dtypes import DTYPES
from properties.examine import truth_of
from properties.nn.pool_gradients import totals
from properties.registry import routines
from properties.routine import Case
from references import (
    alignments,
    pullbacks_of_alignments,
    pullbacks_of_levels,
    pullbacks_of_moments,
)
from references import pullbacks_of_responses as responses
from references import pullbacks_of_windows as windows
from references.audits import disagreement
from references.truth import Truth
from tests.test_rest_of_linalg import problems

NAMES = (
    "nn.conv1d.gradient_filter", "nn.conv2d.gradient_filter", "nn.conv3d.gradient_filter",
    "nn.avg_pool.gradient", "nn.max_pool.gradient", "nn.max_pool_with_argmax.gradient",
    "nn.dilation2d.gradient",
    "nn.local_response_normalization.gradient", "nn.batch_normalization.gradient",
    "nn.moments.gradient", "nn.ctc_loss.gradient", "nn.sparse.ctc_loss.gradient",
    "nn.isotonic_regression.gradient",
)  # fmt: skip
LINE = {"ksize": (2,), "strides": (1,), "padding": "VALID"}


def value(truth: Truth, part: int = 0) -> np.ndarray:
    """The centre of the first member."""
    found = truth.parts[part]
    return (found.hi[0] + found.lo[0]) * 2.0 ** found.exponent[0]


def test_filters_meet_what_their_windows_met():
    x = np.array([[[1.0], [2.0], [4.0]]])
    above = np.array([[[1.0], [10.0], [100.0]]])
    options = {"filter_shape": (2, 1, 1), "strides": 1, "padding": "SAME"}
    found = windows.convolution(x, above, **options)
    assert value(found).ravel().tolist() == [1 + 20 + 400, 2 + 40]
    assert found.quantities["terms"].upper.ravel().tolist() == [3, 2]


def test_means_go_back_over_the_number_of_what_is_met():
    x, above = np.zeros((1, 3, 1)), np.array([[[2.0], [4.0], [8.0]]])
    found = windows.avg_pool(x, above, **{**LINE, "padding": "SAME"})
    assert value(found).ravel().tolist() == [1, 1 + 2, 2 + 8]


@pytest.mark.parametrize(
    ("row", "expected", "tied"),
    [
        ((1, 5, 2), (0, 30, 0), (0, 0, 0)),
        ((5, 5, 2), (10, 20, 0), (10, 10, 0)),  # of the first window either, of the second one
        ((7, 7, 7), (10, 20, 0), (10, 20, 20)),
    ],
)
def test_largest_entries_get_what_comes_from_above(row, expected, tied):
    x, above = np.array(row, float).reshape(1, 3, 1), np.array([[[10.0], [20.0]]])
    found = windows.max_pool(x, above, **LINE)
    assert value(found).ravel().tolist() == list(expected)
    assert np.allclose(found.quantities["tied"].upper.ravel(), tied, rtol=1e-11)
    assert (found.parts[0].radius == 0).all()


def test_sums_are_equal_where_rounding_makes_them_so():
    x = np.array([1.0, 1.0 + 2.0**-8, 0.5]).reshape(1, 1, 3, 1)
    f, above = np.zeros((1, 1, 3, 1)), np.full((1, 1, 1, 1), 3.0)
    options = {"strides": (1, 1), "padding": "VALID", "dilations": (1, 1)}
    coarse = windows.dilation2d(x, f, above, eps=2.0**-7, **options)
    fine = windows.dilation2d(x, f, above, eps=2.0**-23, **options)
    assert value(fine).ravel().tolist() == value(coarse).ravel().tolist() == [0, 3, 0]
    assert (coarse.quantities["tied_x"].upper.ravel() > 0).tolist() == [True, True, False]
    assert not fine.quantities["tied_f"].upper.any()


def test_what_is_lost_of_a_total_is_measured():
    routine = routines()["nn.max_pool.gradient"]
    problem = problems(routine)[0]
    truth, dtype = truth_of(routine, problem, DTYPES["float64"], 0), DTYPES["float64"]
    part = truth.parts[0]
    answer = np.ldexp(part.hi + part.lo, part.exponent.reshape(-1, *(1,) * (part.hi.ndim - 1)))
    held = totals(0)(Case(problem, (answer,), truth, dtype, "eager"))
    lost = totals(0)(Case(problem, (answer * 0,), truth, dtype, "eager"))
    whole = np.abs(problem.inputs[1].reshape(len(problem), -1, answer.shape[-1]).sum(axis=1))
    assert held.upper.max() <= 64 and np.allclose(lost.upper * dtype.eps, whole)


def test_a_channel_alone_moves_as_a_number_does():
    """x/(1 + x^2) has the derivative (1 - x^2)/(1 + x^2)^2."""
    x, above = np.full((1, 1, 1, 1), 2.0), np.full((1, 1, 1, 1), 25.0)
    told = {"depth_radius": 1, "bias": 1.0, "alpha": 1.0, "beta": 1.0}
    assert value(responses.local_response_normalization(x, above, **told)).item() == -3


def test_normalised_batches_by_hand():
    x, one = np.array([[[5.0], [1.0]]]), np.ones((1, 1, 1))
    w = np.array([[[10.0], [1.0]]])
    found = pullbacks_of_moments.batch_normalization(
        x, one, 3.75 * one, one, 8 * one, w, variance_epsilon=0.25
    )
    parts = [value(found, part).ravel().tolist() for part in range(5)]
    assert parts == [[40, 4], [-44], [-8 * 10 * 4 / 8 / 2], [11], [20]]


def test_steps_share_what_comes_from_above():
    """The steps of 1, 3, -4 are 2, 2 and -4; those of equal numbers are no more than one way."""
    x, w = np.array([[1.0, 3.0, -4.0], [1.0, 1.0, 0.0]]), np.array([[1.0, 5.0, 7.0]] * 2)
    found = pullbacks_of_levels.isotonic_regression(x, w)
    assert value(found).tolist() == [3, 3, 7]
    assert np.allclose(found.quantities["margin"].lower, [2, 0], rtol=1e-11)
    ascending = pullbacks_of_levels.isotonic_regression(x, w, decreasing=False)
    assert np.allclose(value(ascending), [13 / 3] * 3, rtol=1e-15)


def test_moments_add_up():
    x = np.array([[1.0, 2.0, 6.0]])
    found = pullbacks_of_moments.moments(x, np.array([3.0]), np.array([6.0]))
    assert value(found).tolist() == [1 - 8, 1 - 4, 1 + 12]


def test_one_frame_of_one_label_is_certain():
    """Of a single frame the label is there for sure: shares less one, as of cross-entropy."""
    logits = np.zeros((1, 2, 3))
    found = pullbacks_of_alignments.ctc_loss(
        logits, np.array([[1.0]]), np.array([[1.0]]), np.array([[1.0]]), blank_index=0
    )
    assert np.allclose(value(found), [[1 / 3, -2 / 3, 1 / 3], [0, 0, 0]])
    assert found.parts[0].radius.max() < 1e-30


def test_losses_of_alignments_move_as_their_gradient_says():
    chance = np.random.default_rng(5)
    x, dx = chance.standard_normal((2, 1, 6, 4))
    labels, told = np.array([[1.0, 1.0, 3.0]]), {"blank_index": 0}
    rest = labels, np.array([[3.0]]), np.array([[5.0]])
    moved = (value(pullbacks_of_alignments.ctc_loss(x, *rest, **told)) * dx[0]).sum()
    step = 2.0**-20
    ends = [value(alignments.ctc_loss(x + sign * step * dx, *rest, **told)) for sign in (1, -1)]
    assert moved == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_audits_agree(name):
    routine, count = routines()[name], 0
    for problem in problems(routine)[:3]:
        truth = truth_of(routine, problem, DTYPES["float64"], 0)
        for i in np.flatnonzero(truth.exists)[:2]:
            extra = {"eps": 2.0**-52} if routine.by_dtype else {}
            inputs = (array[i] for array in problem.inputs)
            parts = routine.audit(*inputs, **problem.arguments, **extra)
            assert disagreement(parts, truth, i) == 0
            count += 1
    assert count > 2

"""References of moments with weights, lbeta, Sobol's points and isotonic fits, by hand."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import qmc

from references import numeric_moments, sequences, statistics

SEVEN = np.array([[1.0, 2.0, 4.0]])


def values(truth, part=0):
    found = truth.parts[part]
    return np.ldexp(found.hi, found.exponent.reshape(-1, *(1,) * (found.hi.ndim - 1)))


def test_moments_from_sums():
    # 1, 2, 6 less 1: sums 6 and 26; mean 3, variance 14/3
    given = [np.array([[x]]) for x in (3.0, 6.0, 26.0, 1.0)]
    truth = statistics.normalize_moments(*given)
    assert values(truth).item() == 3.0
    assert values(truth, 1).item() == 14 / 3
    assert values(statistics.normalize_moments(*given, shifted=False)).item() == 2.0


def test_moments_by_weights():
    truth = statistics.weighted_moments(SEVEN, np.array([[1.0, 2.0, 1.0]]))
    assert values(truth).item() == 9 / 4
    assert values(truth, 1).item() == 19 / 16
    equal = statistics.weighted_moments(SEVEN, np.ones((1, 1)))
    assert values(equal, 1).item() == 14 / 9


@pytest.mark.parametrize(("x", "factor"), [([1.0, 1.0], 1), ([1.0, 1.0, 1.0], 2), ([2.0, 3.0], 12)])
def test_lbeta_of_whole_numbers(x, factor):
    assert values(statistics.lbeta(np.array([x]))).item() == -np.log(factor)


def test_there_is_no_lbeta_of_zero():
    assert not statistics.lbeta(np.array([[0.0, 1.0]])).exists.any()


def test_local_responses():
    x = np.array([1.0, 1.0, 2.0]).reshape(1, 1, 1, 3)
    truth = statistics.local_response_normalization(
        x, depth_radius=1, bias=1.0, alpha=1.0, beta=1.0
    )
    assert values(truth).ravel().tolist() == [1 / 3, 1 / 7, 2 / 6]


@pytest.mark.parametrize(
    ("row", "decreasing", "levels"),
    [
        ([3, 1, 2], True, [3, Fraction(3, 2), Fraction(3, 2)]),
        ([1, 3, 4], True, [Fraction(8, 3)] * 3),
        ([1, 1, 2, 0], True, [Fraction(4, 3)] * 3 + [0]),
        ([3, 1, 2], False, [2, 2, 2]),
        ([0, 5, 1, 7], False, [0, 3, 3, 7]),
    ],
)
def test_pooled_by_hand(row, decreasing, levels):
    blocks = statistics.pooled([float(x) for x in row], decreasing=decreasing)
    assert [mean for mean, count in blocks for _ in range(count)] == levels


def test_pooling_is_the_least_of_largest_means():
    rng = np.random.default_rng(5)
    for x in rng.integers(-8, 8, (50, 7)).astype(float):
        for decreasing in (True, False):
            truth = statistics.isotonic_regression(x[None], decreasing=decreasing)
            levels, steps = numeric_moments.isotonic_regression(x, decreasing=decreasing, axis=-1)
            assert np.abs(values(truth)[0] - levels).max() < 1e-14
            assert values(truth, 1)[0].max() <= steps.max()  # which tells rounded levels apart


def test_directions_are_those_of_scipy():
    own = [sequences.directions(j) for j in range(len(sequences.JOE_KUO) + 1)]
    other = qmc.Sobol(len(own), scramble=False, bits=32)
    points = np.array([sequences.point(k, len(own)) for k in range(1024)])
    assert (points / 2.0**32 == other.random(1024)).all()
    assert all(number % 2**31 == 0 for number, *_ in own)


def test_each_coordinate_of_so_many_points_is_every_fraction():
    points = np.array([sequences.point(k, 21) for k in range(256)])
    assert (np.sort(points, axis=0) == (np.arange(256) << 24)[:, None]).all()


def test_places_beyond_31_bits_are_no_matter():
    truth = sequences.sobol_sample(np.array([[2.0**30]]), dim=2, num_results=1)
    assert values(truth).min() > 0
    narrow = sequences.sobol_sample(np.array([[0x55555554 + 0.0]]), dim=1, num_results=1, eps=1e-7)
    assert values(narrow).item() == 1.0  # the nearest in float32 of 1 - 2^-31

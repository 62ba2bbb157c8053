"""Measures of eigenvectors against angles that are known exactly."""

from __future__ import annotations

import numpy as np
import pytest

from properties.dtypes import FLOAT64
from properties.linalg.eigh import orthogonality, residuals, vectors
from properties.routine import Case, Problem
from references.truth import Enclosure, Truth

Q = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]) / 2.0
W = np.array([-1.0, 0.25, 2.0, 4.0])
A = (Q * W) @ Q.T


def enclosed(array, radius, exponent=0):
    return Enclosure(
        array[None], 0 * array[None], np.full((1, *array.shape), radius), np.array([exponent])
    )


def case(a, w, v, radius=0.0):
    truth = Truth((enclosed(W, 0.0), enclosed(Q, radius)), {}, np.array([True]), ("hand",))
    problem = Problem((a[None],), {}, {}, (), {})
    return Case(problem, (w[None], v[None]), truth, FLOAT64, "eager")


@pytest.mark.parametrize("by", [0, -300, 300])
@pytest.mark.parametrize("radius", [0.0, 2.0**-24])
def test_angles_times_gaps(by, radius):
    """A column that is turned by t has the angle t, times the gap of the values."""
    turned = Q.copy()
    turned[:, 1] += 2.0**-45 * Q[:, 3]
    found = vectors(case(np.ldexp(A, by), np.ldexp(W, by), turned, radius))
    expected = 2.0**-45 * 3.75 / np.sqrt((W**2).sum()) / FLOAT64.eps
    assert found.lower[0] <= expected * (1 + 1e-12)
    assert expected * (1 - 1e-12) <= found.upper[0]
    assert found.upper[0] - found.lower[0] <= (4 * radius + 1e-9) * expected


def test_vectors_of_which_nothing_is_known_are_left_out():
    turned = Q + 2.0**-40
    found = vectors(case(A, W, turned, np.inf))
    assert (found.lower[0], found.upper[0]) == (0.0, 0.0)


def test_nothing_is_known_of_what_leaves_the_range():
    huge = Q * 2.0**1020
    for measure in (residuals, orthogonality, vectors):
        found = measure(case(A * 16, W * 2.0**10, huge))
        assert found.lower[0] == 0 and found.upper[0] == np.inf


def test_zero_matrices_have_no_error_where_values_are_zero():
    found = residuals(case(np.zeros((4, 4)), np.zeros(4), Q))
    assert (found.lower[0], found.upper[0]) == (0.0, 0.0)
    assert residuals(case(np.zeros((4, 4)), W, Q)).upper[0] == np.inf

"""Measures of softmax and its logarithms against answers whose errors are known exactly."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from properties import measures
from properties.dtypes import FLOAT32
from properties.math.reduce_logsumexp import below_largest
from properties.nn.log_softmax import order as order_of_logarithms
from properties.nn.softmax import mass, order
from tests.test_measures import case, contains, one


def test_mass_and_order_of_softmax():
    y = np.array([0.25, 0.5, 0.25 + 5 * FLOAT32.eps])
    made = case([[1.0, 3.0, 2.0]], [y], y, axis=-1)
    assert contains(mass(made), Fraction(5))
    assert one(order(made)) == (0.0, 0.0)
    swapped = case([[1.0, 2.0, 3.0]], [y], y, axis=-1)
    drop = (Fraction(0.5) - Fraction(y[2]) - Fraction(FLOAT32.tiny)) / Fraction(y[2])
    assert contains(order(swapped), drop / Fraction(FLOAT32.eps), 1e-6)


@pytest.mark.parametrize("exponent", [0, 4, -3])
def test_absolute_errors_of_logarithms(exponent):
    true, off = np.array([-1.0, -0.5, 0.0]), np.array([3.0, 0.0, -7.0]) * FLOAT32.eps
    answer = true * 2.0**exponent + off
    error = measures.absolute()(case([[1.0, 2.0, 3.0]], [answer], true, exponent=exponent))
    for i, expected in enumerate((3, 0, 7)):
        assert contains(error[:, i], Fraction(expected))


def test_order_and_floor_of_logarithms():
    x, y = [1.0, 3.0, 2.0], np.array([-4.0, -1.0, -2.0])
    assert one(order_of_logarithms(case([x], [y], y, axis=-1))) == (0.0, 0.0)
    fall = Fraction(1, 4) / Fraction(FLOAT32.eps)
    assert contains(order_of_logarithms(case([[1.0, 2.0, 3.0]], [y], y, axis=-1)), fall)
    for top, low in ((8.0, 7.0), (0.5, 0.375), (-2.0, -2.25), (8.0, 8.5)):
        found = below_largest(case([[top, -9.0]], [low], low, axis=-1, keepdims=False))
        expected = Fraction(max(top - low, 0.0)) / Fraction(max(abs(top), 1.0))
        assert contains(found, expected / Fraction(FLOAT32.eps))

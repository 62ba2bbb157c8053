"""Moduli of complex errors, from the smallest numbers to the largest."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from properties.dtypes import COMPLEX128
from properties.entries import deviation, modulus
from properties.routine import Case, Problem
from references.interval import Interval
from references.truth import Enclosure, Truth

POWERS = (-1074, -1060, -1000, -600, -530, -300, 0, 300, 520, 700, 1000)


@pytest.mark.parametrize("power", POWERS)
@pytest.mark.parametrize("parts", [(3, 4), (1, 0), (1, 1), (5, -1)])
def test_a_modulus_lies_in_its_interval_and_is_not_zero(power, parts):
    re, im = (np.ldexp(float(abs(x)), power) for x in parts)
    found = modulus(Interval.exact(np.array([re])), Interval.exact(np.array([im])))
    lower, upper = Fraction(found.lower[0]), Fraction(found.upper[0])
    square = Fraction(re) ** 2 + Fraction(im) ** 2
    assert lower**2 <= square <= upper**2
    assert 0 < lower and upper <= 3 * lower


@pytest.mark.parametrize("power", POWERS)
def test_a_doubled_entry_differs_and_an_equal_one_does_not(power):
    entry = np.ldexp(1.0, power) * np.array([[1.0, 1.0j, 1.0 - 1.0j]])
    zero = np.zeros(entry.shape)
    truth = Truth(
        (Enclosure(entry, zero, zero, np.zeros(1, np.int64)),), {}, np.array([True]), ("hand",)
    )
    problem = Problem((entry,), {}, {}, ())
    doubled = deviation()(Case(problem, (entry + entry,), truth, COMPLEX128, "eager"))
    assert (doubled.lower > 0).all()
    same = deviation()(Case(problem, (entry,), truth, COMPLEX128, "eager"))
    assert (same.lower == 0).all() and (same.upper == 0).all()

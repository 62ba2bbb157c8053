"""Intervals contain the rationals that they stand for; formats know their numbers."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from properties.dtypes import BFLOAT16, DTYPES, wide
from properties.measures import magnitude
from references.interval import Interval, compounded, maximum, minimum, sqrt


def test_values_are_rounded_to_the_next_number_of_a_format():
    halfway = 1 + BFLOAT16.eps / 2
    assert BFLOAT16.round(np.array([halfway, halfway + 2.0**-20])).tolist() == [
        1.0,
        1 + BFLOAT16.eps,
    ]
    assert BFLOAT16.holds(np.array([1 + BFLOAT16.eps, 0.0, np.nan]))
    assert not BFLOAT16.holds(np.array([halfway]))


@pytest.mark.parametrize("dtype", DTYPES.values(), ids=DTYPES)
def test_formats_know_their_ends(dtype):
    kind, smallest = wide(np.zeros(1, dtype.numpy)), 2.0**dtype.min_exponent
    for number in (smallest, dtype.tiny, dtype.max, 1 + dtype.eps):
        assert dtype.holds(np.array([number, -number], kind))
    assert not dtype.holds(np.array([smallest / 2], kind))  # subnormal
    assert dtype.max + dtype.max * dtype.eps / 2 == np.inf or not dtype.holds(
        np.array([dtype.max * (1 + dtype.eps / 4)], kind)
    )


@given(st.floats(width=64), st.integers(0, 53), st.integers(-160, 160))
def test_a_format_holds_what_rounding_leaves_alone(number, zeros, exponent):
    word = np.array([number]).view(np.uint64) & ~np.uint64((1 << zeros) - 1)
    for x in (word.view(np.float64), np.ldexp(np.frexp(word.view(np.float64))[0], exponent)):
        for dtype in DTYPES.values():
            normal = x == 0 or not abs(x) < 2.0**dtype.min_exponent
            z = x.astype(wide(np.zeros(1, dtype.numpy)))
            assert dtype.holds(z) == (normal and np.array_equal(dtype.round(z), z, equal_nan=True))


REAL = st.floats(min_value=-(2.0**400), max_value=2.0**400).filter(
    lambda x: x == 0 or abs(x) > 2.0**-400
)
ENDS_OF = st.tuples(REAL, REAL).map(sorted)


@settings(deadline=None)  # the first call compiles
@given(ENDS_OF, ENDS_OF, st.fractions(0, 1), st.fractions(0, 1))
def test_arithmetic_of_intervals_contains_the_rationals(first, second, here, there):
    x, y = (Interval(np.array([low]), np.array([high])) for low, high in (first, second))
    a = Fraction(first[0]) + here * (Fraction(first[1]) - Fraction(first[0]))
    b = Fraction(second[0]) + there * (Fraction(second[1]) - Fraction(second[0]))
    results = [
        (x + y, a + b),
        (x - y, a - b),
        (x * y, a * b),
        (-x, -a),
        (x**2, a**2),
        (3 - x, 3 - a),
        (maximum(x, y), max(a, b)),
        (minimum(x, y), min(a, b)),
        (magnitude(x), abs(a)),
    ]
    if b != 0:
        results += [(x / y, a / b), (1 / y, 1 / b)]
    for interval, exact in results:
        assert _below(interval.lower[0], exact) and _below(-interval.upper[0], -exact)
    root = sqrt(magnitude(x))
    assert Fraction(max(root.lower[0], 0)) ** 2 <= abs(a) <= Fraction(root.upper[0]) ** 2


@settings(deadline=None)
@given(ENDS_OF, st.fractions(0, 1), st.sampled_from(list(DTYPES.values())))
def test_what_roundings_come_to_contains_the_rationals(ends, here, dtype):
    x = Interval(*(np.array([end]) for end in ends))
    a = Fraction(ends[0]) + here * (Fraction(ends[1]) - Fraction(ends[0]))
    found = compounded(x, dtype.eps)
    if Fraction(ends[1]) * Fraction(dtype.eps) >= 1:
        assert (found.lower[0], found.upper[0]) == (-np.inf, np.inf)
        return
    exact = a / (1 - a * Fraction(dtype.eps))
    assert _below(found.lower[0], exact) and _below(-found.upper[0], -exact)


def _below(number: float, exact: Fraction) -> bool:
    return number == -math.inf or (math.isfinite(number) and Fraction(number) <= exact)


@given(REAL, REAL)
def test_intervals_of_numbers_are_tight(a, b):
    for interval, exact in (
        (Interval.exact(a) + b, Fraction(a) + Fraction(b)),
        (Interval.exact(a) * b, Fraction(a) * Fraction(b)),
    ):
        width = Fraction(float(interval.upper)) - Fraction(float(interval.lower))
        assert width <= abs(exact) * Fraction(2) ** -50 + Fraction(2) ** -1000


def test_nothing_is_known_of_a_number_that_is_none_or_of_a_division_by_zero():
    for unknown in (Interval.exact([math.nan]) + 1, 1 / Interval(np.array([-1.0]), np.ones(1))):
        assert (unknown.lower[0], unknown.upper[0]) == (-math.inf, math.inf)

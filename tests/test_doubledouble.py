"""Error-free transformations against exact rationals."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from references.doubledouble import exact_scale, matmul, shift, split, two_product, two_sum


def rationals(array):
    return [Fraction(float(x)) for x in np.ravel(array)]


def draws(seed, shape, spread=30):
    rng = np.random.default_rng(seed)
    return rng.standard_normal(shape) * np.exp2(rng.integers(-spread, spread, shape))


def product(a, b):
    """The exact product of two matrices of float64, as nested lists of rationals."""
    left = [[Fraction(float(x)) for x in row] for row in a]
    right = [[Fraction(float(x)) for x in column] for column in b.T]
    return [[sum(x * y for x, y in zip(r, c, strict=True)) for c in right] for r in left]


def excess(a, b):
    """The largest |hi + lo - a b| / radius over a stack, in exact arithmetic."""
    hi, lo, radius = matmul(a, b)
    worst = Fraction(0)
    for i in range(len(a)):
        exact = product(a[i], b[i])
        for j, k in np.ndindex(hi.shape[1:]):
            error = abs(Fraction(hi[i, j, k]) + Fraction(lo[i, j, k]) - exact[j][k])
            worst = max(worst, error / Fraction(radius[i, j, k]))
    return float(worst)


@pytest.mark.parametrize("transformation", [two_sum, two_product])
def test_transformations_lose_nothing(transformation):
    a, b = draws(1, 500), draws(2, 500)
    rounded, error = transformation(a, b)
    combine = Fraction.__add__ if transformation is two_sum else Fraction.__mul__
    for x, y, s, e in zip(*map(rationals, (a, b, rounded, error)), strict=True):
        assert combine(x, y) == s + e
    assert np.array_equal(rounded, a + b if transformation is two_sum else a * b)
    assert np.any(error != 0)


def test_halves_have_26_bits_and_add_up():
    a = draws(3, 500)
    high, low = split(a)
    assert np.array_equal(high + low, a)
    for half in (high, low):
        fraction = np.frexp(half)[0]
        assert np.array_equal(np.round(fraction * 2**26), fraction * 2**26)


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 3, 4), (5, 8, 1), (3, 33, 2)])
def test_product_is_within_its_radius(shape):
    m, k, n = shape
    for seed in range(6):
        a, b = draws(seed, (4, m, k)), draws(seed + 100, (4, k, n))
        assert excess(a, b) <= 1


def test_radius_is_far_below_float64_and_not_idle():
    a, b = draws(7, (4, 6, 20), 2), draws(8, (4, 20, 6), 2)
    radius = matmul(a, b)[2]
    assert np.all(radius <= 21**2 * 2.0**-106 * 1.02 * (np.abs(a) @ np.abs(b)))
    assert excess(a, b) > 1e-4


def test_residual_survives_cancellation():
    a = draws(9, (3, 7, 7), 1)
    x = draws(10, (3, 7, 2), 1)
    c = a @ x
    identity = np.broadcast_to(np.eye(2), (3, 2, 2))
    left = np.concatenate([c, a], axis=2)
    right = np.concatenate([identity, -x], axis=1)
    hi, lo, radius = matmul(left, right)
    assert excess(left, right) <= 1
    assert np.all(np.abs(hi + lo) < 1e-13 * np.abs(a).max() * np.abs(x).max() * 7)
    assert np.any(np.abs(hi) > 1e6 * radius)


def test_underflow_stays_within_its_radius():
    a = draws(11, (4, 3, 5), 2) * 2.0**-540
    b = draws(12, (4, 5, 3), 2) * 2.0**-520
    assert excess(a, b) <= 1
    assert np.all(matmul(a, b)[2] > 0)


def test_scale_brings_the_largest_entry_below_one():
    stack = draws(13, (6, 3, 4), 300)
    stack[2] = 0.0
    stack[3, 0, 0] = np.inf
    stack[4] *= 2.0**-600
    scale = exact_scale(stack)
    assert scale[2] == 0 and scale[3] == 0
    largest = np.abs(shift(stack, -scale)).max(axis=(1, 2))
    usable = [0, 1, 4, 5]
    assert np.all((largest[usable] >= 0.5) & (largest[usable] < 1))


def test_shift_is_exact():
    stack = draws(14, (5, 4), 10)
    powers = np.array([-900, 900, 0, 3, -3])
    assert np.array_equal(shift(shift(stack, powers), -powers), stack)

"""Compiled products, residuals and norms against exact rationals."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from properties.distances import distance
from properties.measures import product
from properties.residuals import gradient, residual, residual_of_inverse
from references.interval import Interval
from references.interval_norms import column_max, column_norm, row_norm
from references.truth import Enclosure
from tests.exactness import normal

SHAPES = [(1, 1, 1), (2, 3, 1), (5, 5, 5), (8, 8, 8), (16, 8, 2), (3, 9, 4)]


def exact(array):
    return [[Fraction(x) for x in row] for row in np.asarray(array).tolist()]


def times(a, b):
    return [[sum(map(Fraction.__mul__, row, col)) for col in zip(*b, strict=True)] for row in a]


def spread(seed, *shape):
    """Entries over 100 powers of two."""
    powers = np.random.default_rng(seed).integers(-100, 1, shape)
    return np.ldexp(normal(seed, *shape), powers)


def shares(interval, true):
    """By how much each entry may be moved: the distance from the centre over half the width."""
    found = []
    for low, high, value in zip(interval.lower.flat, interval.upper.flat, true, strict=True):
        middle = (Fraction(low) + Fraction(high)) / 2
        found.append(abs(value - middle) / ((Fraction(high) - Fraction(low)) / 2))
    return [float(share) for share in found]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("tail", [False, True])
def test_products_hold_the_exact_ones(shape, tail):
    m, k, n = shape
    a, b, plus = spread(1, 1, m, k), spread(2, 1, k, n), spread(3, 1, m, n)
    rest = spread(4, 1, m, k) * 2.0**-53 * np.abs(a) if tail else None
    whole = exact(a[0])
    if rest is not None:
        whole = [[x + y for x, y in zip(*r, strict=True)]
                 for r in zip(whole, exact(rest[0]), strict=True)]  # fmt: skip
    true = [x + y for r in zip(times(whole, exact(b[0])), exact(plus[0]), strict=True)
            for x, y in zip(*r, strict=True)]  # fmt: skip
    found = product(a, b, plus, a_tail=rest)
    assert max(shares(found, true)) <= 1
    scale = np.abs(a[0]) @ np.abs(b[0]) + np.abs(plus[0])
    wide = found.upper[0] - found.lower[0]
    assert (wide <= 2.0**-50 * np.abs(found.upper[0]) + 2.0**-90 * scale).all()
    moved = Interval(found.upper, 2 * found.upper - found.lower)  # by its width
    assert min(shares(moved, true)) >= 1


def test_products_with_subnormal_terms_hold_the_exact_ones():
    a, b = spread(5, 1, 4, 6) * 2.0**-500, spread(6, 1, 6, 4) * 2.0**-540
    true = [x for row in times(exact(a[0]), exact(b[0])) for x in row]
    assert max(shares(product(a, b), true)) <= 1


def inside(interval, value):
    """Whether the only member's number is held, and to 10 digits."""
    low, high = Fraction(float(interval.lower.flat[0])), Fraction(float(interval.upper.flat[0]))
    return low <= value <= high and high - low <= Fraction(10) ** -9 * high


@pytest.mark.parametrize("power", [-1060, -300, 0, 300, 1000])
@pytest.mark.parametrize("adjoint", [False, True])
def test_residuals_of_systems_are_scaled_first(power, adjoint):
    a = np.ldexp(normal(1, 1, 6, 6), power)
    b = np.ldexp(normal(2, 1, 6, 1), power // 2)
    x = np.linalg.solve(np.ldexp(a, -power // 2), np.ldexp(b, -power // 2)) * (1 + 1e-6)
    left = np.swapaxes(a, 1, 2) if adjoint else a
    r = [u[0] - v[0] for u, v in zip(exact(b[0]), times(exact(left[0]), exact(x[0])), strict=True)]
    found = residual(a, x, b, adjoint=adjoint)
    norm_a = max(sum(map(abs, row)) for row in exact(left[0]))
    norm_x, norm_b = (max(abs(row[0]) for row in exact(part[0])) for part in (x, b))
    assert inside(found.r / found.b, max(map(abs, r)) / norm_b)
    together = found.a * found.x / found.b
    assert inside(together, norm_a * norm_x / norm_b)


def test_residual_of_an_inverse_takes_row_sums():
    a = normal(3, 1, 4, 4)
    x = np.linalg.inv(a) * (1 + 1e-5)
    off = times(exact(a[0]), exact(x[0]))
    norm = max(sum(abs(y - (i == j)) for j, y in enumerate(row)) for i, row in enumerate(off))
    found = residual_of_inverse(a, x)
    sizes = [max(sum(map(abs, row)) for row in exact(part[0])) for part in (a, x)]
    assert inside(found.r / (found.a * found.x), norm / (sizes[0] * sizes[1]))


def test_gradients_keep_what_cancels():
    a = normal(4, 1, 9, 4)
    b = normal(5, 1, 9, 1)
    x = np.linalg.lstsq(a[0], b[0], rcond=None)[0][None]
    across = exact(a[0].T)
    r = [[u[0] - v[0]] for u, v in zip(exact(b[0]), times(exact(a[0]), exact(x[0])), strict=True)]
    square = sum(row[0] ** 2 for row in times(across, r))
    found = gradient(a, x, b)
    share = (found.r / found.b) * (found.r / found.b) / (found.a * found.a)
    norms = [sum(y * y for row in exact(part[0]) for y in row) for part in (a, b)]
    assert inside(share, square / (norms[0] * norms[1]))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_has_unknown_norms(bad):
    a, x, b = normal(6, 2, 3, 3), normal(7, 2, 3, 1), normal(8, 2, 3, 1)
    a[1, 2, 0] = bad
    for found in (residual(a, x, b), gradient(a, x, b), residual_of_inverse(a, a)):
        assert np.isfinite(found.r.upper[0]).all()
        assert (found.r.lower[1] == 0).all() and np.isinf(found.r.upper[1]).all()


def test_norms_of_intervals_hold_those_of_their_points():
    centre, wide = spread(9, 3, 5, 4), np.abs(spread(10, 3, 5, 4))
    x = Interval(centre - wide, centre + wide)
    inner = centre + 0.9 * wide * np.random.default_rng(1).uniform(-1, 1, centre.shape)
    for norm, axes in ((row_norm, 2), (column_max, 1), (column_norm, 1)):
        found = norm(x)
        sizes = np.abs(inner)
        known = {
            row_norm: sizes.sum(axis=axes).max(axis=1),
            column_max: sizes.max(axis=axes),
            column_norm: np.sqrt((sizes**2).sum(axis=axes)),
        }[norm] if axes == 2 or norm is not row_norm else None  # fmt: skip
        assert (found.lower <= known).all() and (known <= found.upper).all()
    unknown = Interval(np.full((1, 2, 2), np.nan), np.full((1, 2, 2), np.nan))
    assert np.isinf(row_norm(unknown).upper).all() and np.isinf(column_norm(unknown).upper).all()
    zero = Interval.exact(np.zeros((1, 3, 2)))
    assert not column_norm(zero).upper.any() and not row_norm(zero).upper.any()


@pytest.mark.parametrize("exponent", [0, 7, -300, 900, -1200, 2500])
def test_distances_hold_the_exact_ones(exponent):
    hi = normal(1, 1, 40)
    lo, radius = hi * 2.0**-55, np.abs(hi) * 2.0**-58
    answer = np.ldexp(hi * (1 + 2.0**-50), min(exponent, 900))
    part = Enclosure(hi, lo, radius, np.array([exponent]))
    found = distance(answer, part)
    for i in range(40):
        true = Fraction(answer[0, i]) / Fraction(2) ** exponent - Fraction(hi[0, i])
        for sign in (-1, 1):
            error = abs(true - Fraction(lo[0, i]) + sign * Fraction(radius[0, i]))
            assert Fraction(found.lower[0, i]) <= error <= Fraction(found.upper[0, i])

"""Exact solutions of linear systems and least squares, against exact rationals."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from flint import fmpq, fmpq_mat

from references import linear, reductions, spectral
from tests.exactness import (
    EPS,
    HILBERT,
    integers,
    normal,
    outside,
    rational,
    symmetric,
    tight,
    value,
    within,
)


@pytest.mark.parametrize("n", [1, 2, 5, 8])
@pytest.mark.parametrize("adjoint", [False, True])
def test_solve_and_inv_hold_the_rational_answer(n, adjoint):
    a, rhs = integers(n, 6, n, n) + 20 * np.eye(n), integers(n + 50, 6, n, 2)
    solved = linear.solve(a, rhs, adjoint=adjoint)
    inverted = linear.inv(a, adjoint=adjoint)
    for i in range(6):
        exact = rational(a[i].T if adjoint else a[i])
        assert outside(solved.parts[0], i, exact.solve(rational(rhs[i])).entries()) <= 1
        assert outside(inverted.parts[0], i, exact.inv().entries()) <= 1
        assert tight(solved.parts[0], i) and tight(inverted.parts[0], i)


def test_conditions_hold_the_rational_ones():
    a = integers(3, 4, 5, 5)
    rhs = integers(4, 4, 5, 3)
    truth = linear.solve(a, rhs)
    inverse_truth = linear.inv(a)
    for i in range(4):
        inverse = np.array([[float(x) for x in row] for row in rational(a[i]).inv().tolist()])
        norm = np.abs(a[i]).sum(axis=1).max()
        norm_inverse = np.abs(inverse).sum(axis=1).max()
        kappa, skeel = norm * norm_inverse, (np.abs(inverse) @ np.abs(a[i])).sum(axis=1).max()
        for quantities in (truth.quantities, inverse_truth.quantities):
            assert within(quantities["kappa"], kappa, 1e-14, i)
            assert within(quantities["skeel"], skeel, 1e-14, i)
            assert within(quantities["norm_a"], norm, 0, i)
            assert quantities["kappa"].upper[i] <= kappa * (1 + 1e-12)
        x = inverse @ rhs[i]
        assert within(truth.quantities["norm_x"], np.abs(x).max(axis=0).min(), 1e-12, i)
        assert within(truth.quantities["norm_b"], np.abs(rhs[i]).max(axis=0).min(), 0, i)
        assert within(inverse_truth.quantities["norm_x"], norm_inverse, 1e-14, i)


def test_growth_of_wilkinsons_matrix_is_a_power_of_two():
    n = 12
    a = np.tril(-np.ones((n, n)), -1) + np.eye(n)
    a[:, -1] = 1
    lower, upper = np.tril(a, -1) + np.eye(n), np.eye(n)
    upper[:, -1] = 2.0 ** np.arange(n)
    expected = (np.abs(lower) @ upper).sum(axis=1).max() / np.abs(a).sum(axis=1).max()
    growth = linear.inv(a[None]).quantities["growth"]
    assert growth.lower[0] == pytest.approx(expected, rel=1e-12)
    assert growth.lower[0] <= growth.upper[0] <= 1.02 * expected


def test_hilbert_is_proved_at_every_scale():
    powers = np.array([0, 900, -900])
    stack = np.ldexp(HILBERT, powers[:, None, None])
    truth = linear.inv(stack)
    exact = rational(HILBERT).inv()
    for i, power in enumerate(powers.tolist()):
        scale = fmpq(1, 2**power) if power >= 0 else fmpq(2**-power)
        assert outside(truth.parts[0], i, (exact * scale).entries()) <= 1
        assert tight(truth.parts[0], i)
    assert np.ptp(truth.quantities["kappa"].upper) == 0
    assert 3.3e10 < truth.quantities["kappa"].lower[0] < 3.4e10


def test_condition_beyond_float64_does_not_overflow_the_answer():
    a = np.diag([2.0**900, 2.0**-900])[None]
    truth = linear.inv(a)
    assert value(truth.parts[0], 0)[1, 1] == 2.0**900
    assert truth.quantities["kappa"].upper[0] == np.inf
    assert truth.quantities["kappa"].lower[0] > 1e300


@pytest.mark.parametrize("n", [1, 2, 6])
def test_singular_integers_are_proved_to_have_no_inverse(n):
    a = integers(n, 5, n, n)
    a[:, -1] = 3 * a[:, 0] if n > 1 else 0.0
    a[4] = np.eye(n)
    truth = linear.inv(a * 2.0**-700)
    assert truth.exists.tolist() == [False] * 4 + [True]
    assert np.all(np.isinf(truth.parts[0].radius[:4])) and not truth.parts[0].hi[:4].any()
    assert np.all(np.isinf(truth.quantities["kappa"].lower[:4]))
    assert np.all(np.isfinite(truth.quantities["growth"].upper))


def test_singular_in_floating_point_only_is_solved():
    a = np.array([[[1.0, 1.0], [1.0, 1.0 + EPS]]])
    truth = linear.solve(a, np.array([[[1.0], [2.0]]]))
    assert truth.exists[0] and tight(truth.parts[0], 0)
    assert value(truth.parts[0], 0)[1, 0] == 2.0**52


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_members_that_are_not_finite_stay_alone(bad):
    a, rhs = normal(1, 3, 4, 4), normal(2, 3, 4, 1)
    a[1, 2, 3] = bad
    symmetrised = symmetric(a)
    symmetrised[1, 2, 1] = bad
    truths = [
        linear.solve(a, rhs), linear.inv(a), linear.lstsq(a, rhs), spectral.eigvalsh(symmetrised),
        spectral.eigh(symmetrised), spectral.pinv(a, eps=EPS), reductions.softmax(a),
    ]  # fmt: skip
    for truth in truths:
        assert truth.exists.tolist() == [True, False, True]
        for part in truth.parts:
            assert np.all(np.isinf(part.radius[1])) and not part.hi[1].any()
            assert np.all(np.isfinite(part.radius[[0, 2]]))
        for interval in truth.quantities.values():
            assert not np.isnan(interval.lower).any() and not np.isnan(interval.upper).any()
            assert np.all(interval.lower <= interval.upper)
    assert np.isinf(linear.solve(a, rhs).quantities["kappa"].upper[1])


@pytest.mark.parametrize("shape", [(4, 4), (7, 3), (3, 7), (5, 1), (1, 4)])
@pytest.mark.parametrize("damping", [0.0, 0.75])
def test_lstsq_holds_the_rational_answer(shape, damping):
    a, rhs = integers(8, 5, *shape), integers(9, 5, shape[0], 2)
    truth = linear.lstsq(a, rhs, l2_regularizer=damping)
    small = min(shape)
    extra = fmpq_mat(small, small, [0] * small**2)
    for i in range(small):
        extra[i, i] = fmpq(*Fraction(damping).as_integer_ratio())
    for i in range(5):
        left, right = rational(a[i]), rational(rhs[i])
        if shape[0] >= shape[1]:
            exact = (left.transpose() * left + extra).solve(left.transpose() * right)
        else:
            exact = left.transpose() * (left * left.transpose() + extra).solve(right)
        assert outside(truth.parts[0], i, exact.entries()) <= 1
        assert tight(truth.parts[0], i)
        s = np.linalg.svd(a[i], compute_uv=False)
        kappa = np.sqrt((s[0] ** 2 + damping) / (s[-1] ** 2 + damping))
        x = value(truth.parts[0], i)
        residual = np.linalg.norm(rhs[i] - a[i] @ x, axis=0)
        assert within(truth.quantities["kappa"], kappa, 1e-9, i)
        assert truth.quantities["kappa"].upper[i] <= 1.03 * kappa
        assert within(truth.quantities["norm_a"], s[0], 1e-12, i)
        norms_x = np.linalg.norm(x, axis=0)
        assert within(truth.quantities["norm_x"], norms_x.min(), 1e-12, i)
        assert within(truth.quantities["norm_b"], np.linalg.norm(rhs[i], axis=0).min(), 1e-12, i)
        incompatible = (residual / (s[0] * norms_x)).max()
        found = truth.quantities["incompatibility"]
        assert found.lower[i] - 1e-12 <= incompatible <= found.upper[i] + 1e-12


def test_regulariser_counts_on_the_fast_path_only():
    a, rhs = normal(1, 2, 5, 3), normal(2, 2, 5, 1)
    plain = linear.lstsq(a, rhs)
    slow = linear.lstsq(a, rhs, l2_regularizer=1.0, fast=False)
    fast = linear.lstsq(a, rhs, l2_regularizer=1.0)
    assert np.array_equal(plain.parts[0].hi, slow.parts[0].hi)
    assert not np.allclose(plain.parts[0].hi, fast.parts[0].hi)


def test_lstsq_without_full_rank_exists_only_with_a_regulariser():
    a = integers(1, 2, 6, 3)
    a[:, :, 2] = a[:, :, 0] - a[:, :, 1]
    rhs = integers(2, 2, 6, 1)
    assert not linear.lstsq(a, rhs).exists.any()
    assert np.all(np.isinf(linear.lstsq(a, rhs).quantities["kappa"].lower))
    regularised = linear.lstsq(a, rhs, l2_regularizer=2.0**-20)
    assert regularised.exists.all() and tight(regularised.parts[0], 0)


@pytest.mark.parametrize("power", [-450, 450])
def test_lstsq_scales(power):
    a, rhs = normal(3, 2, 6, 4), normal(4, 2, 6, 1)
    plain, scaled = linear.lstsq(a, rhs), linear.lstsq(np.ldexp(a, power), rhs)
    difference = np.ldexp(value(scaled.parts[0], 0), power) - value(plain.parts[0], 0)
    assert np.abs(difference).max() < 1e-15
    ends = [truth.quantities["kappa"] for truth in (plain, scaled)]
    assert np.allclose(ends[0].upper, ends[1].upper, rtol=1e-12)

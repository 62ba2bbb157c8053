"""Exponentials of matrices: radii against balls at twice the precision, and known answers."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from flint import arb_mat, ctx

from properties.generators import GENERATORS
from properties.recipes import Recipe, problem
from references.expm import expm
from references.squaring import TERMS
from tests.test_certificates import outside


def made(structure: str, n: int, reach: int, count: int = 30):
    return problem(Recipe("generators", count, (n,), structure, 0, reach, "float64", n)).inputs[0]


@pytest.mark.parametrize("n", [1, 2, 5, 8])
@pytest.mark.parametrize("structure", GENERATORS)
def test_no_radius_is_too_small(structure, n):
    a = made(structure, n, 5)
    truth, sharp = (expm(a, level=level) for level in (0, 2))
    assert "nothing" not in truth.engine
    assert not outside(truth.parts[0], sharp.parts[0]).any()


@pytest.mark.parametrize("power", [-1060, -500, -30, 12])
def test_scales_far_from_one(power):
    a = np.ldexp(made("skew", 6, 0), power)
    truth, sharp = (expm(a, level=level) for level in (0, 2))
    assert set(truth.engine) == {"certificate"}
    assert not outside(truth.parts[0], sharp.parts[0]).any()


def test_thirty_two_rows():
    for structure in ("dense", "skew", "chain", "grown"):
        a = made(structure, 32, 3, count=3)
        truth, sharp = (expm(a, level=level) for level in (0, 2))
        assert not outside(truth.parts[0], sharp.parts[0]).any()


def test_a_truth_moved_by_more_than_its_radius_is_noticed():
    a = made("normal", 6, 2)
    truth, sharp = (expm(a, level=level) for level in (0, 2))
    part = truth.parts[0]
    lo = part.lo + 2 * part.radius
    moved = type(part)(part.hi, lo, part.radius, part.exponent)
    assert outside(moved, sharp.parts[0]).all()


def test_answers_known_by_hand():
    a = np.zeros((4, 3, 3))
    a[1] = np.diag([1.0, -2.0, 0.0])
    a[2, 0, 1], a[2, 1, 2] = 3.0, 5.0
    a[3, 0, 1], a[3, 1, 0] = -1.0, 1.0
    part = expm(a).parts[0]
    got = np.ldexp(part.hi + part.lo, part.exponent[:, None, None])
    assert np.allclose(got[0], np.eye(3), rtol=0, atol=2e-16)
    assert np.allclose(got[1], np.diag(np.exp([1.0, -2.0, 0.0])), rtol=1e-15, atol=1e-16)
    assert np.allclose(got[2], [[1, 3, 7.5], [0, 1, 5], [0, 0, 1]], rtol=1e-15, atol=1e-15)
    turn = [[math.cos(1), -math.sin(1), 0], [math.sin(1), math.cos(1), 0], [0, 0, 1]]
    assert np.allclose(got[3], turn, rtol=0, atol=2e-16)


@pytest.mark.parametrize("structure", ["dense", "nilpotent", "grown", "jordan", "stiff", "chain"])
def test_the_condition_is_never_understated(structure):
    """Against the Frechet derivative itself, from the exponential of a block matrix, in balls."""
    a = made(structure, 4, 2, count=8)
    truth, saved = expm(a), ctx.prec
    ctx.prec = 300
    try:
        for i in range(len(a)):
            columns = []
            for place in range(16):
                direction = np.zeros((4, 4))
                direction.flat[place] = 1.0
                blocks = np.block([[a[i], direction], [np.zeros((4, 4)), a[i]]])
                whole = np.array(arb_mat(blocks.tolist()).exp().tolist()).astype(float)
                columns.append(whole[:4, 4:].reshape(-1))
            derivative = np.linalg.norm(np.array(columns), 2)
            condition = derivative * np.linalg.norm(a[i]) / np.linalg.norm(whole[:4, :4])
            assert condition <= truth.quantities["kappa"].upper[i] * (1 + 1e-9)
    finally:
        ctx.prec = saved


def test_the_condition_of_skew_matrices_is_their_norm_over_that_of_a_rotation():
    a = made("skew", 8, 4)
    kappa = expm(a).quantities["kappa"].upper
    known = np.linalg.norm(a, axis=(1, 2)) / math.sqrt(8)
    assert (kappa >= known * (1 - 1e-12)).all() and (kappa <= 4 * known).all()


def test_hostile_members_do_not_stop_a_stack():
    a = np.stack([np.eye(2), np.full((2, 2), np.nan), np.full((2, 2), 1e300), np.zeros((2, 2))])
    truth = expm(a)
    assert Counter(truth.engine) == {"certificate": 2, "not finite": 1, "nothing": 1}
    assert truth.exists.tolist() == [True, False, True, True]
    assert np.isinf(truth.quantities["kappa"].upper[[1, 2]]).all()


def test_coefficients_are_pairs_of_inverse_factorials():
    assert TERMS[0, 3] == 1 / 6 and abs(TERMS[1, 3]) < 2.0**-55

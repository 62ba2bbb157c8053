"""Determinants: certificates against balls of twice the precision, and against exact rationals."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from flint import fmpq_mat

from references.determinants import det, slogdet
from references.truth import Enclosure
from tests.exactness import integers, rational
from tests.test_certificates import KINDS, matrices, outside, wild


def flat(part: Enclosure) -> Enclosure:
    """Numbers (B,) as matrices of one entry."""
    sides = (side.reshape(-1, 1, 1) for side in (part.hi, part.lo, part.radius))
    return Enclosure(*sides, part.exponent)  # type: ignore[call-arg]


def agreed(a: Any) -> Counter[str]:
    """Certificates hold what balls say, in values and quantities; what proved the members."""
    engines: Counter[str] = Counter()
    for reference in (det, slogdet):
        truth, sharp = (reference(a, level=level) for level in (0, 2))
        for part, other in zip(truth.parts, sharp.parts, strict=True):
            assert not outside(flat(part), flat(other)).any()
        for name, quantity in truth.quantities.items():
            other = sharp.quantities[name]
            assert (quantity.lower <= other.upper).all() and (quantity.upper >= other.lower).all()
        assert not {"certificate", "nothing"} & set(sharp.engine)
        engines.update(truth.engine)
    return engines


@pytest.mark.parametrize("n", [1, 2, 5, 8, 16])
@pytest.mark.parametrize("kind", KINDS)
def test_no_radius_is_too_small(kind: str, n: int) -> None:
    assert set(agreed(matrices(40, n, kind, 15.0, n))) == {"certificate"}


@pytest.mark.parametrize("by", [{"rows": 900}, {"columns": 900}, {"rows": 400, "columns": 400}])
def test_graded_matrices_are_certified_once_they_are_scaled(by: Any) -> None:
    assert set(agreed(wild(30, 6, 11, **by))) == {"certificate"}


@pytest.mark.parametrize("power", [-1060, -1000, 1000])
def test_certificates_reach_the_ends_of_the_range(power: int) -> None:
    a = matrices(30, 5, "geometric", 6.0, 2)
    a = np.ldexp(a / np.abs(a).max(axis=(1, 2), keepdims=True), power)
    assert agreed(a)["certificate"] == 60


def test_a_truth_moved_by_more_than_its_radius_is_noticed() -> None:
    a = matrices(20, 6, "log-uniform", 9.0, 3)
    for k, reference in enumerate((det, slogdet)):
        part, sharp = (reference(a, level=level).parts[k] for level in (0, 2))
        for sign in (-1, 1):
            lo = part.lo + 2.01 * sign * part.radius
            moved = Enclosure(part.hi, lo, part.radius, part.exponent)
            assert outside(flat(moved), flat(sharp)).all()


def test_determinants_of_integers_are_those_of_exact_arithmetic() -> None:
    a = integers(3, 200, 5, 5, size=2)
    exact = [int(rational(member).det().p) for member in a]
    assert 0 in exact
    value, logarithm = det(a), slogdet(a)
    part = value.parts[0]
    found = np.ldexp(part.hi, part.exponent)
    assert (np.abs(found - exact) <= np.ldexp(part.radius + np.abs(part.lo), part.exponent)).all()
    assert (found[np.equal(exact, 0)] == 0).all() and (part.radius[np.equal(exact, 0)] == 0).all()
    assert value.exists.all()
    assert (logarithm.exists == np.not_equal(exact, 0)).all()
    sign, log = logarithm.parts
    for i, true in enumerate(exact):
        assert (logarithm.engine[i] == "integers") == (true == 0)
        if true:
            assert sign.hi[i] == np.sign(true) and sign.radius[i] == 0
            assert log.hi[i] == pytest.approx(math.log(abs(true)), rel=1e-15, abs=1e-15)


def test_conditions_are_those_of_exact_rationals() -> None:
    a = integers(5, 20, 4, 4)
    quantities = det(a).quantities
    for i, member in enumerate(a):
        exact = rational(member)
        inverse = exact.inv().tolist()
        true = sum(
            abs(Fraction(int(inverse[j][k].p), int(inverse[j][k].q))) * abs(Fraction(member[k, j]))
            for j in range(4)
            for k in range(4)
        )
        condition = quantities["condition"]
        assert condition.lower[i] <= float(true) * (1 + 1e-12)
        assert condition.upper[i] >= float(true) * (1 - 1e-12)
        assert condition.upper[i] <= 1.001 * condition.lower[i]
        assert quantities["amplified"].upper[i] >= 4 * (1 - 1e-12)
        largest = quantities["reach"].upper[i] * 4 * (1 + 1e-12)
        assert quantities["amplified"].lower[i] <= largest


def test_pivots_are_known_where_they_are_plain() -> None:
    a = np.array([[[0.0, 3.0], [0.5, 0.0]], [[2.0, 0.0], [0.0, -8.0]]])
    truth = slogdet(a)
    assert truth.parts[0].hi.tolist() == [-1.0, -1.0]
    assert truth.quantities["logs"].upper == pytest.approx([math.log(6), math.log(16)])
    assert truth.quantities["condition"].upper == pytest.approx([2, 2])


def test_a_logarithm_near_zero_keeps_its_digits() -> None:
    a = np.eye(3)[None] * np.array([1.0, 1 - 2.0**-53, 1 + 2.0**-52])[:, None, None]
    log = slogdet(a).parts[1]
    exact = [0.0, 3 * math.log1p(-(2.0**-53)), 3 * math.log1p(2.0**-52)]
    assert (np.abs(log.hi - exact) <= log.radius + 1e-30).all()
    assert (log.radius <= 2.0**-70).all()


def test_a_singular_matrix_is_never_proved_regular() -> None:
    left, right = integers(1, 200, 6, 5), integers(2, 200, 5, 6)
    truth = det(left @ right)
    assert set(truth.engine) == {"integers"}
    assert not truth.parts[0].hi.any()
    assert np.isinf(truth.quantities["condition"].lower).all()
    assert fmpq_mat(rational((left @ right)[0])).det() == 0


def test_what_is_not_finite_has_no_truth() -> None:
    a = np.stack([np.full((2, 2), np.nan), np.full((2, 2), np.inf), np.eye(2)])
    for truth in (det(a), slogdet(a)):
        assert truth.engine == ("not finite", "not finite", "certificate")
        assert truth.exists.tolist() == [False, False, True]
        assert np.isinf(truth.parts[0].radius[:2]).all()

"""Determinants of complex matrices: against other balls, exact integers and mpmath."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from flint import acb, ctx, fmpq, fmpq_mat

from properties.complex_matrices import STRUCTURES
from properties.dtypes import COMPLEX128
from properties.embedding import DETERMINANT, PHASE
from properties.embedding import embedded as as_real
from properties.linalg.det import forward
from properties.linalg.slogdet import sign
from properties.recipes import Recipe, problem
from properties.routine import Case
from references import audits, embedded
from references import determinants as real
from references.complex_determinants import det, slogdet
from tests.test_complex import balls


def matrices(structure, n, condition=40, scale=200, count=8):
    recipe = Recipe("complex general", count, (n,), structure, condition, scale, "float64", n)
    return problem(recipe).inputs[0]


def outside(part, member, true):
    """How far a ball lies outside of a member's radius, in units of its power of two."""
    hi, lo = part.hi[member], part.lo[member]
    centre = acb(hi.real, hi.imag) + acb(lo.real, lo.imag)
    scale = acb(2) ** int(part.exponent[member])
    return float(abs(true / scale - centre).upper()) - float(part.radius[member]) * (1 + 2.0**-40)


def pivots(a):
    """The determinant of balls by elimination of its own, of 2,000 bits."""
    rows = [[*row] for row in balls(a).tolist()]
    value = acb(1)
    while rows:
        sizes = [float(abs(row[0]).mid().log()) if row[0] != 0 else -np.inf for row in rows]
        first = sizes.index(max(sizes))
        if first:
            rows[0], rows[first], value = rows[first], rows[0], -value
        (head, *top), *others = rows
        value *= head
        if head == 0:
            return acb(0)
        rows = [[x - row[0] / head * t for x, t in zip(row[1:], top)] for row in others]  # noqa: B905
    return value


@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize("level", [0, 2])
def test_no_radius_is_too_small(structure, n, level):
    a, saved = matrices(structure, n), ctx.prec
    truth, logs = det(a, level=level), slogdet(a, level=level)
    assert "nothing" not in truth.engine and truth.exists.all()
    ctx.prec = 2000
    try:
        for i in range(len(a)):
            value = pivots(a[i])
            if truth.engine[i] == "integers":
                assert truth.parts[0].hi[i] == 0 and truth.parts[0].radius[i] == 0
                assert value.contains(0) and not logs.exists[i]
                continue
            assert outside(truth.parts[0], i, value) <= 0
            assert outside(logs.parts[0], i, value / abs(value)) <= 0
            assert outside(logs.parts[1], i, acb(abs(value).log())) <= 0
            moved = truth.parts[0]
            far = acb(moved.hi[i].real, moved.hi[i].imag) * (1 + acb(2) ** -50)
            assert outside(moved, i, far * acb(2) ** int(moved.exponent[i])) > 0
    finally:
        ctx.prec = saved


def test_determinants_of_gaussian_integers_are_exact():
    a = matrices("gaussian integers", 2, scale=0, count=40)
    exact = a[:, 0, 0] * a[:, 1, 1] - a[:, 0, 1] * a[:, 1, 0]
    part = det(a).parts[0]
    gap = part.hi - exact * np.exp2(-part.exponent) + part.lo
    assert (np.abs(gap) <= part.radius).all() and (part.radius < 2.0**-90).all()
    part = det(a, level=1).parts[0]
    assert (part.hi * np.exp2(part.exponent) == exact).all()
    assert (np.abs(part.lo) <= part.radius).all()


def test_conditions_are_those_of_exact_rationals():
    a = matrices("dense", 3, scale=0)
    known = det(a).quantities
    for i, member in enumerate(a):
        whole = embedded.matrix(member[None])[0]
        inverse = fmpq_mat(6, 6, [fmpq(*x.as_integer_ratio()) for x in whole.ravel().tolist()])
        parts = np.array([[float(x.p) / float(x.q) for x in r] for r in inverse.inv().tolist()])
        size = np.hypot(parts[:3, :3], parts[3:, :3])
        trace = np.trace(size @ np.abs(member))
        assert known["condition"].lower[i] <= trace * (1 + 1e-12)
        assert known["condition"].upper[i] >= trace * (1 - 1e-12)
        assert known["condition"].upper[i] <= 1.001 * known["condition"].lower[i]
        assert known["amplified"].upper[i] >= 3 * (1 - 1e-12)
        assert known["amplified"].lower[i] <= 3 * known["reach"].upper[i]


def test_conditions_of_real_matrices_are_those_of_reals():
    a = np.random.default_rng(2).standard_normal((20, 4, 4))
    one, other = det(a).quantities, real.det(a).quantities
    two = det(a.astype(np.complex128)).quantities
    for name in ("condition", "amplified", "reach", "logs"):
        assert (one[name].upper == other[name].upper).all()
        assert np.allclose(two[name].upper, other[name].upper, rtol=1e-3), name


def test_mpmath_agrees():
    a = matrices("dense", 4)
    truth, logs = det(a), slogdet(a)
    for i in range(4):
        assert audits.disagreement(audits.det(a[i]), truth, i) == 0
        assert audits.disagreement(audits.slogdet(a[i]), logs, i) == 0
        assert audits.disagreement(audits.det(a[i].conj()), truth, i) > 1e-6


def case_of(a, *answer, reference=det, embedding=DETERMINANT):
    p = problem(Recipe("complex general", len(a), a.shape[1:2], "dense", 0, 0, "float32", 1))
    case = Case(replace(p, inputs=(a,)), answer, reference(a), COMPLEX128, "eager")
    return as_real(case, embedding)


def test_measures_by_known_answers():
    a, eps = np.diag([3j, 4 + 0j])[None], COMPLEX128.eps  # determinant 12 i
    for off in (16 * eps, 16j * eps):
        error = forward(case_of(a, np.array([12j + off])))
        assert error.upper[0] == pytest.approx(4 / 3, rel=1e-6) and error.lower[0] <= 4 / 3
    assert forward(case_of(a, np.array([-12j]))).lower[0] * eps > 1.9
    phases = np.array([1j * (1 + 4 * eps)]), np.array([np.log(12) + 0j])
    case = case_of(a, *phases, reference=slogdet, embedding=PHASE)
    assert sign(case).upper.max() == pytest.approx(4, rel=1e-6)


def test_what_is_not_finite_has_no_truth():
    a = np.stack([np.full((2, 2), np.nan * 1j), np.full((2, 2), np.inf + 0j), np.eye(2) * 1j])
    for truth in (det(a), slogdet(a)):
        assert truth.engine == ("not finite", "not finite", "certificate")
        assert truth.exists.tolist() == [False, False, True]
        assert np.isinf(truth.parts[0].radius[:2]).all()

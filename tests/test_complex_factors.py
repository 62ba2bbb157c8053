"""Triangular factors of complex matrices: against balls of complex numbers, exactly, by mpmath."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from flint import acb, acb_mat, ctx

from properties import complex_definite, complex_matrices
from properties.dtypes import COMPLEX64, COMPLEX128, FLOAT32
from properties.embedding import DEFINITE, TRIANGULAR, embedded
from properties.linalg import cholesky as routine
from properties.linalg import qr as qr_routine
from properties.recipes import Recipe, problem
from properties.routine import Case
from references import audits
from references.cholesky import cholesky as real_cholesky
from references.interleaved import cholesky, hermitian, interleaved, logdet, qr
from tests.exactness import integers
from tests.test_complex import balls, gap


def hermitians(structure, n, condition=40, scale=20, count=12):
    recipe = Recipe("complex definite", count, (n,), structure, condition, scale, "float32", n)
    return problem(recipe).inputs[0]


def rectangles(structure, m, n, condition=20, scale=20, count=8):
    recipe = Recipe("complex rectangular", count, (m, n), structure, condition, scale, "float32", n)
    return problem(recipe).inputs[0]


def whole(a):
    """The Hermitian matrix of a lower triangle, as balls."""
    lower = np.tril(a)
    np.einsum("ii->i", lower).imag = 0.0
    return balls(lower + np.tril(lower, -1).conj().T)


def factor(a):
    """L of a Hermitian matrix of balls by the formulas of complex numbers; None without one."""
    n = a.nrows()
    lower = acb_mat(n, n)
    for j in range(n):
        for i in range(j, n):
            value = a[i, j]
            for k in range(j):
                value -= lower[i, k] * lower[j, k].conjugate()
            if i == j and not value.real > 0:
                return None
            lower[i, j] = acb(value.real.sqrt()) if i == j else value / lower[j, j]
    return lower


@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize("structure", complex_definite.STRUCTURES)
@pytest.mark.parametrize("level", [0, 1])
def test_no_radius_of_a_factor_is_too_small(structure, n, level):
    a, saved = hermitians(structure, n), ctx.prec
    truth, log = cholesky(a, level=level), logdet(a, level=level)
    assert "nothing" not in truth.engine
    ctx.prec = 2000
    try:
        for i in range(len(a)):
            lower = factor(whole(a[i]))
            assert np.isfinite(truth.parts[0].radius[i]).all() == (lower is not None)
            assert log.exists[i] == (lower is not None)
            if lower is not None:
                assert gap(truth.parts[0], i, lower) <= 0
                value = 2 * sum((lower[k, k].real.log() for k in range(n)), acb(0).real)
                part = log.parts[0]
                off = abs(value - part.hi[i].item() - part.lo[i].item())
                assert float(off.upper()) <= part.radius[i] * (1 + 2.0**-40)
    finally:
        ctx.prec = saved


@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (5, 2)])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("structure", complex_matrices.RECTANGULAR)
def test_no_radius_of_r_is_too_small(structure, shape, full):
    a, saved = rectangles(structure, *shape), ctx.prec
    truth = qr(a, full_matrices=full)
    part = truth.parts[1]
    assert np.iscomplexobj(truth.parts[0].hi) and "nothing" not in truth.engine
    ctx.prec = 2000
    try:
        for i in np.flatnonzero(np.isfinite(part.radius).all(axis=(1, 2))):
            rows = balls(a[i])
            lower = factor(balls(a[i].conj().T) * rows)
            top = replace(part, hi=part.hi[:, : shape[1]])
            assert gap(top, i, lower.conjugate().transpose()) <= 0
            assert not part.hi[i, shape[1] :].any()
        assert np.isfinite(part.radius[:, 0, 0]).any() == (structure != "rank deficient")
    finally:
        ctx.prec = saved


@pytest.mark.parametrize("reference", [cholesky, logdet, qr])
def test_a_truth_moved_by_more_than_its_radius_is_noticed(reference):
    a = hermitians("gaussian gram", 4)
    rough, sharp = (reference(a, level=level).parts[-1] for level in (0, 2))
    off = np.abs((rough.hi - sharp.hi) + (rough.lo + 2.01 * rough.radius - sharp.lo))
    outside = off > rough.radius + sharp.radius
    assert outside[rough.radius > 0].all()


def test_mpmath_agrees_and_knows_nothing_of_the_interleaving():
    for structure in complex_definite.STRUCTURES:
        a = hermitians(structure, 3, condition=16, count=4)
        truth, log = cholesky(a), logdet(a)
        for i in np.flatnonzero(log.exists):
            assert audits.disagreement(audits.cholesky(a[i]), truth, i) == 0
            assert audits.disagreement(audits.logdet(a[i]), log, i) == 0
    a = rectangles("gaussian integers", 4, 3)
    truth, other = qr(a), qr(a.conj())
    for i in range(4):
        found = audits.qr(a[i])
        assert audits.disagreement(found, truth, i) == 0
        assert audits.disagreement(found, other, i) > 1e-3


def test_quantities_are_those_of_exact_numbers():
    # L = [[2, 0], [1 + i, 1]], L^-1 = [[1/2, 0], [-(1 + i)/2, 1]], d = (2, root 3)
    lower = np.array([[[2, 0], [1 + 1j, 1]]])
    a = lower @ lower.conj().transpose(0, 2, 1)
    known = cholesky(a).quantities
    assert known["definite"].upper[0] == pytest.approx(1 + (2 + 3**0.5) ** 2, rel=1e-12)
    assert known["logs"].upper[0] == pytest.approx(2 * np.log(2), rel=1e-12)
    assert known["kappa"].upper[0] >= np.linalg.cond(a[0]) >= known["kappa"].lower[0]
    assert logdet(a).parts[0].hi[0] == pytest.approx(np.log(4), rel=1e-15)
    across = lower.conj().transpose(0, 2, 1)
    # The inverse of the Gram matrix [[4, 2 - 2i], [2 + 2i, 3]] has the diagonal 3/4, 1.
    trace = float(Fraction(3, 4) * 4 + 1 * 3)
    known = qr(across).quantities
    assert known["skew"].upper[0] == pytest.approx(trace, rel=1e-12)
    assert known["norm"].lower[0] <= 7**0.5 <= known["norm"].upper[0]
    assert known["norm"].upper[0] == pytest.approx(7**0.5, rel=1e-12)


def test_the_upper_triangle_and_imaginary_diagonals_are_not_read():
    a = hermitians("geometric", 4, condition=8)
    dirty = np.where(np.triu(np.ones((4, 4), dtype=bool), 1), 7.5 - 2j, a) + 3j * np.eye(4)
    for reference in (cholesky, logdet):
        clean, other = reference(a).parts[0], reference(dirty).parts[0]
        assert (clean.hi == other.hi).all() and (clean.radius == other.radius).all()
    assert not cholesky(a + np.inf * 1j * np.eye(4)).exists.any()


def test_real_matrices_are_what_they_were():
    a = integers(3, 20, 4, 4)
    a = a @ np.swapaxes(a, 1, 2)
    one, other = cholesky(a).parts[0], real_cholesky(a).parts[0]
    assert (one.hi == other.hi).all() and one.hi.dtype == np.float64


def test_interleaving_keeps_products_and_adjoints():
    rng = np.random.default_rng(5)
    z = rng.integers(-9, 9, (2, 3, 3, 3)) + 1j * rng.integers(-9, 9, (2, 3, 3, 3))
    assert (interleaved(z[0]) @ interleaved(z[1]) == interleaved(z[0] @ z[1])).all()
    across = np.conj(np.swapaxes(z[0], 1, 2))
    assert (np.swapaxes(interleaved(z[0]), 1, 2) == interleaved(across)).all()
    assert (np.tril(hermitian(z[0])) == np.tril(hermitian(np.tril(z[0])))).all()


def case_of(reference, a, embedding, *answer):
    p = problem(Recipe("complex definite", len(a), (2,), "geometric", 0, 0, "float32", 1))
    sizes = {"m": a.shape[1], "n": a.shape[2]}
    p = replace(p, inputs=(a,), sizes=sizes, arguments={})
    return embedded(Case(p, answer, reference(a), COMPLEX128, "eager"), embedding)


def test_measures_of_factors_by_known_answers():
    lower = np.array([[[2, 0], [1 + 1j, 1]]])
    a = lower @ lower.conj().transpose(0, 2, 1)
    eps = COMPLEX128.eps
    off = lower + np.array([[0, 0], [4j * eps, 0]])
    case = case_of(cholesky, a, DEFINITE, off)
    rows = routine.by_rows(case)  # 4 eps beside a row of length root 3
    assert rows.lower[0] <= 4 / 3**0.5 <= rows.upper[0] <= 2.32
    left = routine.residual(case)  # (1, 2): 8 eps beside 12; (2, 2): 8 eps beside 3
    assert left.upper.max() == pytest.approx(8 / 3, rel=1e-6)
    assert routine.zeros(case).upper[0] == 0
    conjugate = routine.residual(case_of(cholesky, a, DEFINITE, lower.conj()))
    assert conjugate.lower.max() * eps > 0.5
    nothing = routine.residual(case_of(cholesky, a, DEFINITE, 0 * lower))
    assert nothing.lower.max() * eps == pytest.approx(1)
    real_diagonal = lower + 1j * eps * np.eye(2)
    assert routine.zeros(case_of(cholesky, a, DEFINITE, real_diagonal)).lower[0] > 0


def test_what_is_no_number_above_the_diagonal_does_not_decide_what_is_judged():
    wrong = np.array([[[0, np.nan], [0, 0]], [[np.nan, 0], [0, 0]]])
    tidy = routine.tidied(wrong + 0j)
    assert np.isfinite(tidy).all(axis=(1, 2)).tolist() == [True, False]
    assert tidy[0, 0, 1] == 1 and routine.tidied(wrong) is wrong


def test_phases_of_r_are_free():
    upper = np.array([[[2, 1 + 1j], [0, 3]]])
    for phases in ([1, -1], [1j, 0.6 - 0.8j]):
        q = np.diag(np.conj(phases))[None]
        r = np.array(phases)[None, :, None] * upper
        case = case_of(qr, upper.astype(complex), TRIANGULAR, q, r)
        assert qr_routine.triangle(case).upper[0] < 8
        assert qr_routine.residual(case).upper[0] < 8
        assert qr_routine.orthogonality(case).upper[0] < 8
        assert qr_routine.zeros(case).upper[0] == 0
    wrong = case_of(qr, upper.astype(complex), TRIANGULAR, np.eye(2)[None] + 0j, upper.conj())
    assert qr_routine.triangle(wrong).lower[0] * COMPLEX128.eps > 0.1


@pytest.mark.parametrize("structure", complex_definite.STRUCTURES)
def test_definite_problems_are_hermitian_and_stand_by_themselves(structure):
    recipe = Recipe("complex definite", 40, (4,), structure, 20, 8, "float32", 3)
    p = problem(recipe)
    (a,) = p.inputs
    assert [d.name for d in p.dtypes] == ["complex64", "complex128"]
    clean = ~p.traits["garbage"]
    assert 0 < clean.sum() < 40
    assert (a[clean] == np.conj(np.swapaxes(a[clean], 1, 2))).all()
    assert not np.einsum("bii->bi", a).imag.any()
    again = problem(recipe._replace(members=(7,)))
    assert (again.inputs[0][0] == a[7]).all() and again.digests[0] == p.digests[7]


def test_real_answers_beside_complex_input_have_the_format_of_parts():
    x = np.ones(2)
    assert COMPLEX64.of(x) == np.float32 and COMPLEX128.of(x) == np.float64
    assert COMPLEX64.of(x * 1j) == np.complex64 and FLOAT32.of(x) == np.float32
    assert COMPLEX64.round(x / 3).dtype == np.float64

"""Eigenvalues and singular values of complex matrices: measures by known answers, audits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from properties import complex_definite, complex_matrices
from properties.dtypes import COMPLEX128
from properties.embedding import HERMITIAN, SINGULAR, embedded, twice
from properties.linalg import eigh as routine
from properties.linalg import svd as singular
from properties.recipes import Recipe, problem
from properties.routine import Case
from references import audits

EPS = COMPLEX128.eps
UNIT = np.array([[[1, 1], [1j, -1j]]]) / 2**0.5  # of [[2, -i], [i, 2]], with values 3 and 1


def hermitians(structure, n, count=8):
    recipe = Recipe("complex hermitian", count, (n,), structure, 20, 8, "float32", n)
    return problem(recipe)


def case_of(a, w, v):
    p = hermitians("diagonal", a.shape[1], len(a))
    p = replace(p, inputs=(a,))
    return embedded(Case(p, (w, v), routine.eigh(a), COMPLEX128, "eager"), HERMITIAN)


@pytest.mark.parametrize("structure", complex_definite.ANY_SIGNS)
def test_mpmath_agrees_and_conjugates_are_told_apart_by_vectors(structure):
    (a,) = hermitians(structure, 3, 4).inputs
    truth = routine.eigvalsh(a)
    assert np.iscomplexobj(truth.parts[0].hi)
    for i in range(len(a)):
        assert audits.disagreement(audits.eigvalsh(a[i]), truth, i) == 0


def rectangle(structure, m, n, count=4):
    recipe = Recipe("complex rectangular", count, (m, n), structure, 20, 8, "float32", n)
    return problem(recipe)


@pytest.mark.parametrize("structure", complex_matrices.RECTANGULAR)
def test_mpmath_agrees_of_singular_values(structure):
    for shape in ((4, 3), (2, 3)):
        (a,) = rectangle(structure, *shape).inputs
        truth = singular.known(a, compute_uv=False)
        for i in range(len(a)):
            assert audits.disagreement(audits.svd(a[i]), truth, i) == 0


def singular_case(a, *answer, **arguments: bool):
    p = replace(rectangle("dense", *a.shape[1:], 1), inputs=(a,), arguments=arguments)
    truth = singular.known(a, **arguments)
    return embedded(Case(p, answer, truth, COMPLEX128, "eager"), SINGULAR)


def test_measures_of_singular_values_by_known_answers():
    # U diag(3, 1) V^H with columns of UNIT in both, V a phase off
    v = UNIT * np.array([1j, 1])
    s = np.array([[3.0, 1.0]])
    a = np.round((UNIT * s[:, None, :]) @ np.conj(np.swapaxes(v, 1, 2)), 12)
    case = singular_case(a, s, UNIT, v)
    measures = singular.reconstruction, singular.left_orthogonality, singular.right_orthogonality
    for measure in (*measures, singular.values):
        assert measure(case).upper[0] < 4
    assert singular.descending(case).upper[0] == 0
    conjugate = singular_case(a, s, UNIT, v.conj())
    assert singular.reconstruction(conjugate).lower[0] * EPS > 0.5
    alone = singular_case(a, s * np.array([1, 1 + 8 * EPS]), compute_uv=False)
    assert singular.values(alone).upper[0] == pytest.approx(8 / 20**0.5, rel=0.3)
    assert singular.descending(singular_case(a, s[:, ::-1], compute_uv=False)).lower[0] > 0


def test_some_are_indefinite_and_all_but_garbage_is_hermitian():
    p = hermitians("arithmetic", 4, 64)
    (a,) = p.inputs
    w = np.linalg.eigvalsh(a)
    indefinite = (w[:, 0] < 0) & (w[:, -1] > 0)
    assert 16 < indefinite.sum() < 48 and (w[:, -1] < 0).any()
    clean = a[~p.traits["garbage"]]
    assert (clean == np.conj(np.swapaxes(clean, 1, 2))).all() and p.traits["garbage"].any()


def test_measures_of_hermitian_matrices_by_known_answers():
    a = np.array([[[2, 5.5], [1j, 2 + 3j]]])  # neither 5.5 nor 3i is read
    w, v = np.array([[1, 3]]) + 0j, UNIT[:, :, ::-1].copy()
    good = case_of(a, w, v)
    for measure in (routine.residuals, routine.orthogonality, routine.values, routine.vectors):
        assert measure(good).upper[0] < 4
    assert routine.ascending(good).upper[0] == 0
    phased = case_of(a, w, v * np.array([1j, 0.6 - 0.8j]))
    assert routine.residuals(phased).upper[0] < 4 and routine.vectors(phased).upper[0] < 4
    # ||A|| is the root of 10, that of what it is embedded as the root of 20
    off = routine.values(case_of(a, w + np.array([0, 8 * EPS]), v))
    assert off.upper[0] == pytest.approx(8 / 20**0.5, rel=1e-6)
    conjugate = case_of(a, w, v.conj())
    assert routine.residuals(conjugate).lower[0] * EPS > 0.5
    assert routine.vectors(conjugate).lower[0] * EPS > 0.2
    assert routine.ascending(case_of(a, w[:, ::-1], v)).lower[0] > 0


def test_an_imaginary_part_is_an_error_and_out_of_order():
    a, v = np.array([[[2, 0], [1j, 2]]]), UNIT[:, :, ::-1].copy()
    case = case_of(a, np.array([[1 + 8j * EPS, 3]]), v)
    assert routine.values(case).upper[0] == pytest.approx(8 / 20**0.5, rel=1e-6)
    assert routine.ascending(case).lower[0] > 0
    assert twice(np.array([[1 - 2j, 3.0]])).tolist() == [[3, -1, 3, 3]]


def test_pairs_of_real_values_are_no_complex_ones():
    w = np.array([[1 + 3j, 1e-40], [2, 5]])
    assert np.isnan(routine.tidied(w)).all()
    for kept in (w.real + 0j, w.real, np.array([[np.nan + 0j, 1]]), UNIT):
        assert routine.tidied(kept) is kept

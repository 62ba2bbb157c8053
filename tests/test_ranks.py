"""Ranks and eigenvalues of three diagonals, whose answers are known by hand."""

from __future__ import annotations

import numpy as np
import pytest

from references import audits_spectral, opinions, opinions_structured
from references.audits import disagreement
from references.ranks import matrix_rank
from references.tridiagonal_eigen import eigh_tridiagonal, whole
from tests.exactness import known_spectrum, normal

SPECTRUM = known_spectrum(3, np.exp2(-5.0 * np.arange(8)))[None]  # 1 to 2^-35


@pytest.mark.parametrize(("tol", "rank"), [(2.0**-12, 3), (2.0**-21, 5), (2.0**-60, 8), (2.0, 0)])
def test_ranks_count_what_lies_above_the_cut(tol, rank):
    truth = matrix_rank(SPECTRUM, tol=tol)
    assert truth.parts[0].hi.tolist() == [rank]
    assert truth.parts[0].radius.tolist() == [0.0]
    audit = audits_spectral.matrix_rank(SPECTRUM[0], tol=tol)
    assert disagreement(audit, truth, 0) == 0
    assert opinions.matrix_rank(SPECTRUM[0], tol=tol)[0] == rank


def test_the_default_cut_is_that_of_the_dtype():
    coarse, fine = (matrix_rank(SPECTRUM, eps=eps).parts[0].hi[0] for eps in (2.0**-24, 2.0**-52))
    assert [coarse, fine] == [5, 8]  # 8 eps is 2^-21 and 2^-49
    assert matrix_rank(2.0**40 * SPECTRUM, eps=2.0**-24).parts[0].hi[0] == 5
    with pytest.raises(ValueError, match="eps"):
        matrix_rank(SPECTRUM)


def test_a_value_at_the_cut_decides_nothing():
    a = np.diag([1.0, 0.25, 0.125])[None]
    assert matrix_rank(a, tol=0.2).parts[0].hi[0] == 2
    at = matrix_rank(np.array([[[3.0, 1.0], [1.0, 3.0]]]) / 3, tol=2 / 3)
    assert np.isinf(at.parts[0].radius[0]) or at.quantities["margin"].upper[0] < 1e-15
    zero = matrix_rank(np.zeros((1, 3, 2)), eps=2.0**-52)
    assert zero.parts[0].hi[0] == 0
    assert np.isinf(zero.quantities["margin"].lower[0])


def test_three_diagonals_have_the_eigenvalues_of_second_differences():
    n = 8
    alpha, beta = np.full((1, n), 2.0), np.full((1, n - 1), -1.0)
    truth = eigh_tridiagonal(alpha, beta)
    part = truth.parts[0]
    expected = 4 * np.sin(np.arange(1, n + 1) * np.pi / (2 * (n + 1))) ** 2
    assert np.allclose(np.ldexp(part.hi[0], part.exponent[0]), expected, rtol=0, atol=1e-14)
    assert truth.quantities["size"].lower[0] <= 4 <= truth.quantities["size"].upper[0]
    assert truth.quantities["off"].lower[0] <= 1 <= truth.quantities["off"].upper[0]
    (opinion,) = opinions_structured.eigh_tridiagonal(alpha[0], beta[0])
    assert np.allclose(opinion, expected, rtol=0, atol=1e-14)


def test_phases_of_couplings_do_not_matter():
    alpha, beta = normal(1, 1, 5), normal(2, 1, 4)
    turned = beta * np.array([[1j, -1j, -1, 1j]])
    real, found = eigh_tridiagonal(alpha, beta), eigh_tridiagonal(alpha + 1j, turned)
    assert np.allclose(real.parts[0].hi, found.parts[0].hi, rtol=0, atol=1e-14)
    assert np.array_equal(whole(alpha, turned)[0], whole(alpha, turned)[0].conj().T)
    audit = audits_spectral.eigh_tridiagonal(alpha[0], turned[0])
    assert disagreement(audit, found, 0) == 0

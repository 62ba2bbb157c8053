"""Cholesky factors, logarithms of determinants and R: certificates against balls, and exactly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from references import audits
from references.cholesky import cholesky, logdet
from references.exact import positive_definite
from references.orthogonal import qr
from references.truth import Enclosure, Truth
from tests.exactness import integers, rational
from tests.test_certificates import matrices, outside
from tests.test_determinants import flat


def definite(count: int, n: int, digits: float, seed: int, *, scale: int = 300) -> Any:
    """Positive definite matrices of condition up to 10^digits, times powers of two."""
    rng = np.random.default_rng(seed)
    q = np.linalg.qr(rng.standard_normal((count, n, n)))[0]
    values = 10.0 ** (-rng.uniform(0, digits, (count, 1)) * rng.random((count, n)))
    a = (q * values[:, None, :]) @ np.swapaxes(q, 1, 2)
    a = (a + np.swapaxes(a, 1, 2)) / 2
    return np.ldexp(a, rng.integers(-scale, scale + 1, (count, 1, 1)))


def tall(count: int, n: int, kind: str, digits: float, seed: int) -> Any:
    """Matrices of n + 1 rows."""
    a = matrices(count, n, kind, digits, seed)
    return np.concatenate([a, 0.5 * a[:, :1]], axis=1)


def agreed(reference: Callable[..., Truth], a: Any) -> Counter[str]:
    """Certificates hold what balls say, in values and quantities; what proved the members."""
    truth, sharp = (reference(a, level=level) for level in (0, 2))
    rough, fine = truth.parts[-1], sharp.parts[-1]
    if rough.hi.ndim == 1:
        rough, fine = flat(rough), flat(fine)
    known, same = (np.isfinite(part.radius).all(axis=(1, 2)) for part in (rough, fine))
    assert (known == same).all()
    assert not (outside(rough, fine) & known).any()
    for name, quantity in truth.quantities.items():
        other = sharp.quantities[name]
        assert (quantity.lower <= other.upper).all() and (quantity.upper >= other.lower).all()
    assert not {"certificate", "nothing"} & set(sharp.engine)
    return Counter(truth.engine)


@pytest.mark.parametrize("n", [1, 2, 5, 8, 16])
@pytest.mark.parametrize("digits", [3.0, 12.0, 15.0])
@pytest.mark.parametrize("reference", [cholesky, logdet])
def test_no_radius_of_a_factor_is_too_small(reference: Any, n: int, digits: float) -> None:
    engines = agreed(reference, definite(30, n, digits, n))
    assert engines["certificate"] >= 28


@pytest.mark.parametrize("n", [1, 2, 5, 8, 16])
@pytest.mark.parametrize("kind", ["geometric", "log-uniform", "graded rows", "graded columns"])
def test_no_radius_of_r_is_too_small(kind: str, n: int) -> None:
    a = tall(20, n, kind, 12.0, n)
    a /= np.abs(a).max(axis=(1, 2), keepdims=True)
    assert agreed(qr, a)["certificate"] >= 15


@pytest.mark.parametrize("reference", [cholesky, logdet])
def test_graded_matrices_are_as_good_as_their_diagonal(reference: Any) -> None:
    a = definite(30, 6, 3.0, 5, scale=0)
    k = np.random.default_rng(6).integers(-400, 400, (30, 6))
    engines = agreed(reference, np.ldexp(a, k[:, :, None] + k[:, None, :]))
    assert set(engines) == {"certificate"}


@pytest.mark.parametrize("power", [-1060, 1000])
def test_the_ends_of_the_range(power: int) -> None:
    a = definite(20, 5, 4.0, 3, scale=0)
    assert agreed(cholesky, np.ldexp(a, power)) == {"certificate": 20}
    assert agreed(qr, np.ldexp(tall(20, 4, "geometric", 4.0, 1), 0))["certificate"] >= 15


@pytest.mark.parametrize("reference", [cholesky, logdet, qr])
def test_a_truth_moved_by_more_than_its_radius_is_noticed(reference: Any) -> None:
    a = definite(20, 6, 9.0, 3)
    part, sharp = (reference(a, level=level).parts[-1] for level in (0, 2))
    for sign in (-1, 1):
        moved = Enclosure(part.hi, part.lo + 2.01 * sign * part.radius, part.radius, part.exponent)
        pair = (moved, sharp) if part.hi.ndim > 1 else (flat(moved), flat(sharp))
        assert outside(*pair).all()


def test_definiteness_is_that_of_exact_minors() -> None:
    half = integers(4, 300, 4, 4, size=3)
    a = half + np.swapaxes(half, 1, 2) + 4 * np.eye(4)
    exact = [all(rational(m[:k, :k]).det() > 0 for k in range(1, 5)) for m in a]
    assert 30 < sum(exact) < 270
    assert [positive_definite(m) for m in a] == exact
    truth = cholesky(a)
    assert np.isfinite(truth.parts[0].radius).all(axis=(1, 2)).tolist() == exact
    assert np.isinf(truth.quantities["definite"].lower).tolist() == np.logical_not(exact).tolist()
    assert logdet(a).exists.tolist() == exact


def test_semidefinite_matrices_have_no_factor() -> None:
    x = integers(7, 50, 5, 3)
    truth = cholesky(x @ np.swapaxes(x, 1, 2))
    assert set(truth.engine) == {"integers"}
    assert truth.exists.all() and np.isinf(truth.parts[0].radius[:, 0, 0]).all()


def test_a_matrix_that_is_barely_definite_is_told_from_one_that_is_not() -> None:
    a = np.ones((2, 2, 2))
    a[0, 1, 1], a[1, 1, 1] = 1 + 2.0**-52, 1 - 2.0**-53
    assert cholesky(a).engine[1] == "integers"
    assert np.isfinite(cholesky(a).parts[0].radius[0]).all()
    assert logdet(a).parts[0].hi[0] == pytest.approx(-52 * np.log(2), rel=1e-15)


def test_only_the_lower_triangle_is_read() -> None:
    a = definite(10, 4, 3.0, 8)
    garbage = np.where(np.triu(np.ones((4, 4), dtype=bool), 1), np.nan_to_num(7.5), a)
    for reference in (cholesky, logdet):
        clean, dirty = reference(a).parts[0], reference(garbage).parts[0]
        assert (clean.hi == dirty.hi).all() and (clean.radius == dirty.radius).all()


def test_the_condition_is_that_of_exact_rationals() -> None:
    a = np.array([[[4.0, 1.0], [1.0, 9.0]]])
    inverse = [[Fraction(9, 35), Fraction(-1, 35)], [Fraction(-1, 35), Fraction(4, 35)]]
    trace = float(4 * inverse[0][0] + 9 * inverse[1][1])
    quantities = cholesky(a).quantities
    # L^-1 = [[1/2, 0], [-1/(2 sqrt 35), 2/sqrt 35]], d = (2, 3)
    definite_ = 1.0 + (7 / np.sqrt(35.0)) ** 2
    assert quantities["definite"].upper[0] == pytest.approx(definite_, rel=1e-12)
    assert quantities["kappa"].upper[0] >= np.linalg.cond(a[0]) >= quantities["kappa"].lower[0]
    columns = np.array([[[2.0, 0.5], [0.0, np.sqrt(35.0) / 2]]])
    assert qr(columns).quantities["skew"].upper[0] == pytest.approx(trace, rel=1e-12)


def test_r_is_what_it_is_for_a_product() -> None:
    r = np.triu(integers(3, 10, 4, 4)) + 10 * np.eye(4)
    q = np.array([[0.6, -0.8], [0.8, 0.6]])
    a = np.kron(np.eye(2), q) @ r  # rounds, a little
    part = qr(a, full_matrices=True).parts[1]
    assert np.allclose(np.ldexp(part.hi, part.exponent[:, None, None]), r, atol=1e-13)
    assert (part.hi[:, np.tril_indices(4, -1)[0], np.tril_indices(4, -1)[1]] == 0).all()


def test_dependent_columns_and_wide_matrices_have_no_unique_r() -> None:
    x, y = integers(1, 20, 6, 3), integers(2, 20, 3, 4)
    assert set(qr(x @ y).engine) == {"integers"}
    assert set(qr(integers(3, 20, 3, 5)).engine) == {"nothing"}
    for a in (x @ y, integers(3, 20, 3, 5), np.zeros((20, 3, 2))):
        truth = qr(a)
        assert np.isinf(truth.parts[1].radius).all() and truth.exists.all()
        assert np.isinf(truth.quantities["skew"].upper).all()


@pytest.mark.parametrize("full", [False, True])
def test_mpmath_finds_the_same_r(full: bool) -> None:
    a = tall(3, 5, "geometric", 6.0, 4)
    truth = qr(a, full_matrices=full)
    part = truth.parts[1]
    moved = Enclosure(part.hi * (1 + 2.0**-40), part.lo, part.radius, part.exponent)
    wrong = Truth((truth.parts[0], moved), truth.quantities, truth.exists, truth.engine)
    for i in range(3):
        found = audits.qr(a[i], full_matrices=full)
        assert audits.disagreement(found, truth, i) == 0
        assert audits.disagreement(found, wrong, i) > 2.0**-44


def test_what_is_not_finite_has_no_truth() -> None:
    a = np.stack([np.full((2, 2), np.nan), np.full((2, 2), np.inf), np.eye(2)])
    for reference in (cholesky, logdet, qr):
        truth = reference(a)
        assert truth.engine == ("not finite", "not finite", "certificate")
        assert truth.exists.tolist() == [False, False, True]

"""Gradients of polynomials, lbeta and moments: by rational arithmetic, by hand, by mpmath."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest

from properties.registry import routines
from references import pullbacks_of_combinations as combinations
from references import pullbacks_of_weights as weights
from references.audits import disagreement
from references.truth import Truth
from tests.test_rest_of_linalg import problems

NAMES = (
    "math.polyval.gradient", "math.lbeta.gradient", "nn.weighted_moments.gradient",
    "nn.normalize_moments.gradient",
)  # fmt: skip
RNG = np.random.default_rng(7)


def value(truth: Truth, part: int = 0) -> np.ndarray:
    """The centre of the first member."""
    found = truth.parts[part]
    return (found.hi[0] + found.lo[0]) * 2.0 ** found.exponent[0]


def whole(*shape: int) -> np.ndarray:
    """One member of small whole numbers."""
    return RNG.integers(-9, 10, (1, *shape)).astype(float)


def exactly(truth: Truth, part: int, expected: Any) -> None:
    """The first member encloses these rational numbers, to twenty digits."""
    found = truth.parts[part]
    assert found.hi[0].shape == np.shape(expected)
    for at, wanted in np.ndenumerate(np.array(expected, dtype=object)):
        near, rest, radius = (side[(0, *at)] for side in (found.hi, found.lo, found.radius))
        scale = Fraction(2) ** int(found.exponent[0])
        off = abs((Fraction(near) + Fraction(rest)) * scale - wanted)
        assert off <= Fraction(radius) * scale
        assert radius <= 2.0**-70 * max(abs(near), 2.0**-900)


def rational(x: np.ndarray) -> np.ndarray:
    """A member as rational numbers."""
    return np.vectorize(Fraction, otypes=[object])(x[0])


def test_a_polynomial_goes_back_by_powers_and_by_its_derivative():
    given = (*(whole(2) for _ in range(4)), whole(2) / 4, whole(2))
    found = combinations.polyval(*given)
    *cs, x, w = map(rational, given)
    exactly(found, 0, [w * x**3, w * x**2, w * x, w])
    exactly(found, 1, w * (3 * cs[0] * x**2 + 2 * cs[1] * x + cs[2]))


def test_a_complex_polynomial_goes_back_by_conjugates():
    """(1 + i) x + 2 at x = i, with 3 - i from above."""
    found = combinations.polyval(*(np.array([[z]]) for z in (1 + 1j, 2 + 0j, 1j, 3 - 1j)))
    assert value(found, 0).ravel().tolist() == [(3 - 1j) * -1j, 3 - 1j]
    assert value(found, 1).ravel().tolist() == [(3 - 1j) * (1 - 1j)]


def test_lbeta_goes_back_by_differences_of_digamma():
    """psi(1) - psi(3) is -3/2, psi(2) - psi(3) is -1/2."""
    found = combinations.lbeta(np.array([[1.0, 2.0]]), np.array([4.0]))
    assert value(found).tolist() == [-6.0, -2.0]
    far = combinations.lbeta(np.array([[2.0**300, 1.0]]), np.array([1.0]))
    assert value(far)[0] == pytest.approx(-(2.0**-300), rel=1e-12)
    with mpmath.workdps(50):
        expected = mpmath.digamma(1) - mpmath.digamma(mpmath.mpf(2) ** 300 + 1)
    assert value(far)[1] == float(expected)
    assert not combinations.lbeta(np.array([[0.0, 1.0]]), np.array([1.0])).exists[0]


@pytest.mark.parametrize("shape", [(5,), (1,)])
def test_weighted_moments_go_back_as_rational_numbers_do(shape):
    x, w = whole(3, 5) / 8, np.abs(whole(3, *shape)) + 1
    a, b = whole(3), whole(3)
    found = weights.weighted_moments(x, w, a, b)
    xs, ws, a, b = rational(x), rational(w) + 0 * rational(x), rational(a), rational(b)
    total = ws.sum(axis=1)[:, None]
    off = xs - (ws * xs).sum(axis=1)[:, None] / total
    spread = (ws * off * off).sum(axis=1)[:, None] / total
    exactly(found, 0, ws * (a[:, None] + 2 * b[:, None] * off) / total)
    by_weights = (a[:, None] * off + b[:, None] * (off * off - spread)) / total
    exactly(found, 1, by_weights if shape == (5,) else by_weights.sum(axis=1)[:, None])


def test_weights_that_are_shared_by_rows_collect_from_all_of_them():
    x, w, a, b = whole(3, 4), np.abs(whole(1, 4)) + 1, whole(3), whole(3)
    apart = weights.weighted_moments(x, np.repeat(w, 3, axis=1), a, b)
    shared = weights.weighted_moments(x, w, a, b)
    np.testing.assert_allclose(value(shared, 1)[0], value(apart, 1).sum(axis=0), rtol=1e-14)


@pytest.mark.parametrize("shifted", [True, False])
def test_normalised_moments_go_back_as_rational_numbers_do(shifted):
    n = np.abs(whole(6)) + 1
    given = (n, *(whole(6) for _ in range(5)))
    found = weights.normalize_moments(*given, shifted=shifted)
    n, s, q, _, a, b = map(rational, given)
    exactly(found, 0, (2 * b * s * s / n - a * s - b * q) / n**2)
    exactly(found, 1, (a - 2 * b * s / n) / n)
    exactly(found, 2, b / n)
    assert value(found, 3).tolist() == [float(y) * shifted for y in a]


def test_what_nobody_knows_has_no_truth():
    n, nan = np.ones((1, 2)), np.full((1, 2), np.nan)
    assert not weights.normalize_moments(n, n, n, n, nan, n).exists[0]
    assert not weights.weighted_moments(n, n, np.array([np.inf]), np.ones(1)).exists[0]
    assert np.isinf(combinations.polyval(n, n, nan, n).parts[1].radius).all()


@pytest.mark.parametrize("name", NAMES)
def test_mpmath_and_a_rival_give_answers_of_these_shapes(name):
    routine = routines()[name]
    assert routine.rival is not None
    assert routine.audit is not None
    for problem in problems(routine)[:3]:
        truth = routine.reference(*problem.inputs, **problem.arguments)
        for i in np.flatnonzero(truth.exists)[:2].tolist():
            inputs = [x[i] for x in problem.inputs]
            told = routine.audit(*inputs, **problem.arguments)
            assert disagreement(told, truth, i) == 0
            with np.errstate(all="ignore"):
                opinion = routine.rival(*inputs, **problem.arguments)
            assert [np.shape(y) for y in opinion] == [p.hi.shape[1:] for p in truth.parts]

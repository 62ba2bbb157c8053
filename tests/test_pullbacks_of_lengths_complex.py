"""Complex lengths, moments, silu and their gradients: by hand, as differences, by mpmath."""

from __future__ import annotations

from collections.abc import Callable

import mpmath
import numpy as np
import pytest

from properties.registry import routines
from references import pullbacks_of_combinations as combinations
from references import pullbacks_of_lengths as lengths
from references import pullbacks_of_moments as moments
from references import pullbacks_of_reductions as reductions
from references import statistics
from references.audits import disagreement
from references.complex_functions import stack
from references.truth import Truth
from tests.test_rest_of_linalg import problems

NAMES = (
    "nn.bias_add", "nn.moments.gradient", "nn.weighted_moments", "math.l2_normalize.gradient",
    "math.reduce_euclidean_norm.gradient", "math.polyval.gradient",
)  # fmt: skip
X = np.array([[3.0, 4.0j]])
STEP = 2.0**-20


def value(truth: Truth, part: int = 0) -> np.ndarray:
    """The centre of the first member."""
    found = truth.parts[part]
    return (found.hi[0] + found.lo[0]) * 2.0 ** found.exponent[0]


def ascent(function: Callable[[np.ndarray], complex], x: np.ndarray) -> np.ndarray:
    """df/dx + i df/dy of the real part of a function, by central differences."""
    found = np.zeros(x.shape, complex)
    for place in np.ndindex(x.shape):
        for unit in (1, 1j):
            step = np.zeros(x.shape, complex)
            step[place] = unit * STEP
            slope = (function(x + step) - function(x - step)).real / (2 * STEP)
            found[place] += unit * slope
    return found


def test_a_length_has_no_imaginary_part_to_go_back():
    above = np.array([10.0 + 7.0j])
    found = reductions.reduce_euclidean_norm(X, above)
    assert value(found).tolist() == [6.0, 8.0j]
    assert found.quantities["terms"].upper.tolist() == [[2, 2]]
    slope = ascent(lambda x: complex(np.conj(above[0]) * np.linalg.norm(x)), X[0])
    np.testing.assert_allclose(value(found), slope, atol=1e-9)


def test_a_variance_has_no_imaginary_part_to_go_back():
    x, w, v = np.array([[1.0, 2.0j, 3 - 1j]]), np.array([1 + 2j]), np.array([0.5 - 3j])

    def both(x: np.ndarray) -> complex:
        mean = x.mean()
        spread = (abs(x - mean) ** 2).mean()
        return complex(np.conj(w[0]) * mean + np.conj(v[0]) * spread)

    found = moments.moments(x, w, v, axes=-1)
    np.testing.assert_allclose(value(found), ascent(both, x[0]), atol=1e-9)


@pytest.mark.parametrize("epsilon", [0.25, 64.0])
def test_what_is_along_a_vector_is_a_real_part(epsilon):
    w = np.array([[1 + 2j, 3 - 4j]])

    def unit(x: np.ndarray) -> complex:
        length = max(np.linalg.norm(x), epsilon**0.5)
        return complex((np.conj(w[0]) * x / length).sum())

    found = lengths.l2_normalize(X, w, axis=-1, epsilon=epsilon)
    np.testing.assert_allclose(value(found), ascent(unit, X[0]), atol=1e-9)


def test_a_polynomial_goes_back_by_its_steepest_ascent():
    cs, x, w = np.array([1 + 1j, 2j, -3.0]), 0.5 - 0.25j, 2 - 1j
    found = combinations.polyval(*(np.array([[z]]) for z in (*cs, x, w)))
    by_x = ascent(lambda y: complex(np.conj(w) * np.polyval(cs, y[0])), np.array([x]))
    np.testing.assert_allclose(value(found, 1), by_x, atol=1e-9)
    by_cs = ascent(lambda c: complex(np.conj(w) * np.polyval(c, x)), cs)
    np.testing.assert_allclose(value(found, 0)[:, 0], by_cs, atol=1e-9)


def test_weighted_moments_are_of_moduli():
    x, w = np.array([[1 + 1j, 3 - 1j, 2j]]), np.array([[1, 2, 1]]) + 0j
    found = statistics.weighted_moments(x, w)
    mean = (7 + 1j) / 4
    assert value(found, 0) == mean
    spread = sum(float(k) * abs(z - mean) ** 2 for k, z in zip((1, 2, 1), x[0], strict=True)) / 4
    assert value(found, 1) == pytest.approx(spread, rel=1e-15)
    alone = statistics.weighted_moments(x.real, w.real)
    assert value(alone, 0) == 7 / 4


@pytest.mark.parametrize("z", [0.5 - 2j, -3 + 1j, 8 + 0.25j, 0j])
def test_silu_and_its_gradient(z):
    def silu(y: np.ndarray) -> complex:
        return complex(y[0] / (1 + np.exp(-y[0])))

    at = np.array([[z]])
    np.testing.assert_allclose(value(stack("silu", at)), silu(at[0]), rtol=1e-14)
    slope = value(stack("silu.gradient", at))
    np.testing.assert_allclose(slope, ascent(silu, at[0]), atol=1e-9)
    with mpmath.workdps(30):
        s = 1 / (1 + mpmath.exp(-mpmath.mpc(z)))
        assert abs(complex(mpmath.conj(s + z * s * (1 - s))) - slope[0]) < 1e-14


@pytest.mark.parametrize("name", NAMES)
def test_mpmath_agrees_on_complex_numbers(name):
    routine = routines()[name]
    assert routine.audit is not None
    assert routine.rival is not None
    for problem in problems(routine, in_complex=True)[:3]:
        truth = routine.reference(*problem.inputs, **problem.arguments)
        for i in np.flatnonzero(truth.exists)[:2].tolist():
            inputs = [x[i] for x in problem.inputs]
            told = routine.audit(*inputs, **problem.arguments)
            assert disagreement(told, truth, i) == 0
            with np.errstate(all="ignore"):
                opinion = routine.rival(*inputs, **problem.arguments)
            assert [np.shape(y) for y in opinion] == [p.hi.shape[1:] for p in truth.parts]

"""Logarithms of matrices: by hand, beside mpmath, and how far perturbations move them."""

from __future__ import annotations

import numpy as np
import pytest

from properties.bits import Bits
from properties.dtypes import DTYPES
from properties.logarithms import LOGARITHMS, made
from properties.makers import Recipe
from references import audits_spectral, logm, opinions
from references.audits import disagreement
from references.resolvents import resolvents


def value(truth, member: int) -> np.ndarray:
    part = truth.parts[0]
    re, im = (np.ldexp(x[member], int(part.exponent[member])) for x in (part.hi.real, part.hi.imag))
    return re + 1j * im


def test_logarithms_by_hand():
    block = np.array([[2.0, 4.0], [0.0, 2.0]], complex)  # 2 I + 4 N, N^2 = 0
    phases = np.diag([1j, -1j])
    truth = logm.logm(np.stack([block, 2.0**-600 * block, phases]))
    power, above = np.log(2.0) * np.eye(2), 2 * np.eye(2, k=1)
    assert np.allclose(value(truth, 0), power + above, rtol=0, atol=2e-16)
    assert np.allclose(value(truth, 1), -599 * power + above, rtol=0, atol=1e-13)
    assert np.allclose(value(truth, 2), np.diag([1j, -1j]) * np.pi / 2, rtol=0, atol=3e-16)
    assert truth.engine == ("balls",) * 3


@pytest.mark.parametrize(
    "a", [np.diag([2.0, -1.0]), -np.eye(2), np.zeros((2, 2)), np.eye(2, k=1), np.ones((3, 3))]
)
def test_nothing_is_proved_on_the_cut(a):
    truth = logm.logm(a.astype(complex)[None])
    assert np.isinf(truth.parts[0].radius).all()
    assert np.isinf(truth.quantities["reach"].upper[0])


@pytest.mark.parametrize("structure", LOGARITHMS)
@pytest.mark.parametrize(("grid", "scale"), [("float32", 0), ("float64", 400)])
def test_drawn_logarithms_are_those_of_mpmath(structure, grid, scale):
    recipe = Recipe("logarithms", 6, (3,), structure, 0, scale, grid, 3)
    (a,) = made(recipe, Bits(3, np.arange(6))).inputs
    assert DTYPES[grid].holds(a.real) and DTYPES[grid].holds(a.imag)
    truth = logm.logm(a)
    proved = np.isfinite(truth.parts[0].radius).all(axis=(1, 2))
    assert proved.sum() >= 5
    for i in np.flatnonzero(proved)[:2].tolist():
        assert disagreement(audits_spectral.logm(a[i]), truth, i) == 0
    for i in np.flatnonzero(proved).tolist():
        far = np.abs(opinions.logm(a[i])[0] - value(truth, i)).max()
        assert far <= 1e-11 * np.abs(value(truth, i)).max()


def test_both_ways_prove_the_same():
    a = np.array([[1 + 1j, 2, 0], [0.5, 3, 1j], [0.25, 0, 1 - 0.5j]])
    ways = [
        logm.adaptive(lambda way=way: way(logm.acb_mat(a.tolist()), -7), 500, lambda _: True)
        for way in (logm.by_eigenvalues, logm.by_roots)
    ]
    first, second = (found.value for found in ways)
    assert first.exponent == second.exponent
    gap = np.abs((first.hi - second.hi) + (first.lo - second.lo))
    assert (gap <= first.radius + second.radius + 2.0**-104).all()
    assert np.allclose(ways[0].roots, ways[1].roots, rtol=0, atol=1e-15)


def test_resolvents_of_positive_matrices_are_those_of_their_least_eigenvalue():
    total, most = resolvents(np.diag([2.0, 0.25, 2.0**-20]).astype(complex)[None])
    assert 2.0**20 <= total[0] <= 2.0**20 * (1 + 1e-6)
    assert 2.0**20 <= most[0] <= 2.0**20 * 1.5


def test_no_perturbation_moves_a_logarithm_further_than_is_told():
    random = np.random.default_rng(5)
    for n in (2, 4):
        a = random.normal(size=(n, n)) + 1j * random.normal(size=(n, n)) + 2 * np.eye(n)
        truth = logm.logm(a[None])
        for _ in range(8):
            e = random.normal(size=(n, n)) + 1j * random.normal(size=(n, n))
            e *= 1e-6 * np.linalg.norm(a) / np.linalg.norm(e)
            moved = np.linalg.norm(value(logm.logm((a + e)[None]), 0) - value(truth, 0))
            reach = truth.quantities["reach"].upper[0]
            assert moved <= truth.quantities["sensitivity"].upper[0] * 1e-6 / (1 - 1e-6 * reach)
            assert moved >= 1e-9

"""Largest eigenvalues by squaring, against spectra that are known exactly."""

from __future__ import annotations

import numpy as np
import pytest

from references.compiled import kernel
from references.dense import add_products, add_rows, take_off
from references.norms import largest_eigenvalue, two_norm_squared
from tests.exactness import RNG, integers, known_spectrum

SPECTRA = {
    "apart": [8.0, 2.0, 1.0, 0.5],
    "multiple": [3.0, 3.0, 3.0, 3.0],
    "double": [5.0, 5.0, 1.0, 0.0],
    "of rank one": [7.0, 0.0, 0.0, 0.0],
    "close": [1.0 + 2.0**-20, 1.0, 1.0 - 2.0**-20, 0.25],
}


@kernel
def products(
    left: np.ndarray, right: np.ndarray, whole: np.ndarray, row: np.ndarray, rest: np.ndarray
) -> None:
    """Parts of kernels, which Python cannot call."""
    add_products(left, right, whole)
    add_rows(left[:, 0].copy(), right, row)
    take_off(left[:, 1].copy(), right[0], rest)


@pytest.mark.parametrize("power", [-400, 0, 400])
@pytest.mark.parametrize("name", SPECTRA)
def test_the_largest_eigenvalue_lies_between_the_ends(name: str, power: int) -> None:
    values = SPECTRA[name]
    stack = np.stack([known_spectrum(seed, values) for seed in range(8)])
    found = largest_eigenvalue(np.ldexp(stack, power), np.zeros(8))
    top = np.ldexp(max(values), power)
    assert (found.lower <= top).all() and (top <= found.upper).all()
    assert (found.upper <= found.lower * 1.025).all()
    if values[0] > 2 * values[1]:
        assert (found.upper <= found.lower * (1 + 1e-12)).all()


def test_what_is_unknown_of_a_matrix_widens_the_ends() -> None:
    stack = known_spectrum(1, SPECTRA["apart"])[None]
    sharp, wide = (largest_eigenvalue(stack, np.array([noise])) for noise in (0.0, 0.25))
    assert wide.lower[0] == pytest.approx(sharp.lower[0] - 0.25)
    assert wide.upper[0] == pytest.approx(sharp.upper[0] + 0.25)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_nothing_is_known_of_what_is_not_finite(bad: float) -> None:
    found = largest_eigenvalue(np.full((1, 3, 3), bad), np.zeros(1))
    assert found.lower[0] == 0 and found.upper[0] == np.inf


@pytest.mark.parametrize(("m", "n"), [(1, 1), (4, 4), (9, 3), (2, 7)])
def test_norms_of_matrices_of_rank_one_are_those_of_their_factors(m: int, n: int) -> None:
    u, v = integers(m, 20, m, 1), integers(n, 20, 1, n)
    found = two_norm_squared(u @ v / 128)
    true = (u * u).sum(axis=(1, 2)) * (v * v).sum(axis=(1, 2)) / 2.0**14
    assert (found.lower <= true).all() and (true <= found.upper).all()
    assert (found.upper <= found.lower + 1e-12 * true).all()


@pytest.mark.parametrize("p", [1, 3, 4, 9])
def test_products_of_integers_are_exact(p: int) -> None:
    rng = RNG(p)
    left, right = (rng.integers(-9, 9, (p, k)).astype(float) for k in (5, 3))
    whole, row, rest = np.ones((5, 3)), np.ones(3), right.copy()
    products(left, right, whole, row, rest)
    assert (whole == 1 + left.T @ right).all()
    assert (row == 1 + left[:, 0] @ right).all()
    assert (rest == right - np.outer(left[:, 1], right[0])).all()

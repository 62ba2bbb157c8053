"""Roots of matrices that are exact squares: by hand, drawn, and refused."""

from __future__ import annotations

import numpy as np
import pytest

from properties.bits import Bits
from properties.dtypes import DTYPES
from properties.makers import Recipe
from properties.roots import GRADED, ROOTS, squares
from references import audits_spectral, opinions
from references.audits import disagreement
from references.roots import sqrtm


def value(part, member: int) -> np.ndarray:
    return np.ldexp(part.hi[member], int(part.exponent[member]))


def test_roots_by_hand():
    root = np.array([[3.0, 1.0], [-1.0, 2.0]])
    truth = sqrtm(np.stack([root @ root, 4.0 * root @ root, np.diag([4.0, 2.0**-10])]))
    assert value(truth.parts[0], 0).tolist() == root.tolist()
    assert value(truth.parts[0], 1).tolist() == (2 * root).tolist()
    assert value(truth.parts[0], 2).tolist() == [[2.0, 0.0], [0.0, 2.0**-5]]
    # Y -> XY + YX of a diagonal X has the singular values x_i + x_j.
    exact = np.hypot(2.0, 2.0**-5) / 2.0**-4
    found = truth.quantities["sensitivity"]
    assert found.lower[2] <= exact <= found.upper[2] <= exact * (1 + 1e-5)


@pytest.mark.parametrize(
    "a", [np.diag([2.0, 1.0]), -np.eye(2), np.zeros((2, 2)), np.array([[0.0, 1.0], [0.0, 0.0]])]
)
def test_nothing_is_proved_of_what_is_no_exact_square(a):
    truth = sqrtm(a[None])
    assert np.isinf(truth.parts[0].radius).all()
    assert np.isinf(truth.quantities["sensitivity"].upper[0])


@pytest.mark.parametrize("structure", [*ROOTS, GRADED])
@pytest.mark.parametrize("grid", ["float32", "float64"])
@pytest.mark.parametrize("scale", [0, 40])
def test_drawn_squares_are_exact_and_their_roots_are_proved(structure, grid, scale):
    recipe = Recipe("squares", 12, (5,), structure, 0, scale, grid, 3)
    (a,) = squares(recipe, Bits(3, np.arange(12))).inputs
    assert DTYPES[grid].holds(a)
    truth = sqrtm(a)
    assert not truth.parts[0].radius.any()
    for i in range(12):
        x = value(truth.parts[0], i)
        assert (x @ x == a[i]).all()
        assert (np.linalg.eigvals(x).real > 0).all()
        assert np.allclose(opinions.sqrtm(a[i])[0], x, rtol=0, atol=1e-10 * np.abs(x).max())
    assert disagreement(audits_spectral.sqrtm(a[0]), truth, 0) == 0

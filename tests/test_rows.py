"""Measures of rows against exact fractions and against sorting."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from properties.rows import along, excess, falls
from tests.exactness import RNG


@pytest.mark.parametrize("n", [1, 2, 8, 33])
def test_the_excess_of_a_sum_holds_the_exact_one(n: int) -> None:
    rows = np.exp2(RNG(n).uniform(-60, 0, (40, 3, n)))
    rows[:20] /= rows[:20].sum(axis=2, keepdims=True)
    found = excess(rows)
    for i, member in enumerate(rows):
        true = max(abs(sum(map(Fraction, row.tolist())) - 1) for row in member)
        assert Fraction(found.lower[i]) <= true <= Fraction(found.upper[i])
        assert found.upper[i] <= found.lower[i] * (1 + 1e-14) + 1e-30


def test_a_sum_of_one_has_no_excess_and_an_endless_one_an_unknown() -> None:
    found = excess(np.array([[[0.5, 0.25, 0.25]], [[np.inf, 1.0, 0.0]], [[1.7e308, 1.7e308, 0.0]]]))
    assert (found.lower[0], found.upper[0]) == (0, 0)
    assert np.isinf(found.upper[1:]).all()


@pytest.mark.parametrize("axis", [1, 2, -1])
def test_falls_are_those_of_sorted_rows(axis: int) -> None:
    rng, tiny = RNG(axis + 3), 2.0**-20
    x, y = rng.integers(-3, 4, (50, 6, 5)).astype(float), rng.random((50, 6, 5))
    y[0] = np.sort(y[0], axis=axis - 1 if axis > 0 else axis)
    x[0], x[25:] = y[0], rng.random((25, 6, 5))  # from 25 on no two are equal
    order = np.argsort(x, axis=axis, kind="stable")
    ranked = np.moveaxis(np.take_along_axis(y, order, axis=axis), axis, -1)
    drop = np.maximum(ranked[..., :-1] - ranked[..., 1:] - tiny, 0)
    true = (drop / np.maximum(ranked[..., 1:], tiny)).reshape(50, -1).max(axis=1)
    assert (falls(along(x, axis), along(y, axis), tiny) == true).all()
    assert true[0] == 0 < true[1]

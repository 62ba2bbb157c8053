"""Products by error-free slices against exact rational arithmetic."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from references.slices import cut, fold, product, width

SHAPES = [(1, 1, 1), (2, 3, 2), (8, 8, 3), (5, 17, 4), (3, 64, 2)]


def exact(value: complex) -> tuple[Fraction, Fraction]:
    return Fraction(complex(value).real), Fraction(complex(value).imag)


def dot(row: Any, column: Any) -> tuple[Fraction, Fraction]:
    pairs = [(exact(a), exact(b)) for a, b in zip(row, column, strict=True)]
    return (
        sum((a[0] * b[0] - a[1] * b[1] for a, b in pairs), Fraction(0)),
        sum((a[0] * b[1] + a[1] * b[0] for a, b in pairs), Fraction(0)),
    )


def operands(shape: tuple[int, int, int], spread: int, kind: str) -> tuple[Any, Any]:
    rng = np.random.default_rng(sum(shape) + spread)
    m, k, n = shape
    pair = [
        rng.standard_normal(s) * np.exp2(rng.integers(-spread, spread + 1, s))
        for s in ((2, m, k), (2, k, n))
    ]
    if kind == "complex":
        pair = [x + 1j * rng.standard_normal(x.shape) for x in pair]
    return pair[0], pair[1]


@pytest.mark.parametrize("kind", ["real", "complex"])
@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("spread", [0, 30, 200])
@pytest.mark.parametrize("shape", SHAPES)
def test_products_lie_within_their_radius(
    shape: tuple[int, int, int], spread: int, count: int, kind: str
) -> None:
    a, b = operands(shape, spread, kind)
    hi, lo, radius = product(a, b, count=count)
    for i, row in enumerate(a[0]):
        for j, column in enumerate(b[0].T):
            true, got = dot(row, column), exact(hi[0, i, j])
            rest = exact(lo[0, i, j])
            error = [got[k] + rest[k] - true[k] for k in (0, 1)]
            assert error[0] ** 2 + error[1] ** 2 <= Fraction(radius[0, i, j]) ** 2


@pytest.mark.parametrize("count", [1, 2])
def test_tails_take_part(count: int) -> None:
    a, b = operands((4, 6, 4), 4, "real")
    tail = b * 2.0**-54
    hi, lo, radius = product(a, b, count=count, b_tail=tail)
    whole, _, _ = product(a, b, count=count)
    for i, row in enumerate(a[0]):
        true = dot(row, b[0][:, 0])[0] + dot(row, tail[0][:, 0])[0]
        error = Fraction(hi[0, i, 0]) + Fraction(lo[0, i, 0]) - true
        assert abs(error) <= Fraction(radius[0, i, 0])
    assert (hi != whole).any() or (lo != product(a, b, count=count)[1]).any()


@pytest.mark.parametrize("terms", [1, 8, 100])
def test_slices_are_exact_integers_that_sum_up(terms: int) -> None:
    a, _ = operands((3, terms, 1), 20, "real")
    sliced = cut(a, -1, 3)
    assert (sum(sliced.slices) + sliced.rests[-1] == a).all()
    for p, piece in enumerate(sliced.slices):
        units = piece / sliced.reach * 2.0 ** ((p + 1) * sliced.bits)
        assert (units == np.rint(units)).all()
        assert (np.abs(units) <= 2.0 ** (sliced.bits - (p > 0))).all()


def test_width_leaves_room_for_every_sum() -> None:
    for terms in (1, 2, 8, 100, 1000):
        for count in (1, 2, 3, 4):
            assert terms * 2 ** (2 * width(terms, count)) <= 2**53


@pytest.mark.parametrize("length", [1, 2, 5, 8])
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_fold_reduces_like_numpy(length: int, axis: int) -> None:
    array = np.random.default_rng(length).standard_normal((length, length, length))
    assert (fold(np.maximum, array, axis) == array.max(axis=axis, keepdims=True)).all()
    with pytest.raises(ValueError, match="nothing"):
        fold(np.maximum, np.zeros((0, 0, 0)), axis)

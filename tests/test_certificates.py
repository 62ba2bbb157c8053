"""Certificates of linear systems against balls at twice the precision."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from references import linear
from references.balls import matrix, pieces, power_of_two
from references.certificates import inverses, inverted, solved
from references.truth import Enclosure

KINDS = ("geometric", "one small", "log-uniform", "clustered", "graded rows", "graded columns")


def matrices(count: int, n: int, kind: str, digits: float, seed: int) -> Any:
    """A stack with condition up to 10^digits, log-uniform, and scales to the ends of the range."""
    rng = np.random.default_rng(seed)
    u, v = (np.linalg.qr(rng.standard_normal((count, n, n)))[0] for _ in range(2))
    top = rng.uniform(0, digits, (count, 1))
    place = np.arange(n) / max(n - 1, 1)
    spread = {
        "one small": np.where(np.arange(n) == n - 1, 1.0, 0.0) * np.ones((count, 1)),
        "log-uniform": np.sort(rng.random((count, n)), axis=1),
        "clustered": np.rint(2 * rng.random((count, n))) / 2,
    }.get(kind, place * np.ones((count, 1)))
    values = 10.0 ** (-top * spread)
    if kind.startswith("graded"):
        a = u * values[:, None, :] if kind == "graded columns" else u * values[:, :, None]
    else:
        a = (u * values[:, None, :]) @ v
    return a * np.exp2(rng.integers(-900, 900, (count, 1, 1)).astype(float))


def outside(rough: Enclosure, sharp: Enclosure) -> Any:
    """Which members of one truth lie further from another than both radii allow."""
    by = np.exp2((sharp.exponent - rough.exponent).astype(float)).reshape(-1, 1, 1)
    gap = np.abs((rough.hi - sharp.hi * by) + (rough.lo - sharp.lo * by))
    allowed = (rough.radius + sharp.radius * by) * (1 + 2.0**-40) + 2.0**-104 * np.abs(rough.hi)
    return (gap > allowed).any(axis=(1, 2))


@pytest.mark.parametrize("n", [1, 2, 5, 8, 16])
@pytest.mark.parametrize("kind", KINDS)
def test_no_radius_is_too_small(kind: str, n: int) -> None:
    a = matrices(40, n, kind, 15.0, n)
    rhs = np.random.default_rng(n).standard_normal((40, n, 2))
    engines: Counter[str] = Counter()
    for reference, inputs in ((linear.solve, (a, rhs)), (linear.inv, (a,))):
        truth, sharp = (reference(*inputs, level=level) for level in (0, 2))
        assert not outside(truth.parts[0], sharp.parts[0]).any()
        for name, quantity in truth.quantities.items():
            other = sharp.quantities[name]
            assert (quantity.lower <= other.upper).all() and (quantity.upper >= other.lower).all()
        engines.update(truth.engine)
    assert engines["nothing"] == 0 and engines["certificate"] >= 0.75 * engines.total()


def test_a_truth_moved_by_more_than_its_radius_is_noticed() -> None:
    a = matrices(20, 6, "log-uniform", 9.0, 3)
    truth, sharp = (linear.inv(a, level=level) for level in (0, 2))
    part = truth.parts[0]
    assert set(truth.engine) == {"certificate"}
    for sign in (-1, 1):
        moved = Enclosure(part.hi, part.lo + 2 * sign * part.radius, part.radius, part.exponent)
        assert outside(moved, sharp.parts[0]).all()


def test_ordinary_conditions_never_reach_balls() -> None:
    a = matrices(500, 8, "log-uniform", 12.0, 5)
    truth = linear.solve(a, np.ones((500, 8, 1)))
    assert Counter(truth.engine)["certificate"] >= 499
    assert Counter(linear.inv(a).engine)["certificate"] >= 499


def test_singular_members_do_not_stop_a_stack() -> None:
    a = np.stack(
        [np.eye(3), np.zeros((3, 3)), np.ones((3, 3)), 2 * np.eye(3), np.full((3, 3), np.nan)]
    )
    truth = linear.inv(a)
    assert truth.engine == ("certificate", "integers", "integers", "certificate", "not finite")
    assert truth.exists.tolist() == [True, False, False, True, False]
    part = truth.parts[0]
    assert (np.ldexp(part.hi[0], part.exponent[0]) == np.eye(3)).all()
    found = inverses(a[:4])
    assert np.isinf(found.radius[1:3]).all() and np.isfinite(found.radius[[0, 3]]).all()


def wild(count: int, n: int, seed: int, *, rows: int = 0, columns: int = 0) -> Any:
    """Random matrices, rows and columns scaled by up to so many powers of two either way."""
    rng = np.random.default_rng(seed)
    a = rng.standard_normal((count, n, n))
    a = np.ldexp(a, rng.integers(-rows, rows + 1, (count, n, 1)))
    return np.ldexp(a, rng.integers(-columns, columns + 1, (count, 1, n)))


@pytest.mark.parametrize("by", [{"rows": 900}, {"columns": 900}, {"rows": 400, "columns": 400}])
@pytest.mark.parametrize("adjoint", [False, True])
def test_graded_matrices_are_certified_once_they_are_scaled(by: Any, adjoint: bool) -> None:
    a = wild(40, 6, 11, **by)
    rhs = np.random.default_rng(12).standard_normal((40, 6, 2))
    for reference, inputs in ((linear.solve, (a, rhs)), (linear.inv, (a,))):
        truth, sharp = (reference(*inputs, adjoint=adjoint, level=level) for level in (0, 2))
        assert Counter(truth.engine)["certificate"] >= 30
        assert not outside(truth.parts[0], sharp.parts[0]).any()
        for name, quantity in truth.quantities.items():
            other = sharp.quantities[name]
            assert (quantity.lower <= other.upper).all() and (quantity.upper >= other.lower).all()


@pytest.mark.parametrize("power", [-1060, -1000, 1000])
def test_certificates_reach_the_ends_of_the_range(power: int) -> None:
    a = matrices(30, 5, "geometric", 6.0, 2)
    a = np.ldexp(a / np.abs(a).max(axis=(1, 2), keepdims=True), power)
    rhs = np.ldexp(np.random.default_rng(3).standard_normal((30, 5, 1)), -power // 2)
    truth, sharp = (linear.solve(a, rhs, level=level) for level in (0, 2))
    assert set(truth.engine) == {"certificate"}
    assert not outside(truth.parts[0], sharp.parts[0]).any()


def test_balls_own_up_to_entries_that_underflow() -> None:
    found = pieces(matrix(np.array([[1.0, 2.0**-1000]])) * power_of_two(-95))
    assert found.exponent == -94
    error = abs(Fraction(found.hi[0, 1]) + Fraction(found.lo[0, 1]) - Fraction(2) ** -1001)
    assert error <= Fraction(found.radius[0, 1])


def test_every_column_is_tight_by_itself() -> None:
    a = matrices(30, 6, "log-uniform", 10.0, 4)
    rhs = np.random.default_rng(5).standard_normal((30, 6, 3)) * [1.0, 2.0**-300, 0.0]
    part = linear.solve(a, rhs).parts[0]
    assert (part.radius.max(axis=1) <= 2.0**-60 * np.abs(part.hi).max(axis=1)).all()
    assert not part.hi[:, :, 2].any() and not part.radius[:, :, 2].any()


def test_a_singular_matrix_is_never_proved_regular() -> None:
    rng = np.random.default_rng(1)
    left = rng.integers(-9, 10, (200, 6, 5)).astype(float)
    right = rng.integers(-9, 10, (200, 5, 6)).astype(float)
    a = left @ right / 512
    every = np.ones(200, dtype=bool)
    for found, facts in (inverted(a, every), solved(a, np.ones((200, 6, 1)), every)):
        assert not (facts.norm < 1).any()
        assert np.isinf(found.radius).all()

"""Certificates of linear systems against balls at twice the precision."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from references import linear
from references.certificates import inverses, prove, solutions
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


def test_a_singular_matrix_is_never_proved_regular() -> None:
    rng = np.random.default_rng(1)
    left = rng.integers(-9, 10, (200, 6, 5)).astype(float)
    right = rng.integers(-9, 10, (200, 5, 6)).astype(float)
    a = left @ right / 512
    proof = prove(a)
    assert not (proof.norm < 1).any()
    assert np.isinf(solutions(a, np.ones((200, 6, 1)), proof).radius).all()
    assert np.isinf(inverses(a).radius).all()

"""Certificates of least squares against balls at twice the precision."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from references.least_squares import lstsq
from references.truth import Enclosure

SHAPES = [(1, 1), (3, 2), (8, 8), (16, 8), (3, 5)]
SOLVERS: dict[str, dict[str, Any]] = {
    "factors": {"fast": False},
    "normal equations": {"fast": True},
    "regularised": {"fast": True, "l2_regularizer": 2.0**-6},
}


def matrices(count: int, m: int, n: int, digits: float, reach: int, seed: int) -> Any:
    """Condition log-uniform up to 10^digits and a power of two for scale."""
    rng = np.random.default_rng(seed)
    r = min(m, n)
    left = np.linalg.qr(rng.standard_normal((count, m, r)))[0]
    right = np.linalg.qr(rng.standard_normal((count, n, r)))[0]
    values = 10.0 ** (-rng.uniform(0, digits, (count, 1)) * rng.random((count, r)))
    scale = np.exp2(rng.integers(-reach, reach + 1, (count, 1, 1)).astype(float))
    return (left * values[:, None, :]) @ np.swapaxes(right, 1, 2) * scale


def outside(rough: Enclosure, sharp: Enclosure) -> Any:
    """Which members of one truth lie further from another than both radii allow."""
    by = np.exp2((sharp.exponent - rough.exponent).astype(float)).reshape(-1, 1, 1)
    gap = np.abs((rough.hi - sharp.hi * by) + (rough.lo - sharp.lo * by))
    allowed = (rough.radius + sharp.radius * by) * (1 + 2.0**-40) + 2.0**-104 * np.abs(rough.hi)
    return (gap > allowed).any(axis=(1, 2))


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize(("m", "n"), SHAPES)
def test_no_radius_is_too_small(m: int, n: int, solver: str) -> None:
    arguments = SOLVERS[solver]
    reach = 0 if "l2_regularizer" in arguments else 300
    a = matrices(60, m, n, 12.0, reach, m + n)
    rhs = np.random.default_rng(m).standard_normal((60, m, 2))
    rhs[:10] = a[:10] @ np.ones((10, n, 2))  # compatible, up to rounding
    rhs[10:14] = 0.0
    truth, sharp = (lstsq(a, rhs, level=level, **arguments) for level in (0, 2))
    assert not outside(truth.parts[0], sharp.parts[0]).any()
    for name, quantity in truth.quantities.items():
        other = sharp.quantities[name]
        assert (quantity.lower <= other.upper * (1 + 1e-13)).all(), name
        assert (quantity.upper >= other.lower * (1 - 1e-13)).all(), name
    engines = Counter(truth.engine)
    assert engines["nothing"] == 0 and engines["balls"] <= 6, engines


def test_a_truth_moved_by_more_than_its_radius_is_noticed() -> None:
    a = matrices(20, 9, 4, 8.0, 50, 3)
    rhs = np.random.default_rng(5).standard_normal((20, 9, 1))
    truth, sharp = (lstsq(a, rhs, fast=False, level=level) for level in (0, 2))
    part = truth.parts[0]
    step = np.maximum(part.radius, 2.0**-100)
    for sign in (-1, 1):
        moved = Enclosure(part.hi, part.lo + 3 * sign * step, part.radius, part.exponent)
        assert outside(moved, sharp.parts[0]).all()

"""Certificates of complex determinants: their arithmetic exactly, their answers against balls."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from flint import acb, acb_mat, arb, ctx

from references.complex_certificate import SQUARE, multiplied, squared
from references.complex_determinants import det, slogdet
from references.truth import Enclosure
from tests.test_certificates import KINDS, matrices, wild


def stacks(count: int, n: int, kind: str, digits: float, seed: int) -> Any:
    """U S V^H with unitary U and V, conditions up to 10^digits, scales of 2^-900 to 2^900."""
    values = matrices(count, n, kind, digits, seed)
    rng = np.random.default_rng(seed + 1)
    u, v = (
        np.linalg.qr(rng.standard_normal((count, n, n)) + 1j * rng.standard_normal((count, n, n)))[
            0
        ]
        for _ in range(2)
    )
    if kind == "graded rows":
        return values * np.exp(2j * np.pi * rng.random((count, 1, n)))
    if kind == "graded columns":
        return np.exp(2j * np.pi * rng.random((count, n, 1))) * values
    return u @ values @ v


def phased(a: Any, seed: int) -> Any:
    """Each entry turned by a phase of its own."""
    return a * np.exp(2j * np.pi * np.random.default_rng(seed).random(a.shape))


def outside(rough: Enclosure, sharp: Enclosure) -> Any:
    """Which numbers of one truth lie further from another than both radii allow."""
    by = np.exp2((sharp.exponent - rough.exponent).astype(float))
    gap = np.abs((rough.hi - sharp.hi * by) + (rough.lo - sharp.lo * by))
    allowed = (rough.radius + sharp.radius * by) * (1 + 2.0**-40) + 2.0**-104 * np.abs(rough.hi)
    return ~(gap <= allowed)


def agreed(a: Any) -> Counter[str]:
    """Certificates hold what balls say of values, phases and logarithms; what proved them."""
    engines: Counter[str] = Counter()
    for reference in (det, slogdet):
        truth, sharp = (reference(a, level=level) for level in (0, 2))
        for part, other in zip(truth.parts, sharp.parts, strict=True):
            assert not outside(part, other).any()
        for name, quantity in truth.quantities.items():
            other = sharp.quantities[name]
            assert (quantity.lower <= other.upper).all() and (quantity.upper >= other.lower).all()
        assert not {"certificate", "nothing"} & set(sharp.engine)
        engines.update(truth.engine)
    return engines


@pytest.mark.parametrize("n", [1, 2, 5, 8])
@pytest.mark.parametrize("kind", KINDS)
def test_no_radius_is_too_small(kind: str, n: int) -> None:
    assert set(agreed(stacks(20, n, kind, 15.0, n))) == {"certificate"}


@pytest.mark.parametrize("by", [{"rows": 900}, {"columns": 900}, {"rows": 400, "columns": 400}])
def test_graded_matrices_are_certified_once_they_are_scaled(by: Any) -> None:
    assert set(agreed(phased(wild(30, 6, 11, **by), 12))) == {"certificate"}


@pytest.mark.parametrize("power", [-1060, -1000, 1000])
def test_certificates_reach_the_ends_of_the_range(power: int) -> None:
    a = stacks(20, 5, "geometric", 6.0, 2)
    a /= np.abs(a).max(axis=(1, 2), keepdims=True)
    both = np.ldexp(a.real, power) + 1j * np.ldexp(a.imag, power)
    assert agreed(both)["certificate"] == 40


def test_parts_of_different_scales_are_certified() -> None:
    a = wild(20, 4, 5) + 1j * np.ldexp(wild(20, 4, 6), -np.arange(0, 1000, 50)[:, None, None])
    assert set(agreed(a)) == {"certificate"}
    assert set(agreed(1j * a)) == {"certificate"}


def test_a_truth_moved_by_more_than_its_radius_is_noticed() -> None:
    a = stacks(20, 6, "log-uniform", 9.0, 3)
    (value,), (phase, log) = det(a).parts, slogdet(a).parts
    sharp = *det(a, level=2).parts, *slogdet(a, level=2).parts
    for part, other in zip((value, phase, log), sharp, strict=True):
        for turn in (1, 1j, -1, -1j):
            lo = part.lo + 2.01 * turn * part.radius
            assert outside(Enclosure(part.hi, lo, part.radius, part.exponent), other).all()


def fractions(*sides: Any) -> tuple[Fraction, Fraction]:
    a, a_lo, b, b_lo = map(Fraction, sides)
    return a + a_lo, b + b_lo


def test_products_and_squares_are_within_their_errors() -> None:
    rng = np.random.default_rng(8)
    worst = 0.0
    for _ in range(2000):
        a, b, c, d = np.ldexp(rng.uniform(-1, 1, 4), rng.integers(-30, 30, 4))
        if rng.random() < 0.5:  # cancels in one part
            d = a * c / b * (1 + rng.integers(-4, 5) * 2.0**-52)
        lows = np.array([a, b, c, d]) * rng.uniform(-1, 1, 4) * 2.0**-53
        x, y = (a, lows[0], b, lows[1]), (c, lows[2], d, lows[3])
        (p, q), (r, s) = fractions(*x), fractions(*y)
        re, im = fractions(*multiplied(*x, *y))
        size = (p * p + q * q) * (r * r + s * s)
        error = (re - (p * r - q * s)) ** 2 + (im - (p * s + q * r)) ** 2
        assert error <= (Fraction(10.1) * Fraction(SQUARE)) ** 2 * size
        worst = max(worst, math.sqrt(float(error / size)) / SQUARE)
        square, rest = map(Fraction, squared(*x))
        assert abs(square + rest - p * p - q * q) <= Fraction(8.1 * SQUARE) * (p * p + q * q)
    assert worst > 1  # random errors come near enough for the test to mean something


def test_conditions_are_those_of_balls() -> None:
    a, saved = stacks(20, 4, "geometric", 12.0, 4), ctx.prec
    known = det(a).quantities
    ctx.prec = 1000
    try:
        for i, member in enumerate(a):
            balls = acb_mat([[acb(z.real, z.imag) for z in row] for row in member.tolist()])
            inverse = balls.inv().tolist()
            rows = balls.tolist()
            terms = [abs(inverse[j][k]) * abs(rows[k][j]) for j in range(4) for k in range(4)]
            exact = {
                "condition": sum(terms, arb(0)),
                "norm_inverse": _norm(inverse),
                "norm_a": _norm(rows),
                "kappa": _norm(inverse) * _norm(rows),
            }
            for name, true in exact.items():
                low, high = known[name].lower[i], known[name].upper[i]
                assert low <= true * (1 + 2.0**-100) and true * (1 - 2.0**-100) <= high, name
                assert high <= low * (1 + 1e-3), name
    finally:
        ctx.prec = saved


def _norm(rows: Any) -> Any:
    """The infinity norm of what balls are embedded as."""
    sums = (sum((abs(z.real) + abs(z.imag) for z in row), arb(0)) for row in rows)
    return max(sums, key=lambda ball: float(ball.mid()))


def test_a_logarithm_near_zero_keeps_its_digits() -> None:
    turns = np.array([1, 1j, -1, (1 + 2.0**-52) * 1j])
    part = slogdet(np.eye(3)[None] * turns[:, None, None]).parts[1]
    exact = [0.0, 0.0, 0.0, 3 * math.log1p(2.0**-52)]
    assert (np.abs(part.hi - exact) <= part.radius + 1e-30).all()
    assert (part.radius <= 2.0**-70).all()


def test_a_singular_matrix_is_never_proved_regular() -> None:
    rng = np.random.default_rng(1)
    parts = rng.integers(-2, 3, (2, 60, 5, 4)).astype(float)
    left = parts[0] + 1j * parts[1]
    truth = det(left @ np.swapaxes(left, 1, 2).conj())
    assert set(truth.engine) == {"integers"}
    assert not truth.parts[0].hi.any() and not truth.parts[0].radius.any()
    assert np.isinf(truth.quantities["condition"].lower).all()

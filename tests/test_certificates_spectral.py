"""Batched truths of spectra, held against balls of higher precision."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from references import (
    eigen_certificate,
    eigen_start,
    singular,
    singular_certificate,
    singular_start,
    spectral,
)
from references.truth import Enclosure, Truth
from tests.exactness import EPS, RNG, known_spectrum

MEMBERS = 8
KINDS = ("log-uniform", "geometric", "clustered", "deficient", "multiple", "graded", "diagonal")
SHAPES = ((1, 1), (2, 2), (3, 2), (2, 5), (5, 5), (8, 8), (12, 6))


def spectrum(random, kind, n):
    exponent = random.uniform(0, 15, (MEMBERS, 1))
    values = 10 ** (-exponent * random.uniform(0, 1, (MEMBERS, n)))
    if kind == "geometric":
        values = 10 ** (-exponent * np.arange(n) / max(n - 1, 1))
    if kind == "clustered":
        steps = random.integers(0, 4, (MEMBERS, n)) * 10.0 ** -random.integers(9, 17, (MEMBERS, 1))
        values = 10 ** (-exponent * random.integers(0, 2, (MEMBERS, n))) * (1 + steps)
    if kind == "deficient":
        values *= np.arange(n) < max(1, n // 2)
    if kind == "multiple":
        values = random.choice([1.0, 0.5, 2.0**-20, 0.0], (MEMBERS, n))
    return values


def orthogonal(random, n):
    return np.linalg.qr(random.standard_normal((MEMBERS, n, n)))[0]


def moved_in_scale(random, a):
    powers = np.where(random.random(len(a)) < 0.5, 0, random.integers(-700, 700, len(a)))
    return np.ldexp(a, powers[:, None, None])


def hermitian(kind, n, seed):
    random = RNG(seed)
    values = spectrum(random, kind, n) * random.choice([-1.0, 1.0], (MEMBERS, n))
    if kind == "diagonal":
        a = values[:, None, :] * np.eye(n)
    elif kind == "graded":
        steps = 10 ** (-random.uniform(0, 12, (MEMBERS, 1)) * np.arange(n) / n)
        a = random.integers(-3, 4, (MEMBERS, n, n)) * (steps[:, :, None] * steps[:, None, :])
    else:
        q = orthogonal(random, n)
        a = (q * values[:, None, :]) @ np.swapaxes(q, 1, 2)
    return moved_in_scale(random, (a + np.swapaxes(a, 1, 2)) / 2)


def rectangular(kind, m, n, seed):
    random, k = RNG(seed), min(m, n)
    if kind == "graded":
        return moved_in_scale(
            random, random.integers(-3, 4, (MEMBERS, m, n)) * 10.0 ** -np.arange(n)
        )
    values = spectrum(random, kind, k)[:, :, None] * np.eye(k, n)
    if kind == "diagonal":
        return np.concatenate([values, np.zeros((MEMBERS, m - k, n))], axis=1)
    left, right = orthogonal(random, m)[:, :, :k], orthogonal(random, n)
    return moved_in_scale(random, left @ values @ right)


def share(part, sharp):
    """The largest distance of two enclosures in units of what their radii allow."""
    shift = (sharp.exponent - part.exponent).reshape(-1, *(1,) * (part.hi.ndim - 1))
    hi, lo, radius = (np.ldexp(side, shift) for side in (sharp.hi, sharp.lo, sharp.radius))
    known = np.isfinite(part.radius) & np.isfinite(radius)
    apart = np.abs((part.hi - hi) + (part.lo - lo)) - 2.0**-103 * np.abs(hi).max(initial=0.0)
    allowed = part.radius + radius
    with np.errstate(divide="ignore", invalid="ignore"):
        units = np.where(apart > 0, apart / allowed, 0.0)
    return np.max(np.where(known, units, 0.0), initial=0.0)


def pushed(part, sharp):
    """The enclosure moved away from the sharper one by a little more than both radii."""
    shift = (sharp.exponent - part.exponent).reshape(-1, *(1,) * (part.hi.ndim - 1))
    hi, lo, radius = (np.ldexp(side, shift) for side in (sharp.hi, sharp.lo, sharp.radius))
    away = np.where((part.hi - hi) + (part.lo - lo) < 0, -1.0, 1.0)
    step = 1.01 * (part.radius + radius) + 2.0**-102 * np.abs(hi).max(initial=0.0)
    return replace(part, lo=part.lo + away * np.where(np.isfinite(step), step, 0.0))


def aligned(part, sharp):
    """The sharper vectors with the signs of the others."""
    products = np.einsum("bij,bij->bj", part.hi, sharp.hi)
    sign = np.where(products < 0, -1.0, 1.0)[:, None, :]
    return Enclosure(sharp.hi * sign, sharp.lo * sign, sharp.radius, sharp.exponent)


def held_against(truth, sharp, vectors=False):
    """Violations of none, and each of a truth moved by more than its radius is seen."""
    for k, (part, given) in enumerate(zip(truth.parts, sharp.parts, strict=False)):
        other = aligned(part, given) if vectors and k else given
        assert share(part, other) <= 1
        if np.isfinite(part.radius + other.radius).any():
            assert share(pushed(part, other), other) > 1
    for name, quantity in truth.quantities.items():
        other = sharp.quantities[name]
        assert np.all((quantity.lower <= other.upper) & (other.lower <= quantity.upper))


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8, 12])
@pytest.mark.parametrize("kind", KINDS)
def test_eigenproblems_of_every_kind_hold_against_balls(kind, n):
    a = hermitian(kind, n, n)
    sharp = spectral.eigh(a, level=2)
    truth = spectral.eigh(a)
    held_against(truth, sharp, vectors=True)
    held_against(spectral.eigvalsh(a), sharp)
    assert np.all(truth.parts[0].radius <= 2.0**-60)
    assert set(truth.engine) == {"certificate"}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", KINDS)
def test_singular_values_of_every_kind_hold_against_balls(kind, shape):
    a = rectangular(kind, *shape, 7)
    sharp = singular.svd(a, vectors=True, level=2)
    truth = singular.svd(a)
    assert np.all(truth.parts[0].radius <= 2.0**-60)
    assert set(truth.engine) == {"certificate"}
    held_against(truth, sharp)
    held_against(singular.svd(a, vectors=True), sharp, vectors=True)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", KINDS)
def test_pseudo_inverses_of_every_kind_hold_against_balls(kind, shape):
    a = rectangular(kind, *shape, 11)
    for arguments in ({"eps": EPS}, {"rcond": 2.0**-8}):
        held_against(spectral.pinv(a, **arguments), spectral.pinv(a, **arguments, level=2))


def test_what_is_well_separated_is_certified_at_once():
    random = RNG(3)
    values = 2.0 ** -np.arange(8) * random.uniform(0.75, 1, (MEMBERS, 8))
    q = orthogonal(random, 8)
    a = (q * values[:, None, :]) @ np.swapaxes(q, 1, 2)
    for truth in (spectral.eigh(a), spectral.eigvalsh(a), singular.svd(a)):
        assert set(truth.engine) == {"certificate"}
    for b in (a, a[:, :, :5], a[:, :3]):
        assert set(spectral.pinv(b, eps=EPS).engine) == {"certificate"}


@pytest.mark.parametrize("n", [2, 4, 8])
def test_complex_matrices_have_the_values_of_real_ones(n):
    """D A D^H is exact for D of powers of i; vectors turn by D."""
    random = RNG(n)
    turn = random.choice([1, 1j, -1, -1j], (MEMBERS, n))
    for kind in ("log-uniform", "deficient", "clustered"):
        a = hermitian(kind, n, n)
        whole = turn[:, :, None] * a * turn.conj()[:, None, :]
        real, truth = spectral.eigh(a, level=2), spectral.eigh(whole)
        held_against(replace(truth, parts=truth.parts[:1]), real)
        v = truth.parts[1]
        back = turn.conj()[:, :, None] * v.hi
        cosine = np.abs(np.einsum("bij,bij->bj", back, real.parts[1].hi))
        known = np.isfinite(v.radius + real.parts[1].radius).all(axis=1)
        unit = np.ldexp(1.0, real.parts[1].exponent)[:, None]
        assert known.any() and np.allclose((cosine * unit)[known], 1, rtol=0, atol=1e-15)
        held_against(singular.svd(whole), singular.svd(a, level=2))


def test_balls_take_complex_matrices_too():
    a = hermitian("log-uniform", 3, 5)[:2].astype(complex)
    truth = spectral.eigh(a, level=1)
    held_against(replace(truth, parts=truth.parts[:1]), spectral.eigh(a.real, level=2))
    assert set(truth.engine) == {"balls"}


def test_clusters_are_turned():
    """LAPACK's basis knows no vectors in a cluster; the turned one does."""
    a = known_spectrum(4, [1, 1 + 2.0**-40, 1 + 2.0**-39, 2])[None] / 2
    w, v, tight = eigen_certificate.certify(a, np.zeros(1, np.int64), vectors=True)
    assert tight.all()
    assert w.radius.max() <= 2.0**-80
    assert v.radius.max() <= 2.0**-36


def test_a_wrong_basis_proves_nothing():
    a = hermitian("log-uniform", 4, 9)
    a = a / np.abs(a).max(axis=(1, 2), keepdims=True)
    x, value = eigen_start.eigenbases(a)
    x = x * np.array([1, 1, 1, 0.5])[:, None]
    scale = np.zeros(len(a), np.int64)
    w, v, tight = eigen_certificate.proved(a, scale, x, value, vectors=True)
    assert not tight.any()
    assert np.isinf(w.radius).all() and np.isinf(v.radius).all()
    u, s, v = singular_start.singular_bases(a)
    for wrong in ((u * 0.5, s, v), (u, s, v * 1.5), (u, s, 0 * v)):
        assert np.isinf(singular_certificate.proved(a, *wrong).radius).all()


@pytest.mark.parametrize("far", [2.0**-45, 2.0**-30, 2.0**-12])
def test_what_is_proved_does_not_rest_on_the_values_that_one_starts_from(far):
    random = RNG(8)
    a = hermitian("log-uniform", 5, 10)
    scale = np.frexp(np.abs(a).max(axis=(1, 2)))[1].astype(np.int64)
    sharp = spectral.eigh(a, level=2)
    half = np.ldexp(a, -scale[:, None, None])
    x, value = eigen_start.eigenbases(half)
    moved = np.sort(value + far * random.uniform(-1, 1, value.shape), axis=1)
    w, v, tight = eigen_certificate.proved(half, scale, x, moved, vectors=True)
    held = Truth((w, v), {}, tight, ()), Truth(sharp.parts, {}, tight, ())
    held_against(*held, vectors=True)
    u, s, v = singular_start.singular_bases(half)
    moved = -np.sort(-np.abs(s + far * random.uniform(-1, 1, s.shape)), axis=1)
    found = singular_certificate.proved(half, u, moved, v)
    exponent = scale
    part = Enclosure(found.value, found.tail, found.radius, exponent)
    assert share(part, singular.svd(a, vectors=True, level=2).parts[0]) <= 1


def test_tall_matrices_allow_for_what_lies_outside_of_the_span():
    """A residual orthogonal to U moves small values more than large ones."""
    a = np.zeros((1, 3, 2))
    a[0, 0, 0], a[0, 1, 1], a[0, 2, 1] = 0.75, 2.0**-30, 2.0**-31
    found = singular_certificate.certify(a)
    exact = np.array([0.75, 2.0**-31 * np.sqrt(5)])
    assert np.all(np.abs(found.value + found.tail - exact) <= found.radius + 2.0**-53 * exact)


@pytest.mark.parametrize("shape", [(3, 3), (5, 2), (2, 5)])
def test_zero_matrices_have_zero_values_exactly(shape):
    truth = singular.svd(np.zeros((2, *shape)), vectors=True)
    assert not truth.parts[0].hi.any() and not truth.parts[0].radius.any()
    assert np.isinf(truth.parts[1].radius).all()
    assert truth.quantities["gap"].upper.max() == 0
    assert truth.quantities["kappa"].upper.tolist() == [1, 1]


def test_condition_is_unbounded_where_the_last_value_may_be_zero():
    a = np.stack([np.ones((3, 3)), np.eye(3), np.diag([1.0, 0.5, 0.25])])
    kappa = singular.svd(a).quantities["kappa"]
    assert np.isinf(kappa.upper[0])
    assert kappa.lower[1] == 1 and kappa.upper[1] < 1 + 1e-12
    assert abs(kappa.upper[2] - 4) < 1e-11 and kappa.lower[2] <= 4 <= kappa.upper[2]


def test_members_that_are_not_finite_have_no_truth():
    a = np.stack([np.eye(2), np.full((2, 2), np.nan), np.diag([np.inf, 1.0])])
    for truth in (spectral.eigh(a), singular.svd(a), spectral.pinv(a, eps=EPS)):
        assert truth.exists.tolist() == [True, False, False]
        assert truth.engine[1:] == ("not finite", "not finite")
        assert np.isinf(truth.parts[0].radius[1:]).all()
        assert np.isfinite(truth.parts[0].radius[0]).all()


def test_a_member_alone_has_the_truth_it_has_in_its_stack():
    a = hermitian("clustered", 5, 21)
    whole = spectral.eigh(a)
    for i in range(len(a)):
        alone = spectral.eigh(a[i : i + 1])
        held_against(alone, whole.select(np.array([i])))

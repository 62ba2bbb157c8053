"""Exact eigenvalues and pseudo-inverses, against rationals and known spectra."""

from __future__ import annotations

from fractions import Fraction

import flint
import numpy as np
import pytest
from flint import fmpq, fmpq_mat

from references import spectral
from references.balls import TIGHT
from references.eigen_certificate import NEAR
from tests.exactness import (
    EPS,
    RNG,
    integers,
    known_spectrum,
    normal,
    outside,
    rational,
    symmetric,
    tight,
    value,
    within,
)


@pytest.mark.parametrize(
    "values",
    [
        [1, 1, 1, 1], [1, 1, 2, 2], [0, 0, 0, 5], [-3, -1, 1, 3], [0, 0, 0, 0],
        [1, 1, 1, 1, 1, 2, 2, 3], [0, 0, 0, 0, 0, 0, 0, 8], [-1, -1, -1, -1, 1, 1, 1, 1],
        [1, 1 + 2.0**-40, 1 + 2.0**-39, 2], [2.0**-45, 2.0**-44, 1, 2],
    ],
)  # fmt: skip
def test_eigenvalues_of_any_multiplicity_are_tight(values):
    a = known_spectrum(4, values)[None]
    truth = spectral.eigh(a)
    w = truth.parts[0]
    exact = [fmpq(*Fraction(float(v)).as_integer_ratio()) for v in sorted(values)]
    assert outside(w, 0, exact) <= 1
    assert tight(w, 0)
    gaps = np.diff(sorted(values), prepend=-np.inf, append=np.inf)
    nearest = np.minimum(gaps[1:], gaps[:-1]) / (np.abs(values).max() or 1)
    assert np.all(truth.quantities["gap"].lower[0] <= nearest * (1 + 1e-12))
    assert np.all(nearest <= truth.quantities["gap"].upper[0] * (1 + 1e-12))
    proved = np.isfinite(truth.parts[1].radius[0]).all(axis=0)
    assert np.array_equal(proved, nearest > 0)


@pytest.mark.parametrize("n", [3, 6, 12])
def test_clusters_split_by_rounding_are_decided(n):
    q = np.linalg.qr(normal(n, 12, n, n))[0]
    values = RNG(n).choice([1, 1, 1 + 1e-14, -1, 1e-9, 0], (12, 1, n))
    truth = spectral.eigh((q * values) @ np.swapaxes(q, 1, 2))
    w, v = truth.parts
    assert all(tight(w, i) for i in range(12))
    columns = v.radius.max(axis=1)
    for gap, radius in ((2.0**-53, NEAR), (2.0**-20, TIGHT[0])):
        apart = truth.quantities["gap"].lower > gap
        assert apart.any() and not apart.all()
        assert np.all(columns[apart] <= radius)


def test_diagonal_of_one_one_two():
    truth = spectral.eigh(np.diag([2.0, 1.0, 1.0])[None])
    assert value(truth.parts[0], 0).tolist() == [1.0, 1.0, 2.0]
    assert np.isinf(truth.parts[1].radius[0, :, :2]).all()
    assert np.abs(value(truth.parts[1], 0)[:, 2]).tolist() == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("n", [1, 2, 3, 8, 16])
def test_eigenvectors_solve_the_eigenproblem(n):
    a = symmetric(normal(n, 3, n, n))
    truth = spectral.eigh(a)
    w, v = truth.parts
    saved, flint.ctx.prec = flint.ctx.prec, 200
    try:
        for i in range(3):
            assert tight(w, i) and np.all(v.radius[i] <= TIGHT[0])
            q = rational(v.hi[i]) + rational(v.lo[i])
            d = fmpq_mat(n, n, [0] * n**2)
            for j, exact in enumerate(
                (rational(w.hi[i : i + 1]) + rational(w.lo[i : i + 1])).entries()
            ):
                d[j, j] = exact
            scale = 2.0 ** float(v.exponent[i]), 2.0 ** float(w.exponent[i])
            residual = rational(a[i]) * q - q * d * fmpq(*Fraction(scale[1]).as_integer_ratio())
            size = max(abs(float(Fraction(int(x.p), int(x.q)))) for x in residual.entries())
            assert size <= 4 * n * 2.0**-75 * np.abs(a[i]).max() / scale[0] * max(1, scale[0])
    finally:
        flint.ctx.prec = saved


def test_only_the_lower_triangle_is_read():
    a = symmetric(normal(5, 2, 4, 4))
    spoiled = a + np.triu(np.full((4, 4), np.nan), 1)
    for f in (spectral.eigh, spectral.eigvalsh):
        assert np.array_equal(f(a).parts[0].hi, f(spoiled).parts[0].hi)


@pytest.mark.parametrize("power", [-900, 900])
def test_eigenvalues_scale(power):
    a = symmetric(normal(6, 2, 5, 5))
    plain, scaled = spectral.eigh(a), spectral.eigh(np.ldexp(a, power))
    assert np.array_equal(plain.parts[0].hi, scaled.parts[0].hi)
    assert np.array_equal(plain.parts[0].exponent + power, scaled.parts[0].exponent)
    assert np.array_equal(plain.parts[1].hi, scaled.parts[1].hi)
    assert np.array_equal(plain.quantities["gap"].upper, scaled.quantities["gap"].upper)


@pytest.mark.parametrize("shape", [(4, 4), (6, 3), (3, 6), (5, 5)])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_pinv_of_integers_of_known_rank(shape, rank):
    m, n = shape
    left, right = integers(rank, 3, m, rank), integers(rank + 9, 3, rank, n)
    a = left @ right
    truth = spectral.pinv(a, eps=2.0**-23)
    for i in range(3):
        # X = R^T (R R^T)^-1 (L^T L)^-1 L^T for a full-rank factorisation
        f, g = rational(left[i]), rational(right[i])
        exact = g.transpose() * (g * g.transpose()).inv() * (f.transpose() * f).inv()
        assert outside(truth.parts[0], i, (exact * f.transpose()).entries()) <= 1
        assert tight(truth.parts[0], i)
        s = np.linalg.svd(a[i], compute_uv=False)
        quantities = {name: q[i : i + 1] for name, q in truth.quantities.items()}
        assert quantities["rank"].lower[0] == quantities["rank"].upper[0] == rank
        assert within(quantities["kappa"], s[0] / s[rank - 1], 1e-12)
        assert within(quantities["gap"], s[0] / s[rank - 1], 1e-12)
        assert within(quantities["norm_a"], s[0], 1e-12)
        assert within(quantities["norm_x"], 1 / s[rank - 1], 1e-12)


@pytest.mark.parametrize("kept", [0, 1, 2, 3])
def test_pinv_truncates_where_it_is_told(kept):
    values = np.array([1.0, 2.0**-6, 2.0**-9, 2.0**-12])
    a = known_spectrum(1, values)
    rcond = [1.0, 2.0**-3, 2.0**-7, 2.0**-10][kept]
    truth = spectral.pinv(np.stack([a, a[::-1] * 2.0**-800]), rcond=rcond)
    exact = known_spectrum(1, np.where(np.arange(4) < kept, 1 / values, 0.0))
    entries = rational(exact).entries()
    assert outside(truth.parts[0], 0, entries) <= 1
    assert truth.quantities["rank"].lower.tolist() == [kept, kept]
    if kept == 0:
        assert not truth.parts[0].hi.any() and not truth.parts[0].radius.any()
        return
    scaled = (rational(exact[:, ::-1]) * fmpq(2**800)).entries()
    assert outside(truth.parts[0], 1, scaled) <= 1
    following = values[kept] if kept < 4 else 0.0
    assert within(truth.quantities["gap"], 1 / (values[kept - 1] - following), 1e-13)
    assert within(truth.quantities["margin"], np.abs(values - rcond).min(), 1e-13)


def test_pinv_at_the_cut_off_is_undecided():
    truth = spectral.pinv(known_spectrum(2, [4.0, 2.0, 1.0, 1.0])[None], rcond=0.5)
    assert truth.exists[0] and np.isinf(truth.parts[0].radius[0]).all()
    assert truth.quantities["rank"].lower[0] == 0 and truth.quantities["rank"].upper[0] == 4


def test_pinv_of_zero_is_zero():
    truth = spectral.pinv(np.zeros((2, 3, 2)), eps=EPS)
    assert truth.parts[0].hi.shape == (2, 2, 3)
    assert not truth.parts[0].hi.any() and not truth.parts[0].radius.any()
    assert truth.quantities["rank"].upper.tolist() == [0, 0]


def test_pinv_needs_a_cut_off():
    with pytest.raises(ValueError, match="eps"):
        spectral.pinv(np.eye(2)[None])

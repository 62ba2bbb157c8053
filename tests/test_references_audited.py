"""Levels of sharpness, mpmath, SciPy and softmax: what other engines say of the references."""

from __future__ import annotations

import flint
import mpmath
import numpy as np
import pytest
from scipy.linalg import LinAlgError

from references import (
    audits,
    audits_exponential,
    cholesky,
    determinants,
    linear,
    opinions,
    reductions,
    singular,
    spectral,
)
from references.balls import TIGHT
from references.eigen_certificate import NEAR
from references.expm import expm
from tests.exactness import (
    HILBERT,
    known_spectrum,
    normal,
    symmetric,
    value,
    within,
)

ILL = np.stack(
    [HILBERT, symmetric(normal(1, 8, 8)), known_spectrum(3, np.exp2(-5.0 * np.arange(8)))]
)
DEFINITE = np.stack([HILBERT, ILL[1] @ ILL[1].T + np.eye(8), np.abs(ILL[2])])
CALLS = {
    "solve": (linear.solve, (ILL, normal(2, 3, 8, 2)), {}),
    "adjoint": (linear.solve, (normal(5, 3, 4, 4), normal(2, 3, 4, 2)), {"adjoint": True}),
    "inv": (linear.inv, (ILL,), {}),
    "det": (determinants.det, (ILL,), {}),
    "slogdet": (determinants.slogdet, (ILL,), {}),
    "cholesky": (cholesky.cholesky, (DEFINITE,), {}),
    "logdet": (cholesky.logdet, (DEFINITE,), {}),
    "lstsq": (linear.lstsq, (ILL[:, :, :5], normal(3, 3, 8, 2)), {}),
    "wide": (linear.lstsq, (ILL[:, :5], normal(3, 3, 5, 1)), {"l2_regularizer": 0.5}),
    "eigh": (spectral.eigh, (ILL,), {}),
    "eigvalsh": (spectral.eigvalsh, (ILL,), {}),
    "pinv": (spectral.pinv, (ILL,), {"eps": 2.0**-23}),
    "pinv wide": (spectral.pinv, (ILL[:, :5],), {"rcond": 1e-8}),
    "svd": (singular.svd, (ILL,), {}),
    "svd wide": (singular.svd, (ILL[:, :5],), {}),
    "expm": (expm, (ILL,), {}),
    "softmax": (reductions.softmax, (10 * normal(4, 3, 6),), {}),
    "log_softmax": (reductions.log_softmax, (10 * normal(4, 3, 6),), {}),
    "logsumexp": (reductions.logsumexp, (10 * normal(6, 3, 2, 6),), {"keepdims": True}),
}


@pytest.mark.parametrize("name", CALLS)
def test_mpmath_lies_within_the_truth(name):
    reference, inputs, arguments = CALLS[name]
    truth = reference(*inputs, **arguments)
    audit = getattr(audits_exponential if name == "expm" else audits, reference.__name__)
    for i in range(3):
        parts = audit(*(array[i] for array in inputs), **arguments)
        assert audits.disagreement(parts, truth, i) == 0
        part = truth.parts[0]
        nudged = part.hi.copy()
        nudged[i] *= 1 + 2.0**-40
        wrong = type(truth)(
            (type(part)(nudged, part.lo, part.radius, part.exponent), *truth.parts[1:]),
            truth.quantities, truth.exists, truth.engine,
        )  # fmt: skip
        assert audits.disagreement(parts, wrong, i) > 2.0**-42


@pytest.mark.parametrize("name", CALLS)
def test_levels_sharpen_and_agree(name):
    reference, inputs, arguments = CALLS[name]
    truths = [reference(*inputs, level=level, **arguments) for level in (0, 1, 2)]
    saved = flint.ctx.prec
    for level, truth in enumerate(truths):
        assert flint.ctx.prec == saved
        for which, (part, base) in enumerate(zip(truth.parts, truths[0].parts, strict=True)):
            axes = tuple(range(1, part.hi.ndim))
            radius, size = part.radius.max(axis=axes), np.abs(part.hi).max(axis=axes)
            of_vectors = name == "eigh" and which == 1 and level == 0
            assert np.all(radius <= (NEAR if of_vectors else TIGHT[level]) * size)
            difference = np.abs((part.hi - base.hi) + (part.lo - base.lo))
            sign = np.abs((part.hi + base.hi) + (part.lo + base.lo))
            assert np.all(np.minimum(difference, sign) <= 1.01 * (part.radius + base.radius))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "name",
    [
        "solve", "adjoint", "inv", "det", "slogdet", "cholesky", "logdet", "lstsq", "wide",
        "eigvalsh", "softmax", "log_softmax", "logsumexp",
    ],
)  # fmt: skip
def test_scipy_agrees_to_its_precision(name, dtype):
    reference, inputs, arguments = CALLS[name]
    well = [array[1:2].astype(dtype).astype(np.float64) for array in inputs]
    truth = reference(*well, **arguments)
    opinion = getattr(opinions, reference.__name__)
    answer = opinion(*(array[0].astype(dtype) for array in well), **arguments)
    exact = value(truth.parts[0], 0)
    kappa = truth.quantities["kappa"].upper[0] if "kappa" in truth.quantities else 20.0
    assert answer[0].dtype == dtype
    error = np.abs(answer[0] - exact).max() / np.abs(exact).max()
    assert error <= 20 * kappa * float(np.finfo(dtype).eps)


def test_scipy_pinv_and_eigh_agree():
    a = ILL[1].astype(np.float32)
    truth = spectral.pinv(a[None].astype(np.float64), eps=2.0**-23)
    assert np.allclose(opinions.pinv(a)[0], value(truth.parts[0], 0), rtol=0, atol=1e-3)
    w, v = opinions.eigh(a)
    proved = spectral.eigh(a[None].astype(np.float64))
    assert np.allclose(np.abs(v), np.abs(value(proved.parts[1], 0)), atol=1e-4)
    assert np.allclose(w, value(proved.parts[0], 0), atol=1e-4)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rows", [5, 8])
def test_scipy_svd_factors_the_matrix_to_its_precision(dtype, rows):
    a = ILL[1, :rows].astype(dtype)
    eps = float(np.finfo(dtype).eps)
    truth = singular.svd(a[None].astype(np.float64))
    for full in (False, True):
        s, u, v = opinions.svd(a, full_matrices=full)
        assert u.dtype == v.dtype == s.dtype == dtype
        assert u.shape == (rows, rows) and v.shape == (8, 8 if full else rows)
        assert np.allclose((u * s) @ v[:, :rows].T, a, rtol=0, atol=50 * eps)
        assert np.allclose(s, value(truth.parts[0], 0), rtol=0, atol=50 * eps)
    (alone,) = opinions.svd(a, compute_uv=False)
    assert np.allclose(alone, s, rtol=0, atol=50 * eps)


@pytest.mark.parametrize("scale", [0.0, 1e-200, 1.0, 30.0])
def test_exponentials_in_fixed_point_are_those_of_mpmath(scale):
    real, imaginary = scale * normal(8, 2, 5, 5)
    for a in (real, real + 1j * imaginary):
        coarse, fine = audits_exponential.expm(a)[0]
        with mpmath.workdps(400):
            expected = np.array(mpmath.expm(mpmath.matrix(a.tolist())).tolist(), object)
        norm = np.abs(expected).max()
        assert np.abs(coarse - expected).max() <= mpmath.mpf(10) ** -100 * norm
        assert np.abs(fine - expected).max() <= mpmath.mpf(10) ** -150 * norm


def test_audits_and_opinions_refuse_what_they_must():
    with pytest.raises(ValueError, match="NaN"):
        audits.inv(np.array([[np.nan]]))
    with pytest.raises(ZeroDivisionError):
        audits.inv(np.zeros((2, 2)))
    with pytest.raises(LinAlgError):
        opinions.solve(np.zeros((2, 2)), np.ones((2, 1)))


@pytest.mark.parametrize("axis", [-1, 1, 2, -2])
def test_softmax_is_tight_entry_by_entry(axis):
    x = normal(1, 3, 4, 5) * 50
    truth = reductions.softmax(x, axis=axis)
    part = truth.parts[0]
    assert np.all(part.radius <= 2.0**-70 * part.hi + 2.0**-1072)
    assert not part.exponent.any()
    shifted = np.exp(x - x.max(axis=axis, keepdims=True))
    expected = shifted / shifted.sum(axis=axis, keepdims=True)
    assert np.allclose(part.hi, expected, rtol=1e-12, atol=0)
    distance = x.max(axis=axis, keepdims=True) - x
    mean = (expected * distance).sum(axis=axis, keepdims=True)
    assert within(truth.quantities["spread"], (distance + mean) / 2, 1e-12, slice(None))
    assert within(truth.quantities["mean_distance"], mean, 1e-12, slice(None))


def test_softmax_far_apart():
    x = np.array([[0.0, -740.0, -1e5, -1e300], [1.7e308, -1.7e308, 0.0, 1.7e308]])
    truth = reductions.softmax(x)
    part = truth.parts[0]
    assert part.hi[0, 0] == 1.0 and part.hi[0, 3] == 0.0
    assert 0 < part.hi[0, 1] < 1e-320 and part.radius[0, 1] <= 2.0**-1072
    assert part.hi[1].tolist() == [0.5, 0.0, 0.0, 0.5]
    assert np.all(truth.quantities["mean_distance"].upper < 1e-300)


def test_softmax_along_the_stack_is_refused():
    for axis in (0, -2):
        with pytest.raises(ValueError, match="stack"):
            reductions.softmax(np.zeros((2, 3)), axis=axis)

"""References against exact rationals, mpmath and SciPy, and on problems that are hard to prove."""

from __future__ import annotations

from fractions import Fraction

import flint
import numpy as np
import pytest
from flint import fmpq, fmpq_mat
from scipy.linalg import LinAlgError

from references import audits, linear, opinions, reductions, spectral
from references.balls import TIGHT

RNG = np.random.default_rng
EPS = 2.0**-52
HILBERT = np.array([[1 / (i + j + 1) for j in range(8)] for i in range(8)])


def integers(seed, *shape, size=9):
    return RNG(seed).integers(-size, size + 1, shape).astype(np.float64)


def normal(seed, *shape):
    return RNG(seed).standard_normal(shape)


def symmetric(stack):
    return (stack + np.swapaxes(stack, -1, -2)) / 2


def rational(array):
    rows = [[fmpq(*Fraction(float(x)).as_integer_ratio()) for x in row] for row in array]
    return fmpq_mat(rows)


def value(part, member):
    """hi + lo, without the radius, as float64."""
    return np.ldexp(part.hi[member] + part.lo[member], part.exponent[member])


def outside(part, member, exact):
    """The largest |exact - (hi + lo)| / radius, exact a list of rationals in the part's order."""
    worst = 0.0
    entries = zip(part.hi[member].flat, part.lo[member].flat, part.radius[member].flat, strict=True)
    scale = Fraction(2) ** int(part.exponent[member])
    for (hi, lo, radius), true in zip(entries, exact, strict=True):
        error = abs(Fraction(hi) + Fraction(lo) - Fraction(int(true.p), int(true.q)) / scale)
        if error:
            worst = max(worst, float(error / Fraction(radius)) if radius else np.inf)
    return worst


def tight(part, member, level=0):
    return part.radius[member].max() <= TIGHT[level] * np.abs(part.hi[member]).max()


def within(interval, expected, slack=0.0, member=0):
    low, high = interval.lower[member], interval.upper[member]
    return np.all(low <= expected * (1 + slack)) and np.all(expected * (1 - slack) <= high)


@pytest.mark.parametrize("n", [1, 2, 5, 8])
@pytest.mark.parametrize("adjoint", [False, True])
def test_solve_and_inv_hold_the_rational_answer(n, adjoint):
    a, rhs = integers(n, 6, n, n) + 20 * np.eye(n), integers(n + 50, 6, n, 2)
    solved = linear.solve(a, rhs, adjoint=adjoint)
    inverted = linear.inv(a, adjoint=adjoint)
    for i in range(6):
        exact = rational(a[i].T if adjoint else a[i])
        assert outside(solved.parts[0], i, exact.solve(rational(rhs[i])).entries()) <= 1
        assert outside(inverted.parts[0], i, exact.inv().entries()) <= 1
        assert tight(solved.parts[0], i) and tight(inverted.parts[0], i)


def test_conditions_hold_the_rational_ones():
    a = integers(3, 4, 5, 5)
    rhs = integers(4, 4, 5, 3)
    truth = linear.solve(a, rhs)
    inverse_truth = linear.inv(a)
    for i in range(4):
        inverse = np.array([[float(x) for x in row] for row in rational(a[i]).inv().tolist()])
        norm = np.abs(a[i]).sum(axis=1).max()
        norm_inverse = np.abs(inverse).sum(axis=1).max()
        kappa, skeel = norm * norm_inverse, (np.abs(inverse) @ np.abs(a[i])).sum(axis=1).max()
        for quantities in (truth.quantities, inverse_truth.quantities):
            assert within(quantities["kappa"], kappa, 1e-14, i)
            assert within(quantities["skeel"], skeel, 1e-14, i)
            assert within(quantities["norm_a"], norm, 0, i)
            assert quantities["kappa"].upper[i] <= kappa * (1 + 1e-12)
        x = inverse @ rhs[i]
        assert within(truth.quantities["norm_x"], np.abs(x).max(axis=0).min(), 1e-12, i)
        assert within(truth.quantities["norm_b"], np.abs(rhs[i]).max(axis=0).min(), 0, i)
        assert within(inverse_truth.quantities["norm_x"], norm_inverse, 1e-14, i)


def test_growth_of_wilkinsons_matrix_is_a_power_of_two():
    n = 12
    a = np.tril(-np.ones((n, n)), -1) + np.eye(n)
    a[:, -1] = 1
    lower, upper = np.tril(a, -1) + np.eye(n), np.eye(n)
    upper[:, -1] = 2.0 ** np.arange(n)
    expected = (np.abs(lower) @ upper).sum(axis=1).max() / np.abs(a).sum(axis=1).max()
    growth = linear.inv(a[None]).quantities["growth"]
    assert growth.lower[0] == pytest.approx(expected, rel=1e-12)
    assert growth.lower[0] <= growth.upper[0] <= 1.02 * expected


def test_hilbert_is_proved_at_every_scale():
    powers = np.array([0, 900, -900])
    stack = np.ldexp(HILBERT, powers[:, None, None])
    truth = linear.inv(stack)
    exact = rational(HILBERT).inv()
    for i, power in enumerate(powers.tolist()):
        scale = fmpq(1, 2**power) if power >= 0 else fmpq(2**-power)
        assert outside(truth.parts[0], i, (exact * scale).entries()) <= 1
        assert tight(truth.parts[0], i)
    assert np.ptp(truth.quantities["kappa"].upper) == 0
    assert 3.3e10 < truth.quantities["kappa"].lower[0] < 3.4e10


def test_condition_beyond_float64_does_not_overflow_the_answer():
    a = np.diag([2.0**900, 2.0**-900])[None]
    truth = linear.inv(a)
    assert value(truth.parts[0], 0)[1, 1] == 2.0**900
    assert truth.quantities["kappa"].upper[0] == np.inf
    assert truth.quantities["kappa"].lower[0] > 1e300


@pytest.mark.parametrize("n", [1, 2, 6])
def test_singular_integers_are_proved_to_have_no_inverse(n):
    a = integers(n, 5, n, n)
    a[:, -1] = 3 * a[:, 0] if n > 1 else 0.0
    a[4] = np.eye(n)
    truth = linear.inv(a * 2.0**-700)
    assert truth.exists.tolist() == [False] * 4 + [True]
    assert np.all(np.isinf(truth.parts[0].radius[:4])) and not truth.parts[0].hi[:4].any()
    assert np.all(np.isinf(truth.quantities["kappa"].lower[:4]))
    assert np.all(np.isfinite(truth.quantities["growth"].upper))


def test_singular_in_floating_point_only_is_solved():
    a = np.array([[[1.0, 1.0], [1.0, 1.0 + EPS]]])
    truth = linear.solve(a, np.array([[[1.0], [2.0]]]))
    assert truth.exists[0] and tight(truth.parts[0], 0)
    assert value(truth.parts[0], 0)[1, 0] == 2.0**52


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_members_that_are_not_finite_stay_alone(bad):
    a, rhs = normal(1, 3, 4, 4), normal(2, 3, 4, 1)
    a[1, 2, 3] = bad
    symmetrised = symmetric(a)
    symmetrised[1, 2, 1] = bad
    truths = [
        linear.solve(a, rhs), linear.inv(a), linear.lstsq(a, rhs), spectral.eigvalsh(symmetrised),
        spectral.eigh(symmetrised), spectral.pinv(a, eps=EPS), reductions.softmax(a),
    ]  # fmt: skip
    for truth in truths:
        assert truth.exists.tolist() == [True, False, True]
        for part in truth.parts:
            assert np.all(np.isinf(part.radius[1])) and not part.hi[1].any()
            assert np.all(np.isfinite(part.radius[[0, 2]]))
        for interval in truth.quantities.values():
            assert not np.isnan(interval.lower).any() and not np.isnan(interval.upper).any()
            assert np.all(interval.lower <= interval.upper)
    assert np.isinf(linear.solve(a, rhs).quantities["kappa"].upper[1])


@pytest.mark.parametrize("shape", [(4, 4), (7, 3), (3, 7), (5, 1), (1, 4)])
@pytest.mark.parametrize("damping", [0.0, 0.75])
def test_lstsq_holds_the_rational_answer(shape, damping):
    a, rhs = integers(8, 5, *shape), integers(9, 5, shape[0], 2)
    truth = linear.lstsq(a, rhs, l2_regularizer=damping)
    small = min(shape)
    extra = fmpq_mat(small, small, [0] * small**2)
    for i in range(small):
        extra[i, i] = fmpq(*Fraction(damping).as_integer_ratio())
    for i in range(5):
        left, right = rational(a[i]), rational(rhs[i])
        if shape[0] >= shape[1]:
            exact = (left.transpose() * left + extra).solve(left.transpose() * right)
        else:
            exact = left.transpose() * (left * left.transpose() + extra).solve(right)
        assert outside(truth.parts[0], i, exact.entries()) <= 1
        assert tight(truth.parts[0], i)
        s = np.linalg.svd(a[i], compute_uv=False)
        kappa = np.sqrt((s[0] ** 2 + damping) / (s[-1] ** 2 + damping))
        x = value(truth.parts[0], i)
        residual = np.linalg.norm(rhs[i] - a[i] @ x, axis=0)
        assert within(truth.quantities["kappa"], kappa, 1e-9, i)
        assert truth.quantities["kappa"].upper[i] <= 1.03 * kappa
        assert within(truth.quantities["norm_a"], s[0], 1e-12, i)
        norms_x = np.linalg.norm(x, axis=0)
        assert within(truth.quantities["norm_x"], norms_x.min(), 1e-12, i)
        assert within(truth.quantities["norm_b"], np.linalg.norm(rhs[i], axis=0).min(), 1e-12, i)
        incompatible = (residual / (s[0] * norms_x)).max()
        found = truth.quantities["incompatibility"]
        assert found.lower[i] - 1e-12 <= incompatible <= found.upper[i] + 1e-12


def test_regulariser_counts_on_the_fast_path_only():
    a, rhs = normal(1, 2, 5, 3), normal(2, 2, 5, 1)
    plain = linear.lstsq(a, rhs)
    slow = linear.lstsq(a, rhs, l2_regularizer=1.0, fast=False)
    fast = linear.lstsq(a, rhs, l2_regularizer=1.0)
    assert np.array_equal(plain.parts[0].hi, slow.parts[0].hi)
    assert not np.allclose(plain.parts[0].hi, fast.parts[0].hi)


def test_lstsq_without_full_rank_exists_only_with_a_regulariser():
    a = integers(1, 2, 6, 3)
    a[:, :, 2] = a[:, :, 0] - a[:, :, 1]
    rhs = integers(2, 2, 6, 1)
    assert not linear.lstsq(a, rhs).exists.any()
    assert np.all(np.isinf(linear.lstsq(a, rhs).quantities["kappa"].lower))
    regularised = linear.lstsq(a, rhs, l2_regularizer=2.0**-20)
    assert regularised.exists.all() and tight(regularised.parts[0], 0)


@pytest.mark.parametrize("power", [-450, 450])
def test_lstsq_scales(power):
    a, rhs = normal(3, 2, 6, 4), normal(4, 2, 6, 1)
    plain, scaled = linear.lstsq(a, rhs), linear.lstsq(np.ldexp(a, power), rhs)
    difference = np.ldexp(value(scaled.parts[0], 0), power) - value(plain.parts[0], 0)
    assert np.abs(difference).max() < 1e-15
    ends = [truth.quantities["kappa"] for truth in (plain, scaled)]
    assert np.allclose(ends[0].upper, ends[1].upper, rtol=1e-12)


def known_spectrum(seed, values):
    """Q diag(values) Q^T without rounding: Q a Hadamard matrix with signs, over sqrt(n)."""
    n = len(values)
    signs = RNG(seed).choice([-1.0, 1.0], n)
    hadamard = np.array([[1.0]])
    while len(hadamard) < n:
        hadamard = np.block([[hadamard, hadamard], [hadamard, -hadamard]])
    q = signs[:, None] * hadamard
    return (q * np.asarray(values)) @ q.T / n


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
    assert within(truth.quantities["distance"], distance, 1e-15, slice(None))
    mean = (expected * distance).sum(axis=axis, keepdims=True)
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


ILL = np.stack(
    [HILBERT, symmetric(normal(1, 8, 8)), known_spectrum(3, np.exp2(-5.0 * np.arange(8)))]
)
CALLS = {
    "solve": (linear.solve, (ILL, normal(2, 3, 8, 2)), {}),
    "adjoint": (linear.solve, (normal(5, 3, 4, 4), normal(2, 3, 4, 2)), {"adjoint": True}),
    "inv": (linear.inv, (ILL,), {}),
    "lstsq": (linear.lstsq, (ILL[:, :, :5], normal(3, 3, 8, 2)), {}),
    "wide": (linear.lstsq, (ILL[:, :5], normal(3, 3, 5, 1)), {"l2_regularizer": 0.5}),
    "eigh": (spectral.eigh, (ILL,), {}),
    "eigvalsh": (spectral.eigvalsh, (ILL,), {}),
    "pinv": (spectral.pinv, (ILL,), {"eps": 2.0**-23}),
    "pinv wide": (spectral.pinv, (ILL[:, :5],), {"rcond": 1e-8}),
    "softmax": (reductions.softmax, (10 * normal(4, 3, 6),), {}),
}


@pytest.mark.parametrize("name", CALLS)
def test_mpmath_lies_within_the_truth(name):
    reference, inputs, arguments = CALLS[name]
    truth = reference(*inputs, **arguments)
    audit = getattr(audits, reference.__name__)
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
        for part, base in zip(truth.parts, truths[0].parts, strict=True):
            axes = tuple(range(1, part.hi.ndim))
            radius, size = part.radius.max(axis=axes), np.abs(part.hi).max(axis=axes)
            assert np.all(radius <= TIGHT[level] * size)
            difference = np.abs((part.hi - base.hi) + (part.lo - base.lo))
            sign = np.abs((part.hi + base.hi) + (part.lo + base.lo))
            assert np.all(np.minimum(difference, sign) <= 1.01 * (part.radius + base.radius))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "name", ["solve", "adjoint", "inv", "lstsq", "wide", "eigvalsh", "softmax"]
)
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


def test_audits_and_opinions_refuse_what_they_must():
    with pytest.raises(ValueError, match="NaN"):
        audits.inv(np.array([[np.nan]]))
    with pytest.raises(ZeroDivisionError):
        audits.inv(np.zeros((2, 2)))
    with pytest.raises(LinAlgError):
        opinions.solve(np.zeros((2, 2)), np.ones((2, 1)))

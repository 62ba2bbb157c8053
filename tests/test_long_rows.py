"""Sums, products and exponentials of long rows against exact arithmetic and mpmath."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate

import mpmath
import numpy as np
import pytest
from mpmath import mp

from references import combinations, losses, magnitudes, powers, sums, variances
from references.long_rows import LONG
from references.reductions import log_softmax, logsumexp, softmax
from references.truth import Enclosure, Truth

N = LONG + 905
PLACES = (0, 1, 2, 1000, LONG, N - 1)  # of running sums and products, told one by one


def rows(kind: str, n: int = N, seed: int = 1) -> np.ndarray:
    """A stack of two rows of numbers of all digits."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, (2, n))
    if kind == "shifted":
        x += 2.0**30
    if kind == "graded":
        x = np.ldexp(x, rng.integers(-60, 60, x.shape))
    if kind == "tiny":
        x = np.ldexp(x, -1050)
    if kind == "near one":
        x = 1 + x * 2.0**-6
    return x


KINDS = ("dense", "shifted", "graded", "tiny")
every_kind = pytest.mark.parametrize("kind", KINDS)


def inside(exact: Fraction, part: Enclosure, member: int, place: tuple[int, ...] = ()) -> bool:
    """Whether an entry is where it is said to be; and whether that is 80 digits of 2 at least."""
    scale = Fraction(2) ** int(part.exponent[member])
    hi, lo, radius = (
        Fraction(float(side[(member, *place)])) * scale for side in (part.hi, part.lo, part.radius)
    )
    assert radius <= Fraction(2) ** -80 * abs(exact) + Fraction(2) ** -1060 or exact == 0
    return abs(hi + lo - exact) <= radius


def within(value: Fraction, truth: Truth, name: str, place: tuple[int, ...]) -> bool:
    quantity = truth.quantities[name]
    low, high = (Fraction(float(side[place])) for side in (quantity.lower, quantity.upper))
    return low <= value <= high and high - low <= abs(value) * Fraction(1, 10**9)


@every_kind
def test_sums_and_means_are_those_of_fractions(kind):
    x = rows(kind)
    total, mean = sums.reduce_sum(x, axis=-1), sums.reduce_mean(x, axis=1)
    for i, row in enumerate(x.tolist()):
        exact = sum(map(Fraction, row))
        assert inside(exact, total.parts[0], i)
        assert inside(exact / N, mean.parts[0], i)
        size = sum(abs(Fraction(v)) for v in row)
        if kind != "tiny":  # whose sizes are subnormal numbers
            assert within(size, total, "size", (i,))
    assert (total.quantities["terms"].upper == N - 1).all()


@every_kind
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("exclusive", [False, True])
def test_running_sums_are_those_of_fractions(kind, reverse, exclusive):
    x = rows(kind)
    truth = sums.cumsum(x, axis=-1, exclusive=exclusive, reverse=reverse)
    for i, row in enumerate(x.tolist()):
        given = list(map(Fraction, row[::-1] if reverse else row))
        exact = list(accumulate([Fraction(0), *given[:-1]] if exclusive else given))
        for place in PLACES:
            where = N - 1 - place if reverse else place
            scale = Fraction(2) ** int(truth.parts[0].exponent[i])
            part = [Fraction(float(s[i, where])) * scale for s in _sides(truth.parts[0])]
            assert abs(part[0] + part[1] - exact[place]) <= part[2]
            assert part[2] <= Fraction(2) ** -80 * sum(map(abs, given))


def _sides(part: Enclosure) -> tuple[np.ndarray, ...]:
    return part.hi, part.lo, part.radius


def test_complex_sums_are_those_of_their_parts():
    x = rows("dense") + 1j * rows("graded")
    truth = sums.reduce_sum(x, axis=-1)
    part = truth.parts[0]
    for i, row in enumerate(x):
        scale = Fraction(2) ** int(part.exponent[i])
        for side in ("real", "imag"):
            exact = sum(map(Fraction, getattr(row, side).tolist()))
            hi, lo = (Fraction(float(getattr(s[i], side))) for s in (part.hi, part.lo))
            assert abs((hi + lo) * scale - exact) <= Fraction(float(part.radius[i])) * scale


@every_kind
def test_variances_are_those_of_fractions(kind):
    x = rows(kind)
    variance = variances.reduce_variance(x, axis=-1).parts[0]
    deviation = variances.reduce_std(x, axis=-1).parts[0]
    for i, row in enumerate(x.tolist()):
        exact = [Fraction(v) for v in row]
        mean = sum(exact) / N
        spread = sum((v - mean) ** 2 for v in exact) / N
        assert inside(spread, variance, i)
        with mp.workprec(400):
            root = mpmath.sqrt(mpmath.mpf(spread.numerator) / spread.denominator)
            assert inside(_fraction(root), deviation, i)


def _fraction(x: mpmath.mpf) -> Fraction:
    sign, mantissa, exponent, _ = x._mpf_
    return Fraction(-mantissa if sign else mantissa) * Fraction(2) ** exponent


def test_variances_of_equal_numbers_are_next_to_nothing():
    x = np.full((1, N), 0.1)
    part = variances.reduce_variance(x, axis=-1).parts[0]
    top = float(part.hi[0] + part.lo[0] + part.radius[0]) * 2.0 ** float(part.exponent[0])
    assert 0 <= top <= 1e-30


@every_kind
def test_lengths_and_shares_of_them(kind):
    x = rows(kind) + 1j * rows(kind, seed=2)
    for given in (x.real, x):
        length = magnitudes.reduce_euclidean_norm(given, axis=-1).parts[0]
        unit = magnitudes.l2_normalize(given, axis=-1, epsilon=2.0**-40).parts[0]
        for i, row in enumerate(given):
            exact = sum(Fraction(v.real) ** 2 + Fraction(v.imag) ** 2 for v in row.tolist())
            with mp.workprec(400):
                root = mpmath.sqrt(mpmath.mpf(exact.numerator) / exact.denominator)
                least = max(root, mpmath.mpf(2) ** -20)
                real = Enclosure(length.hi.real, length.lo.real, length.radius, length.exponent)
                assert inside(_fraction(root), real, i)
                for place in PLACES:
                    share = _fraction(mpmath.mpf(float(row[place].real)) / least)
                    far = Fraction(float(unit.hi[i, place].real)) - share
                    far += Fraction(float(unit.lo[i, place].real))
                    assert abs(far) <= Fraction(float(unit.radius[i, place]))
                    assert unit.radius[i, place] <= 2.0**-80 * abs(unit.hi[i, place]) + 2.0**-1060


def test_products_are_those_of_fractions():
    x = rows("near one")
    whole = powers.reduce_prod(x, axis=-1)
    running = powers.cumprod(x, axis=-1, reverse=True, exclusive=True)
    for i, row in enumerate(x.tolist()):
        exact = list(accumulate(map(Fraction, row), lambda a, b: a * b))[-1]
        assert inside(exact, whole.parts[0], i)
        product = Fraction(1)
        for place in range(N - 1, N - 40, -1):
            assert inside(product, running.parts[0], i, (place,))
            product *= Fraction(row[place])
    low, high = (whole.quantities[name].upper for name in ("bottom", "top"))
    for i, row in enumerate(x):
        assert high[i] >= np.prod(np.maximum(row, 1)) >= np.prod(np.minimum(row, 1)) >= low[i] > 0


def test_products_that_leave_the_range_are_told_as_long_as_they_stay():
    x = np.full((1, N), 1.5)
    part = powers.cumprod(x, axis=-1).parts[0]
    known = np.isfinite(part.radius[0])
    assert known[:1000].all()
    assert not known[2000:].any()
    whole = powers.reduce_prod(x, axis=-1).parts[0]
    assert inside(Fraction(3, 2) ** N, whole, 0)


@pytest.mark.parametrize("power", [-1022, -600, 700])
def test_products_of_tiny_and_of_huge_entries_keep_their_digits(power):
    x = np.ldexp(rows("near one"), power)
    whole = powers.reduce_prod(x, axis=-1).parts[0]
    for i, row in enumerate(x.tolist()):
        assert inside(list(accumulate(map(Fraction, row), lambda a, b: a * b))[-1], whole, i)
    running = powers.cumprod(x, axis=-1).parts[0]
    assert not np.isfinite(running.radius[:, 2:]).any()


def logits(kind: str) -> np.ndarray:
    x = rows("dense") * 8
    return {"ordinary": x, "far": x * 90, "equal": np.zeros_like(x), "rising": np.sort(x)}[kind]


@pytest.mark.parametrize("kind", ["ordinary", "far", "equal", "rising"])
def test_running_logsumexps_are_those_of_mpmath(kind):
    x = logits(kind)
    truth = combinations.cumulative_logsumexp(x, axis=-1)
    with mp.workprec(300):
        for i, row in enumerate(x.tolist()):
            total, exact = mpmath.mpf(0), []
            for value in row:
                total += mpmath.exp(value)
                exact.append(mpmath.log(total))
            for place in PLACES:
                part = [mpmath.mpf(float(s[i, place])) for s in _sides(truth.parts[0])]
                assert abs(part[0] + part[1] - exact[place]) <= part[2]
                assert part[2] <= 2.0**-75 * max(1, abs(part[0]))


@pytest.mark.parametrize("kind", ["ordinary", "far", "equal"])
@pytest.mark.parametrize("level", [0, 2])
def test_softmax_and_its_kin_are_those_of_mpmath(kind, level):
    x = logits(kind)
    answers = [f(x, axis=-1, level=level).parts[0] for f in (softmax, log_softmax, logsumexp)]
    with mp.workprec(300):
        for i, row in enumerate(x.tolist()):
            total = mpmath.fsum(map(mpmath.exp, row))
            for place in PLACES:
                value = mpmath.mpf(row[place])
                exact = (
                    mpmath.exp(value) / total, value - mpmath.log(total), mpmath.log(total)
                )  # fmt: skip
                for part, true in zip(answers, exact, strict=True):
                    at = (i, place) if part.hi.ndim == 2 else (i,)
                    hi, lo, radius = (mpmath.mpf(float(s[at])) for s in _sides(part))
                    scale = mpmath.mpf(2) ** int(part.exponent[i])
                    assert abs((hi + lo) * scale - true) <= radius * scale
                    assert radius * scale <= 2.0**-60 * abs(true) + 2.0**-1060


def test_losses_are_those_of_mpmath():
    x = logits("ordinary")
    labels = np.zeros_like(x)
    labels[:, [3, 77, N - 1]] = 0.5, 0.25, 0.25
    part = losses.softmax_cross_entropy(labels, x, axis=-1).parts[0]
    with mp.workprec(300):
        for i, row in enumerate(x.tolist()):
            total = mpmath.log(mpmath.fsum(map(mpmath.exp, row)))
            exact = mpmath.fsum(
                p * (total - v) for p, v in zip(labels[i].tolist(), row, strict=True)
            )
            hi, lo, radius = (mpmath.mpf(float(s[i])) for s in _sides(part))
            scale = mpmath.mpf(2) ** int(part.exponent[i])
            assert abs((hi + lo) * scale - exact) <= radius * scale <= 2.0**-60 * exact


def test_what_is_not_finite_has_no_answer():
    x = rows("dense")
    x[0, 17] = np.nan
    for truth in (sums.reduce_sum(x), sums.cumsum(x), variances.reduce_variance(x),
                  powers.reduce_prod(x), combinations.cumulative_logsumexp(x),
                  magnitudes.l2_normalize(x)):  # fmt: skip
        assert truth.exists.tolist() == [False, True]
        assert np.isinf(truth.parts[0].radius[0]).all()
        assert np.isfinite(truth.parts[0].radius[1]).all()

"""Polynomials, running logsumexps, products by segment ... against answers known by hand."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from properties.registry import routines
from references import combinations, losses, picks, powers, sums
from references.truth import Truth
from tests.exactness import normal
from tests.test_rest_of_linalg import audited, problems

AUDITED = (
    "math.polyval", "math.add_n", "math.segment_prod", "math.unsorted_segment_prod",
    "math.unsorted_segment_sqrt_n", "math.cumulative_logsumexp", "nn.batch_normalization",
    "nn.bias_add", "nn.log_poisson_loss", "linalg.LinearOperatorHouseholder",
)  # fmt: skip


def only(*numbers):
    """A stack of one member."""
    return np.array([numbers], dtype=np.float64)


def plain(truth):
    """The numbers of the only member."""
    part = truth.parts[0]
    return np.ldexp(part.hi[0] + part.lo[0], part.exponent[0]).tolist()


def test_polynomials_keep_what_cancels():
    x = 1.0 + 2.0**-30
    truth = combinations.polyval(only(1.0), only(-2.0), only(1.0), only(x))
    assert plain(truth) == [2.0**-60]  # (x - 1)^2
    size = truth.quantities["size"]
    exact = Fraction(x) ** 2 + 2 * Fraction(x) + 1
    assert size.lower[0, 0] <= exact <= size.upper[0, 0]
    assert truth.quantities["degree"].upper[0, 0] >= 2 >= truth.quantities["degree"].lower[0, 0]


def gaussian(z: complex) -> tuple[Fraction, Fraction]:
    return Fraction(z.real), Fraction(z.imag)


def times(x: tuple[Fraction, Fraction], y: tuple[Fraction, Fraction]) -> tuple[Fraction, Fraction]:
    return x[0] * y[0] - x[1] * y[1], x[0] * y[1] + x[1] * y[0]


def off(truth: Truth, index: tuple[int, ...], exact: tuple[Fraction, Fraction]) -> Fraction:
    """The larger part of what an entry is off by, over its radius."""
    part = truth.parts[0]
    power = Fraction(2) ** int(part.exponent[index[0]])
    sides = zip(gaussian(part.hi[index]), gaussian(part.lo[index]), exact, strict=True)
    far = max(abs((hi + lo) * power - true) for hi, lo, true in sides)
    radius = Fraction(part.radius[index].item()) * power
    assert radius <= max(map(abs, exact)) / 2**90
    return far / radius if far else Fraction(0)


@pytest.mark.parametrize("scale", [2.0**-60, 1.0, 2.0**100])
def test_products_of_complex_numbers_are_those_of_rationals(scale):
    z = (normal(5, 2, 9) + 1j * normal(6, 2, 9)) * scale
    whole, running = powers.reduce_prod(z), powers.cumprod(z, exclusive=True, reverse=True)
    by_segment = powers.unsorted_segment_prod(z, segment_ids=(2,) * 8 + (0,), num_segments=3)
    for i in range(2):
        total = gaussian(1 + 0j)
        for k in reversed(range(9)):
            assert off(running, (i, k), total) <= 1
            total = times(total, gaussian(z[i, k]))
        assert off(whole, (i,), total) <= 1
        low, high = (whole.quantities[name].lower[i] for name in ("bottom", "top"))
        # of some of the factors: those below one, or above, bound every product of any others
        assert low <= np.prod(np.minimum(np.abs(z[i]), 1.0)) * (1 + 1e-12)
        assert high >= np.prod(np.maximum(np.abs(z[i]), 1.0)) * (1 - 1e-12)
        alone, none = by_segment.parts[0].hi[i, :2], by_segment.parts[0].radius[i, :2]
        assert (alone * 2.0 ** by_segment.parts[0].exponent[i]).tolist() == [z[i, 8], 1]
        assert none.tolist() == [0, 0]


def test_products_of_complex_numbers_by_hand():
    z = np.array([[1 + 1j, 1 + 1j, 0.5j, 3 - 4j]])
    assert (whole := powers.reduce_prod(z)).parts[0].lo.tolist() == [0]
    assert (whole.parts[0].hi * 2.0 ** whole.parts[0].exponent).tolist() == [-3 + 4j]
    found = powers.cumprod(z).parts[0]
    assert (found.hi * 2.0 ** found.exponent[0]).tolist() == [[1 + 1j, 2j, -1, -3 + 4j]]


def test_polynomials_at_complex_numbers():
    one, x = np.array([[1 + 0j, 1]]), np.array([[1j, 1 + 1j]])
    truth = combinations.polyval(one, 0 * one, one, x)  # x^2 + 1
    part = truth.parts[0]
    assert (part.hi * 2.0 ** part.exponent[0]).tolist() == [[0, 1 + 2j]]
    size = truth.quantities["size"]
    assert (size.lower[0] <= [2, 3]).all()
    assert (size.upper[0] >= [2, 3]).all()
    z = normal(7, 5, 1, 3) + 1j * normal(8, 5, 1, 3)
    found = combinations.polyval(*z)
    for k in range(3):
        *coefficients, at = (gaussian(y) for y in z[:, 0, k].tolist())
        total = gaussian(0j)
        for c in coefficients:
            total = times(total, at)
            total = total[0] + c[0], total[1] + c[1]
        assert off(found, (0, k), total) <= 1


def test_running_logsumexps():
    x = only(0.0, 0.0, -3000.0, 1000.0)
    found = plain(combinations.cumulative_logsumexp(x))
    assert np.allclose(found, [0, np.log(2), np.log(2), 1000], rtol=1e-15, atol=0)
    back = plain(combinations.cumulative_logsumexp(x, reverse=True))
    assert back == [1000, 1000, 1000, 1000]


def test_products_and_shares_of_segments():
    x = only(3.0, -2.0, 5.0, 0.5)
    truth = powers.unsorted_segment_prod(x, segment_ids=(2, 0, 2, 0), num_segments=3)
    assert plain(truth) == [-1, 1, 15]
    assert truth.quantities["terms"].upper[0].tolist() == [2, 0, 2]
    assert plain(powers.segment_prod(x, segment_ids=(0, 0, 2, 2))) == [-6, 1, 2.5]
    share = combinations.unsorted_segment_sqrt_n(
        only(1.0, 2.0, 3.0, 4.0), segment_ids=(0, 0, 0, 0), num_segments=2
    )
    assert plain(share) == [5, 0]


def test_normalised_batches_and_losses():
    one = only(1.0)
    y = combinations.batch_normalization(
        only(3.0), one, only(-3.75), only(0.5), only(4.0), variance_epsilon=0.25
    )
    assert plain(y) == [4.5]  # (3 - 1) 4 / 2 + 1/2
    assert plain(losses.log_poisson_loss(only(0.5), only(0.0))) == [1]
    x = np.array([[[1.0, 1.0], [0.0, 4.0], [1.0, 2.0]]])
    assert plain(sums.bias_add(x)) == [[2, 3], [1, 6]]
    assert plain(sums.add_n(x)) == [2, 7]


@pytest.mark.parametrize("power", [0, -500, 300])
def test_reflections_do_not_depend_on_lengths(power):
    v = np.ldexp(only(3.0, 4.0), power)
    truth = combinations.householder(v, only(1.0, 2.0))
    assert np.allclose(plain(truth), [-1.64, -1.52], rtol=1e-15, atol=0)
    squares = truth.quantities["squares"]
    assert squares.lower[0] <= 25 * 4.0**power <= squares.upper[0]
    assert not combinations.householder(0 * v, v).exists[0]


def test_neighbours_are_of_the_dtype():
    near = picks.nextafter(only(1.0, 0.0), only(2.0, 1.0), eps=2.0**-23)
    assert near.parts[0].hi[0].tolist() == [1 + 2.0**-23, 2.0**-149]
    assert picks.nextafter(only(1.0), only(0.0), eps=2.0**-52).parts[0].hi.item() == 1 - 2.0**-53


@pytest.mark.parametrize("name", AUDITED)
def test_audits_agree(name):
    routine = routines()[name]
    assert sum(audited(routine, problem) for problem in problems(routine)) > 0
    if routine.complex_problems is not None:
        given = problems(routine, in_complex=True)
        assert sum(audited(routine, problem) for problem in given) > 0

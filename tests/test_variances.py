"""Variances, deviations, lengths and units against exact rationals and by hand."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from references import counts, magnitudes, segments, variances
from references.truth import Enclosure
from tests.exactness import normal


def exactly(part: Enclosure, index: tuple[int, ...]) -> tuple[Fraction, Fraction]:
    """One entry, and the radius around it."""
    power = Fraction(2) ** int(part.exponent[index[0]])
    middle = Fraction(part.hi[index].item()) + Fraction(part.lo[index].item())
    return middle * power, Fraction(part.radius[index].item()) * power


def variance(values: list[float]) -> Fraction:
    exact = [Fraction(x) for x in values]
    mean = sum(exact) / len(exact)
    return sum((x - mean) ** 2 for x in exact) / len(exact)


@pytest.mark.parametrize("shift", [0.0, 1.0, 2.0**40, -(2.0**52)])
@pytest.mark.parametrize("scale", [2.0**-500, 1.0, 2.0**480])
def test_variances_are_those_of_rationals(shift, scale):
    x = (normal(1, 2, 3, 5) + shift) * scale
    whole = variances.reduce_variance(x, axis=-1).parts[0]
    root = variances.reduce_std(x, axis=2, keepdims=True).parts[0]
    for i, k in np.ndindex(2, 3):
        true = variance(x[i, k].tolist())
        found, radius = exactly(whole, (i, k))
        assert abs(found - true) <= radius <= true / 2**60
        found, radius = exactly(root, (i, k, 0))
        assert (found - radius) ** 2 <= true <= (found + radius) ** 2


def test_equal_numbers_do_not_vary():
    x = np.full((1, 7), 0.1)
    truth = variances.moments(x, axes=-1)
    assert exactly(truth.parts[1], (0,)) == (0, 0)
    found, radius = exactly(truth.parts[0], (0,))
    assert abs(found - Fraction(0.1)) <= radius
    assert truth.quantities["variance"].upper.tolist() == [0.0]


def test_variances_of_complex_numbers_are_those_of_their_parts():
    x = normal(2, 1, 6) + 1j * normal(3, 1, 6)
    found, radius = exactly(variances.reduce_variance(x, axis=-1).parts[0], (0,))
    true = variance(x[0].real.tolist()) + variance(x[0].imag.tolist())
    assert abs(found - true) <= radius


def test_moments_of_complex_numbers_by_hand():
    x = np.array([[1 + 2j, 3 - 2j]])
    mean, spread = variances.moments(x, axes=-1).parts  # off by -1 + 2i and its opposite
    found = [part.hi * 2.0 ** part.exponent[0] for part in (mean, spread)]
    assert [values.tolist() for values in found] == [[2 + 0j], [5 + 0j]]
    assert mean.hi.dtype == spread.hi.dtype == np.complex128
    assert mean.radius.max() <= 2.0**-90
    assert spread.radius.max() <= 2.0**-90


def test_a_member_that_is_not_finite_has_no_variance():
    x = np.array([[1.0, 3.0], [np.nan, 1.0]])
    truth = variances.reduce_variance(x, axis=-1)
    assert truth.exists.tolist() == [True, False]
    assert exactly(truth.parts[0], (0,))[0] == 1
    assert np.isinf(truth.parts[0].radius[1])


def test_units_and_lengths_by_hand():
    x = np.array([[[3.0, 4.0], [0.0, 0.0]]])
    unit = magnitudes.l2_normalize(x, axis=-1, epsilon=2.0**-40)
    found = np.ldexp(unit.parts[0].hi, unit.parts[0].exponent[0])[0]
    assert found.tolist() == [[0.6, 0.8], [0.0, 0.0]]
    floors = unit.quantities["floor"]
    assert (floors.lower[0, :, 0] <= [25, 2.0**-40]).all()
    assert (floors.upper[0, :, 0] >= [25, 2.0**-40]).all()
    floored = magnitudes.l2_normalize(x, axis=-1, epsilon=100.0).parts[0]
    assert np.ldexp(floored.hi, floored.exponent[0])[0, 0].tolist() == [0.3, 0.4]
    length = magnitudes.reduce_euclidean_norm(x + 0j, axis=(1, 2)).parts[0]
    assert np.ldexp(length.hi.real, length.exponent).tolist() == [5.0]


@pytest.mark.parametrize("axis", [(-2, -1), (3, 1)])
def test_spectral_norms_are_largest_singular_values(axis):
    x = normal(4, 2, 3, 4, 5)
    truth = magnitudes.norm(x, ord=2, axis=axis)
    found = np.ldexp(truth.parts[0].hi, truth.parts[0].exponent[:, None])
    assert np.allclose(found, np.linalg.norm(x, ord=2, axis=axis), rtol=1e-14, atol=0)
    sides = sorted(x.shape[i] for i in axis)
    assert [truth.quantities[k].upper[0] for k in ("small", "large")] == sides


def test_segments_by_hand():
    x = np.array([[1.0, 2.0, 4.0, 8.0, 2.0**-60]])
    total = segments.unsorted_segment_sum(x, segment_ids=(3, 0, 0, 2, 0), num_segments=4)
    part = total.parts[0]
    power = Fraction(2) ** int(part.exponent[0])
    found = [
        (Fraction(h) + Fraction(t)) * power for h, t in zip(part.hi[0], part.lo[0], strict=True)
    ]
    assert found == [6 + Fraction(1, 2**60), 0, 8, 1]
    assert part.radius[0, 1:].tolist() == [0, 0, 0]  # of none, and of one
    assert total.quantities["terms"].upper[0].tolist() == [2, 0, 0, 0]
    mean = segments.segment_mean(x, segment_ids=(0, 0, 2, 2, 2))
    middle, radius = exactly(mean.parts[0], (0, 2))
    assert abs(middle - (12 + Fraction(1, 2**60)) / 3) <= radius <= Fraction(1, 2**90)
    assert exactly(mean.parts[0], (0, 1)) == (0, 0)


def test_bins_and_shares_of_zeros_by_hand():
    x = np.array([[1.0, 2.0, 4.0, 8.0, 2.0**-60]])
    total = counts.bincount(x, arr=(3, 0, 5, 2, 0), minlength=2, maxlength=5).parts[0]
    assert [exactly(total, (0, k))[0] for k in range(5)] == [2 + Fraction(1, 2**60), 0, 8, 1, 0]
    assert counts.bincount(x, arr=(1, 0, 1, 0, 1), minlength=4).parts[0].hi.shape == (1, 4)
    share = counts.zero_fraction(np.array([[0.0, 1.0, -0.0], [2.0**-1074, 1.0, 3.0]])).parts[0]
    middle, radius = exactly(share, (0,))
    assert abs(middle - Fraction(2, 3)) <= radius <= Fraction(1, 2**90)
    assert exactly(share, (1,)) == (0, 0)
    assert not counts.zero_fraction(np.array([[np.nan, 0.0]])).exists[0]

"""Exact rationals and matrices of known spectrum, for the tests of references."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from flint import fmpq, fmpq_mat

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


def known_spectrum(seed, values):
    """Q diag(values) Q^T without rounding: Q a Hadamard matrix with signs, over sqrt(n)."""
    n = len(values)
    signs = RNG(seed).choice([-1.0, 1.0], n)
    hadamard = np.array([[1.0]])
    while len(hadamard) < n:
        hadamard = np.block([[hadamard, hadamard], [hadamard, -hadamard]])
    q = signs[:, None] * hadamard
    return (q * np.asarray(values)) @ q.T / n

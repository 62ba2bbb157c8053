"""Sines, their inverses and the error function of double-double numbers over stacks.

Each is within ELEMENTARY of its value, relatively, or NaN, as in references/elementary.py. Sine
and cosine come from a table at the multiples of pi / 4096 and a polynomial, the inverses from one
Newton step at NumPy's answer, the error function from balls entry by entry.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from flint import arb, ctx, fmpq
from numpy.typing import NDArray

from references.elementary import NEAR, parts, reduced, table, whole
from references.extended import DoubleDouble, Number, double_double, square

Array = NDArray[np.float64]
STEPS = 4096  # of the table, for half a turn
FARTHEST = 4096.0  # arguments of sine and cosine
CLOSEST = 2.0**-15  # to a zero other than that of the sine at zero
HEAD_BITS = 29  # of the parts of pi / STEPS, times a whole number of 23 bits
STEEPEST = 0.999  # arguments of the inverse sine
BITS = 128  # of balls


@lru_cache(maxsize=1)
def _waves() -> tuple[tuple[float, float, float], DoubleDouble, DoubleDouble]:
    """pi / STEPS in parts, sines and cosines of its multiples over a whole turn."""
    saved, ctx.prec = ctx.prec, 200
    try:
        both = [arb.sin_cos_pi_fmpq(fmpq(j, STEPS)) for j in range(2 * STEPS)]
        step = parts(arb.pi() / STEPS, HEAD_BITS)
        return step, table([s for s, _ in both]), table([c for _, c in both])
    finally:
        ctx.prec = saved


def sin_cos(x: Number) -> tuple[DoubleDouble, DoubleDouble]:
    """Sine and cosine; NaN beyond FARTHEST and within CLOSEST of a zero that is not at zero."""
    x = double_double(x)
    x = x.where(np.abs(x.hi) < FARTHEST, np.nan)
    step, sines, cosines = _waves()
    k, r = reduced(x, STEPS / np.pi, step)
    at = whole(k) % (2 * STEPS)
    doubtful = (at % (STEPS // 2) == 0) & (np.abs(r.hi) < CLOSEST)
    s, c = (DoubleDouble(t.hi.take(at), t.lo.take(at)) for t in (sines, cosines))
    double = square(r)
    assert isinstance(double, DoubleDouble)
    q = double.hi
    cubic = r.hi * q * (-1 / 6 + q * (1 / 120 - q * (1 / 5040)))
    quartic = q * q * (1 / 24 - q * (1 / 720))
    sine = DoubleDouble(r.hi, r.lo + cubic)
    versed = DoubleDouble(-0.5 * q, quartic - 0.5 * double.lo)  # cos(r) - 1
    result_s = s + (s * versed + c * sine)
    result_c = c + (c * versed - s * sine)
    return (
        result_s.where(~(doubtful & (at % STEPS == 0) & (k != 0)), np.nan),
        result_c.where(~(doubtful & (at % STEPS != 0)), np.nan),
    )


def sin(x: Number) -> DoubleDouble:
    """The sine."""
    return sin_cos(x)[0]


def cos(x: Number) -> DoubleDouble:
    """The cosine."""
    return sin_cos(x)[1]


def tan(x: Number) -> DoubleDouble:
    """The tangent."""
    s, c = sin_cos(x)
    return s / c


def asin(x: Number) -> DoubleDouble:
    """The inverse sine below STEEPEST: y + (x - sin y) / cos y."""
    x = double_double(x)
    x = x.where(np.abs(x.hi) < STEEPEST, np.nan)
    guess = np.arcsin(x.hi)
    s, c = sin_cos(guess)
    return _corrected(guess, (x - s) / c)


def atan(x: Number) -> DoubleDouble:
    """The inverse tangent: y + z, z = tan(arctan x - y) = (x cos y - sin y) / (cos y + x sin y)."""
    x = double_double(x)
    guess = np.arctan(x.hi)
    s, c = sin_cos(guess)
    return _corrected(guess, (x * c - s) / (c + x * s))


@lru_cache(maxsize=1)
def two_over_root_pi() -> DoubleDouble:
    """2 / sqrt(pi)."""
    saved, ctx.prec = ctx.prec, 200
    try:
        return table([2 / arb.const_sqrt_pi()])
    finally:
        ctx.prec = saved


def _corrected(guess: Array, correction: DoubleDouble) -> DoubleDouble:
    size = np.abs(correction.hi)
    close = (size <= NEAR) & ((16 * size <= np.abs(guess)) | (guess == 0))
    return (correction + guess).where(close, np.nan)


def erf(x: Number) -> DoubleDouble:
    """The error function, by balls: it is rare."""
    x = double_double(x)
    hi, lo = np.broadcast_arrays(x.hi, x.lo)
    saved, ctx.prec = ctx.prec, BITS
    try:
        balls = [
            (arb(a) + b).erf() if abs(a) < FARTHEST else arb("nan")
            for a, b in zip(hi.ravel().tolist(), lo.ravel().tolist(), strict=True)
        ]
        found = table(balls)
        loose = [not ball.rel_accuracy_bits() > 80 for ball in balls]
    finally:
        ctx.prec = saved
    bad = np.array(loose).reshape(hi.shape) & (hi != 0)
    return DoubleDouble(found.hi.reshape(hi.shape), found.lo.reshape(hi.shape)).where(~bad, np.nan)

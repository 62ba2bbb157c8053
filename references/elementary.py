"""Exponentials and logarithms of double-double numbers over stacks.

Each is within ELEMENTARY of its value, relatively, for the double-double that it is given, and NaN
where that is not proved: beyond the ranges below. Exponentials come from a table of the powers of
2^(1/1024) and a polynomial, logarithms from one Newton step at NumPy's answer, whose distance from
the truth is checked and not believed. docs/references.md adds the errors up.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray

from references.doubledouble import two_sum
from references.extended import DoubleDouble, Number, double_double, sqrt, square

Array = NDArray[np.float64]
ELEMENTARY = 2.0**-75
STEPS = 1024  # of the table, for one doubling
LOWEST, HIGHEST = -200.0, 300.0  # arguments of exponentials: far from underflow, even cubed
NEAR = 2.0**-40  # how far NumPy's answer may be from the truth
CLOSEST = -1 + 2.0**-16  # to -1, for arguments of log1p
HEAD_BITS = 32  # of the parts of a table's step whose multiples are exact


def parts(number: arb, bits: int) -> tuple[float, float, float]:
    """Two short numbers and a double: their sum is `number` to 2 `bits` + 53 bits."""
    found = []
    for _ in range(2):
        exponent = int(np.frexp(float(number))[1])
        head = float(np.rint(np.ldexp(float(number), bits - exponent)))
        head = float(np.ldexp(head, exponent - bits))
        found.append(head)
        number = number - head
    return found[0], found[1], float(number)


def table(values: list[arb]) -> DoubleDouble:
    """Balls of high precision as double-doubles."""
    hi = np.array([float(v) for v in values])
    return DoubleDouble(hi, np.array([float(v - h) for v, h in zip(values, hi, strict=True)]))


def whole(k: Array) -> NDArray[np.int64]:
    """Whole numbers as integers; zero for NaN."""
    return np.where(np.isnan(k), 0.0, k).astype(np.int64)


def reduced(x: DoubleDouble, per_unit: float, step: tuple[float, float, float]) -> tuple[
    Array, DoubleDouble
]:  # fmt: skip
    """The whole k nearest to x / step, and x - k step (Cody and Waite)."""
    k = np.rint(x.hi * per_unit)
    s, e = two_sum(x.hi - k * step[0], -k * step[1])
    return k, DoubleDouble(*two_sum(s, e + (x.lo - k * step[2])))


@lru_cache(maxsize=1)
def _powers() -> tuple[tuple[float, float, float], DoubleDouble, DoubleDouble]:
    """log(2) / STEPS in parts, log(2), and 2^(j / STEPS)."""
    saved, ctx.prec = ctx.prec, 200
    try:
        two = arb(2).log()
        powers = [(two * j / STEPS).exp() for j in range(STEPS)]
        return parts(two / STEPS, HEAD_BITS), table([two]), table(powers)
    finally:
        ctx.prec = saved


def _power_and_rest(x: Number) -> tuple[DoubleDouble, DoubleDouble]:
    """T and p with exp(x) = T (1 + p), T a power of 2^(1 / STEPS), |p| < 2^-11."""
    x = double_double(x)
    x = x.where((x.hi > LOWEST) & (x.hi < HIGHEST), np.nan)
    step, _, powers = _powers()
    k, r = reduced(x, STEPS / np.log(2), step)
    octaves, at = np.divmod(whole(k), STEPS)
    scale = np.ldexp(1.0, octaves)
    t = DoubleDouble(powers.hi.take(at) * scale, powers.lo.take(at) * scale)
    tail = r.hi * (1 / 24 + r.hi * (1 / 120 + r.hi * (1 / 720 + r.hi * (1 / 5040))))
    half = square(r) * 0.5
    assert isinstance(half, DoubleDouble)
    cubic = 2 * half.hi * (r.hi * (1 / 6 + tail))
    return t, r + DoubleDouble(half.hi, half.lo + cubic)


def exp(x: Number) -> DoubleDouble:
    """The exponential, for arguments between LOWEST and HIGHEST."""
    t, p = _power_and_rest(x)
    return t + t * p


def expm1(x: Number) -> DoubleDouble:
    """exp(x) - 1, with all its digits near zero."""
    t, p = _power_and_rest(x)
    return (t + -1.0) + t * p


def log(x: Number) -> DoubleDouble:
    """The logarithm of positive numbers within 2^200 of one; NaN elsewhere."""
    x = double_double(x)
    x = x.where((x.hi > 2.0**-200) & (x.hi < 2.0**200), np.nan)
    _, two, _ = _powers()
    exponent = np.frexp(x.hi * np.sqrt(2))[1] - 1  # the rest is about 2^-1/2 to 2^1/2
    if not exponent.any():
        return _near_one(x)
    scale = np.ldexp(1.0, -exponent)
    return exponent.astype(np.float64) * two + _near_one(DoubleDouble(x.hi * scale, x.lo * scale))


def _near_one(x: DoubleDouble) -> DoubleDouble:
    return _newton(np.log(x.hi), x + -1.0)


def log1p(x: Number) -> DoubleDouble:
    """log(1 + x), with all its digits near zero; NaN within 2^-16 of -1."""
    x = double_double(x)
    x = x.where(x.hi > CLOSEST, np.nan)
    large = x.hi > 2.0
    if np.any(large):
        return _newton(np.log1p(np.where(large, 0.0, x.hi)), x.where(~large, 0.0)).where(
            ~large, log((1.0 + x).where(large, 1.0))
        )
    return _newton(np.log1p(x.hi), x)


def _newton(guess: Array, x: DoubleDouble) -> DoubleDouble:
    """log(1 + x) from a guess y: y + z - z^2 / 2, z = (1 + x) exp(-y) - 1 without cancellation."""
    w = expm1(-guess)
    z = (x + w) + x * w
    size = np.abs(z.hi)
    close = (size <= NEAR) & ((16 * size <= np.abs(guess)) | (guess == 0))
    correction = DoubleDouble(z.hi, z.lo - 0.5 * z.hi * z.hi)
    return (correction + guess).where(close, np.nan)


def sinh_cosh(x: Number) -> tuple[DoubleDouble, DoubleDouble]:
    """Both from E = exp|x| - 1: sinh|x| = (E + E / (E + 1)) / 2."""
    x = double_double(x)
    sign = np.copysign(1.0, x.hi)
    e = expm1(DoubleDouble(x.hi * sign, x.lo * sign))
    power = e + 1.0
    sinh = (e + e / power) * 0.5
    return DoubleDouble(sinh.hi * sign, sinh.lo * sign), (power + 1.0 / power) * 0.5


def tanh(x: Number) -> DoubleDouble:
    """E / (E + 2), E = exp|2 x| - 1."""
    x = double_double(x)
    sign = np.copysign(2.0, x.hi)
    e = expm1(DoubleDouble(x.hi * sign, x.lo * sign))
    y = e / (e + 2.0)
    sign = 0.5 * sign
    return DoubleDouble(y.hi * sign, y.lo * sign)


def asinh(x: Number) -> DoubleDouble:
    """log1p(a + a^2 / (1 + sqrt(1 + a^2))), a = |x|."""
    x = double_double(x)
    sign = np.copysign(1.0, x.hi)
    a = DoubleDouble(x.hi * sign, x.lo * sign)
    s = square(a)
    y = log1p(a + s / (1.0 + sqrt(1.0 + s)))
    return DoubleDouble(y.hi * sign, y.lo * sign)

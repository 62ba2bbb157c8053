"""The numbers that programs run over: NumPy arrays, mpmath, double-doubles and intervals.

Each namespace offers the same functions: `constant`, `combine` (a sum with constant
coefficients), `largest`, `detach` (a number whose derivatives and errors do not matter),
`choose` (x where a test is positive, else y; and how much of each was taken, 1 or 0), `power`,
`square`, `two_over_root_pi` and the elementary functions, two of them in pairs. Balls have theirs
in references/series.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import mpmath
import numpy as np
from numpy.typing import NDArray
from scipy import special

from references import elementary, extended, interval, trigonometry
from references.extended import DoubleDouble, Number, double_double
from references.interval import Interval

Array = NDArray[np.float64]
SLACK = 2.0**-48  # NumPy's and SciPy's elementary functions err by less than 16 ulp


class Arrays:
    """NumPy float64 arrays: no proof, the cheapest opinion."""

    exp, expm1, log, log1p, sqrt = np.exp, np.expm1, np.log, np.log1p, np.sqrt
    sin, cos, tan, asin, atan = np.sin, np.cos, np.tan, np.arcsin, np.arctan
    sinh, cosh, tanh, asinh, erf = np.sinh, np.cosh, np.tanh, np.arcsinh, special.erf
    power, square = np.power, np.square

    @staticmethod
    def constant(value: float) -> Array:
        return np.float64(value)  # type: ignore[return-value]

    @staticmethod
    def combine(coefficients: Sequence[float], xs: Sequence[Array]) -> Array:
        return sum(c * x for c, x in zip(coefficients, xs, strict=True))  # type: ignore[return-value]

    @staticmethod
    def largest(xs: Sequence[Array]) -> Array:
        return np.maximum.reduce(xs)

    @staticmethod
    def detach(x: Array) -> Array:
        return x

    @staticmethod
    def choose(test: Array, x: Array, y: Array) -> tuple[Array, Array, Array]:
        yes = np.asarray(test) > 0
        return np.where(yes, x, y), np.where(yes, 1.0, 0.0), np.where(yes, 0.0, 1.0)

    @staticmethod
    def sin_cos(x: Array) -> tuple[Array, Array]:
        return np.sin(x), np.cos(x)

    @staticmethod
    def sinh_cosh(x: Array) -> tuple[Array, Array]:
        return np.sinh(x), np.cosh(x)

    @staticmethod
    def two_over_root_pi() -> float:
        return 2 / math.sqrt(math.pi)


class Multiprecision:
    """mpmath at its working precision: the audit."""

    exp, expm1, log, log1p, sqrt = mpmath.exp, mpmath.expm1, mpmath.log, mpmath.log1p, mpmath.sqrt
    sin, cos, tan, asin, atan = mpmath.sin, mpmath.cos, mpmath.tan, mpmath.asin, mpmath.atan
    sinh, cosh, tanh, asinh, erf = (
        mpmath.sinh,
        mpmath.cosh,
        mpmath.tanh,
        mpmath.asinh,
        mpmath.erf,
    )
    power, constant = mpmath.power, mpmath.mpf

    @staticmethod
    def square(x: mpmath.mpf) -> mpmath.mpf:
        return x * x

    @staticmethod
    def combine(coefficients: Sequence[float], xs: Sequence[mpmath.mpf]) -> mpmath.mpf:
        return mpmath.fdot(coefficients, xs)

    @staticmethod
    def largest(xs: Sequence[mpmath.mpf]) -> mpmath.mpf:
        return max(xs)

    @staticmethod
    def detach(x: mpmath.mpf) -> mpmath.mpf:
        return x

    @staticmethod
    def choose(test: mpmath.mpf, x: mpmath.mpf, y: mpmath.mpf) -> tuple[mpmath.mpf, ...]:
        return (x, mpmath.mpf(1), mpmath.mpf(0)) if test > 0 else (y, mpmath.mpf(0), mpmath.mpf(1))

    @staticmethod
    def sin_cos(x: mpmath.mpf) -> tuple[mpmath.mpf, mpmath.mpf]:
        return mpmath.sin(x), mpmath.cos(x)

    @staticmethod
    def sinh_cosh(x: mpmath.mpf) -> tuple[mpmath.mpf, mpmath.mpf]:
        return mpmath.sinh(x), mpmath.cosh(x)

    @staticmethod
    def two_over_root_pi() -> mpmath.mpf:
        return 2 / mpmath.sqrt(mpmath.pi)


class DoubleDoubles:
    """Double-double numbers (references/extended.py), beside float64 numbers that are exact."""

    exp, expm1 = elementary.exp, elementary.expm1
    log, log1p, sqrt = elementary.log, elementary.log1p, extended.sqrt
    sin, cos, tan = trigonometry.sin, trigonometry.cos, trigonometry.tan
    asin, atan, erf = trigonometry.asin, trigonometry.atan, trigonometry.erf
    tanh, asinh, sinh_cosh = elementary.tanh, elementary.asinh, elementary.sinh_cosh
    sin_cos = trigonometry.sin_cos
    combine, largest = extended.combine, extended.largest
    square, power = extended.square, extended.power

    @staticmethod
    def cosh(x: Number) -> DoubleDouble:
        return elementary.sinh_cosh(x)[1]

    @staticmethod
    def constant(value: float) -> float:
        return float(value)

    @staticmethod
    def detach(x: DoubleDouble) -> DoubleDouble:
        return x

    @staticmethod
    def two_over_root_pi() -> DoubleDouble:
        return trigonometry.two_over_root_pi()

    @staticmethod
    def choose(test: Number, x: Number, y: Number) -> tuple[DoubleDouble, Array, Array]:
        """x at a kink, as for balls; NaN where the test is."""
        test = double_double(test)
        yes = test.hi >= 0
        nowhere = np.where(np.isnan(test.hi), np.nan, 0.0)
        return (
            (double_double(x) + nowhere).where(yes, y),
            np.where(yes, 1.0, nowhere),
            np.where(yes, 0.0, 1.0 + nowhere),
        )


def _monotone(function: Callable[[Array], Array]) -> Callable[[Interval], Interval]:
    def enclosure(x: Interval) -> Interval:
        with np.errstate(all="ignore"):
            lower, upper = function(x.lower), function(x.upper)
        return _loosened(lower, upper)

    return enclosure


def _loosened(lower: Array, upper: Array) -> Interval:
    """Endpoints moved outward by the error of the library; NaN (out of the domain) is the line."""
    bad = np.isnan(lower) | np.isnan(upper)
    with np.errstate(all="ignore"):
        lower = lower - np.abs(lower) * SLACK
        upper = upper + np.abs(upper) * SLACK
    return Interval(np.where(bad, -np.inf, lower), np.where(bad, np.inf, upper))


def _wave(function: Callable[[Array], Array]) -> Callable[[Interval], Interval]:
    """Sine or cosine: slope at most one, range [-1, 1]."""

    def enclosure(x: Interval) -> Interval:
        with np.errstate(all="ignore"):
            middle = 0.5 * (x.lower + x.upper)
            reach = 0.5 * (x.upper - x.lower) * (1 + SLACK) + np.abs(middle) * SLACK + SLACK
            centre = function(middle)
        safe = np.isfinite(centre)
        lower = np.where(safe, np.maximum(centre - reach, -1.0), -1.0)
        return Interval(lower, np.where(safe, np.minimum(centre + reach, 1.0), 1.0))

    return enclosure


def _cosh(x: Interval) -> Interval:
    with np.errstate(all="ignore"):
        ends = np.cosh(x.lower), np.cosh(x.upper)
    through = (x.lower <= 0) & (x.upper >= 0)
    return _loosened(np.where(through, 1.0, np.minimum(*ends)), np.maximum(*ends))


def _tan(x: Interval) -> Interval:
    inside = (x.lower > -1.5) & (x.upper < 1.5)
    with np.errstate(all="ignore"):
        lower, upper = np.tan(x.lower), np.tan(x.upper)
    return _loosened(np.where(inside, lower, np.nan), np.where(inside, upper, np.nan))


class Intervals:
    """Intervals of references/interval.py: what rounding leaves possible."""

    exp, expm1 = (_monotone(f) for f in (np.exp, np.expm1))
    sqrt = interval.sqrt  # below zero counts as zero, where no derivative is bounded
    log, log1p, asin = (_monotone(f) for f in (np.log, np.log1p, np.arcsin))
    atan, sinh, tanh = (_monotone(f) for f in (np.arctan, np.sinh, np.tanh))
    asinh, erf = _monotone(np.arcsinh), _monotone(special.erf)
    sin, cos, tan, cosh = _wave(np.sin), _wave(np.cos), _tan, _cosh

    @staticmethod
    def constant(value: float) -> Interval:
        return Interval.exact(value)

    @staticmethod
    def square(x: Interval) -> Interval:
        ends = x.lower * x.lower, x.upper * x.upper
        through = (x.lower <= 0) & (x.upper >= 0)
        lower = np.where(through, 0.0, np.minimum(*ends))
        return _loosened(lower, np.maximum(*ends))

    @staticmethod
    def power(x: Interval, exponent: float) -> Interval:
        """x^exponent; the whole line where the base of a real power may be negative."""
        if exponent < 0:
            return 1 / Intervals.power(x, -exponent)
        with np.errstate(all="ignore"):
            ends = np.power(x.lower, exponent), np.power(x.upper, exponent)
        if exponent % 2 != 0:
            return _loosened(*ends)
        through = (x.lower <= 0) & (x.upper >= 0)
        lower = np.where(through & (exponent != 0), 0.0, np.minimum(*ends))
        return _loosened(lower, np.maximum(*ends))

    @staticmethod
    def combine(coefficients: Sequence[float], xs: Sequence[Interval]) -> Interval:
        terms = [x if c == 1 else c * x for c, x in zip(coefficients, xs, strict=True)]
        return sum(terms[1:], start=terms[0])

    @staticmethod
    def largest(xs: Sequence[Interval]) -> Interval:
        return interval.maximum(*xs)

    @staticmethod
    def detach(x: Interval) -> Interval:
        return x

    @staticmethod
    def choose(test: Interval, x: Interval, y: Interval) -> tuple[Interval, Interval, Interval]:
        """Both, where the test may turn out either way."""
        yes, no = test.lower > 0, test.upper <= 0
        lower = np.where(yes, x.lower, np.where(no, y.lower, np.minimum(x.lower, y.lower)))
        upper = np.where(yes, x.upper, np.where(no, y.upper, np.maximum(x.upper, y.upper)))
        surely, possibly = yes.astype(np.float64), (~no).astype(np.float64)
        return (
            Interval(lower, upper),
            Interval(surely, possibly),
            Interval(1 - possibly, 1 - surely),
        )

    @staticmethod
    def sin_cos(x: Interval) -> tuple[Interval, Interval]:
        return Intervals.sin(x), Intervals.cos(x)

    @staticmethod
    def sinh_cosh(x: Interval) -> tuple[Interval, Interval]:
        return Intervals.sinh(x), Intervals.cosh(x)

    @staticmethod
    def two_over_root_pi() -> Interval:
        value = Arrays.two_over_root_pi()
        return Interval(np.nextafter(value, 0), np.nextafter(value, 2))

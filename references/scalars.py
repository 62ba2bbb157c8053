"""Numbers of twice the precision of float64, whole arrays at once, each with a proved radius.

A pair is an unevaluated sum hi + lo with |lo| <= u |hi|, u = 2^-53. A scalar is a pair and what is
not known of it. Operations on pairs have relative errors that are proved once; operations on
scalars add these to what their operands do not know.

Conventions. |exact - hi - lo| <= radius, entry by entry; shapes broadcast. No operation raises:
what overflows, is divided by a number that may be zero, or has a negative centre under a root, is
0, give or take infinity. What underflows is covered by FLOOR.

Assumed: IEEE 754 double precision rounding to nearest, without flushing to zero.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from references.doubledouble import UNIT, two_product, two_sum

Array = NDArray[np.float64]
Pair = tuple[Array, Array]
SQUARE = UNIT**2
SUM_ERROR = 3.01 * SQUARE  # relative, of `plus`
PRODUCT_ERROR = 7.01 * SQUARE  # of `times`
QUOTIENT_ERROR = 12.1 * SQUARE  # of `over`
ROOT_ERROR = 6 * SQUARE  # of `root`
FLOOR = 2.0**-1070  # more than the underflows of one operation lose, before a division
ABOVE = 1 + 2.0**-48  # covers the roundings of a radius


class Scalar(NamedTuple):
    """Every number within `radius` of `hi` + `lo`, entry by entry."""

    hi: Array
    lo: Array
    radius: Array

    @property
    def pair(self) -> Pair:
        """The centre."""
        return self.hi, self.lo


def quick_sum(a: Array, b: Array) -> Pair:
    """a + b without error where |a| >= |b| or a = 0 (Dekker)."""
    s = a + b
    return s, b - (s - a)


def plus(a: Pair, b: Pair) -> Pair:
    """The sum, within SUM_ERROR of itself whatever the signs.

    Joldes, Muller and Popescu (2017), algorithm 6: 3 u^2 / (1 - 4 u).
    """
    s, error = two_sum(a[0], b[0])
    t, rest = two_sum(a[1], b[1])
    s, error = quick_sum(s, error + t)
    return quick_sum(s, error + rest)


def times(a: Pair, b: Pair) -> Pair:
    """The product, within PRODUCT_ERROR of itself: their algorithm 10, 7 u^2."""
    p, error = two_product(a[0], b[0])
    return quick_sum(p, error + (a[0] * b[1] + a[1] * b[0]))


def over(a: Pair, b: Pair) -> Pair:
    """The quotient, within QUOTIENT_ERROR of itself.

    One step of long division from q = fl(a_hi / b_hi). The remainder a_hi - b_hi q is a float64
    number of at most u |a_hi| and found without error. The rest, a_lo - b_lo q, is off by 3 u^2,
    their sum by 3 u^2, its quotient by 3 u^2, and 3 u^2 are due to dividing by b_hi instead of b.
    """
    q = a[0] / b[0]
    p, error = two_product(b[0], q)
    return quick_sum(q, (((a[0] - p) - error) + (a[1] - b[1] * q)) / b[0])


def root(a: Pair) -> Pair:
    """The square root, within ROOT_ERROR of itself; zero of zero.

    One step of Newton from y = fl(sqrt(a_hi)). a_hi - y^2 is a float64 number of at most 2.1 u
    a_hi, found without error; adding a_lo rounds by 3.1 u^2 a, which counts half, the quotient
    rounds by 1.6 u^2, and Newton's step leaves (1.6 u)^2 / 2.
    """
    y = np.sqrt(a[0])
    p, error = two_product(y, y)
    return quick_sum(y, (((a[0] - p) - error) + a[1]) / (2 * np.maximum(y, FLOOR)))


def exact(x: ArrayLike) -> Scalar:
    """float64 numbers, known exactly."""
    hi = np.asarray(x, dtype=np.float64)
    zero = np.zeros_like(hi)
    return Scalar(hi, zero, zero)


def negative(x: Scalar) -> Scalar:
    """-x, exactly."""
    return Scalar(-x.hi, -x.lo, x.radius)


def add(x: Scalar, y: Scalar) -> Scalar:
    """x + y."""
    with np.errstate(over="ignore", invalid="ignore"):
        hi, lo = plus(x.pair, y.pair)
        radius = (x.radius + y.radius + SUM_ERROR * np.abs(hi)) * ABOVE + FLOOR
    return settled(Scalar(hi, lo, radius))


def subtract(x: Scalar, y: Scalar) -> Scalar:
    """x - y."""
    return add(x, negative(y))


def multiply(x: Scalar, y: Scalar) -> Scalar:
    """x y."""
    with np.errstate(over="ignore", invalid="ignore"):
        hi, lo = times(x.pair, y.pair)
        carried = (np.abs(x.hi) + x.radius) * y.radius + np.abs(y.hi) * x.radius
        radius = (carried + PRODUCT_ERROR * np.abs(hi)) * ABOVE + FLOOR
    return settled(Scalar(hi, lo, radius))


def divide(x: Scalar, y: Scalar) -> Scalar:
    """x / y; nothing is known where y may be zero.

    With c for the quotient of the centres: x / y - c = (dx - c dy) / y, and |y| is at least
    |centre| - radius.
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        hi, lo = over(x.pair, y.pair)
        least = np.abs(y.hi) * (1 - 4 * UNIT) - y.radius
        carried = (x.radius + np.abs(hi) * y.radius + FLOOR) / np.where(least > 0, least, 0.0)
        radius = (carried + QUOTIENT_ERROR * np.abs(hi)) * ABOVE + FLOOR
    return settled(Scalar(hi, lo, radius))


def sqrt(x: Scalar) -> Scalar:
    """The square root of a number that is not negative, even where its radius would let it be.

    |sqrt(c + d) - sqrt(c)| is at most |d| / sqrt(c) and at most sqrt(|d|).
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        hi, lo = root(x.pair)
        unsure = x.radius + FLOOR
        carried = np.minimum(unsure / hi, 2 * np.sqrt(unsure))
        radius = (carried + ROOT_ERROR * hi) * ABOVE + FLOOR
    return settled(Scalar(hi, lo, radius))


def scaled(x: Scalar, exponent: NDArray[np.int64] | int) -> Scalar:
    """x 2^exponent, entry by entry: exact but for underflow."""
    with np.errstate(over="ignore"):
        hi, lo, radius = (np.ldexp(side, exponent) for side in x)
    return settled(Scalar(hi, lo, radius + FLOOR))


def settled(x: Scalar) -> Scalar:
    """x, with 0, give or take infinity, for what no operation could enclose."""
    with np.errstate(over="ignore", invalid="ignore"):
        unknown = ~np.isfinite(x.hi + x.lo + x.radius)
    if not unknown.any():
        return x
    hi, lo = (np.where(unknown, 0.0, side) for side in x.pair)
    return Scalar(hi, lo, np.where(unknown, np.inf, x.radius))

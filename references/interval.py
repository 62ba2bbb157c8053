"""Closed intervals over arrays: what a proved radius and our own rounding leave open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from references.compiled import entrywise, inlined, kernel

Array = NDArray[np.float64]
MAX = float(np.finfo(np.float64).max)
STEP = 2.0**-53 * (1 + 2.0**-52)  # of a number, and SMALLEST: at least to its neighbour
SMALLEST = 2.0**-1074


@dataclass(frozen=True)
class Interval:
    """Every real number from `lower` to `upper`, entry by entry.

    Arithmetic rounds outward by one or two units in the last place, which contains IEEE rounding
    to nearest (Moore, Kearfott and Cloud 2009, 5.1). NaN in an operand gives the whole line.
    """

    lower: Array
    upper: Array

    @staticmethod
    def exact(value: ArrayLike) -> Interval:
        """The interval that holds nothing but `value`."""
        array = np.asarray(value, dtype=np.float64)
        return Interval(array, array)

    @staticmethod
    def around(centre: ArrayLike, radius: ArrayLike) -> Interval:
        """All numbers within `radius` of `centre`."""
        return _outward(np.subtract(centre, radius), np.add(centre, radius))

    def __add__(self, other: Interval | float) -> Interval:
        other = _interval(other)
        with np.errstate(all="ignore"):
            return Interval(
                _sum_below(self.lower, other.lower), _sum_above(self.upper, other.upper)
            )

    __radd__ = __add__

    def __neg__(self) -> Interval:
        return Interval(-self.upper, -self.lower)

    def __sub__(self, other: Interval | float) -> Interval:
        return self + -_interval(other)

    def __rsub__(self, other: Interval | float) -> Interval:
        return _interval(other) + -self

    def __mul__(self, other: Interval | float) -> Interval:
        other = _interval(other)
        with np.errstate(all="ignore"):
            ends = self.lower, self.upper, other.lower, other.upper
            return Interval(_product_below(*ends), _product_above(*ends))

    __rmul__ = __mul__

    def __truediv__(self, other: Interval | float) -> Interval:
        """The quotient; the whole line where the divisor may be zero."""
        other = _interval(other)
        with np.errstate(all="ignore"):
            if _least(self.lower) >= 0 and _least(other.lower) > 0:
                return Interval(
                    _quotient_below(self.lower, other.upper),
                    _quotient_above(self.upper, other.lower),
                )
            safe = (other.lower > 0) | (other.upper < 0)
            lower, upper = _inverse_below(other.upper), _inverse_above(other.lower)
        if not safe.all():
            lower, upper = np.where(safe, lower, -np.inf), np.where(safe, upper, np.inf)
        return self * Interval(lower, upper)

    def __rtruediv__(self, other: Interval | float) -> Interval:
        return _interval(other) / self

    def __pow__(self, exponent: int) -> Interval:
        """A power with a whole exponent of at least one."""
        result = self
        for _ in range(exponent - 1):
            result = result * self
        return result

    def __getitem__(self, index: Any) -> Interval:
        return Interval(self.lower[index], self.upper[index])

    def __setitem__(self, index: Any, value: Interval) -> None:
        self.lower[index], self.upper[index] = value.lower, value.upper


def sqrt(x: Interval | float) -> Interval:
    """Square root of an interval; what lies below zero counts as zero."""
    x = _interval(x)
    return _outward(np.sqrt(np.maximum(x.lower, 0)), np.sqrt(np.maximum(x.upper, 0)))


def compounded(x: Interval | float, eps: float, more: float = 0.0) -> Interval:
    """What x + more roundings come to: y/(1 - y eps), in units of eps, a power of two.

    Higham (2002), lemma 3.1. It grows with x; the whole line where y may reach 1 / eps.
    """
    x = _interval(x)
    ends = np.empty((2, *np.shape(x.lower)))
    lower, upper = (np.ascontiguousarray(side).reshape(-1) for side in (x.lower, x.upper))
    _compounded(lower, upper, more, eps, ends.reshape(2, -1))
    return Interval(*ends)


def maximum(*operands: Interval | float) -> Interval:
    """Entrywise maximum."""
    intervals = [_interval(x) for x in operands]
    return Interval(
        np.maximum.reduce(np.broadcast_arrays(*(x.lower for x in intervals))),
        np.maximum.reduce(np.broadcast_arrays(*(x.upper for x in intervals))),
    )


def minimum(*operands: Interval | float) -> Interval:
    """Entrywise minimum."""
    return -maximum(*(-_interval(x) for x in operands))


def largest(x: Interval) -> Interval:
    """The largest entry of each member: (B, ...) to (B,); zero for an empty member."""
    flat = [side.reshape(len(side), -1) for side in (x.lower, x.upper)]
    if flat[0].shape[1] == 0:
        return Interval.exact(np.zeros(len(x.lower)))
    return Interval(flat[0].max(axis=1), flat[1].max(axis=1))


def _least(x: Array) -> float:
    return float(x.min()) if x.size else 1.0


def _interval(x: Interval | float) -> Interval:
    return x if isinstance(x, Interval) else Interval.exact(x)


def _outward(lower: Array, upper: Array) -> Interval:
    """The next numbers below and above, or their neighbours; NaN says that nothing is known.

    Four operations of Rump, Zimmermann, Boldo and Melquiond (2009), ten times as fast as nextafter.
    """
    with np.errstate(all="ignore"):
        return Interval(_below(lower), _above(upper))


@inlined
def below(x: float) -> float:
    """A number below what was rounded to x."""
    if np.isnan(x):
        return -np.inf
    x = min(x, MAX)
    return x - (min(abs(x), MAX) * STEP + SMALLEST)


@inlined
def above(x: float) -> float:
    """A number above what was rounded to x."""
    if np.isnan(x):
        return np.inf
    x = max(x, -MAX)
    return x + (min(abs(x), MAX) * STEP + SMALLEST)


@inlined
def unknown(a: float, b: float, c: float, d: float) -> bool:
    """Whether a product of ends is NaN: of zero and infinity, or of what is NaN."""
    return np.isnan(a * c) or np.isnan(b * d) or np.isnan(a * d) or np.isnan(b * c)


@entrywise
def _below(x: float) -> float:
    return below(x)


@entrywise
def _above(x: float) -> float:
    return above(x)


@entrywise
def _sum_below(x: float, y: float) -> float:
    return below(x + y)


@entrywise
def _sum_above(x: float, y: float) -> float:
    return above(x + y)


@entrywise
def _product_below(a: float, b: float, c: float, d: float) -> float:
    """Below all products of a number of [a, b] and one of [c, d]."""
    if a >= 0 and c >= 0:
        return below(a * c)
    if unknown(a, b, c, d):
        return -np.inf
    return below(min(a * c, b * d, a * d, b * c))


@entrywise
def _product_above(a: float, b: float, c: float, d: float) -> float:
    """Above all of them."""
    if a >= 0 and c >= 0:
        return above(b * d)
    if unknown(a, b, c, d):
        return np.inf
    return above(max(a * c, b * d, a * d, b * c))


@entrywise
def _quotient_below(x: float, y: float) -> float:
    return below(x / y)


@entrywise
def _quotient_above(x: float, y: float) -> float:
    return above(x / y)


@entrywise
def _inverse_below(x: float) -> float:
    return below(1 / x)


@entrywise
def _inverse_above(x: float) -> float:
    return above(1 / x)


@kernel
def _compounded(lower: Array, upper: Array, more: float, eps: float, ends: Array) -> None:
    """The products are exact, or so small that the neighbours of the differences cover them."""
    for i in range(len(lower)):
        least, most = lower[i], upper[i]
        if more != 0:
            least, most = below(least + more), above(most + more)
        low, high = 1 - least * eps, 1 - most * eps
        known = below(high) > 0
        least = below(least / (above(low) if least >= 0 else below(low)))
        most = above(most / (below(high) if most >= 0 else above(high)))
        ends[0, i] = least if known else -np.inf
        ends[1, i] = most if known else np.inf

"""Double-double numbers over stacks, for sweeps through programs.

A number is an unevaluated sum hi + lo of float64 arrays with |lo| <= 2^-51 |hi|. No radius goes
with it: every operation here has a small relative error, proved once (docs/references.md), and
references/sweep.py bounds what a whole program makes of these errors. Of a sum the error is
relative to the magnitudes of its terms, at most ROUNDING of them like that of a product.

Assumed: IEEE 754 double precision rounding to nearest. What overflows ends in NaN, and so does
whatever is computed from it; callers see to it that nothing underflows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from references.doubledouble import two_product, two_sum

Array = NDArray[np.float64]
ROUNDING = 2.0**-98  # of a sum, product, quotient or root: docs/references.md has each
WHOLE_POWERS = 64  # exponents beyond go without


@dataclass(frozen=True, slots=True, eq=False)
class DoubleDouble:
    """hi + lo, entry by entry; operators take float64 numbers and arrays as exact."""

    hi: Array
    lo: Array

    __array_ufunc__ = None  # arrays leave mixed operations to this class

    def __neg__(self) -> DoubleDouble:
        return DoubleDouble(-self.hi, -self.lo)

    def __add__(self, other: Number) -> DoubleDouble:
        if isinstance(other, DoubleDouble):
            s, e = two_sum(self.hi, other.hi)
            return _renormalised(s, e + (self.lo + other.lo))
        if isinstance(other, float | int) and other == 0:
            return self
        s, e = two_sum(self.hi, np.asarray(other))
        return _renormalised(s, e + self.lo)

    __radd__ = __add__

    def __sub__(self, other: Number) -> DoubleDouble:
        return self + -other

    def __rsub__(self, other: Number) -> DoubleDouble:
        return -self + other

    def __mul__(self, other: Number) -> DoubleDouble:
        if isinstance(other, DoubleDouble):
            p, e = two_product(self.hi, other.hi)
            return _renormalised(p, e + (self.hi * other.lo + self.lo * other.hi))
        if isinstance(other, float | int):
            if other == 1:
                return self
            if abs(math.frexp(other)[0]) in (0.0, 0.5):  # zero and powers of two: exact
                return DoubleDouble(self.hi * other, self.lo * other)
        p, e = two_product(self.hi, np.asarray(other))
        return _renormalised(p, e + self.lo * other)

    __rmul__ = __mul__

    def __truediv__(self, other: Number) -> DoubleDouble:
        return _quotient(self.hi, self.lo, *_parts(other))

    def __rtruediv__(self, other: Number) -> DoubleDouble:
        return _quotient(*_parts(other), self.hi, self.lo)

    def __getitem__(self, index: Any) -> DoubleDouble:
        return DoubleDouble(self.hi[index], self.lo[index])

    def where(self, chosen: NDArray[np.bool_], other: Number) -> DoubleDouble:
        """This number where `chosen`, another elsewhere."""
        hi, lo = _parts(other)
        return DoubleDouble(np.where(chosen, self.hi, hi), np.where(chosen, self.lo, lo))


Number = DoubleDouble | float | Array


def double_double(x: Number) -> DoubleDouble:
    """Any number as a double-double."""
    return x if isinstance(x, DoubleDouble) else DoubleDouble(*_parts(x))


def square(x: Number) -> Number:
    """x^2."""
    if isinstance(x, DoubleDouble):
        p, e = two_product(x.hi, x.hi)
        return _renormalised(p, e + 2 * (x.hi * x.lo))
    exact = _parts(x)[0]
    return DoubleDouble(*two_product(exact, exact))


def sqrt(x: Number) -> DoubleDouble:
    """Square root, by one step of Newton (Karp and Markstein 1997); NaN at zero and below."""
    hi, lo = _parts(x)
    root = np.sqrt(hi)
    p, e = two_product(root, root)
    return _renormalised(root, (((hi - p) - e) + lo) / (2 * root))


def power(x: Number, exponent: float) -> Number:
    """x^exponent for multiples of one half, by products and a root; NaN for other exponents."""
    whole = math.floor(abs(exponent))
    half = abs(exponent) - whole
    if half not in (0.0, 0.5) or whole > WHOLE_POWERS:
        return double_double(np.nan)
    result: Number = sqrt(x) if half else 1.0
    factor: Number = x
    while whole:
        if whole % 2:
            result = product(result, factor)
        whole //= 2
        if whole:
            factor = square(factor)
    return 1 / double_double(result) if exponent < 0 else result


def product(x: Number, y: Number) -> Number:
    """x y, where both may be float64 numbers: their product is rarely one."""
    if isinstance(x, DoubleDouble) or isinstance(y, DoubleDouble):
        return x * y
    if isinstance(x, float | int) and abs(x) == 1:
        return y if x == 1 else -y
    return double_double(x) * y


def combine(coefficients: Sequence[float], xs: Sequence[Number]) -> Number:
    """The sum of coefficients times numbers; terms without a coefficient of one cost a product."""
    terms = [product(c, x) for c, x in zip(coefficients, xs, strict=True)]
    if len(terms) == 1:
        return terms[0]
    total: Number = double_double(terms[0])
    for term in terms[1:]:
        total = total + term
    return total


def largest(xs: Sequence[Number]) -> DoubleDouble:
    """The largest of several numbers, entry by entry; NaN where any is."""
    result = double_double(xs[0])
    for x in xs[1:]:
        other = double_double(x)
        smaller = (result.hi < other.hi) | ((result.hi == other.hi) & (result.lo < other.lo))
        result = other.where(smaller | np.isnan(other.hi), result)
    return result


def _parts(x: Number) -> tuple[Array, Array]:
    if isinstance(x, DoubleDouble):
        return x.hi, x.lo
    array = np.asarray(x, dtype=np.float64)
    return array, np.float64(0.0)  # type: ignore[return-value]


def _renormalised(hi: Array, lo: Array) -> DoubleDouble:
    s = hi + lo
    return DoubleDouble(s, lo - (s - hi))


def _quotient(a: Array, a_lo: Array, b: Array, b_lo: Array) -> DoubleDouble:
    q = a / b
    p, e = two_product(q, b)
    return _renormalised(q, ((((a - p) - e) + a_lo) - q * b_lo) / b)

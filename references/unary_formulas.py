"""Functions of one number with their first three derivatives, in closed form.

Each takes the namespace `m` of functions and a number; it yields value, first, second and third
derivative, each when it is asked for (Abramowitz and Stegun 1964, chapters 4 and 7).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from typing import Any

from references.primitives import Number


def exp(m: Any, x: Number) -> Iterator[Number]:
    yield from repeat(m.exp(x), 4)


def log(m: Any, x: Number) -> Iterator[Number]:
    yield m.log(x)
    yield from _powers(1 / x)


def log1p(m: Any, x: Number) -> Iterator[Number]:
    yield m.log1p(x)
    yield from _powers(1 / (1 + x))


def _powers(r: Number) -> Iterator[Number]:
    """The derivatives of a logarithm whose first is r."""
    yield r
    square = r * r
    yield -square
    yield 2 * square * r


def expm1(m: Any, x: Number) -> Iterator[Number]:
    yield m.expm1(x)
    yield from repeat(m.exp(x), 3)


def sqrt(m: Any, x: Number) -> Iterator[Number]:
    y = m.sqrt(x)
    yield y
    d = 0.5 / y
    yield d
    s = -0.5 * d / x
    yield s
    yield -1.5 * s / x


def rsqrt(m: Any, x: Number) -> Iterator[Number]:
    y = 1 / m.sqrt(x)
    yield y
    d = -0.5 * y / x
    yield d
    s = -1.5 * d / x
    yield s
    yield -2.5 * s / x


def reciprocal(m: Any, x: Number) -> Iterator[Number]:
    y = 1 / x
    yield y
    square = y * y
    yield -square
    cube = 2 * square * y
    yield cube
    yield -3 * cube * y


def sin(m: Any, x: Number) -> Iterator[Number]:
    s, c = m.sin_cos(x)
    yield from (s, c, -s, -c)


def cos(m: Any, x: Number) -> Iterator[Number]:
    s, c = m.sin_cos(x)
    yield from (c, -s, -c, s)


def tan(m: Any, x: Number) -> Iterator[Number]:
    y = m.tan(x)
    yield y
    square = m.square(y)
    d = 1 + square
    yield d
    yield 2 * y * d
    yield (2 + 6 * square) * d


def asin(m: Any, x: Number) -> Iterator[Number]:
    yield m.asin(x)
    square = m.square(x)
    d = 1 / m.sqrt(1 - square)
    yield d
    cube = d * d * d
    yield x * cube
    yield cube + 3 * square * cube * d * d


def atan(m: Any, x: Number) -> Iterator[Number]:
    yield m.atan(x)
    square = m.square(x)
    d = 1 / (1 + square)
    yield d
    yield -2 * x * d * d
    yield (8 * square * d - 2) * d * d


def sinh(m: Any, x: Number) -> Iterator[Number]:
    s, c = m.sinh_cosh(x)
    yield from (s, c, s, c)


def cosh(m: Any, x: Number) -> Iterator[Number]:
    s, c = m.sinh_cosh(x)
    yield from (c, s, c, s)


def tanh(m: Any, x: Number) -> Iterator[Number]:
    y = m.tanh(x)
    yield y
    d = 1 / m.square(m.cosh(x))
    yield d
    yield -2 * y * d
    yield (4 * m.square(y) - 2 * d) * d


def asinh(m: Any, x: Number) -> Iterator[Number]:
    yield m.asinh(x)
    square = m.square(x)
    d = 1 / m.sqrt(1 + square)
    yield d
    cube = d * d * d
    yield -x * cube
    yield (2 * square - 1) * cube * d * d


def sigmoid(m: Any, x: Number) -> Iterator[Number]:
    yield from _logistic(m, x)


def softplus(m: Any, x: Number) -> Iterator[Number]:
    yield m.log1p(m.exp(x))
    yield from _logistic(m, x)


def _logistic(m: Any, x: Number) -> Iterator[Number]:
    """1 / (1 + exp(-x)) and its derivatives, where no digits cancel at either end."""
    y, rest = 1 / (1 + m.exp(-x)), 1 / (1 + m.exp(x))
    yield y
    d = y * rest
    yield d
    yield d * (rest - y)
    yield d * (m.square(rest - y) - 2 * d)


def erf(m: Any, x: Number) -> Iterator[Number]:
    yield m.erf(x)
    square = m.square(x)
    d = m.two_over_root_pi() * m.exp(-square)
    yield d
    yield -2 * x * d
    yield (4 * square - 2) * d


def square(m: Any, x: Number) -> Iterator[Number]:
    yield m.square(x)
    yield 2 * x
    yield m.constant(2)
    yield m.constant(0)

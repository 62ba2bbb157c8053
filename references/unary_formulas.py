"""Functions of one number with their first three derivatives, in closed form.

Each takes the namespace `m` of functions and a number; it returns value, first, second and third
derivative (Abramowitz and Stegun 1964, chapters 4 and 7).
"""

from __future__ import annotations

from typing import Any

from references.primitives import Number


def exp(m: Any, x: Number) -> tuple[Number, ...]:
    y = m.exp(x)
    return y, y, y, y


def log(m: Any, x: Number) -> tuple[Number, ...]:
    r = 1 / x
    return m.log(x), r, -r * r, 2 * r * r * r


def log1p(m: Any, x: Number) -> tuple[Number, ...]:
    r = 1 / (1 + x)
    return m.log1p(x), r, -r * r, 2 * r * r * r


def expm1(m: Any, x: Number) -> tuple[Number, ...]:
    y = m.exp(x)
    return m.expm1(x), y, y, y


def sqrt(m: Any, x: Number) -> tuple[Number, ...]:
    y = m.sqrt(x)
    d = 0.5 / y
    return y, d, -0.5 * d / x, 0.75 * d / (x * x)


def rsqrt(m: Any, x: Number) -> tuple[Number, ...]:
    y = 1 / m.sqrt(x)
    return y, -0.5 * y / x, 0.75 * y / (x * x), -1.875 * y / (x * x * x)


def reciprocal(m: Any, x: Number) -> tuple[Number, ...]:
    y = 1 / x
    return y, -y * y, 2 * y * y * y, -6 * y * y * y * y


def sin(m: Any, x: Number) -> tuple[Number, ...]:
    s, c = m.sin(x), m.cos(x)
    return s, c, -s, -c


def cos(m: Any, x: Number) -> tuple[Number, ...]:
    s, c = m.sin(x), m.cos(x)
    return c, -s, -c, s


def tan(m: Any, x: Number) -> tuple[Number, ...]:
    y = m.tan(x)
    d = 1 + m.square(y)
    return y, d, 2 * y * d, (2 + 6 * m.square(y)) * d


def asin(m: Any, x: Number) -> tuple[Number, ...]:
    d = 1 / m.sqrt(1 - m.square(x))
    cube = d * d * d
    return m.asin(x), d, x * cube, cube + 3 * m.square(x) * cube * d * d


def atan(m: Any, x: Number) -> tuple[Number, ...]:
    d = 1 / (1 + m.square(x))
    return m.atan(x), d, -2 * x * d * d, (8 * m.square(x) * d - 2) * d * d


def sinh(m: Any, x: Number) -> tuple[Number, ...]:
    s, c = m.sinh(x), m.cosh(x)
    return s, c, s, c


def cosh(m: Any, x: Number) -> tuple[Number, ...]:
    s, c = m.sinh(x), m.cosh(x)
    return c, s, c, s


def tanh(m: Any, x: Number) -> tuple[Number, ...]:
    y = m.tanh(x)
    d = 1 / m.square(m.cosh(x))
    return y, d, -2 * y * d, (4 * m.square(y) - 2 * d) * d


def asinh(m: Any, x: Number) -> tuple[Number, ...]:
    d = 1 / m.sqrt(1 + m.square(x))
    cube = d * d * d
    return m.asinh(x), d, -x * cube, (2 * m.square(x) - 1) * cube * d * d


def sigmoid(m: Any, x: Number) -> tuple[Number, ...]:
    y, rest = 1 / (1 + m.exp(-x)), 1 / (1 + m.exp(x))
    d = y * rest
    return y, d, d * (rest - y), d * (m.square(rest - y) - 2 * d)


def softplus(m: Any, x: Number) -> tuple[Number, ...]:
    y, rest = 1 / (1 + m.exp(-x)), 1 / (1 + m.exp(x))
    d = y * rest
    return m.log1p(m.exp(x)), y, d, d * (rest - y)


def erf(m: Any, x: Number) -> tuple[Number, ...]:
    d = m.two_over_root_pi() * m.exp(-m.square(x))
    return m.erf(x), d, -2 * x * d, (4 * m.square(x) - 2) * d


def square(m: Any, x: Number) -> tuple[Number, ...]:
    return m.square(x), 2 * x, m.constant(2), m.constant(0)

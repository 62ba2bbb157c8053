"""Scalar primitives: value, three orders of partial derivatives and roundings, written once.

Every operation of an expression tree expands into these. The formulas run over any numbers with
operators and a namespace `m` of functions (references/arithmetic.py): balls, intervals, mpmath.
The roundings are what an implementation of working precision eps may lose, as absolute numbers
in units of eps: of the value, of the formula of its first and of its second derivative. They are
derived from the formulas that TensorFlow differentiates by, operation by operation, and from the
accuracy of the library functions; none is fitted to an observed error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Number = Any  # a ball, an interval, an mpf or an array: whatever the namespace `m` works on
Array = NDArray[np.float64]
LIBRARY = 2.0  # eps: exp, log, sin, cos of vector libraries (XLA's exhaustive tests allow 2)
RATIONAL = 4.0  # eps: functions approximated by quotients of polynomials (tan, tanh, erf ...)


class Local(NamedTuple):
    """One primitive at one point: partial derivatives by argument, zero entries left out."""

    value: Number
    first: list[Number]
    second: list[tuple[int, int, Number]]
    third: list[tuple[int, int, int, Number]]


class Roundings(NamedTuple):
    """Absolute errors in eps of the value, the first and the second partial derivatives."""

    value: Array | float
    first: list[Array | float]
    second: list[Array | float]


@dataclass(frozen=True)
class Primitive:
    """A scalar function of one or several numbers.

    `local(m, xs, data)` evaluates it with its partial derivatives; `roundings(xs, local, data)`
    takes and returns nonnegative float64 arrays (largest magnitudes over an enclosure).
    """

    name: str
    local: Callable[[Any, Sequence[Number], Any], Local]
    roundings: Callable[[Sequence[Array], Local, Any], Roundings]
    because: str


def _unary(
    name: str,
    formulas: Callable[[Any, Number], tuple[Number, Number, Number, Number]],
    roundings: Callable[[Array, Array, Array, Array], tuple[Any, Any, Any]],
    because: str,
) -> Primitive:
    def local(m: Any, xs: Sequence[Number], data: Any) -> Local:
        value, first, second, third = formulas(m, xs[0])
        return Local(value, [first], [(0, 0, second)], [(0, 0, 0, third)])

    def errors(xs: Sequence[Array], local: Local, data: Any) -> Roundings:
        value, first, second = roundings(
            xs[0], local.value, local.first[0], local.second[0][2]
        )
        return Roundings(value, [first], [second])

    return Primitive(name, local, errors, because)


def _exp(m: Any, x: Number) -> tuple[Number, ...]:
    y = m.exp(x)
    return y, y, y, y


def _log(m: Any, x: Number) -> tuple[Number, ...]:
    r = 1 / x
    return m.log(x), r, -r * r, 2 * r * r * r


def _log1p(m: Any, x: Number) -> tuple[Number, ...]:
    r = 1 / (1 + x)
    return m.log1p(x), r, -r * r, 2 * r * r * r


def _expm1(m: Any, x: Number) -> tuple[Number, ...]:
    y = m.exp(x)
    return m.expm1(x), y, y, y


def _sqrt(m: Any, x: Number) -> tuple[Number, ...]:
    y = m.sqrt(x)
    d = 0.5 / y
    return y, d, -0.5 * d / x, 0.75 * d / (x * x)


def _rsqrt(m: Any, x: Number) -> tuple[Number, ...]:
    y = 1 / m.sqrt(x)
    return y, -0.5 * y / x, 0.75 * y / (x * x), -1.875 * y / (x * x * x)


def _reciprocal(m: Any, x: Number) -> tuple[Number, ...]:
    y = 1 / x
    return y, -y * y, 2 * y * y * y, -6 * y * y * y * y


def _sin(m: Any, x: Number) -> tuple[Number, ...]:
    s, c = m.sin(x), m.cos(x)
    return s, c, -s, -c


def _cos(m: Any, x: Number) -> tuple[Number, ...]:
    s, c = m.sin(x), m.cos(x)
    return c, -s, -c, s


def _tan(m: Any, x: Number) -> tuple[Number, ...]:
    y = m.tan(x)
    d = 1 + m.square(y)
    return y, d, 2 * y * d, (2 + 6 * m.square(y)) * d


def _asin(m: Any, x: Number) -> tuple[Number, ...]:
    d = 1 / m.sqrt(1 - m.square(x))
    cube = d * d * d
    return m.asin(x), d, x * cube, cube + 3 * m.square(x) * cube * d * d


def _atan(m: Any, x: Number) -> tuple[Number, ...]:
    d = 1 / (1 + m.square(x))
    return m.atan(x), d, -2 * x * d * d, (8 * m.square(x) * d - 2) * d * d


def _sinh(m: Any, x: Number) -> tuple[Number, ...]:
    s, c = m.sinh(x), m.cosh(x)
    return s, c, s, c


def _cosh(m: Any, x: Number) -> tuple[Number, ...]:
    s, c = m.sinh(x), m.cosh(x)
    return c, s, c, s


def _tanh(m: Any, x: Number) -> tuple[Number, ...]:
    y = m.tanh(x)
    d = 1 / m.square(m.cosh(x))
    return y, d, -2 * y * d, (4 * m.square(y) - 2 * d) * d


def _asinh(m: Any, x: Number) -> tuple[Number, ...]:
    d = 1 / m.sqrt(1 + m.square(x))
    cube = d * d * d
    return m.asinh(x), d, -x * cube, (2 * m.square(x) - 1) * cube * d * d


def _sigmoid(m: Any, x: Number) -> tuple[Number, ...]:
    y, rest = 1 / (1 + m.exp(-x)), 1 / (1 + m.exp(x))
    d = y * rest
    return y, d, d * (rest - y), d * (m.square(rest - y) - 2 * d)


def _softplus(m: Any, x: Number) -> tuple[Number, ...]:
    y, rest = 1 / (1 + m.exp(-x)), 1 / (1 + m.exp(x))
    d = y * rest
    return m.log1p(m.exp(x)), y, d, d * (rest - y)


def _erf(m: Any, x: Number) -> tuple[Number, ...]:
    d = m.two_over_root_pi() * m.exp(-m.square(x))
    return m.erf(x), d, -2 * x * d, (4 * m.square(x) - 2) * d


def _square(m: Any, x: Number) -> tuple[Number, ...]:
    return m.square(x), 2 * x, m.constant(2), m.constant(0)


UNARY = (
    _unary(
        "exp",
        _exp,
        lambda x, y, d, s: (((LIBRARY + x) * y,) * 3),
        "library function; XLA may merge exp(a) exp(b), which rounds an argument of size x once;"
        " all derivatives reuse the value",
    ),
    _unary(
        "log",
        _log,
        lambda x, y, d, s: (LIBRARY * y, d, 2.5 * s),
        "library function; gradient 1/x (a reciprocal may be one eps off), then y^2",
    ),
    _unary(
        "log1p",
        _log1p,
        lambda x, y, d, s: (LIBRARY * y, 2 * d, 4.5 * s),
        "library function; gradient 1/(1 + x): a sum and a reciprocal, then its square",
    ),
    _unary(
        "expm1",
        _expm1,
        lambda x, y, d, s: ((RATIONAL + x) * y, (LIBRARY + x) * d, (LIBRARY + x) * s),
        "library functions expm1 and exp",
    ),
    _unary(
        "sqrt",
        _sqrt,
        lambda x, y, d, s: (y, 2 * d, 5 * s),
        "gradient 0.5 / y with a rounded root; its own gradient -(g / x) y: two more quotients",
    ),
    _unary(
        "rsqrt",
        _rsqrt,
        lambda x, y, d, s: (2 * y, 8 * d, 14 * s),
        "two roundings; gradient -y^3/2 takes the root's error three times, its gradient five",
    ),
    _unary(
        "reciprocal",
        _reciprocal,
        lambda x, y, d, s: (y, 3 * d, 5 * s),
        "gradient -y^2 takes the quotient's error twice, its gradient three times",
    ),
    _unary(
        "sin",
        _sin,
        lambda x, y, d, s: (LIBRARY * y, LIBRARY * d, LIBRARY * s),
        "library functions sin and cos",
    ),
    _unary(
        "cos",
        _cos,
        lambda x, y, d, s: (LIBRARY * y, LIBRARY * d, LIBRARY * s),
        "library functions sin and cos",
    ),
    _unary(
        "tan",
        _tan,
        lambda x, y, d, s: (RATIONAL * y, 6 * d, 14 * s),
        "gradient (1 / cos x)^2: (2 + 1/2) twice and a square; its gradient takes one more"
        " reciprocal squared and sin x",
    ),
    _unary(
        "asin",
        _asin,
        lambda x, y, d, s: (RATIONAL * y, (2 + d * d) * d, (6 + 3 * d * d) * s),
        "gradient 1 / sqrt(1 - x^2): the rounding of the difference is magnified by"
        " d^2 = 1 / (1 - x^2) and halved by the root; its gradient takes the cube",
    ),
    _unary(
        "atan",
        _atan,
        lambda x, y, d, s: (RATIONAL * y, 2.5 * d, 7 * s),
        "gradient 1 / (1 + x^2): square, sum, reciprocal; its gradient the square of that",
    ),
    _unary(
        "sinh",
        _sinh,
        lambda x, y, d, s: tuple((RATIONAL + x) * size for size in (y, d, s)),
        "by exp(x + log 1/2) in XLA: the argument's rounding costs x",
    ),
    _unary(
        "cosh",
        _cosh,
        lambda x, y, d, s: tuple((RATIONAL + x) * size for size in (y, d, s)),
        "by exp(x + log 1/2) in XLA: the argument's rounding costs x",
    ),
    _unary(
        "tanh",
        _tanh,
        lambda x, y, d, s: (
            RATIONAL * y,
            (2 * RATIONAL + 0.5) * y * y + 0.5,
            2 * y * ((2 * RATIONAL + 0.5) * y * y + 0.5) + (RATIONAL + 1) * s,
        ),
        "gradient 1 - y^2: the square carries twice the value's error whatever is left of the"
        " difference; its gradient is -2 y times that",
    ),
    _unary(
        "asinh",
        _asinh,
        lambda x, y, d, s: (
            RATIONAL * y,
            (2 * RATIONAL * y + 5) * d,
            (6 * RATIONAL * y + 15) * s,
        ),
        "gradient 1 / cosh(y): the value's error times tanh(y) <= 1, cosh by exp (4 + y);"
        " its gradient sinh(y) / cosh(y)^2 over cosh(y)",
    ),
    _unary(
        "sigmoid",
        _sigmoid,
        lambda x, y, d, s: (
            (RATIONAL + x) * y,
            (RATIONAL + 1 + x) * (d + y * y),
            (RATIONAL + 3 + x) * (d + y * y) * (1 + 2 * y) + 2 * (RATIONAL + x) * y * d,
        ),
        "1 / (1 + exp(-x)); gradient y (1 - y), where 1 - y carries the value's absolute error;"
        " its gradient multiplies by 1 - 2 y",
    ),
    _unary(
        "softplus",
        _softplus,
        lambda x, y, d, s: ((8 + x) * y, (RATIONAL + x) * d, (RATIONAL + x) * s),
        "log1p(exp x), cut to x and exp(x) beyond log(eps) + 2, where the neglected part is"
        " exp(2) eps; gradients 1 / (1 + exp(-x)) and 1 / (exp(-x) + 2 + exp(x))",
    ),
    _unary(
        "erf",
        _erf,
        lambda x, y, d, s: (
            RATIONAL * y,
            (4 + 1.5 * x * x) * d,
            (5 + 1.5 * x * x) * s,
        ),
        "quotient of polynomials; gradient 2/sqrt(pi) exp(-x^2): the square's rounding and the"
        " exponential's own both grow with x^2",
    ),
    _unary(
        "square",
        _square,
        lambda x, y, d, s: (0.5 * y, 0.5 * d, 0.5 * s),
        "one rounding",
    ),
)


def _power(m: Any, xs: Sequence[Number], c: float) -> Local:
    x, factor, rows = xs[0], 1.0, []
    for order in range(4):
        rows.append(factor * m.power(x, c - order) if factor else m.constant(0))
        factor *= c - order
    return Local(rows[0], [rows[1]], [(0, 0, rows[2])], [(0, 0, 0, rows[3])])


def _power_roundings(xs: Sequence[Array], local: Local, c: float) -> Roundings:
    logarithm = abs(c) + 2  # products that a whole power may be written out as
    return Roundings(
        (LIBRARY + logarithm) * local.value,
        [(LIBRARY + logarithm + 1) * local.first[0]],
        [(LIBRARY + logarithm + 2) * local.second[0][2]],
    )


def _multiply(m: Any, xs: Sequence[Number], data: Any) -> Local:
    x, y = xs
    one = m.constant(1)
    return Local(x * y, [y, x], [(0, 1, one), (1, 0, one)], [])


def _divide(m: Any, xs: Sequence[Number], data: Any) -> Local:
    x, y = xs
    r = 1 / y
    square = r * r
    cube = square * r
    second = [(0, 1, -square), (1, 0, -square), (1, 1, 2 * x * cube)]
    mixed = 2 * cube
    third = [(0, 1, 1, mixed), (1, 0, 1, mixed), (1, 1, 0, mixed)]
    third.append((1, 1, 1, -6 * x * cube * r))
    return Local(x * r, [r, -x * square], second, third)


def _linear(m: Any, xs: Sequence[Number], coefficients: tuple[float, ...]) -> Local:
    value = m.combine(coefficients, xs)
    return Local(value, [m.constant(c) for c in coefficients], [], [])


def _linear_roundings(
    xs: Sequence[Array], local: Local, coefficients: tuple[float, ...]
) -> Roundings:
    products = 0.5 if any(abs(c) != 1 for c in coefficients) else 0.0
    size = sum(abs(c) * x for c, x in zip(coefficients, xs, strict=True))
    return Roundings((products + 0.5 * (len(xs) - 1)) * size, [0.0] * len(xs), [])


def _shift(m: Any, xs: Sequence[Number], data: Any) -> Local:
    return Local(m.detach(m.largest(xs)), [m.constant(0)] * len(xs), [], [])


def _select(m: Any, xs: Sequence[Number], data: Any) -> Local:
    test, x, y = xs
    yes = m.positive(test)
    no = 1 - yes
    return Local(yes * x + no * y, [m.constant(0), yes, no], [], [])


def _select_roundings(xs: Sequence[Array], local: Local, data: Any) -> Roundings:
    either = local.first[1] + local.first[2] > 1.5
    return Roundings(np.where(either, math.inf, 0.0), [0.0, 0.0, 0.0], [])


SEVERAL = (
    Primitive(
        "power", _power, _power_roundings, "library power, or |c| products; c x^(c-1) and so on"
    ),
    Primitive(
        "multiply",
        _multiply,
        lambda xs, local, data: Roundings(0.5 * local.value, [0.0, 0.0], [0.0, 0.0]),
        "one rounding; its derivatives are its operands",
    ),
    Primitive(
        "divide",
        _divide,
        lambda xs, local, data: Roundings(
            local.value,
            [local.first[0], 1.5 * local.first[1]],
            [size * s[2] for size, s in zip((2, 2, 4), local.second, strict=True)],
        ),
        "a quotient, or the product with a rounded reciprocal; gradients g / y and (-x / y) / y",
    ),
    Primitive(
        "linear",
        _linear,
        _linear_roundings,
        "k terms in any order of summation: (k - 1)/2 eps of the sum of magnitudes, and the"
        " products by coefficients (Higham 2002, 4.2)",
    ),
    Primitive(
        "shift",
        _shift,
        lambda xs, local, data: Roundings(0.0, [0.0] * len(xs), []),
        "the largest argument as a constant: softmax and logsumexp do not depend on it",
    ),
    Primitive(
        "select",
        _select,
        _select_roundings,
        "exact; where rounding may change the branch nothing is promised",
    ),
)
PRIMITIVES = {primitive.name: primitive for primitive in UNARY + SEVERAL}

"""The primitives of one argument: which formulas, and what rounding may cost them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from references import unary_formulas as formulas
from references.primitives import LIBRARY, RATIONAL, Array, Local, Number, Primitive, Roundings


def _unary(
    name: str,
    formulas: Callable[[Any, Number], Iterator[Number]],
    roundings: Callable[[Array, Array, Array, Array], tuple[Any, ...]],
    because: str,
) -> Primitive:
    def local(m: Any, xs: Sequence[Number], data: Any, order: int) -> Local:
        value, *orders = islice(formulas(m, xs[0]), order + 1)
        return Local(
            value,
            orders[:1],
            [(0, 0, second) for second in orders[1:2]],
            [(0, 0, 0, third) for third in orders[2:]],
        )

    def errors(xs: Sequence[Array], local: Local, data: Any) -> Roundings:
        value, first, second = roundings(xs[0], local.value, local.first[0], local.second[0][2])
        return Roundings(value, [first], [second])

    return Primitive(name, local, errors, because)


UNARY = (
    _unary(
        "exp",
        formulas.exp,
        lambda x, y, d, s: ((LIBRARY + x) * y,) * 3,
        "library function; XLA may merge exp(a) exp(b), which rounds an argument of size x once;"
        " all derivatives reuse the value",
    ),
    _unary(
        "log",
        formulas.log,
        lambda x, y, d, s: (LIBRARY * y, d, 2.5 * s),
        "library function; gradient 1/x (a reciprocal may be one eps off), then y^2",
    ),
    _unary(
        "log1p",
        formulas.log1p,
        lambda x, y, d, s: (LIBRARY * y, 2 * d, 4.5 * s),
        "library function; gradient 1/(1 + x): a sum and a reciprocal, then its square",
    ),
    _unary(
        "expm1",
        formulas.expm1,
        lambda x, y, d, s: ((RATIONAL + x) * y, (LIBRARY + x) * d, (LIBRARY + x) * s),
        "library functions expm1 and exp",
    ),
    _unary(
        "sqrt",
        formulas.sqrt,
        lambda x, y, d, s: (y, 2 * d, 5 * s),
        "gradient 0.5 / y with a rounded root; its own gradient -(g / x) y: two more quotients",
    ),
    _unary(
        "rsqrt",
        formulas.rsqrt,
        lambda x, y, d, s: (2 * y, 8 * d, 14 * s),
        "two roundings; gradient -y^3/2 takes the root's error three times, its gradient five",
    ),
    _unary(
        "reciprocal",
        formulas.reciprocal,
        lambda x, y, d, s: (y, 3 * d, 5 * s),
        "gradient -y^2 takes the quotient's error twice, its gradient three times",
    ),
    _unary(
        "sin",
        formulas.sin,
        lambda x, y, d, s: (LIBRARY * y, LIBRARY * d, LIBRARY * s),
        "library functions sin and cos",
    ),
    _unary(
        "cos",
        formulas.cos,
        lambda x, y, d, s: (LIBRARY * y, LIBRARY * d, LIBRARY * s),
        "library functions sin and cos",
    ),
    _unary(
        "tan",
        formulas.tan,
        lambda x, y, d, s: (RATIONAL * y, 6 * d, 14 * s),
        "gradient (1 / cos x)^2: (2 + 1/2) twice and a square; its gradient takes one more"
        " reciprocal squared and sin x",
    ),
    _unary(
        "asin",
        formulas.asin,
        lambda x, y, d, s: (RATIONAL * y, (2 + d * d) * d, (6 + 3 * d * d) * s),
        "gradient 1 / sqrt(1 - x^2): the rounding of the difference is magnified by"
        " d^2 = 1 / (1 - x^2) and halved by the root; its gradient takes the cube",
    ),
    _unary(
        "atan",
        formulas.atan,
        lambda x, y, d, s: (RATIONAL * y, 2.5 * d, 7 * s),
        "gradient 1 / (1 + x^2): square, sum, reciprocal; its gradient the square of that",
    ),
    _unary(
        "sinh",
        formulas.sinh,
        lambda x, y, d, s: tuple((RATIONAL + x) * size for size in (y, d, s)),
        "by exp(x + log 1/2) in XLA: the argument's rounding costs x",
    ),
    _unary(
        "cosh",
        formulas.cosh,
        lambda x, y, d, s: tuple((RATIONAL + x) * size for size in (y, d, s)),
        "by exp(x + log 1/2) in XLA: the argument's rounding costs x",
    ),
    _unary(
        "tanh",
        formulas.tanh,
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
        formulas.asinh,
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
        formulas.sigmoid,
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
        formulas.softplus,
        lambda x, y, d, s: ((8 + x) * y, (RATIONAL + x) * d, (RATIONAL + x) * s),
        "log1p(exp x), cut to x and exp(x) beyond log(eps) + 2, where the neglected part is"
        " exp(2) eps; gradients 1 / (1 + exp(-x)) and 1 / (exp(-x) + 2 + exp(x))",
    ),
    _unary(
        "erf",
        formulas.erf,
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
        formulas.square,
        lambda x, y, d, s: (0.5 * y, 0.5 * d, 0.5 * s),
        "one rounding",
    ),
)

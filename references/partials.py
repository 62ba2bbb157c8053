"""Partial derivatives of functions of several numbers as formulas over balls.

By the function's name and the argument's, as TensorFlow names them; each is written so that it
cancels little (DLMF 5.15, 8.8, 8.17, 25.11).
"""

from __future__ import annotations

from flint import arb, fmpq

from references.formulas import FORMULAS, Formula


def _power_slope(x: arb, y: arb) -> arb:
    """y x^(y - 1); of a constant power zero, also at 0."""
    return arb(0) if y.is_zero() else y * FORMULAS["pow"](x, y - 1)


def _floor(x: arb, y: arb) -> arb:
    return -FORMULAS["floordiv"](x, y)


def _gamma_density(a: arb, x: arb) -> arb:
    """x^(a - 1) e^-x / Gamma(a)."""
    return ((a - 1) * x.log() - x - a.lgamma()).exp()


def _beta_density(a: arb, b: arb, x: arb) -> arb:
    """x^(a - 1) (1 - x)^(b - 1) / B(a, b)."""
    inverse = (a + b).lgamma() - a.lgamma() - b.lgamma()
    return ((a - 1) * x.log() + (b - 1) * (-x).log1p() + inverse).exp()


def _next_polygamma(n: arb, x: arb) -> arb:
    return FORMULAS["polygamma"](n + 1, x)


PARTIALS: dict[str, Formula] = {
    "pow by x": _power_slope,
    "pow by y": lambda x, y: FORMULAS["pow"](x, y) * x.log(),
    "atan2 by y": lambda y, x: x / (x * x + y * y),
    "atan2 by x": lambda y, x: -y / (x * x + y * y),
    "xlogy by x": lambda _, y: y.log(),
    "xlogy by y": lambda x, y: x / y,
    "xlog1py by x": lambda _, y: y.log1p(),
    "xlog1py by y": lambda x, y: x / (1 + y),
    "xdivy by x": lambda _, y: 1 / y,
    "xdivy by y": lambda x, y: -x / (y * y),
    "divide by x": lambda _, y: 1 / y,
    "divide by y": lambda x, y: -x / (y * y),
    "squared_difference by x": lambda x, y: 2 * (x - y),
    "floormod by y": _floor,
    "zeta by q": lambda s, q: -s * (s + 1).zeta(q),
    "polygamma by x": _next_polygamma,
    "igamma by x": _gamma_density,
    "igammac by x": lambda a, x: -_gamma_density(a, x),
    "betainc by x": _beta_density,
}
# |x f'|, where a difference will not do: orders are whole numbers and stay.
SLOPES: dict[str, Formula] = {
    "polygamma by x": lambda n, x: x * FORMULAS["polygamma"](n + 2, x),
    "floormod by y": lambda *_: arb(0),
}


def rounded_exponent(x: arb, y: arb, **_: object) -> arb:
    """What a relative error of y - 1 moves of y x^(y - 1): (y - 1) log|x| of it."""
    if x.is_zero() or y.is_zero():
        return arb(0)
    return _power_slope(x, y) * (y - 1) * abs(x).log()


def _at_least_one(x: arb) -> arb:
    return abs(x).max(arb(1))


def gamma_exponent(a: arb, x: arb, **_: object) -> arb:
    """The density times the sizes of the terms of its logarithm."""
    terms = abs((a - 1) * x.log()) + x + _at_least_one(a.lgamma())
    return _gamma_density(a, x) * terms


def beta_exponent(a: arb, b: arb, x: arb, **_: object) -> arb:
    """The same; a relative error of a + b moves its term by (a + b) psi(a + b)."""
    total = a + b
    terms = abs((a - 1) * x.log()) + abs((b - 1) * (-x).log1p())
    terms += sum(map(_at_least_one, (a.lgamma(), b.lgamma(), total.lgamma())), arb(0))
    return _beta_density(a, b, x) * (terms + abs(total * total.digamma()) * fmpq(1, 10))

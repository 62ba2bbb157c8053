"""Derivatives of functions of complex numbers as formulas over balls, as TensorFlow defines them.

That is conj(f') of a holomorphic f, and of others df/dx + i df/dy of the real part of f. Both are
one: the steepest ascent of the real part of what is computed. Names are TensorFlow's, of the
function; where no argument is told, by the last of a quotient and by the first of others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flint import acb, arb

Formula = Callable[..., Any]
I = acb(0, 1)  # noqa: E741 - as it is written


def _of_conjugate(formula: Formula) -> Formula:
    """conj(f'(z)) = f'(conj z) where f(conj z) = conj(f(z)), as of all these off their cuts."""
    return lambda *points: formula(*(point.conjugate() for point in points))


def _of_sign(z: acb) -> acb:
    """Of x/|z|: (y² - i x y)/|z|³, in polar form."""
    turn = z.sgn()
    return -I * turn.imag * turn / abs(z)


HOLOMORPHIC: dict[str, Formula] = {
    "square": lambda z: 2 * z,
    "reciprocal": lambda z: -1 / (z * z),
    "sqrt": lambda z: z.rsqrt() / 2,
    "rsqrt": lambda z: -z.rsqrt() / (2 * z),
    "exp": acb.exp,
    "log": lambda z: 1 / z,
    "log1p": lambda z: 1 / (1 + z),
    "sin": acb.cos,
    "tan": lambda z: 1 / z.cos() ** 2,
    "tanh": lambda z: 1 / z.cosh() ** 2,
    "sigmoid": lambda z: 1 / ((1 + z.exp()) * (1 + (-z).exp())),
    "silu": lambda z: (1 + z / (1 + z.exp())) / (1 + (-z).exp()),
    "asin": lambda z: (1 - z).rsqrt() * (1 + z).rsqrt(),
    "atan": lambda z: 1 / ((1 + I * z) * (1 - I * z)),
    "asinh": lambda z: (1 + I * z).rsqrt() * (1 - I * z).rsqrt(),
    "acosh": lambda z: (z - 1).rsqrt() * (z + 1).rsqrt(),
    "atanh": lambda z: 1 / ((1 - z) * (1 + z)),
    "divide": lambda x, y: -x / (y * y),
    "pow": lambda x, y: y * ((y - 1) * x.log()).exp(),
}
PARTIALS: dict[str, Formula] = {
    "multiply_no_nan.gradient_x": lambda x, y: y,
    "multiply_no_nan.gradient_y": lambda x, y: x,
    "divide.gradient_x": lambda x, y: 1 / y,
    "divide_no_nan.gradient_x": lambda x, y: 1 / y if y != 0 else y,
    "divide_no_nan.gradient_y": lambda x, y: -x / (y * y),
    "xdivy.gradient_x": lambda x, y: 1 / y,
    "xdivy.gradient_y": lambda x, y: -x / (y * y),
    "xlogy.gradient_x": lambda x, y: y.log(),
    "xlogy.gradient_y": lambda x, y: x / y,
    "xlog1py.gradient_x": lambda x, y: y.log1p(),
    "xlog1py.gradient_y": lambda x, y: x / (1 + y),
    "pow.gradient_y": lambda x, y: (y * x.log()).exp() * x.log(),
}
"""By the argument that the name tells, where a function has more than one of them."""

GRADIENTS: dict[str, Formula] = {
    **{f"{name}.gradient": _of_conjugate(formula) for name, formula in HOLOMORPHIC.items()},
    **{name: _of_conjugate(formula) for name, formula in PARTIALS.items()},
    "abs.gradient": acb.sgn,
    "angle.gradient": lambda z: I / z.conjugate(),
    "sign.gradient": _of_sign,
    "squared_difference.gradient": lambda x, y: 2 * (x - y),
}


def _over_dividend(x: acb, y: acb) -> arb:
    """What underflow of x/y counts by, before it is divided by y once more."""
    return (1 + abs(y)) / abs(x) if x != 0 else arb(0)


def of_dividend(x: acb, _: acb) -> arb:
    """What underflow of the dividend's products counts by."""
    return 1 / abs(x) if x != 0 else arb(0)


def _of_silu(z: acb) -> arb:
    """What 7.8 eps count by, of s and of z s t, with the sigmoids s of z and t of -z."""
    s, t = 1 / (1 + (-z).exp()), 1 / (1 + z.exp())
    own, other = abs(s), abs(t)
    return (own * (1 + other) + abs(z * s * t) * (1 + own + other)) / abs(s + z * s * t)


def _of_power(x: acb, y: acb) -> arb:
    """What 4 eps count by, of the logarithm itself and of what the power makes of 7.2."""
    return 1.8 * abs(y) * (1 + abs(x.log())) + 1 / abs(x.log())


SLOPES: dict[str, Formula] = {
    "sigmoid.gradient": lambda z: 1 / abs(1 + z.exp()) + 1 / abs(1 + (-z).exp()),
    "silu.gradient": _of_silu,
    "divide.gradient": _over_dividend,
    "pow.gradient": lambda x, y: abs(y - 1) * (1 + abs(x.log())),
    **dict.fromkeys(("divide_no_nan.gradient_y", "xdivy.gradient_y"), _over_dividend),
    "xlogy.gradient_x": lambda x, y: 1 / abs(y.log()),
    **dict.fromkeys(("xlogy.gradient_y", "xlog1py.gradient_y"), of_dividend),
    "pow.gradient_y": _of_power,
}
"""As those of references/complex_functions.py."""

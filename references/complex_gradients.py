"""Derivatives of functions of complex numbers as formulas over balls, as TensorFlow defines them.

That is conj(f') of a holomorphic f, and of others df/dx + i df/dy of the real part of f. Both are
one: the steepest ascent of the real part of what is computed. Names are TensorFlow's, of the
function; by the last argument of a quotient and by the first of others.
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
    "asin": lambda z: (1 - z).rsqrt() * (1 + z).rsqrt(),
    "atan": lambda z: 1 / ((1 + I * z) * (1 - I * z)),
    "asinh": lambda z: (1 + I * z).rsqrt() * (1 - I * z).rsqrt(),
    "acosh": lambda z: (z - 1).rsqrt() * (z + 1).rsqrt(),
    "atanh": lambda z: 1 / ((1 - z) * (1 + z)),
    "divide": lambda x, y: -x / (y * y),
    "pow": lambda x, y: y * ((y - 1) * x.log()).exp(),
}
GRADIENTS: dict[str, Formula] = {
    **{name: _of_conjugate(formula) for name, formula in HOLOMORPHIC.items()},
    "abs": acb.sgn,
    "angle": lambda z: I / z.conjugate(),
    "sign": _of_sign,
    "squared_difference": lambda x, y: 2 * (x - y),
}


def _over_dividend(x: acb, y: acb) -> arb:
    """What underflow of x/y counts by, before it is divided by y once more."""
    return (1 + abs(y)) / abs(x) if x != 0 else arb(0)


SLOPES: dict[str, Formula] = {
    "sigmoid": lambda z: 1 / abs(1 + z.exp()) + 1 / abs(1 + (-z).exp()),
    "divide": _over_dividend,
    "pow": lambda x, y: abs(y - 1) * (1 + abs(x.log())),
}
"""As those of references/complex_functions.py."""

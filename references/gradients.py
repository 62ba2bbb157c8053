"""Derivatives of functions of one number as formulas over balls, by the function's name.

Each is written so that it cancels little (DLMF 4.20, 4.34, 5.15, 7.10, 10.6, 10.29). Where a
function has a kink the value is the one that TensorFlow documents for it.
"""

from __future__ import annotations

from flint import arb, fmpq

from references.formulas import ALPHA, FORMULAS, SCALE, Formula, bessel_k1, trigamma


def _at(name: str, x: arb) -> arb:
    return FORMULAS[name](x)


def _gaussian(x: arb) -> arb:
    """The density of the normal distribution."""
    return (-x * x / 2).exp() / (2 * arb.pi()).sqrt()


def _sech(x: arb) -> arb:
    return 1 / x.cosh()


def _sigmoid_slope(x: arb) -> arb:
    """1 / (2 + exp(x) + exp(-x)), in which nothing cancels."""
    return _sech(x / 2) ** 2 / 4


def _gelu(x: arb, *, approximate: bool = False) -> arb:
    """Phi(x) + x phi(x), or of the form with tanh: s + x s' of a sigmoid s(2 inner(x))."""
    if approximate:
        root, cube = (2 / arb.pi()).sqrt(), fmpq(44715, 10**6)
        inner, steep = root * (x + cube * x**3), root * (1 + 3 * cube * x * x)
        return _at("sigmoid", 2 * inner) + x * 2 * steep * _sigmoid_slope(2 * inner)
    return (-x / arb(2).sqrt()).erfc() / 2 + x * _gaussian(x)


def _silu(x: arb) -> arb:
    return _at("sigmoid", x) + x * _sigmoid_slope(x)


def _bessel_i1e(x: arb) -> arb:
    """sign(x) (e^-|x| (I_0(|x|) - I_1(|x|)/|x| - I_1(|x|))) of an even derivative; 1/2 at 0."""
    if x.is_zero():
        return arb(fmpq(1, 2))
    y = abs(x)
    return y.bessel_i(0, scaled=True) - y.bessel_i(1, scaled=True) * (1 + 1 / y)


def _bessel_i0e(x: arb) -> arb:
    """sign(x) (I_1 - I_0)(|x|) e^-|x|; there is none at 0."""
    y = abs(x)
    slope = y.bessel_i(1, scaled=True) - y.bessel_i(0, scaled=True)
    return slope if x > 0 else -slope


def _spence(x: arb) -> arb:
    return arb(-1) if x == 1 else x.log() / (1 - x)


GRADIENTS: dict[str, Formula] = {
    "rsqrt": lambda x: -x.rsqrt() / (2 * x),
    "log1p": lambda x: 1 / (1 + x),
    "tan": lambda x: 1 / x.cos() ** 2,
    "asin": lambda x: ((1 - x) * (1 + x)).rsqrt(),
    "atan": lambda x: 1 / (1 + x * x),
    "asinh": lambda x: (1 + x * x).rsqrt(),
    "acosh": lambda x: ((x - 1) * (x + 1)).rsqrt(),
    "atanh": lambda x: 1 / ((1 - x) * (1 + x)),
    "tanh": lambda x: _sech(x) ** 2,
    "sigmoid": _sigmoid_slope,
    "softplus": lambda x: _at("sigmoid", x),
    "log_sigmoid": lambda x: _at("sigmoid", -x),
    "softsign": lambda x: 1 / (1 + abs(x)) ** 2,
    "erf": lambda x: 2 * (-x * x).exp() / arb.pi().sqrt(),
    "erfinv": lambda p: arb.pi().sqrt() / 2 * (_at("erfinv", p) ** 2).exp(),
    "erfcinv": lambda p: -arb.pi().sqrt() / 2 * (_at("erfcinv", p) ** 2).exp(),
    "ndtri": lambda p: (2 * arb.pi()).sqrt() * (_at("ndtri", p) ** 2 / 2).exp(),
    "lgamma": lambda x: _at("digamma", x),
    "digamma": trigamma,
    "bessel_i0e": _bessel_i0e,
    "bessel_i1": lambda x: (x.bessel_i(0) + x.bessel_i(2)) / 2,
    "bessel_i1e": _bessel_i1e,
    "bessel_k0e": lambda x: x.bessel_k(0, scaled=True) - bessel_k1(x, scaled=True),
    "bessel_k1": lambda x: -x.bessel_k(0) - bessel_k1(x) / x,
    "bessel_k1e": lambda x: bessel_k1(x, scaled=True) * (1 - 1 / x) - x.bessel_k(0, scaled=True),
    "bessel_j1": lambda x: (x.bessel_j(0) - x.bessel_j(2)) / 2,
    "bessel_y1": lambda x: x.bessel_y(0) - x.bessel_y(1) / x,
    "dawsn": lambda x: 1 - 2 * x * _at("dawsn", x),
    "expint": lambda x: x.exp() / x,
    "fresnel_cos": lambda x: (x * x / 2).cos_pi(),
    "fresnel_sin": lambda x: (x * x / 2).sin_pi(),
    "spence": _spence,
    "relu6": lambda x: arb(int(0 < x < 6)),
    "leaky_relu": lambda x, *, alpha: arb(1) if x > 0 else arb(alpha),
    "elu": lambda x: x.exp() if x < 0 else arb(1),
    "selu": lambda x: SCALE * ALPHA * x.exp() if x < 0 else SCALE + arb(0),
    "gelu": _gelu,
    "silu": _silu,
}

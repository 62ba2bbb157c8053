"""Derivatives of functions of one number by mpmath, in other forms than those in balls.

Where two terms nearly cancel they get more digits, as many again as the argument has.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath

from references.audits import Audited
from references.elementwise_audits import FEW, FUNCTIONS, SLOW, Array, entries, wide
from references.integrals import besselk


def audited(name: str, *inputs: Array, of: str = "", **arguments: Any) -> tuple[Audited, ...]:
    """The derivative of `name` at the entries of one member's input, (n,), whatever `of` is told.

    KeyError for others; the first FEW entries alone of functions that are SLOW.
    """
    most = FEW if name in SLOW else None
    return entries(GRADIENTS[name], *inputs, most=most, **arguments)


def _logistic(x: Any) -> Any:
    """s(x) s(-x)."""
    return 1 / (1 + mpmath.exp(x)) / (1 + mpmath.exp(-x))


def _gelu(x: Any, *, approximate: bool = False) -> Any:
    if approximate:
        root, cube = mpmath.sqrt(2 / mpmath.pi), mpmath.mpf("0.044715")
        tanh = mpmath.tanh(root * (x + cube * x**3))
        return (1 + tanh) / 2 + x * (1 - tanh**2) * root * (1 + 3 * cube * x * x) / 2
    return mpmath.ncdf(x) + x * mpmath.npdf(x)


def _silu(x: Any) -> Any:
    share = 1 / (1 + mpmath.exp(-x))
    return share * (1 + x * (1 - share))


def _bessel_i0e(x: Any) -> Any:
    y = abs(x)
    slope = (mpmath.besseli(1, y) - mpmath.besseli(0, y)) * mpmath.exp(-y)
    return slope * mpmath.sign(x)


def _bessel_i1e(x: Any) -> Any:
    y = abs(x)
    value = mpmath.besseli(1, y)
    return ((mpmath.besseli(0, y) + mpmath.besseli(2, y)) / 2 - value) * mpmath.exp(-y)


def _bessel_k0e(x: Any) -> Any:
    return besselk(0, x, scaled=True) - besselk(1, x, scaled=True)


def _bessel_k1(x: Any) -> Any:
    return -(besselk(0, x) + besselk(2, x)) / 2


def _bessel_k1e(x: Any) -> Any:
    return (1 - 1 / x) * besselk(1, x, scaled=True) - besselk(0, x, scaled=True)


def _selu(x: Any) -> Any:
    scale = mpmath.mpf("1.0507009873554804934193349852946")
    return scale * (mpmath.mpf("1.6732632423543772848170429916717") * mpmath.exp(x) if x < 0 else 1)


GRADIENTS: dict[str, Callable[..., Any]] = {
    "rsqrt": lambda x: -1 / (2 * mpmath.sqrt(x) ** 3),
    "log1p": lambda x: 1 / (1 + x),
    "tan": lambda x: mpmath.sec(x) ** 2,
    "asin": lambda x: 1 / mpmath.sqrt(1 - x * x),
    "atan": lambda x: 1 / (1 + x * x),
    "asinh": lambda x: 1 / mpmath.sqrt(1 + x * x),
    "acosh": lambda x: 1 / mpmath.sqrt(x * x - 1),
    "atanh": lambda x: 1 / (1 - x * x),
    "tanh": lambda x: 4 * _logistic(2 * x),
    "sigmoid": _logistic,
    "softplus": FUNCTIONS["sigmoid"],
    "log_sigmoid": lambda x: 1 / (1 + mpmath.exp(x)),
    "softsign": lambda x: 1 / (1 + abs(x)) ** 2,
    "erf": lambda x: 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-x * x),
    "erfinv": lambda p: mpmath.sqrt(mpmath.pi) / 2 * mpmath.exp(FUNCTIONS["erfinv"](p) ** 2),
    "erfcinv": lambda p: -mpmath.sqrt(mpmath.pi) / 2 * mpmath.exp(FUNCTIONS["erfcinv"](p) ** 2),
    "ndtri": lambda p: 1 / mpmath.npdf(FUNCTIONS["ndtri"](p)),
    "lgamma": FUNCTIONS["digamma"],
    "digamma": lambda x: mpmath.psi(1, x),
    "bessel_i0e": wide(_bessel_i0e),
    "bessel_i1": lambda x: (mpmath.besseli(0, x) + mpmath.besseli(2, x)) / 2,
    "bessel_i1e": wide(_bessel_i1e),
    "bessel_j1": lambda x: (mpmath.besselj(0, x) - mpmath.besselj(2, x)) / 2,
    "bessel_k0e": wide(_bessel_k0e),
    "bessel_k1": _bessel_k1,
    "bessel_k1e": wide(_bessel_k1e),
    "bessel_y1": lambda x: (mpmath.bessely(0, x) - mpmath.bessely(2, x)) / 2,
    "dawsn": wide(lambda x: 1 - 2 * x * FUNCTIONS["dawsn"](x)),
    "expint": lambda x: mpmath.exp(x) / x,
    "fresnel_cos": lambda x: mpmath.cos(mpmath.pi * x * x / 2),
    "fresnel_sin": lambda x: mpmath.sin(mpmath.pi * x * x / 2),
    "spence": lambda x: mpmath.log(x) / (1 - x) if x != 1 else mpmath.mpf(-1),
    "relu6": lambda x: mpmath.mpf(int(0 < x < 6)),
    "leaky_relu": lambda x, *, alpha: mpmath.mpf(1 if x > 0 else alpha),
    "elu": lambda x: mpmath.exp(x) if x < 0 else mpmath.mpf(1),
    "selu": _selu,
    "gelu": _gelu,
    "silu": _silu,
}

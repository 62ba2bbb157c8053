"""Functions of numbers by mpmath, by the name that TensorFlow gives them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
from mpmath import mp
from numpy.typing import NDArray

from references.audits import Audited, twice
from references.integrals import besselk

Array = NDArray[np.float64]
FEW = 8
SLOW = (
    "betainc", "igamma", "igammac", "zeta", "polygamma", "spence", "erfinv", "erfcinv", "ndtri",
    "bessel_y0", "bessel_y1", "bessel_k0", "bessel_k1", "bessel_k0e", "bessel_k1e", "bessel_j0",
    "bessel_j1", "dawsn", "digamma", "lgamma",
)  # fmt: skip


def audited(name: str, *inputs: Array, **arguments: Any) -> tuple[Audited, ...]:
    """The function `name` at the entries of one member's inputs, (n,); KeyError for others.

    Of functions that take mpmath milliseconds, the first FEW entries alone.
    """
    return entries(FUNCTIONS[name], *inputs, most=FEW if name in SLOW else None, **arguments)


def entries(
    function: Callable[..., Any], *inputs: Array, most: int | None, **arguments: Any
) -> tuple[Audited, ...]:
    """A function of mpmath's numbers at the first entries of one member's inputs, (n,), or all."""

    def compute() -> list[Any]:
        points = zip(*(array[:most].tolist() for array in inputs), strict=True)
        values = [function(*map(mpmath.mpf, point), **arguments) for point in points]
        found = np.empty(len(values), dtype=object)
        found[:] = [mpmath.mpf(value.real) for value in map(mpmath.mpmathify, values)]
        return [found]

    return twice(compute, *inputs)


def wide(function: Callable[..., Any], digits: int = 60) -> Callable[..., Any]:
    """The same with more digits, for formulas that cancel."""

    def more(*xs: Any, **arguments: Any) -> Any:
        with mpmath.workdps(mp.dps + digits + 2 * _span(xs)):
            return function(*xs, **arguments)

    return more


def _span(xs: Any) -> int:
    """Decimal orders of magnitude that the arguments are away from 1, at most 330."""
    return max((min(abs(mpmath.mag(x)) // 3, 330) for x in xs if x), default=0)


def _round(x: Any) -> Any:
    return mpmath.nint(x)


def _gelu(x: Any, *, approximate: bool = False) -> Any:
    if approximate:
        inner = mpmath.sqrt(2 / mpmath.pi) * (x + mpmath.mpf("0.044715") * x**3)
        return x / (1 + mpmath.exp(-2 * inner))
    return x * mpmath.ncdf(x)


def _selu(x: Any) -> Any:
    scale = mpmath.mpf("1.0507009873554804934193349852946")
    alpha = mpmath.mpf("1.6732632423543772848170429916717")
    return scale * (x if x > 0 else alpha * mpmath.expm1(x))


def _softplus(x: Any) -> Any:
    return x + mpmath.log1p(mpmath.exp(-x)) if x > 0 else mpmath.log1p(mpmath.exp(x))


def _erfinv_root(start: Callable[[Any], Any], function: Callable[[Any], Any]) -> Any:
    """Newton's steps on erf or erfc from SciPy's answer."""

    def solve(p: Any) -> Any:
        x = mpmath.mpf(start(float(p)))
        for _ in range(7):
            slope = 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-x * x)
            x -= (function(x) - p) / (slope if function is mpmath.erf else -slope)
        return x

    return solve


def _erfcinv(p: Any) -> Any:
    from scipy.special import erfcinv

    if p == 1:
        return mpmath.mpf(0)
    if p > 1:
        return -_erfcinv(2 - p) if 2 - p < 1 else mpmath.mpf(0)
    return _erfinv_root(erfcinv, mpmath.erfc)(p)


def _erfinv(p: Any) -> Any:
    from scipy.special import erfinv

    return p if p == 0 else _erfinv_root(erfinv, mpmath.erf)(p)


def _lgamma(x: Any) -> Any:
    return mpmath.log(abs(mpmath.gamma(x))) if x < 0 else mpmath.loggamma(x)


def _floormod(x: Any, y: Any) -> Any:
    return x - y * mpmath.floor(x / y)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "negative": lambda x: -x,
    "square": lambda x: x * x,
    "sign": mpmath.sign,
    "ceil": mpmath.ceil,
    "floor": mpmath.floor,
    "rint": _round,
    "round": _round,
    "reciprocal": lambda x: 1 / x,
    "reciprocal_no_nan": lambda x: 1 / x if x else mpmath.mpf(0),
    "sqrt": mpmath.sqrt,
    "rsqrt": lambda x: 1 / mpmath.sqrt(x),
    "exp": mpmath.exp,
    "expm1": mpmath.expm1,
    "log": mpmath.log,
    "log1p": mpmath.log1p,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "tan": mpmath.tan,
    "asin": mpmath.asin,
    "acos": mpmath.acos,
    "atan": mpmath.atan,
    "sinh": mpmath.sinh,
    "cosh": mpmath.cosh,
    "tanh": mpmath.tanh,
    "asinh": mpmath.asinh,
    "acosh": mpmath.acosh,
    "atanh": mpmath.atanh,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "log_sigmoid": lambda x: -_softplus(-x),
    "softplus": _softplus,
    "softsign": lambda x: x / (1 + abs(x)),
    "relu": lambda x: max(x, mpmath.mpf(0)),
    "relu6": lambda x: min(max(x, mpmath.mpf(0)), mpmath.mpf(6)),
    "elu": lambda x: x if x > 0 else mpmath.expm1(x),
    "selu": _selu,
    "gelu": _gelu,
    "silu": lambda x: x / (1 + mpmath.exp(-x)),
    "leaky_relu": lambda x, *, alpha: x if x > 0 else x * mpmath.mpf(alpha),
    "erf": mpmath.erf,
    "erfc": mpmath.erfc,
    "erfinv": _erfinv,
    "erfcinv": _erfcinv,
    "ndtri": lambda p: -mpmath.sqrt(2) * _erfcinv(2 * p),
    "lgamma": wide(_lgamma, 20),
    "digamma": mpmath.digamma,
    "bessel_i0": lambda x: mpmath.besseli(0, x),
    "bessel_i0e": lambda x: mpmath.besseli(0, x) * mpmath.exp(-abs(x)),
    "bessel_i1": lambda x: mpmath.besseli(1, x),
    "bessel_i1e": lambda x: mpmath.besseli(1, x) * mpmath.exp(-abs(x)),
    "bessel_j0": lambda x: mpmath.besselj(0, x),
    "bessel_j1": lambda x: mpmath.besselj(1, x),
    "bessel_k0": lambda x: besselk(0, x),
    "bessel_k0e": lambda x: besselk(0, x, scaled=True),
    "bessel_k1": lambda x: besselk(1, x),
    "bessel_k1e": lambda x: besselk(1, x, scaled=True),
    "bessel_y0": lambda x: mpmath.bessely(0, x),
    "bessel_y1": lambda x: mpmath.bessely(1, x),
    "dawsn": lambda x: mpmath.sqrt(mpmath.pi) / 2 * mpmath.exp(-x * x) * mpmath.erfi(x),
    "expint": mpmath.ei,
    "fresnel_cos": mpmath.fresnelc,
    "fresnel_sin": mpmath.fresnels,
    "spence": lambda x: mpmath.polylog(2, 1 - x),
    "add": wide(lambda x, y: x + y),
    "subtract": wide(lambda x, y: x - y),
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
    "maximum": max,
    "minimum": min,
    "squared_difference": wide(lambda x, y: (x - y) ** 2),
    "divide_no_nan": lambda x, y: x / y if y else mpmath.mpf(0),
    "multiply_no_nan": lambda x, y: x * y if y else mpmath.mpf(0),
    "floordiv": wide(lambda x, y: mpmath.floor(x / y), 320),
    "floormod": wide(_floormod, 320),
    "pow": mpmath.power,
    "atan2": mpmath.atan2,
    "xlogy": lambda x, y: x * mpmath.log(y) if x else mpmath.mpf(0),
    "xlog1py": lambda x, y: x * mpmath.log1p(y) if x else mpmath.mpf(0),
    "xdivy": lambda x, y: x / y if x else mpmath.mpf(0),
    "igamma": lambda a, x: mpmath.gammainc(a, 0, x, regularized=True),
    "igammac": lambda a, x: mpmath.gammainc(a, x, regularized=True),
    "zeta": mpmath.zeta,
    "polygamma": lambda n, x: mpmath.psi(int(n), x),
    "betainc": lambda a, b, x: mpmath.betainc(a, b, 0, x, regularized=True),
}

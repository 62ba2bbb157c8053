"""Functions of numbers by NumPy and SciPy at the precision of their inputs, by TensorFlow's name.

Inputs are one member's float32 or float64 arrays, answers tuples of arrays of the same dtype.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as sc
from numpy.typing import NDArray


def second(name: str) -> Callable[..., tuple[NDArray]] | None:
    """The rival of a function, None where neither NumPy nor SciPy has one."""
    function = FUNCTIONS.get(name)
    if function is None:
        return None

    def rival(*inputs: NDArray, **arguments: Any) -> tuple[NDArray]:
        with np.errstate(all="ignore"):
            return (np.asarray(function(*inputs, **arguments), dtype=inputs[0].dtype),)

    return rival


def _no_nan(function: Callable[..., NDArray], which: int = 0) -> Callable[..., NDArray]:
    return lambda *xs: np.where(xs[which] == 0, 0.0, function(*xs))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": np.abs,
    "negative": np.negative,
    "square": np.square,
    "sign": np.sign,
    "ceil": np.ceil,
    "floor": np.floor,
    "rint": np.rint,
    "round": np.round,
    "reciprocal": np.reciprocal,
    "reciprocal_no_nan": _no_nan(np.reciprocal),
    "sqrt": np.sqrt,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "sigmoid": sc.expit,
    "log_sigmoid": sc.log_expit,
    "softplus": lambda x: np.logaddexp(x, x.dtype.type(0)),
    "erf": sc.erf,
    "erfc": sc.erfc,
    "erfinv": sc.erfinv,
    "erfcinv": sc.erfcinv,
    "ndtri": sc.ndtri,
    "lgamma": sc.gammaln,
    "digamma": sc.digamma,
    "bessel_i0": sc.i0,
    "bessel_i0e": sc.i0e,
    "bessel_i1": sc.i1,
    "bessel_i1e": sc.i1e,
    "bessel_j0": sc.j0,
    "bessel_j1": sc.j1,
    "bessel_k0": sc.k0,
    "bessel_k0e": sc.k0e,
    "bessel_k1": sc.k1,
    "bessel_k1e": sc.k1e,
    "bessel_y0": sc.y0,
    "bessel_y1": sc.y1,
    "dawsn": sc.dawsn,
    "expint": sc.expi,
    "fresnel_cos": lambda x: sc.fresnel(x)[1],
    "fresnel_sin": lambda x: sc.fresnel(x)[0],
    "spence": sc.spence,
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "squared_difference": lambda x, y: (x - y) ** 2,
    "divide_no_nan": _no_nan(np.divide, 1),
    "multiply_no_nan": _no_nan(np.multiply, 1),
    "floordiv": np.floor_divide,
    "floormod": np.mod,
    "pow": np.power,
    "atan2": np.arctan2,
    "xlogy": sc.xlogy,
    "xlog1py": sc.xlog1py,
    "xdivy": _no_nan(np.divide),
    "igamma": sc.gammainc,
    "igammac": sc.gammaincc,
    "zeta": sc.zeta,
    "polygamma": lambda n, x: sc.polygamma(n.astype(int), x),
    "betainc": sc.betainc,
}

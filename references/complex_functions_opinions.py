"""Second opinions of functions of complex numbers: NumPy at the precision of its inputs, mpmath."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
from mpmath import mp
from numpy.typing import NDArray

from references import elementwise_opinions
from references.audits import Audited, twice
from references.elementwise_audits import FUNCTIONS

Answer = tuple[NDArray[Any]]
FEW = 12  # entries of a member that mpmath is asked for


def second(name: str) -> Callable[..., Answer] | None:
    """The rival of a function by NumPy or SciPy; None where neither has one."""
    function = RIVALS.get(name)
    if function is None:
        return None

    def rival(*inputs: NDArray[Any]) -> Answer:
        with np.errstate(all="ignore"):
            return (np.asarray(function(*inputs)),)

    return rival


def audited(name: str, *inputs: NDArray[Any], **_: Any) -> tuple[Audited, ...]:
    """The function `name` at the first entries of one member's inputs (n,); KeyError for others."""
    function = GRADIENTS.get(name) or OWN.get(name) or FUNCTIONS[name]

    def compute() -> list[Any]:
        points = zip(*(array[:FEW].tolist() for array in inputs), strict=True)
        values = [_valued(function, point) for point in points]
        found = np.empty(len(values), dtype=object)
        found[:] = values
        return [found]

    return twice(compute, *inputs)


def _valued(function: Callable[..., Any], point: tuple[complex, ...]) -> Any:
    """With digits for what sums cancel of parts that lie far apart, or far from 1."""
    parts = [part for z in point for part in (z.real, z.imag) if part]
    away = max((abs(mpmath.mag(part)) for part in parts), default=0)
    with mpmath.workdps(mp.dps + min(2 * away // 3, 660)):
        return function(*map(mpmath.mpc, point))


def _ratio(x: Any, y: Any) -> Any:
    return x / y if y else mpmath.mpc(0)


OWN: dict[str, Callable[..., Any]] = {
    "angle": mpmath.arg,
    "real": lambda z: z.real,
    "imag": lambda z: z.imag,
    "conj": mpmath.conj,
    "expm1": lambda z: mpmath.exp(z) - 1,
    "log1p": lambda z: mpmath.log(1 + z),
    "pow": lambda x, y: mpmath.exp(y * mpmath.log(x)),
    "multiply_no_nan": lambda x, y: x * y,
    "divide_no_nan": _ratio,
    "xlogy": lambda x, y: x * mpmath.log(y),
    "xlog1py": lambda x, y: x * mpmath.log(1 + y),
    "squared_difference": lambda x, y: abs(x - y) ** 2,
}


def _by_parts(numerator: Callable[[Any, Any], Any], power: int) -> Callable[..., Any]:
    """A function of x and y over a power of x² + y²."""
    return lambda z: numerator(z.real, z.imag) / mpmath.hypot(z.real, z.imag) ** power


HOLOMORPHIC: dict[str, Callable[..., Any]] = {
    "square": lambda z: z + z,
    "reciprocal": lambda z: -((1 / z) ** 2),
    "sqrt": lambda z: 0.5 / mpmath.sqrt(z),
    "rsqrt": lambda z: -0.5 / mpmath.sqrt(z) ** 3,
    "exp": mpmath.exp,
    "log": lambda z: 1 / z,
    "log1p": lambda z: 1 / (z + 1),
    "sin": mpmath.cos,
    "tan": lambda z: mpmath.sec(z) ** 2,
    "tanh": lambda z: mpmath.sech(z) ** 2,
    "sigmoid": lambda z: mpmath.sech(z / 2) ** 2 / 4,
    "silu": lambda z: (1 + (1 + z) * mpmath.exp(-z)) / (1 + mpmath.exp(-z)) ** 2,
    "asin": lambda z: 1 / mpmath.cos(mpmath.asin(z)),
    "atan": lambda z: (1 / (1 + 1j * z) + 1 / (1 - 1j * z)) / 2,
    "asinh": lambda z: 1 / mpmath.cosh(mpmath.asinh(z)),
    "acosh": lambda z: 1 / mpmath.sinh(mpmath.acosh(z)),
    "atanh": lambda z: (1 / (1 + z) + 1 / (1 - z)) / 2,
    "divide": lambda x, y: -x / y / y,
    "pow": lambda x, y: y / x * mpmath.exp(y * mpmath.log(x)),
}
PARTIALS: dict[str, Callable[..., Any]] = {
    "multiply_no_nan.gradient_x": lambda x, y: y,
    "multiply_no_nan.gradient_y": lambda x, y: x,
    "divide.gradient_x": lambda x, y: 1 / y,
    "divide_no_nan.gradient_x": lambda x, y: _ratio(1, y),
    "divide_no_nan.gradient_y": lambda x, y: -x / y / y,
    "xdivy.gradient_x": lambda x, y: 1 / y,
    "xdivy.gradient_y": lambda x, y: -x / y / y,
    "xlogy.gradient_x": lambda x, y: mpmath.log(y),
    "xlogy.gradient_y": lambda x, y: x / y,
    "xlog1py.gradient_x": lambda x, y: mpmath.log(1 + y),
    "xlog1py.gradient_y": lambda x, y: x / (y + 1),
    "pow.gradient_y": lambda x, y: mpmath.log(x) * mpmath.exp(y * mpmath.log(x)),
}


def _conjugate(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *points: mpmath.conj(function(*points))


GRADIENTS: dict[str, Callable[..., Any]] = {
    **{f"{name}.gradient": _conjugate(function) for name, function in HOLOMORPHIC.items()},
    **{name: _conjugate(function) for name, function in PARTIALS.items()},
    "abs.gradient": lambda z: _by_parts(mpmath.mpc, 1)(z) if z else mpmath.mpc(0),
    "angle.gradient": _by_parts(lambda x, y: mpmath.mpc(-y, x), 2),
    "sign.gradient": _by_parts(lambda x, y: mpmath.mpc(y * y, -x * y), 3),
    "squared_difference.gradient": lambda x, y: 2 * x - 2 * y,
}
SHARED = (
    "abs", "negative", "sign", "square", "reciprocal", "sqrt", "rsqrt", "exp", "expm1", "log",
    "log1p", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh",
    "atanh", "add", "subtract", "multiply", "divide", "pow", "xlogy", "xlog1py",
)  # fmt: skip
RIVALS: dict[str, Callable[..., Any]] = {
    **{name: elementwise_opinions.FUNCTIONS[name] for name in SHARED},
    **{name: getattr(np, name) for name in ("angle", "real", "imag", "conj")},
}

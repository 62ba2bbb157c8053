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


def audited(name: str, *inputs: NDArray[Any]) -> tuple[Audited, ...]:
    """The function `name` at the first entries of one member's inputs (n,); KeyError for others."""
    function = OWN.get(name) or FUNCTIONS[name]

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
SHARED = (
    "abs", "negative", "sign", "square", "reciprocal", "sqrt", "rsqrt", "exp", "expm1", "log",
    "log1p", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh",
    "atanh", "add", "subtract", "multiply", "divide", "pow", "xlogy", "xlog1py",
)  # fmt: skip
RIVALS: dict[str, Callable[..., Any]] = {
    **{name: elementwise_opinions.FUNCTIONS[name] for name in SHARED},
    **{name: getattr(np, name) for name in ("angle", "real", "imag", "conj")},
}

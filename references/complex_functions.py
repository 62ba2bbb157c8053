"""Functions of complex numbers as formulas over balls, and stacks of their exact values.

Names are TensorFlow's. Each takes balls that hold exact complex numbers; on branch cuts the sign of
a zero picks the side, which balls do not have, so that nothing is set there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from flint import acb, arb, ctx
from numpy.typing import NDArray

from references import complex_gradients
from references.balls import finite_members, power_of_two
from references.elementwise import (
    ACCURACY,
    MOST_BITS,
    SPARE,
    engine_of,
    exponent_of,
    sides,
)
from references.interval import Interval
from references.truth import Enclosure, Truth

Formula = Callable[..., Any]  # of acb; acb, or arb where answers are real


def _reciprocal(z: acb) -> acb:
    return 1 / z


def _logarithm(x: acb, y: acb) -> acb:
    return x * y.log() if x != 0 else acb(0)


def _shifted_logarithm(x: acb, y: acb) -> acb:
    return x * y.log1p() if x != 0 else acb(0)


FORMULAS: dict[str, Formula] = {
    "abs": abs,
    "angle": acb.arg,
    "real": lambda z: z.real,
    "imag": lambda z: z.imag,
    "conj": acb.conjugate,
    "negative": lambda z: -z,
    "sign": acb.sgn,
    "square": lambda z: z * z,
    "reciprocal": _reciprocal,
    "reciprocal_no_nan": lambda z: _reciprocal(z) if z != 0 else z,
    "sqrt": acb.sqrt,
    "rsqrt": acb.rsqrt,
    "exp": acb.exp,
    "expm1": acb.expm1,
    "log": acb.log,
    "log1p": acb.log1p,
    "sin": acb.sin,
    "cos": acb.cos,
    "tan": acb.tan,
    "sinh": acb.sinh,
    "cosh": acb.cosh,
    "tanh": acb.tanh,
    "asin": acb.asin,
    "acos": acb.acos,
    "atan": acb.atan,
    "asinh": acb.asinh,
    "acosh": acb.acosh,
    "atanh": acb.atanh,
    "sigmoid": lambda z: 1 / (1 + (-z).exp()),
    "silu": lambda z: z / (1 + (-z).exp()),
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "multiply_no_nan": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
    "divide_no_nan": lambda x, y: x / y if y != 0 else y,
    "xdivy": lambda x, y: x / y if x != 0 else x,
    "squared_difference": lambda x, y: abs(x - y) ** 2,
    "pow": lambda x, y: (y * x.log()).exp(),
    "xlogy": _logarithm,
    "xlog1py": _shifted_logarithm,
}
SLOPES: dict[str, Formula] = {
    "log": lambda z: 1 / abs(z.log()),
    "xlogy": lambda x, y: 1 / abs(y.log()),
    **dict.fromkeys(("sigmoid", "silu"), lambda z: 1 / abs(1 + z.exp())),
    **dict.fromkeys(("divide", "divide_no_nan", "xdivy"), complex_gradients.of_dividend),
    "pow": lambda x, y: abs(y) * (1 + abs(x.log())),
}
"""What a bound counts beside units: how much larger than the result what an error is made in is."""

REAL = ("abs", "angle", "real", "imag")  # answers
FORMULAS |= complex_gradients.GRADIENTS
SLOPES |= complex_gradients.SLOPES


def stack(function: str, *inputs: NDArray[np.complex128], level: int = 0) -> Truth:
    """The truth of a function at every entry of inputs of one shape (B, n); KeyError for others.

    Each entry is within 2^-72, 2^-96, 2^-104 of its modulus by level, both parts alike; an infinite
    radius where that is not proved with MOST_BITS bits. Quantities (B, n), from above: size, the
    moduli, infinite where nothing is proved; argument, those of the first input; slope, that of
    SLOPES.
    """
    formula, slope = FORMULAS[function], SLOPES.get(function)
    return stacked(formula, slope, inputs, real=function in REAL, level=level)


def stacked(
    formula: Formula,
    slope: Formula | None,
    inputs: tuple[NDArray[np.complex128], ...],
    *,
    real: bool,
    level: int,
) -> Truth:
    """The same of a formula and its slope, whose answers are `real` or complex."""
    count, shape = len(inputs[0]), inputs[0].shape
    finite = finite_members(*inputs)
    hi, lo = np.zeros(shape, np.complex128), np.zeros(shape, np.complex128)
    radius, steep = np.full(shape, np.inf), np.full(shape, np.inf)
    exponent, size = np.zeros(count, np.int64), np.full(shape, np.inf)
    saved = ctx.prec
    try:
        for i in np.flatnonzero(finite).tolist():
            points = [tuple(map(acb, point)) for point in zip(*(x[i] for x in inputs), strict=True)]
            balls = [_proved(formula, point, ACCURACY[level]) for point in points]
            exponent[i] = exponent_of(
                [part for ball in balls if ball is not None for part in (ball.real, ball.imag)]
            )
            for j, ball in enumerate(balls):
                if ball is None:
                    continue
                re, im = (sides(part, int(exponent[i])) for part in (ball.real, ball.imag))
                hi[i, j], lo[i, j] = complex(re[0], im[0]), complex(re[1], im[1])
                radius[i, j], size[i, j] = max(re[2], im[2]), _above(abs(ball))
            if slope is not None:
                steep[i] = [_above(slope(*point)) for point in points]
    finally:
        ctx.prec = saved
    with np.errstate(over="ignore"):
        known = np.hypot(inputs[0].real, inputs[0].imag) * (1 + 2.0**-50)
    quantities = {"size": Interval.exact(size), "argument": Interval.exact(known)}
    if slope is not None:
        quantities["slope"] = Interval.exact(steep)
    part = Enclosure(hi, lo, radius, exponent)
    if real:
        part = Enclosure(hi.real.copy(), lo.real.copy(), radius, exponent)
    return Truth((part,), quantities, finite, tuple(engine_of(finite, radius)))


def _proved(formula: Formula, point: tuple[acb, ...], bits: int) -> acb | None:
    """The value at a point, both parts to 2^-bits of its modulus, or None."""
    precision = bits + SPARE
    while precision <= MOST_BITS:
        ctx.prec = precision
        try:
            ball = acb(formula(*point))
        except ZeroDivisionError:
            return None
        wide = max(ball.real.rad(), ball.imag.rad())
        if wide <= ball.abs_lower() * power_of_two(-bits):
            return ball
        precision *= 2
    return None


def _above(x: arb) -> float:
    """No less than a number, for which 53 bits will do."""
    return float(x.upper()) * (1 + 2.0**-50)

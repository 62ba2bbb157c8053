"""Functions of complex numbers on branch cuts: limits from the side that the sign of a zero names.

A point of a cut is a real number x and a side s, 1 or -1: x + s 0 i, or s 0 + x i of cuts that lie
on the imaginary axis, as C99 (Annex G) and Kahan (1987) have it. The limits are formulas of real
functions; mpmath takes the function itself beside the cut, nearer to it than any digit shows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
from flint import acb, arb
from numpy.typing import NDArray

from references.audits import Audited, twice
from references.complex_functions import SLOPES, stacked
from references.complex_functions_opinions import FEW, OWN
from references.elementwise_audits import FUNCTIONS
from references.truth import Truth

TURNED = ("asinh", "atan")  # whose cuts lie on the imaginary axis
REAL = ("angle",)  # answers
BESIDE = -20000  # log2 of how far mpmath stays from a cut


def _sign(x: arb) -> int:
    return 1 if x > 0 else -1


def _half_turn() -> arb:
    return arb.pi() / 2


LIMITS: dict[str, Callable[..., acb]] = {
    "sqrt": lambda x, s: acb(0, s * (-x).sqrt()),
    "rsqrt": lambda x, s: acb(0, -s * (-x).rsqrt()),
    "angle": lambda x, s: acb(s * arb.pi()),
    "log": lambda x, s: acb((-x).log(), s * arb.pi()),
    "log1p": lambda x, s: acb((-1 - x).log(), s * arb.pi()),
    "asin": lambda x, s: acb(_sign(x) * _half_turn(), s * abs(x).acosh()),
    "acos": lambda x, s: acb(0 if x > 0 else arb.pi(), -s * abs(x).acosh()),
    "acosh": lambda x, s: (
        acb(abs(x).acosh(), s * arb.pi()) if x <= -1 else acb(0, s * x.acos())
    ),
    "atanh": lambda x, s: acb((1 / x).atanh(), s * _half_turn()),
    "asinh": lambda x, s: acb(s * abs(x).acosh(), _sign(x) * _half_turn()),
    "atan": lambda x, s: acb(s * _half_turn(), (1 / x).atanh()),
    "pow": lambda x, s, y: (y * acb((-x).log(), s * arb.pi())).exp(),
}  # fmt: skip


def _split(z: NDArray[np.complex128], turned: bool) -> tuple[NDArray[Any], NDArray[Any]]:
    """Points of a cut as what they are along it, and the side that a zero's sign names."""
    along, across = (z.imag, z.real) if turned else (z.real, z.imag)
    return along.astype(np.complex128), np.copysign(1.0, across).astype(np.complex128)


def stack(function: str, *inputs: NDArray[np.complex128], level: int = 0) -> Truth:
    """The limits at every entry of (B, n), as those of references/complex_functions.py."""
    limit, slope = LIMITS[function], SLOPES.get(function)
    along, sides = _split(inputs[0], function in TURNED)
    along = np.where(np.isfinite(inputs[0]), along, inputs[0])

    def at(x: acb, s: acb, *rest: acb) -> acb:
        return limit(x.real, _sign(s.real), *(y.real for y in rest))

    def steep(x: acb, _: acb, *rest: acb) -> arb:
        assert slope is not None
        return slope(x, *rest)

    given = (along, sides, *inputs[1:])
    return stacked(at, steep if slope else None, given, real=function in REAL, level=level)


def audited(name: str, *inputs: NDArray[Any], **_: Any) -> tuple[Audited, ...]:
    """The function beside the cut, at the first entries of one member's inputs (n,)."""
    function = OWN.get(name) or FUNCTIONS[name]
    along, sides = (x.real[:FEW].tolist() for x in _split(inputs[0], name in TURNED))
    others = [x.real[:FEW].tolist() for x in inputs[1:]]

    def compute() -> list[Any]:
        found = np.empty(len(along), dtype=object)
        for i, (x, s, *rest) in enumerate(zip(along, sides, *others, strict=True)):
            across = mpmath.ldexp(mpmath.mpf(s), BESIDE)
            z = mpmath.mpc(across, x) if name in TURNED else mpmath.mpc(x, across)
            found[i] = function(z, *map(mpmath.mpf, rest))
        return [found]

    return twice(compute, *inputs)

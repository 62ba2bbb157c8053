"""Complex arrays as real ones with an axis more, of the real and the imaginary part.

What a length or a variance is made of are squares of both parts: of the real array it is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from references.interval import Interval, sqrt
from references.magnitudes import Axis
from references.truth import Enclosure, Truth

PARTS = -1  # the axis of the parts


def apart(x: NDArray[Any]) -> NDArray[np.float64]:
    """Complex (B, ...) as (B, ..., 2)."""
    return np.stack([x.real, x.imag], axis=PARTS)


def axes_of(axis: Axis, rank: int) -> tuple[int, ...]:
    """Axes of an array of this rank, from the first, so that one more at the end does no harm."""
    return tuple(i % rank for i in (axis if isinstance(axis, tuple) else (axis,)))


def together(truth: Truth, moduli: Callable[[str], bool]) -> Truth:
    """A truth of (B, ..., 2) as one of complex numbers.

    A quantity of both parts becomes the larger, or the modulus where its name says so: bounds
    that are linear in such quantities then bound moduli of what they bounded the parts of.
    """
    (part,) = truth.parts
    hi, lo = (side[..., 0] + 1j * side[..., 1] for side in (part.hi, part.lo))
    radius = (part.radius[..., 0] + part.radius[..., 1]) * (1 + 2.0**-52)
    quantities = {
        name: _joined(x, moduli(name)) if x.upper.shape == part.hi.shape else x
        for name, x in truth.quantities.items()
    }
    whole = Enclosure(hi, lo, radius, part.exponent)
    return Truth((whole,), quantities, truth.exists, truth.engine)


def _joined(x: Interval, modulus: bool) -> Interval:
    if not modulus:
        return Interval(x.lower.max(axis=PARTS), x.upper.max(axis=PARTS))
    top = x.upper.max(axis=PARTS, keepdims=True)
    power = np.where(np.isfinite(top) & (top > 0), np.frexp(top)[1], 0)
    with np.errstate(over="ignore", under="ignore"):
        near = Interval(np.ldexp(x.lower, -power), np.ldexp(x.upper, -power))
        squares = near * near
        root = sqrt(Interval(squares.lower.sum(axis=PARTS), squares.upper.sum(axis=PARTS)))
        down, up = 1 - 2.0**-50, 1 + 2.0**-50
        most = np.ldexp(root.upper * up, power[..., 0])
        least = np.ldexp(root.lower * down, power[..., 0])
    known = np.isfinite(top[..., 0])
    return Interval(
        np.where(known, least, 0.0), np.where(known, most + 2.0**-1070 * (most > 0), np.inf)
    )

"""Softmax, its logarithm and logsumexp of single rows in balls: what kernels leave open."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from flint import arb
from numpy.typing import NDArray

from references.balls import TIGHT, UNIT, adaptive

Array = NDArray[np.float64]
Sides = tuple[Array, Array, Array]  # hi, lo, radius
Formula = Callable[[list[arb], arb], list[arb]]
BITS = (128, 160, 192)
SMALLEST = 2.0**-1074
NEGLIGIBLE = 2000.0  # exp(-2000) is far below SMALLEST


def row(values: Array, formula: Formula, level: int, power: int = 0) -> Sides:
    """The answers of one finite row (n,), divided by 2^power: each array (n,), or (1,).

    `formula` maps the distances from the largest entry, none positive, and that entry to the
    answers.
    """

    def compute() -> list[arb]:
        top = arb(float(values.max()))
        return formula([arb(value) - top for value in values.tolist()], top)

    return known(compute, level, power)


def known(
    compute: Callable[[], list[arb]], level: int, power: int = 0, sizes: Array | float = 0.0
) -> Sides:
    """Numbers computed in balls, divided by 2^power; of infinite radius where they stay wide.

    `sizes`, divided too: of the terms that a number is left of, by which its radius may go.
    """

    def divided() -> Sides:
        return _sides([answer * arb(2) ** -power for answer in compute()])

    found = adaptive(divided, BITS[level], lambda sides: _tight(sides, level, sizes))
    return found or (np.zeros(1), np.zeros(1), np.array([np.inf]))


def softmax(steps: list[arb], top: arb) -> list[arb]:
    """The exponentials over their sum."""
    found = powers(steps)
    total = sum(found, arb(0))
    return [power / total for power in found]


def log_softmax(steps: list[arb], top: arb) -> list[arb]:
    """Each step less the logarithm of the sum."""
    size = logarithm(steps)
    return [step - size for step in steps]


def logsumexp(steps: list[arb], top: arb) -> list[arb]:
    """The largest entry and the logarithm of the sum."""
    return [top + logarithm(steps)]


def logarithm(steps: list[arb]) -> arb:
    """log sum exp(steps); of one largest step, which is 0, the exponential is 1."""
    others = list(steps)
    others.remove(arb(0))
    return sum(powers(others), arb(0)).log1p()


def powers(steps: list[arb]) -> list[arb]:
    """The exponentials of steps."""
    nothing = arb(0, arb(2) ** -2800)  # holds exp(t) for every t below -NEGLIGIBLE
    return [step.exp() if step > -NEGLIGIBLE else nothing for step in steps]


def _sides(balls: list[arb]) -> Sides:
    """Balls as hi, lo and radius."""
    hi = np.array(balls, dtype=np.float64)
    rest = [ball - high for ball, high in zip(balls, hi.tolist(), strict=True)]
    lo = np.array(rest, dtype=np.float64)
    radius = np.array([ball.rad() for ball in rest], dtype=np.float64)
    radius = radius * (1 + 4 * UNIT) + np.abs(lo) * (2 * UNIT)
    exact = np.array([ball.is_zero() for ball in rest], dtype=bool)
    return hi, lo, np.where(exact, 0.0, radius + 2 * SMALLEST)


def _tight(sides: Sides, level: int, sizes: Array | float) -> bool:
    """Whether every radius is small against its number, or what underflow alone leaves."""
    hi, _, radius = sides
    size = np.maximum(np.abs(hi), sizes)
    return bool(np.all((radius <= TIGHT[level] * size) | (radius < 2.0**-1070)))

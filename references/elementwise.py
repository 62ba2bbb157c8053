"""Exact values of functions of numbers over stacks, entry by entry, in balls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray

from references.balls import UNIT, finite_members, power_of_two
from references.interval import MAX, Interval
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
Formula = Callable[..., arb]  # balls to a ball; keyword arguments are those of the call
ACCURACY = (72, 96, 104)  # bits proved of each entry, by level
SPARE = 40  # bits that a first attempt has beyond those
MOST_BITS = 1 << 15
LARGE, SMALL = 1024, -900  # log2 of entries of members that keep a power of two of 0
TOP = 980  # log2 of the largest entry of the others, for small ones to have all their digits, and
# for answers that are a trillion times too large to be measured
FARTHEST = 4096  # log2 of what nobody holds: larger numbers count as no larger
SMALLEST = 2.0**-1074


def stack(
    formula: Formula,
    *inputs: Array,
    level: int = 0,
    slope: Formula | None = None,
    factors: Mapping[str, Formula] | None = None,
    **arguments: Any,
) -> Truth:
    """The truth of formula(x, ...) at every entry of inputs of one shape (B, n).

    Each entry is within 2^-72, 2^-96, 2^-104 of itself by level, or a few times SMALLEST where
    entries of one member are further apart than the range of float64; an entry that is not proved
    finite to that accuracy with MOST_BITS bits has an infinite radius. The power of two is 0 for
    members whose largest entry is of ordinary size.

    Quantities: largest (B,), the largest |entry|. With `slope`, a formula of |x f'(x)| summed over
    the arguments: kappa (B, n), that over the power of two at or below |f|, by how many units in
    the last place a change of eps in every argument moves the result; condition (B,), its largest.
    With `factors`, formulas of what an intermediate result is multiplied by: each (B, n) by its
    name, over the same power of two: what its underflow, or eps of it, takes from the result.
    """
    count, shape = len(inputs[0]), inputs[0].shape
    finite = finite_members(*inputs)
    hi, lo, radius = np.zeros(shape), np.zeros(shape), np.full(shape, np.inf)
    extra = dict(factors or {}) | ({"kappa": slope} if slope else {})
    columns = {name: np.full(shape, np.inf) for name in extra}
    exponent = np.zeros(count, np.int64)
    saved = ctx.prec
    try:
        for i in np.flatnonzero(finite).tolist():
            points = list(zip(*(array[i].ravel().tolist() for array in inputs), strict=True))
            balls = [_proved(formula, point, ACCURACY[level], arguments) for point in points]
            exponent[i] = exponent_of(balls)
            kept = [sides(ball, int(exponent[i])) for ball in balls]
            hi[i], lo[i], radius[i] = np.array(kept).reshape(-1, 3).T.reshape(3, *shape[1:])
            for name, column in columns.items():
                pairs = zip(points, balls, strict=True)
                found = [_moved(extra[name], point, ball, arguments) for point, ball in pairs]
                column[i] = np.reshape(found, shape[1:])
    finally:
        ctx.prec = saved
    part = Enclosure(hi, lo, radius, exponent)
    with np.errstate(over="ignore", invalid="ignore"):
        top = np.ldexp(np.abs(hi) * (1 + 2.0**-50), exponent.reshape(-1, *(1,) * (hi.ndim - 1)))
    largest = top.reshape(count, -1).max(axis=1, initial=0.0)
    quantities = {"largest": Interval.exact(largest)}
    quantities |= {name: Interval.exact(column) for name, column in columns.items()}
    if slope is not None:
        worst = columns["kappa"].reshape(count, -1).max(axis=1, initial=0.0)
        quantities["condition"] = Interval.exact(worst)
    return Truth((part,), quantities, finite, tuple(engine_of(finite, radius)))


def engine_of(finite: NDArray[np.bool_], radius: Array) -> list[str]:
    """What proved each member (B,), of which `radius` (B, ...) is infinite where nothing did."""
    proved = np.isfinite(radius).reshape(len(finite), -1).any(axis=1)
    words = np.where(proved, "balls", "nothing")
    words[~finite] = "not finite"
    return words.tolist()


def _proved(formula: Formula, point: tuple[float, ...], bits: int, arguments: Any) -> arb | None:
    """The value at a point to `bits` bits, exact, or None."""
    precision = bits + SPARE
    while precision <= MOST_BITS:
        ctx.prec = precision
        try:
            ball = formula(*map(arb, point), **arguments)
        except ZeroDivisionError:
            return None
        if ball.rel_accuracy_bits() >= bits or ball.is_zero():
            return ball
        precision *= 2
    return None


def exponent_of(balls: Sequence[arb | None]) -> int:
    """The power of two for one member."""
    ctx.prec = 53
    sizes = [_size(ball) for ball in balls if ball is not None and not ball.is_zero()]
    sizes = [min(size, FARTHEST) for size in sizes if size > -FARTHEST]
    if not sizes or (max(sizes) <= LARGE and min(sizes) >= SMALL):
        return 0
    return max(sizes) - TOP if max(sizes) > LARGE else min(max(sizes) - TOP, 0)


def _size(ball: arb) -> int:
    """The e with a centre in [2^(e-1), 2^e), or thereabouts."""
    number = abs(float(ball))
    if 2.0**-1000 < number < 2.0**1000:
        return int(np.frexp(number)[1])
    mantissa, power = ball.mid().man_exp()
    size = int(power) + int(mantissa).bit_length()
    return size + 1 if size == LARGE and np.isinf(number) else size  # beyond the largest float64


def sides(ball: arb | None, exponent: int) -> tuple[float, float, float]:
    """hi, lo and radius without the power of two."""
    if ball is None:
        return 0.0, 0.0, np.inf
    ctx.prec = ACCURACY[-1] + 2 * SPARE + 64
    if exponent:
        ball = ball * power_of_two(-exponent)
    hi = float(ball)
    if np.isinf(hi):
        return float(np.copysign(MAX, hi)), 0.0, np.inf
    rest = ball - hi
    if rest.is_zero():
        return hi, 0.0, 0.0
    lo = float(rest)
    if (rest - lo).is_zero():
        return hi, lo, 0.0
    wide = float(rest.rad()) * (1 + 4 * UNIT) + abs(lo) * (2 * UNIT) + 2 * SMALLEST
    return hi, lo, wide


def _moved(slope: Any, point: tuple[float, ...], ball: arb | None, arguments: Any) -> float:
    """A formula over the power of two at or below the value of one entry, from above."""
    if ball is None or ball.is_zero():
        return np.inf
    ctx.prec = 128
    found = abs(slope(*map(arb, point), **arguments)).upper() * power_of_two(1 - _size(ball))
    number = float(found)
    return np.inf if np.isnan(number) else number * (1 + 2.0**-50)

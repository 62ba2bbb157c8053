"""Exact values of softmax along an axis of a stack."""

from __future__ import annotations

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray

from references.balls import UNIT, engines, finite_members, unproved
from references.doubledouble import two_sum
from references.exponentials import EXP_ERROR, LOWEST, Pair, exp, over, plus
from references.interval import Interval
from references.norms import clipped, row_sums
from references.slices import fold
from references.truth import Truth

Array = NDArray[np.float64]
BITS = (128, 160, 192)
FLOOR = 2.0**-1074  # what a quotient may lose absolutely: the exponent is 0, whatever its size
SAFE = 2.0**-900  # above it no low half underflows
NEGLIGIBLE = 2000.0  # exp(-2000) is far below FLOOR


def softmax(x: Array, *, axis: int = -1, level: int = 0) -> Truth:
    """exp(x_i) / sum_j exp(x_j) along `axis` of x (B, ...).

    A positive axis counts the stack's axis as 0, as TensorFlow does on the whole stack; the
    stack's axis itself raises ValueError. Each entry is within 2^-94 of itself or twice FLOOR,
    and the power of two is 0 for every member.

    Quantities: distance, |x_i - max x| along the axis, of the shape of x; mean_distance, the
    mean of the distances weighted by the answer, of the same rank with length 1 on the axis.
    """
    if axis % x.ndim == 0:
        raise ValueError("the axis of softmax may not be the stack's")
    finite = finite_members(x)
    usable = np.where(finite.reshape(-1, *(1,) * (x.ndim - 1)), x, 0.0)
    rows = np.moveaxis(usable, axis, -1)
    hi, lo, radius = _certified(rows) if level == 0 else _balls(rows, finite, level)
    part = unproved(*x.shape)
    for side, found in zip((part.hi, part.lo, part.radius), (hi, lo, radius), strict=True):
        side[finite] = np.moveaxis(found, -1, axis)[finite]
    distance, mean = _distances(rows, hi, radius)
    quantities = {
        "distance": _shaped(distance, axis, finite),
        "mean_distance": _shaped(mean, axis, finite),
    }
    certified = finite & (level == 0)
    return Truth((part,), quantities, finite, engines(part, finite, finite, certified))


def _certified(rows: Array) -> tuple[Array, Array, Array]:
    """hi, lo and radius of the softmax of rows (..., n): double-double, whole stacks at once.

    Distances from the largest entry are exact, exponentials within EXP_ERROR, their sum by halves
    within 3 u^2 more for each halving, the quotient within 15 u^2. Below LOWEST an exponential is
    less than half of FLOOR; smaller results lose half of FLOOR in hi and in lo each.
    """
    top = fold(np.maximum, rows, -1)
    with np.errstate(over="ignore", invalid="ignore"):
        head, tail = two_sum(rows, np.broadcast_to(-top, rows.shape))
    near = head >= LOWEST
    head, tail = np.where(near, head, 0.0), np.where(near, tail, 0.0)
    value, exponent = exp((head, tail))
    high, low = (np.where(near, np.ldexp(side, exponent), 0.0) for side in value)
    total = _total(high, low)
    quotient = over(value, (total[0] + np.zeros_like(rows), total[1] + np.zeros_like(rows)))
    hi, lo = (np.where(near, np.ldexp(side, exponent), 0.0) for side in quotient)
    halvings = 2 * rows.shape[-1].bit_length()
    error = 4 * EXP_ERROR + (16 + 6 * halvings) * UNIT**2
    return hi, lo, hi * error + np.where(hi < SAFE, 2 * FLOOR, 0.0)


def _total(hi: Array, lo: Array) -> Pair:
    """Sums over the last axis, kept with length 1, by halves."""
    while hi.shape[-1] > 1:
        half = hi.shape[-1] // 2
        left, right, odd = np.s_[..., :half], np.s_[..., half : 2 * half], np.s_[..., 2 * half :]
        folded = plus((hi[left], lo[left]), (hi[right], lo[right]))
        hi = np.concatenate([folded[0], hi[odd]], axis=-1)
        lo = np.concatenate([folded[1], lo[odd]], axis=-1)
    return hi, lo


def _balls(rows: Array, finite: NDArray[np.bool_], level: int) -> tuple[Array, Array, Array]:
    """The same entry by entry in balls, at the precision of a level."""
    hi, lo, radius = (np.zeros(rows.shape) for _ in range(3))
    saved = ctx.prec
    try:
        ctx.prec = BITS[level]
        for index in np.ndindex(rows.shape[:-1]):
            if finite[index[0]]:
                hi[index], lo[index], radius[index] = _row(rows[index])
    finally:
        ctx.prec = saved
    return hi, lo, radius


def _row(row: Array) -> tuple[Array, Array, Array]:
    """hi, lo and radius of the softmax of one row."""
    top = arb(float(row.max()))
    nothing = arb(0, arb(2) ** -2800)  # holds exp(t) for every t below -NEGLIGIBLE
    powers = []
    for entry in row.tolist():
        step = arb(entry) - top
        powers.append(step.exp() if step > -NEGLIGIBLE else nothing)
    total = sum(powers, arb(0))
    balls = [power / total for power in powers]
    hi = np.array(balls, dtype=np.float64)
    rest = [ball - high for ball, high in zip(balls, hi.tolist(), strict=True)]
    lo = np.array(rest, dtype=np.float64)
    radius = np.array([ball.rad() for ball in rest], dtype=np.float64)
    radius = radius * (1 + 4 * UNIT) + np.abs(lo) * (2 * UNIT)
    exact = np.array([ball.is_zero() for ball in rest], dtype=bool)
    return hi, lo, np.where(exact, 0.0, radius + 2 * FLOOR)


def _distances(rows: Array, hi: Array, radius: Array) -> tuple[Interval, Interval]:
    """|x - max| and its weighted mean, along the last axis.

    Beyond NEGLIGIBLE, d exp(-d) is below 2000 exp(-2000): the cut distance times the upper end
    of the weight, at least FLOOR, still bounds the term.
    """
    top = rows.max(axis=-1, keepdims=True)
    with np.errstate(over="ignore"):
        distance = clipped(Interval.exact(top) - Interval.exact(rows), zero=rows == top)
    weight = clipped(Interval.around(hi, 2 * UNIT * hi + radius))
    near = Interval(*(np.minimum(side, NEGLIGIBLE) for side in (distance.lower, distance.upper)))
    mean = row_sums(clipped(weight * near, zero=rows == top))
    return distance, Interval(mean.lower[..., None], mean.upper[..., None])


def _shaped(value: Interval, axis: int, finite: NDArray[np.bool_]) -> Interval:
    members = finite.reshape(-1, *(1,) * (value.lower.ndim - 1))
    lower = np.moveaxis(np.where(members, value.lower, 0.0), -1, axis)
    return Interval(lower, np.moveaxis(np.where(members, value.upper, np.inf), -1, axis))

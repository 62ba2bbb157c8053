"""Exponentials of twice the precision, and what sums of them are divided by: kernels over rows.

exp(x) = 2^octave T[place] exp(r), |r| < 2^-14.5: a table of the powers of 2^(1 / PARTS) and a short
series. docs/references.md adds the errors up.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray

from references.compiled import (
    Pair,
    fma,
    inlined,
    kernel,
    plus,
    quick_sum,
    times,
    two_product,
    two_sum,
)

Array = NDArray[np.float64]
BITS = 13
PARTS = 1 << BITS  # of an octave
FINE = 64  # parts in a coarse step of the table
LOWEST = -746.0  # below it exp is smaller than half of SMALLEST
SMALLEST = 2.0**-1074
LARGEST = float(np.finfo(np.float64).max)
NEAR = 2.0**-40  # how far off the C library's logarithm may be
DEEPEST = 1080  # octaves below 1 that may occur
UNIT = 2.0**-53
SQUARE = UNIT**2
EXP_ERROR = 2.0**-95  # relative, of `power`
LOG_ERROR = 2.0**-79  # relative, of `log1p`
SAFE = 2.0**-900  # above it no low half underflows
FAR = 600.0  # distances beyond: products with exponentials may underflow
FAINT = 2.0**-1060  # more than an underflow changes in a term of a mean
ABOVE, BELOW = 1 + 2.0**-50, 1 - 2.0**-50  # cover the roundings of a radius, or of a sum


class Table(NamedTuple):
    """2^(j / PARTS) for j = 0 ... PARTS - 1 as pairs, and 2^(i - DEEPEST) for i = 0 ... DEEPEST."""

    roots: Array
    scales: Array


@inlined
def reduced(x: float, x_lo: float) -> tuple[float, float, float]:
    """x + x_lo = k STEP + r: the whole number k, and r as a pair, |r| < 2^-14.5, within 1.1 2^-97.

    x in [-750, 750]. The first fma is exact: x - k STEP is a multiple of 2^-67 below 2^-14.
    """
    k = np.rint(x * INVERSE)
    r, rest = two_sum(fma(-k, STEP, x), x_lo)
    r, rest = two_sum(r, fma(-k, STEP_END, fma(-k, STEP_LO, rest)))
    return k, r, rest


@inlined
def series(r: float, r_lo: float) -> Pair:
    """exp(r) - 1 for |r| < 2^-14.5: within 2.4 2^-97, and 2^-81 of itself."""
    h, error = two_product(r, 0.5 * r)
    g = r * (1 / 3 + r * (1 / 12 + r * (1 / 60 + r * (1 / 360))))
    s, rest = quick_sum(r, h)
    return quick_sum(s, rest + (r_lo + fma(h, g, fma(r, r_lo, error))))


@inlined
def power(x: float, x_lo: float, table: Table) -> tuple[float, float, int]:
    """exp(x + x_lo) as (y + y_lo) 2^octave, y in [0.99, 2.01], within EXP_ERROR of itself.

    x in [-750, 750]; x_lo at most a unit roundoff of it.
    """
    parts, r, r_lo = reduced(x, x_lo)
    p, p_lo = series(r, r_lo)
    k = int(parts)
    place = k & (PARTS - 1)
    y, y_lo = grown(table.roots[place, 0], table.roots[place, 1], p, p_lo)
    return y, y_lo, k >> BITS


@inlined
def grown(t: float, t_lo: float, p: float, p_lo: float) -> Pair:
    """(t + t_lo) (1 + p + p_lo)."""
    q, error = two_product(t, p)
    y, rest = quick_sum(t, q)
    return quick_sum(y, rest + (t_lo + (error + fma(t, p_lo, t_lo * p))))


@inlined
def log1p(x: float, x_lo: float, table: Table) -> tuple[float, float, float]:
    """log(1 + x + x_lo) for x >= 0 as a pair, and its radius.

    With any y and w = exp(-y) - 1: log(1 + x) = y + log(1 + z), z = x + w + x w, and no digits
    cancel that count. y comes from the C library, whose accuracy is checked: z must be small.
    """
    y = math.log1p(x)
    k, r, r_lo = reduced(-y, 0.0)
    w, w_lo = series(r, r_lo)
    if k != 0:
        e, e_lo, octave = power(-y, 0.0, table)
        scale = table.scales[octave + DEEPEST]
        w, w_lo = plus(e * scale, e_lo * scale, -1.0, 0.0)
    s, s_lo = plus(x, x_lo, w, w_lo)
    c, c_lo = times(x, x_lo, w, w_lo)
    z, z_lo = plus(s, s_lo, c, c_lo)
    value, rest = quick_sum(y, z + (z_lo - 0.5 * z * z))
    checked = abs(z) <= NEAR * min(y, 1.0)
    radius = (LOG_ERROR * y + 20 * SQUARE * x) * ABOVE + 8 * SMALLEST
    return value, rest, radius if checked else np.inf


@kernel
def logsumexp_rows(x: Array, table: Table, sums: Array) -> None:
    """log sum_i exp(x_i) of rows x (R, n), and means weighted by their softmax.

    Writes sums (10, R): hi, lo, radius; the same of log sum_i exp(x_i - max x); the ends of the
    mean of the distances max x - x_i; the ends of the mean of |x_i| / 4.
    """
    rows, n = x.shape
    error = EXP_ERROR + (n * n + 8) * SQUARE
    for row in range(rows):
        first = x[row].argmax()
        top = x[row, first]
        total, rest, mean, wide = 0.0, 0.0, 0.0, 0.0
        size = 0.25 * abs(top)
        for i in range(n):
            if i == first:
                continue
            head, tail = two_sum(x[row, i], -top)
            wide = max(wide, -head)
            if not head >= LOWEST:
                continue
            y, y_lo, octave = power(head, tail, table)
            scale = table.scales[octave + DEEPEST]
            total, lost = two_sum(total, y * scale)
            rest += lost + y_lo * scale
            mean -= y * scale * head
            size += y * scale * (0.25 * abs(x[row, i]))
        total, rest = quick_sum(total, rest)
        hi, lo, radius = log1p(total, rest, table)
        radius += hi * error * ABOVE + (2 * n * SMALLEST if wide > FAR else 0.0)
        sums[3, row], sums[4, row], sums[5, row] = hi, lo, radius
        hi, lo = plus(top, 0.0, hi, lo)
        sums[0, row], sums[1, row], sums[2, row] = hi, lo, radius + 4 * SQUARE * abs(hi)
        sums[6, row], sums[7, row] = mean_ends(mean / (1 + total), wide, wide, n)
        size = size / (1 + total)
        sums[8, row], sums[9, row] = mean_ends(size, max(wide, abs(top)), wide, n)
        if wide > FAR:  # |x_i| is at most the distance and |top|
            sums[9, row] += n * FAINT * (0.25 * abs(top))


@kernel
def log_softmax_rows(x: Array, sums: Array, size: Array, parts: Array) -> None:
    """x_i - logsumexp(x) of rows x (R, n), divided by powers of two `size` (R,), at most 16.

    `sums` as `logsumexp_rows` writes it. Writes parts (5, R, n): hi, lo, radius, the ends of the
    distances max x - x_i, which are not divided. Where `size` is 1 no entry is beyond 2^1000.
    """
    rows, n = x.shape
    for row in range(rows):
        top, hi, lo, radius = x[row].max(), sums[3, row], sums[4, row], sums[5, row]
        factor = 1.0 / size[row]
        for i in range(n):
            head, tail, parts[3, row, i], parts[4, row, i] = distance(x[row, i], top)
            if size[row] > 1:
                head, tail = two_sum(x[row, i] * factor, -top * factor)
            y, y_lo = plus(head, tail, -hi * factor, -lo * factor)
            parts[0, row, i], parts[1, row, i] = y, y_lo
            floor = 0.0 if factor == 1 else 4 * SMALLEST
            parts[2, row, i] = (radius * factor - 4 * SQUARE * y) * ABOVE + floor


@inlined
def distance(x: float, top: float) -> tuple[float, float, float, float]:
    """x - top <= 0 as a pair, and the ends of its absolute value."""
    head, tail = two_sum(x, -top)
    slack = -head * 2.0**-52 if tail != 0 else 0.0
    if head >= -LARGEST:
        return head, tail, -head - slack, -head + slack
    return -np.inf, 0.0, LARGEST, np.inf


@inlined
def mean_ends(mean: float, largest: float, wide: float, n: int) -> Pair:
    """The ends of a weighted mean of n numbers of which one is `largest`, none negative.

    n + 6 roundings, 3 of them in each term. Exponentials of distances as far as `wide` underflow,
    and so do products and quotients of small numbers.
    """
    slack = mean * ((n + 8) * UNIT)
    if wide > FAR or (largest > 0 and mean < SAFE):
        slack += n * FAINT
    return max(mean - slack, 0.0), mean + slack


def _pieces(ball: arb, count: int) -> tuple[float, ...]:
    """A ball as a sum of float64 numbers."""
    found = []
    for _ in range(count):
        found.append(float(ball))
        ball = ball - found[-1]
    return tuple(found)


def _made() -> tuple[tuple[float, ...], float, Table]:
    """The step log 2 / PARTS in three parts, its inverse, and the table."""
    saved, ctx.prec = ctx.prec, 256
    try:
        step = arb(2).log() / PARTS
        coarse, fine = (
            np.array([_pieces((step * (j * stride)).exp(), 2) for j in range(count)])
            for stride, count in ((FINE, PARTS // FINE), (1, FINE))
        )
        roots = np.empty((PARTS, 2))
        _multiplied(coarse, fine, roots)
        scales = np.ldexp(1.0, np.arange(-DEEPEST, 1))
        return _pieces(step, 3), float(1 / step), Table(roots, scales)
    finally:
        ctx.prec = saved


@kernel
def _multiplied(coarse: Array, fine: Array, products: Array) -> None:
    """The products of all pairs, each within 7.1 u^2 of the numbers that they stand for."""
    for i in range(len(coarse)):
        for j in range(len(fine)):
            hi, lo = times(coarse[i, 0], coarse[i, 1], fine[j, 0], fine[j, 1])
            products[i * len(fine) + j, 0], products[i * len(fine) + j, 1] = hi, lo


(STEP, STEP_LO, STEP_END), INVERSE, TABLE = _made()

"""Unit vectors of twice the precision from a turned basis, for kernels; vectors lie in rows."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from references.compiled import fma, part, two_sum
from references.eigen_turn import Room
from references.members import UNIT, UP
from references.turned import TINY, frobenius, multiply, rounding, transpose

Array = NDArray[np.float64]


@part
def columns_of(x: Array, s: Room) -> None:
    """X W into s.y + s.low, and how far each column of it may be off into s.wide.

    What Z adds to a column that is turned by itself is small; of a chain, sums carry their errors.
    """
    n = len(x)
    longest = frobenius(x, s.wide)
    alone = rounding(n) * longest * frobenius(s.z, s.wide) * UP + TINY
    multiply(s.z, x, s.low)
    for j in range(n):
        s.wide[j] = alone
        for i in range(n):
            s.y[j, i], s.low[j, i] = two_sum(x[j, i], s.low[j, i])
        if s.ends[1, j] - s.ends[0, j] > 1:
            s.wide[j] = turned_column(x, s.w[j], s.y[j], s.low[j], s.sums)


@part
def turned_column(x: Array, w: Array, hi: Array, lo: Array, sums: Array) -> float:
    """X w as hi + lo, and how far that may be off."""
    n = len(x)
    head, low, steps = sums[0], sums[1], sums[2]
    sums[:] = 0.0
    for k in range(n):
        z = w[k]
        for i in range(n):
            p = x[k, i] * z
            total, error = two_sum(head[i], p)
            head[i] = total
            c = low[i] + (error + fma(x[k, i], z, -p))
            low[i] = c
            steps[i] += abs(c)
    wrong = 0.0
    for i in range(n):
        wrong += 3 * UNIT * (steps[i] + abs(low[i]))
        hi[i], lo[i] = two_sum(head[i], low[i])
    return wrong * UP + TINY


@part
def normalise(s: Room) -> None:
    """Make the rows s.y + s.low unit vectors; what they may be off by is added up in s.wide.

    Squares are summed with their errors, over the columns of all vectors at once.
    """
    n = len(s.y)
    excess, low, steps, cross = s.sums[0], s.sums[1], s.sums[2], s.theta
    s.sums[:] = 0.0
    for j in range(n):
        excess[j], cross[j] = -1.0, 0.0
    transpose(s.y, s.f)
    transpose(s.low, s.new)
    for i in range(n):
        for j in range(n):
            x = s.f[i, j]
            p = x * x
            total, error = two_sum(excess[j], p)
            excess[j] = total
            c = low[j] + (error + fma(x, x, -p))
            low[j] = c
            steps[j] += abs(c)
            cross[j] += x * s.new[i, j]
    tail = frobenius(s.low, s.of_low) * UP
    for j in range(n):
        longer = excess[j] + (low[j] + 2 * cross[j])
        usable = abs(longer) < 0.25
        root = math.sqrt(1 + longer) if usable else 1.0
        factor = -longer / (root * (1 + root))
        for i in range(n):
            rest = s.low[j, i] + factor * (s.y[j, i] + s.low[j, i])
            s.y[j, i], s.low[j, i] = two_sum(s.y[j, i], rest)
        wrong = 3 * UNIT * (steps[j] + abs(low[j])) + 12 * UNIT * abs(longer)
        wrong += 4 * rounding(n) * tail + tail * tail + 1.5 * s.wide[j]
        s.wide[j] = wrong * UP + TINY if usable else np.inf

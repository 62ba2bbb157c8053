"""Running logsumexps and weighted sums of log-probabilities of long rows: kernels over pairs.

As references/long_rows.py, with the exponentials and logarithms of references/exponentials.py.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from references.compiled import kernel, plus, times, two_sum
from references.exponentials import (
    DEEPEST,
    EXP_ERROR,
    FAR,
    LOWEST,
    SMALLEST,
    SQUARE,
    TABLE,
    Table,
    log1p,
    power,
)
from references.long_rows import ABOVE

Array = NDArray[np.float64]


@kernel
def _running(x: Array, table: Table, found: Array) -> None:
    """log sum_(j <= i) exp(x_j) of rows x (R, n): found (3, R, n), hi, lo, radius.

    The sum is kept over the exponential of the largest entry so far. Each step multiplies it by an
    exponential or adds one, EXP_ERROR and 8 u^2 of it at most.
    """
    for row in range(len(x)):
        top, total, rest, wide = x[row, 0], 1.0, 0.0, 0.0
        for i in range(x.shape[1]):
            if i == 0:  # exactly
                found[0, row, i], found[1, row, i], found[2, row, i] = top, 0.0, 0.0
                continue
            above = x[row, i] > top
            head, tail = two_sum(x[row, i], -top)
            if above:
                head, tail = two_sum(top, -x[row, i])
                top = x[row, i]
            wide = max(wide, -head)
            y, y_lo = 0.0, 0.0
            if head >= LOWEST:
                y, y_lo, octave = power(head, tail, table)
                scale = table.scales[octave + DEEPEST]
                y, y_lo = y * scale, y_lo * scale
            if above:
                y, y_lo, total, rest = *times(total, rest, y, y_lo), 1.0, 0.0
            total, rest = plus(total, rest, y, y_lo)
            excess, excess_lo = plus(total, rest, -1.0, 0.0)
            hi, lo, radius = log1p(max(excess, 0.0), excess_lo if excess > 0 else 0.0, table)
            radius += (i + 2) * (EXP_ERROR + 8 * SQUARE) * ABOVE
            radius += (2 * i * SMALLEST) if wide > FAR else 0.0
            hi, lo = plus(top, 0.0, hi, lo)
            found[0, row, i], found[1, row, i] = hi, lo
            found[2, row, i] = radius + 4 * SQUARE * abs(hi)


def running_logsumexp(x: Array) -> Array:
    """Of rows x (R, n) hi, lo and radius (3, R, n)."""
    found = np.empty((3, *x.shape))
    _running(np.ascontiguousarray(x), TABLE, found)
    return found


@kernel
def weighted(weights: Array, hi: Array, lo: Array, radius: Array, found: Array) -> None:
    """Sums of weights times pairs, none of the products negative: rows (R, n) to found (3, R)."""
    for row in range(len(hi)):
        total, rest, wide = 0.0, 0.0, 0.0
        for i in range(hi.shape[1]):
            p, p_lo = times(hi[row, i], lo[row, i], weights[row, i], 0.0)
            total, rest = plus(total, rest, p, p_lo)
            wide += weights[row, i] * radius[row, i] + (SMALLEST if p != 0 else 0.0)
        n = hi.shape[1]
        found[0, row], found[1, row] = total, rest
        found[2, row] = ((3 * n + 8) * SQUARE * abs(total) + wide) * ABOVE

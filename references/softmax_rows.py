"""The softmax of rows: short loops over a row, of which processors take several entries at a time.

docs/references.md adds the errors up.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from references.compiled import in_place, kernel, over, quick_sum, times, two_sum
from references.exponentials import (
    ABOVE,
    BELOW,
    BITS,
    DEEPEST,
    EXP_ERROR,
    FAINT,
    FAR,
    LOWEST,
    PARTS,
    SAFE,
    SMALLEST,
    SQUARE,
    UNIT,
    Table,
    distance,
    grown,
    mean_ends,
    reduced,
    series,
)

Array = NDArray[np.float64]


@kernel
def softmax_rows(x: Array, table: Table, parts: Array, sums: Array) -> None:
    """The softmax of rows x (R, n), their spreads, and sums over a row, without exponents.

    Writes parts (5, R, n): hi, lo, radius, the ends of the spreads, half the sum of max x - x_i and
    of the mean of these distances weighted by the answer; sums (4, R): the ends of that mean and of
    a quarter of the largest condition of an entry, (1 - s_i) |x_i| + sum_(j != i) s_j |x_j|.
    """
    rows, n = x.shape
    powers, heads, tails = np.empty((5, n)), np.empty(n), np.empty(n)
    for row in range(rows):
        near, far = parts[3, row], parts[4, row]
        top = x[row].max()
        for i in range(n):
            heads[i], tails[i], near[i], far[i] = distance(x[row, i], top)
        exponentials(heads, tails, table, powers)
        hi, lo, radius = parts[0, row], parts[1, row], parts[2, row]
        divided(x[row], top, heads, tails, powers, hi, lo, radius, sums[:, row])
        spreads(x[row], top, sums[0, row], sums[1, row], near, far)


@in_place
def exponentials(heads: Array, tails: Array, table: Table, powers: Array) -> None:
    """exp of pairs (n,) as (y + y_lo) scale, in three rows of `powers` (5, n); 0 below LOWEST.

    The table has a loop of its own, which no processor takes several entries of at a time.
    """
    y, y_lo, scale, t, t_lo = powers[0], powers[1], powers[2], powers[3], powers[4]
    for i in range(len(heads)):
        known = heads[i] >= LOWEST
        scale[i], r, r_lo = reduced(heads[i] if known else 0.0, tails[i] if known else 0.0)
        y[i], y_lo[i] = series(r, r_lo)
    for i in range(len(heads)):
        k = int(scale[i])
        place = k & (PARTS - 1)
        t[i], t_lo[i] = table.roots[place, 0], table.roots[place, 1]
        scale[i] = table.scales[(k >> BITS) + DEEPEST]
    for i in range(len(heads)):
        head, tail = grown(t[i], t_lo[i], y[i], y_lo[i])
        known = heads[i] >= LOWEST
        y[i], y_lo[i] = head if known else 0.0, tail if known else 0.0
        scale[i] = scale[i] if known else 0.0


@in_place
def divided(
    x: Array,
    top: float,
    heads: Array,
    work: Array,
    powers: Array,
    hi: Array,
    lo: Array,
    radius: Array,
    sums: Array,
) -> None:
    """Divide the exponentials of a row by their sum, and write the four sums over it."""
    n, y, y_lo, scale = len(x), powers[0], powers[1], powers[2]
    for i in range(n):
        hi[i], lo[i] = y[i] * scale[i], y_lo[i] * scale[i]
        radius[i] = hi[i] * (0.25 * abs(x[i]))
        work[i] = hi[i] * heads[i] if heads[i] >= LOWEST else 0.0
    total, rest, mean, size, wide = 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(n):
        total, lost = two_sum(total, hi[i])
        rest += lost + lo[i]
        mean -= work[i]
        size += radius[i]
        wide = max(wide, -heads[i])
    total, rest = quick_sum(total, rest)
    inverse, inverse_lo = over(1.0, 0.0, total, rest)
    error = 2 * EXP_ERROR + (n * n + 32) * SQUARE
    for i in range(n):
        head, tail = times(y[i], y_lo[i], inverse, inverse_lo)
        hi[i], lo[i] = head * scale[i], tail * scale[i]
        radius[i] = hi[i] * error + (0.0 if hi[i] >= SAFE else 2 * SMALLEST)
    most, widest = -np.inf, 0.0
    for i in range(n):
        most = max(most, 0.25 * abs(x[i]) * (1 - 2 * hi[i]))
        widest = max(widest, abs(x[i]))
    sums[0], sums[1] = mean_ends(mean / total, wide, wide, n)
    size = size / total
    if not size < np.inf:  # four large entries or more overflow before they are divided
        size = 0.0
        for i in range(n):
            size += hi[i] * (0.25 * abs(x[i]))
    slack = (size + 0.25 * widest) * ((n + 12) * UNIT)
    if wide > FAR or 0 < widest < SAFE:  # |x_i| is at most the distance and |top|
        slack += n * FAINT * (1 + 0.25 * abs(top))
    sums[2], sums[3] = max(size + most - slack, 0.0), size + most + slack


@in_place
def spreads(x: Array, top: float, least: float, greatest: float, near: Array, far: Array) -> None:
    """Turn the ends of the distances of a row into those of its spreads.

    A sum rounds once, and halves of subnormal numbers do.
    """
    for i in range(len(x)):
        low, high = 0.5 * near[i], 0.5 * far[i]
        beyond = not high < np.inf  # half of a distance beyond the largest number
        low = 0.5 * top - 0.5 * x[i] if beyond else low
        high = low if beyond else high
        near[i] = max((low + 0.5 * least) * BELOW - 2 * SMALLEST, 0.0)
        far[i] = (high + 0.5 * greatest) * ABOVE + 2 * SMALLEST

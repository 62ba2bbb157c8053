"""A certificate of Cholesky factors, by compiled kernels: pairs, in the metric of the diagonal.

B = L L^T + D with L from pairs is L (I + S) L^T, S = L^-1 D L^-T, so B is positive definite where
the norm of S is below 1, and its factor is L times one near I. docs/references.md has the radii.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from references.compiled import Pair, fma, inlined, kernel, over, part, plus, quick_sum, times
from references.exponentials import TABLE, Table
from references.logarithms import LOG_2, log_pair, normal
from references.members import UNIT, UP

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

STEP = 13 * UNIT * UNIT  # the relative error of an operation on pairs, the quotient's being largest
GRAM = 4 * UNIT * UNIT  # of adding a product of two numbers to a sum
LOST = 2.0**-800  # more than underflow can take from an entry of L L^T, pivots being above LOWEST
LOWEST = 2.0**-400
LARGEST = 2.0**100  # of x: LOST covers what scaling to subnormal numbers takes from x^T B x
SMALL = 2.0**-20  # largest norm of S that is worked with
OPEN, PROVED, REFUTED = 0, 1, 2


class Factored(NamedTuple):
    """What a kernel knows of B = diag(2^-powers) A diag(2^-powers), (B, n, n), by members.

    `state`: PROVED that B is positive definite with L within `radius` (B, n), row by row, of the
    pair hi + lo (B, n, n); REFUTED; or OPEN. `log`, `log_lo`: log det A within `log_radius`.
    Float64 sums over X = L^-1, each a relative `slack` off: `spread`, the square of the length of
    |X| d, d the roots of the diagonal; `trace`, the sum of (x_ij d_j)^2; `inverse`, that of
    (x_ij 2^-powers_j)^2 with the least of powers taken out. `logs`: 2 sum |log l_ii| of A.
    """

    hi: Array
    lo: Array
    radius: Array
    state: Integers
    spread: Array
    trace: Array
    inverse: Array
    slack: Array
    log: Array
    log_lo: Array
    log_radius: Array
    logs: Array

    @staticmethod
    def of(count: int, n: int) -> Factored:
        """Room for `count` members of n rows."""
        pairs, numbers = np.zeros((2, count, n, n)), np.zeros((8, count))
        return Factored(*pairs, np.full((count, n), np.inf), np.zeros(count, np.int64), *numbers)  # type: ignore[call-arg]


@inlined
def root(x: float, x_lo: float) -> Pair:
    """The root of a pair, within 25/8 u^2 of itself (Lefevre, Louvet, Muller and others 2023)."""
    s = math.sqrt(x)
    return quick_sum(s, (fma(-s, s, x) + x_lo) / (2 * s))


@part
def load_lower(a: Array, powers: Integers, hi: Array, lo: Array) -> None:
    """The lower triangle of B, transposed, as pairs."""
    n = len(a)
    for j in range(n):
        for i in range(j, n):
            hi[j, i], lo[j, i] = math.ldexp(a[i, j], -powers[i] - powers[j]), 0.0


@part
def load_gram(a: Array, powers: Integers, columns: Array, hi: Array, lo: Array) -> None:
    """The lower triangle of A^T A for the columns of A (m, n) times 2^-powers, as pairs."""
    m, n = a.shape
    for j in range(n):
        for i in range(m):
            columns[i, j] = math.ldexp(a[i, j], -powers[j])
    hi[:] = 0.0
    lo[:] = 0.0
    for k in range(m):
        for j in range(n):
            x = columns[k, j]
            for i in range(j, n):
                p = x * columns[k, i]
                hi[j, i], lo[j, i] = plus(hi[j, i], lo[j, i], p, fma(x, columns[k, i], -p))


@part
def factor_pairs(hi: Array, lo: Array) -> int:
    """L in place of B, columns in rows; the column whose pivot is not positive, or n."""
    n = len(hi)
    for k in range(n):
        if not hi[k, k] >= LOWEST:
            return k
        pivot, pivot_lo = root(hi[k, k], lo[k, k])
        hi[k, k], lo[k, k] = pivot, pivot_lo
        for i in range(k + 1, n):
            hi[k, i], lo[k, i] = over(hi[k, i], lo[k, i], pivot, pivot_lo)
        for j in range(k + 1, n):
            u, u_lo = hi[k, j], lo[k, j]
            for i in range(j, n):
                t, t_lo = times(hi[k, i], lo[k, i], u, u_lo)
                hi[j, i], lo[j, i] = plus(hi[j, i], lo[j, i], -t, -t_lo)
    return n


@part
def indefinite(hi: Array, given: Array, k: int, x: Array) -> bool:
    """Whether x^T B x is proved negative for the x of pivot k: L^T x = a multiple of e_k.

    `given` is the lower triangle of B, transposed; `hi` holds the first k columns of L.
    """
    x[k] = 1.0
    for j in range(k - 1, -1, -1):
        total = 0.0
        for i in range(j + 1, k + 1):
            total += hi[j, i] * x[i]
        x[j] = -total / hi[j, j]
        if not abs(x[j]) < LARGEST:
            return False
    value, size = 0.0, 0.0
    for j in range(k + 1):
        for i in range(j, k + 1):
            term = x[i] * given[j, i] * x[j] * (1.0 if i == j else 2.0)
            value += term
            size += abs(term)
    return value + 2 * (k + 3) * (k + 3) * UNIT * size + LOST < 0


@part
def invert(hi: Array, inverse: Array) -> None:
    """X near L^-1, row by row: X L = I."""
    n = len(hi)
    for i in range(n):
        inverse[i, i] = 1.0 / hi[i, i]
        for j in range(i - 1, -1, -1):
            total = 0.0
            for k in range(j + 1, i + 1):
                total += inverse[i, k] * hi[j, k]
            inverse[i, j] = -total / hi[j, j]


@part
def sums(inverse: Array, lengths: Array, powers: Integers) -> tuple[float, float, float, float]:
    """Of X: the sum of squares, then `spread`, `trace` and `inverse` as `Factored` has them."""
    squares, spread, trace, unscaled = 0.0, 0.0, 0.0, 0.0
    least = powers.min()
    for i in range(len(inverse)):
        row = 0.0
        for j in range(i + 1):
            x = inverse[i, j]
            squares += x * x
            row += abs(x) * lengths[j]
            trace += (x * lengths[j]) ** 2
            unscaled += math.ldexp(x, max(least - powers[j], -500)) ** 2
        spread += row * row
    return squares, spread, trace, unscaled


@part
def record(
    hi: Array,
    lo: Array,
    lengths: Array,
    powers: Integers,
    skew: float,
    table: Table,
    found: Factored,
    b: int,
) -> None:
    """The factor of member b with its radius, and the logarithm of its determinant."""
    n = len(hi)
    value, rest, power, logs = 1.0, 0.0, 0, 0.0
    for i in range(n):
        for j in range(i + 1):
            found.hi[b, i, j], found.lo[b, i, j] = hi[j, i], lo[j, i]
        found.radius[b, i] = 1.01 * lengths[i] * skew
        value, rest = times(value, rest, hi[i, i], lo[i, i])
        value, rest, exponent = normal(value, rest)
        power += exponent + powers[i]
        logs += 2 * abs(math.log(hi[i, i]) + powers[i] * LOG_2)
    head, tail, wide = log_pair(value, rest, power, table)
    found.log[b], found.log_lo[b], found.logs[b] = 2 * head, 2 * tail, logs
    product = 12 * n * UNIT * UNIT if n > 1 else 0.0
    found.log_radius[b] = (2 * wide + product + 1.01 * math.sqrt(n) * skew) * UP


@kernel
def factor_members(
    a: Array, powers: Integers, finite: Flags, gram: bool, table: Table, found: Factored
) -> None:
    """Cholesky factors of the lower triangles of A (B, n, n), or, if `gram`, of A^T A.

    A (B, m, n) then. `powers` (B, n) bring the diagonal of B near 1. See `Factored`.
    """
    m, n = a.shape[1:]
    given, inverse, columns = np.empty((n, n)), np.empty((n, n)), np.empty((m, n))
    hi, lo, x, lengths = np.zeros((n, n)), np.zeros((n, n)), np.empty(n), np.empty(n)
    for b in range(len(a)):
        if not finite[b]:
            continue
        if gram:
            load_gram(a[b], powers[b], columns, hi, lo)
        else:
            load_lower(a[b], powers[b], hi, lo)
        size = 0.0
        for i in range(n):
            size += hi[i, i]
            lengths[i] = math.sqrt(max(hi[i, i], 0.0))
            for j in range(n):
                given[i, j] = hi[i, j]
        k = factor_pairs(hi, lo)
        if k < n:
            found.state[b] = REFUTED if not gram and indefinite(hi, given, k, x) else OPEN
            continue
        invert(hi, inverse)
        squares, spread, trace, unscaled = sums(inverse, lengths, powers[b])
        slack = 3 * (n + 1) * UNIT * math.sqrt(size * squares) * UP
        if not slack < 0.25:
            continue
        reach = squares / (1 - slack) ** 2 * UP
        units = (n + 1) * STEP + (m * GRAM if gram else 0.0)
        skew = reach * (units * size + n * LOST) * UP
        if not skew <= SMALL:
            continue
        found.state[b], found.slack[b] = PROVED, 4 * (slack + skew)
        found.spread[b], found.trace[b], found.inverse[b] = spread, trace, unscaled
        record(hi, lo, lengths, powers[b], skew, table, found, b)


def factored(a: Array, powers: Integers, finite: Flags, *, gram: bool = False) -> Factored:
    """What the certificate proves of a stack (B, n, n), or (B, m, n) if `gram`."""
    found = Factored.of(len(a), a.shape[2])
    factor_members(np.ascontiguousarray(a, np.float64), powers, finite, gram, TABLE, found)
    return found

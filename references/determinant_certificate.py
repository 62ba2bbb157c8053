"""A certificate of determinants, by compiled kernels: pivots of twice the precision.

With P A = L U + D, L and U from elimination in pairs, det(L U) = det(P A) det(I - A^-1 P^T D); no
eigenvalue of A^-1 P^T D exceeds its norm, which an approximate inverse bounds. docs/references.md
derives the radius.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from references.compiled import kernel, over, part, plus, times
from references.exponentials import TABLE, Table
from references.logarithms import log_pair, normal
from references.magnification import inverse_norm, traces, unscaled
from references.members import UNIT, UP
from references.regular import USABLE, Facts, Scratch, scratch, study

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

STEP = 13 * UNIT * UNIT  # the relative error of an operation on pairs, the quotient's being largest
LOST = 2.0**-800  # more than underflow can take from an entry of L U, pivots being above LOWEST
LOWEST = 2.0**-200
WIDEST = 2.0**60  # row sums of |L||U|
ACCEPTED = 2.0**-60  # radius over value and condition
SMALL = 2.0**-8  # largest relative radius that is worked with


class Found(NamedTuple):
    """What a kernel knows of determinants (B,); `radius` is infinite where it has proved nothing.

    |det A| is within `radius` of (hi + lo) 2^exponent, hi in [1/2, 1]; its logarithm within
    `log_radius` of log + log_lo; `sign` is that of det A. `norm` bounds || I - R E || for
    E = A 2^-columns. With X = |R| |E| and Y = |R| P^T |L||U|, P E = L U: `trace_x`, `trace_y`;
    `peaks_x`, `peaks_y`, the sums over columns of the largest entry; `rows_y`, the infinity norm.
    Of A divided by the power of two of its largest entry: the ends `least`, `most` of the norm of
    its inverse and `size`, that of |L||U|. `logs`: the sum of |log |u_ii|| of A. `inverse` and
    `whole`: the norms of E^-1, from above, and of |L||U|. All float64 sums.
    """

    hi: Array
    lo: Array
    radius: Array
    log: Array
    log_lo: Array
    log_radius: Array
    sign: Array
    norm: Array
    trace_x: Array
    peaks_x: Array
    trace_y: Array
    peaks_y: Array
    rows_y: Array
    least: Array
    most: Array
    size: Array
    logs: Array
    inverse: Array
    whole: Array
    exponent: Integers

    @staticmethod
    def of(count: int) -> Found:
        """Room for `count` members."""
        return Found._make([*np.zeros((19, count)), np.zeros(count, np.int64)])


@part
def factor_pairs(across: Array, order: Integers, hi: Array, lo: Array) -> bool:
    """P A = L U + D in pairs, laid out as in references/elimination.py; whether it went well."""
    n = len(across)
    for j in range(n):
        for i in range(n):
            hi[j, i], lo[j, i] = across[j, order[i]], 0.0
    for k in range(n):
        pivot, pivot_lo = hi[k, k], lo[k, k]
        if not abs(pivot) >= LOWEST:
            return False
        for i in range(k + 1, n):
            hi[k, i], lo[k, i] = over(hi[k, i], lo[k, i], pivot, pivot_lo)
        for j in range(k + 1, n):
            u, u_lo = hi[j, k], lo[j, k]
            for i in range(k + 1, n):
                t, t_lo = times(hi[k, i], lo[k, i], u, u_lo)
                hi[j, i], lo[j, i] = plus(hi[j, i], lo[j, i], -t, -t_lo)
    return True


@part
def defect(s: Scratch, norm: float, factors: Array) -> float:
    """An upper bound of || A^-1 P^T D || in the infinity norm for the factors of `factor_pairs`."""
    n = len(factors)
    sums, weights, reach = s.sums, s.weights, s.tail
    sums[:] = 0.0
    for j in range(n):
        for k in range(j + 1):
            sums[k] += abs(factors[j, k])
    for i in range(n):
        weights[i] = sums[i]
    for k in range(n):
        for i in range(k + 1, n):
            weights[i] += abs(factors[k, i]) * sums[k]
    reach[:] = 0.0
    for i in range(n):
        if not weights[i] < WIDEST:
            return np.inf
        weight = n * STEP * UP * weights[i] + n * LOST
        for k in range(n):
            reach[k] += abs(s.inverse[s.order[i], k]) * weight
    return reach.max() * UP / (1 - norm)


@part
def odd(order: Integers) -> bool:
    """Whether a permutation is odd."""
    inversions = 0
    for i in range(len(order)):
        for j in range(i):
            inversions += order[j] > order[i]
    return inversions % 2 == 1


@kernel
def determinants(
    even: Array,
    columns: Integers,
    powers: Integers,
    finite: Flags,
    table: Table,
    facts: Facts,
    found: Found,
) -> None:
    """Determinants and logarithms of E 2^columns 2^powers where `finite` (B,); see `Found`.

    E (B, n, n), columns (B, n), powers (B,). `facts` is room for those of one member.
    """
    n = even.shape[1]
    s, product = scratch(n), np.empty((n, n))
    hi, lo = np.empty((n, n)), np.empty((n, n))
    for i in range(len(even)):
        found.radius[i], found.log_radius[i], found.norm[i] = np.inf, np.inf, np.inf
        found.logs[i], found.size[i] = np.inf, np.inf
        if not finite[i]:
            continue
        study(even[i], False, s, facts, 0)  # noqa: FBT003
        scale, norm = facts.scale[0], facts.norm[0]
        found.logs[i], found.size[i], found.whole[i] = unscaled(
            s.factors, s.order, columns[i], scale, product, s.sums
        )
        if not norm < USABLE:
            continue
        found.norm[i] = norm
        found.trace_x[i], found.peaks_x[i], _ = traces(s.inverse, s.across, s.sums, s.tail)
        found.trace_y[i], found.peaks_y[i], found.rows_y[i] = traces(
            s.inverse, product, s.sums, s.tail
        )
        found.least[i], found.most[i], found.inverse[i] = inverse_norm(
            s.inverse, norm / (1 - norm), columns[i], scale, s.sums
        )
        if not factor_pairs(s.across, s.order, hi, lo):
            continue
        largest = defect(s, norm, hi)
        if not largest < SMALL:
            continue
        share = (n * largest / (1 - largest) + 6 * n * UNIT * UNIT) * UP if n > 1 else 0.0
        if not share <= min(ACCEPTED * found.trace_x[i], SMALL):
            continue
        value, rest, power = 1.0, 0.0, powers[i] + columns[i].sum() + n * scale
        for k in range(n):
            value, rest = times(value, rest, hi[k, k], lo[k, k])
            value, rest, exponent = normal(value, rest)
            power += exponent
        found.sign[i] = -1.0 if (value < 0) != odd(s.order) else 1.0
        if value < 0:
            value, rest = -value, -rest
        found.hi[i], found.lo[i], found.exponent[i] = value, rest, power
        found.radius[i] = share * (1 + share) * UP
        found.log[i], found.log_lo[i], wide = log_pair(value, rest, power, table)
        found.log_radius[i] = (wide + share) * UP


def certified(
    even: Array, columns: Integers, finite: Flags, powers: Integers | None = None
) -> Found:
    """What the certificate proves of stacks E 2^columns 2^powers: (B, n, n), (B, n), (B,)."""
    found = Found.of(len(even))
    powers = np.zeros(len(even), np.int64) if powers is None else powers
    determinants(np.ascontiguousarray(even), columns, powers, finite, TABLE, Facts.of(1), found)
    return found

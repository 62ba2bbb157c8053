"""Sums, products and sums of squares of long rows: kernels that accumulate pairs.

Balls and products of matrices take every entry in Python, which rows of up to 10^7 entries cannot
wait for. Here a row is one loop over pairs (references/compiled.py), whose error is a sum of what
its operations state: 3 u^2 of each partial sum, 5 u^2 of each product. Nothing is claimed of what
leaves the range; callers bring rows near 1 by powers of two first.
"""

from __future__ import annotations

import math

import numpy as np
from flint import arb
from numpy.typing import NDArray

from references.compiled import kernel, plus, times
from references.compiled import over as quotient
from references.interval import Interval
from references.norms import clipped

Array = NDArray[np.float64]
LONG = 4096  # entries; longer rows are summed up here
UNIT = 2.0**-53
SQUARE = UNIT**2
ABOVE = 1 + 2.0**-26  # covers the rounding of 10^8 additions of numbers of one sign
FLOOR = 2.0**-1020  # more than a product of pairs loses to underflow
FAINT = 2.0**-1070  # more than the four roundings of a quotient lose, over a half at least
FAR = 2.0**900  # running products beyond it, or below its inverse, are not told


@kernel
def sums(x: Array, found: Array) -> None:
    """Sums of rows x (R, n) into found (3, R): hi, lo, radius."""
    for row in range(len(x)):
        hi, lo, partial = 0.0, 0.0, 0.0
        for entry in x[row]:
            hi, lo = plus(hi, lo, entry, 0.0)
            partial += abs(hi)
        found[0, row], found[1, row] = hi, lo
        found[2, row] = 3 * SQUARE * ABOVE * partial


@kernel
def running_sums(x: Array, without: bool, found: Array) -> None:
    """Sums of all entries up to each, or before it, of rows x (R, n): found (3, R, n)."""
    for row in range(len(x)):
        hi, lo, partial = 0.0, 0.0, 0.0
        for i in range(x.shape[1]):
            given = x[row, i - 1] if i > 0 else 0.0
            entry = given if without else x[row, i]
            hi, lo = plus(hi, lo, entry, 0.0)
            partial += abs(hi)
            found[0, row, i], found[1, row, i] = hi, lo
            found[2, row, i] = 3 * SQUARE * ABOVE * partial


@kernel
def products(x: Array, found: Array, exponents: NDArray[np.int64]) -> None:
    """Products of rows x (R, n) as found (3, R), hi, lo and radius, times 2^exponents (R,)."""
    for row in range(len(x)):
        hi, lo, power = 1.0, 0.0, 0
        for entry in x[row]:
            near, more = math.frexp(entry)  # or products of tiny entries lose their low parts
            power += more
            hi, lo = times(hi, lo, near, 0.0)
            if not 2.0**-200 < abs(hi) < 2.0**200 and hi != 0:
                more = math.frexp(hi)[1]
                hi, lo = math.ldexp(hi, -more), math.ldexp(lo, -more)
                power += more
        found[0, row], found[1, row], exponents[row] = hi, lo, power
        found[2, row] = 5 * (len(x[row]) + 1) * SQUARE * ABOVE * abs(hi)


@kernel
def running_products(x: Array, found: Array) -> None:
    """Products of all entries up to each of rows x (R, n): found (3, R, n), hi, lo, radius.

    The radius is infinite from where a product leaves the range or its low part may.
    """
    for row in range(len(x)):
        hi, lo, known, zero = 1.0, 0.0, True, False
        for i in range(x.shape[1]):
            hi, lo = times(hi, lo, x[row, i], 0.0)
            zero |= x[row, i] == 0
            known &= zero or 1 / FAR < abs(hi) < FAR
            found[0, row, i], found[1, row, i] = hi, lo
            radius = 5 * (i + 1) * SQUARE * ABOVE * abs(hi)
            found[2, row, i] = radius if known else np.inf


@kernel
def squares(x: Array, about: Array, found: Array) -> None:
    """Sums of (x - about)^2 of rows x (R, n), about (2, R) pairs: found (3, R), hi, lo, radius.

    A difference of pairs is within 3 u^2 of itself, a square within 5 u^2 more, and so are sums of
    squares, which have one sign, after n additions of 3 u^2 each.
    """
    for row in range(len(x)):
        hi, lo = 0.0, 0.0
        for entry in x[row]:
            d, d_lo = plus(entry, 0.0, -about[0, row], -about[1, row])
            s, s_lo = times(d, d_lo, d, d_lo)
            hi, lo = plus(hi, lo, s, s_lo)
        found[0, row], found[1, row] = hi, lo
        n = len(x[row])
        found[2, row] = (3 * n + 16) * SQUARE * ABOVE * hi + n * FLOOR


@kernel
def quotients(x: Array, by: Array, found: Array) -> None:
    """Rows x (R, n) over pairs `by` (2, R): found (2, R, n), hi and lo, within 13 u^2."""
    for row in range(len(x)):
        for i in range(x.shape[1]):
            hi, lo = quotient(x[row, i], 0.0, by[0, row], by[1, row])
            found[0, row, i], found[1, row, i] = hi, lo


def parts_of(rows: NDArray) -> tuple[Array, ...]:
    """Real numbers, or the real and the imaginary parts of complex ones."""
    return (rows.real, rows.imag) if np.iscomplexobj(rows) else (rows,)


def long_sums(rows: Array, *, running: bool, without: bool) -> Array:
    """Of rows (B, k, n) near 1 hi, lo and radius (3, B, k, 1), or (3, B, k, n) all the way."""
    count, k, n = rows.shape
    flat = np.ascontiguousarray(rows).reshape(-1, n)
    if running:
        found = np.empty((3, count * k, n))
        running_sums(flat, without, found)
    else:
        found = np.empty((3, count * k))
        sums(flat, found)
    return found.reshape(3, count, k, -1)


def long_sizes(sizes: Array, running: bool, without: bool) -> Interval:
    """The same of numbers that are not negative, which may be moduli rounded twice."""
    n = sizes.shape[2]
    total = np.cumsum(sizes, axis=2) if running else sizes.sum(axis=2, keepdims=True)
    if running and without:
        total = np.concatenate([np.zeros_like(total[:, :, :1]), total[:, :, :-1]], axis=2)
    slack = (4 * n + 16) * UNIT
    return clipped(Interval(total * (1 - slack), total * (1 + slack)), zero=total == 0)


def near_one(row: NDArray) -> tuple[Array, int]:
    """The parts of one row (1 or 2, n), real or complex, over a power of two; and its exponent."""
    parts = np.stack(parts_of(row))
    power = int(np.frexp(np.abs(parts).max(initial=0.0))[1])
    with np.errstate(under="ignore"):
        return np.ascontiguousarray(np.ldexp(parts, -power)), power


def square_sum(row: NDArray) -> arb:
    """The sum of |x|^2 of one row, real or complex, as a ball."""
    parts, power = near_one(row)
    found = np.empty((3, len(parts)))
    squares(parts, np.zeros((2, len(parts))), found)
    return _total(found) * arb(2) ** (2 * power)


def variance(row: NDArray) -> arb:
    """The mean of |x - mean|^2 of one row, real or complex, as a ball.

    About m' instead of the mean m the sum of squares is larger by n (m - m')^2.
    """
    parts, power = near_one(row)
    n = parts.shape[1]
    totals, found, means = np.empty((3, len(parts))), np.empty((3, len(parts))), []
    sums(parts, totals)
    for hi, lo in totals[:2].T.tolist():
        mean = (arb(hi) + arb(lo)) / n
        means.append((float(mean), float(mean - arb(float(mean)))))
    squares(parts, np.array(means).T.copy(), found)
    off = totals[2] / n * ABOVE + 4 * SQUARE * np.abs([mean for mean, _ in means])
    excess = float(np.sum(n * off**2)) * ABOVE
    most = arb(excess / 2, excess / 2 * ABOVE)  # between zero and it
    return (_total(found) - most) / n * arb(2) ** (2 * power)


def shares(x: Array, by: arb) -> tuple[Array, Array, Array]:
    """Entries x (n,) over a ball that is not smaller than any: hi, lo, radius."""
    mantissa, exponent = by.mid().man_exp()
    power = int(exponent) + int(mantissa).bit_length()
    near = by * arb(2) ** -power
    pair = float(near), float(near - arb(float(near)))
    found = np.empty((2, 1, len(x)))
    with np.errstate(under="ignore"):
        quotients(np.ldexp(x, -power)[None], np.array(pair)[:, None], found)
    hi, lo = found[:, 0]
    error = 18 * SQUARE + 4 * float(near.rad())  # near is 1/2 at least
    return hi, lo, np.abs(hi) * error * ABOVE + FAINT * (x != 0)


def _total(found: Array) -> arb:
    return sum((arb(hi, radius) + arb(lo) for hi, lo, radius in found.T.tolist()), arb(0))

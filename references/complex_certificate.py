"""A certificate of complex determinants, by compiled kernels: pivots of twice the precision.

As references/determinant_certificate.py for real ones. A complex number is four of float64: the
pair of its real part and that of its imaginary part. Relative errors are of moduli;
docs/references.md derives them and the radius.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from references.cholesky_certificate import root
from references.compiled import inlined, kernel, over, part, plus, times
from references.determinant_certificate import (
    ACCEPTED,
    LOST,
    LOWEST,
    SMALL,
    WIDEST,
    odd,
)
from references.exponentials import TABLE, Table
from references.logarithms import log_pair, normal
from references.members import UNIT, UP

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]
Integers = NDArray[np.int64]
Number = tuple[float, float, float, float]  # real part, its low half, imaginary part, its low half

SQUARE = UNIT * UNIT
STEP = 31 * SQUARE  # of an operation on complex pairs, the quotient's being largest
PRODUCT = 11 * SQUARE  # of a product, and of what its powers of two are taken from
TURN = 20 * SQUARE  # of a number over its modulus
FAINT = 2.0**-500  # more than underflow takes from a modulus
TINY = 2.0**-1000  # more than underflow takes from a number of modulus near 1


class Found(NamedTuple):
    """What a kernel knows of determinants (B,); `radius` is infinite where it has proved nothing.

    det A is within `radius` of (hi + lo) 2^exponent, whose larger part is in [1/2, 1]; its phase
    within `turn` of phase + phase_lo; the logarithm of its modulus within `log_radius` of
    log + log_lo.
    """

    hi: Complex
    lo: Complex
    phase: Complex
    phase_lo: Complex
    radius: Array
    turn: Array
    log: Array
    log_lo: Array
    log_radius: Array
    exponent: Integers

    @staticmethod
    def of(count: int) -> Found:
        """Room for `count` members of which nothing is known."""
        complexes, numbers = np.zeros((4, count), np.complex128), np.zeros((5, count))
        numbers[[0, 1, 4]] = np.inf
        return Found(*complexes, *numbers, np.zeros(count, np.int64))  # type: ignore[call-arg]

    def put(self, members: Integers, other: Found) -> None:
        """Take these members from another, which has only them."""
        for mine, theirs in zip(self, other, strict=True):
            mine[members] = theirs


@inlined
def multiplied(
    a: float, a_lo: float, b: float, b_lo: float, c: float, c_lo: float, d: float, d_lo: float
) -> Number:
    """(a + i b)(c + i d), within 10.1 u^2 of itself."""
    x, x_lo = times(a, a_lo, c, c_lo)
    y, y_lo = times(b, b_lo, d, d_lo)
    re, re_lo = plus(x, x_lo, -y, -y_lo)
    x, x_lo = times(a, a_lo, d, d_lo)
    y, y_lo = times(b, b_lo, c, c_lo)
    im, im_lo = plus(x, x_lo, y, y_lo)
    return re, re_lo, im, im_lo


@inlined
def squared(a: float, a_lo: float, b: float, b_lo: float) -> tuple[float, float]:
    """|a + i b|^2, within 8.1 u^2 of itself."""
    x, x_lo = times(a, a_lo, a, a_lo)
    y, y_lo = times(b, b_lo, b, b_lo)
    return plus(x, x_lo, y, y_lo)


@inlined
def modulus(a: float, b: float) -> float:
    """No less than |a + i b|, but for a few roundings."""
    return math.sqrt(a * a + b * b) + FAINT


@part
def factor(re: Array, re_lo: Array, im: Array, im_lo: Array) -> bool:
    """P E = L U + D in complex pairs in place of P E, all transposed; whether it went well."""
    n = len(re)
    for k in range(n):
        c, c_lo, d, d_lo = re[k, k], re_lo[k, k], im[k, k], im_lo[k, k]
        if not max(abs(c), abs(d)) >= LOWEST:
            return False
        size, size_lo = squared(c, c_lo, d, d_lo)
        c, c_lo = over(c, c_lo, size, size_lo)
        d, d_lo = over(-d, -d_lo, size, size_lo)
        for i in range(k + 1, n):
            re[k, i], re_lo[k, i], im[k, i], im_lo[k, i] = multiplied(
                re[k, i], re_lo[k, i], im[k, i], im_lo[k, i], c, c_lo, d, d_lo
            )
        for j in range(k + 1, n):
            c, c_lo, d, d_lo = re[j, k], re_lo[j, k], im[j, k], im_lo[j, k]
            for i in range(k + 1, n):
                x, x_lo, y, y_lo = multiplied(
                    re[k, i], re_lo[k, i], im[k, i], im_lo[k, i], c, c_lo, d, d_lo
                )
                re[j, i], re_lo[j, i] = plus(re[j, i], re_lo[j, i], -x, -x_lo)
                im[j, i], im_lo[j, i] = plus(im[j, i], im_lo[j, i], -y, -y_lo)
    return True


@part
def defect(re: Array, im: Array, order: Integers, inverse: Array, work: Array) -> float:
    """An upper bound of || E^-1 P^T D || in the infinity norm of moduli, |E^-1| <= `inverse`."""
    n = len(re)
    sums, weights = work[0], work[1]
    sums[:] = 0.0
    for j in range(n):
        for k in range(j + 1):
            sums[k] += modulus(re[j, k], im[j, k])
    weights[:] = sums
    for k in range(n):
        for i in range(k + 1, n):
            weights[i] += modulus(re[k, i], im[k, i]) * sums[k]
    top = 0.0
    for k in range(n):
        total = 0.0
        for i in range(n):
            total += inverse[k, order[i]] * (n * STEP * UP * weights[i] + n * LOST)
        if not total < np.inf:
            return np.inf
        top = max(top, total)
    return top * UP if weights.max() < WIDEST else np.inf


@kernel
def determinants(
    even: tuple[Array, Array],
    order: Integers,
    powers: Integers,
    inverse: Array,
    most: Array,
    table: Table,
    found: Found,
) -> None:
    """Determinants of E 2^powers, their phases and logarithms; see `Found`.

    The parts of E (B, n, n), finite and near 1; the rows of E in the order of P (B, n); powers,
    one for each member (B,); bounds of |E^-1| (B, n, n), infinite where there are none; the largest
    relative radius that will do (B,).
    """
    n = order.shape[1]
    sides, work = np.empty((4, n, n)), np.empty((2, n))
    re, re_lo, im, im_lo = sides[0], sides[1], sides[2], sides[3]
    for member in range(len(order)):
        found.radius[member] = found.turn[member] = found.log_radius[member] = np.inf
        rows = order[member]
        for j in range(n):
            for i in range(n):
                re[j, i], re_lo[j, i] = even[0][member, rows[i], j], 0.0
                im[j, i], im_lo[j, i] = even[1][member, rows[i], j], 0.0
        if not factor(re, re_lo, im, im_lo):
            continue
        largest = defect(re, im, rows, inverse[member], work)
        if not largest < SMALL:
            continue
        share = (n * largest / (1 - largest) + n * PRODUCT) * UP if n > 1 else 0.0
        if not share <= min(most[member], SMALL):
            continue
        a, a_lo, b, b_lo, power = 1.0, 0.0, 0.0, 0.0, powers[member]
        for k in range(n):
            a, a_lo, b, b_lo = multiplied(
                a, a_lo, b, b_lo, re[k, k], re_lo[k, k], im[k, k], im_lo[k, k]
            )
            exponent = math.frexp(max(abs(a), abs(b)))[1]
            a, a_lo = math.ldexp(a, -exponent), math.ldexp(a_lo, -exponent)
            b, b_lo = math.ldexp(b, -exponent), math.ldexp(b_lo, -exponent)
            power += exponent
        if odd(rows):
            a, a_lo, b, b_lo = -a, -a_lo, -b, -b_lo
        size, size_lo = squared(a, a_lo, b, b_lo)
        length, length_lo = root(size, size_lo)
        c, c_lo = over(a, a_lo, length, length_lo)
        d, d_lo = over(b, b_lo, length, length_lo)
        size, size_lo, exponent = normal(size, size_lo)
        log, log_lo, wide = log_pair(size, size_lo, exponent + 2 * power, table)
        found.hi[member], found.lo[member] = complex(a, b), complex(a_lo, b_lo)
        found.phase[member], found.phase_lo[member] = complex(c, d), complex(c_lo, d_lo)
        found.log[member], found.log_lo[member] = log / 2, log_lo / 2
        found.exponent[member] = power
        found.radius[member] = (share * (1 + share) * length + TINY) * UP
        found.turn[member] = (share + TURN + TINY) * UP
        found.log_radius[member] = (wide / 2 + share + 5 * SQUARE) * UP


def certified(
    even: Complex, order: Integers, powers: Integers, inverse: Array, condition: Array
) -> Found:
    """What the certificate proves of finite stacks E 2^powers: (B, n, n), (B,).

    `order` (B, n) of the pivots; `inverse` (B, n, n), bounds of |E^-1|; `condition` (B,), of which
    a relative radius may be a small part.
    """
    found = Found.of(len(even))
    sides = np.ascontiguousarray(even.real), np.ascontiguousarray(even.imag)
    most = ACCEPTED * condition
    determinants(sides, order, powers, np.ascontiguousarray(inverse), most, TABLE, found)
    return found

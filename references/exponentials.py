"""The exponential of double-double numbers, whole arrays at once, with a proved relative error.

A double-double is a pair hi + lo with |lo| <= u |hi|, u = 2^-53. Its operations are those of
Joldes, Muller and Popescu (2017), whose relative errors are cited beside them. Rounding is to
nearest; operands are far from over- and underflow.
"""

from __future__ import annotations

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray

from references.doubledouble import UNIT, two_product, two_sum

Array = NDArray[np.float64]
Pair = tuple[Array, Array]
PARTS = 64  # of an octave
LOWEST = -745.0  # below it exp is smaller than half the smallest subnormal number
EXP_ERROR = 32 * UNIT**2
HORNER = 5  # degrees up to which the series is evaluated in double-double
DEGREE = 11


def quick_sum(a: Array, b: Array) -> Pair:
    """a + b without error where |a| >= |b| or a = 0 (Dekker)."""
    s = a + b
    return s, b - (s - a)


def plus(a: Pair, b: Pair) -> Pair:
    """The sum, within 3 u^2 (1 + 5 u) of itself for operands of one sign: their algorithm 6."""
    s, error = two_sum(a[0], b[0])
    t, rest = two_sum(a[1], b[1])
    s, error = quick_sum(s, error + t)
    return quick_sum(s, error + rest)


def times(a: Pair, b: Pair) -> Pair:
    """The product, within 7 u^2 of itself: their algorithm 10."""
    p, error = two_product(a[0], b[0])
    return quick_sum(p, error + (a[0] * b[1] + a[1] * b[0]))


def over(a: Pair, b: Pair) -> Pair:
    """The quotient, within 15 u^2 (1 + 4 u) of itself: their algorithm 17."""
    q = a[0] / b[0]
    p, error = two_product(b[0], q)
    p, error = quick_sum(p, error + b[1] * q)
    return quick_sum(q, ((a[0] - p) + (a[1] - error)) / b[0])


def exp(x: Pair) -> tuple[Pair, NDArray[np.int64]]:
    """The exponential as y 2^e: y in (1/2, 4) within EXP_ERROR of itself, e whole numbers.

    x in [LOWEST, 710]; y is a pair of arrays of its shape, as e is.
    With k = rint(64 x / log 2): exp(x) = 2^(k / 64) exp(r), |r| < 2^-7.5.

    - k C is subtracted in three parts of log 2 / 64: the first two have 34 bits and k fewer than
      18, so that their products are exact and only the third one and the last sums are rounded:
      r is off by less than 2^-104 = 4 u^2, and so is exp(r), relatively.
    - The series ends at degree 11 (the rest is below 2^-113). Degrees above HORNER are summed in
      float64: 3 u of r^6 / 720, below u^2; the others by `times` and `plus`, below 4 u^2 together,
      for all but the last sum are multiplied by r.
    - 2^(k / 64) from a table, u^2, times it all, 7 u^2. Together less than 20 u^2.
    """
    k = np.rint(x[0] * INVERSE)
    head, tail = two_sum(x[0] - k * LOGARITHM[0], -k * LOGARITHM[1])
    middle, rest = two_sum(tail, x[1])
    head, tail = two_sum(head, middle)
    r = two_sum(head, tail + (rest - k * LOGARITHM[2]))
    series = np.full_like(k, FACTORIALS[DEGREE][0])
    for degree in range(DEGREE - 1, HORNER, -1):
        series = series * r[0] + FACTORIALS[degree][0]
    value = series, np.zeros_like(series)
    for degree in range(HORNER, -1, -1):
        value = _horner(FACTORIALS[degree], times(value, r))
    whole = k.astype(np.int64)
    place = whole % PARTS
    return times((ROOTS[0][place], ROOTS[1][place]), value), whole // PARTS


def _horner(coefficient: tuple[float, ...], term: Pair) -> Pair:
    """coefficient + term, the term being the smaller by far."""
    s = coefficient[0] + term[0]
    return quick_sum(s, (term[0] - (s - coefficient[0])) + (coefficient[1] + term[1]))


def _pieces(ball: arb, bits: int, count: int) -> tuple[float, ...]:
    """A ball as floats of at most `bits` bits, but for the last one, which is rounded."""
    found = []
    for _ in range(count - 1):
        head = float(ball)
        unit = 2.0 ** (int(np.frexp(head)[1]) - bits)
        found.append(float(np.trunc(head / unit)) * unit)
        ball = ball - found[-1]
    return (*found, float(ball))


def _tables() -> tuple[tuple[float, ...], tuple[Array, Array], list[tuple[float, ...]], float]:
    saved = ctx.prec
    try:
        ctx.prec = 256
        step = arb(2).log() / PARTS
        roots = [_pieces((step * j).exp(), 53, 2) for j in range(PARTS)]
        factorials = [_pieces(1 / arb(j).fac(), 53, 2) for j in range(DEGREE + 1)]
        columns = np.array(roots).T
        return _pieces(step, 34, 3), (columns[0], columns[1]), factorials, float(1 / step)
    finally:
        ctx.prec = saved


LOGARITHM, ROOTS, FACTORIALS, INVERSE = _tables()

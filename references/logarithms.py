"""Logarithms of positive pairs times powers of two, for kernels; see docs/references.md."""

from __future__ import annotations

import math

from references.compiled import inlined, plus, quick_sum, times, two_sum
from references.exponentials import SQUARE, Table, log1p

LOG_2 = 0.6931471805599453
LOG_2_LO = 2.3190468138462996e-17  # the next 53 bits: 2^-108 are left


@inlined
def normal(hi: float, lo: float) -> tuple[float, float, int]:
    """A pair that is not zero as another one, |hi| in [1/2, 1], times a power of two: exact."""
    _, exponent = math.frexp(hi)
    return math.ldexp(hi, -exponent), math.ldexp(lo, -exponent), exponent


@inlined
def log_pair(hi: float, lo: float, exponent: int, table: Table) -> tuple[float, float, float]:
    """log((hi + lo) 2^exponent), hi in [1/2, 1], as a pair, and its radius."""
    x, x_lo = two_sum(2 * hi, -1.0)
    x, x_lo = quick_sum(x, x_lo + 2 * lo)
    whole = exponent - 1
    if x < 0:
        x, x_lo = two_sum(4 * hi, -1.0)
        x, x_lo = quick_sum(x, x_lo + 4 * lo)
        whole = exponent - 2
    if x == 0 and whole == 0:
        return 0.0, 0.0, 0.0
    y, y_lo, radius = log1p(x, x_lo, table)
    k, k_lo = times(float(whole), 0.0, LOG_2, LOG_2_LO)
    value, rest = plus(k, k_lo, y, y_lo)
    return value, rest, radius + 12 * SQUARE * (abs(k) + y)

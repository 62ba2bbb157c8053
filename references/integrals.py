"""Functions as integrals that the trapezoidal rule finds to all digits, for audits by mpmath."""

from __future__ import annotations

from typing import Any

import mpmath
from mpmath import mp

SPARE = 10  # digits
SMALL, LARGE = 0.05, 1e4  # outside of these the integrand is wide or narrow, and series are short


def besselk(order: int, x: Any, *, scaled: bool = False) -> Any:
    """The modified Bessel function of the second kind at x > 0, of order 0, 1 or 2.

    `scaled`: exp(x) times it. By the ascending series below SMALL, by the integral up to LARGE, and
    by mpmath's asymptotic series beyond. mpmath's own sum of a divergent and two convergent series
    takes up to a second at 150 digits.
    """
    with mp.workdps(mp.dps + SPARE):
        if x < SMALL:
            value = _ascending(order, x) * (mpmath.exp(x) if scaled else 1)
        elif x <= LARGE:
            value = _integral(order, x) * (1 if scaled else mpmath.exp(-x))
        else:
            value = mpmath.besselk(order, x) * (mpmath.exp(x) if scaled else 1)
    return +value


def _integral(order: int, x: Any) -> Any:
    """exp(x) K(x) by the trapezoidal rule for that of exp(-x cosh t) cosh(order t), t > 0.

    DLMF 10.32.9. It converges geometrically, for the integrand is even and entire (Trefethen and
    Weideman, The exponentially convergent trapezoidal rule, SIAM Review 56, 2014, theorem 5.1): a
    step h errs by exp(-2 pi y / h) times the integral along t + iy, which is that of
    exp(-x cos(y) cosh t), for any y < pi / 2.
    """
    decay = mp.dps * mp.ln10
    # y near pi / 2 for small x; for large x, where exp(x (1 - cos y)) counts, 2 pi / (h x)
    step = min(mp.pi**2 / (1.2 * decay), mp.pi * mpmath.sqrt(2 / (1.5 * decay * x)))
    factor, power = mpmath.exp(step), mp.one
    total = mp.one / 2
    while True:
        power *= factor
        cosh = (power + 1 / power) / 2
        weight = (mp.one, cosh, 2 * cosh * cosh - 1)[order]
        term = mpmath.exp(x * (1 - cosh)) * weight
        total += term
        if term < total * mp.eps:
            return total * step


def _ascending(order: int, x: Any) -> Any:
    """K(x) of small x by DLMF 10.31.1 and 10.31.2, and K_2 = K_0 + 2 K_1/x (10.29.1).

    psi(k + 1) is the k-th harmonic number less Euler's constant.
    """
    if order == 2:
        return _ascending(0, x) + 2 * _ascending(1, x) / x
    square, log = x * x / 4, mpmath.log(x / 2) + mp.euler
    term, total, harmonic, k = mp.one, mp.zero, mp.zero, 0
    while abs(term) * (1 + abs(log)) > mp.eps:
        if order == 0:
            total += term * (harmonic - log)
            term *= square / (k + 1) ** 2
        else:
            after = harmonic + mp.one / (k + 1)
            total += term * (log - (harmonic + after) / 2) * x / 2
            term *= square / ((k + 1) * (k + 2))
        k += 1
        harmonic += mp.one / k
    return total + (1 / x if order else 0)

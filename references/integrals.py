"""Functions as integrals that the trapezoidal rule finds to all digits, for audits by mpmath."""

from __future__ import annotations

from typing import Any

import mpmath
from mpmath import mp

SPARE = 10  # digits
SMALL, LARGE = 0.05, 1e4  # outside of these the integrand is wide or narrow, and series are short


def besselk(order: int, x: Any, *, scaled: bool = False) -> Any:
    """The modified Bessel function of the second kind at x > 0, of order 0 or 1.

    `scaled`: exp(x) times it. The trapezoidal rule for the integral of exp(-x cosh t) cosh(order t)
    over t > 0 (DLMF 10.32.9) converges geometrically, for the integrand is even and entire
    (Trefethen and Weideman, The exponentially convergent trapezoidal rule, SIAM Review 56, 2014,
    theorem 5.1): a step h errs by exp(-2 pi y / h) times the integral along t + iy, which is
    that of exp(-x cos(y) cosh t), for any y < pi / 2. mpmath's own sum of a divergent and two
    convergent series takes up to a second at 150 digits.
    """
    if not SMALL <= x <= LARGE:
        value = mpmath.besselk(order, x)
        return value * mpmath.exp(x) if scaled else value
    with mp.workdps(mp.dps + SPARE):
        decay = mp.dps * mp.ln10
        # y near pi / 2 for small x; for large x, where exp(x (1 - cos y)) counts, 2 pi / (h x)
        step = min(mp.pi**2 / (1.2 * decay), mp.pi * mpmath.sqrt(2 / (1.5 * decay * x)))
        factor, power = mpmath.exp(step), mp.one
        total = mp.one / 2
        while True:
            power *= factor
            cosh = (power + 1 / power) / 2
            term = mpmath.exp(x * (1 - cosh)) * (cosh if order else 1)
            total += term
            if term < total * mp.eps:
                break
        value = total * step
        return +value if scaled else value * mpmath.exp(-x)

"""Integrals by the trapezoidal rule beside balls of hundreds of bits."""

from __future__ import annotations

import mpmath
import pytest
from flint import arb, ctx
from mpmath import mp

from references.audits import DIGITS
from references.integrals import LARGE, SMALL, besselk


@pytest.mark.parametrize("digits", DIGITS)
@pytest.mark.parametrize(
    "x", [1e-40, 1e-9, 1e-3, SMALL - 1e-9, SMALL, 0.06, 0.3, 1.0, 2.5, 7.0, 30.0, 650.0, LARGE]
)
@pytest.mark.parametrize("order", [0, 1, 2])
def test_bessel_functions_are_those_of_balls(order, x, digits):
    bits, ctx.prec = ctx.prec, 700
    try:
        ball = arb(x).bessel_k(order, scaled=True)
        balls = {True: ball, False: ball * arb(-x).exp()}
        assert ball.rel_accuracy_bits() > 600
        texts = {scaled: ball.str(digits + 30, radius=False) for scaled, ball in balls.items()}
    finally:
        ctx.prec = bits
    with mp.workdps(digits):
        for scaled, text in texts.items():
            got = besselk(order, mpmath.mpf(x), scaled=scaled)
            with mp.workdps(digits + 40):
                true = mpmath.mpf(text)
                assert abs(got - true) <= abs(true) * mpmath.mpf(10) ** (2 - digits)

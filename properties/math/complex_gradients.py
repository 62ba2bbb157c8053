"""Derivatives of functions of complex numbers in tf.math, by a tape: conj(f') of holomorphic ones.

As of real functions, a bound is what a formula that cancels nowhere keeps, made of what the table
of complex_functions.py allows; arguments for which TensorFlow's cancels, or takes something beyond
the range, are parts, judged apart from the rest. Those that XLA does not conjugate are judged by
the nearer of both too, or the ledger would excuse whatever else they got wrong.
"""

from __future__ import annotations

import numpy as np

from properties.complex_elementwise import Row, tabled
from properties.elementwise import Part
from properties.math.complex_functions import (
    BY_PARTS,
    PRODUCT,
    QUOTIENT,
    REAL_AXIS,
    TURNED_POLE,
)

RECIPROCAL = "2 + 2.0**-7"
SUM_AND_RECIPROCAL = "a sum that rounds by half an eps, a reciprocal within 2"
SQUARED_RECIPROCAL = "a function within 8.5 eps, a reciprocal within 2, and their square"
ROOTS = (
    "the reciprocal of the product of two roots, each within 6 eps of a sum that rounds; the one "
    "of 1 + z and 1 - z, or of their kin, never cancels"
)
HALVES = "the product of two reciprocals, within 2 eps each, of sums that round by half an eps each"


def _beyond(power: int) -> Part:
    return Part(f"beyond 2^{power}", lambda z: np.abs(z) > 2.0**power)


def _near(name: str, sign: int) -> Part:
    """Near the zeros of 1 + sign z², by half of what that is at 0."""

    def inside(z: np.ndarray) -> np.ndarray:
        near = np.where(np.abs(z) < 2, z, 0)
        return np.abs(1 + sign * near * near) < 0.5

    return Part(name, inside)


ONES, UNITS = _near("near 1 and -1", -1), _near("near i and -i", 1)
SQUARES = _beyond(62)
RIGHT = Part("right of 1", lambda z: z.real > 1)
AWAY = Part("beyond 1 from the imaginary axis", lambda z: np.abs(z.real) > 1)
LARGE = _beyond(2)
SMALL = Part("below 2^-60", lambda z: np.abs(z) < 2.0**-60)
FLAT = Part("near the real axis", lambda z: np.abs(z.imag) < np.abs(z.real) / 4)

ROWS = (
    Row(name="square", domain="squares", bound="0",
        because="2 conj(z), for neither doubling nor a change of sign rounds anything"),
    Row(name="reciprocal", domain="inverse squares", bound="5.2 + 2.0**-4", either=True,
        because="the square of a reciprocal within 2 eps, a product, and a change of sign"),
    Row(name="sqrt", domain="logarithms", bound="9.21 + 2.0**-4", either=True,
        because="half the reciprocal of a root within 6 eps, by a quotient, within 3.21"),
    Row(name="rsqrt", domain="inverse cubes", bound="26.3", either=True,
        because="the cube of the reciprocal root, within 8 eps, by two products of sqrt(5)/2"),
    Row(name="exp", domain="exponentials", bound="7.5 + 2.0**-7",
        because="the exponential of conj(z), with the limit of the function itself"),
    Row(name="log", domain="reciprocals", bound=RECIPROCAL,
        because="the reciprocal of conj(z), with the limit of the function itself"),
    Row(name="log1p", domain="shifted reciprocals", bound="2.5 + 2.0**-6",
        because=f"1/(1 + conj(z)): {SUM_AND_RECIPROCAL}"),
    Row(name="sin", domain="turns", bound="8.5 + 2.0**-7", parts=(REAL_AXIS,), because=BY_PARTS),
    Row(name="tan", domain="turns", bound="22.2", parts=(REAL_AXIS,),
        because=f"1/cos(conj z)^2: {SQUARED_RECIPROCAL}"),
    Row(name="tanh", domain="both exponentials", bound="22.2", parts=(AWAY, TURNED_POLE),
        because=f"1/cosh(conj z)^2: {SQUARED_RECIPROCAL}"),
    Row(name="sigmoid", domain="sigmoid", bound="6.2", moved="7.5", parts=(RIGHT,),
        because="the sigmoid of z times that of -z, each with its limit, and a product"),
    Row(name="asin", domain="between poles", bound="15.7", parts=(ONES, SQUARES), because=ROOTS),
    Row(name="atan", domain="between poles, turned", bound="6.2", parts=(UNITS, SQUARES),
        because=HALVES),
    Row(name="asinh", domain="between poles, turned", bound="15.7", parts=(UNITS, LARGE),
        because=ROOTS),
    Row(name="acosh", domain="beyond 1", bound="15.7", parts=(ONES, LARGE), because=ROOTS),
    Row(name="atanh", domain="between poles", bound="6.2", parts=(ONES, SQUARES), because=HALVES),
    Row(name="abs", domain="plane", bound="4.5 + 2.0**-7", parts=(SMALL,),
        because="z/|z|, the modulus within 4 ulps, scaled; a quotient of each part rounds once; 0 "
        "of 0, as TensorFlow defines the sign"),
    Row(name="angle", domain="reciprocals", bound=RECIPROCAL,
        because="i over conj(z): a reciprocal, whose parts change places"),
    Row(name="sign", domain="reciprocals", bound="14.5", parts=(FLAT,),
        because="of x/|z|: -i (y/|z|) (z/|z|)/|z|, three quotients by a modulus within 4 ulps, "
        "each rounding once, and a product of a real number"),
    Row(name="squared_difference", domain="products", bound="0.5 + 2.0**-7",
        because="2 (x - y): each part is a difference that rounds once"),
    Row(name="divide", domain="quotients", bound=f"2*{QUOTIENT} + 2.0**-4", moved="tiny/eps", by=1,
        because="-x/y/y, two quotients; products of x may underflow before the last"),
    Row(name="pow", domain="powers", bound=f"8 + {PRODUCT} + 2.0**-4", moved="7.7",
        beside="128*tiny/(eps*max(size, tiny))",
        because="y x^(y - 1): the power as the function itself, y - 1 that rounds by half an eps "
        "of what multiplies the logarithm, and a product; the power may underflow before it is "
        "multiplied by y, whose parts are at most 64"),
)  # fmt: skip

globals().update(tabled(ROWS, gradient=True))

"""Functions of complex numbers in tf.math, held to formulas of real ones that OpenCL 3.0 bounds.

Errors are moduli in eps of the result's modulus. What a formula is made of is off by so many eps as
OpenCL allows ulps; a product of complex numbers by sqrt(5)/2 eps (Brent, Percival and Zimmermann
2007), a quotient by 3.21 at most, by Smith's (1962) formula or by the conjugate, a square scaled:
docs/bounds.md.
"""

from __future__ import annotations

import numpy as np

from properties.complex_elementwise import Row, tabled
from properties.elementwise import Part

SCALED = "after scaling by a power of two, without which squares leave the range"
PRODUCT = "sqrt(5)/2 + 2.0**-7"
QUOTIENT = "3.21"
BY_PARTS = "each part a product of a function within 4 ulps and one within 4, rounded"
KAHAN = (
    "Kahan's (1987) formulas: roots within 6 eps of 1 - z and 1 + z, part by part; the sum of "
    "products whose terms have one sign within 13.1; a quotient, and a real arc or area function "
    "within 5 ulps that magnifies no relative error"
)
DIVIDED = (
    f"Smith's formula, or x times the conjugate of y over a sum of two squares {SCALED}; products "
    "of x may underflow"
)
OF_ONE = f"the conjugate over a sum of two squares, {SCALED}, or Smith's formula"
NEAR = 0.25


def _near_pole(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Near an odd multiple of pi/2 on the axis of x."""
    return (np.abs(np.cos(x)) < NEAR) & (np.abs(y) < NEAR)


SMALL = Part("near 0", lambda *z: np.abs(z[-1]) < NEAR)
BRANCH = Part("near -1", lambda *z: np.abs(1 + z[-1]) < 2 * NEAR)
REAL_AXIS = Part("near the real axis", lambda z: np.abs(z.imag) < NEAR)
IMAGINARY_AXIS = Part("near the imaginary axis", lambda z: np.abs(z.real) < NEAR)
PERIOD = Part(
    "near other zeros",
    lambda z: (np.abs(z.real) < NEAR) & (np.abs(np.sin(z.imag / 2)) < NEAR) & (np.abs(z.imag) > 1),
)
POLE = Part("near a pole", lambda z: _near_pole(z.real, z.imag))
TURNED_POLE = Part("near a pole", lambda z: _near_pole(z.imag, z.real))

COPIED = "a part is copied, which rounds nothing at all"
TURNED = "signs of parts change, which rounds nothing at all"
SUMMED = "each part is a sum of two and rounds once"

ROWS = (
    Row(name="real", domain="plane", bound="0", because=COPIED),
    Row(name="imag", domain="plane", bound="0", because=COPIED),
    Row(name="conj", domain="plane", bound="0", because=TURNED),
    Row(name="negative", domain="plane", bound="0", because=TURNED),
    Row(name="abs", domain="plane", bound="4",
        because=f"hypot within 4 ulps (OpenCL 3.0), {SCALED}"),
    Row(name="angle", domain="logarithms", bound="6",
        because="atan2 of the parts, within 6 ulps (OpenCL 3.0), at most 6 eps of the angle"),
    Row(name="sign", domain="plane", bound="4.5 + 2.0**-7",
        because=f"z/|z|, the modulus within 4 ulps, {SCALED}; a quotient of each part rounds once"),
    Row(name="square", domain="squares", bound=PRODUCT,
        because="a product of complex numbers, sqrt(5)/2 eps of its modulus"),
    Row(name="reciprocal", domain="reciprocals", bound="2 + 2.0**-7", because=OF_ONE),
    Row(name="reciprocal_no_nan", domain="reciprocals and 0", bound="2 + 2.0**-7",
        because=f"{OF_ONE}; 0 of 0, as documented"),
    Row(name="sqrt", domain="roots", bound="6",
        because="t = sqrt((|x| + |z|)/2) and y/(2 t): a modulus within 4 ulps, a sum, half of it "
        f"through the root, within 3 ulps, and a quotient; {SCALED}"),
    Row(name="rsqrt", domain="logarithms", bound="8 + 2.0**-7",
        because="1 over the square root, within 6 eps as there, and a reciprocal within 2"),
    Row(name="exp", domain="exponentials", bound="7.5 + 2.0**-7",
        because="e^x (cos y + i sin y): 3 ulps of the exponential, 4 of the other, and a product"),
    Row(name="expm1", domain="exponentials", bound="40", parts=(PERIOD,),
        because="expm1(x) cos y - 2 sin^2(y/2) + i e^x sin y: factors within 4 ulps; no term has "
        "more than 3.3 times the modulus of the result (docs/bounds.md)"),
    Row(name="log", domain="logarithms", bound="6.5", moved="4",
        because="log |z| + i arg z: 4 eps of the modulus, which the logarithm makes absolute; 3 "
        "ulps of the logarithm, 6 of atan2"),
    Row(name="log1p", domain="shifted logarithms", bound="18", parts=(SMALL, BRANCH),
        because="log1p(x (2 + x) + y^2)/2 near 0, else log(1 + z), and atan2: of 2, 3 and 6 ulps, "
        "and what leads to them (docs/bounds.md)"),
    Row(name="sin", domain="turns", bound="8.5 + 2.0**-7", parts=(REAL_AXIS,), because=BY_PARTS),
    Row(name="cos", domain="turns", bound="8.5 + 2.0**-7", parts=(REAL_AXIS,), because=BY_PARTS),
    Row(name="sinh", domain="both exponentials", bound="8.5 + 2.0**-7",
        parts=(IMAGINARY_AXIS,), because=BY_PARTS),
    Row(name="cosh", domain="both exponentials", bound="8.5 + 2.0**-7",
        parts=(IMAGINARY_AXIS,), because=BY_PARTS),
    Row(name="tan", domain="tangents", bound="21", parts=(POLE,),
        because="sin z / cos z, each within 8.5 eps, scaled, and a quotient"),
    Row(name="tanh", domain="hyperbolic tangents", bound="21", parts=(TURNED_POLE,),
        because="sinh z / cosh z, each within 8.5 eps, scaled, and a quotient"),
    Row(name="asin", domain="between cuts", bound="19", because=KAHAN),
    Row(name="acos", domain="between cuts", bound="19", because=KAHAN),
    Row(name="acosh", domain="right of 1", bound="19", because=KAHAN),
    Row(name="asinh", domain="between cuts, turned", bound="19", because=KAHAN),
    Row(name="atan", domain="between poles, turned", bound="9",
        because="atanh of i z, with its bound, over i"),
    Row(name="atanh", domain="between poles", bound="9",
        because="log1p(4 x/((1 - x)^2 + y^2))/4 and atan2(2 y, (1 - x)(1 + x) - y^2)/2 (Kahan "
        "1987): 2.5 eps and 2 ulps; 1.5 eps of the angle and 6 ulps; scaled if squares overflow"),
    Row(name="sigmoid", domain="sigmoid", bound="2.5 + 2.0**-7", moved="7.5",
        because="1/(1 + e^-z): the exponential within 7.5 eps, as much of the sum as it is larger; "
        "a sum, and a reciprocal within 2"),
    Row(name="add", domain="sums", bound="0.5 + 2.0**-7", because=SUMMED),
    Row(name="subtract", domain="sums", bound="0.5 + 2.0**-7", because=SUMMED),
    Row(name="multiply", domain="products", bound=PRODUCT,
        because="two products and a sum a part: sqrt(5)/2 eps of the modulus"),
    Row(name="multiply_no_nan", domain="products", bound=PRODUCT,
        because="two products and a sum a part: sqrt(5)/2 eps of the modulus"),
    Row(name="divide", domain="quotients", bound=QUOTIENT, moved="tiny/eps", because=DIVIDED),
    Row(name="divide_no_nan", domain="any quotients", bound=QUOTIENT, moved="tiny/eps",
        because=f"{DIVIDED}; 0 over 0"),
    Row(name="xdivy", domain="quotients", bound=QUOTIENT, moved="tiny/eps",
        because=f"{DIVIDED}; 0 of x = 0"),
    Row(name="squared_difference", domain="products", bound="2 + 2.0**-7",
        because="d times its conjugate: half an eps of each part of d, twice; squares and a sum"),
    Row(name="pow", domain="powers", bound="8", moved="7.2",
        because="exp(y log x): the logarithm within 6.5 eps of itself and 4, a product, which the "
        "exponential makes relative, and the exponential's own 7.5"),
    Row(name="xlogy", domain="factors of logarithms", bound="7.7", moved="4",
        because="the logarithm within 6.5 eps of itself and 4, and a product"),
    Row(name="xlog1py", domain="factors of shifted logarithms", bound="19.2", parts=(SMALL, BRANCH),
        because="the shifted logarithm within 18 eps, and a product"),
)  # fmt: skip

globals().update(tabled(ROWS))

"""Partial derivatives of functions of two complex numbers in tf.math, by a tape: conj(f').

divide's by the divisor and pow's by the base stand in complex_gradients.py. Those of sums, of
products and of differences squared are copies, or that of the other argument with its sign turned:
docs/bounds.md names them, and tests/test_gradients.py compares them.
"""

from __future__ import annotations

from properties.complex_elementwise import Row, tabled
from properties.math.complex_functions import BRANCH, DIVIDED, PRODUCT, QUOTIENT, SMALL, TURNED

OVER = "2 + 2.0**-7"
TWICE = f"2*{QUOTIENT} + 2.0**-4"
LOGARITHM = "with the limit of the function itself"

ROWS = (
    Row(name="multiply_no_nan", by=0, argument="x", either=True,
        domain="products", bound="0",
        because=f"the conjugate of y: {TURNED}"),
    Row(name="multiply_no_nan", by=1, argument="y", either=True,
        domain="products", bound="0",
        because=f"the conjugate of x: {TURNED}"),
    Row(name="divide", by=0, argument="x", domain="quotients", bound=OVER,
        because="the reciprocal of conj(y), with the limit of the function itself"),
    Row(name="divide_no_nan", by=0, argument="x", domain="any quotients", bound=OVER,
        because="the reciprocal of conj(y), with the limit of the function itself; 0 over 0, as of "
        "a function that is 0 there"),
    Row(name="divide_no_nan", by=1, argument="y", domain="quotients", bound=TWICE, moved="tiny/eps",
        because=f"-x/y/y, two quotients; {DIVIDED}"),
    Row(name="xdivy", by=0, argument="x", either=True,
        domain="quotients", bound=OVER,
        because="the reciprocal of conj(y), with the limit of the function itself"),
    Row(name="xdivy", by=1, argument="y", either=True,
        domain="quotients", bound=TWICE, moved="tiny/eps",
        because=f"-x/y/y, two quotients; {DIVIDED}"),
    Row(name="xlogy", by=0, argument="x", either=True,
        domain="factors of logarithms", bound="6.5", moved="4",
        because=f"the logarithm of conj(y), {LOGARITHM}"),
    Row(name="xlogy", by=1, argument="y", either=True,
        domain="quotients", bound=QUOTIENT, moved="tiny/eps",
        because=f"x/y, conjugated: {DIVIDED}"),
    Row(name="xlog1py", by=0, argument="x", either=True,
        domain="factors of shifted logarithms", bound="18",
        parts=(SMALL, BRANCH),
        because=f"the shifted logarithm of conj(y), {LOGARITHM}"),
    Row(name="xlog1py", by=1, argument="y", either=True,
        domain="shifted quotients",
        bound=f"{QUOTIENT} + 0.5 + 2.0**-4", moved="tiny/eps",
        because=f"x/(1 + y), conjugated: a sum that rounds by half an eps, and {DIVIDED}"),
    Row(name="pow", by=1, argument="y", domain="powers", bound=f"14.5 + {PRODUCT} + 2.0**-4",
        moved="4", beside="10*tiny/(eps*max(size, tiny))",
        because="x^y log x: the power as the function itself, the logarithm within 6.5 eps of "
        "itself and 4, and a product; the power may underflow before it is multiplied by a "
        "logarithm, whose modulus is at most 7"),
)  # fmt: skip

globals().update(tabled(ROWS, gradient=True))

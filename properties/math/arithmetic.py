"""Arithmetic of numbers in tf.math: what IEEE 754 defines to the last bit, and steps of it."""

from __future__ import annotations

from properties.elementwise import ROUNDED, WIDE, Row, tabled
from properties.routine import Fault

EXACT = "the result is a number of the dtype, so that nothing rounds"
IEEE = "IEEE 754 asks for the exact result rounded once: half a unit in the last place"
ONE_OR_SO = Fault("one added", lambda tf, call, *xs: call(*xs) + 1)


def exact(name: str, domain: str, **more) -> Row:
    """A function whose results need no rounding."""
    return Row(name=f"math.{name}", domain=domain, bound="0", because=EXACT, steady=True, **more)


def rounded(name: str, domain: str, **more) -> Row:
    """An operation of IEEE 754, rounded once."""
    return Row(name=f"math.{name}", domain=domain, bound=ROUNDED, because=IEEE, **more)


ROWS = (
    exact("abs", "line"),
    exact("negative", "line"),
    exact("sign", "line", faults=(ONE_OR_SO,)),
    exact("ceil", "line with halves"),
    exact("floor", "line with halves"),
    exact("rint", "line with halves", dtypes=WIDE),
    exact("round", "line with halves"),
    exact("maximum", "plane"),
    exact("minimum", "plane"),
    rounded("square", "squares"),
    rounded("sqrt", "nonnegative"),
    rounded("add", "plane"),
    rounded("subtract", "plane"),
    rounded("multiply", "products"),
    rounded("multiply_no_nan", "products"),
    rounded("divide", "quotients"),
    rounded("divide_no_nan", "any quotients"),
    rounded("xdivy", "quotients"),
    Row(name="math.floordiv", domain="divisions", bound=ROUNDED, steady=True,
        because="the floor of the exact quotient, rounded where it has too many digits: as Python "
        "and NumPy divide, and not the floor of a rounded quotient"),
    Row(name="math.floormod", domain="divisions", bound=ROUNDED,
        because="the remainder of the division towards zero is exact (C99, 7.12.10); the divisor "
        "is added to it once, where the signs differ"),
    Row(name="math.reciprocal", domain="nonzero",
        bound=f"2.5 if eps > 2.0**-30 and eps < 2.0**-20 else {ROUNDED}",
        because="OpenCL 3.0 asks 2.5 ulps of single precision, correct rounding of the others"),
    Row(name="math.reciprocal_no_nan", domain="reciprocals",
        bound=f"2.5 if eps > 2.0**-30 and eps < 2.0**-20 else {ROUNDED}",
        because="OpenCL 3.0 asks 2.5 ulps of single precision, correct rounding of the others"),
    Row(name="math.rsqrt", domain="positive", bound="1 if eps > 2.0**-12 else 2",
        because="OpenCL 3.0 asks 2 ulps of every implementation, and 1 of half precision"),
    Row(name="math.squared_difference", domain="products", bound="2.5 + 2.0**-7",
        because="the difference rounds once, which counts twice in the square, a unit each time; "
        "the square rounds by half a unit"),
)  # fmt: skip

globals().update(tabled(ROWS))

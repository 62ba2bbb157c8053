"""Arithmetic of numbers in tf.math: what IEEE 754 defines to the last bit, and steps of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from properties.elementwise import ROUNDED, WIDE, Part, Row, tabled
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


def _near_whole(x: NDArray[Any], y: NDArray[Any]) -> NDArray[np.bool_]:
    """Quotients within 2^-7 of a whole number, of which one of 8 digits may round to it; and 0."""
    with np.errstate(over="ignore"):
        quotient = x / y
        near = np.abs(quotient - np.rint(quotient)) <= 2.0**-7 * np.abs(quotient)
    return near | (np.abs(quotient) < 2.0**-14) | np.isinf(quotient)


def _flushed(x: NDArray[Any], y: NDArray[Any]) -> NDArray[np.bool_]:
    """Remainders of the division towards zero below the smallest normal number, but no zeros."""
    left, tiny = np.abs(np.fmod(x, y)), np.where(np.abs(x) < 2.0**-900, 2.0**-1022, 2.0**-126)
    return (left > 0) & (left < tiny)


FLUSHED = Part("subnormal remainders", _flushed)
DECIDED = Part("near whole quotients", _near_whole)
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
    Row(name="math.floordiv", domain="divisions", bound=ROUNDED, steady=True, parts=(DECIDED,),
        because="the floor of the exact quotient, rounded where it has too many digits: as Python "
        "and NumPy divide, and not the floor of a rounded quotient"),
    Row(name="math.floormod", domain="divisions", bound=ROUNDED, parts=(FLUSHED,),
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

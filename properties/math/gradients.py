"""Derivatives of functions in tf.math of one number, where they have code of their own.

Those that are another function of a table, as exp's, sin's or bessel_i0's, are judged there. A
limit is what a formula that cancels nowhere keeps; arguments for which TensorFlow's cancels, or
takes something that underflows, are parts, judged apart from the rest.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from flint import arb

from properties.elementwise import HALF, WIDE, Part, one
from properties.gradients import graded, near, slope
from references.formulas import FORMULAS

NEXT = Part("next to 0", lambda x: np.abs(x) < 2.0**-96)  # f(x)/x of an f(x) that is flushed
NEGATIVE = Part("below 0", lambda x: x < 0)
SQUARED = Part("above 2^62", lambda x: x > 2.0**62)  # of which x^-2 is flushed to zero
BEYOND = {k: Part(f"beyond {k}", lambda x, k=k: np.abs(x) > k) for k in (1, 2, 4, 8)}
QUOTIENT = "a sum that rounds by a unit, a reciprocal within 2.5 ulps (OpenCL 3.0)"
ROOT = (
    "what the sum rounds by is halved, the root rounds by a unit, a reciprocal is within 2.5 ulps "
    "(OpenCL 3.0)"
)
CEPHES = "by what Cephes documents, in eps: "


def large(power: int) -> Part:
    """Arguments of which the derivative is so small that corrections of it are subnormal."""
    return Part(f"beyond 2^{power}", lambda x: np.abs(x) > 2.0**power)


def squared(name: str, share: float) -> Any:
    """share y^2 f' of a derivative f' = c exp(share y^2): what a relative error of y^2 moves."""

    def moved(p: arb, **_: Any) -> arb:
        square = share * FORMULAS[name](p) ** 2
        return square * square.exp() * (arb.pi() / (4 * share**2)).sqrt()

    return moved


ROWS = (
    slope("math.rsqrt", "above 0.001", "15",
        "-y^3/2: y within 2 ulps (OpenCL 3.0), 2 eps of it, three times; two products"),
    slope("math.log1p", "above -1", "4", f"1/(1 + x): {QUOTIENT}", parts=(large(96),)),
    slope("math.tan", "turns", "28",
        "1/cos(x)^2: cosine within 4 ulps, reciprocal within 2.5 (OpenCL 3.0), 13 units twice"
        " for the square, which rounds"),
    slope("math.asin", "open unit", "4.5", f"1/sqrt(1 - x^2): {ROOT}"),
    slope("math.atan", "line", "4", f"1/(1 + x^2): {QUOTIENT}", parts=(large(48),)),
    slope("math.asinh", "line", "4.5", f"1/sqrt(1 + x^2): {ROOT}", parts=(BEYOND[8],)),
    slope("math.acosh", "above one", "5", "1/sqrt((x - 1)(x + 1)): as asinh's, and a product",
        parts=(BEYOND[8],)),
    slope("math.atanh", "open unit", "4", f"1/(1 - x^2): {QUOTIENT}; what the square rounds by is "
        "less than an eps of the argument moves"),
    slope("math.tanh", "sigmoid", "28",
        "1/cosh(x)^2: cosh within 4 ulps, reciprocal within 2.5 (OpenCL 3.0), 13 units twice"
        " for the square, which rounds", parts=(BEYOND[1],)),
    slope("math.sigmoid", "sigmoid", "11",
        "1/(2 + exp(x) + exp(-x)): exponentials within 3 ulps, two sums, 8 units in all; a "
        "reciprocal within 2.5 ulps (OpenCL 3.0)", parts=(Part("above 1", lambda x: x > 1),)),
    slope("math.softplus", "sigmoid", "8", "1/(1 + exp(-x)): math.sigmoid with its limit"),
    slope("math.log_sigmoid", "sigmoid", "8", "1/(1 + exp(x)): math.sigmoid with its limit"),
    slope("math.softsign", "line", "5.5",
        "1/(1 + |x|)^2: a sum that counts twice, a square, a reciprocal within 2.5 ulps (OpenCL "
        "3.0)"),
    slope("math.erf", "error function", "8",
        "2/sqrt(pi) exp(-x^2): the constant rounds by a unit, the exponential within 3 ulps "
        "(OpenCL 3.0), which are 6 units, and a product; an eps of x moves more than x^2 rounds"),
    slope("math.erfinv", "open unit", "8.5", "sqrt(pi)/2 exp(y^2): as erf's, and y within 5 ulps "
        "(CUDA), 10.5 eps of y^2", dtypes=WIDE, factors={"square": squared("erfinv", 1)},
        beside="10.5*square"),
    slope("math.ndtri", "chance", "8.5", "sqrt(2 pi) exp(y^2/2): as erf's, and y within 8 ulps "
        "(CUDA), 16.5 eps of y^2", dtypes=WIDE, factors={"square": squared("ndtri", 0.5)},
        beside="16.5*square"),
    slope("math.erfcinv", "twice a chance", "10.5", "-sqrt(pi)/2 exp(y^2) by way of ndtri: as its, "
        "a constant and a product more", dtypes=WIDE, factors={"square": squared("erfcinv", 1)},
        beside="16.5*square"),
    slope("math.lgamma", "digamma", "13.8", f"math.digamma with its limit, {CEPHES}6.9 of the "
        "absolute error below 1", dtypes=HALF, factors={"lost": one}, beside="6.9*lost"),
    slope("math.digamma", "trigamma", "42", "zeta(2, x), with the limit of math.zeta, and a "
        "product; of negative x by reflection", dtypes=WIDE, factors={"lost": one},
        beside="12*lost*tiny/eps", parts=(NEGATIVE, SQUARED)),
    slope("math.special.bessel_i0e", "bessel ie, not 0", "34", f"I1e - I0e up to 1: {CEPHES}12.6 "
        "of 0.21 and 3.2 of 0.47 of a difference of 0.26, at most 16 in all; what holds there can "
        "be had beyond", dtypes=HALF, parts=(BEYOND[1],)),
    slope("math.special.bessel_i1", "bessel i", "42", f"I0 - I1/x, at least half of I0 and all of "
        f"I1/x: {CEPHES}3.4 twice, 12.6, a quotient and a difference", dtypes=HALF, parts=(NEXT,)),
    slope("math.special.bessel_i1e", "bessel ie", "42", f"I0e - I1e (1 + 1/x) up to 4: {CEPHES}3.2 "
        "of I0e, 14.1 of the rest, which is at most 1/2: 11 of the absolute error; bessel_i1's "
        "limit beyond", dtypes=HALF, factors={"lost": near(4)}, beside="11*lost",
        parts=(NEXT, BEYOND[4])),
    slope("math.special.bessel_k0e", "bessel ke", "61", f"K0e - K1e up to 1: {CEPHES}6.8 of 1.14 "
        "and 4.2 of 1.64 of a difference of 0.49, 30 in all; what holds there can be had beyond",
        dtypes=HALF, parts=(BEYOND[1],)),
    slope("math.special.bessel_k1", "steep k", "15", f"-(K0 + K1/x), of one sign: {CEPHES}6.6 at "
        "most, and a sum; a term may underflow", dtypes=HALF, factors={"lost": one},
        beside="lost*tiny/eps"),
    slope("math.special.bessel_k1e", "steep ke", "18", f"-(K1e (1/x - 1) + K0e), of one sign up "
        f"to 1: {CEPHES}6.8 at most, 1/x and its difference 1, a product and a sum; what holds "
        "there can be had beyond", dtypes=HALF, parts=(BEYOND[1],)),
    slope("math.special.bessel_j1", "bessel j1", "4", f"J0 - J1/x: {CEPHES}1.9 and 1.7 of the "
        "absolute error, of x times a quotient of polynomials near 0; a quotient and a difference",
        dtypes=HALF, factors={"lost": one}, beside="5*lost", parts=(NEXT,)),
    slope("math.special.bessel_y1", "steep y1", "14", f"Y0 - Y1/x: {CEPHES}5.9 and 4.5, of the "
        "absolute error where they are below 1; a quotient and a difference", dtypes=HALF,
        factors={"lost": one}, beside="11*lost"),
    slope("math.special.dawsn", "dawson", "8", f"1 - 2 x F up to 2: {CEPHES}3.7 of F, two "
        "products of at most 1.3 and a difference: 6.5 of the absolute error; the limit of dawsn "
        "itself beyond", dtypes=WIDE, factors={"lost": near(2)}, beside="6.5*lost",
        parts=(BEYOND[2],)),
    slope("math.special.expint", "expint", "7", "exp(x)/x: the exponential within 3 ulps (OpenCL "
        "3.0), 6 units, and a quotient", dtypes=WIDE),
    slope("math.special.fresnel_cos", "fresnel", "4", "cos(pi x^2/2), within 4 ulps (OpenCL 3.0)",
        dtypes=WIDE, moved=0.0, factors={"phase": lambda x, **_: arb.pi() * x * x},
        beside="phase"),
    slope("math.special.fresnel_sin", "fresnel", "4", "sin(pi x^2/2), within 4 ulps (OpenCL 3.0)",
        dtypes=WIDE, moved=0.0, factors={"phase": lambda x, **_: arb.pi() * x * x},
        beside="phase"),
    slope("math.special.spence", "positive", "8", "log(x)/(1 - x): the logarithm within 3 ulps "
        "(OpenCL 3.0), 6 units, a difference that rounds by one, and a quotient", dtypes=WIDE),
)  # fmt: skip

globals().update(graded(ROWS))

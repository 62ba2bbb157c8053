"""Special functions in tf.math, held to what the libraries they come from document.

Cephes documents the peak of the relative error over random points of an interval: P eps, which is
at most 2 P units in the last place. Beside it stands what a change of eps in the arguments moves.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.elementwise import HALF, WIDE, Part, Row, one, tabled
from references.formulas import FORMULAS

MOVED = "; beside it what one eps of the arguments moves"


def cephes(
    name: str,
    domain: str,
    double: float,
    single: float,
    dtypes: tuple[str, ...] = WIDE,
    *,
    absolute: bool = False,
    **more: Any,
) -> Row:
    """A function of Cephes by the peaks that it documents, in eps of each precision.

    `absolute`: those of the absolute error where the value is below 1, as for functions with zeros.
    """
    peak = f"({single} if eps > 2.0**-30 else {double})"
    also = ", of the absolute error below 1" if absolute else ""
    factors = ({"lost": one} if absolute else {}) | more.pop("factors", {})
    beside = [f"{peak}*lost"] * absolute + [more.pop("beside", "")]
    return Row(
        name=f"math.{name}",
        domain=domain,
        bound=f"2*{peak}",
        because=f"Cephes documents peaks of {double} eps in double and {single} eps in single "
        f"precision{also}, twice as many units at most{more.pop('because', '')}{MOVED}",
        moved=1.0,
        factors=factors,
        beside=" + ".join(filter(None, beside)),
        dtypes=dtypes,
        **more,
    )


HIGH = Part("of orders beyond 10", lambda n, x: n > 10)


def _logarithm(n: Any, x: Any) -> Any:
    """The value times what log n! is beyond that of ten."""
    if n <= 10:
        return 0 * n
    return FORMULAS["polygamma"](n, x) * ((n + 1).lgamma() - 15)


def _order_zero(n: Any, _: Any) -> Any:
    """One for digamma, which crosses zero; nothing for its derivatives, which do not."""
    return one() if n == 0 else 0 * one()


# Cephes counted where neither argument is above 30; beyond stand Temme's expansions.
BEYOND = 30.0
LARGE = Part("beyond 30", lambda a, x: np.maximum(a, x) > BEYOND)
OF_TEMME = (
    "; beyond 30, where Temme's expansions (DLMF 8.12) take as much, the exponent -a(m - log(1 + "
    "m)), m = (x - a)/a, with logarithms within 3 ulps (OpenCL 3.0), is off by 10 eps of its terms"
)


def decay(a: Any, x: Any) -> Any:
    """The terms of the exponent that P or Q decays by."""
    return a * abs((x / a).log()) + abs(x - a)


def _exponent(a: Any, x: Any) -> Any:
    """The smaller of P and Q times those terms; 0 up to 30."""
    if max(a, x) <= BEYOND:
        return 0 * a
    return FORMULAS["igammac" if x > a else "igamma"](a, x) * decay(a, x)


def incomplete(name: str, double: float, single: float) -> Row:
    """An incomplete gamma function, by Cephes up to 30 and by Temme's expansions beyond."""
    return cephes(
        name, "large incomplete gamma", double, single, parts=(LARGE,), because=OF_TEMME,
        factors={"exponent": _exponent}, beside="10*exponent",
    )  # fmt: skip


ABOVE = Part("beyond 30", lambda a, b, x: np.maximum(a, b) > BEYOND)
OF_BETA = (
    "; beyond 30, where uniform expansions (DLMF 8.18) take as much, the exponent a log(x/p) + b "
    "log((1 - x)/(1 - p)), p = a/(a + b), with logarithms within 3 ulps (OpenCL 3.0), is off by 10 "
    "eps of its terms"
)


def _beta_exponent(a: Any, b: Any, x: Any) -> Any:
    """The smaller of I and 1 - I times the terms of the exponent; 0 up to 30."""
    if max(a, b) <= BEYOND:
        return 0 * a
    near = a / (a + b)
    value = FORMULAS["betainc"](a, b, x)
    smaller = value if x < near else FORMULAS["betainc"](b, a, 1 - x)
    return smaller * (a * abs((x / near).log()) + b * abs(((1 - x) / (1 - near)).log()))


ROWS = (
    Row(name="math.lgamma", domain="gamma", bound="9", moved=1.0, dtypes=HALF,
        because=f"the GNU C library accepts no more than 9 ulps of any function{MOVED}: near the "
        "negative zeros that is all that is asked"),
    cephes("digamma", "digamma", 6.8, 6.9, HALF, absolute=True),
    Row(name="math.erfinv", domain="open unit", bound="5", dtypes=WIDE,
        parts=(
            Part("below 1/4", lambda x: np.abs(x) < 0.25),
            Part("above 7/8", lambda x: np.abs(x) > 0.875),
        ),
        because="CUDA documents 2 ulps in single and 5 in double precision of erfinv"),
    Row(name="math.erfcinv", domain="twice a chance", bound="6", dtypes=WIDE,
        because="CUDA documents 4 ulps in single and 6 in double precision of erfcinv"),
    Row(name="math.ndtri", domain="chance", bound="8", dtypes=WIDE,
        because="CUDA documents 5 ulps in single and 8 in double precision of normcdfinv, and "
        "Cephes peaks of 3.3 eps of ndtri"),
    cephes("special.bessel_i0", "bessel i", 2.7, 3.4, HALF),
    cephes("special.bessel_i0e", "bessel ie", 2.5, 3.2, HALF),
    cephes("special.bessel_i1", "bessel i", 8.6, 12.6, HALF),
    cephes("special.bessel_i1e", "bessel ie", 9.1, 12.6, HALF),
    cephes("special.bessel_k0", "bessel k", 5.5, 6.6, HALF),
    cephes("special.bessel_k0e", "bessel ke", 6.4, 6.8, HALF),
    cephes("special.bessel_k1", "bessel k", 5.0, 3.9, HALF),
    cephes("special.bessel_k1e", "bessel ke", 3.6, 4.2, HALF),
    cephes("special.bessel_j0", "bessel j0", 1.9, 1.6, HALF, absolute=True),
    cephes("special.bessel_j1", "bessel j1", 1.2, 1.7, HALF, absolute=True),
    cephes("special.bessel_y0", "bessel y0", 5.9, 2.0, HALF, absolute=True),
    cephes("special.bessel_y1", "bessel y1", 4.5, 1.9, HALF, absolute=True),
    cephes("special.dawsn", "dawson", 3.2, 3.7),
    cephes("special.expint", "expint", 3.9, 3.9),
    cephes("special.fresnel_cos", "fresnel", 8.2, 9.3),
    cephes("special.fresnel_sin", "fresnel", 9.1, 9.3),
    cephes("special.spence", "spence", 17.6, 3.7),
    incomplete("igamma", 162.0, 66.0),
    incomplete("igammac", 631.0, 66.0),
    cephes("betainc", "large incomplete beta", 991.0, 311.0, parts=(ABOVE,), because=OF_BETA,
           factors={"exponent": _beta_exponent}, beside="10*exponent"),
    Row(name="math.zeta", domain="zeta", bound="40", moved=1.0, dtypes=WIDE,
        factors={"lost": one}, beside="12*lost*tiny/eps",
        because="Euler and Maclaurin's sum of ten powers within 16 ulps each (OpenCL 3.0), at most "
        "32 units of the result, ten additions of positive numbers and a tail; each may underflow "
        f"once{MOVED}"),
    Row(name="math.polygamma", domain="high polygamma", bound="170", moved=1.0, dtypes=WIDE,
        parts=(HIGH,), factors={"lost": one, "digamma": _order_zero, "order": _logarithm},
        beside="12*lost*tiny/eps + 6.9*digamma + 8*order",
        because="n! zeta(n + 1, x) with n! = exp(lgamma(n + 1)): lgamma(11) is 15.2 within 4 eps, "
        "122 units of the exponential, 8 for each 1 of it, and as many of its excess over 15.2 for "
        "higher orders; the exponential adds 6, zeta adds 40 and the product 1; order 0 is "
        "digamma, of which Cephes documents peaks of 6.9 eps of the absolute error" + MOVED),
)  # fmt: skip

globals().update(tabled(ROWS))

"""Partial derivatives of functions of several numbers in tf.math, by a tape.

Those of sums, products and maxima are a copy of what comes from above or of an argument. Of zeta
and polygamma by their orders, and of betainc by its parameters, TensorFlow has none.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from properties.elementwise import ROUNDED, WIDE, Part, Row, Tables, one, routine
from properties.gradients import CALL, slope
from properties.math.arithmetic import DECIDED
from properties.math.special import BEYOND, LARGE, decay
from properties.verify import verify
from references.partials import (
    PARTIALS,
    SLOPES,
    beta_exponent,
    gamma_exponent,
    order_terms,
    rounded_exponent,
    upper_order_terms,
)
from references.partials_audits import audited

TABLES = Tables(PARTIALS, SLOPES, audited, lambda name: None, (), (9,), volume=0.1, pullback=True)


def multiplier(x: Any, y: Any, **_: Any) -> Any:
    """The second argument: what a power is multiplied by."""
    return y


def _largest(y: Any, x: Any) -> Any:
    return np.maximum(np.abs(x), np.abs(y))


NOTHING = Part("of no x", lambda x, y: x == 0)
ABOVE = Part("beyond 2^60", lambda y, x: _largest(y, x) > 2.0**60)
BELOW = Part("below 2^-60", lambda y, x: _largest(y, x) < 2.0**-60)
NO_BASE = Part("at 0", lambda x, y: x == 0)
LOGARITHM = "the logarithm within 3 ulps (OpenCL 3.0), at most 6 units of a product"
EXPONENT = (
    "an exponential within 3 ulps (OpenCL 3.0), 6 units, of a sum of products with logarithms "
    "within 3 ulps and of lgamma within 9 (the GNU C library), each 10 eps of it at most, of "
    "lgamma the absolute error below 1, as Cephes counts"
)


def _decay(a: Any, x: Any, **_: Any) -> Any:
    """The terms of either formula that are the smaller times those of the exponent; 0 up to 30."""
    if max(a, x) <= BEYOND:
        return 0 * a
    return order_terms(a, x).min(upper_order_terms(a, x)) * decay(a, x)


def _turn(a: Any, x: Any, **_: Any) -> Any:
    """What P or Q is multiplied by."""
    return abs(x.log()) + abs(a.digamma())


def by_order(name: str) -> Row:
    """An incomplete gamma function by its order, by the limits of the functions themselves."""
    return slope(name, "large incomplete gamma", "2",
        "P (log x - psi(a + 1)) and x^a e^-x/Gamma(a + 1) times the derivative of a series, or Q "
        "(log x - psi(a)) and the like: each term is off by what the function is that it is of, "
        "162 and 631 eps in double and 66 in single precision (Cephes), and beyond 30 by 10 eps of "
        "the terms of the exponent that they decay by, as igamma; P or Q may underflow",
        dtypes=WIDE, parts=(LARGE,),
        factors={"below": order_terms, "above": upper_order_terms, "exponent": _decay,
                 "lost": _turn},
        beside="min((66 if eps > 2.0**-30 else 162)*below, (66 if eps > 2.0**-30 else 631)*above)"
        " + 10*exponent + lost*tiny/eps",
    )  # fmt: skip


ROWS: tuple[tuple[int, str, Row], ...] = (
    (0, "x", slope("math.pow", "powers", "34", "y x^(y - 1): the power within 16 ulps (OpenCL "
        "3.0), 32 units, and a product; y - 1 rounds by half an eps; the power may underflow",
        parts=(NO_BASE,),
        factors={"exponent": rounded_exponent, "lost": multiplier},
        beside="0.5*exponent + lost*tiny/eps")),
    (1, "y", slope("math.pow", "positive powers", "40", "x^y log x: the power within 16 ulps "
        f"(OpenCL 3.0), 32 units; {LOGARITHM}, which rounds; the power may underflow",
        factors={"lost": lambda x, y, **_: x.log()}, beside="lost*tiny/eps")),
    (0, "y", slope("math.atan2", "angles", "9", "x/(x^2 + y^2): squares and a sum of 2 units, a "
        "reciprocal within 2.5 ulps (OpenCL 3.0), 5 units, and a product",
        parts=(ABOVE, BELOW))),
    (1, "x", slope("math.atan2", "angles", "9", "-y/(x^2 + y^2): squares and a sum of 2 units, a "
        "reciprocal within 2.5 ulps (OpenCL 3.0), 5 units, and a product",
        parts=(ABOVE, BELOW))),
    (0, "x", slope("math.xlogy", "logarithms", "6.5", f"log y: {LOGARITHM}", parts=(NOTHING,))),
    (1, "y", slope("math.xlogy", "logarithms", ROUNDED, "x/y, rounded once")),
    (0, "x", slope("math.xlog1py", "shifted logarithms", "4.5", "log(1 + y): log1p within 2 ulps "
        "(OpenCL 3.0), at most 4 units of a product", parts=(NOTHING,))),
    (1, "y", slope("math.xlog1py", "shifted logarithms", "2", "x/(1 + y): a sum of a unit, and a "
        "quotient")),
    (0, "x", slope("math.xdivy", "quotients", ROUNDED, "1/y, rounded once", parts=(NOTHING,))),
    (1, "y", slope("math.xdivy", "quotients", "2", "-x/y^2: a square of a unit, and a quotient")),
    (0, "x", slope("math.divide", "quotients", ROUNDED, "1/y, rounded once")),
    (1, "y", slope("math.divide", "quotients", "2", "-x/y/y: a quotient of a quotient")),
    (0, "x", slope("math.squared_difference", "products", ROUNDED, "2 (x - y), rounded once")),
    (1, "y", Row(name="math.floormod", domain="divisions", bound=ROUNDED, parts=(DECIDED,),
        because="-floor(x/y): the floor of the exact quotient, rounded where it has too many "
        "digits", steady=True)),
    (1, "q", slope("math.zeta", "zeta", "42", "-x zeta(x + 1, q): math.zeta with its limit, and a "
        "product; x + 1 rounds by less than an eps of x; ten powers may underflow once",
        dtypes=WIDE, moved=2.0, factors={"lost": lambda s, q, **_: s},
        beside="12*lost*tiny/eps")),
    (1, "x", slope("math.polygamma", "polygamma", "170", "polygamma(n + 1, x): math.polygamma with "
        "its limit", dtypes=WIDE, factors={"lost": one}, beside="12*lost*tiny/eps")),
    (0, "a", by_order("math.igamma")),
    (0, "a", by_order("math.igammac")),
    (1, "x", slope("math.igamma", "incomplete gamma", "6.5", f"x^(a - 1) e^-x / Gamma(a): "
        f"{EXPONENT}", dtypes=WIDE, factors={"exponent": gamma_exponent}, beside="10*exponent")),
    (1, "x", slope("math.igammac", "incomplete gamma", "6.5", f"-x^(a - 1) e^-x / Gamma(a): "
        f"{EXPONENT}", dtypes=WIDE, factors={"exponent": gamma_exponent}, beside="10*exponent")),
    (2, "x", slope("math.betainc", "incomplete beta", "6.5", "x^(a - 1) (1 - x)^(b - 1) / B(a, b): "
        f"{EXPONENT}; a + b rounds", dtypes=WIDE, factors={"exponent": beta_exponent},
        beside="10*exponent")),
)  # fmt: skip


def _made(place: int, argument: str, row: Row) -> Any:
    function = row.name.rpartition(".")[2]
    return routine(
        replace(
            row,
            name=f"{row.name}.gradient_{argument}",
            call=CALL,
            function=f"{function} by {argument}",
            arguments=((("of", row.name), ("by", place)),),
        ),
        TABLES,
    )


for _place, _argument, _row in ROWS:
    _routine = _made(_place, _argument, _row)
    _name = _routine.name.removeprefix("math.").replace(".gradient_", "_by_")
    globals()[_name.upper()] = _routine
    globals()[f"test_{_name}"] = verify(_routine)

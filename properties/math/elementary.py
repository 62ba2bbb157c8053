"""Elementary functions of numbers in tf.math, held to what OpenCL 3.0 asks of implementations."""

from __future__ import annotations

from dataclasses import replace

from properties.elementwise import WIDE, Row, routine, tabled
from properties.verify import verify


def opencl(name: str, domain: str, single: int, half: int) -> Row:
    """A function of OpenCL's table: its ulps in single and double, and in half precision."""
    return Row(
        name=f"math.{name}",
        domain=domain,
        bound=f"{half} if eps > 2.0**-12 else {single}",
        because=f"OpenCL 3.0 asks {single} ulps of single and double precision (section 7.4) and "
        f"{half} of half precision, which bfloat16 is held to as well",
    )


ROWS = (
    opencl("exp", "exponential", 3, 2),
    opencl("expm1", "exponential", 3, 2),
    opencl("log", "positive", 3, 2),
    opencl("log1p", "above -1", 2, 2),
    opencl("sin", "turns", 4, 2),
    opencl("cos", "turns", 4, 2),
    opencl("tan", "turns", 5, 2),
    opencl("asin", "unit", 4, 2),
    opencl("acos", "unit", 4, 2),
    opencl("atan", "line", 5, 2),
    opencl("sinh", "both exponentials", 4, 2),
    opencl("cosh", "both exponentials", 4, 2),
    opencl("tanh", "line", 5, 2),
    opencl("asinh", "line", 4, 2),
    opencl("acosh", "from one", 4, 2),
    opencl("atanh", "open unit", 5, 2),
    opencl("erf", "error function", 16, 4),
    opencl("erfc", "error function", 16, 4),
    opencl("pow", "powers", 16, 4),
    opencl("atan2", "angles", 6, 2),
    Row(name="math.sigmoid", domain="sigmoid", bound="8",
        because="1/(1 + exp(-x)): the exponential within 3 ulps, which are 3 eps of it and at most "
        "6 units of the result; the sum within one unit of the result, the quotient within a half"),
    Row(name="math.softplus", domain="sigmoid", bound="8",
        because="log1p(exp(x)): log1p within 2 ulps of its argument's, the exponential within 3 "
        "eps, which log1p does not magnify and which are at most 6 units of the result"),
    Row(name="math.log_sigmoid", domain="sigmoid", bound="8",
        because="-log1p(exp(-x)): log1p within 2 ulps of its argument's, the exponential within 3 "
        "eps, which log1p does not magnify and which are at most 6 units of the result"),
    Row(name="math.softsign", domain="line", bound="1.5 + 2.0**-7",
        because="x/(1 + |x|): the sum within one unit of the result, the quotient within a half"),
    Row(name="math.xlogy", domain="logarithms", bound="6.5 + 2.0**-7",
        because="the logarithm within 3 ulps, at most 6 units of the product, which rounds once"),
    Row(name="math.xlog1py", domain="shifted logarithms", bound="4.5 + 2.0**-7",
        because="log1p within 2 ulps, at most 4 units of the product, which rounds once"),
)  # fmt: skip

globals().update(tabled(ROWS))

ANGLE = replace(
    routine(replace(opencl("atan2", "angles", 6, 2), name="math.angle", dtypes=WIDE,
                    function="atan2")),
    call="properties.math.calls:angle",
)  # fmt: skip

test_angle = verify(ANGLE)

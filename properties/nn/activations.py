"""Activations in tf.nn that are functions of one number."""

from __future__ import annotations

from properties.elementwise import ROUNDED, Part, Row, argument, tabled

CANCELLED = Part("from -1 to 0", lambda x: (x > -1) & (x < 0))  # exp(x) - 1
TAIL = Part("below -2", lambda x: x < -2)  # 1 + erf(x/sqrt 2)
NEGATIVE = Part("from -2 to 0", lambda x: (x >= -2) & (x < 0))

ROWS = (
    Row(name="nn.relu", domain="kink", bound="0", because="x or 0: nothing rounds at all there"
        " and nothing may be lost"),
    Row(name="nn.relu6", domain="kink", bound="0", because="x, 0 or 6: nothing rounds at all there"
        " and nothing may be lost"),
    Row(name="nn.leaky_relu", domain="slope", bound=ROUNDED, arguments=((("alpha", 0.125),),),
        because="x or x/8: a power of two moves no digit, and underflow rounds by half a unit"),
    Row(name="nn.elu", domain="exponential", bound="2 if eps > 2.0**-12 else 3",
        parts=(CANCELLED,),
        because="x or expm1(x), of which OpenCL 3.0 asks 3 ulps, and 2 of half precision"),
    Row(name="nn.selu", domain="kink", bound="8", parts=(CANCELLED,),
        because="expm1 within 3 ulps, at most 6 units of the result; the constants, their product "
        "and the last product round by at most a half each"),
    Row(name="nn.gelu", domain="gelu", bound="35", moved=1.0, parts=(TAIL, NEGATIVE),
        factors={"lost": argument}, beside="lost*tiny/eps",
        arguments=((("approximate", False),), (("approximate", True),)),
        because="x erfc(-x/sqrt 2)/2 or x sigmoid(2 z): the function within 16 ulps, at most 32 "
        "units of the result, two products; and what one eps of the argument moves, for "
        "-x/sqrt 2 and z are rounded"),
    Row(name="nn.silu", domain="sigmoid", bound="9",
        factors={"lost": argument}, beside="lost*tiny/eps",
        because="x sigmoid(x), the sigmoid within 8 units, and a product that rounds by one"),
)  # fmt: skip

globals().update(tabled(ROWS))

"""Derivatives of activations in tf.nn; at a kink what tf.raw_ops documents of their gradients."""

from __future__ import annotations

from properties.elementwise import Part, Row, argument
from properties.gradients import graded, near, slope
from properties.nn.activations import NEGATIVE, TAIL
from properties.routine import Fault

FELL = Part("below -1", lambda x: x < -1)  # y + 1, or y + scale alpha
CHOSEN = Part("next to 0", lambda x: (x > -(2.0**-7)) & (x <= 0))  # by the sign of a y of 0
FLAT = (
    Fault("one everywhere", lambda tf, call, x, **k: tf.ones_like(call(x, **k))),
    Fault("of the other sign", lambda tf, call, x, **k: call(-x, **k)),
)
GATED = "documented of the raw operation; nothing rounds: "

ROWS = (
    Row(name="nn.relu6", domain="kink", bound="0", faults=FLAT,
        because=f"{GATED}1 where 0 < x < 6, else 0"),
    Row(name="nn.leaky_relu", domain="slope", bound="0", faults=FLAT,
        because=f"{GATED}1 where x > 0, else alpha, which is a power of two",
        arguments=((("alpha", 0.125),),)),
    slope("nn.elu", "exponential", "7", "exp(x), or 1 from 0 on: above -1 as y + 1, y within 3 "
        "ulps (OpenCL 3.0), which are at most 6 units, and a sum; less beyond", parts=(FELL,)),
    slope("nn.selu", "kink", "8", "scale alpha exp(x), or scale from 0 on: the exponential within "
        "3 ulps (OpenCL 3.0), 6 units, the constant and a product", parts=(FELL, CHOSEN)),
    slope("nn.gelu", "gelu", "36", "Phi(x) + x phi(x), or with a sigmoid for Phi: the function "
        "within 16 ulps (OpenCL 3.0), the density within 5 eps, at most 18 eps of both where x is "
        "positive, 10 of the absolute error above -2", parts=(TAIL, NEGATIVE),
        arguments=((("approximate", False),), (("approximate", True),)),
        factors={"lost": near(2), "small": argument}, beside="10*lost + small*tiny/eps"),
    slope("nn.silu", "sigmoid", "28", "s + x s(x) s(-x), or s (1 + x (1 - s)) below 0: each sigmoid"
        " within 8 units, the rest four roundings, of which one eps is absolute near the zero",
        factors={"lost": near(2), "small": argument}, beside="lost + small*tiny/eps"),
)  # fmt: skip

globals().update(graded(ROWS))

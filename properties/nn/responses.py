"""tf.nn.local_response_normalization: channels over powers of the squares around them."""

from __future__ import annotations

from typing import Any

from hypothesis.strategies import SearchStrategy

from properties.entries import deviation
from properties.math.combined import HALVES
from properties.placed import Place, placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import numeric_moments, statistics
from references.audits_numeric import audited


def _place(shape: tuple[int, ...], radius: int, bias: float, alpha: float, beta: float) -> Place:
    arguments: Any = (("depth_radius", radius), ("bias", bias), ("alpha", alpha), ("beta", beta))
    return (shape,), arguments


PLACES = (
    _place((1, 2, 7), 2, 1.0, 1.0, 0.5), _place((1, 2, 7), 1, 2.0, 0.5, 0.75),
    _place((1, 2, 7), 5, 1.0, 2.0**-10, 1.0), _place((2, 1, 3), 0, 0.25, 3.0, 0.125),
)  # fmt: skip
LARGE = (_place((2, 3, 33), 5, 1.0, 1.0, 0.75),)


def maps(depth: int) -> SearchStrategy[Problem]:
    """Images (B, h, w, c) with radius, bias, alpha and beta, all exact in single precision."""
    return placed(depth, PLACES, LARGE, degree=2)


def changed(name, change):
    """A fault of one argument."""

    def wrong(tf, call, *inputs, **arguments):
        return call(*inputs, **{**arguments, name: change(arguments[name])})

    return wrong


LOCAL_RESPONSE_NORMALIZATION = Routine(
    name="nn.local_response_normalization",
    call="nn.local_response_normalization",
    problems=maps,
    reference=statistics.local_response_normalization,
    rival=numeric_moments.local_response_normalization,
    audit=audited(numeric_moments.local_response_normalization),
    excused="4*top/huge",
    claims=(
        Claim(
            name="entrywise",
            measure=deviation(),
            bound="1.01*size*(beta*(0.5*n + 1 + n*alpha*tiny/(bias*eps)) + 17)/(1 - 2*n*eps) "
            "+ 2*tiny/eps",
            unless="max(8*n*eps, 4*top/huge)",
            relative=False,
            because="squares and their sum, of n channels at most, are off by gamma_n, times alpha "
            "plus bias by an eps more, of which the power takes beta; it is within 16 ulps of "
            "itself (OpenCL 3.0), and a product or quotient rounds once",
        ),
    ),
    faults=(
        *HALVES,
        Fault("a wider window", changed("depth_radius", lambda r: r + 1)),
        Fault("another bias", changed("bias", lambda b: b * 1.125)),
        Fault("another alpha", changed("alpha", lambda a: a * 1.25)),
        Fault("another beta", changed("beta", lambda b: b * 1.0625)),
        Fault("mean for sum", lambda tf, call, x, **k: call(
            x, **{**k, "alpha": k["alpha"] / (2 * k["depth_radius"] + 1.5)})),
        Fault("channels reversed", lambda tf, call, x, **k: tf.reverse(call(x, **k), [-1])),
    ),
    dtypes=("bfloat16", "float16", "float32"),
    volume=0.2,
)  # fmt: skip

test_local_response_normalization = verify(LOCAL_RESPONSE_NORMALIZATION)

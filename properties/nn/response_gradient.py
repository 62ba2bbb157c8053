"""The gradient of tf.nn.local_response_normalization by a tape, given what comes from above."""

from __future__ import annotations

from hypothesis.strategies import SearchStrategy

from properties.entries import deviation
from properties.linalg.gradients import HALVES, NEGATED
from properties.math.product_gradients import by_above
from properties.nn.responses import LARGE, PLACES, changed
from properties.nn.softmax_gradients import HERE
from properties.placed import Place, placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import numeric_moments, pullbacks_of_responses
from references.audits_numeric import audited


def _with_above(place: Place) -> Place:
    """An array, and of its shape what comes from above."""
    (shape,), arguments = place
    return (shape, shape), arguments


def maps(depth: int) -> SearchStrategy[Problem]:
    """Images (B, h, w, c) and what comes from above, with radius, bias, alpha and beta."""
    places, large = (tuple(map(_with_above, some)) for some in (PLACES, LARGE))
    return placed(depth, places, large, degree=3, kind="operands and above")


def _forward(tf, x, radius, bias, alpha, beta):
    return tf.nn.local_response_normalization(x, radius, bias, alpha, beta)


def _own_alone(tf, call, x, w, *, depth_radius, bias, alpha, beta):
    """As if what it is divided by were constant; where x is zero, x is one here."""
    one = tf.where(x == 0, tf.ones_like(x), x)
    return w * _forward(tf, one, depth_radius, bias, alpha, beta) / one


def _diagonal(tf, call, x, w, **arguments):
    """What comes from above of one channel moves that channel alone."""
    each = tf.linalg.diag(w)
    found = [call(x, each[..., k, :], **arguments)[..., k] for k in range(x.shape[-1])]
    return tf.stack(found, -1)


LOCAL_RESPONSE_NORMALIZATION = Routine(
    name="nn.local_response_normalization.gradient",
    call=f"{HERE}:local_response_normalization",
    problems=maps,
    reference=pullbacks_of_responses.local_response_normalization,
    rival=numeric_moments.local_response_gradient,
    audit=audited(numeric_moments.local_response_gradient),
    excused="4*top/huge",
    terms={
        "base": "0.5*n + 1 + n*alpha*tiny/(bias*eps)",
        "first": "beta*base + 18 + 0.5*n",
        "others": "(beta + 1)*base + 20.5 + 0.5*n",
    },
    claims=(
        Claim(
            name="entrywise",
            measure=deviation(),
            bound="1.01*(first*own + others*around)/(1 - others*eps) + 4*reach*tiny/eps",
            unless="max(2*others*eps, 4*top/huge)",
            relative=False,
            because="squares and their sum, of n channels at most, are off by gamma_n, times alpha "
            "plus bias by an eps more, of which a power takes beta, or beta + 1; a power is within "
            "16 ulps of itself (OpenCL 3.0); five products or quotients, and a sum of n + 1 terms",
        ),
    ),
    faults=(
        *HALVES, NEGATED, *by_above(),
        Fault("a wider window", changed("depth_radius", lambda r: r + 1)),
        Fault("another bias", changed("bias", lambda b: b * 1.125)),
        Fault("another alpha", changed("alpha", lambda a: a * 1.25)),
        Fault("another beta", changed("beta", lambda b: b * 1.0625)),
        Fault("divisor held constant", _own_alone),
        Fault("neighbours held constant", _diagonal),
        Fault("channels reversed", lambda tf, call, x, w, **k: tf.reverse(call(x, w, **k), [-1])),
    ),
    dtypes=("bfloat16", "float16", "float32"),
    volume=0.1,  # each shape is traced and compiled, and truths come from balls
    pullback=True,
)  # fmt: skip

test_local_response_normalization = verify(LOCAL_RESPONSE_NORMALIZATION)

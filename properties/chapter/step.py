"""The best step along the gradient by the Taylor expansion of second order: g^T g / g^T A g."""

from __future__ import annotations

from properties.chapter.draws import steepest
from properties.faults import coarse
from properties.measures import entrywise
from properties.routine import Claim, Fault, Routine
from properties.verify import verify
from references import walks
from references.ascent import optimal_step


def _newtons(tf, call, a, b, x):
    """The step that would be best if all curvatures were the mean one."""
    n = tf.cast(tf.shape(a)[-1], a.dtype)
    return n / tf.linalg.trace(a)[:, None, None]


def _curvature_of_the_point(tf, call, a, b, x):
    """x in the place of the gradient."""
    return tf.matmul(x, x, transpose_a=True) / tf.matmul(x, tf.matmul(a, x), transpose_a=True)


STEP = Routine(
    name="chapter.optimal_step",
    call="properties.chapter.calls:optimal_step",
    problems=steepest,
    reference=optimal_step,
    audit=walks.optimal_step,
    dtypes=("bfloat16", "float32", "float64"),  # each is compiled in every mode
    terms={
        "slope": "0.5*(n + 2)/(1 - 0.5*(n + 2)*eps)*gain",
        "flushed": "sqrt(n)*(2*n + 5)*tiny/eps/sqrt(square)",
        "lost": "(n/square + n*(1 + sqrt(n*square))/curve)*tiny/eps",
        "sums": "0.5*n + n*stretch/(1 - n*eps) + 1 + lost",
        "total": "2*(slope + flushed)*(1 + sqrt(stretch)) + sums",
    },
    excused="2*total*eps",
    claims=(
        Claim(
            name="step",
            measure=entrywise(),
            bound="total/(1 - total*eps)",
            unless="2*total*eps",
            because="the gradient is off by d of its length at most, d = gamma_n+2 gain; in the "
            "norms of both dot products that is d and sqrt(stretch) d, each squared by the "
            "quotient; the dot products lose gamma_n and gamma_2n stretch, the division half an "
            "eps (Higham 2002, 3.1)",
        ),
    ),
    faults=(
        Fault("curvature averaged", _newtons),
        Fault("curvature at the point", _curvature_of_the_point),
        Fault("inverse", lambda tf, call, a, b, x: 1 / call(a, b, x)),
        Fault("sign of b lost", lambda tf, call, a, b, x: call(a, -b, x)),
        Fault("half the digits of the matrix",
              lambda tf, call, a, b, x: call(coarse(tf, a), b, x)),
        Fault("half the digits of the answer",
              lambda tf, call, *inputs: coarse(tf, call(*inputs))),
    ),
)  # fmt: skip

test_step = verify(STEP)

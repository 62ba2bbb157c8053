"""Newton's method on quadratic functions, gradient and Hessian by tapes: one step arrives."""

from __future__ import annotations

from properties.chapter.draws import one_step
from properties.distances import distance
from properties.faults import coarse
from properties.measures import ratio
from properties.routine import Case, Claim, Fault, Routine
from properties.verify import verify
from references import walks
from references.interval import Interval
from references.interval_norms import column_max
from references.iterations import newton
from references.norms import scaled


def arrival(case: Case) -> Interval:
    """||x' - x|| over ||start|| + ||x||, infinity norms: (B,)."""
    part = case.truth.parts[0]
    far = scaled(column_max(distance(case.answer[0], part))[:, 0], part.exponent)
    return ratio(far, case.truth.quantities["reach"], case.dtype.eps)


def _damped(tf, call, a, b, x):
    """Half of the step."""
    return (x + call(a, b, x)) / 2


def _diagonal_of_hessian(tf, call, a, b, x):
    """Each second derivative alone: the step of scaled gradient descent."""
    slope = tf.matmul(a, x) - b
    return x - slope / tf.linalg.diag_part(a)[..., None]


def _column_sums(tf, call, a, b, x):
    """The Hessian as the chapter's code has it, the sums of its columns on the diagonal."""
    sums = tf.reduce_sum(a, axis=-2)[..., None]
    return x - (tf.matmul(a, x) - b) / sums


NEWTON = Routine(
    name="chapter.newton",
    call="properties.chapter.calls:newton",
    problems=one_step,
    reference=newton,
    audit=walks.newton,
    dtypes=("float32", "float64"),  # those of tf.linalg.solve
    terms={
        "gamma": "1.5*n/(1 - 1.5*n*eps)",
        "lost": "((2*n**2 + 2*n + 4)/norm_a + growth + 1)*tiny/eps/reach",
        "eta": {
            "": "gamma*growth + 1 + 2*n**2*tiny/eps/norm_a",
            "xla": "(n + 5*sqrt(n))*(columns + sqrt(n)) + 2*n**2*tiny/eps/norm_a",
        },
        "slope": "0.5*(n + 2)/(1 - 0.5*(n + 2)*eps)",
        "sensitive": "kappa*(2*eta + slope + lost)",
    },
    excused="2*sensitive*eps",
    claims=(
        Claim(
            name="arrival",
            measure=arrival,
            bound="(sensitive + 1)/(1 - sensitive*eps)",
            unless="2*sensitive*eps",
            because="the gradient is off by gamma_n+2 (|A||x| + |b|), at most slope eps ||A|| "
            "reach; solving with a backward error of eta (see linalg.solve) is off by 2 eta kappa "
            "eps of the step, which is no longer than reach; A^-1 multiplies both; the last "
            "subtraction rounds once",
        ),
    ),
    faults=(
        Fault("half a step", _damped),
        Fault("second derivatives without cross terms", _diagonal_of_hessian),
        Fault("column sums for a Hessian", _column_sums),
        Fault("uphill", lambda tf, call, a, b, x: x + x - call(a, b, x)),
        Fault("half the digits of the Hessian",
              lambda tf, call, a, b, x: call(coarse(tf, a), b, x)),
        Fault("half the digits of the answer",
              lambda tf, call, *inputs: coarse(tf, call(*inputs))),
    ),
)  # fmt: skip

test_newton = verify(NEWTON)

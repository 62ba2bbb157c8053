"""tf.math.lbeta: logarithms of multivariate beta functions, along the last axis."""

from __future__ import annotations

from hypothesis.strategies import SearchStrategy

from properties.entries import deviation
from properties.math.combined import HALVES
from properties.placed import placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.sufficient import CONCENTRATIONS
from properties.verify import verify
from references import numeric_moments, statistics
from references.audits_numeric import audited

SHAPES = tuple((shape, ()) for shape in ((2,), (3,), (8,), (3, 2)))


def concentrations(depth: int) -> SearchStrategy[Problem]:
    """Positive numbers (B, ..., n) of one stratum."""
    return placed(
        depth,
        SHAPES,  # type: ignore[arg-type]
        (((100,), ()),),  # type: ignore[arg-type]
        structures=CONCENTRATIONS,
        kind="concentrations",
    )


def _apart(tf, x, whole):
    """The sum of log gamma, less log gamma of what is given."""
    return tf.reduce_sum(tf.math.lgamma(x), -1) - tf.math.lgamma(whole)


LBETA = Routine(
    name="math.lbeta",
    call="math.lbeta",
    problems=concentrations,
    reference=statistics.lbeta,
    rival=numeric_moments.lbeta,
    audit=audited(numeric_moments.lbeta),
    terms={
        "terms": "9*(logs + whole) + 1.01*turn + (0.505*n + 1)*turned + 0.55*n*logs + 0.5*whole",
        "curved": "0.55*eps*((n + 2)**2*(total + 1) + total + n)",
    },
    excused="4*n*(logs + whole)/huge",
    claims=(
        Claim(
            name="absolute",
            measure=deviation(),
            bound="1.01*(terms + curved)/(1 - 2*n*eps) + (n + 2)*tiny/eps",
            unless="max(8*n*eps, 4*n*top/huge)",
            relative=False,
            because="log gamma is within 9 ulps and what an eps of its argument moves, as of "
            "math.lgamma; two sums of n numbers are off by gamma_n-1, of which that of the "
            "arguments moves its log gamma by digamma; x^2 trigamma(x) <= x + 1 bounds what is "
            "left of second order",
        ),
    ),
    faults=(
        *HALVES,
        Fault("log gamma of the sum added", lambda tf, call, x: _apart(tf, x, x[..., 0] * 0 + 1)
              + tf.math.lgamma(tf.reduce_sum(x, -1))),
        Fault("log gamma of the sum left out", lambda tf, call, x: _apart(
            tf, x, x[..., 0] * 0 + 1)),
        Fault("last entry left out", lambda tf, call, x: call(x[..., :-1])),
        Fault("arguments one less", lambda tf, call, x: call(x + 1)),
        Fault("logarithm of gamma", lambda tf, call, x: tf.math.log(
            tf.reduce_prod(tf.exp(tf.math.lgamma(x)), -1)) - tf.math.lgamma(tf.reduce_sum(x, -1))),
        Fault("negated", lambda tf, call, x: -call(x)),
    ),
    dtypes=("float16", "float32", "float64"),
    volume=0.2,
)  # fmt: skip

test_lbeta = verify(LBETA)

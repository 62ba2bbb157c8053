"""A gradient changes by its Lipschitz constant times the distance of two points, at most."""

from __future__ import annotations

import numpy as np

from properties.chapter.draws import pairs
from properties.distances import distance
from properties.faults import coarse
from properties.measures import euclidean, ratio
from properties.routine import Case, Claim, Fault, Routine
from properties.verify import verify
from references.changes import audited_change, gradient_change
from references.interval import Interval
from references.norms import scaled


def change(case: Case) -> Interval:
    """The distance of the answer from A (x - y), over what the gradients are made of: (B,)."""
    part = case.truth.parts[0]
    far = scaled(euclidean(distance(case.answer[0], part), -2)[:, 0], part.exponent)
    return ratio(far, case.truth.quantities["pulled"], case.dtype.eps)


def excess(case: Case) -> Interval:
    """By how much the answer is longer than the constant times ||x - y||, over the same: (B,)."""
    quantities = case.truth.quantities
    length = euclidean(Interval.exact(np.abs(case.answer[0])), -2)[:, 0]
    beyond = length - quantities["constant"] * quantities["apart"]
    most = Interval(np.maximum(beyond.lower, 0.0), np.maximum(beyond.upper, 0.0))
    return ratio(most, quantities["pulled"], case.dtype.eps)


def _other_function(tf, call, a, b, x, y):
    """The gradient of x^T A x, which is twice as steep."""
    return 2 * call(a, b, x, y)


def _without_cross_terms(tf, call, a, b, x, y):
    return call(tf.linalg.diag(tf.linalg.diag_part(a)), b, x, y)


LIPSCHITZ = Routine(
    name="chapter.gradient_change",
    call="properties.chapter.calls:gradient_change",
    problems=pairs,
    reference=gradient_change,
    audit=audited_change,
    dtypes=("bfloat16", "float32", "float64"),  # each is compiled in every mode
    terms={
        "rounded": "(n + 3)/(1 - 0.5*(n + 3)*eps)/2",
        "lost": "sqrt(n)*(4*n + 11)*tiny/eps/pulled",
        "blur": "(2*n + 16)*2**-52/eps",
    },
    claims=(
        Claim(
            name="change",
            measure=change,
            bound="rounded + lost",
            because="each gradient is off by gamma_n+2 (|A||x| + |b|), and their difference by "
            "half an eps of itself, which is no longer than ||A|| (||x|| + ||y||)",
        ),
        Claim(
            name="lipschitz",
            measure=excess,
            bound="rounded + lost + blur",
            because="the exact change A (x - y) is no longer than the largest |eigenvalue| times "
            "||x - y||, which is the Lipschitz constant; what is computed is off by the bound of "
            "`change`; blur is what the intervals of float64 leave open of three norms",
        ),
    ),
    faults=(
        Fault("twice as steep", _other_function),
        Fault("cross terms lost", _without_cross_terms),
        Fault("points added", lambda tf, call, a, b, x, y: call(a, b, x, -y)),
        Fault("half the digits of the points",
              lambda tf, call, a, b, x, y: call(a, b, coarse(tf, x), y)),
    ),
)  # fmt: skip

test_lipschitz = verify(LIPSCHITZ)

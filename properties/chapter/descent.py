"""Gradient descent on quadratic functions, its gradient by a tape: the steps, and their rate."""

from __future__ import annotations

from properties.chapter.draws import quadratics
from properties.distances import distance
from properties.faults import coarse
from properties.measures import euclidean, magnitude, ratio
from properties.routine import Case, Claim, Fault, Routine
from properties.verify import verify
from references import walks
from references.interval import Interval
from references.iterations import descent
from references.norms import scaled


def iterate(case: Case) -> Interval:
    """||x' - x|| over the greatest length of an iterate: (B,)."""
    part = case.truth.parts[0]
    far = scaled(euclidean(distance(case.answer[0], part), -2)[:, 0], part.exponent)
    return ratio(far, case.truth.quantities["largest"], case.dtype.eps)


def left_over(case: Case) -> Interval:
    """The distance from the minimiser over that of the start: (B,), in eps."""
    gap = magnitude(Interval.exact(case.answer[0]) - case.truth.quantities["minimiser"])
    return ratio(euclidean(gap, -2)[:, 0], case.truth.quantities["start"], case.dtype.eps)


def _uphill(tf, call, a, b, x, rate, steps):
    return call(a, b, x, -rate, steps=steps)


def _stale(tf, call, a, b, x, rate, steps):
    """Every step along the first gradient."""
    return x - steps * (x - call(a, b, x, rate, steps=1))


def _diagonal_only(tf, call, a, b, x, rate, steps):
    """The gradient of the separable function that the diagonal of A belongs to."""
    return call(tf.linalg.diag(tf.linalg.diag_part(a)), b, x, rate, steps=steps)


DESCENT = Routine(
    name="chapter.descent",
    call="properties.chapter.calls:descent",
    problems=quadratics,
    reference=descent,
    audit=walks.descent,
    dtypes=("bfloat16", "float32", "float64"),  # each is compiled in every mode
    by_dtype=True,
    terms={"blur": "16*(k + 1)*2**-52/eps"},
    claims=(
        Claim(
            name="iterate",
            measure=iterate,
            bound="running",
            because="a step turns an error into (I - tA) times it, and adds t times that of the "
            "gradient, gamma_n+2 (|A||x| + |b|) from sums of n products and two more sums, half an "
            "eps of t times the gradient, and half an eps of the next iterate (running error "
            "analysis, Higham 2002, 3.3; references/iterations.py)",
        ),
        Claim(
            name="rate",
            measure=left_over,
            bound="((kappa - 1)/(kappa + 1) + miss)**k/eps + running*largest/start + blur",
            relative=False,
            because="with the step 2/(l_1 + l_n) no error keeps more than (kappa - 1)/(kappa + 1) "
            "of its length (Nocedal and Wright 2006, 3.3), with another step no more than the "
            "difference of the steps times l_1 beyond that; rounding adds the bound of `iterate`; "
            "blur is what intervals of float64 leave open of the power, which may be all there is",
        ),
    ),
    faults=(
        Fault("uphill", _uphill),
        Fault("every step along the first gradient", _stale),
        Fault("cross terms of the gradient lost", _diagonal_only),
        Fault("twice the step",
              lambda tf, call, a, b, x, rate, **k: call(a, b, x, rate + rate, **k)),
        Fault("one step too few",
              lambda tf, call, a, b, x, rate, steps: call(a, b, x, rate, steps=steps - 1)),
        Fault("half the digits of the answer",
              lambda tf, call, *inputs, **k: coarse(tf, call(*inputs, **k))),
    ),
)  # fmt: skip

test_descent = verify(DESCENT)

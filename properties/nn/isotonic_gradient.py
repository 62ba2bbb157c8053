"""The gradient of the levels of tf.nn.isotonic_regression by a tape, given what comes from above.

Where two levels are equal, or a step could be two, the derivative does not exist: there only the
sum over rows is judged, which every choice of steps keeps.
"""

from __future__ import annotations

from hypothesis.strategies import SearchStrategy

from properties.entries import deviation
from properties.linalg.gradients import HALVES, NEGATED
from properties.math.product_gradients import by_above
from properties.measures import in_eps
from properties.nn.isotonic import ISOTONIC_REGRESSION, LARGE, PLACES, STRUCTURES
from properties.nn.pool_gradients import apart
from properties.nn.softmax_gradients import HERE
from properties.placed import placed
from properties.routine import Case, Claim, Fault, Problem, Routine
from properties.verify import verify
from references import numeric_moments, pullbacks_of_levels
from references.audits_numeric import audited
from references.interval import Interval


def sequences(depth: int) -> SearchStrategy[Problem]:
    """Arrays (B, ...), of their shape what comes from above, the axis and which way.

    Gates have one row a member: of several TensorFlow has no right answer, which takes them long.
    """
    every = [((shape, shape), arguments) for (shape,), arguments in (*PLACES, *LARGE)]
    places, large = (
        tuple(place for place in every if one is (len(place[0][0]) == 1)) for one in (True, False)
    )
    kind = "operands and above"
    return placed(depth, places, large, structures=STRUCTURES, degree=1, kind=kind)  # type: ignore[arg-type]


def total(case: Case) -> Interval:
    """By how much the sums of what is answered and of what comes from above differ: (B,)."""
    rows = [a.reshape(len(case), -1, 1) for a in (case.answer[0], case.problem.inputs[1])]
    far = apart(*rows)[:, 0]
    return in_eps(Interval(far * (1 - 2.0**-50), far * (1 + 2.0**-50)), case.dtype.eps)


def _not_pooled(tf, call, x, above, **arguments):
    """As if each entry were a step."""
    return above + 0 * x


def _all_pooled(tf, call, x, above, decreasing, axis):
    """As if each row were one step."""
    return tf.reduce_mean(above, axis, keepdims=True) + 0 * x


ISOTONIC = Routine(
    name="nn.isotonic_regression.gradient",
    call=f"{HERE}:isotonic_regression",
    problems=sequences,
    reference=pullbacks_of_levels.isotonic_regression,
    rival=numeric_moments.isotonic_gradient,
    audit=audited(numeric_moments.isotonic_gradient),
    terms=ISOTONIC_REGRESSION.terms,
    excused="max(4*top/huge, 4*formed/huge)",
    claims=(
        Claim(
            name="entrywise",
            measure=deviation(),
            bound="0.505*(terms + 1)/(1 - terms*eps)*size + 2*terms*tiny/eps",
            unless="max((4*n*off*largest*eps + 8*tiny)/margin, 4*formed/huge)",
            relative=False,
            because="the mean of what comes from above over a step: a sum of k numbers is off by "
            "gamma_k-1 of their absolute values (Higham 2002, 4.2), a reciprocal and a product; "
            "steps are what they are if levels are further apart than rounding may bring them",
        ),
        Claim(
            name="total",
            measure=total,
            bound="0.505*(n + 1)/(1 - n*eps)*whole + 2*n**2*tiny/eps",
            unless="4*formed/huge",
            relative=False,
            because="means over steps, whatever these are, keep the sum of what comes from above: "
            "each is off by gamma_k+1 of the mean of absolute values, and stands k times",
        ),
    ),
    faults=(
        *HALVES, NEGATED, *by_above(),
        Fault("the other way", lambda tf, call, x, w, decreasing, axis: call(
            x, w, decreasing=not decreasing, axis=axis)),
        Fault("not pooled", _not_pooled),
        Fault("all pooled", _all_pooled),
        Fault("twice", lambda tf, call, x, w, **k: 2 * call(x, w, **k)),
    ),
    volume=0.1,
    pullback=True,
)  # fmt: skip

test_isotonic_regression = verify(ISOTONIC)

"""tf.nn.softmax: normalised exponentials along any axis."""

from __future__ import annotations

from properties import lengths
from properties.draws import logits
from properties.faults import coarse
from properties.measures import entrywise, in_eps
from properties.routine import Case, Claim, Fault, Routine
from properties.rows import along, excess, falls
from properties.verify import verify
from references import audits, opinions
from references.interval import Interval
from references.reductions import softmax


def mass(case: Case) -> Interval:
    """|sum of the entries - 1| along the axis, the worst of each member; summed without error."""
    return in_eps(excess(along(case.answer[0], case.problem.arguments["axis"])), case.dtype.eps)


def order(case: Case) -> Interval:
    """By how much, relatively, an entry falls below that of the next smaller logit."""
    axis = case.problem.arguments["axis"]
    x, y = along(case.problem.inputs[0], axis), along(case.answer[0], axis)
    worst = falls(x, y, case.dtype.tiny)
    return in_eps(Interval(worst * (1 - 2.0**-50), worst * (1 + 2.0**-50)), case.dtype.eps)


def _no_shift(tf, call, x, axis):
    e = tf.exp(x)
    return e / tf.reduce_sum(e, axis, keepdims=True)


def _log_domain(tf, call, x, axis):
    return tf.exp(x - tf.reduce_logsumexp(x, axis, keepdims=True))


def _over_the_stack(tf, call, x, axis):
    y = call(x, axis=axis)
    return y / tf.reduce_sum(y, 0, keepdims=True)


def _half_exponent(tf, call, x, axis):
    return call(coarse(tf, x), axis=axis)


SOFTMAX = Routine(
    name="nn.softmax",
    call="nn.softmax",
    problems=logits,
    reference=softmax,
    volume=2,
    compiled=8,
    rival=opinions.softmax,
    audit=audits.softmax,
    long=lengths.logits,
    claims=(
        Claim(
            name="entrywise",
            measure=entrywise(),
            bound="compounded(spread, eps, n/2 + 6 + n*tiny/eps)",
            because="x - max rounds once, half an eps of |x - max| in each exponent and, weighted, "
            "in the sum; n - 1 additions; exp within 2 eps, twice; the division within 1 "
            "(Blanchard, D. Higham and N. Higham 2021, 4)",
        ),
        Claim(
            name="mass",
            measure=mass,
            bound="(n/2 + 2)/(1 - (n/2 + 2)*eps) + n*tiny/eps",
            unless="(n + 4)*eps",
            because="all entries are divided by one computed sum of what is in them: n - 1 "
            "additions and a quotient within 1 eps each; what underflows is lost",
        ),
        Claim(
            name="order",
            measure=order,
            bound="5/(1 - 5*eps)",
            because="subtraction and division by a common number are monotone when rounded; two "
            "exponentials, each within 2 eps, may swap by 4",
        ),
    ),
    faults=(
        Fault("no shift", _no_shift),
        Fault("log domain", _log_domain),
        Fault("half the digits of the logits", _half_exponent),
        Fault("half the digits of the answer",
              lambda tf, call, x, axis: coarse(tf, call(x, axis=axis))),
        Fault("last axis always", lambda tf, call, x, axis: call(x, axis=-1)),
        Fault("stack normalised too", _over_the_stack),
        Fault("powers of two", lambda tf, call, x, axis: call(x * 0.6931471805599453, axis=axis)),
        Fault("one entry short", lambda tf, call, x, axis: tf.exp(
            x - tf.reduce_max(x, axis, keepdims=True)) / (tf.reduce_sum(tf.exp(
                x - tf.reduce_max(x, axis, keepdims=True)), axis, keepdims=True) - 0.0078125)),
    ),
)  # fmt: skip

test_softmax = verify(SOFTMAX)

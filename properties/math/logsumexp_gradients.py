"""Gradients of tf.math.reduce_logsumexp and cumulative_logsumexp, by a tape.

What comes from above is given; a derivative is a share of the exponentials of a row, or a sum of
such shares.
"""

from __future__ import annotations

from functools import partial

from properties.entries import deviation
from properties.linalg.gradients import HALVES, NEGATED
from properties.math.product_gradients import HERE, RUNNING, by_above, reduced
from properties.nn.losses import logits_at
from properties.routine import Claim, Fault, Routine
from properties.verify import verify
from references import numeric_pullbacks as opinions
from references import pullbacks_of_logsumexps as pullbacks
from references.audits_numeric import audited

KIND = "summands and above"
ROWS = (
    reduced((3,), (), -1), reduced((8,), (), 1),
    reduced((3, 5), (1, 5), 1, keepdims=True), reduced((3, 5), (3,), -1),
)  # fmt: skip
SOFTMAX = (
    "half an eps of the distance from the largest entry in each exponent and, averaged, in the "
    "sum, n - 1 additions, two exponentials within 2 eps and a quotient within 1, as of softmax"
)


def _not_normalised(tf, call, x, above, **arguments):
    """Exponentials over the largest of them."""
    return call(x, above, **arguments) * 1.0078125


def _binary(tf, call, x, above, **arguments):
    """Powers of two for exponentials."""
    return call(x * 0.6931471805599453, above, **arguments)


def _log_domain(tf, call, x, above, axis, keepdims):
    """By the logarithm, which rounds by what it is large."""
    size = tf.reduce_logsumexp(x, axis, keepdims=True)
    return tf.exp(x - size) * tf.reshape(above, size.shape)


def _largest_alone(tf, call, x, above, axis, keepdims):
    found = call(x, above, axis=axis, keepdims=keepdims)
    return tf.where(x == tf.reduce_max(x, axis, keepdims=True), found, tf.zeros_like(found))


def _own_alone(tf, call, x, above, **arguments):
    """Without what later sums have of an entry."""
    return call(x, above, **arguments) * tf.cast(0.984375, x.dtype)


FAULTS = (*HALVES, NEGATED, *by_above(), Fault("powers of two", _binary),
          Fault("shares too large", _not_normalised))  # fmt: skip
REDUCE_LOGSUMEXP = Routine(
    name="math.reduce_logsumexp.gradient",
    call=f"{HERE}:reduce_logsumexp",
    problems=partial(logits_at, places=ROWS, kind=KIND),
    reference=pullbacks.reduce_logsumexp,
    rival=opinions.reduce_logsumexp,
    audit=audited(opinions.reduce_logsumexp),
    terms={"rounded": "compounded(spread + terms/2 + 7 + terms*tiny/eps, eps)"},
    claims=(
        Claim(
            name="entrywise",
            measure=deviation(),
            bound="rounded*size + 2*(1 + given)*tiny/eps",
            unless="2*(spread + terms/2 + 7 + terms*tiny/eps)*eps",
            because=f"what comes from above times softmax: {SOFTMAX} (Blanchard, D. Higham and N. "
            "Higham 2021, 4); the product rounds",
            relative=False,
        ),
    ),
    faults=(*FAULTS, Fault("log domain", _log_domain), Fault("largest alone", _largest_alone)),
    volume=0.3,
    pullback=True,
)
CUMULATIVE_LOGSUMEXP = Routine(
    name="math.cumulative_logsumexp.gradient",
    call=f"{HERE}:cumulative_logsumexp",
    problems=partial(logits_at, places=RUNNING, kind=KIND),
    reference=pullbacks.cumulative_logsumexp,
    rival=opinions.cumulative_logsumexp,
    audit=audited(opinions.cumulative_logsumexp),
    terms={
        "each": "terms + 6 + terms*tiny/eps",
        "rounded": "(sway + each*size)/(1 - (worst + each + 1)*eps) + (terms + weights)*tiny/eps",
    },
    claims=(
        Claim(
            name="entrywise",
            measure=deviation(),
            bound="rounded",
            unless="2*(worst + each + 1)*eps",
            because=f"a sum of what comes from above times shares among k entries: {SOFTMAX} "
            "(Blanchard, D. Higham and N. Higham 2021, 4); products and their sum are off by "
            "gamma_n of the sum of the absolute values",
            relative=False,
        ),
        Claim(
            name="of rounded entries",
            measure=deviation(),
            bound="rounded + 2*peak*size/(1 - 2*peak*eps)",
            unless="2*max(worst + each + 1, 2*peak)*eps",
            because="the same of entries within an eps of those that are given, as good as entries "
            "deserve that were rounded themselves: a share moves by twice what the largest moves",
            relative=False,
        ),
    ),
    faults=(*FAULTS, Fault("later sums too small", _own_alone)),
    volume=0.3,
    pullback=True,
)

test_reduce_logsumexp = verify(REDUCE_LOGSUMEXP)
test_cumulative_logsumexp = verify(CUMULATIVE_LOGSUMEXP)

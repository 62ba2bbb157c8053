"""Gradients of tf.nn.softmax and log_softmax by a tape: what comes from above on its way through.

Terms cancel by nature: of s_i (w_i - sum_j s_j w_j) what is left may be far smaller than |w_i| and
the mean of all |w_j|, which limits speak of.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis.strategies import SearchStrategy

from properties.entries import deviation
from properties.faults import coarse
from properties.logits import LOGITS
from properties.nn.losses import AXES, LARGE_AXES
from properties.placed import placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import pullbacks_of_softmax as pullbacks
from references import pullbacks_of_softmax_opinions as opinions
from references.audits_numeric import audited

HERE = "properties.nn.pullbacks"
SHARE = {
    "common": "n/2 + 6 + n*tiny/eps",
    "grown": "(stretch + stretch**2*eps + common + 1)/(1 - (common + 1)*eps)",
}


def along(places: Sequence[tuple[tuple[int, ...], int]]) -> tuple[Any, ...]:
    """Sizes of one member, with the axis of the call."""
    return tuple((shape, (("axis", axis),)) for shape, axis in places)


def pairs(depth: int) -> SearchStrategy[Problem]:
    """Logits x (B, ...) with the axis of the call, and of their shape what comes from above."""
    return placed(
        depth, along(AXES), along(LARGE_AXES), structures=tuple(LOGITS), kind="logits and above"
    )


def _share_alone(tf, call, x, above, axis):
    """The diagonal of the Jacobian s_i (1 - s_i) without the rest of it."""
    s = tf.nn.softmax(x, axis=axis)
    return above * s * (1 - s)


def _mean_unweighted(tf, call, x, above, axis):
    """Less the plain mean of what comes from above."""
    s = tf.nn.softmax(x, axis=axis)
    return s * (above - tf.reduce_mean(above, axis, keepdims=True))


def _once_more(tf, call, x, above, axis):
    """Of shares of shares: the softmax of a softmax."""
    return call(tf.nn.softmax(x, axis=axis), above, axis=axis)


def _one_left_out(tf, call, x, above, axis):
    """The sum that is taken off lacks the smallest share."""
    s = tf.nn.softmax(x, axis=axis)
    kept = tf.where(s > tf.reduce_min(s, axis, keepdims=True), s, tf.zeros_like(s))
    return s * (above - tf.reduce_sum(kept * above, axis, keepdims=True))


def _signs_lost(tf, call, x, above, axis):
    """All terms of the sum counted as positive."""
    s = tf.nn.softmax(x, axis=axis)
    return above - s * tf.reduce_sum(tf.abs(above), axis, keepdims=True)


COMMON = (
    Fault("half the digits of the logits",
          lambda tf, call, x, above, axis: call(coarse(tf, x), above, axis=axis)),
    Fault("half the digits of what comes from above",
          lambda tf, call, x, above, axis: call(x, coarse(tf, above), axis=axis)),
    Fault("half the digits of the answer",
          lambda tf, call, x, above, axis: coarse(tf, call(x, above, axis=axis))),
    Fault("what comes from above ignored",
          lambda tf, call, x, above, axis: call(x, tf.ones_like(above), axis=axis)),
    Fault("of the other sign", lambda tf, call, x, above, axis: -call(x, above, axis=axis)),
    Fault("last axis always", lambda tf, call, x, above, axis: call(x, above, axis=-1)),
    Fault("powers of two",
          lambda tf, call, x, above, axis: call(x * 0.6931471805599453, above, axis=axis)),
)  # fmt: skip
SOFTMAX = Routine(
    name="nn.softmax.gradient",
    call=f"{HERE}:softmax",
    problems=pairs,
    reference=pullbacks.softmax,
    rival=opinions.softmax,
    audit=audited(opinions.softmax),
    terms={
        **SHARE,
        "drift": "(moved + moved_twice*eps + (common + n/2)*mean)/(1 - (common + n)*eps)",
        "lost": "(share*(total + 2*n) + beside + 2*mean + 2)*tiny/eps",
    },
    excused="4*top/huge",
    claims=(
        Claim(
            name="entrywise",
            measure=deviation(),
            bound="share*drift*(1 + grown*eps) + size*grown + lost",
            unless="max(2*(common + n)*eps, 4*top/huge)",
            relative=False,
            because="each share is off as an entry of nn.softmax: a stretch of the logits, n "
            "additions and two exponentials; in the mean of what comes from above the products "
            "and their sum add gamma_n of its terms; the difference and its product with the "
            "share round by half an eps each of the answer",
        ),
    ),
    faults=(
        *COMMON,
        Fault("diagonal alone", _share_alone),
        Fault("plain mean", _mean_unweighted),
        Fault("softmax of the softmax", _once_more),
        Fault("smallest share left out", _one_left_out),
        Fault("mean not taken off", lambda tf, call, x, above, axis: above * tf.nn.softmax(
            x, axis=axis)),
    ),
    volume=0.15,  # each shape is traced and compiled, and its truths come from balls
    pullback=True,
)  # fmt: skip
LOG_SOFTMAX = Routine(
    name="nn.log_softmax.gradient",
    call=f"{HERE}:log_softmax",
    problems=pairs,
    reference=pullbacks.log_softmax,
    rival=opinions.log_softmax,
    audit=audited(opinions.log_softmax),
    terms=SHARE,
    excused="4*top/huge",
    claims=(
        Claim(
            name="entrywise",
            measure=deviation(),
            bound="(share*total*(grown + 0.505*n*(1 + grown*eps)) + 0.505*size)/(1 - n*eps) "
            "+ (total + n + 2)*tiny/eps",
            unless="max(2*(common + n)*eps, 4*top/huge)",
            relative=False,
            because="w_i - s_i sum_j w_j of shares as nn.softmax has them, with its limit; n - 1 "
            "additions are off by gamma_n of all |w_j|; the product and the difference round by "
            "half an eps each of themselves",
        ),
    ),
    faults=(
        *COMMON,
        Fault("signs lost in the sum", _signs_lost),
        Fault("gradient of softmax", lambda tf, call, x, above, axis: tf.nn.softmax(
            x, axis=axis) * call(x, above, axis=axis)),
        Fault("softmax of the softmax", _once_more),
        Fault("sum not taken off", lambda tf, call, x, above, axis: above + 0 * x),
        Fault("logarithms for shares", lambda tf, call, x, above, axis: (
            above - tf.nn.log_softmax(x, axis=axis) * tf.reduce_sum(above, axis, keepdims=True))),
    ),
    volume=0.15,
    pullback=True,
)  # fmt: skip

test_softmax = verify(SOFTMAX)
test_log_softmax = verify(LOG_SOFTMAX)

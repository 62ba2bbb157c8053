"""Gradients of cross-entropies of tf.nn by a tape: by logits, and by labels where these are shares.

Of what is sure, one exponential is left beside one: limits are of terms that do not cancel.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from properties.entries import deviation
from properties.faults import coarse
from properties.nn.losses import classed, labelled, next_class, targeted, weighted
from properties.nn.softmax_gradients import HERE, SHARE
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import pullbacks_of_losses, pullbacks_of_softmax
from references import pullbacks_of_softmax_opinions as opinions
from references.audits_numeric import audited


def _sure(problem: Problem, *, classes: bool) -> NDArray[np.bool_]:
    """Entries (B, ...) of the class that has a label of one, given as a share or as a number."""
    labels, logits = problem.inputs
    return labels[..., None] == np.arange(logits.shape[-1]) if classes else labels == 1


def by_logits(part: int, *, classes: bool) -> tuple[Claim, Claim]:
    """What holds of shares less labels, an array of the answer, and of those that are sure."""
    return (
        Claim(
            name="by logits",
            measure=deviation(part),
            bound="share*grown + 0.505*size + 3*tiny/eps",
            unless="2*(common + n)*eps",
            relative=False,
            because="s_i - p_i, labels having sum 1: shares as nn.softmax has them, with its "
            "limit, less what is exact, a difference that rounds by half an eps of itself; results "
            "in 16 bits round once more",
        ),
        Claim(
            name="sure",
            measure=deviation(part),
            bound="(moved + moved_twice*eps + (common + n/2 + 1)*others)/(1 - (common + n)*eps) "
            "+ (n + 3)*tiny/eps",
            unless="2*(common + n)*eps",
            relative=False,
            only=partial(_sure, classes=classes),
            because="where the label is one, s_i - 1 is the negative sum of all other shares, "
            "which cancels nowhere: each as nn.softmax has it, with its limit, and n additions",
        ),
    )


def _first(answer: Any, change: Any) -> Any:
    """The gradient by logits, which is the last array, changed."""
    return (*answer[:-1], change(answer[-1])) if isinstance(answer, tuple) else change(answer)


def _of_the_answer(tf, call, p, x, **arguments):
    answer = call(p, x, **arguments)
    return tuple(coarse(tf, y) for y in answer) if isinstance(answer, tuple) else coarse(tf, answer)


def _other_sign(tf, call, p, x, **arguments):
    return _first(call(p, x, **arguments), lambda y: -y)


FAULTS = (
    Fault("half the digits of the logits",
          lambda tf, call, p, x, **k: call(p, coarse(tf, x), **k)),
    Fault("half the digits of the answer", _of_the_answer),
    Fault("of the other sign", _other_sign),
    Fault("logits negated", lambda tf, call, p, x, **k: call(p, -x, **k)),
    Fault("powers of two", lambda tf, call, p, x, **k: call(p, x * 0.6931471805599453, **k)),
)  # fmt: skip


def _labels_not_taken_off(tf, call, p, x, axis):
    return call(p, x, axis=axis)[0], tf.nn.softmax(x, axis=axis)


def _through_softmax(tf, call, p, x, axis):
    """By the logarithm of a softmax, whose derivative is 1 over a share that underflows."""
    s = tf.nn.softmax(x, axis=axis)
    above = -p / s
    return -tf.math.log(s), s * (above - tf.reduce_sum(s * above, axis, keepdims=True))


def _mean_of_classes(tf, call, p, x, axis):
    """Means for sums over classes."""
    return tuple(y / x.shape[axis] for y in call(p, x, axis=axis))


def _sharp_labels(tf, call, p, x, axis):
    """Labels without their fine digits."""
    return call(tf.round(p * 4) / 4, x, axis=axis)


def _definition(tf, call, p, x, **weights):
    """s(x) - z, or with its weights: relative digits of what is sure are lost."""
    q = weights.get("pos_weight", 1.0)
    return (1 + (q - 1) * p) * tf.sigmoid(x) - q * p


def _labels_rounded(tf, call, p, x, **weights):
    return call(tf.round(p), x, **weights)


SOFTMAX_CROSS_ENTROPY = Routine(
    name="nn.softmax_cross_entropy_with_logits.gradient",
    call=f"{HERE}:softmax_cross_entropy_with_logits",
    problems=labelled,
    reference=pullbacks_of_softmax.softmax_cross_entropy,
    rival=opinions.softmax_cross_entropy,
    audit=audited(opinions.softmax_cross_entropy),
    terms={**SHARE, "logs": "(mean_distance + n)/2 + 2 + n*tiny/eps"},
    claims=(
        Claim(
            name="by labels",
            measure=deviation(),
            bound="(distance + 2.5*logarithm + logs/(1 - logs*eps))/(1 - 3*eps) + 3*tiny/eps",
            unless="2*logs*eps",
            relative=False,
            because="the negative of nn.log_softmax, with its limit: the distance rounds twice, by "
            "half an eps each, exponentials and the logarithm within 2 eps, n - 1 additions",
        ),
        *by_logits(1, classes=False),
    ),
    faults=(
        *FAULTS,
        Fault("labels not taken off", _labels_not_taken_off),
        Fault("through the softmax", _through_softmax),
        Fault("means over classes", _mean_of_classes),
        Fault("half the digits of the labels", _sharp_labels),
    ),
    volume=0.15,  # each shape is traced and compiled, and its truths come from balls
    pullback=True,
)
SPARSE_SOFTMAX_CROSS_ENTROPY = Routine(
    name="nn.sparse_softmax_cross_entropy_with_logits.gradient",
    call=f"{HERE}:sparse_softmax_cross_entropy_with_logits",
    problems=classed,
    reference=pullbacks_of_softmax.sparse_softmax_cross_entropy,
    rival=opinions.sparse_softmax_cross_entropy,
    audit=audited(opinions.sparse_softmax_cross_entropy),
    terms=SHARE,
    claims=by_logits(0, classes=True),
    faults=(
        *FAULTS,
        Fault("classes from one", next_class),
        Fault("class not taken off", lambda tf, call, p, x: tf.nn.softmax(x)),
    ),
    volume=0.15,
    pullback=True,
)


def _kind(problem: Problem, *, kind: str) -> NDArray[np.bool_]:
    """Entries (B, n) whose logit is zero; of others whose label is 0 or 1, or between these."""
    labels, logits = problem.inputs
    sure, zero = (labels == 0) | (labels == 1), logits == 0
    return {"zero": zero, "sure": sure & ~zero, "between": ~sure & ~zero}[kind]


def by_entry(name: str, kind: str, more: str) -> Claim:
    """What holds of entries of one kind: one limit, and why it can be kept there too."""
    return Claim(
        name=name,
        measure=deviation(),
        bound="5*sides/(1 - 8*eps) + 4*tiny/eps",
        relative=False,
        only=partial(_kind, kind=kind),
        because="(1 - z) s(x) - q z s(-x), of sigmoids e/(1 + e) or 1/(1 + e) with e = exp(-|x|) "
        "within 2 eps: a sum rounds by half an eps, a quotient by one; labels, weights, products "
        "and the difference by half an eps each" + more,
    )


TERMS = (
    by_entry("between", "between", ""),
    by_entry("sure", "sure", "; a label of 0 or 1 leaves one term alone, with all its digits"),
    by_entry("at zero", "zero", "; both sigmoids are 1/2 where the logit is zero"),
)
SIGMOID_CROSS_ENTROPY = Routine(
    name="nn.sigmoid_cross_entropy_with_logits.gradient",
    call=f"{HERE}:sigmoid_cross_entropy_with_logits",
    problems=targeted,
    reference=pullbacks_of_losses.sigmoid_cross_entropy,
    rival=opinions.sigmoid_cross_entropy,
    audit=audited(opinions.sigmoid_cross_entropy),
    claims=TERMS,
    faults=(*FAULTS, Fault("definition", _definition), Fault("labels rounded", _labels_rounded)),
    volume=0.15,
    pullback=True,
)
WEIGHTED_CROSS_ENTROPY = Routine(
    name="nn.weighted_cross_entropy_with_logits.gradient",
    call=f"{HERE}:weighted_cross_entropy_with_logits",
    problems=weighted,
    reference=pullbacks_of_losses.weighted_cross_entropy,
    rival=opinions.weighted_cross_entropy,
    audit=audited(opinions.weighted_cross_entropy),
    claims=TERMS,
    faults=(
        *FAULTS,
        Fault("definition", _definition),
        Fault("labels rounded", _labels_rounded),
        Fault("weight ignored", lambda tf, call, p, x, pos_weight: call(
            p, x, pos_weight=1.0 if pos_weight != 1.0 else 2.0)),
        Fault("weight of the negative", lambda tf, call, p, x, pos_weight: -call(
            1 - p, -x, pos_weight=pos_weight * 2)),
    ),
    volume=0.15,
    pullback=True,
)  # fmt: skip

test_softmax_cross_entropy = verify(SOFTMAX_CROSS_ENTROPY)
test_sparse_softmax_cross_entropy = verify(SPARSE_SOFTMAX_CROSS_ENTROPY)
test_sigmoid_cross_entropy = verify(SIGMOID_CROSS_ENTROPY)
test_weighted_cross_entropy = verify(WEIGHTED_CROSS_ENTROPY)

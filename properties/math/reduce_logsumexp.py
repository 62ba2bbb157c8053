"""tf.math.reduce_logsumexp: the logarithm of a sum of exponentials, along any axis."""

from __future__ import annotations

from functools import partial

import numpy as np

from properties import lengths
from properties.draws import summands
from properties.faults import coarse
from properties.measures import absolute, entrywise
from properties.routine import Case, Claim, Fault, Routine
from properties.verify import verify
from references import audits, opinions
from references.interval import Interval
from references.reductions import logsumexp


def below_largest(case: Case) -> Interval:
    """By how much an answer lies below its largest entry, relative to that or to 1."""
    arguments = case.problem.arguments
    x, y = case.problem.inputs[0], case.answer[0]
    top = x.max(axis=arguments["axis"], keepdims=arguments["keepdims"])
    with np.errstate(over="ignore"):
        drop = np.maximum(top - y, 0) / np.maximum(np.abs(top), 1) / case.dtype.eps
    return Interval(drop * (1 - 2.0**-50), drop * (1 + 2.0**-50))


def _no_shift(tf, call, x, axis, keepdims):
    return tf.math.log(tf.reduce_sum(tf.exp(x), axis, keepdims))


def _shifted(tf, x, axis, keepdims, change, shift="reduce_max"):
    """The sum of shifted exponentials, changed, and back."""
    by = getattr(tf, shift)(x, axis, keepdims=True)
    total = change(tf.reduce_sum(tf.exp(x - by), axis, keepdims=True))
    result = tf.math.log(total) + by
    return result if keepdims else tf.squeeze(result, axis)


def _binary(tf, call, x, axis, keepdims):
    return call(x * 0.6931471805599453, axis=axis, keepdims=keepdims) / 0.6931471805599453


def _twice(tf, call, x, axis, keepdims):
    first = tf.gather(x, [0], axis=axis)
    return call(tf.concat([x, first], axis), axis=axis, keepdims=keepdims)


REDUCE_LOGSUMEXP = Routine(
    name="math.reduce_logsumexp",
    call="math.reduce_logsumexp",
    problems=summands,
    reference=logsumexp,
    rival=opinions.logsumexp,
    audit=audits.logsumexp,
    long=partial(lengths.logits, arguments=(("axis", -1), ("keepdims", False))),
    terms={
        "spread": "(mean_distance + n)/2 + 2 + n*tiny/eps",
        "rounded": "(spread/(1 - spread*eps) + 2*logarithm + size/2)/(1 - 3*eps) + 2*tiny/eps",
    },
    claims=(
        Claim(
            name="absolute",
            measure=absolute(),
            bound="rounded",
            unless="2*spread*eps",
            relative=False,
            because="x - max rounds once, half an eps of the distance in each exponent, averaged "
            "by the sum; exp within 2 eps; n - 1 additions; log within 2 eps of itself; the last "
            "sum rounds the answer once (Blanchard, D. Higham and N. Higham 2021, 4)",
        ),
        Claim(
            name="forward",
            measure=entrywise(),
            bound="rounded/size",
            unless="2*spread*eps",
            because="the absolute error over the answer: near zero, where the largest entry and "
            "the logarithm cancel, nothing relative is left",
        ),
        Claim(
            name="floor",
            measure=below_largest,
            bound="3",
            because="the sum holds the exponential of 0, within 2 eps of 1, its logarithm is off "
            "by 2 eps of that, and the last sum rounds by half an eps",
        ),
    ),
    faults=(
        Fault("no shift", _no_shift),
        Fault("half the digits of the entries", lambda tf, call, x, axis, keepdims: call(
            coarse(tf, x), axis=axis, keepdims=keepdims)),
        Fault("half the digits of the sum", lambda tf, call, x, axis, keepdims: _shifted(
            tf, x, axis, keepdims, lambda total: coarse(tf, total))),
        Fault("half the digits of the answer", lambda tf, call, x, axis, keepdims: coarse(
            tf, call(x, axis=axis, keepdims=keepdims))),
        Fault("largest entry alone", lambda tf, call, x, axis, keepdims: tf.reduce_max(
            x, axis, keepdims)),
        Fault("mean of exponentials", lambda tf, call, x, axis, keepdims: _shifted(
            tf, x, axis, keepdims, lambda total: total / x.shape[axis])),
        Fault("shifted by the smallest", lambda tf, call, x, axis, keepdims: _shifted(
            tf, x, axis, keepdims, lambda total: total, "reduce_min")),
        Fault("one entry short", lambda tf, call, x, axis, keepdims: _shifted(
            tf, x, axis, keepdims, lambda total: total - 0.0078125)),
        Fault("log1p for log", lambda tf, call, x, axis, keepdims: _shifted(
            tf, x, axis, keepdims, lambda total: total + 1)),
        Fault("powers of two", _binary),
        Fault("first entry twice", _twice),
        Fault("signs lost", lambda tf, call, x, axis, keepdims: call(
            tf.abs(x), axis=axis, keepdims=keepdims)),
    ),
)  # fmt: skip

test_reduce_logsumexp = verify(REDUCE_LOGSUMEXP)

"""tf.nn.log_softmax: logarithms of normalised exponentials along any axis."""

from __future__ import annotations

import numpy as np

from properties import lengths
from properties.draws import logits
from properties.faults import coarse
from properties.measures import absolute
from properties.routine import Case, Claim, Fault, Routine
from properties.verify import verify
from references import audits, opinions
from references.interval import Interval
from references.reductions import log_softmax


def order(case: Case) -> Interval:
    """By how much an entry falls below that of the next smaller logit, relative to the largest."""
    axis = case.problem.arguments["axis"]
    x, y = np.moveaxis(case.problem.inputs[0], axis, -1), np.moveaxis(case.answer[0], axis, -1)
    y = np.take_along_axis(y, np.argsort(x, axis=-1, kind="stable"), axis=-1)
    drop = np.maximum(y[..., :-1] - y[..., 1:], 0).reshape(len(case), -1).max(axis=1, initial=0.0)
    size = np.maximum(np.abs(y).reshape(len(case), -1).max(axis=1), case.dtype.tiny)
    return Interval.exact(np.where(drop > 0, drop / size / case.dtype.eps, 0.0))


def _shifted(tf, x, axis, change):
    """x - max less the logarithm of the sum of exponentials, changed."""
    step = x - tf.reduce_max(x, axis, keepdims=True)
    return step - tf.math.log(change(tf.reduce_sum(tf.exp(step), axis, keepdims=True)))


def _no_shift(tf, call, x, axis):
    return x - tf.math.log(tf.reduce_sum(tf.exp(x), axis, keepdims=True))


LOG_SOFTMAX = Routine(
    name="nn.log_softmax",
    call="nn.log_softmax",
    problems=logits,
    reference=log_softmax,
    rival=opinions.log_softmax,
    audit=audits.log_softmax,
    long=lengths.logits,
    terms={"spread": "(mean_distance + n)/2 + 2 + n*tiny/eps"},
    claims=(
        Claim(
            name="entrywise",
            measure=absolute(),
            bound="(distance + 2.5*logarithm + spread/(1 - spread*eps))/(1 - 3*eps) + 2*tiny/eps",
            unless="2*spread*eps",
            relative=False,
            because="x - max rounds once, half an eps of |x - max|, in the entry and, averaged, in "
            "the sum; exp within 2 eps; n - 1 additions; log within 2 eps of itself; the "
            "difference rounds the answer once (Blanchard, D. Higham and N. Higham 2021, 4)",
        ),
        Claim(
            name="order",
            measure=order,
            bound="0",
            because="two subtractions of a common number are monotone when rounded",
        ),
    ),
    faults=(
        Fault("no shift", _no_shift),
        Fault("logarithm of softmax",
              lambda tf, call, x, axis: tf.math.log(tf.nn.softmax(x, axis=axis))),
        Fault("half the digits of the logits",
              lambda tf, call, x, axis: call(coarse(tf, x), axis=axis)),
        Fault("half the digits of the sum", lambda tf, call, x, axis: _shifted(
            tf, x, axis, lambda total: coarse(tf, total))),
        Fault("half the digits of the answer",
              lambda tf, call, x, axis: coarse(tf, call(x, axis=axis))),
        Fault("last axis always", lambda tf, call, x, axis: call(x, axis=-1)),
        Fault("stack normalised too", lambda tf, call, x, axis: call(call(x, axis=axis), axis=0)),
        Fault("one entry short", lambda tf, call, x, axis: _shifted(
            tf, x, axis, lambda total: total - 0.0078125)),
        Fault("shifted only",
              lambda tf, call, x, axis: x - tf.reduce_max(x, axis, keepdims=True)),
        Fault("powers of two", lambda tf, call, x, axis: call(x * 0.6931471805599453, axis=axis)),
        Fault("normalised twice over", lambda tf, call, x, axis: _shifted(
            tf, x, axis, lambda total: total * total)),
    ),
)  # fmt: skip

test_log_softmax = verify(LOG_SOFTMAX)

"""Gradients of pools of tf.nn by a tape, of what comes from above.

Which of equal entries a pool goes back to is not documented: any share of each is right, as long as
nothing is lost.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from hypothesis.strategies import SearchStrategy

from properties.entries import deviation
from properties.faults import coarse
from properties.linalg.gradients import HALVES, NEGATED
from properties.math.product_gradients import by_above
from properties.measures import in_eps
from properties.nn.pools import FILTERED, MEAN, PLACES, PLANES
from properties.nn.window_gradients import row
from properties.placed import Place, placed
from properties.routine import Array, Case, Claim, Fault, Problem, Routine
from properties.verify import verify
from references import numeric_pullbacks_of_windows as opinions
from references import pullbacks_of_windows as pullbacks
from references.audits_numeric import audited
from references.interval import Interval
from references.windows import at

ENDS = ("integers", "dense", "mostly zero", "graded")


def pooled(place: Place) -> Place:
    """Arrays, and what comes from above of their pools."""
    (x,), arguments = place
    told = dict(arguments)
    _, shape = at(x[:-1], told["ksize"], told["strides"], told["padding"])
    return (x, (*shape, x[-1])), arguments


def dilated(place: Place) -> Place:
    """Arrays, filters, and what comes from above of their dilation."""
    (x, filters), arguments = place
    told = dict(arguments)
    options = told["strides"], told["padding"], told["dilations"]
    _, shape = at(x[:-1], filters[:-1], *options)
    return (x, filters, (*shape, x[-1])), arguments


def arrays(depth: int, *, places: tuple[Place, ...] = PLACES) -> SearchStrategy[Problem]:
    """Arrays (B, *places, channels), many of whose entries are equal, and what comes from above."""
    given = tuple(map(pooled, places))
    return placed(depth, given, structures=ENDS, degree=1, kind="operands and above")


def filtered(depth: int) -> SearchStrategy[Problem]:
    """Arrays, filters and what comes from above."""
    return placed(depth, tuple(map(dilated, FILTERED)), structures=ENDS, degree=1)


def totals(*parts: int) -> Callable[[Case], Interval]:
    """By how much the sums of what is answered and of what comes from above differ: (B, channels).

    Of the worst of several parts; exact but for one rounding.
    """

    def measure(case: Case) -> Interval:
        above = case.problem.inputs[-1]
        worst = np.maximum.reduce([apart(case.answer[part], above) for part in parts])
        return in_eps(Interval(worst * (1 - 2.0**-50), worst * (1 + 2.0**-50)), case.dtype.eps)

    return measure


def apart(answer: Array, above: Array) -> Array:
    """|sum of answers - sum of what comes from above| along all axes but the first and the last."""
    count, channels = len(answer), answer.shape[-1]
    both = [a.reshape(count, -1, channels) for a in (answer, -above)]
    rows = np.swapaxes(np.concatenate(both, axis=1), 1, 2)
    power = np.frexp(np.abs(np.where(np.isfinite(rows), rows, 0.0)).max(axis=2))[1]
    found = np.full((count, channels), np.inf)
    for i, k in np.argwhere(np.isfinite(rows).all(axis=2)).tolist():
        sums = math.fsum(np.ldexp(rows[i, k], -power[i, k]).tolist())
        found[i, k] = abs(np.ldexp(sums, power[i, k]))
    return found


AVG_POOL = row(
    "avg_pool.gradient",
    problems=arrays,
    reference=pullbacks.avg_pool,
    rival=opinions.avg_pool,
    audit=audited(opinions.avg_pool),
    terms=MEAN,
    claims=(
        Claim(
            name="entrywise",
            measure=deviation(),
            bound="max(gamma*size + lost, 0)",
            unless="steps*eps",
            because="of each window that an entry is in, what comes from above over the number of "
            "entries that it meets, a reciprocal and a product; sums of n of these are off by "
            "gamma_n-1 of their absolute values, in any order (Higham 2002, 4.2)",
            relative=False,
        ),
    ),
    faults=(
        HALVES[1], NEGATED, *by_above(),
        Fault("over four for three", lambda tf, call, x, w, ksize, **k: call(
            x, w, ksize=ksize, **k) * 0.75),
        Fault("one place off", lambda tf, call, x, w, **k: tf.roll(call(x, w, **k), 1, 1)),
        Fault("channels in another order", lambda tf, call, x, w, **k: call(
            x, tf.reverse(w, [-1]) * (1.0 if x.shape[-1] > 1 else 0.5), **k)),
    ),
)  # fmt: skip
ONCE = (
    "a window's only largest entry gets what comes from above of it, and of equal ones each any "
    "share from none to all: so much is left open; sums of n of these are off by gamma_n-1 of "
    "their absolute values, and what is in no such window gets nothing"
)
WHOLE = (
    "all of what comes from above of a window goes to entries of it: shares of 1/k and their "
    "products round twice, and sums of n of these at most are off by gamma_n-1 of all"
)


def _tied_in_full(tf, call, x, above, **arguments):
    """All of what comes from above to every largest entry; of windows without overlap, or twice."""
    found = call(x, above, **arguments)
    return tf.where(x == tf.reduce_max(x, [1, 2], keepdims=True), tf.reduce_sum(
        tf.maximum(found, 0), [1, 2], keepdims=True) + found, found)  # fmt: skip


def _sum(part: str) -> str:
    """How far sums of what is given to an entry may be off, with the shares left open."""
    sums = f"0.505*max(terms{part} - 1, 0)/(1 - 0.5*terms{part}*eps)*size{part}"
    return f"{sums} + 1.001*tied{part}/eps + 2*terms{part}*tiny/eps"


def _entries(name: str, part: int, end: str) -> Claim:
    return Claim(
        name=name, measure=deviation(part), bound=f"max({_sum(end)}, 0)", because=ONCE,
        relative=False,
    )  # fmt: skip


def _total(most: str, *parts: int) -> Claim:
    return Claim(
        name="total",
        measure=totals(*parts),
        bound=f"0.505*({most} + 1)/(1 - 0.5*({most} + 2)*eps)*whole + 2*pairs*tiny/eps",
        because=WHOLE,
        relative=False,
    )


def _mean(tf, x, above, ksize, strides, padding):
    """As of avg_pool."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = tf.nn.avg_pool(x, list(ksize), list(strides), padding,
                               "NHWC" if len(ksize) == 2 else "NDHWC")  # fmt: skip
    return tape.gradient(value, x, output_gradients=above)


def _largest(name: str, **fields: Any) -> Routine:
    """A pool of largest entries."""
    return row(
        name,
        reference=pullbacks.max_pool,
        rival=opinions.max_pool,
        audit=audited(opinions.max_pool),
        claims=(_entries("entrywise", 0, ""), _total("most", 0)),
        faults=(
            HALVES[1], NEGATED, *by_above(),
            Fault("the smallest", lambda tf, call, x, w, **k: call(-x, w, **k)),
            Fault("every tie in full", _tied_in_full),
            Fault("ties left out", lambda tf, call, x, w, **k: call(x, w, **k) * tf.cast(
                tf.reduce_max(x, [1, 2], keepdims=True) > x, x.dtype)),
            Fault("by size", lambda tf, call, x, w, **k: call(tf.abs(x), w, **k)),
            Fault("mean", lambda tf, call, x, w, ksize, strides, padding: _mean(
                tf, x, w, ksize, strides, padding)),
            Fault("one place off", lambda tf, call, x, w, **k: tf.roll(call(x, w, **k), 1, 1)),
        ),
        **fields,
    )  # fmt: skip


MAX_POOL = _largest("max_pool.gradient", problems=arrays)
MAX_POOL_WITH_ARGMAX = _largest(
    "max_pool_with_argmax.gradient", problems=partial(arrays, places=PLANES)
)


def _changed(change: Callable[[Any, Any], Any], which: int) -> Callable[..., Any]:
    def wrong(tf, call, *inputs, **arguments):
        changed = [change(tf, x) if i == which else x for i, x in enumerate(inputs)]
        return call(*changed, **arguments)

    return wrong


def _answers(change: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def wrong(tf, call, *inputs, **arguments):
        return tuple(change(tf, y) for y in call(*inputs, **arguments))

    return wrong


DILATION2D = row(
    "dilation2d.gradient",
    problems=filtered,
    reference=pullbacks.dilation2d,
    by_dtype=True,
    rival=opinions.dilation2d,
    audit=audited(opinions.dilation2d),
    excused="max(4*top, 4*high)/huge",
    claims=tuple(
        replace(claim, unless="4*high/huge")
        for claim in (
            _entries("by input", 0, "_x"), _entries("by filter", 1, "_f"), _total("windows", 0, 1)
        )
    ),
    faults=(
        Fault("half the digits of what comes from above", _changed(coarse, 2)),
        Fault("half the digits of the answer", _answers(coarse)),
        Fault("of the other sign", _answers(lambda tf, y: -y)),
        Fault("ones from above", _changed(lambda tf, w: tf.ones_like(w), 2)),
        Fault("filter ignored", _changed(lambda tf, f: tf.zeros_like(f), 1)),
        Fault("filter turned", _changed(lambda tf, f: tf.reverse(f, [1, 2]), 1)),
        Fault("of an erosion", _changed(lambda tf, x: -x, 0)),
        Fault("one place off", _answers(lambda tf, y: tf.roll(y, 1, 1))),
        Fault("mean over windows", lambda tf, call, x, f, w, **k: tuple(
            y / w.shape[1] for y in call(x, f, w, **k))),
    ),
)  # fmt: skip

test_avg_pool = verify(AVG_POOL)
test_max_pool = verify(MAX_POOL)
test_max_pool_with_argmax = verify(MAX_POOL_WITH_ARGMAX)
test_dilation2d = verify(DILATION2D)

"""Gradients of the largest and smallest entries of segments in tf.math, by a tape."""

from __future__ import annotations

from functools import partial

from hypothesis.strategies import SearchStrategy

from properties.linalg.gradients import HALVES, NEGATED
from properties.math.product_gradients import ASCENDING, HERE, SEGMENTS, by_above
from properties.math.reduction_gradients import ENDS, SHARES
from properties.placed import Place, placed
from properties.routine import Fault, Problem, Routine
from properties.verify import verify
from references import pullbacks_of_picks as pullbacks
from references.audits_numeric import audited


def arrays(depth: int, *, places: tuple[Place, ...]) -> SearchStrategy[Problem]:
    """Arrays (B, n, ...), many of whose entries are equal, and what comes from above."""
    return placed(depth, places, structures=ENDS, degree=1, kind="operands and above")


def _in_full(tf, call, x, above, **arguments):
    """All of what comes from above for each of equal entries."""
    found = call(x, above, **arguments)
    numbers = arguments["segment_ids"]
    wide = tf.gather(above, [max(i, 0) for i in numbers], axis=1)
    return tf.where(found != 0, wide, found)


def _last_alone(tf, call, x, above, **arguments):
    """The last entries along the first axis get nothing where others are as large."""
    found = call(x, above, **arguments)
    return tf.concat([found[:, :-1], tf.where(
        tf.reduce_any(x[:, :-1] == x[:, -1:], axis=1, keepdims=True),
        tf.zeros_like(found[:, -1:]), found[:, -1:])], 1)  # fmt: skip


def _opposite(tf, call, x, above, **arguments):
    return call(-x, above, **arguments)


def _row(name: str, places: tuple[Place, ...]) -> Routine:
    """A routine of the table: call and reference have its own name."""
    opinion = partial(pullbacks.opinion, least=name.endswith("min"))
    return Routine(
        name=f"math.{name}.gradient",
        call=f"{HERE}:{name}",
        problems=partial(arrays, places=places),
        reference=getattr(pullbacks, name),
        rival=opinion,
        audit=audited(opinion),
        claims=(SHARES,),
        faults=(
            *HALVES[1:], NEGATED, *by_above(),
            Fault("every tie in full", _in_full),
            Fault("last alone", _last_alone),
            Fault("the other end", _opposite),
        ),
        volume=0.15,  # each shape is traced and compiled
        pullback=True,
    )  # fmt: skip


SEGMENT_MAX = _row("segment_max", ASCENDING)
SEGMENT_MIN = _row("segment_min", ASCENDING)
UNSORTED_SEGMENT_MAX = _row("unsorted_segment_max", SEGMENTS)
UNSORTED_SEGMENT_MIN = _row("unsorted_segment_min", SEGMENTS)

test_segment_max = verify(SEGMENT_MAX)
test_segment_min = verify(SEGMENT_MIN)
test_unsorted_segment_max = verify(UNSORTED_SEGMENT_MAX)
test_unsorted_segment_min = verify(UNSORTED_SEGMENT_MIN)

"""Largest and smallest entries in tf.math: by axis, by segment and in order, bit by bit."""

from __future__ import annotations

from functools import partial
from typing import Any

from hypothesis.strategies import SearchStrategy

from properties.entries import deviation
from properties.faults import coarse
from properties.math.segments import SORTED, UNSORTED
from properties.math.sums import PLACES
from properties.nn.losses import classed_with
from properties.placed import Place, placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import picks

STRUCTURES = ("dense", "integers", "graded", "mostly zero", "alternating")
ROWS: tuple[Place, ...] = tuple(((shape,), (("axis", axis),)) for shape, axis in (
    ((3,), -1), ((16,), 1), ((3, 5), 1), ((3, 5), -1)))  # fmt: skip
TOPS: tuple[Place, ...] = tuple(((shape,), (("k", k),)) for shape, k in (
    ((3,), 1), ((8,), 8), ((16,), 5), ((3, 5), 2)))  # fmt: skip
EMPTY: tuple[Place, ...] = (
    *UNSORTED, (((8, 2),), (("num_segments", 4), ("segment_ids", (3, 0, 3, 0, 0, 1, 1, 3)))),
)  # fmt: skip


def arrays(depth: int, *, places: Any) -> SearchStrategy[Problem]:
    """Arrays (B, ...) of any entries, many of them equal in some, with the arguments."""
    return placed(depth, places, structures=STRUCTURES, degree=1)


def _exact(part: int = 0, name: str = "exact", because: str = "entries are picked") -> Claim:
    return Claim(
        name=name,
        measure=deviation(part),
        bound="0",
        relative=False,
        because=because + ", and nothing is computed with them",
    )


EXACT = _exact()
PICKED = Claim(
    name="exact",
    measure=deviation(),
    bound="0",
    relative=False,
    because="what stands at the place that is answered is the entry picked; which of equal ones "
    "it is, is not documented",
)


def _coarse_input(tf, call, x, **arguments):
    return call(coarse(tf, x), **arguments)


def _sizes(tf, call, x, **arguments):
    """By absolute values."""
    return call(tf.abs(x), **arguments)


def _opposite(tf, call, x, **arguments):
    """The smallest for the largest, or the other way round."""
    found = call(-x, **arguments)
    return tuple(-part for part in found) if isinstance(found, tuple) else -found


def _last_left_out(tf, call, x, **arguments):
    """The entry before in the place of the last one, along each axis but the stack's."""
    for axis in range(1, len(x.shape)):
        n = x.shape[axis]
        x = tf.gather(x, [*range(n - 1), max(n - 2, 0)], axis=axis)
    return call(x, **arguments)


def _computed_with(tf, call, x, **arguments):
    found = call(x, **arguments)
    first, *rest = found if isinstance(found, tuple) else (found,)
    first = first / 3 * 3 + first / 65536
    return (first, *rest) if rest else first


FAULTS = (
    Fault("half the digits", _coarse_input),
    Fault("absolute values", _sizes),
    Fault("the opposite end", _opposite),
    Fault("last entries left out", _last_left_out),
    Fault("computed with", _computed_with),
)


def _row(name: str, places: Any, *claims: Claim, **fields: Any) -> Routine:
    """A routine of the table: its reference has its own name."""
    return Routine(
        name=f"math.{name}",
        call=fields.pop("call", f"properties.math.calls:{name}"),
        problems=fields.pop("problems", partial(arrays, places=places)),
        reference=getattr(picks, name),
        claims=claims or (EXACT,),
        faults=fields.pop("faults", FAULTS),
        volume=fields.pop("volume", 0.1),
        **fields,
    )


REDUCE_MAX = _row("reduce_max", PLACES, call="math.reduce_max")
REDUCE_MIN = _row("reduce_min", PLACES, call="math.reduce_min")
ARGMAX = _row("argmax", ROWS, PICKED)
ARGMIN = _row("argmin", ROWS, PICKED)
SEGMENT_MAX = _row("segment_max", SORTED)
SEGMENT_MIN = _row("segment_min", SORTED)
UNSORTED_SEGMENT_MAX = _row("unsorted_segment_max", EMPTY, by_dtype=True)
UNSORTED_SEGMENT_MIN = _row("unsorted_segment_min", EMPTY, by_dtype=True)
TOP_K = _row(
    "top_k",
    TOPS,
    EXACT,
    _exact(1, "places", "places of entries, the lower one of equals first, as documented"),
)


def _moved(tf, call, targets, predictions, k):
    """Classes counted from one."""
    n = tf.cast(predictions.shape[1], targets.dtype)
    return call(tf.math.floormod(targets + 1, n), predictions, k=k)


IN_TOP_K = _row(
    "in_top_k",
    (),
    _exact(because="a place in an order, equal predictions counting as one, as documented"),
    problems=partial(
        classed_with, shapes=((3,), (8,)), arguments=((("k", 1),), (("k", 2),), (("k", 5),))
    ),
    dtypes=("float32",),
    volume=1.0,  # one number a member, which few problems would tell apart
    faults=(
        Fault("half the digits", lambda tf, call, p, x, k: call(p, coarse(tf, x), k=k)),
        Fault("one more", lambda tf, call, p, x, k: call(p, x, k=k + 1)),
        Fault("classes from one", _moved),
        Fault("the smallest", lambda tf, call, p, x, k: call(p, -x, k=k)),
        Fault("always", lambda tf, call, p, x, k: tf.ones_like(call(p, x, k=k))),
    ),
)

test_reduce_max = verify(REDUCE_MAX)
test_reduce_min = verify(REDUCE_MIN)
test_argmax = verify(ARGMAX)
test_argmin = verify(ARGMIN)
test_segment_max = verify(SEGMENT_MAX)
test_segment_min = verify(SEGMENT_MIN)
test_unsorted_segment_max = verify(UNSORTED_SEGMENT_MAX)
test_unsorted_segment_min = verify(UNSORTED_SEGMENT_MIN)
test_top_k = verify(TOP_K)
test_in_top_k = verify(IN_TOP_K)

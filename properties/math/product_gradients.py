"""Gradients of tf.math.reduce_prod, cumprod and products by segment, by a tape.

What comes from above is given. A derivative of a product is the product of the other entries, also
where one of them is zero.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from hypothesis.strategies import SearchStrategy
from numpy.typing import NDArray

from properties.entries import deviation, entrywise_moduli
from properties.faults import coarse
from properties.linalg.gradients import CONJUGATED, HALVES, NEGATED
from properties.math.combined import OF_SEGMENTED
from properties.math.products import STRUCTURES
from properties.placed import Place, placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import numeric_pullbacks as opinions
from references import pullbacks_of_products as pullbacks
from references.audits_numeric import audited

HERE = "properties.math.pullbacks"


def reduced(
    shape: tuple[int, ...], above: tuple[int, ...], axis: Any, *, keepdims: bool = False
) -> Place:
    """An array, and what comes from above of its reduction along an axis, or several."""
    return (shape, above), (("axis", axis), ("keepdims", keepdims))


def _along(shape: tuple[int, ...], axis: int, *, exclusive: bool, reverse: bool) -> Place:
    told = ("axis", axis), ("exclusive", exclusive), ("reverse", reverse)
    return (shape, shape), told


ROWS = (
    reduced((3,), (), -1), reduced((8,), (), 1),
    reduced((3, 5), (1, 5), 1, keepdims=True), reduced((2, 3, 2), (3,), (-1, 1)),
)  # fmt: skip
RUNNING = (
    _along((3,), -1, exclusive=False, reverse=False),
    _along((8,), 1, exclusive=True, reverse=False),
    _along((3, 5), 1, exclusive=False, reverse=True),
    _along((3, 5), -1, exclusive=True, reverse=True),
)
ASCENDING: tuple[Place, ...] = (
    (((5,), (2,)), (("segment_ids", (0, 0, 1, 1, 1)),)),
    (((9, 2), (4, 2)), (("segment_ids", (0, 0, 0, 1, 1, 3, 3, 3, 3)),)),  # the third one is empty
)
SEGMENTS: tuple[Place, ...] = (
    (((5,), (3,)), (("num_segments", 3), ("segment_ids", (1, 0, 1, 0, 1)))),
    (((9, 2), (4, 2)), (("num_segments", 4), ("segment_ids", (3, 0, 1, -1, 1, 0, 0, 0, 3)))),
)


def arrays(
    depth: int, *, places: tuple[Place, ...], in_complex: bool = False
) -> SearchStrategy[Problem]:
    """Arrays (B, ...), and what comes from above of their products."""
    kind = f"{'complex ' * in_complex}operands and above"
    return placed(depth, places, in_complex=in_complex, structures=STRUCTURES, degree=12, kind=kind)


def _entries(problem: Problem, *, zero: bool) -> NDArray[np.bool_]:
    """The entries that are zero, or those that are not."""
    return np.asarray((problem.inputs[0] == 0) == zero)


OTHERS = (
    "a sum of products of the other entries and what comes from above: n - 1 products and n - 1 "
    "sums of each at most, a quotient more where a whole product is divided by the entry: gamma_2n "
    "of the sum of the absolute values (Higham 2002, 3.1)"
)


def _sums(name: str, because: str, *, zero: bool) -> Claim:
    """What is claimed of entries that are zero, or of those that are not."""
    return Claim(
        name=name,
        measure=deviation(),
        bound="2*each*terms/(1 - 2*spread*terms*eps)*size + (1 + 5*complex)*terms*tiny/eps",
        unless="max((4 + 4*complex)*most*eps, 2*most*top/huge, (2 + 196*complex*most)*tiny/bottom)",
        only=partial(_entries, zero=zero),
        because=because,
        relative=False,
    )


def _coarse_above(tf, call, x, above, **arguments):
    return call(x, coarse(tf, above), **arguments)


def _ones_above(tf, call, x, above, **arguments):
    """As of the sum of all products."""
    return call(x, tf.ones_like(above), **arguments)


def _sizes(tf, call, x, above, **arguments):
    return call(tf.cast(tf.abs(x), x.dtype), above, **arguments)


def _divided(tf, call, x, above, **arguments):
    """The whole product over the entry, where that is not zero."""
    found = call(x, above, **arguments)
    return tf.where(x == 0, tf.zeros_like(found), found)


def _with_itself(tf, call, x, above, **arguments):
    """Entries take part in their own derivative."""
    return call(x, above, **arguments) * x


def _next(tf, call, x, above, **arguments):
    """Each entry has the derivative by the one before."""
    return tf.roll(call(x, above, **arguments), 1, -1)


def _other_end(tf, call, x, above, reverse, **arguments):
    return call(x, above, reverse=not reverse, **arguments)


def _exclusive(tf, call, x, above, exclusive, **arguments):
    return call(x, above, exclusive=not exclusive, **arguments)


def _last_alone(tf, call, x, above, axis, **arguments):
    """What comes from above of the first entry along the last axis counts nowhere."""
    return call(x, tf.concat([tf.zeros_like(above[..., :1]), above[..., 1:]], -1), axis=axis,
                **arguments)  # fmt: skip


def by_above() -> tuple[Fault, ...]:
    """Faults of what comes from above."""
    return (
        Fault("half the digits of what comes from above", _coarse_above),
        Fault("ones from above", _ones_above),
    )


AT_ZEROS = Fault("zero at zeros", _divided)
FAULTS = (
    *HALVES, NEGATED, CONJUGATED, *by_above(),
    Fault("signs lost", _sizes),
    Fault("with itself", _with_itself),
    Fault("by the entry before", _next),
)  # fmt: skip


def _row(
    name: str, places: tuple[Place, ...], claims: tuple[Claim, ...], *faults: Fault
) -> Routine:
    """A routine of the table: call, reference, opinion and audit have its own name."""
    opinion = getattr(opinions, name)
    return Routine(
        name=f"math.{name}.gradient",
        call=f"{HERE}:{name}",
        problems=partial(arrays, places=places),
        complex_problems=partial(arrays, places=places, in_complex=True),
        reference=getattr(pullbacks, name),
        rival=opinion,
        audit=audited(opinion),
        terms=OF_SEGMENTED,
        excused="max(2*most*top/huge, 2*tiny/bottom)",
        claims=claims,
        faults=(*FAULTS, *faults),
        volume=0.15,  # each shape is traced and compiled, and truths come from balls
        pullback=True,
    )


REDUCE_PROD = _row(
    "reduce_prod",
    ROWS,
    (
        Claim(
            name="roundings",
            measure=entrywise_moduli(),
            bound="each*(terms - 1)/(1 - spread*terms*eps)",
            unless="max((2 + 2*complex)*most*eps, 2*top/huge, (2 + 98*complex*most)*tiny/bottom)",
            because="n - 1 other entries and what comes from above are n factors, whose product "
            "rounds n - 1 times in any order: gamma_n-1 of itself (Higham 2002, 3.1)",
        ),
    ),
    AT_ZEROS,
)
CUMPROD = _row(
    "cumprod",
    RUNNING,
    (
        _sums("entrywise", OTHERS, zero=False),
        _sums("at zeros", "by an entry that is zero, too, it is " + OTHERS, zero=True),
    ),
    Fault("from the other end", _other_end),
    Fault("with or without itself", _exclusive),
    Fault("first from above left out", _last_alone),
)
OF_SEGMENTS = Claim(
    name="roundings",
    measure=entrywise_moduli(),
    bound="max(each*(terms + 1 + complex)/(1 - spread*(terms + 2)*eps), 0)",
    unless="max((2 + 2*complex)*(most + 2)*eps, 2*top/huge, "
    "(2 + 98*complex*(most + 2))*tiny/bottom)",
    because="a product of n entries over one of them, which is not zero, and what comes "
    "from above: gamma_n+1 (Higham 2002, 3.1), complex quotients off by sqrt(2) gamma_4 "
    "(3.5); where an entry is zero the product of the others",
)
SEGMENT_PROD = _row("segment_prod", ASCENDING, (OF_SEGMENTS,), AT_ZEROS)
UNSORTED_SEGMENT_PROD = _row("unsorted_segment_prod", SEGMENTS, (OF_SEGMENTS,), AT_ZEROS)

test_reduce_prod = verify(REDUCE_PROD)
test_cumprod = verify(CUMPROD)
test_segment_prod = verify(SEGMENT_PROD)
test_unsorted_segment_prod = verify(UNSORTED_SEGMENT_PROD)

"""Pools of tf.nn: largest entries and means of windows, and sums with a filter that are largest."""

from __future__ import annotations

from functools import partial
from typing import Any

from hypothesis.strategies import SearchStrategy

from properties.entries import deviation
from properties.faults import coarse
from properties.linalg.matmul import TERMS
from properties.math.picks import EXACT, FAULTS, STRUCTURES
from properties.placed import Place, placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import numeric_windows, windows
from references.audits_numeric import audited


def _place(shape: tuple[int, ...], ksize: Any, strides: Any, padding: str) -> Place:
    return (shape,), (("ksize", ksize), ("strides", strides), ("padding", padding))


def _filtered(shape: Any, window: Any, strides: Any, padding: str, dilations: Any) -> Place:
    arguments = (("strides", strides), ("padding", padding), ("dilations", dilations))
    return (shape, window), arguments


PLACES = (
    _place((5, 5, 2), (2, 2), (1, 1), "VALID"), _place((5, 4, 2), (3, 2), (2, 2), "SAME"),
    _place((4, 4, 1), (2, 3), (2, 1), "SAME"), _place((2, 3, 3, 1), (2, 2, 2), (1, 2, 1), "SAME"),
)  # fmt: skip
PLANES = PLACES[:3]
FILTERED = (
    _filtered((5, 5, 2), (2, 2, 2), (1, 1), "VALID", (1, 1)),
    _filtered((5, 4, 2), (3, 2, 2), (2, 1), "SAME", (1, 1)),
    _filtered((6, 5, 1), (2, 2, 1), (1, 1), "SAME", (2, 2)),
)


def arrays(depth: int, *, places: Any = PLACES) -> SearchStrategy[Problem]:
    """Arrays (B, *places, channels) with windows, strides and padding."""
    return placed(depth, places, structures=STRUCTURES, degree=1)


def _backwards(tf, call, x, **arguments):
    """The first place read backwards."""
    return call(tf.reverse(x, [1]), **arguments)


def _other_channel(tf, call, x, **arguments):
    return call(tf.roll(x, 1, -1) * 0.5, **arguments)


def _padding(tf, call, x, *, padding, **arguments):
    """Zeros for what is beside x, as if it were part of it: means and extremes feel them."""
    pads = [[0, 0], *([1, 1] for _ in x.shape[1:-1]), [0, 0]]
    wide = call(tf.pad(x, pads), padding=padding, **arguments)
    found = call(x, padding=padding, **arguments)
    return wide[tuple(slice(0, n) for n in found.shape)]


WINDOWS = (
    Fault("places backwards", _backwards),
    Fault("channels", _other_channel),
    Fault("zeros beside", _padding),
)
MEAN = {**TERMS, "steps": "terms + 2"}  # a sum, a reciprocal of the number and a product


def _row(name: str, places: Any, claim: Claim = EXACT, **fields: Any) -> Routine:
    """A routine of the table: its reference has its own name."""
    return Routine(
        name=f"nn.{name}",
        call=f"properties.nn.windows:{name}",
        problems=partial(arrays, places=places),
        reference=getattr(windows, name.removesuffix("_with_argmax")),
        claims=(claim,),
        faults=fields.pop("faults", (*FAULTS, *WINDOWS)),
        volume=0.1,
        **fields,
    )


MAX_POOL = _row("max_pool", PLACES)
MAX_POOL_WITH_ARGMAX = _row("max_pool_with_argmax", PLANES)
AVG_POOL = _row(
    "avg_pool",
    PLACES,
    Claim(
        name="entrywise",
        measure=deviation(),
        bound="max(gamma*size + lost, 0)",
        unless="steps*eps",
        because="the mean of those n entries that a window meets: a sum is off by gamma_n-1 of the "
        "sum of their absolute values, in any order (Higham 2002, 4.2); a reciprocal and a product "
        "more",
        relative=False,
    ),
    terms=MEAN,
    excused="4*top/huge",
    rival=numeric_windows.avg_pool,
    audit=audited(numeric_windows.avg_pool),
    faults=(
        Fault("half the digits", lambda tf, call, x, **k: call(coarse(tf, x), **k)),
        Fault("half the digits of the answer", lambda tf, call, x, **k: coarse(tf, call(x, **k))),
        Fault("absolute values", lambda tf, call, x, **k: call(tf.abs(x), **k)),
        *WINDOWS,
    ),
)

SUMMED = Claim(
    name="rounded",
    measure=deviation(),
    bound="0.5*(1 + 2.0**-40)*size + tiny/eps",
    relative=False,
    because="each sum of two numbers rounds once, by half an eps of itself at most (IEEE 754), and "
    "rounding keeps the order of numbers: the largest of rounded sums is the largest sum, rounded",
)


def _filter_turned(tf, call, x, filters, **arguments):
    return call(x, tf.reverse(filters, [1, 2]), **arguments)


def _filter_ignored(tf, call, x, filters, **arguments):
    return call(x, tf.zeros_like(filters), **arguments)


BY_FILTERS = (
    Fault("half the digits", lambda tf, call, x, f, **k: call(coarse(tf, x), f, **k)),
    Fault("half the digits of the answer",
          lambda tf, call, x, f, **k: coarse(tf, call(x, f, **k))),
    Fault("filter turned", _filter_turned),
    Fault("filter ignored", _filter_ignored),
    Fault("the opposite end", lambda tf, call, x, f, **k: -call(-x, f, **k)),
)  # fmt: skip


def filtered(depth: int) -> SearchStrategy[Problem]:
    """Arrays (B, *places, channels) and filters (B, *window, channels)."""
    return placed(depth, FILTERED, structures=STRUCTURES, degree=1)


def _summed(name: str) -> Routine:
    return Routine(
        name=f"nn.{name}",
        call=f"properties.nn.windows:{name}",
        problems=filtered,
        reference=getattr(windows, name),
        rival=getattr(numeric_windows, name),
        audit=audited(getattr(numeric_windows, name)),
        claims=(SUMMED,),
        faults=BY_FILTERS,
        excused="4*top/huge",
        volume=0.1,
    )


DILATION2D, EROSION2D = _summed("dilation2d"), _summed("erosion2d")

test_max_pool = verify(MAX_POOL)
test_max_pool_with_argmax = verify(MAX_POOL_WITH_ARGMAX)
test_avg_pool = verify(AVG_POOL)
test_dilation2d = verify(DILATION2D)
test_erosion2d = verify(EROSION2D)

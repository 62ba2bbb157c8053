"""Gradients of sums and means in tf.math, by a tape, along axes and by segment."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from properties.adjoints import COPIED, of_linear, taken_back
from properties.linalg.matmul import ENTRYWISE, TERMS
from properties.math.segments import SORTED, UNSORTED
from properties.math.sums import PLACES, RUNNING
from properties.routine import Claim, Fault, Routine
from properties.verify import verify
from references import adjoints

HERE = "properties.math.calls"
SUM = replace(
    ENTRYWISE,
    bound="max(gamma*size + lost, 0)",  # sums of one are copies
    because="the running sum from the other end of what comes from above: a sum of n numbers is "
    "off by gamma_n-1 of the sum of their absolute values, in any order (Higham 2002, 4.2)",
)
SHARE = Claim(
    name="shares",
    measure=replace(ENTRYWISE).measure,
    bound="1.01*size + 2*tiny/eps",
    because="what comes from above over the number of entries: a quotient, or a reciprocal and a "
    "product, two roundings of half an eps",
    relative=False,
)
ROOT = replace(
    SHARE,
    bound="1.52*size + 2*tiny/eps",
    because="what comes from above over the root of the number of entries: a root, within an eps, "
    "and a quotient of half an eps",
)


def _scaled(tf, call, above, **arguments):
    """As if there were one entry more than there are."""
    return call(above, **arguments) * 0.96875


def _other_end(tf, call, above, reverse, **arguments):
    return call(above, reverse=not reverse, **arguments)


def _exclusive(tf, call, above, exclusive, **arguments):
    return call(above, exclusive=not exclusive, **arguments)


SCALED = Fault("one entry too many", _scaled)
ENDS = Fault("from the other end", _other_end), Fault("with or without itself", _exclusive)


def _copies(word: str, call: str, places: tuple) -> Routine:
    return of_linear(f"math.{word}.gradient", taken_back(call, 0, places), COPIED)


def _shares(word: str, call: str, places: tuple, *, root: bool = False) -> Routine:
    return of_linear(
        f"math.{word}.gradient",
        taken_back(call, 0, places),
        ROOT if root else SHARE,
        reference=partial(adjoints.shared, root=root),
        real=word.startswith("unsorted"),
        faults=(SCALED,),
    )


ROUTINES = (
    _copies("reduce_sum", "math.reduce_sum", PLACES),
    _copies("segment_sum", f"{HERE}:segment_sum", SORTED),
    _copies("unsorted_segment_sum", f"{HERE}:unsorted_segment_sum", UNSORTED),
    _shares("reduce_mean", "math.reduce_mean", PLACES),
    _shares("segment_mean", f"{HERE}:segment_mean", SORTED),
    _shares("unsorted_segment_mean", f"{HERE}:unsorted_segment_mean", UNSORTED),
    _shares("unsorted_segment_sqrt_n", f"{HERE}:unsorted_segment_sqrt_n", UNSORTED, root=True),
    of_linear(
        "math.cumsum.gradient",
        taken_back("math.cumsum", 0, RUNNING),
        SUM,
        terms={**TERMS, "steps": "terms - 1", "lost": "(2*terms + 1)*tiny/eps"},
        excused="4*top/huge",
        faults=ENDS,
    ),
)
for _routine in ROUTINES:
    _name = _routine.name.removeprefix("math.").replace(".gradient", "_by")
    globals()[_name.upper()] = _routine
    globals()[f"test_{_name}"] = verify(_routine)

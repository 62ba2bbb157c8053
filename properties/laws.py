"""Laws: what two outcomes of one routine must have in common, whatever the true answer is.

A law makes a second outcome of each member, by other calls on the same backend, and compares it
with the first. Where bits are promised (the same call again, in the same place of a stack of the
same shape) they must be the same. Elsewhere kernels may sum in another order. Then both must have
the same word, both hold finite numbers or neither, and the second must keep every claim that the
first one keeps: two answers within a bound of one truth are within twice that bound of each other.

The laws here hold for every routine that treats the members of a stack alike, which all do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from properties.examine import examine
from properties.modes import Answered, Outcomes
from properties.planted import Call, rows_of
from reports.record import BROKEN, HELD

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Law:
    """`other` gives the second outcome of each member; `about` the members that it is about."""

    name: str
    other: Callable[[Call], Outcomes]
    because: str
    bits: bool = False
    about: Callable[[int], NDArray[np.bool_]] = lambda count: np.ones(count, dtype=bool)


def selected(outcomes: Outcomes, members: NDArray[np.int64]) -> Outcomes:
    """The outcomes of some members, in the order given."""
    return Outcomes(
        outcomes.words[members],
        tuple(array[members] for array in outcomes.arrays),
        {i: outcomes.messages[m] for i, m in enumerate(members) if m in outcomes.messages},
    )


def joined(parts: list[Outcomes]) -> Outcomes:
    """The outcomes of single members as those of one stack."""
    return Outcomes(
        np.concatenate([part.words for part in parts]),
        tuple(map(np.concatenate, zip(*(part.arrays for part in parts), strict=True))),
        {i: part.messages[0] for i, part in enumerate(parts) if 0 in part.messages},
    )


def _again(call: Call) -> Outcomes:
    """The same call, after one on other numbers has used the memory."""
    others = tuple(np.roll(a, 1, axis=0) for a in call.problem.inputs)
    call.ask(replace(call.problem, inputs=others), call.dtype)
    return call.ask(call.problem, call.dtype)


def _alone(call: Call) -> Outcomes:
    places = range(len(call.problem))
    return joined([call.ask(call.problem.select(np.array([i])), call.dtype) for i in places])


def _reversed(call: Call) -> Outcomes:
    back = np.arange(len(call.problem))[::-1]
    return selected(call.ask(call.problem.select(back), call.dtype), back)


def _beside(value: float) -> Callable[[Call], Outcomes]:
    """The last member with nothing but one value in it."""

    def other(call: Call) -> Outcomes:
        inputs = tuple(array.copy() for array in call.problem.inputs)
        for array in inputs:
            array[-1] = value
        return call.ask(replace(call.problem, inputs=inputs), call.dtype)

    return other


def _all_but_last(count: int) -> NDArray[np.bool_]:
    return np.arange(count) < count - 1


LAWS = (
    Law("repeated", _again, "the same call on the same numbers gives the same bits", bits=True),
    Law("alone", _alone, "a member of a stack gets what it gets by itself"),
    Law("reversed", _reversed, "the order of a stack says nothing about its members"),
    Law("beside NaN", _beside(np.nan), "a member is of no account to its neighbours",
        about=_all_but_last),
    Law("beside zeros", _beside(0.0), "a member is of no account to its neighbours",
        about=_all_but_last),
    Law("beside infinity", _beside(np.inf), "a member is of no account to its neighbours",
        about=_all_but_last),
)  # fmt: skip


def broken(law: Law, call: Call, mode: str) -> NDArray[np.bool_]:
    """The members (B,) that a law is broken for."""
    other = law.other(call)
    if call.routine.tidied is not None:
        other = replace(other, arrays=tuple(map(call.routine.tidied, other.arrays)))
    sound, count = call.outcomes, len(call.problem)
    differ = (sound.words != other.words) | (sound.finite != other.finite)
    differ |= ~same_bits(sound, other) if law.bits else _worse(call, other, mode)
    return differ & law.about(count)


def same_bits(sound: Outcomes, other: Outcomes) -> NDArray[np.bool_]:
    """Which members (B,) have the same numbers; NaN is NaN."""
    same = np.ones(len(sound.words), dtype=bool)
    for was, now in zip(sound.arrays, other.arrays, strict=True):
        same &= rows_of((was == now) | (np.isnan(was) & np.isnan(now))).all(axis=1)
    return same


def _worse(call: Call, other: Outcomes, mode: str) -> NDArray[np.bool_]:
    """Members that break a claim in the second outcome and hold it in the first."""
    backends = [Answered("first", call.outcomes, (mode,)), Answered("second", other, (mode,))]
    found = examine(call.routine, call.problem, backends, dtypes=(call.dtype.name,))
    verdicts: dict[Any, Any] = {records.cell: records.verdict for records in found.records}
    worse = np.zeros(len(call.problem), dtype=bool)
    for cell, verdict in verdicts.items():
        if cell.backend == "second":
            worse |= (verdict == BROKEN) & (verdicts[cell._replace(backend="first")] == HELD)
    return worse

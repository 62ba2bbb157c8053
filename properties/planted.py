"""Faults that any routine can have, planted into what a sound backend answers or is given.

One mechanism for all routines, modes and dtypes: a plant is a function of one sound call, and
gives the outcomes of a wrong one. It changes the answer, or sets the same backend another problem;
it needs neither TensorFlow nor a word about the routine. Where it changes no bit of an answer
(a symmetric matrix transposed, a stack of one member reversed) it is no fault: `changed` tells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from properties.dtypes import Dtype
from properties.modes import Backend, Outcomes
from properties.routine import Problem, Routine
from references.truth import Truth
from reports.record import NOT_OFFERED


@dataclass(frozen=True)
class Call:
    """One sound call, and the way to make another: `ask` sets a problem, in a dtype.

    `before`: how many calls of its dtype and mode came before it.
    """

    routine: Routine
    problem: Problem
    dtype: Dtype
    outcomes: Outcomes
    ask: Callable[[Problem, Dtype], Outcomes]
    before: int = 0


@dataclass(frozen=True)
class Plant:
    """A fault by name. `eps`: of a bias, by how much; `family`: relative to what."""

    name: str
    wrong: Callable[[Call], Outcomes]
    eps: int = 0
    family: str = ""


@dataclass(frozen=True)
class Planted:
    """A backend with one fault. Those that share `given` ask for a sound answer once."""

    real: Backend
    plant: Plant
    name: str  # what records call it
    given: dict[tuple[str, str, str], Outcomes] = field(default_factory=dict, repr=False)
    calls: Counter[tuple[str, str]] = field(default_factory=Counter, repr=False)

    @property
    def modes(self) -> tuple[str, ...]:
        """Those of the sound backend."""
        return self.real.modes

    def answer(
        self, routine: Routine, problem: Problem, dtype: Dtype, mode: str, truth: Truth
    ) -> Outcomes:
        """The outcomes of the sound backend, made wrong."""
        key = problem.digest, dtype.name, mode
        if key not in self.given:
            self.given[key] = self.real.answer(routine, problem, dtype, mode, truth)
        sound = self.given[key]
        if (sound.words == NOT_OFFERED).all():
            return sound

        def ask(other: Problem, other_dtype: Dtype) -> Outcomes:
            with np.errstate(over="ignore"):  # of input that leaves the range on its way
                return self.real.answer(routine, other, other_dtype, mode, truth)

        before = self.calls[dtype.name, mode]
        self.calls[dtype.name, mode] += 1
        wrong = self.plant.wrong(Call(routine, problem, dtype, sound, ask, before))
        return replace(wrong, arrays=tuple(map(dtype.round, wrong.arrays)))


def planted(real: Backend, plants: Sequence[Plant]) -> list[Planted]:
    """A sound backend, and one for each fault of it: all make of one answer what they will.

    Where nothing is due, TensorFlow may give memory that nobody wrote, other at every call.
    """
    given: dict[tuple[str, str, str], Outcomes] = {}
    sound = Planted(real, Plant("none", lambda call: call.outcomes), real.name, given)
    return [sound, *(Planted(real, plant, plant.name, given) for plant in plants)]


def changed(sound: Outcomes, wrong: Outcomes) -> NDArray[np.float64]:
    """By how much each member (B,) was changed: 0 where no bit was, infinite where no number is.

    The largest change of an entry relative to the largest entry of its array, both finite.
    """
    most = np.where(sound.words == wrong.words, 0.0, np.inf)
    for was, now in zip(sound.arrays, wrong.arrays, strict=True):
        same = (was == now) | (np.isnan(was) & np.isnan(now))
        with np.errstate(all="ignore"):
            far = rows_of(np.where(same, 0, np.abs(now / 2 - was / 2))).max(axis=1, initial=0.0)
            part = np.where(far == 0, 0.0, far / rows_of(np.abs(was)).max(axis=1, initial=0.0) * 2)
        part = np.where(np.isnan(part), np.inf, part)
        most = np.maximum(most, np.where(rows_of(same).all(axis=1), 0.0, part))
    return most


def rows_of(array: NDArray[Any]) -> NDArray[Any]:
    """Each member as one row."""
    return array.reshape(len(array), -1)

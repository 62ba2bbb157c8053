"""What a symmetry of a routine is: another problem, and the way back of its answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from properties.laws import Law
from properties.modes import Outcomes
from properties.planted import Call, rows_of

Stack = NDArray[Any]
Stacks = tuple[Stack, ...]
SCALED = "rounding to nearest commutes with powers of two where nothing leaves the normal numbers"
STEP = 4  # degrees are of 2^STEP: even, for square roots


@dataclass(frozen=True)
class Symmetry:
    """`there` makes the inputs of another problem, `back` takes its answers to those of the first.

    `exact`: members (B,) for which the change rounds nothing; the law is about those alone.
    """

    name: str
    there: Callable[[Stacks], Stacks]
    back: Callable[[Stacks, Stacks], Stacks]  # the answers, and the inputs of the first problem
    because: str
    bits: bool = False
    exact: Callable[[Call], NDArray[np.bool_]] = lambda call: np.ones(len(call.problem), bool)

    def law(self, call: Call) -> Law:
        """The law for one call."""

        def other(sound: Call) -> Outcomes:
            inputs = self.there(sound.problem.inputs)
            got = sound.ask(replace(sound.problem, inputs=inputs), sound.dtype)
            return replace(got, arrays=self.back(got.arrays, sound.problem.inputs))

        mask = self.exact(call)
        return Law(self.name, other, self.because, self.bits, lambda _: mask)


def in_the_middle(call: Call) -> NDArray[np.bool_]:
    """Members of which neither entries nor products of them come near the ends of the range.

    Non-zero entries of inputs within 2^(E/8) of 1 either way, those of answers within 2^(E/4),
    E the exponent of the largest number: squares of products of them, and the rounding errors of
    these, are normal numbers.
    """
    middle = call.outcomes.finite.copy()
    for arrays, part in ((call.problem.inputs, 8), (call.outcomes.arrays, 4)):
        for array in arrays:
            size, limit = np.abs(rows_of(array)), 2.0 ** (call.dtype.max_exponent // part)
            middle &= ((size == 0) | ((size >= 1 / limit) & (size <= limit))).all(axis=1)
    return middle


def scaling(given: tuple[int, ...], due: tuple[int, ...]) -> Symmetry:
    """Inputs times 2^(STEP `given`), answers then times 2^(STEP `due`): exact, and in every step.

    Rounding to nearest commutes with powers of two while nothing leaves the normal numbers, and so
    does every comparison of entries with each other; a cut-off that is relative does too.
    """

    def times(arrays: Stacks, degrees: tuple[int, ...], sign: int) -> Stacks:
        return tuple(
            array * 2.0 ** (sign * STEP * degree)
            for array, degree in zip(arrays, degrees, strict=False)
        )

    return Symmetry(
        "scaled",
        lambda inputs: times(inputs, given, 1),
        lambda answers, _: times(answers, due, -1),
        SCALED,
        bits=True,
        exact=in_the_middle,
    )

"""The problems that the default gate draws for a routine, without a gate."""

from __future__ import annotations

from typing import Any

from hypothesis import given, seed, settings

from properties.profile import (
    BLOCK,
    COMPLEX,
    EXAMPLES,
    GATE_DEPTH,
    PROFILE,
    examples_of,
    seed_of,
)
from properties.routine import Problem, Routine


def gate_problems(routine: Routine) -> list[Problem]:
    """The problems that the default gate draws for a routine, complex ones last."""
    count = max(1, round(EXAMPLES[False] * routine.volume / BLOCK[False]))
    blocks: list[int | str] = [*range(count)]
    kinds = [(routine.problems, blocks)]
    if routine.complex_problems is not None:
        several = [f"{COMPLEX}-{block}" for block in range(max(1, count // 4))]
        kinds.append((routine.complex_problems, [*several]))
    found: list[Problem] = []
    for problems, those in kinds:
        for block in those:
            examples = examples_of(block, BLOCK[False], EXAMPLES[False] * routine.volume)
            found += _drawn(problems(GATE_DEPTH), f"{routine.name}-{block}", examples)
    return found


def further_problems(routine: Routine, in_complex: bool) -> list[Problem]:
    """As many problems as an audit sets, drawn as another block of a gate would be."""
    name = f"{routine.name}-further"
    found = _drawn(routine.problems(GATE_DEPTH), name, EXAMPLES[True])
    if in_complex and routine.complex_problems is not None:
        found += _drawn(routine.complex_problems(GATE_DEPTH), f"{name}-{COMPLEX}", EXAMPLES[True])
    return found


def _drawn(problems: Any, name: str, examples: int) -> list[Problem]:
    found: list[Problem] = []

    @seed(seed_of(name, 0))
    @settings(PROFILE, max_examples=examples)
    @given(problem=problems)
    def run(problem: Problem) -> None:
        found.append(problem)

    run()
    return found

"""What a strategy promises is reached, and claims have something to say of it.

A gate fails on a claim of which nothing was compared; docs/bounds-table.md names blunt claims. Here
each structure that a strategy offers to Hypothesis, and each stratum of functions of numbers, must
come up with a member that some claim is compared on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from properties.draws import SCALES
from properties.examine import examine
from properties.profile import PROFILE
from properties.registry import routines
from properties.routine import Problem, Routine
from properties.scalars import JOINT, STRATA
from reports.ledger import Ledger
from reports.record import HONESTY, VACUOUS
from tests.implementations import ROUNDED_TRUTH

DEPTH, MOST = 8, 400
KINDS = [
    (name, kind)
    for name, routine in routines().items()
    for kind in ("problems", "complex_problems")
    if getattr(routine, kind) is not None
]
SINGULAR = "no exact answer, or one of infinite condition: honesty alone is claimed"
EXCUSED = {
    **{
        (f"linalg.{name}", "rank deficient"): SINGULAR
        for one in ("solve", "inv", "det", "slogdet")
        for name in (one, f"{one}.gradient")
    },
    **{
        (f"linalg.triangular_solve{suffix}", structure): "zeros on the diagonal: " + SINGULAR
        for suffix in ("", ".gradient")
        for structure in ("companion", "lauchli")
    },
    ("linalg.LinearOperatorBlockLowerTriangular", "companion"): "zeros in a block: " + SINGULAR,
    ("linalg.LinearOperatorBlockLowerTriangular", "lauchli"): "zeros in a block: " + SINGULAR,
}


class Reached(Exception):
    """Nothing is left to be reached."""


def offered(
    problems: Callable[[int], st.SearchStrategy[Problem]], monkeypatch: pytest.MonkeyPatch
) -> tuple[st.SearchStrategy[Problem], set[str]]:
    """A strategy, and the structures that it lets Hypothesis choose from."""
    words: set[str] = set()
    real = st.sampled_from

    def recorded(elements: Sequence[Any]) -> st.SearchStrategy[Any]:
        if set(map(type, elements)) == {str} and tuple(elements) != SCALES:
            words.update(elements)
        return real(elements)

    with monkeypatch.context() as patched:
        patched.setattr(st, "sampled_from", recorded)
        return problems(DEPTH), words


def words_of(problem: Problem) -> np.ndarray:
    """The structure of each member, or the stratum."""
    traits = problem.traits
    return traits["stratum"] if "stratum" in traits else traits["structure"]


def compared(routine: Routine, problem: Problem) -> set[str]:
    """The words of the members that some claim says something of."""
    examined = examine(routine, problem, [ROUNDED_TRUTH])
    spoken = np.zeros(len(problem), dtype=bool)
    for records in examined.records:
        if records.cell.claim != HONESTY:
            spoken |= records.verdict != VACUOUS
    return set(words_of(problem)[spoken].tolist())


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_each_structure_is_reached_and_compared(name, kind, monkeypatch):
    routine = routines()[name]
    strategy, promised = offered(getattr(routine, kind), monkeypatch)
    reached: set[str] = set()
    strata: set[str] = set()

    @seed(9)
    @settings(PROFILE, max_examples=MOST, phases=[Phase.generate])
    @given(problem=strategy)
    def run(problem: Problem) -> None:
        if "stratum" in problem.traits:
            strata.update(JOINT if len(problem.inputs) > 1 else STRATA)
        left = (strata or promised) - reached
        if left & set(words_of(problem).tolist()):
            reached.update(compared(routine, problem))
        if not (strata or promised) - reached:
            raise Reached

    with suppress(Reached):
        run()
    missed = (strata or promised) - reached
    missed -= {word for routine, word in EXCUSED if routine == name}
    assert not missed, f"{name}: nothing is compared on {missed} in {MOST} problems"


@pytest.mark.parametrize("entry", Ledger.load().entries, ids=lambda entry: entry.id)
def test_a_known_break_names_structures_that_are_set(entry, monkeypatch):
    """Else it would excuse nothing, and nobody would see that the break is gone."""
    wanted = {word for word in entry.where.get("structure", ()) if isinstance(word, str)}
    if wanted and not entry.claim.startswith("law: "):
        routine = routines()[entry.routine]
        kinds = [k for k in (routine.problems, routine.complex_problems) if k is not None]
        words = set().union(*(offered(kind, monkeypatch)[1] for kind in kinds))
        assert not words or wanted <= words

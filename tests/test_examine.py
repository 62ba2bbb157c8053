"""The core: escalation, honesty, claims that do not apply, and what filters leave alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from hypothesis import strategies as st

from properties.dtypes import Dtype
from properties.examine import Examined, examine
from properties.measures import entrywise
from properties.modes import Outcomes, collect
from properties.protocol import Reply
from properties.routine import Case, Claim, Problem, Routine
from references.interval import Interval
from references.truth import LEVELS, Enclosure, Truth
from reports.record import (
    ANSWER,
    BROKEN,
    CRASHED,
    HELD,
    HONESTY,
    NOT_OFFERED,
    OUTCOMES,
    RAISED,
    TIMED_OUT,
    UNDECIDED,
    VACUOUS,
)

# A routine whose answer is its input, and backends that answer as they are told.


def problem(*inputs: float) -> Problem:
    """A stack of one number each."""
    return Problem((np.array(inputs)[:, None],), {}, {}, ("by hand", inputs))


def echo(x: np.ndarray, radius: float = 0.0) -> Truth:
    """What a routine that gives back its input should give."""
    hi = np.where(np.isfinite(x), x, 0.0)
    part = Enclosure(hi, 0 * hi, 0 * hi + radius, np.zeros(len(hi), np.int64))
    return Truth((part,), {}, np.isfinite(x).all(axis=1), ("echo",) * len(hi))


@dataclass
class Echoes:
    """A reference that sharpens at a level, and remembers what it was asked."""

    radii: tuple[float, ...] = (0.0,)
    asked: list[tuple[list[float], int]] = field(default_factory=list)

    def __call__(self, x: np.ndarray, *, level: int) -> Truth:
        self.asked.append((x[:, 0].tolist(), level))
        return echo(x, self.radii[min(level, len(self.radii) - 1)])


@dataclass(frozen=True)
class Fake:
    """A backend that answers each member by a function of its input."""

    reply: Callable[[float, Dtype], Reply]
    name: str = "fake"
    modes: tuple[str, ...] = ("eager", "graph")

    def answer(
        self,
        routine: Routine,  # noqa: ARG002 (backends share a signature)
        problem: Problem,
        dtype: Dtype,
        mode: str,  # noqa: ARG002
        truth: Truth,
    ) -> Outcomes:
        """Member by member."""
        inputs = problem.inputs[0][:, 0].tolist()
        replies = [(np.array([i]), self.reply(x, dtype)) for i, x in enumerate(inputs)]
        return collect(replies, truth, dtype)


def gives(change: Callable[[float], float] = lambda x: x) -> Fake:
    """A backend that answers with a changed input."""
    return Fake(lambda x, d: Reply(ANSWER, (np.array([[change(x)]], d.numpy),), ""))


def says(outcome: str) -> Fake:
    """A backend that never answers."""
    return Fake(lambda x, d: Reply(outcome, (), f"it {outcome}"))


ECHO = Routine(
    name="echo",
    call="identity",
    problems=lambda depth: st.nothing(),
    reference=Echoes(),
    claims=(Claim(name="near", measure=entrywise(), bound="2", because="by hand"),),
)


def verdicts(examined: Examined, claim: str) -> dict[tuple[str, str], list[str]]:
    """By dtype and mode."""
    return {
        (r.cell.dtype, r.cell.mode): r.verdict.tolist()
        for r in examined.records
        if r.cell.claim == claim
    }


def only(examined: Examined, claim: str = HONESTY) -> list[str]:
    """The verdicts of a claim, the same in every dtype and mode."""
    found = list(verdicts(examined, claim).values())
    assert all(each == found[0] for each in found)
    return found[0]


# Escalation.


def test_a_truth_is_sharpened_for_the_members_that_need_it():
    reference = Echoes((1.0, 0.0))
    drawn = problem(1.0, 2.0**40, 3.0)  # a radius of 1 says nothing of the first and the last
    examined = examine(replace(ECHO, reference=reference), drawn, [gives()], dtypes=["float32"])
    assert reference.asked == [([1.0, 2.0**40, 3.0], 0), ([1.0, 3.0], 1)]
    assert only(examined, "near") == [HELD] * 3
    assert examined.truths["float32"].parts[0].radius[:, 0].tolist() == [0.0, 1.0, 0.0]


def test_what_no_level_decides_is_undecided():
    reference = Echoes((1.0,))
    examined = examine(replace(ECHO, reference=reference), problem(1.0), [gives()])
    assert [level for _, level in reference.asked] == list(range(LEVELS))
    assert only(examined, "near") == [UNDECIDED]
    assert only(examined) == [HELD]


def test_members_open_in_any_dtype_are_sharpened_together():
    reference = Echoes((2.0**-30, 0.0))
    examine(replace(ECHO, reference=reference), problem(1.0, 3.0), [gives()])
    assert reference.asked == [([1.0, 3.0], 0), ([1.0, 3.0], 1)]  # float64 alone needs it


def test_a_truth_of_its_own_for_each_dtype_where_the_answer_depends_on_it():
    asked = []

    def reference(x: np.ndarray, *, level: int, eps: float) -> Truth:
        asked.append(eps)
        return echo(x)

    made = replace(ECHO, reference=reference, by_dtype=True)
    examine(made, problem(1.0), [gives()], dtypes=["float32", "float64"])
    assert asked == [2.0**-23, 2.0**-52]


# Claims that do not apply.


@pytest.mark.parametrize(
    "change",
    [
        {"unless": "1"},
        {"bound": "1/eps"},  # zero would pass
        {"bound": "1e400"},
        {"only": lambda drawn: np.zeros(len(drawn), bool)},
    ],
)
def test_a_claim_that_anything_passes_is_vacuous(change):
    made = replace(ECHO, claims=(replace(ECHO.claims[0], **change),))
    assert only(examine(made, problem(1.0), [gives(lambda x: 2 * x)]), "near") == [VACUOUS]


def test_a_wrong_answer_breaks_its_claim_and_not_honesty():
    examined = examine(ECHO, problem(1.0, 2.0), [gives(lambda x: x if x < 2 else 3.0)])
    assert only(examined, "near") == [HELD, BROKEN]
    assert only(examined) == [HELD, HELD]


# Honesty.


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [(RAISED, BROKEN), (CRASHED, BROKEN), (TIMED_OUT, BROKEN), (NOT_OFFERED, VACUOUS)],
)
def test_a_regular_problem_gets_an_answer(outcome, verdict):
    examined = examine(ECHO, problem(1.0), [says(outcome)])
    assert only(examined) == [verdict]
    assert {OUTCOMES[a.outcomes[0]] for a in examined.answers} == {outcome}
    assert not verdicts(examined, "near")  # only answers reach the measures


@pytest.mark.parametrize(
    "array",
    [np.zeros((1, 2), np.float32), np.zeros(1, np.float32), np.zeros((1, 1), np.float16)],
    ids=["too long", "too flat", "of another dtype"],
)
def test_an_answer_of_a_wrong_shape_or_dtype_is_none(array):
    backend = Fake(lambda x, d: Reply(ANSWER, (array,), ""))
    examined = examine(ECHO, problem(1.0), [backend], dtypes=["float32"])
    assert only(examined) == [BROKEN]
    assert "is due" in examined.answers[0].messages[0]


def test_too_many_or_too_few_arrays_are_no_answer():
    for count in (0, 2):
        backend = Fake(lambda x, d, n=count: Reply(ANSWER, (np.ones((1, 1), d.numpy),) * n, ""))
        assert only(examine(ECHO, problem(1.0), [backend])) == [BROKEN]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_no_number_is_no_answer_to_a_regular_problem(value):
    def measure(case: Case) -> Interval:
        assert all(np.isfinite(array).all() for array in case.answer)
        return entrywise()(case)

    made = replace(ECHO, claims=(replace(ECHO.claims[0], measure=measure),))
    examined = examine(made, problem(1.0, 2.0), [gives(lambda x: x if x < 2 else value)])
    assert only(examined) == [HELD, BROKEN]
    assert only(examined, "near") == [HELD, VACUOUS]


def test_excused_members_may_raise_and_may_not_crash():
    excused = replace(ECHO, excused="1")
    for outcome, verdict in ((RAISED, HELD), (CRASHED, BROKEN), (TIMED_OUT, BROKEN)):
        assert only(examine(excused, problem(1.0), [says(outcome)])) == [verdict]
    assert only(examine(excused, problem(1.0), [gives(lambda x: np.nan)])) == [HELD]


@pytest.mark.parametrize("hostile", [np.nan, np.inf])
def test_input_that_is_not_finite_never_gets_finite_garbage(hostile):
    assert only(examine(ECHO, problem(1.0, hostile), [gives()])) == [HELD, HELD]
    assert only(examine(ECHO, problem(1.0, hostile), [gives(lambda x: 1.0)])) == [HELD, BROKEN]
    assert only(examine(ECHO, problem(hostile), [says(RAISED)])) == [HELD]


def test_what_the_dtype_cannot_hold_may_overflow():
    def reference(x: np.ndarray, *, level: int) -> Truth:
        truth = echo(x)
        return replace(truth, parts=(replace(truth.parts[0], exponent=np.array([200])),))

    made = replace(ECHO, reference=reference, claims=())
    examined = examine(made, problem(1.0), [gives(lambda x: np.inf)])
    found = verdicts(examined, HONESTY)
    assert found["float32", "eager"] == [HELD]
    assert found["float64", "eager"] == [BROKEN]


# Filters select what is judged.


def test_filters_leave_the_problem_and_its_truth_alone():
    whole = examine(ECHO, problem(1.0, 3.0), [gives()])
    part = examine(ECHO, problem(1.0, 3.0), [gives()], dtypes=["float32"], modes=["graph"])
    assert part.stack.digest == whole.stack.digest
    assert len(whole.records) == 16  # two claims, four dtypes, two modes
    assert {r.cell[2:4] for r in part.records} == {("float32", "graph")}
    left = {("graph", "float32"), ("eager", "float64")}
    rest = examine(ECHO, problem(1.0, 3.0), [gives()], left=left)
    every = {r.cell[2:4] for r in whole.records}
    assert {r.cell[2:4] for r in rest.records} == every - {(d, m) for m, d in left}


def test_dtypes_that_cannot_hold_the_problem_are_not_set_it():
    examined = examine(ECHO, problem(1.0 + 2.0**-30), [gives()])
    assert {r.cell.dtype for r in examined.records} == {"float64"}
    nowhere = examine(replace(ECHO, dtypes=("float32",)), problem(1.0 + 2.0**-30), [gives()])
    assert nowhere.records == ()

"""The suite sees what is wrong, and nothing in what is right.

Every fault that stands with a routine must break a claim that TensorFlow itself holds on the same
member, in float32 and in float64; so must those that any routine can have, in every dtype, set
to the truth rounded once. Implementations that are right must hold every claim. docs/power.md
tells more: which claim noticed what, how soon, in all dtypes and modes.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from hashlib import blake2b
from itertools import product
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import HypothesisWarning

from properties.examine import Examined, examine
from properties.gated import gate_problems
from properties.kept import Kept
from properties.modes import Backend, TensorFlow
from properties.planted import planted
from properties.plants import BIASED, PLANTS
from properties.registry import routines
from properties.routine import Problem, Routine
from properties.tallies import SOUND, Tally, tally
from properties.workers import Worker
from reports.ledger import Ledger
from reports.record import BROKEN, HELD, UNDECIDED
from tests.implementations import FAITHFUL, HONEST, ROUNDED_TRUTH, grants_a_unit

COMPLEX = ("complex64", "complex128")
# TensorFlow refuses a regulariser in complex128.
NEVER_SET = {
    (name, "regulariser ignored", "complex128")
    for name in ("linalg.lstsq", "linalg.lstsq.gradient")
}
WIDE = ("float32", "float64")  # half of the digits of the others is within their bounds
PROBLEMS, DEPTH = 200, 8  # set to a routine before its faults count as unnoticed
# Judged answers of right implementations for each routine; tests/false_alarms.py sets many more.
ANSWERS, MANY = 2_000, 128
SURE = (
    "stack reversed", "the answer of the member before", "last member lost", "last member refused",
    "not a number", "nothing but zeros", "doubled", "first array negated", "one entry off",
)  # fmt: skip
# Functions of numbers share a measure and the mechanism of their claims, so that one in four is set
# what any routine can have; `python -m properties.power` sets all of them.
SEVERAL = [
    name
    for name, routine in routines().items()
    if not routine.of_numbers or blake2b(name.encode()).digest()[0] % 4 == 0
]
TRUE = replace(ROUNDED_TRUTH, name=SOUND, modes=("eager",))
PROFILE = settings(
    database=None,
    deadline=None,
    phases=[Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


class Enough(Exception):
    """No more problems are wanted."""


class Caught(NamedTuple):
    """The claim that caught a fault, the share of the worst member, and after how many problems."""

    claim: str
    share: float
    problems: int


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    """The child that executes TensorFlow, right and wrong."""
    worker = Worker()
    yield worker
    worker.stop()


@pytest.fixture(scope="module")
def kept(request: pytest.FixtureRequest) -> Kept:
    """What is proved of a gate's problems, which the gate reads that comes after."""
    return Kept.below(request.config.cache.mkdir("truths"))


def caught(
    worker: Worker, routine: Routine, mode: str = "eager", *, in_complex: bool = False
) -> dict[tuple[str, str], Caught]:
    """What catches each fault of a routine, by fault and dtype; missing where nothing does.

    Right and wrong answers are judged side by side, on the same truth; a fault that is caught
    in a dtype is not set to it again.
    """
    names = COMPLEX if in_complex else wide(routine)
    left = set(product(faults(routine, in_complex=in_complex), names))
    found: dict[tuple[str, str], Caught] = {}
    sound = TensorFlow(worker, (mode,))

    def look(problem: Problem, count: int) -> bool:
        here = [d.name for d in problem.dtypes if any(d.name == dtype for _, dtype in left)]
        wrong = sorted({fault for fault, dtype in left if dtype in here})
        backends = [sound] + [TensorFlow(worker, (mode,), fault=f, name=f) for f in wrong]
        for key, catch in catches(examine(routine, problem, backends, dtypes=here), count):
            if key in left:
                left.discard(key)
                found[key] = catch
        return bool(left)

    each_problem(routine, DEPTH, PROBLEMS, look, in_complex=in_complex)
    return found


def wide(routine: Routine) -> tuple[str, ...]:
    """The dtypes that half of the digits of another is no answer in, of a routine's own field."""
    found = tuple(dtype for dtype in WIDE if dtype in routine.dtypes)
    return found or COMPLEX


def catches(examined: Examined, count: int) -> Iterator[tuple[tuple[str, str], Caught]]:
    """Breaks by a fault, each of a claim that the routine itself holds on the same member."""
    records = {records.cell: records for records in examined.records}
    for cell, judged in records.items():
        sound = records.get(cell._replace(backend=SOUND))
        if sound is None:  # the routine itself answered no member, as is its right
            continue
        members = np.flatnonzero((judged.verdict == BROKEN) & (sound.verdict == HELD))
        if cell.backend != sound.cell.backend and len(members):
            share = float(judged.share[members].max())
            yield (cell.backend, cell.dtype), Caught(cell.claim, share, count)


def each_problem(
    routine: Routine,
    depth: int,
    most: int,
    look: Callable[[Problem, int], bool],
    *,
    in_complex: bool = False,
) -> None:
    """Draw problems, always the same ones, and show them until `look` has seen enough."""
    drawn: list[Problem] = []
    problems = routine.complex_problems if in_complex else routine.problems
    assert problems is not None
    enough: list[bool] = []

    @seed(20)
    @settings(PROFILE, max_examples=most)
    @given(problem=problems(depth))
    def run(problem: Problem) -> None:
        if not enough:
            drawn.append(problem)
            if look(problem, len(drawn)):
                return
            enough.append(True)
        raise Enough  # or Hypothesis draws all that it may

    with suppress(Enough), warnings.catch_warnings():
        warnings.simplefilter("ignore", HypothesisWarning)  # of the length of what it cannot show
        run()


def faults(routine: Routine, *, in_complex: bool = False) -> tuple[str, ...]:
    """The faults that stand with a routine."""
    return tuple(fault.name for fault in routine.faults if in_complex or not fault.complex)


@pytest.mark.parametrize("name", routines())
def test_a_claim_catches_every_fault(worker, name):
    routine = routines()[name]
    found = caught(worker, routine)
    for (fault, dtype), catch in sorted(found.items()):
        print(f"{name}: {fault}, {dtype}, by {catch.claim}, share {catch.share:.3g}")
    missed = [key for key in product(faults(routine), wide(routine)) if key not in found]
    assert not missed, f"{name}: no claim notices {missed} within {PROBLEMS} problems"


@pytest.mark.parametrize("name", [name for name, r in routines().items() if r.complex_problems])
def test_a_claim_catches_every_fault_in_complex_arithmetic(worker, name):
    found = caught(worker, routines()[name], in_complex=True)
    every = product(faults(routines()[name], in_complex=True), COMPLEX)
    missed = [key for key in every if key not in found and (name, *key) not in NEVER_SET]
    assert not missed, f"{name}: no claim notices {missed} within {PROBLEMS} problems"


@pytest.mark.parametrize("mode", ["graph", "xla"])
def test_faults_are_caught_in_traced_modes_too(worker, mode):
    softmax = routines()["nn.softmax"]
    assert set(faults(softmax)) == {fault for fault, _ in caught(worker, softmax, mode)}


@pytest.mark.parametrize("name", SEVERAL)
def test_claims_catch_the_faults_that_any_routine_can_have(kept, name):
    """Sure to be wrong: what changes an answer by more than rounding could."""
    routine = kept.reading(routines()[name])
    plants = [plant for plant in PLANTS if plant.name in SURE]
    tallies: dict[tuple[str, str], Tally] = {}
    ledger = Ledger.load()
    for problem in gate_problems(routine):
        tally(examine(routine, problem, planted(TRUE, plants)), tallies, ledger)
    assert {fault for (fault, _), found in tallies.items() if found.members} == set(SURE)
    missed = [
        (fault, dtype)
        for (fault, dtype), found in tallies.items()
        if dtype in (*WIDE, *COMPLEX) and found.members and not found.claims
    ]
    assert not missed, f"{name}: no claim notices {missed} on the problems of a gate"


@pytest.mark.parametrize("name", routines())
def test_each_routine_has_a_dozen_faults_of_different_names(name):
    names = [*faults(routines()[name], in_complex=True), *(p.name for p in (*PLANTS, *BIASED))]
    assert len(set(names)) == len(names) >= 12


@pytest.mark.parametrize("name", routines())
def test_right_implementations_hold_every_claim(name):
    right(routines()[name])


@pytest.mark.parametrize("name", [name for name, r in routines().items() if r.complex_problems])
def test_right_implementations_hold_every_claim_in_complex_arithmetic(name):
    right(routines()[name], in_complex=True)


def right(routine: Routine, *, in_complex: bool = False) -> None:
    """Assert that right implementations break nothing, and that claims have something to say.

    `python -m tests.false_alarms` does so with a thousand times as many answers.

    SciPy's functions of numbers are held to the same promises of others, and break some: there the
    rounded truth alone is right. A member is many numbers there, and fewer members do.
    """
    numbers = routine.of_numbers
    honest = [HONEST] if routine.rival and not numbers else []
    faithful = [FAITHFUL] if grants_a_unit(routine) else []
    backends: list[Backend] = [ROUNDED_TRUTH, *faithful, *honest]
    enough, deep = (ANSWERS // 10, MANY // 8) if numbers else (ANSWERS, MANY)
    verdicts: Counter[tuple[str, str]] = Counter()
    answers = 0

    def look(problem: Problem, count: int) -> bool:
        nonlocal answers
        examined = examine(routine, problem, backends)
        answers += sum(len(judged.outcomes) for judged in examined.answers)
        for records in examined.records:
            broken = np.flatnonzero(records.verdict == BROKEN)
            assert not len(broken), f"{records.cell} on members {broken} of {problem}"
            words, counts = np.unique(records.verdict, return_counts=True)
            for word, number in zip(words.tolist(), counts.tolist(), strict=True):
                verdicts[records.cell.claim, word] += number
        silent = any(not verdicts[claim.name, HELD] for claim in routine.claims)
        return answers < enough or silent

    each_problem(routine, deep, 60, look, in_complex=in_complex)
    assert answers >= enough
    for claim in routine.claims:
        assert verdicts[claim.name, HELD] > 0, f"{claim.name} has nothing to say"
        assert verdicts[claim.name, UNDECIDED] * 1000 <= answers, claim.name

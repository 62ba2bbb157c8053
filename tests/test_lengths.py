"""Long rows: which blocks set them, what right and wrong ways get, and how findings are written."""

from __future__ import annotations

import fcntl
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from properties import lengths, recipes
from properties.dtypes import FLOAT64
from properties.examine import examine
from properties.findings import explain, finding_of, problem_of
from properties.modes import Implementation
from properties.profile import PROFILE
from properties.registry import routines
from properties.routine import Problem, Routine
from properties.setup import options_of
from reports.cases import LISTED, REPEATED, array_of, entries_of, exact, load_finding, save_finding
from reports.plain import RunError
from reports.record import BROKEN, HELD, Finding
from reports.reproduce import reproduction
from tests.asked import asked
from tests.implementations import ROUNDED_TRUTH

LONG = sorted(name for name, routine in routines().items() if routine.long is not None)
TERMS = 10**4


def drawn(routine: Routine, terms: int, count: int = 4) -> list[Problem]:
    """The first problems that an audit may set, of rows of so many terms."""
    found: list[Problem] = []
    assert routine.long is not None

    @settings(PROFILE, max_examples=count)
    @given(problem=routine.long(terms))
    def run(problem: Problem) -> None:
        found.append(problem)

    run()
    return found


def test_audits_set_four_lengths_and_gates_none():
    assert len(LONG) >= 19
    routine = routines()[LONG[0]]
    audit, gate = (options_of(asked(audit=word)).blocks(routine) for word in (True, False))
    names = [f"{lengths.LONG}-{power}" for power in (4, 5, 6, 7)]
    assert [block for block in audit if lengths.power_of(block)] == names
    assert not any(map(lengths.power_of, gate))
    of_numbers = options_of(asked(audit=True)).blocks(routines()["math.exp"])
    assert not any(map(lengths.power_of, of_numbers))


@pytest.mark.parametrize(("power", "count"), [(4, 20), (5, 2), (6, 1), (7, 1)])
def test_a_stack_has_fewer_rows_the_longer_they_are(power, count):
    assert lengths.members(10**power) == count


@pytest.mark.parametrize("name", LONG)
def test_what_is_rounded_right_breaks_nothing(name):
    routine, compared = routines()[name], 0
    for problem in drawn(routine, TERMS):
        assert problem.inputs[0].shape[0] == lengths.members(TERMS)
        assert problem.inputs[0].size == lengths.members(TERMS) * TERMS
        for records in examine(routine, problem, [ROUNDED_TRUTH]).records:
            assert not (records.verdict == BROKEN).any(), (records.cell, problem)
            compared += int((records.verdict == HELD).sum()) * (records.cell.claim != "honesty")
    assert compared >= 20


def _narrow(routine: Routine, problem: Problem, dtype: object, truth: object) -> tuple:
    """Summed one after another in single precision, whatever was asked for."""
    x = problem.inputs[0].astype(np.float32)
    return (np.cumsum(x, axis=1, dtype=np.float32)[:, -1].astype(np.float64),)


def _counting(routine: Routine, problem: Problem, dtype: object, truth: object) -> tuple:
    """The last block of a thousand entries is left out."""
    return (problem.inputs[0][:, :-1000].sum(axis=1),)


@pytest.mark.parametrize("wrong", [_narrow, _counting])
@pytest.mark.parametrize("power", [4, 6])
def test_sums_that_lose_digits_or_blocks_are_noticed(wrong, power):
    place = (((10**power,),), (("axis", -1), ("keepdims", False)))
    shapes, arguments = place
    problem = recipes.problem(
        ("operands", lengths.members(10**power), shapes, "positive", 0, 0, "float32", 7, arguments)
    )
    backend = Implementation("wrong", wrong)
    routine = routines()["math.reduce_sum"]
    for records in examine(routine, problem, [backend], dtypes=("float64",)).records:
        assert (records.verdict == BROKEN).all() == (records.cell.claim == "entrywise")


def _found(kind: str, wrong: object) -> tuple[Finding, Problem]:
    """What a sum that is infinite breaks."""
    arguments = (("axis", -1), ("keepdims", False))
    recipe = ("operands", 2, ((TERMS,),), kind, 0, 0, "float32", 3, arguments)
    problem, routine = recipes.problem(recipe), routines()["math.reduce_sum"]
    examined = examine(routine, problem, [Implementation("tensorflow", wrong)], dtypes=("float32",))
    records = next(r for r in examined.records if r.cell.claim == "honesty")
    found = finding_of(routine, problem, examined, records, 1, "", {})
    return replace(found, cell=found.cell._replace(mode="eager")), problem


def _infinite(routine: Routine, problem: Problem, dtype: object, truth: object) -> tuple:
    return (np.full(len(problem), np.inf),)


def test_a_long_row_is_made_anew_from_its_recipe(tmp_path):
    finding, problem = _found("dense", _infinite)
    assert finding.inputs == ()
    again = problem_of(load_finding(save_finding(tmp_path, finding)))
    assert again.digests == problem.digests[1:2]
    assert (again.inputs[0][0] == problem.inputs[0][1]).all()
    assert "too long to be written down" in explain(finding, "replay it")
    with pytest.raises(RunError, match="too long for a script"):
        reproduction(finding)


def test_a_number_that_repeats_is_written_once():
    part = exact(np.full(LISTED + 1, -0.75), "float16")
    assert part["values"] == ("-0x1.8000000000000p-1",)
    assert (array_of(part) == np.full(LISTED + 1, -0.75)).all()
    assert len(entries_of(part)[1]) == LISTED + 1
    signs = np.zeros(LISTED + 1)
    signs[1] = -0.0
    assert len(exact(signs)["values"]) == LISTED + 1
    assert len(exact(np.full(LISTED, 1.0))["values"]) == LISTED


@pytest.mark.parametrize("shape", [[REPEATED + 1], [10**12], [2, 3], [LISTED]])
def test_a_number_stands_for_no_other_arrays(shape):
    with pytest.raises(RunError, match="1 entries for the shape"):
        entries_of({"shape": shape, "values": ["0x1p+0"], "dtype": "float32"})


def test_the_longest_rows_are_set_by_one_worker_at_a_time(tmp_path):
    for block, free in (("long-7", False), ("long-6", True), (3, True)):
        with lengths.turn(tmp_path, block), (tmp_path / "turn").open("w") as other:
            if free:
                fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
            else:
                with pytest.raises(BlockingIOError):
                    fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_near_one_stays_in_every_range():
    for terms in (16, TERMS, 10**6):
        for grid in ("float16", "float32", "float64"):
            recipe = ("operands", 1, ((terms,),), "near one", 0, 0, grid, 1)
            x = recipes.problem(recipe).inputs[0]
            assert FLOAT64.holds(x)
            assert np.abs(np.log(x)).sum() <= 65

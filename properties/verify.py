"""From a routine to a pytest function: draw, examine, record, fail on what is new."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from functools import cache, partial
from pathlib import Path

import pytest
from hypothesis import given, seed, settings
from hypothesis.errors import FlakyFailure

from properties import lengths, replayed, stored, subnormals
from properties.examine import Examined
from properties.findings import explain, problem_of, replay_command
from properties.profile import COMPLEX, PROFILE, examples_of, seed_of
from properties.routine import Problem, Routine
from properties.scalar_draws import parts_of
from properties.scalars import EVERY
from properties.session import Session
from properties.shapes import Left, Shapes
from reports.cases import load_finding, save_finding
from reports.cases import name_of as file_of
from reports.plain import RunError
from reports.record import Finding

NARROW, WIDE = ("bfloat16", "float16"), "float32"
CASES = Path(__file__).parent.parent / "reports" / "cases"


@cache
def cases() -> dict[str, tuple[tuple[Path, Left], ...]]:
    """The stored inputs of the ledger by routine, which every run sets first, and where."""
    found: dict[str, tuple[tuple[Path, Left], ...]] = {}
    for path in sorted(CASES.glob("*.json")):
        cell = load_finding(path).cell
        found[cell.routine] = (*found.get(cell.routine, ()), (path, (cell.mode, cell.dtype)))
    return found


def verify(routine: Routine) -> Callable[..., None]:
    """The pytest function that holds a routine to its claims; pytest gives it blocks."""

    def test(block: int | str | Path, session: Session) -> None:
        session.log.info("%s: begins", name_of(routine, block))
        try:
            if isinstance(block, Path):
                replay(routine, block, session)
            elif block == stored.BLOCK:
                stored.measure(routine, session)
            elif block == subnormals.BLOCK:
                subnormals.measure(routine, session)
            elif str(block).startswith(EVERY):
                exhaust(routine, str(block), session)
            else:
                check(routine, block, session)
        except pytest.fail.Exception:  # a block that breaks a claim is done all the same
            session.finish(name_of(routine, block))
            raise
        except Exception as error:
            session.log.error(  # noqa: TRY400 - pytest has the traceback
                "%s: ended by %s", name_of(routine, block), repr(error)
            )
            raise
        session.finish(name_of(routine, block))

    test.routine = routine  # type: ignore[attr-defined]
    return test


def name_of(routine: Routine, block: int | str | Path) -> str:
    """What a block is called: by pytest, in records, in the list of finished blocks."""
    return block.stem if isinstance(block, Path) else f"{routine.name}-{block}"


def check(routine: Routine, block: int | str, session: Session) -> None:
    """Set one block of problems; fail on the first finding that is new, shrunk by Hypothesis.

    After a first failure nothing more is recorded: what Hypothesis then runs are shrunk copies
    of one problem, which would count as many.
    """
    name = name_of(routine, block)
    problems = routine.problems
    examples = examples_of(block, session.examples, session.asked * routine.volume)
    if str(block).startswith(COMPLEX) and routine.complex_problems is not None:
        problems = routine.complex_problems
    power, depth = lengths.power_of(block), session.depth
    if power and routine.long is not None:  # a stack's depth follows from the length
        problems, depth, examples = routine.long, 10**power, lengths.EXAMPLES[power]
    smallest: list[Finding] = []
    trouble: list[RunError] = []
    shapes = stored.shapes_of(routine, session, first=block == 0)
    heard = partial(_heard, shapes)

    @seed(seed_of(name, session.seed))
    @settings(PROFILE, max_examples=examples)
    @given(problem=problems(depth))
    def run(problem: Problem) -> None:
        _calmly(judge, problem, trouble)

    def judge(problem: Problem) -> None:
        others = {mode for mode, those in shapes.items() if not those.admit(problem)}
        without = () if smallest else others  # a break may shrink to any shape
        if session.audit:
            session.put(routine, problem, name, without=without, heard=heard)
            return
        keep: list[Examined] = []
        found = session.sit(routine, problem, name, record=not smallest, without=without, keep=keep)
        for examined in keep:
            heard(problem, examined)
        if smallest:  # shrink within one claim, or the smallest problem may be of another break
            found = [f for f in found if f.cell.claim == smallest[0].cell.claim]
        if found:
            smallest[:] = found[:1]
            raise BrokenClaim

    with lengths.turn(session.run, block):
        _troubled(run, trouble)
        session.flush()
    if smallest:
        path = save_finding(session.run / "shrunk", smallest[0], session.worker)
        pytest.fail(explain(smallest[0], replay_command(path)), pytrace=False)


def _calmly(judge: Callable[[Problem], None], problem: Problem, trouble: list[RunError]) -> None:
    """Judge until there is trouble: a full disk fails elsewhere when Hypothesis shows it again."""
    if not trouble:
        try:
            judge(problem)
        except RunError as error:
            trouble.append(error)


def _troubled(run: Callable[[], None], trouble: list[RunError]) -> None:
    """Run, and raise what trouble there was."""
    try:
        with suppress(BrokenClaim):  # told by who asks, with the smallest problem that breaks
            run()
    except FlakyFailure:  # a break that trouble kept from being shown again
        if not trouble:
            raise
    if trouble:
        raise trouble[0]


def _heard(shapes: Mapping[str, Shapes], problem: Problem, examined: Examined) -> None:
    for mode, those in shapes.items():
        if examined.refused(mode):
            those.refuse(problem)


def every_blocks(routine: Routine, dtypes: Collection[str]) -> list[str]:
    """The blocks of an exhaustive run: one of both formats of 16 bits, many of float32."""
    if routine.every is None:
        return []
    offered = set(routine.dtypes) & set(dtypes)
    narrow = [EVERY] if offered & set(NARROW) else []
    wide = range(parts_of(WIDE) if WIDE in offered else 0)
    return [*narrow, *(f"{EVERY} of {WIDE} {part}" for part in wide)]


def exhaust(routine: Routine, block: str, session: Session) -> None:
    """Set every number of each dtype of 16 bits, or a part of float32; fail on what is new."""
    found: list[Finding] = []
    assert routine.every is not None
    part = int(block.rpartition(" ")[2]) if block != EVERY else 0
    for dtype in NARROW if block == EVERY else (WIDE,):
        if dtype in session.dtypes and dtype in routine.dtypes:
            problem = routine.every(dtype, part)
            found += session.sit(routine, problem, name_of(routine, block), dtypes=(dtype,))
    if found and not session.audit:
        path = session.run / "findings" / session.worker / file_of(found[0])
        pytest.fail(explain(found[0], replay_command(path)), pytrace=False)


def replay(routine: Routine, path: Path, session: Session) -> None:
    """Set one stored input again, by itself; fail if it breaks a claim and is not known.

    A case of the ledger is judged in its own dtype and mode, where it broke; a finding that a
    person asked for in all of them, and what came of each is told.
    """
    finding = load_finding(path)
    problem = problem_of(finding)
    examined: list[Examined] = []
    only = None if session.replay else finding.cell
    found = session.sit(routine, problem, path.stem, only=only, keep=examined)
    if session.replay:
        replayed.write(session.run, replayed.text(problem, examined[0]))
    if found and not session.audit:
        pytest.fail(explain(found[0], replay_command(path)), pytrace=False)


class BrokenClaim(AssertionError):
    """TensorFlow breaks a claim, and the ledger does not know it."""

"""From a routine to a pytest function: draw, examine, record, fail on what is new."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from properties.findings import explain, problem_of
from properties.routine import Problem, Routine
from properties.session import Session
from reports.cases import load_finding, save_finding
from reports.record import Finding

CASES = Path(__file__).parent.parent / "reports" / "cases"
PROFILE = settings(
    database=None,
    deadline=None,
    print_blob=False,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),  # stacks are large and slow on purpose
    phases=[Phase.generate, Phase.shrink],
)


def verify(routine: Routine) -> Callable[..., None]:
    """The pytest function that holds a routine to its claims; pytest gives it blocks."""

    def test(block: int | Path, session: Session) -> None:
        if isinstance(block, Path):
            replay(routine, block, session)
        else:
            check(routine, block, session)

    test.routine = routine  # type: ignore[attr-defined]
    return test


def check(routine: Routine, block: int, session: Session) -> None:
    """Set one block of problems; fail on the first finding that is new, shrunk by Hypothesis.

    After a first failure nothing more is recorded: what Hypothesis then runs are shrunk copies
    of one problem, which would count as many.
    """
    name = f"{routine.name}-{block}"
    smallest: list[Finding] = []

    @seed(seed_of(name, session.seed))
    @settings(PROFILE, max_examples=session.examples)
    @given(problem=routine.problems(session.depth))
    def run(problem: Problem) -> None:
        found = session.sit(routine, problem, name, record=not smallest)
        if smallest:  # shrink within one claim, or the smallest problem may be of another break
            found = [f for f in found if f.cell.claim == smallest[0].cell.claim]
        if found and not session.audit:
            smallest[:] = found[:1]
            raise BrokenClaim

    with suppress(BrokenClaim):  # told below, with the smallest problem that still breaks
        run()
    session.auditor.settle()
    if smallest:
        path = save_finding(session.run / "shrunk", smallest[0], session.worker)
        pytest.fail(explain(smallest[0], replay_command(path)), pytrace=False)


def replay(routine: Routine, path: Path, session: Session) -> None:
    """Set one stored input again, by itself; fail if it breaks a claim and is not known.

    A case of the ledger is judged in its own dtype and mode, where it broke; any other finding,
    which a person asked for, in all of them.
    """
    finding = load_finding(path)
    only = finding.cell if path.parent == CASES else None
    found = session.sit(routine, problem_of(finding), path.stem, only=only)
    session.auditor.settle()
    if found and not session.audit:
        pytest.fail(explain(found[0], replay_command(path)), pytrace=False)


def replay_command(path: Path) -> str:
    """What to type to see one finding again."""
    return f"python -m pytest properties --replay {os.path.relpath(path)}"


class BrokenClaim(AssertionError):
    """TensorFlow breaks a claim, and the ledger does not know it."""


def seed_of(name: str, seed: int) -> int:
    """A seed for each block, the same on every machine."""
    return int.from_bytes(hashlib.blake2b(f"{seed} {name}".encode(), digest_size=8).digest(), "big")

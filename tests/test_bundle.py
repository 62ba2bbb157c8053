"""Stacks that an audit examines together come to what they come to alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from properties.bundle import ENTRIES, STACKS, Bundle
from properties.examine import Examined
from properties.linalg.solve import SOLVE
from properties.routine import Problem
from properties.session import Session
from properties.stored import drawn
from reports.cases import findings
from reports.store import digest_of_records
from tests.test_verify import session_of, wrong_when_large

BLOCK = f"{SOLVE.name}-0"


def audit(folder: Path) -> Session:
    """An audit of a TensorFlow that is wrong for systems of three unknowns and more."""
    session = session_of(folder, SOLVE, wrong_when_large, 1)
    session.audit = True
    return session


@pytest.fixture(scope="module")
def problems() -> list[Problem]:
    """More stacks than a bundle takes, of several shapes."""
    found = [problem for _ in range(2) for problem in drawn(SOLVE)]
    assert len(found) > STACKS
    return found


def test_a_bundle_gives_the_records_and_findings_of_its_stacks_alone(
    tmp_path: Path, problems: list[Problem]
) -> None:
    together, alone = audit(tmp_path / "together"), audit(tmp_path / "alone")
    for problem in problems:
        together.put(SOLVE, problem, BLOCK)
        alone.sit(SOLVE, problem, BLOCK)
    together.flush()
    assert together.judged == alone.judged == sum(len(p) * len(p.dtypes) for p in problems)
    assert together.new == alone.new > 0
    for session in (together, alone):
        session.settle()
        session.close()
    assert digest_of_records(tmp_path / "together") == digest_of_records(tmp_path / "alone")
    kept = [
        {path.name: found for path, found in findings(tmp_path / name).items()}
        for name in ("together", "alone")
    ]
    assert kept[0] == kept[1] and kept[0]


def test_everybody_is_told_of_what_came_of_a_stack_in_order(
    tmp_path: Path, problems: list[Problem]
) -> None:
    session = audit(tmp_path)
    heard: list[tuple[Problem, str]] = []

    def told(problem: Problem, examined: Examined) -> None:
        heard.append((problem, examined.stack.digest))

    for problem in problems:
        session.put(SOLVE, problem, BLOCK, heard=told)
    assert len(heard) >= STACKS  # a full one does not wait
    session.flush()
    session.flush()  # nothing waits any more
    session.close()
    assert heard == [(problem, problem.digest) for problem in problems]


def test_what_is_set_in_other_modes_or_blocks_is_no_part_of_a_bundle(
    tmp_path: Path, problems: list[Problem]
) -> None:
    session = audit(tmp_path)
    blocks: list[str] = []

    def told(_problem: Problem, examined: Examined) -> None:
        blocks.append(examined.stack.block)

    session.put(SOLVE, problems[0], "one", heard=told)
    session.put(SOLVE, problems[1], "two", heard=told)
    assert blocks == ["one"]
    session.put(SOLVE, problems[2], "two", without=("xla",), heard=told)
    assert blocks == ["one", "two"]
    session.flush()
    session.close()
    assert blocks == ["one", "two", "two"]


def test_a_bundle_is_full_of_few_large_stacks(problems: list[Problem]) -> None:
    large = Problem((np.zeros((ENTRIES // 64, 8, 8)),), {"n": 8}, {}, ())
    assert Bundle(problems=[large]).full
    assert not Bundle(problems=problems[: STACKS - 1]).full
    assert Bundle(problems=problems[:STACKS]).full

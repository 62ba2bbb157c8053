"""The same checkout judges the same problems with the same bits, however it is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.store import summary_of
from tests.command_line import Start, fresh, gate, reports, start

TWO = "eigvalsh or softmax"
BLOCKS = ("--max-examples", "16", "--modes", "eager,graph")  # two blocks for each routine


def digest(run: Path) -> str:
    """What `python -m reports digest` prints."""
    code, output = reports("digest", run)
    assert code == 0, output
    return output.strip()


def measured(run: Path, routine: str) -> set[tuple[str, ...]]:
    """The cells of one routine, each with a digest of every problem and bit that it rests on."""
    cells = summary_of(run, []).cells.items()
    return {(*cell, f"{part.digest:x}") for cell, part in cells if cell.routine == routine}


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two routines in one process."""
    return _run(tmp_path_factory.mktemp("together") / "run", "-k", TWO, "-n", "0")


def _run(run: Path, *words: str, by: Start = start) -> Path:
    code, output = gate(run, *BLOCKS, *words, by=by)
    assert code in (0, 1), output  # 1: this TensorFlow breaks a claim, the same one each time
    return run


def test_a_second_run_is_equal(together, tmp_path):
    """In an interpreter that nothing else has used, as a person starts it."""
    assert digest(_run(tmp_path / "again", "-k", TWO, by=fresh)) == digest(together)


def test_two_workers_measure_what_one_does(together, tmp_path):
    assert digest(_run(tmp_path / "two", "-k", TWO, "-n", "2")) == digest(together)


def test_a_routine_alone_gets_the_same_problems(together, tmp_path):
    alone = _run(tmp_path / "alone", "-k", "softmax")
    assert measured(alone, "nn.softmax") == measured(together, "nn.softmax") != set()
    assert not measured(alone, "linalg.eigvalsh")


def test_filters_leave_the_problems_alone(together, tmp_path):
    part = _run(tmp_path / "part", "-k", "softmax", "--dtypes", "float32", "--modes", "eager")
    assert set() < measured(part, "nn.softmax") < measured(together, "nn.softmax")


def test_another_seed_sets_other_problems(together, tmp_path):
    other = _run(tmp_path / "other", "-k", TWO, "--seed", "1")
    assert digest(other) != digest(together)

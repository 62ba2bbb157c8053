"""What a run tells of itself beside its records: log/<worker>.log."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from properties import log
from properties.dtypes import DTYPES
from properties.examine import truth_of
from properties.modes import TensorFlow
from properties.protocol import Reply, Request
from properties.registry import routines
from reports.record import ANSWER, CRASHED
from tests.command_line import gate
from tests.test_layers import first_problem


class Dying:
    """An executor that loses its process on the first call."""

    def __init__(self) -> None:
        self.asked = 0

    def ask(self, request: Request) -> Reply:
        self.asked += 1
        if self.asked == 1:
            return Reply(CRASHED, (), "the process died of SIGKILL")
        return Reply(ANSWER, (np.zeros(len(request.inputs[0])),), "")

    def stop(self) -> None:
        """Nothing to end."""


def test_lines_are_printable_dated_and_short(tmp_path: Path) -> None:
    journal = log.opened(tmp_path, "gw0")
    journal.info("a\x1b[31m\nb %s", "c" * 1000)
    log.closed(journal)
    (line,) = (tmp_path / "log" / "gw0.log").read_text("utf-8").splitlines()
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ info a \[31m b c+$", line)
    assert len(line) < 440


def test_no_file_no_log(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("in the way")
    journal = log.opened(tmp_path, "gw0")
    journal.warning("lost")
    log.closed(journal)
    assert (tmp_path / "log").read_text() == "in the way"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_full_disk_costs_lines_and_nothing_else() -> None:
    kept = log.quiet()
    kept.addHandler(log.Handler("/dev/full"))
    kept.error("a line")
    log.closed(kept)


def test_a_call_that_costs_its_process_is_told_and_asked_again() -> None:
    routine, worker = routines()["linalg.trace"], Dying()
    problem = first_problem(routine)
    backend = TensorFlow(worker)
    truth = truth_of(routine, problem, None, 0)
    outcomes = backend.answer(routine, problem, DTYPES["float64"], "eager", truth)
    assert outcomes.words.tolist() == [ANSWER] * len(problem) and worker.asked == 2
    death = "the process died of SIGKILL; asked again: answer"
    whose = f"member {problem.digests[0]} and others of {problem.recipe}"
    assert backend.mishaps == [f"eager float64, {len(problem)} members: {death}, {whose}"]


def test_a_gate_tells_its_blocks(tmp_path: Path) -> None:
    code, output = gate(
        tmp_path / "run", "properties/linalg/contractions.py::test_trace", "--dtypes", "float32"
    )
    assert code == 0, output
    lines = (tmp_path / "run" / "log" / "main.log").read_text("utf-8").splitlines()
    assert "all blocks of commit" in lines[0]
    assert any(re.search(r"linalg.trace.*: done; \d+ judged, 0 new so far", line) for line in lines)

"""The page of distinct defects: complete, of the ledger, and its scripts show what they say."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from hashlib import blake2b

import numpy as np
import pytest

from properties.examine import examine
from properties.findings import problem_of
from properties.modes import Answered, Backend, Outcomes, TensorFlow
from properties.registry import routines
from properties.workers import Worker
from reports.defects import SEVERITIES, Defect, defects, load
from reports.defects_page import script
from reports.ledger import Ledger
from reports.record import ANSWER, BROKEN, RAISED, Finding

DEFECTS = defects()
EVERY = 16  # one in so many is run: each imports TensorFlow anew, and some compile
SAMPLE = [d for d in DEFECTS if blake2b(d.cause.id.encode()).digest()[0] % EVERY == 0]


def test_every_entry_is_of_one_defect():
    ids = [entry.id for defect in DEFECTS for entry in defect.entries]
    assert sorted(ids) == sorted(entry.id for entry in Ledger.load().entries)
    assert all(defect.severity in SEVERITIES for defect in DEFECTS)


def test_every_cause_is_of_some_entry():
    ids = [entry.id for entry in Ledger.load().entries]
    unused = [
        p for cause in load() for p in cause.entries if not any(fnmatchcase(i, p) for i in ids)
    ]
    assert not unused


def test_every_defect_has_a_script():
    assert not [defect.cause.id for defect in DEFECTS if script(defect).startswith("# no input")]


def told(defect: Defect) -> list[str]:
    """What a script prints, in a process of its own."""
    command = [sys.executable, "-c", script(defect)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    """The suite's own TensorFlow."""
    found = Worker()
    yield found
    found.stop()


def broken(finding: Finding, backend: Backend) -> bool:
    """Whether the claim of a finding is broken by what a backend answers."""
    routine, problem = routines()[finding.cell.routine], problem_of(finding)
    found = examine(routine, problem, [backend], dtypes=(finding.cell.dtype,))
    verdicts = {records.cell.claim: records.verdict[0] for records in found.records}
    return bool(verdicts[finding.cell.claim] == BROKEN)


def printed(finding: Finding, lines: list[str]) -> Answered:
    """A backend of the answers that a script printed."""
    word = RAISED if any(line.startswith("raised ") for line in lines) else ANSWER
    names = {"__builtins__": {}, "nan": np.nan, "inf": np.inf}
    names |= {"nanj": complex(0, np.nan), "infj": complex(0, np.inf)}
    parts = [eval(line, names) for line in lines] if word == ANSWER else []  # noqa: S307
    arrays = tuple(np.asarray(part)[None] for part in parts)
    outcomes = Outcomes(np.array([word], "U12"), arrays, {})
    return Answered("tensorflow", outcomes, (finding.cell.mode,))


@pytest.mark.parametrize("defect", SAMPLE, ids=lambda defect: defect.cause.id)
def test_scripts_show_what_the_suite_sees(defect: Defect, worker: Worker):
    """Whether digits are lost may depend on the processor: then neither shows it."""
    lines, finding = told(defect), defect.smallest
    if defect.cause.script or finding is None:
        assert "True" in lines[-1], "fixed: take it out of the ledger"
        return
    suite = TensorFlow(worker, (finding.cell.mode,))
    assert broken(finding, printed(finding, lines)) == broken(finding, suite)

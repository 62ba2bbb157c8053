"""The page of distinct defects: complete, of the ledger, and its scripts show what they say."""

from __future__ import annotations

import subprocess
import sys
from fnmatch import fnmatchcase

import numpy as np
import pytest

from properties.examine import examine
from properties.findings import problem_of
from properties.modes import Answered, Outcomes
from properties.registry import routines
from reports.defects import SEVERITIES, Defect, defects, load
from reports.defects_page import script
from reports.ledger import Ledger
from reports.record import ANSWER, BROKEN, RAISED, Finding

DEFECTS = defects()
EVERY = 4  # one in so many is run: each imports TensorFlow anew, and some compile
SAMPLE = DEFECTS[::EVERY]
# Whether these show depends on the processor: their digits are those of its instructions.
PROCESSOR = ("reciprocal-ulps", "rsqrt-ulps-float32", "betainc-ulps", "softmax-flushed")


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


def broken_by(finding: Finding, lines: list[str]) -> bool:
    """Whether the claim of a finding is broken by the answers that were printed."""
    routine, problem = routines()[finding.cell.routine], problem_of(finding)
    word = RAISED if any(line.startswith("raised ") for line in lines) else ANSWER
    names = {"__builtins__": {}, "nan": np.nan, "inf": np.inf}
    parts = [eval(line, names) for line in lines] if word == ANSWER else []  # noqa: S307
    arrays = tuple(np.asarray(part)[None] for part in parts)
    outcomes = Outcomes(np.array([word], "U12"), arrays, {})
    backend = Answered("tensorflow", outcomes, (finding.cell.mode,))
    found = examine(routine, problem, [backend], dtypes=(finding.cell.dtype,))
    verdicts = {records.cell.claim: records.verdict[0] for records in found.records}
    return bool(verdicts[finding.cell.claim] == BROKEN)


@pytest.mark.parametrize("defect", SAMPLE, ids=lambda defect: defect.cause.id)
def test_scripts_show_their_defects(defect: Defect):
    if defect.cause.id in PROCESSOR:
        pytest.skip("the digits of another processor may hold")
    lines = told(defect)
    if defect.cause.script or defect.smallest is None:
        assert "True" in lines[-1], "fixed: take it out of the ledger"
        return
    assert broken_by(defect.smallest, lines), "fixed: take it out of the ledger"

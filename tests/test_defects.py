"""The page of distinct defects: complete, of the ledger, and its scripts show what they say."""

from __future__ import annotations

import builtins
import dis
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from hashlib import blake2b
from types import CodeType

import numpy as np
import pytest

from properties.examine import examine
from properties.findings import problem_of
from properties.modes import Answered, Backend, Outcomes, TensorFlow
from properties.registry import routines
from properties.workers import Worker
from reports.cases import entries_of
from reports.defects import DIGITS, SEVERITIES, Defect, defects, load
from reports.defects_page import script
from reports.ledger import Ledger
from reports.record import ANSWER, BROKEN, RAISED, Finding
from reports.reproduce import standing
from tests.reports_example import FINDING

DEFECTS = defects()
EVERY = 16  # one in so many has a process of its own, which imports TensorFlow anew
ALONE = ("hessian-registry", "logm-hang")  # in a process that has compiled nothing; never back
SAMPLE = [
    d for d in DEFECTS
    if d.cause.id in ALONE or blake2b(d.cause.id.encode()).digest()[0] % EVERY == 0
]  # fmt: skip
OTHERS = [d for d in DEFECTS if d not in SAMPLE]
WRITTEN = {entry.id: entry.script for entry in Ledger.load().entries if entry.script}
ENTRIES = ("hessian-honesty-product-forward-xla", *ALONE)  # which the scripts of causes show
ONE_BY_ONE = """
import contextlib, io, json, sys
told = {}
for name, text in json.load(sys.stdin).items():
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(text, name, "exec"), {"__name__": "__main__"})
    told[name] = out.getvalue().splitlines()
print(json.dumps(told))
"""


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


def test_every_entry_has_a_stored_input_or_a_script():
    assert not [e.id for e in Ledger.load().entries if bool(e.case) == bool(e.script)]


def test_every_defect_has_a_script():
    assert not [defect.cause.id for defect in DEFECTS if script(defect).startswith("# no input")]


def globals_of(code: CodeType) -> set[str]:
    """The names that a script and its functions take from around them."""
    found = {
        i.argval for i in dis.get_instructions(code) if i.opname in ("LOAD_GLOBAL", "LOAD_NAME")
    }
    return found.union(*(globals_of(c) for c in code.co_consts if isinstance(c, CodeType)))


@pytest.mark.parametrize("name", [name for name, r in routines().items() if ":" in r.call])
def test_what_a_script_of_any_routine_calls_is_in_it(name: str):
    call = routines()[name].call
    arguments = {"tree": ()} if name.startswith("calculus.") else {}
    finding = replace(FINDING, call=call, source="tf.sin(x)", arguments=arguments)
    text, _ = standing(finding)
    found = globals_of(compile(text, name, "exec"))
    names = {i.argval for i in dis.get_instructions(text) if i.opname.startswith("STORE")}
    assert found <= {*names, *dir(builtins), "np", "tf"}


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


@pytest.fixture(scope="module")
def others() -> dict[str, list[str]]:
    """What the other scripts print, each with names of its own, in one process for all."""
    texts = {defect.cause.id: script(defect) for defect in OTHERS}
    texts |= {name: text for name, text in WRITTEN.items() if name not in ENTRIES}
    done = subprocess.run(
        [sys.executable, "-c", ONE_BY_ONE], input=json.dumps(texts), check=False,
        capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


def shown(defect: Defect, lines: list[str], worker: Worker) -> None:
    """Assert that a script shows what the suite sees, and that it sees the defect.

    Whether digits are lost may depend on the processor: then neither shows it.
    """
    finding = defect.smallest
    if defect.cause.script or finding is None:
        assert "True" in lines[-1], "fixed: take it out of the ledger"
        return
    suite = TensorFlow(worker, (finding.cell.mode,))
    answer = printed(finding, lines)
    due = [entries_of(part)[0] for part in finding.true]
    shapes = [array.shape[1:] for array in answer.outcomes.arrays]
    other = bool(shapes) and finding.outcome.startswith("answer: answered ")
    seen = shapes != due if other else broken(finding, answer)
    assert seen == broken(finding, suite)
    assert seen or defect.severity == DIGITS, "fixed: take it out of the ledger"


@pytest.mark.parametrize("defect", SAMPLE, ids=lambda defect: defect.cause.id)
def test_scripts_show_what_the_suite_sees(defect: Defect, worker: Worker):
    shown(defect, told(defect), worker)


@pytest.mark.parametrize("defect", OTHERS, ids=lambda defect: defect.cause.id)
def test_so_do_all_other_scripts(defect: Defect, worker: Worker, others: dict[str, list[str]]):
    shown(defect, others[defect.cause.id], worker)


@pytest.mark.parametrize("name", [name for name in WRITTEN if name not in ENTRIES])
def test_entries_without_an_input_are_shown_by_their_scripts(
    name: str, others: dict[str, list[str]]
):
    """Each law and mode of its own, where one script stands for them all on the page of defects."""
    assert others[name][-1].split()[-1] == "True", "fixed: take it out of the ledger"

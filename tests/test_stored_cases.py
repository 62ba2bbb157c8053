"""Stored inputs of the ledger: each is of its entry, broken by the answer that is stored beside it.

Answers are judged as they were stored, so nothing here depends on TensorFlow or the processor: what
an entry is about must still be claimed, and still be broken by what was seen. Whether this
TensorFlow answers so is for the gate, which sets all of them first.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from properties.auditor import DISAGREE, Batch, disagreements
from properties.corpus import WORST
from properties.dtypes import DTYPES
from properties.examine import examine, truth_of
from properties.findings import problem_of
from properties.modes import Answered, Outcomes
from properties.registry import routines
from properties.verify import cases
from reports.cases import array_of, load_finding, share
from reports.ledger import HERE, SLACK, Entry, Ledger
from reports.record import ANSWER, BROKEN, HELD, HONESTY, Finding

CASES = HERE / "cases"
ENTRIES = [entry for entry in Ledger.load().entries if entry.case]
FINDINGS = {entry.id: load_finding(CASES / entry.case) for entry in ENTRIES}
EVERY = 8  # one in so many is set to mpmath again, which takes seconds for some
each_entry = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
# Factors and eigenvalues that are judged by what they leave of the matrix, exactly; or an outcome.
WITHOUT_TRUTH = ("linalg.eig", "linalg.eigvals", "linalg.qr", "linalg.cholesky")


def outcomes(finding: Finding) -> Outcomes:
    """What a finding says was answered, as a stack of one."""
    arrays = tuple(array_of(part)[None] for part in finding.got)
    word = finding.outcome.partition(":")[0] or ANSWER
    return Outcomes(np.array([word], "U12"), arrays, {})


def test_every_stored_input_is_of_an_entry_and_set_once():
    names = [entry.case for entry in ENTRIES]
    stored = [path.name for path in CASES.glob("*.json") if not path.name.startswith(WORST)]
    assert sorted(names) == sorted(stored)


@pytest.mark.parametrize("path", sorted(CASES.glob(f"{WORST}*.json")), ids=lambda path: path.stem)
def test_the_worst_of_a_claim_that_holds_is_claimed_still(path: Path):
    """Near its bound, so that what grows a little is seen first; by what was answered then."""
    finding = load_finding(path)
    assert [p for p, _ in cases()[finding.cell.routine]].count(path) == 1
    backend = Answered("tensorflow", outcomes(finding), (finding.cell.mode,))
    routine, problem = routines()[finding.cell.routine], problem_of(finding)
    examined = examine(routine, problem, [backend], dtypes=(finding.cell.dtype,))
    (records,) = (r for r in examined.records if r.cell.claim == finding.cell.claim)
    assert records.verdict.tolist() == [HELD]
    assert 0.9 < records.share[0] / share(finding) < 1.1


@each_entry
def test_a_stored_input_is_of_its_entry(entry: Entry):
    finding = FINDINGS[entry.id]
    assert entry.covers(finding.cell)
    known = {**finding.traits, **finding.condition}
    assert entry.fits({name: np.array([value]) for name, value in known.items()}, 1).all()
    assert not share(finding) > entry.share * SLACK


@each_entry
def test_what_was_answered_breaks_the_claim(entry: Entry):
    finding = FINDINGS[entry.id]
    if finding.cell.claim == HONESTY and not finding.outcome.startswith(ANSWER):
        assert entry.outcome in ("", finding.outcome.partition(":")[0])
        return  # a raise: nothing is measured
    routine, problem = routines()[finding.cell.routine], problem_of(finding)
    got = outcomes(finding)
    backend = Answered("tensorflow", got, (finding.cell.mode,))
    examined = examine(routine, problem, [backend], dtypes=(finding.cell.dtype,))
    (records,) = (r for r in examined.records if r.cell.claim == finding.cell.claim)
    assert records.verdict.tolist() == [BROKEN]
    assert Ledger((entry,)).explain(records, examined.stack, got.words).tolist() == [entry.id]


@each_entry
def test_what_is_true_is_told_by_two_engines(entry: Entry):
    finding = FINDINGS[entry.id]
    if not finding.true:
        assert finding.cell.routine in WITHOUT_TRUTH
    else:
        assert len(finding.engines) == 2


@pytest.mark.parametrize("entry", ENTRIES[::EVERY], ids=lambda entry: entry.id)
def test_mpmath_agrees_still(entry: Entry):
    finding = FINDINGS[entry.id]
    routine, problem = routines()[finding.cell.routine], problem_of(finding)
    dtype = DTYPES[finding.cell.dtype]
    truth = truth_of(routine, problem, dtype, 0)
    if routine.audit is None or not all(np.isfinite(p.radius).all() for p in truth.parts):
        pytest.skip("no truth to compare")
    extra = {"eps": dtype.eps} if routine.by_dtype else {}
    told = {**extra, **problem.arguments}
    batch = Batch(routine.name, routine.audit, problem.inputs, told, truth, (entry.id,))
    (gap,) = disagreements(batch)
    assert gap is None or gap <= DISAGREE

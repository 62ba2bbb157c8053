"""Subnormal numbers: what is right is kept, what is flushed is told from what is wrong."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from properties.dtypes import DTYPES, Dtype
from properties.modes import Implementation, TensorFlow
from properties.registry import routines
from properties.routine import Array, Problem, Routine
from properties.setup import options_of
from properties.subnormals import BLOCK, _at_zero, arguments, functions, results, rows
from properties.workers import Worker
from references.truth import Truth
from reports.ledger import Ledger
from reports.plain import RunError
from reports.subnormal import (
    ARGUMENTS,
    FLUSHED,
    KEPT,
    RESULTS,
    TAKEN,
    VERDICTS,
    WRONG,
    Treated,
    save,
    sections,
    treated_of,
)
from tests.asked import asked
from tests.implementations import ROUNDED_TRUTH, correctly_rounded

PAGE = Path(__file__).parent.parent / "docs" / "subnormals.md"
SOME = ("math.exp", "math.expm1", "math.sqrt", "math.tanh", "math.log", "nn.relu", "math.sign")
EAGER = ("eager",)


def counts(found: list[Treated]) -> dict[str, int]:
    """Entries by verdict."""
    return {word: sum(row.counts[i] for row in found) for i, word in enumerate(VERDICTS)}


def flushing(_: Routine, __: Problem, dtype: Dtype, truth: Truth) -> tuple[Array, ...]:
    """The truth rounded, subnormal results flushed to zero."""
    found = correctly_rounded(truth.parts[0], dtype)
    return (np.where(np.abs(found) < dtype.tiny, np.copysign(0.0, found), found),)


def of_zero(routine: Routine, problem: Problem, dtype: Dtype, _: Truth) -> tuple[Array, ...]:
    """What the function is of zero, infinite at a pole."""
    zeros = [_at_zero(routine, problem, dtype, sign) for sign in (1.0, -1.0)]
    found = np.where(problem.inputs[0] > 0, *zeros).astype(np.float64)
    return (np.where(np.isnan(found), np.inf, found),)


def doubled(_: Routine, __: Problem, dtype: Dtype, truth: Truth) -> tuple[Array, ...]:
    """Twice the truth."""
    return (2 * correctly_rounded(truth.parts[0], dtype),)


@pytest.mark.parametrize("name", functions())
def test_what_is_rounded_once_is_kept(name):
    found = counts([*rows(replace(ROUNDED_TRUTH, modes=EAGER), functions()[name], EAGER)])
    assert found[KEPT] == sum(found.values())


@pytest.mark.parametrize(
    ("name", "wrong", "word"),
    [
        ("math.tanh", flushing, FLUSHED),
        ("math.sqrt", of_zero, TAKEN),
        ("math.log", of_zero, TAKEN),
        ("math.sqrt", doubled, WRONG),
        ("math.tanh", doubled, WRONG),
    ],
)
def test_each_way_is_told_from_the_others(name, wrong, word):
    backend = Implementation("other", wrong, EAGER)
    found = [row for row in rows(backend, functions()[name], EAGER) if row.kind == ARGUMENTS]
    told = counts(found)
    assert told[word] > sum(told.values()) / 4  # twice the least of them is one spacing off
    assert max(row.strict for row in found) > 1
    assert (max(row.lenient for row in found) > 1) == (word == WRONG)


def test_subnormal_numbers_are_set():
    """What a claim's own problems leave out, and results on either side of zero."""
    exp = functions()["math.exp"]
    for name in exp.dtypes:
        dtype = DTYPES[name]
        below = arguments(exp, dtype)
        assert below is not None
        (x,) = below.inputs
        assert (np.abs(x) < dtype.tiny).all() and (x != 0).all() and (dtype.round(x) == x).all()
    assert results(exp, DTYPES["float32"]) is not None


def test_the_page_is_of_all_functions():
    text = PAGE.read_text(encoding="utf-8")
    set_ = [
        name
        for name, routine in functions().items()
        if any(made(routine, DTYPES[routine.dtypes[-1]]) for made in (arguments, results))
    ]
    assert len(set_) > 40 and all(f"\n| {name} | " in text for name in set_)
    assert f"## Subnormal {ARGUMENTS}" in text and f"## Subnormal {RESULTS}" in text


def test_a_sign_is_still_its_argument():
    """Neither one, as it should be, nor zero, as of an argument that is taken for zero."""
    worker = Worker()
    found = [*rows(TensorFlow(worker), functions()["math.sign"], EAGER)]
    worker.stop()
    told = {(row.dtype, row.kind): row.counts[VERDICTS.index(WRONG)] for row in found}
    assert told["float32", ARGUMENTS] > 0, "fixed: measure docs/subnormals.md anew"


def test_a_run_keeps_them_and_its_report_tells_them(tmp_path):
    rows_ = [
        Treated("math.exp", ARGUMENTS, "float32", "eager", (60, 4, 0, 0), 2.0**20, 1.0),
        Treated(
            "math.sign", ARGUMENTS, "float32", "eager", (0, 0, 0, 64), math.inf, math.inf,
            ("1e-45", "1e-45", "1"),
        ),
        Treated("math.exp", RESULTS, "float64", "xla", (3, 0, 0, 0), 0.5, 0.5),
    ]  # fmt: skip
    save(tmp_path, "math.exp", [rows_[0], rows_[2]])
    save(tmp_path, "math.sign", rows_[1:2])
    assert sorted(treated_of(tmp_path)) == sorted(rows_)
    ((title, lines),) = sections(treated_of(tmp_path))
    assert title == "Subnormal numbers"
    assert lines[0] == (
        "subnormal arguments, eager: 60 kept, 4 flushed, 0 taken for zero, 64 wrong; of 2 "
        "functions and dtypes 2 break their bound strictly, 1 leniently"
    )
    assert any("math.sign float32 eager: 64 subnormal arguments wrong" in line for line in lines)
    assert sections(()) == []


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", '{"format": 2, "rows": []}', '{"format": 1, "rows": [[]]}', '{"format": 1}',
        '{"format": 1, "rows": [["a", "b", "c", "d", [1, 2, 3], 0, 0, []]]}',
        '{"format": 1, "rows": [["a", "b", "c", "d", [1, 2, 3, -4], 0, 0, []]]}',
        '{"format": 1, "rows": [["a", "b", "c", 4, [1, 2, 3, 4], 0, 0, []]]}',
    ],
)  # fmt: skip
def test_a_hostile_file_is_told_in_one_line(tmp_path, text):
    (tmp_path / "subnormal").mkdir()
    (tmp_path / "subnormal" / "math.exp.json").write_text(text)
    with pytest.raises(RunError, match=r"math\.exp\.json"):
        treated_of(tmp_path)


def test_audits_set_them_and_gates_do_not():
    exp, norm = functions()["math.exp"], routines()["linalg.norm"]
    audit, gate = options_of(asked(audit=True)), options_of(asked())
    assert BLOCK in audit.blocks(exp)
    assert BLOCK not in audit.blocks(norm)
    assert BLOCK not in gate.blocks(exp)


def test_what_is_wrong_is_in_the_ledger():
    entries = [e for e in Ledger.load().entries if e.claim == "law: subnormal arguments"]
    known = {(e.routine, dtype, mode) for e in entries for dtype in e.dtypes for mode in e.modes}
    table = PAGE.read_text(encoding="utf-8").partition("## Wrong")[2]
    told = {
        tuple(line.split(" | ")[:3]) for line in table.splitlines() if line.startswith("| math")
    }
    assert {(name.removeprefix("| "), dtype, mode) for name, dtype, mode in told} == known

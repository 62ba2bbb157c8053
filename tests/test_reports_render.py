"""What people read: compared with files that were read by people."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from reports.__main__ import main
from reports.annotations import annotated
from reports.cases import exact, finding_to_text, smallest
from reports.figures import share_text
from reports.ledger import Ledger
from reports.machine import machine
from reports.markdown import LARGEST, markdown
from reports.plain import RunError
from reports.record import BROKEN, Cell, Records
from reports.reproduce import reproduction
from reports.run import mark_complete
from reports.store import Spool
from reports.text import render
from reports.told import array_text
from reports.verdict import RunVerdict, run_verdict
from reports.view import worst_members
from tests.reports_example import FINDING, HEADER, HOSTILE, LEDGER, records, stack, write_run

GOLDEN = Path(__file__).parent / "golden"
ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("reports") / "run", workers=2)


@pytest.fixture(scope="module")
def verdict(run: Path) -> RunVerdict:
    return run_verdict(run, LEDGER)


def golden(name: str, text: str) -> None:
    """Compare with the file of that name; with REPORTS_GOLDEN=write, write it to be read."""
    path = GOLDEN / name
    if os.environ.get("REPORTS_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text("utf-8")


def test_text(verdict: RunVerdict) -> None:
    text = render(verdict)
    assert max(map(len, text.splitlines())) <= 120
    golden("report.txt", text)


def test_text_of_one_claim(verdict: RunVerdict) -> None:
    golden("report-forward.txt", render(verdict, "linalg.solve", "forward"))


def test_markdown(run: Path, verdict: RunVerdict) -> None:
    golden("report.md", markdown(verdict, list(smallest(run).values())))


def test_json_for_machines(verdict: RunVerdict) -> None:
    golden("report-forward.json", machine(verdict, "linalg.solve", "forward"))
    told = json.loads(machine(verdict), parse_constant=pytest.fail)
    assert told["exit_code"] == 1 and told["counts"]["new breaks"] == 1
    assert len(told["cells"]) == len(verdict.summary.cells)


def test_annotations_name_what_broke(verdict: RunVerdict) -> None:
    lines = annotated(verdict)
    assert [line.split(" ")[0] for line in lines] == ["::error", "::warning", "::warning"]
    assert lines[0].startswith("::error title=linalg.solve forward float64 eager::1 new break, ")
    assert "member 00000002a0000004" in lines[0] and "3.1 %25 of the members" in lines[1]
    assert "nn.softmax order" in lines[2]


def claimed(folder: Path, claims: Iterable[str]) -> RunVerdict:
    """A run with one new break of each of these claims of linalg.solve."""
    cell = Cell("linalg.solve", "forward", "float64", "eager", "tensorflow")
    with Spool(folder, "main", HEADER) as spool:
        spool.append(stack("linalg.solve", 2))
        for claim in claims:
            spool.append(replace(records(cell, 2), cell=cell._replace(claim=claim)))
    mark_complete(folder)
    return run_verdict(folder, LEDGER)


def test_annotations_are_few_and_say_how_many_are_left(tmp_path: Path) -> None:
    lines = annotated(claimed(tmp_path, map(str, range(30))))
    assert len(lines) == 10 and lines[-1].startswith("::warning title=No%3A 30 new breaks")
    assert "25 more annotations" in lines[-1]  # 30 breaks and 4 claims without a comparison


def test_the_worst_are_one_a_cause_and_wrong_numbers_come_before_none(tmp_path: Path) -> None:
    cell = Cell("linalg.solve", "backward", "float32", "xla", "tensorflow")
    dtypes = ("float32", "float64")
    entry = replace(LEDGER.entries[0], dtypes=dtypes, where={}, share=np.inf)
    missing = replace(entry, id="no numbers", claim="honesty")
    with Spool(tmp_path, "main", HEADER) as spool:
        spool.append(stack("linalg.solve", 1))
        for dtype in dtypes:
            for claim, error in (("backward", 5.0), ("honesty", np.inf)):
                one = Cell("linalg.solve", claim, dtype, "xla", "tensorflow")
                broken = np.full(8, BROKEN, np.int8)
                spool.append(Records(f"{1:016x}", one, np.full(8, error), np.ones(8), broken))
    mark_complete(tmp_path)
    verdict = run_verdict(tmp_path, Ledger((entry, missing)))
    found = worst_members(verdict, 10, broken=True)
    assert [(c.claim, worst.share, worst.known) for c, worst in found] == [
        ("backward", 5.0, "solve-graded"),
        ("honesty", np.inf, "no numbers"),
    ]
    assert found[0][0] == cell
    one_fails = worst_members(run_verdict(tmp_path, Ledger((missing,))), 10, broken=True)
    assert [worst.new for _, worst in one_fails] == [True, True, False]


def test_an_annotation_holds_no_other_command(tmp_path: Path) -> None:
    line = annotated(claimed(tmp_path, ["a\n::error::b, c: d % e\r"]))[0]
    title = "linalg.solve a %3A%3Aerror%3A%3Ab%2C c%3A d %25 e float64 eager"
    assert line.startswith(f"::error title={title}::1 new break, ")
    assert line.isprintable()


def test_script() -> None:
    golden("reproduction.txt", reproduction(FINDING))


def test_nothing_depends_on_the_order_of_workers(tmp_path: Path, verdict: RunVerdict) -> None:
    alone = run_verdict(write_run(tmp_path / "run", workers=1), LEDGER)
    assert render(alone) == render(verdict)


def test_markdown_stays_below_its_size(tmp_path: Path) -> None:
    claims = [f"{'claim ' * 12}{i}" for i in range(3000)]
    with Spool(tmp_path, "main", HEADER) as spool:
        spool.append(stack("linalg.solve", 1))
        for claim in claims:
            cell = Cell("linalg.solve", claim, "float32", "eager", "tensorflow")
            spool.append(records(cell, 1))
    mark_complete(tmp_path)
    text = markdown(run_verdict(tmp_path, LEDGER))
    assert LARGEST - 1000 < len(text.encode()) < 200_000
    assert "more cells are left out" in text


def test_hostile_words_stay_words(verdict: RunVerdict, run: Path) -> None:
    told = markdown(verdict, list(smallest(run).values()))
    assert "\x1b" not in told + render(verdict)
    hostile = replace(FINDING, because=HOSTILE, formula=HOSTILE, engines=(HOSTILE,))
    written = markdown(verdict, [hostile])
    assert "\\<script\\>" in written and "<script>" not in written
    assert ast.parse(reproduction(hostile)).body


def test_arrays_as_text() -> None:
    assert array_text(exact(np.array([[1.0, -2.5], [10.0, 0.1]]))) == " 1.0  -2.5\n10.0   0.1"
    assert array_text(exact(np.float64(3.0))) == "3.0"
    assert array_text(exact(np.zeros((0, 3)))) == "empty, of the shape (0, 3)"
    assert "more entries of the shape (40, 40)" in array_text(exact(np.zeros((40, 40))))


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (1.0, "1.00"), (1.0001, ">1"), (1e-9, "1e-9"), (0.0442, "0.044"), (3.5, "3.50"),
     (12345.0, "1.23e4"), (float("inf"), "∞"), (float("nan"), "–")],
)  # fmt: skip
def test_shares_as_text(value: float, text: str) -> None:
    assert share_text(value) == text


def invoke(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_commands(run: Path, tmp_path: Path) -> None:
    assert invoke("show", run).exit_code == 1
    assert "No: " in invoke("show", run, "--routine", "nn.softmax").output
    result = invoke("report", run, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"report.md", "report.html"}
    assert len(invoke("digest", run).output.strip()) == 32
    assert invoke("annotations", run).output.startswith("::error ")
    assert json.loads(invoke("show", run, "--json").output)["exit_code"] == 1
    listed = invoke("findings", run)
    assert listed.exit_code == 0 and "known: solve-graded" in listed.output
    path = run / "findings" / "main" / "linalg.solve-forward-float64-eager.json"
    assert invoke("reproduce", path).output == reproduction(FINDING)
    assert invoke("known").exit_code == 0


def test_bad_usage_is_one_line_and_exit_code_2(run: Path, tmp_path: Path) -> None:
    (tmp_path / "hostile.json").write_text("[" * 100_000)
    (tmp_path / "file").write_text("")
    for words in (
        ("show", tmp_path),
        ("show", tmp_path / "nowhere"),
        ("show", run, "--routine", "linalg.solv"),
        ("show", run, "--claim", "order", "--routine", "linalg.solve"),
        ("report", run, "--out", tmp_path / "file" / "out"),
        ("reproduce", tmp_path / "hostile.json"),
        ("reproduce", tmp_path),
        ("findings", tmp_path),
        ("digest", tmp_path),
    ):
        result = invoke(*words)
        assert result.exit_code == 2, words
        assert result.stderr.startswith("reports: ") and result.stderr.count("\n") == 1
    assert "linalg.solve" in invoke("show", run, "--routine", "linalg.solv").stderr
    assert invoke("nonsense").exit_code == 2


def test_an_interrupted_run_exits_with_3(tmp_path: Path) -> None:
    with Spool(tmp_path, "main", HEADER) as spool:
        spool.append(stack("linalg.solve", 1))
    assert invoke("show", tmp_path).exit_code == 3


@pytest.mark.parametrize(
    "change",
    [
        {"call": "linalg.solve(__import__('os'))"},
        {"call": "os:system"},
        {"call": "properties.calculus.calls:jacobian", "arguments": {"tree": ()}},
        {"cell": FINDING.cell._replace(mode="library")},
        {"cell": FINDING.cell._replace(dtype="int8")},
    ],
)
def test_what_no_script_can_tell(change: dict) -> None:
    with pytest.raises(RunError):
        reproduction(replace(FINDING, **change))


def executed(script: str, folder: Path) -> str:
    pytest.importorskip("tensorflow")
    (folder / "script.py").write_text(script)
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    return subprocess.run(
        [sys.executable, "script.py"],
        cwd=folder, env=environment, capture_output=True, text=True, check=True, timeout=300,
    ).stdout  # fmt: skip


def test_the_script_of_a_routine_runs_alone(tmp_path: Path) -> None:
    told = executed(reproduction(FINDING), tmp_path)
    assert "0.090909090909090909091" in told and "0.0909090909090909" in told
    assert "largest error: 0" in told and "40 eps, bound 16 eps, share 2.50" in told


def test_the_script_of_a_derivative_runs_alone(tmp_path: Path) -> None:
    finding = replace(
        FINDING,
        cell=Cell("calculus.jacobian", "entrywise", "float32", "xla", "tensorflow"),
        call="properties.calculus.calls:jacobian",
        source="(x * constant(2.0))",
        arguments={"tree": ("multiply", ("x",), ("const", 2.0)), "path": "jacobian"},
        inputs=(exact(np.array([1.0, 3.0]), "float32"),),
        true=({"dtype": "decimal", "shape": [2, 2], "values": ["2", "0", "0", "2"]},),
    )
    assert "largest error: 0 eps" in executed(reproduction(finding), tmp_path)


def test_a_finding_with_a_wrong_shape_is_refused(tmp_path: Path) -> None:
    part = {"dtype": "float32", "shape": [3], "values": ["0x1p+0"]}
    (tmp_path / "f.json").write_text(finding_to_text(replace(FINDING, inputs=(part,))))
    assert invoke("reproduce", tmp_path / "f.json").exit_code == 2

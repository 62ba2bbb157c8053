"""Baselines as files: found, read, refused, accepted, and readable in a diff."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from properties import stored
from properties.registry import routines
from reports import baseline, readings
from reports.accept import accept
from reports.accepted import Accepted, Figures
from reports.plain import RunError
from reports.readings import Readings
from reports.record import Answers
from reports.run import mark_complete
from reports.store import Spool
from reports.verdict import FAILED, FINE, run_verdict
from tests.command_line import reports
from tests.reports_example import HEADER, MEMBERS, records, stack
from tests.test_drift import CELL, errors
from tests.test_drift import readings as measured_of

HELD = Accepted(Figures(96, 0.02, 0.11, 0.13), "0" * 95 + "-")


def run_of(folder: Path, measured: Readings) -> Path:
    """A complete gate, all of it within bounds, that measured this on the stored recipes."""
    header = {
        **HEADER,
        "versions": {"tensorflow": "2.21.0", "system": "Linux-6.1-x86_64"},
        "cpu": ["x86_64", "avx2"],
        "claims": [claim for claim in HEADER["claims"] if claim["claim"] == CELL.claim],
    }
    answers = np.zeros(MEMBERS, np.int8)
    with Spool(folder, "main", header) as spool:
        spool.append(stack(CELL.routine, 0))
        spool.append(Answers(f"{0:016x}", CELL.routine, *CELL[2:], answers, {}))
        spool.append(records(CELL, 0))
    readings.save(folder, measured)
    mark_complete(folder)
    return folder


# Which one.


@pytest.mark.parametrize(
    ("cpu", "device", "names"),
    [
        (("x86_64", "avx2", "avx512f"), "CPU:0", "linux-x86_64-avx512 linux-x86_64 generic"),
        (
            ("x86_64", "intel", "avx512f"),
            "CPU:0",
            "linux-x86_64-avx512-intel linux-x86_64-avx512 linux-x86_64 generic",
        ),
        (("x86_64", "avx2"), "CPU:0", "linux-x86_64-avx2 linux-x86_64 generic"),
        (("aarch64",), "CPU:0", "linux-aarch64 generic"),
        (("x86_64", "avx512f"), "GPU:0", "linux-x86_64-gpu gpu"),
        (("../../x\0" + "y" * 99,), "CPU:0", f"linux-_x_{'y' * 31} generic"),
    ],
)
def test_names_from_near_to_far(cpu, device, names):
    assert baseline.platforms("Linux-6.1-x86_64-with-glibc2.36", cpu, device) == tuple(
        names.split()
    )


def test_the_nearest_is_chosen(tmp_path):
    names = ("linux-x86_64-avx2", "linux-x86_64", "generic")
    assert baseline.chosen(tmp_path, names) is None
    for name in reversed(names):
        baseline.save(tmp_path / f"{name}.json", baseline.Baseline(name))
        found = baseline.chosen(tmp_path, names)
        assert found is not None
        assert (found.name, found.stands_in) == (name, name != names[0])


# Files.


def example() -> baseline.Baseline:
    """Two cells that fare alike in two modes, one that does not."""
    cells = {CELL._replace(mode=mode): HELD for mode in ("eager", "graph")}
    cells[CELL._replace(claim="forward, normal equations", mode="xla")] = HELD
    return baseline.Baseline(
        "here",
        {"linalg.solve": "ab" * 8},
        {"linalg.solve": "2.21.0"},
        cells,
        {("linalg.solve", "float32", "eager"): "12345678"},
        ({"reason": "because"},),
    )


def test_a_baseline_comes_back(tmp_path):
    path = tmp_path / "here.json"
    baseline.save(path, example())
    assert baseline.load(path) == example()
    text = path.read_text("utf-8")
    baseline.save(path, baseline.load(path))
    assert path.read_text("utf-8") == text


def test_a_cell_is_a_line_and_lines_are_sorted(tmp_path):
    baseline.save(tmp_path / "here.json", example())
    lines = (tmp_path / "here.json").read_text("utf-8").splitlines()
    cells = [line for line in lines if "float32" in line and "[" in line]
    assert len(cells) == 2
    assert cells == sorted(cells)
    assert cells[0].startswith(' "linalg.solve forward float32 eager,graph": [96,0.02,0.11,0.13,"')
    assert max(map(len, lines)) < 200


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: text[: len(text) // 2], "not readable as JSON"),
        (lambda text: text.replace('"format": 1', '"format": 7'), "format 7, but this version"),
        (lambda text: text.replace("0000-", "00 0-"), "a character that is no letter"),
        (lambda text: text.replace("96,", ""), "count, median, 99 %, worst and letters are due"),
        (lambda text: text.replace('"answers"', '"answer"'), "'answers' is missing"),
        (lambda text: text.replace(" float32 eager,graph", ""), "is no name of a cell"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path, damage: Callable[[str], str], message):
    path = tmp_path / "generic.json"
    baseline.save(path, example())
    text = path.read_text("utf-8")
    path.write_text(damage(text), "utf-8")
    assert damage(text) != text
    with pytest.raises(RunError, match=message) as caught:
        baseline.load(path)
    assert "restore the file, or delete it and accept a run again" in str(caught.value)
    run_of(tmp_path / "run", measured_of(errors()))
    code, output = reports("show", tmp_path / "run", "--baselines", tmp_path)
    assert code == 2
    assert len(output.splitlines()) == 1, output


def test_letters_of_another_length_are_damage(tmp_path):
    run = run_of(tmp_path / "run", measured_of(errors()))
    accept(run, tmp_path)
    path = tmp_path / "linux-x86_64-avx2.json"
    entry = json.loads(path.read_text("utf-8"))["cells"]["linalg.solve forward float32 eager"][-1]
    path.write_text(path.read_text("utf-8").replace(entry, entry[:-1]), "utf-8")
    with pytest.raises(RunError, match="95 letters for 96 members"):
        run_verdict(run, baselines=tmp_path)


# Accepting.


def test_a_gate_without_a_baseline_says_how_to_make_one(tmp_path):
    run = run_of(tmp_path / "run", measured_of(errors()))
    code, output = reports("show", run, "--baselines", tmp_path)
    assert code == FINE, output
    told = " ".join(output.split())
    assert "rests on the bounds alone; `python -m reports accept RUN` makes one" in told


def test_accepting_makes_a_baseline_that_its_run_meets(tmp_path):
    run = run_of(tmp_path / "run", measured_of(errors()))
    code, output = reports("accept", run, "--baselines", tmp_path)
    assert (code, "1 cells added" in output) == (FINE, True), output
    verdict = run_verdict(run, baselines=tmp_path)
    assert verdict.exit_code == FINE
    assert verdict.drift is not None
    assert [drift.verdict for drift in verdict.drift.cells] == ["steady"]
    recipes = baseline.load_recipes(tmp_path)["linalg.solve"]
    assert [recipe.digest for recipe in recipes] == [
        stack.digest for stack in measured_of(errors()).stacks
    ]
    assert accept(run, tmp_path).tightened == 0, "nothing is left to accept"


def test_what_got_worse_is_refused_without_a_reason(tmp_path):
    accept(run_of(tmp_path / "good", measured_of(errors())), tmp_path)
    (path,) = tmp_path.glob("linux*.json")
    before = path.read_bytes()
    worse = run_of(tmp_path / "worse", measured_of(errors() + 4))
    assert run_verdict(worse, baselines=tmp_path).exit_code == FAILED
    code, output = reports("accept", worse, "--baselines", tmp_path)
    assert code == FAILED
    assert output.splitlines()[0].startswith(
        "refused: linalg.solve forward float32 eager: 88 worse, 0 better of 96; share median "
    )
    assert len(output.splitlines()) == 2
    assert path.read_bytes() == before


def test_a_reason_loosens_and_stays_in_the_file(tmp_path):
    accept(run_of(tmp_path / "good", measured_of(errors())), tmp_path)
    worse = run_of(tmp_path / "worse", measured_of(errors() + 4))
    assert accept(worse, tmp_path, reason="sums by blocks").loosened == 1
    assert run_verdict(worse, baselines=tmp_path).exit_code == FINE
    (path,) = tmp_path.glob("linux*.json")
    (entry,) = baseline.load(path).loosened
    assert entry["reason"] == "sums by blocks"
    assert entry["tensorflow"] == "2.21.0"
    ((before, after),) = entry["cells"].values()
    assert before[0] == after[0] == 96
    assert all(a < b for a, b in zip(before[1:], after[1:], strict=True))


def test_a_baseline_tightens_freely_and_does_not_creep(tmp_path):
    accept(run_of(tmp_path / "wide", measured_of(errors() + 4)), tmp_path)
    assert accept(run_of(tmp_path / "better", measured_of(errors())), tmp_path).tightened == 1
    (path,) = tmp_path.glob("linux*.json")
    before = baseline.load(path).cells
    done = accept(run_of(tmp_path / "a little worse", measured_of(errors() * 1.05)), tmp_path)
    assert (done.kept, done.loosened, done.refused) == (1, 0, ())
    assert baseline.load(path).cells == before


def test_other_problems_need_a_reason(tmp_path):
    accept(run_of(tmp_path / "old", measured_of(errors())), tmp_path)
    other = measured_of(errors())
    stacks = tuple(s._replace(members=s.members[::-1]) for s in other.stacks)
    run = run_of(tmp_path / "new", Readings(other.routine, stacks, other.cells, other.answers))
    assert accept(run, tmp_path).refused == (
        "linalg.solve: measured on other problems than the baseline's",
    )
    assert accept(run, tmp_path, reason="more structures").added == 1


def test_only_whole_gates_are_accepted(tmp_path):
    run = run_of(tmp_path / "run", measured_of(errors()))
    (run / "complete.json").unlink()
    code, output = reports("accept", run, "--baselines", tmp_path)
    assert (code, "is incomplete" in output) == (2, True), output
    mark_complete(run)
    (run / "stored" / "linalg.solve.json").unlink()
    code, output = reports("accept", run, "--baselines", tmp_path)
    assert (code, "set no stored recipes: accept the run of a gate" in output) == (2, True), output


# What reports tell.


def test_a_regression_is_told_by_every_report(tmp_path):
    measured = measured_of(errors())
    accept(run_of(tmp_path / "good", measured), tmp_path)
    run = run_of(tmp_path / "worse", measured_of(errors() + 4))
    code, output = reports("show", run, "--baselines", tmp_path)
    assert code == FAILED
    assert "No: 1 cell regressed against the baseline linux-x86_64-avx2." in output
    assert "88 worse, 0 better of 96" in " ".join(output.split())
    code, _ = reports("report", run, "--baselines", tmp_path)
    assert code == FAILED
    page = (run / "report.md").read_text("utf-8")
    assert "## Regressed" in page
    assert "88 worse, 0 better of 96" in page
    page = (run / "report.html").read_text("utf-8")
    assert ">Regressed</h2>" in page
    assert "88 worse, 0 better of 96" in page
    assert 'class="tag regressed"' in page


@pytest.mark.parametrize("name", ["linux-x86_64", "generic"])
def test_another_platform_tells_what_is_worse_and_fails_nothing(tmp_path, name):
    measured = measured_of(errors())
    accept(run_of(tmp_path / "good", measured), tmp_path, platform=name)
    run = run_of(tmp_path / "worse", measured_of(errors() + 4))
    code, output = reports("show", run, "--baselines", tmp_path)
    words = " ".join(output.split())
    assert code == FINE
    assert "Worse than on another platform" in output
    assert "88 worse, 0 better of 96" in words
    assert f"the baseline {name}, for there is none of linux-x86_64-avx2" in words


# What is committed.


def test_stored_recipes_make_the_bytes_that_they_made():
    recipes = baseline.load_recipes(baseline.HERE)
    for name in sorted(set(recipes) & set(routines())):
        assert len(stored.problems_of(routines()[name], recipes[name])) == len(recipes[name])


def test_committed_baselines_are_of_the_stored_recipes():
    recipes = baseline.load_recipes(baseline.HERE)
    for path in sorted(baseline.HERE.glob("*.json")):
        if path.name == baseline.RECIPES:
            continue
        kept = baseline.load(path)
        for name, digest in kept.problems.items():
            made = stored.problems_of(routines()[name], recipes[name])
            members = [member for problem in made for member in problem.digests]
            assert readings.digest_of(members) == digest, f"{name} in {path.name}"

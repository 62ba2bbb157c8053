"""One command for two versions: environments, a run, a comparison; accuracy against time."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from properties import compare as command
from properties.setup import Trouble
from reports.conclude import members_of
from reports.figures import number_text
from reports.frontier import Point, Timed, frontier, times
from reports.pairs import kept
from reports.plain import RunError
from reports.record import HELD, Cell
from reports.sample import Sample
from tests.command_line import reports
from tests.reports_example import write_run

MISSING = "no-such-wheel-of-tensorflow==1.0"


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What would be run, in a folder of its own; nothing is."""
    found: list[tuple[str, ...]] = []
    monkeypatch.setattr(command, "RUNS", tmp_path)
    monkeypatch.setattr(command, "_python", lambda *words: found.append(words) or 0)
    monkeypatch.setattr(command, "_uv", lambda requirement, *words: installed(words, found))
    return found


def installed(words: tuple[str, ...], found: list[tuple[str, ...]]) -> None:
    """Pretend: `uv venv` makes the folder."""
    found.append(("uv", *words[1:]))
    if "venv" in words:
        Path(words[-1]).mkdir(parents=True)


def uv_needed() -> None:
    """Skip where there is none."""
    if shutil.which("uv") is None:
        pytest.skip("uv is not installed: `tox -e compare` brings it along")


def test_two_versions_share_one_run(asked, tmp_path, monkeypatch):
    monkeypatch.setattr(command.shutil, "which", lambda name: name if name == "uv" else None)
    assert command.main(["2.19.1", "tf-nightly", "-k", "solve"]) == 0
    wheel = command.wheel()
    first, second = (tmp_path / "environments" / name for name in names(f"{wheel}-2.19.1"))
    set_up = [words[1:3] for words in asked if words[0] == "uv"]
    assert set_up == [("venv", "-q"), ("pip", "install")] * 2
    (run,) = (words for words in asked if words[0] == "pytest")
    assert f"--python={os.path.relpath(first, command.ROOT)}/bin/python" in run
    assert f"--rival={os.path.relpath(second, command.ROOT)}/bin/python" in run
    assert run[-2:] == ("-k", "solve")
    (told,) = (words for words in asked if words[0] == "reports")
    assert told[:5] == ("reports", "compare", str(tmp_path / "compare"), "--by", "backend")
    asked.clear()
    assert command.main(["2.19.1", "tf-nightly"]) == 0
    assert [words[1] for words in asked if words[0] == "uv"] == ["pip"]  # a version stays, nightly


def names(*first: str) -> list[str]:
    """Folders of environments."""
    python = command.platform.python_version()
    return [f"{name}-{python}" for name in (*first, "tf-nightly")]


def test_one_requirement_stands_beside_what_is_installed(asked):
    assert command.main([sys.executable, "--by", "backend"]) == 0
    run, _ = asked
    assert f"--rival={sys.executable}" in run
    assert not [word for word in run if word.startswith("--python")]


def test_dtypes_are_compared_with_their_times(asked, tmp_path):
    (tmp_path / "times.json").write_text("{}", "utf-8")
    assert command.main(["--by", "dtype", "--b", "float32", "--depth", "8"]) == 0
    run, told = asked
    assert run[-2:] == ("--depth", "8")
    assert told[-2:] == ("--b=float32", f"--times={tmp_path / 'times.json'}")


def test_a_run_that_was_not_set_is_not_compared(asked, monkeypatch):
    monkeypatch.setattr(command, "_python", lambda *words: asked.append(words) or 2)
    assert command.main(["--by", "mode"]) == 2
    assert [words[0] for words in asked] == ["pytest"]


def test_what_cannot_be_installed_is_said_in_one_line(tmp_path, monkeypatch, capsys):
    uv_needed()
    monkeypatch.setattr(command, "RUNS", tmp_path)
    monkeypatch.setenv("UV_OFFLINE", "1")
    for requirement in (MISSING, "what is this?"):
        assert command.main([requirement, "2.21.0"]) == 2
        told = capsys.readouterr().err.splitlines()
        assert len(told) == 1
        assert told[0].startswith(f"compare: cannot install {requirement!r}: ")
    assert not list(tmp_path.glob("environments/*/requirement"))


def test_without_uv_there_is_a_way_out(tmp_path, monkeypatch):
    monkeypatch.setattr(command, "RUNS", tmp_path)
    monkeypatch.setattr(command.shutil, "which", lambda name: None)
    with pytest.raises(Trouble, match="pip install uv"):
        command.environment("2.19.1", sys.executable)


# Accuracy against time.


def sample(error: list[float]) -> Sample:
    """Sixteen members."""
    count = len(error)
    column = np.zeros(count)
    return Sample(
        np.arange(count, dtype=np.uint64), np.array(error), column, column, column,
        np.zeros(count, np.int64), np.full(count, ""), np.full(count, HELD, np.int8),
    )  # fmt: skip


def test_what_nothing_else_beats_is_the_frontier():
    cell = Cell("linalg.solve", "forward", "float32", "eager", "tensorflow")
    cells, timed = {}, {}
    for dtype, mode, error, spent in (
        ("float32", "eager", 1.0, 2.0),
        ("float32", "graph", 1.0, 1.0),  # as accurate and faster
        ("float64", "eager", 1.0, 3.0),
        ("float64", "xla", 2.0**30, 4.0),  # slower and worse
    ):
        cells[cell._replace(dtype=dtype, mode=mode)] = sample([error] * 16)
        cells[cell._replace(claim="order", dtype=dtype, mode=mode)] = sample([0.0] * 16)
        timed[Timed("linalg.solve", dtype, mode, 8)] = spent
    cells[cell._replace(backend="scipy")] = sample([0.0] * 16)
    points = frontier(cells, timed)
    assert [(p.dtype, p.mode, p.optimal) for p in points] == [
        ("float32", "graph", True),
        ("float32", "eager", False),
        ("float64", "eager", True),
        ("float64", "xla", False),
    ]
    assert {p.claim for p in points} == {"forward"}
    assert points[0].digits == pytest.approx(kept(np.array([1.0]), "float32")[0])
    assert {p.members for p in points} == {16}


def test_dtypes_are_compared_on_the_members_that_all_were_set():
    cell = Cell("linalg.solve", "forward", "float32", "eager", "tensorflow")
    cells = {
        cell: sample([1.0] * 16),
        cell._replace(dtype="float64"): sample([1.0] * 16 + [2.0**50] * 100),
    }
    timed = {Timed("linalg.solve", dtype, "eager", 8): 1.0 for dtype in ("float32", "float64")}
    points = {point.dtype: point for point in frontier(cells, timed)}
    assert points["float64"].members == 16
    assert points["float64"].digits == pytest.approx(-np.log10(2.0**-52))


def times_of(path: Path, **changed: object) -> Path:
    """What pytest-benchmark writes, as far as it is read."""
    told = {
        "routine": "nn.softmax", "dtype": "float32", "mode": "eager", "size": 8,
        "microseconds a member": 0.25, **changed,
    }  # fmt: skip
    both = [told, {**told, "dtype": "float64", "microseconds a member": 0.5}]
    other = [{"extra_info": {"problems a second": 3}}]
    path.write_text(json.dumps({"benchmarks": [{"extra_info": t} for t in both] + other}), "utf-8")
    return path


def test_times_come_from_a_file_of_benchmarks(tmp_path):
    found = times(times_of(tmp_path / "times.json"))
    assert found[Timed("nn.softmax", "float32", "eager", 8)] == 0.25
    assert len(found) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not readable as JSON"),
        ("[]", "expected an object"),
        ('{"benchmarks": []}', "holds no times of TensorFlow: write it by `tox -e time`"),
        ('{"benchmarks": [{"extra_info": {"microseconds a member": 1}}]}', "'routine' is missing"),
    ],
)
def test_files_that_hold_no_times(tmp_path, text, message):
    path = tmp_path / "times.json"
    path.write_text(text, "utf-8")
    with pytest.raises(RunError, match=message):
        times(path)


def test_a_report_shows_time_beside_error(tmp_path):
    run, path = write_run(tmp_path / "run"), times_of(tmp_path / "times.json")
    words = ("compare", run, "--by", "dtype", "--b", "float32", "--times", path)
    code, output = reports(*words, "--out", tmp_path / "out")
    assert code == 0, output
    page = (tmp_path / "out" / "report.md").read_text("utf-8")
    points = frontier(members_of(run), times(path))
    assert points
    assert isinstance(points[0], Point)
    for text in (output, page):
        assert "Accuracy against speed" in text.replace("accuracy", "Accuracy")
        assert number_text(points[0].microseconds) in text
        assert "frontier" in text
    code, output = reports(*words, "--size", "9")
    assert code == 2
    assert output.splitlines() == ["reports: no times of size 9: there are 8"]

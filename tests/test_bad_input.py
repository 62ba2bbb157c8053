"""Whatever is wrong with a command line or a machine: one clear line, and the right exit code."""

from __future__ import annotations

import shutil
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from properties import setup
from properties.protocol import Reply, Request
from reports.cases import finding_to_text
from reports.record import ANSWER, NOT_OFFERED, RAISED
from reports.store import read
from tests.asked import asked
from tests.command_line import LIMIT, gate, python, reports, start
from tests.reports_example import FINDING

FINE, BROKEN, USAGE, INCOMPLETE = range(4)
SOFTMAX = ("properties/nn", "-k", "softmax")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small run that came to its end."""
    folder = tmp_path_factory.mktemp("fine") / "run"
    code, output = gate(folder, *SOFTMAX)
    assert code in (FINE, BROKEN), output  # broken by this TensorFlow, perhaps
    return folder


# The command line.


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--modes", "eager,lazy"), "--modes: unknown 'lazy', choose from eager, graph, xla"),
        (("--dtypes", "float8"), "--dtypes: unknown 'float8', choose from bfloat16"),
        (("--dtypes", ","), "--dtypes: nothing given"),
        (("--max-examples", "0"), "--max-examples 0: at least 1 is needed"),
        (("--depth", "0"), "--depth 0: at least 1 is needed"),
        (("--depth", "-3"), "--depth -3: at least 1 is needed"),
        (("--replay", "missing.json"), "missing.json is no readable finding"),
        (("--replay", "README.md"), "not readable as JSON"),
        (("--replay", "properties"), "properties is no readable finding"),
        (("properties/missing.py", "-n", "2"), "properties/missing.py: there is no such file"),
        (("--device", "TPU:7", *SOFTMAX), "no device TPU:7, but CPU:0"),
        (("--device", "TPU:7", *SOFTMAX, "-n", "2"), "no device TPU:7, but CPU:0"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done_is_said_in_one_line(tmp_path, words, message):
    code, output = gate(tmp_path / "run", *words)
    assert code == USAGE, output
    assert sum(message in line for line in output.splitlines()) >= 1, output


def test_a_selection_of_nothing_is_a_mistake(tmp_path):
    code, output = gate(tmp_path / "run", "-k", "nothing_is_called_this")
    assert code == USAGE, output


def test_a_finding_of_an_unknown_routine(tmp_path):
    path = tmp_path / "finding.json"
    cell = FINDING.cell._replace(routine="linalg.nonsense")
    path.write_text(finding_to_text(replace(FINDING, cell=cell)), "utf-8")
    code, output = gate(tmp_path / "run", "--replay", path)
    assert code == USAGE
    assert "unknown routine 'linalg.nonsense'" in output


# Folders.


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work", "utf-8")
    code, output = gate(tmp_path, *SOFTMAX)
    assert code == USAGE
    assert "is not a run and not empty" in output
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_run_is_not_overwritten_by_name(run):
    before = sorted(path.name for path in run.rglob("*"))
    code, output = gate(run, *SOFTMAX)
    assert code == USAGE
    assert "already holds a run" in output
    assert sorted(path.name for path in run.rglob("*")) == before


@pytest.mark.parametrize("place", ["{file}", "{file}/below", "/proc/run", "/proc/self/fd/run"])
def test_a_folder_that_cannot_be_written(tmp_path, place):
    file = tmp_path / "file"
    file.write_text("", "utf-8")
    code, output = gate(Path(place.format(file=file)), *SOFTMAX)
    assert code == USAGE, output
    assert "--run" in output


@pytest.mark.parametrize("command", ["show", "report", "findings", "digest"])
def test_a_folder_that_is_no_run(tmp_path, command):
    for folder in (tmp_path, tmp_path / "missing"):
        code, output = reports(command, folder)
        assert code == USAGE
        assert output.splitlines() == [f"reports: {folder} is not a run: it holds no run.json"]


def test_what_was_cut_short_is_told_and_loses_nothing_else(tmp_path, run):
    copy = shutil.copytree(run, tmp_path / "run")
    (copy / "cells.frames").write_bytes((run / "cells.frames").read_bytes()[:-20])
    code, output = reports("show", copy)
    assert code in (BROKEN, INCOMPLETE)
    assert "cut short" in output
    kept, whole = ([sorted(part.summary.cells) for part in read(folder)] for folder in (copy, run))
    assert 0 < len(kept) < len(whole) and kept == whole[: len(kept)]


@pytest.mark.parametrize("name", ["sample.parquet", "cells.frames"])
def test_a_file_that_is_missing_is_told(tmp_path, run, name):
    copy = shutil.copytree(run, tmp_path / "run")
    (copy / name).unlink()
    code, output = reports("show", copy)
    assert code != FINE
    assert f"{name} is missing" in output or f"cannot read {copy / name}" in output


# Machines.


class Refusing:
    """A worker whose TensorFlow executes some modes only."""

    def __init__(self, *modes: str) -> None:
        self.modes = modes

    def ask(self, request: Request) -> Reply:
        """An answer in these modes."""
        word = ANSWER if request.mode in self.modes else NOT_OFFERED
        return Reply(word, request.inputs if word == ANSWER else (), "no XLA here")


def options(tmp_path: Path, modes: str = "eager,graph,xla") -> setup.Options:
    """The options of a gate in one dtype."""
    return setup.options_of(asked(run=tmp_path, modes=modes, dtypes="float32", no_drift=True))


def test_a_mode_that_is_missing_is_left_out_and_noted(tmp_path):
    gate = options(tmp_path)
    modes = setup.offered(Refusing("eager", "graph"), gate)
    assert modes == ("eager", "graph")
    assert setup.header(gate, [], modes)["flags"]["modes not offered"] == "xla"
    assert "modes not offered" not in setup.header(gate, [], gate.modes)["flags"]


def test_no_mode_at_all_is_trouble(tmp_path):
    with pytest.raises(setup.Trouble, match=r"none of xla on CPU:0 .*no XLA here.*--modes"):
        setup.offered(Refusing("eager"), options(tmp_path, "xla"))


def test_a_device_that_is_missing_is_not_a_break(tmp_path):
    worker = Refusing()
    worker.ask = lambda request: Reply(RAISED, (), "device GPU:0 not found")
    with pytest.raises(setup.Trouble, match="device GPU:0 not found"):
        setup.offered(worker, options(tmp_path))


# Interruptions.


@pytest.mark.parametrize("words", [(), ("-n", "2")], ids=["alone", "two workers"])
def test_ctrl_c_keeps_what_was_measured(tmp_path, words):
    run = tmp_path / "run"
    many = ("--max-examples", "20000", "--depth", "4", "--modes", "eager")
    files = [f"properties/nn/{name}.py" for name in ("softmax", "log_softmax")]  # few to collect
    with start("pytest", *files, "-q", "--run", run, *many, *words) as process:
        until = time.monotonic() + LIMIT
        while not any(path.stat().st_size > 10**5 for path in run.glob("spool/*.frames")):
            assert time.monotonic() < until
            assert process.poll() is None, process.communicate()[0]
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == INCOMPLETE, output
    assert "Traceback" not in output, output
    assert len(list(read(run))) > 10
    code, shown = reports("show", run)
    assert code in (BROKEN, INCOMPLETE)  # a new break outweighs the rest
    assert "the run did not come to its end" in shown


def test_collecting_leaves_no_run(tmp_path):
    code, output = python("pytest", "properties", "--collect-only", "-q", "--run", tmp_path)
    assert code == FINE, output
    assert "nn.softmax-0" in output
    assert not (tmp_path / "run.json").exists()

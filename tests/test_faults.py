"""What happens to a run from outside: nothing is lost but what was in flight, and it goes on.

Crashes, hangs and memory of a single call are in test_workers.py, kills of the whole run and two
runs in one folder in test_resume.py, Ctrl-C in test_bad_input.py, a lost worker of Dask in
test_campaign.py.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import pytest

from tests.command_line import CLEAN, LIMIT, ROOT, SMALL, gate, python, reports, start

FINE, BROKEN, USAGE, INCOMPLETE = range(4)
SET = ("properties/nn", "-k", "softmax", "--max-examples", "10", "--dtypes", "float32,float16")
RUN = ("pytest", "-q", *SMALL, *SET)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The statistics of a run that nothing happened to."""
    run = tmp_path_factory.mktemp("whole") / "run"
    code, output = gate(run, *SET)
    assert code == FINE, output
    return (run / "cells.frames").read_bytes()


def children(process: int) -> list[int]:
    """The processes that a process has started."""
    listed = Path(f"/proc/{process}/task/{process}/children")
    return [int(word) for word in listed.read_text("ascii").split()]


def noted(run: Path) -> int:
    """Blocks finished so far."""
    return sum(path.read_bytes().count(b"\n") for path in (run / "blocks").glob("*.jsonl"))


@pytest.mark.skipif(sys.platform != "linux", reason="finds the worker by /proc")
def test_a_worker_that_is_killed_leaves_a_run_to_go_on_with(tmp_path, whole):
    run = tmp_path / "run"
    with start(*RUN, "--run", run, "-n", "2") as process:
        end = time.monotonic() + LIMIT
        while noted(run) < 2 and time.monotonic() < end and process.poll() is None:
            time.sleep(0.02)
        workers = [
            child
            for child in children(process.pid)
            if b"sys.stdin.readline" in Path(f"/proc/{child}/cmdline").read_bytes()
        ]
        assert len(workers) == 2
        os.kill(workers[0], signal.SIGKILL)
        output, _ = process.communicate(LIMIT)
    assert process.returncode == INCOMPLETE, output
    assert "1 workers were lost" in output
    code, shown = reports("show", run)
    assert code in (BROKEN, INCOMPLETE), shown
    code, output = python(*RUN, "--resume", run)
    assert code == FINE, output
    assert (run / "cells.frames").read_bytes() == whole


@cache
def may_mount() -> bool:
    """Whether this user may mount a file system of its own."""
    command = ["unshare", "-Urm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def mounted(folder: Path, *steps: str) -> str:
    """What shell commands say beside a file system of their own, of 250 KiB at first."""
    if not may_mount():
        pytest.skip("needs a file system of its own, and this user may mount none (unshare -Urm)")
    mount = f"mount -t tmpfs -o size=250k tmpfs {shlex.quote(str(folder))}"
    told = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", "; ".join((mount, *steps))],
        cwd=ROOT, env=CLEAN, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=LIMIT, check=False,
    ).stdout  # fmt: skip
    assert "Traceback" not in told, told
    return told


def shell(*words: object) -> str:
    """`python -m ...` as a shell reads it, and its exit code in a line of its own."""
    return f"{shlex.join([sys.executable, '-m', *map(str, words)])}; echo; echo exit $?"


def codes(told: str) -> list[int]:
    """The exit codes in what a shell told."""
    return [int(line[5:]) for line in told.splitlines() if line.startswith("exit ")]


def test_a_full_disk_ends_a_run_and_more_space_lets_it_go_on(tmp_path, whole):
    disk, kept = tmp_path / "disk", tmp_path / "kept"
    disk.mkdir()
    told = mounted(
        disk,
        shell(*RUN, "--run", disk / "run").replace("; echo;", "; code=$?; echo;", 1)
        .replace("exit $?", "exit $code"),
        f"mount -o remount,size=100m {shlex.quote(str(disk))}",
        shell(*RUN, "--resume", disk / "run"),
        f"cp {disk}/run/cells.frames {kept}",
    )  # fmt: skip
    assert codes(told)[0] == INCOMPLETE, told
    assert "free some space" in told, told
    assert kept.read_bytes() == whole, told


def test_a_folder_that_becomes_read_only_is_one_line(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    told = mounted(disk, f"mount -o remount,ro {disk}", shell(*RUN, "--run", disk / "run"))
    assert f"cannot write to {disk / 'run'} (Read-only file system)" in told, told


def test_a_wall_clock_that_jumps_changes_nothing(tmp_path, whole):
    run = tmp_path / "run"
    code, output = python(*RUN, "-p", "tests.unsteady", "--run", run)
    assert code == FINE, output
    assert (run / "cells.frames").read_bytes() == whole
    told = json.loads((run / "progress.json").read_text("utf-8"))
    assert told["blocks"] == told["of"] and 0 < told["seconds"] < LIMIT, told
    years = {line[:4] for line in (run / "log" / "main.log").read_text("utf-8").splitlines()}
    assert len(years) > 1, "the clock of the log did not jump: nothing was tested"


@pytest.mark.parametrize(("budget", "spent"), [("20m", False), ("0.2s", True)])
def test_a_wall_clock_that_jumps_neither_spends_a_budget_nor_prolongs_it(tmp_path, budget, spent):
    words = ("-p", "tests.unsteady", "--run", tmp_path / "run", "--budget", budget)
    code, output = python(*RUN, *words)
    assert code == FINE and ("skipped" in output) == spent, output

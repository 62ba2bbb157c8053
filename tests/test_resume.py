"""Runs that are killed and go on, shards, budgets: the same records as of one whole run."""

from __future__ import annotations

import json
import random
import shutil
import time
from pathlib import Path
from typing import Self

import pytest

from reports.store import digest_of_records
from tests.command_line import SMALL, gate, python, reports, start
from tests.kills import interrupted

DTYPES = ("--dtypes", "float32,float16")
SET = ("properties/nn", "-k", "softmax", "--max-examples", "10", *DTYPES)
LINES = 3  # blocks to wait for before the kill


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One run, uninterrupted."""
    run = tmp_path_factory.mktemp("whole") / "run"
    code, output = gate(run, *SET)
    assert code == 0, output
    return run


def done(run: Path) -> int:
    """Blocks finished so far."""
    return sum(path.read_bytes().count(b"\n") for path in (run / "blocks").glob("*.jsonl"))


def resumed(run: Path, *words: str) -> tuple[int, str]:
    """The command line that goes on with a run."""
    return python("pytest", "-q", "--resume", run, *SMALL, *SET, *words)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_killed_at_once_a_run_goes_on_to_the_same_bytes(tmp_path, whole, workers):
    run = tmp_path / "run"
    words = ("pytest", "-q", "--run", run, *SMALL, *SET, "-n", workers)
    with start(*words) as process:
        end = time.monotonic() + 200
        while done(run) < LINES and time.monotonic() < end and process.poll() is None:
            time.sleep(0.02)
        process.kill()
        process.communicate()
    assert done(run) >= LINES, "too slow, or over before it was killed"
    code, output = resumed(run, "-n", workers)
    assert code == 0, output
    assert (run / "cells.frames").read_bytes() == (whole / "cells.frames").read_bytes()
    assert digest_of_records(run) == digest_of_records(whole)
    again, output = resumed(run)  # nothing is left to do, and nothing changes
    assert again == 0, output
    assert (run / "cells.frames").read_bytes() == (whole / "cells.frames").read_bytes()


def test_shards_make_the_whole(tmp_path, whole):
    shards = [tmp_path / str(number) for number in (1, 2)]
    for number, shard in enumerate(shards, 1):
        code, output = gate(shard, *SET, "--shard", f"{number}/2")
        assert code == 0, output
    code, output = reports("merge", tmp_path / "out", *reversed(shards))
    assert code == 0, output
    assert (tmp_path / "out" / "cells.frames").read_bytes() == (whole / "cells.frames").read_bytes()


def test_a_budget_ends_a_run_and_it_can_go_on(tmp_path):
    run = tmp_path / "run"
    code, output = gate(run, *SET, "--budget", "0.2s")
    assert code == 0 and "skipped" in output, output
    assert 0 < done(run)
    assert not (run / "progress.json").read_text("utf-8").startswith("Traceback")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--depth", "8"), "give the same options (depth was 4)"),
        (("--seed", "1"), "give the same options (seed was 0)"),
        (("--run", "other"), "--resume names the folder of the run: leave out --run"),
        (("--shard", "3/2"), "--shard 3/2: i/N is due"),
        (("--budget", "2"), "--budget 2: a time like"),
    ],
)
def test_other_problems_are_not_mixed_in(whole, words, message):
    code, output = resumed(whole, *words)
    assert code == 2 and message in output, output
    assert (whole / "complete.json").is_file()


def test_another_commit_goes_on_with_nothing(whole, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(whole, run)
    header = json.loads((run / "run.json").read_text("utf-8"))
    (run / "run.json").write_text(json.dumps({**header, "commit": "0123456789ab"}), "utf-8")
    code, output = resumed(run, "-n", "2")
    assert code == 2, output
    (line,) = [line for line in output.splitlines() if "0123456789ab" in line]
    assert f"{run}: it is of commit 0123456789ab and this checkout of " in line


def test_a_folder_that_is_no_run_cannot_go_on(tmp_path):
    code, output = resumed(tmp_path)
    assert code == 2 and "is not a run: it holds no run.json" in output


def test_two_runs_in_one_folder(tmp_path):
    run, many = tmp_path / "run", ("--max-examples", "2000")
    files = [f"properties/nn/{name}.py" for name in ("softmax", "log_softmax")]  # few to collect
    with start("pytest", *files, "-q", "--run", run, *SMALL, *DTYPES, *many) as first:
        end = time.monotonic() + 100
        while not done(run) and time.monotonic() < end:
            time.sleep(0.05)
        code, output = python("pytest", *files, "-q", "--resume", run, *SMALL, *DTYPES, *many)
        first.kill()
        first.communicate()
    assert code == 2 and "another run goes on in" in output, output


class Brief:
    """A command that ends by itself after some time, or is killed before."""

    def __init__(self, seconds: float) -> None:
        self.end, self.killed = time.monotonic() + seconds, False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def poll(self):
        return 0 if time.monotonic() > self.end else -9 if self.killed else None

    def kill(self):
        self.killed = True

    def communicate(self):
        return "", None


def test_the_kills_count_no_run_that_had_ended_before(tmp_path):
    lengths = iter((0.0, 0.0, 60.0))
    started = []

    def by(*words: object) -> Brief:
        started.append(Brief(next(lengths)))
        return started[-1]

    _, seconds, attempt = interrupted(tmp_path, 0.2, "0", random.Random(0), by)
    assert attempt == len(started) == 3 and 0 <= seconds < 0.2
    assert started[2].killed
    with pytest.raises(SystemExit, match="50 runs ended before"):
        interrupted(tmp_path, 0.02, "0", random.Random(0), lambda *words: Brief(0))

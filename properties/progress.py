"""How far a run has come: a bar on the terminal, and a small file that a program can watch."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from reports.plain import RunError, dump, write_text

FILE = "progress.json"
EVERY = 2.0  # seconds between two states of the file


def wanted(config: pytest.Config) -> bool:
    """Whether a person is looking on and the run is an audit; pytest's own dots do otherwise."""
    return bool(config.option.audit) and sys.stderr.isatty() and not config.option.collectonly


class Bar:
    """A pytest plugin: blocks done and to do, and the time left by the pace so far."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("blocks"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._progress.add_task("audit", total=None)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Start, with the number of blocks where this process runs them itself."""
        self._progress.update(self._task, total=len(session.items) or None)
        self._progress.start()

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Every worker collects the same blocks."""
        self._progress.update(self._task, total=len(ids))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One block further."""
        if report.when == "call":
            name = report.nodeid.split("[")[-1].rstrip("]")
            self._progress.update(self._task, advance=1, description=f"audit {name}")

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """No dots beside the bar; what fails is still told."""
        return ("passed", "", "") if report.passed and report.when == "call" else None

    def pytest_sessionfinish(self) -> None:
        """Clear the line for what pytest has to say."""
        self._progress.stop()


class Live:
    """A pytest plugin: `progress.json` in the folder of a run.

    blocks done and to be done (skipped ones are neither), judged answers, how many a second, new
    breaks before shrinking, seconds so far and about to come.
    """

    def __init__(self, run: Path, budget: float) -> None:
        self._path, self._budget = run / FILE, budget
        self._done = self._skipped = self._total = 0
        self._workers: dict[str, tuple[int, int]] = {}
        self._start = self._written = time.monotonic()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """The number of blocks where this process runs them itself."""
        self._total = len(session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Every worker collects the same blocks."""
        self._total = len(ids)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One block further; the end of a block tells what its worker has judged so far."""
        self._skipped += report.skipped
        if report.when != "teardown":
            return
        for name, value in report.user_properties:
            if name == "judged" and isinstance(value, list):
                worker, judged, new = value
                self._workers[worker] = (judged, new)
        self._done += 1
        if time.monotonic() - self._written > EVERY:
            self._write()

    def pytest_sessionfinish(self) -> None:
        """The last state."""
        self._write()

    def _write(self) -> None:
        self._written = time.monotonic()
        seconds = self._written - self._start
        done = self._done - self._skipped
        judged, new = (sum(counts) for counts in zip((0, 0), *self._workers.values(), strict=True))
        left = (self._total - self._skipped - done) * seconds / max(done, 1)
        told = {
            "blocks": done,
            "of": self._total - self._skipped,
            "judged answers": judged,
            "judged a second": round(judged / max(seconds, 1e-9)),
            "new breaks": new,
            "seconds": round(seconds, 1),
            "seconds left": round(max(min(left, self._budget - seconds), 0.0), 1),
        }
        with suppress(RunError):  # a full disk stops the run elsewhere, and says so
            write_text(self._path, dump(told, 1) + "\n")

"""A progress bar on the terminal while a long run goes on."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pytest
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


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

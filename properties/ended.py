"""Whether all blocks of a session came to their end: a run is whole then, and else to go on with.

A block is noted on the disk when it is done. One that is neither noted nor left out for want of
time was lost with its worker, with the disk, or to an error of this suite, and what it had recorded
until then must not be added up.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from reports import blocks
from reports.plain import RunError


def name_in(node: str) -> str:
    """The name of a block in the name that pytest has for it: file::test[name]."""
    return node.partition("[")[2].removesuffix("]")


class Ended:
    """A pytest plugin of the process that leads."""

    def __init__(self) -> None:
        self._asked: set[str] = set()
        self._lost = 0

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """The blocks, where this process runs them itself."""
        self._asked |= {name_in(item.nodeid) for item in session.items}

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """The same, of a worker."""
        self._asked |= set(map(name_in, ids))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, error: object) -> None:
        """A worker that was killed has a block in flight, or has just noted its last one."""
        self._lost += error is not None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A block that the budget left no time for is not missed."""
        if report.skipped:
            self._asked.discard(name_in(report.nodeid))

    def expect_all(self, run: Path) -> None:
        """RunError where a block did not come to its end, or the notes are damaged."""
        missing = sorted(self._asked - {done.block for done in blocks.of(run)})
        if missing or self._lost:
            told = [f"{self._lost} workers were lost"] if self._lost else []
            if missing:
                told.append(f"{len(missing)} blocks did not come to their end, {missing[0]} first")
            raise RunError(f"{', '.join(told)}: go on with --resume {os.path.relpath(run)}")

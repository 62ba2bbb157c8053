"""Runs that go on: what finished blocks left stays, what others left is cut off."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from reports.blocks import Done, audits, finished, reopen, tell
from reports.conclude import conclude
from reports.plain import RunError
from reports.run import marker
from reports.store import Spool, digest_of_records
from tests.reports_example import HEADER, items

BLOCKS = (range(2), range(2, 4))  # which stacks of the example are in a block


def whole(folder: Path) -> Path:
    """The example, run in one session."""
    session(folder, "main", 2)
    conclude(folder)
    return folder


def session(folder: Path, worker: str, blocks: int, first: int = 0, rows: str = "sample") -> None:
    """Set some blocks from the first on; afterwards half of the next, if there is one."""
    with Spool(folder, worker, HEADER, rows=rows) as spool:
        for number in range(first, first + blocks):
            for item in items(BLOCKS[number]):
                spool.append(item)
            done = Done(f"block {number}", spool.size, Counter(solve=number), Counter(why=1))
            tell(folder, worker, done)
        for item in items(BLOCKS[first + blocks]) if first + blocks < len(BLOCKS) else ():
            spool.append(item)


def same(one: Path, other: Path) -> bool:
    """Whether two runs have left the same records, to the last bit."""
    cells = [(run / "cells.frames").read_bytes() for run in (one, other)]
    return cells[0] == cells[1] and digest_of_records(one) == digest_of_records(other)


@pytest.mark.parametrize("worker", ["main", "other"])
def test_an_interrupted_run_goes_on(tmp_path: Path, worker: str) -> None:
    run = tmp_path / "run"
    session(run, "main", 1)
    assert reopen(run) == {"block 0"}
    session(run, worker, 1, first=1)
    conclude(run)
    assert same(run, whole(tmp_path / "whole"))
    assert audits(run) == (Counter(solve=1), Counter(why=2))


def test_a_concluded_run_goes_on_as_often_as_it_must(tmp_path: Path) -> None:
    run = tmp_path / "run"
    session(run, "main", 1)
    reopen(run)
    conclude(run)
    for _ in range(2):
        assert reopen(run) == {"block 0"} and not marker(run).files
        conclude(run)
    reopen(run)
    session(run, "more", 1, first=1)
    conclude(run)
    assert same(run, whole(tmp_path / "whole"))


def test_opening_may_be_interrupted_too(tmp_path: Path) -> None:
    run = whole(tmp_path / "run")
    text = (run / "complete.json").read_text("utf-8")
    reopen(run)
    (run / "complete.json").write_text(text, "utf-8")  # killed before it was removed
    assert reopen(run) == {"block 0", "block 1"}
    conclude(run)
    assert same(run, whole(tmp_path / "whole"))


def test_a_conclusion_that_was_killed_counts_nothing_twice(tmp_path: Path) -> None:
    run = whole(tmp_path / "run")
    session(run, "main", 2)  # as if the spools had not been removed yet
    (run / "blocks" / "main.jsonl").write_text(
        "".join((run / "blocks" / "main.jsonl").read_text("utf-8").splitlines(keepends=True)[:2])
    )
    reopen(run)
    conclude(run)
    assert same(run, whole(tmp_path / "whole"))


def test_a_line_that_was_cut_short_is_no_block(tmp_path: Path) -> None:
    run = tmp_path / "run"
    session(run, "main", 2)
    path = run / "blocks" / "main.jsonl"
    path.write_bytes(path.read_bytes()[:-2])
    assert [done.block for done in finished(run)["main"]] == ["block 0"]
    assert reopen(run) == {"block 0"}
    session(run, "other", 1, first=1)
    conclude(run)
    assert same(run, whole(tmp_path / "whole"))


def test_what_was_lost_is_not_made_up(tmp_path: Path) -> None:
    run = tmp_path / "run"
    session(run, "main", 2)
    path = run / "spool" / "main.frames"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(RunError, match=r"main.frames lost 1 bytes of finished blocks: run it anew"):
        reopen(run)


def test_a_concluded_run_that_lost_a_file(tmp_path: Path) -> None:
    run = whole(tmp_path / "run")
    (run / "sample.parquet").unlink()
    with pytest.raises(RunError, match=r"cannot go on: sample.parquet is missing; run it anew"):
        reopen(run)


def test_all_rows_are_added_up_by_merging(tmp_path: Path) -> None:
    run = tmp_path / "run"
    session(run, "main", 2, rows="all")
    conclude(run)
    with pytest.raises(RunError, match=r"merge the two"):
        reopen(run)


@pytest.mark.parametrize(
    "line", ["[]", "{}", '{"block":1,"bytes":0}', '{"block":"a","bytes":-1}', "{", "\x00"]
)
def test_lines_that_are_none(tmp_path: Path, line: str) -> None:
    run = tmp_path / "run"
    session(run, "main", 1)
    (run / "blocks" / "hostile.jsonl").write_text(line + "\n")
    with pytest.raises(RunError, match=r"hostile.jsonl, line 1"):
        finished(run)

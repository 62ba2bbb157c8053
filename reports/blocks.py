"""The blocks that a run has finished: a line each, so that an interrupted run can go on.

    blocks/<worker>.jsonl   {"block", "bytes", "audited", "left out"}

`bytes` is where the worker's spool ended then: what lies beyond belongs to a block that did not
come to its end. A line is written after what it tells of, so a killed run loses its open block
and nothing else.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from reports.plain import RunError, dump, expect, parse, read_text, take, unwritable
from reports.run import WHOLE, lacking, marker

FOLDER = "blocks"
CONCLUDED = "concluded.frames"  # the spool that a concluded run becomes again
ALL_ROWS = "rows.parquet"


class Done(NamedTuple):
    """A finished block. `audited`, `left_out`: members, by routine and by reason."""

    block: str
    bytes: int
    audited: Counter[str]
    left_out: Counter[str]


def tell(run: Path, worker: str, done: Done) -> None:
    """Add the line of a block; RunError where the disk is full, say."""
    path = run / FOLDER / f"{worker}.jsonl"
    told = {
        "block": done.block,
        "bytes": done.bytes,
        "audited": dict(done.audited),
        "left out": dict(done.left_out),
    }
    try:
        path.parent.mkdir(exist_ok=True)
        with path.open("a", encoding="ascii") as file:
            file.write(dump(told) + "\n")
    except OSError as error:
        raise unwritable(path, error) from None


def finished(run: Path) -> dict[str, list[Done]]:
    """The finished blocks of each worker, in their order. Raises RunError.

    A last line without its end was cut short by what ended the run: its block is set again.
    """
    found: dict[str, list[Done]] = {}
    for path in sorted((run / FOLDER).glob("*.jsonl")):
        *lines, _ = read_text(path, "list of blocks").split("\n")
        where = [f"{path}, line {i}" for i in range(1, len(lines) + 1)]
        found[path.stem] = [_done(parse(*pair), pair[1]) for pair in zip(lines, where, strict=True)]
    return found


def _done(data: object, where: str) -> Done:
    size = take(data, "bytes", int, where)
    if size < 0:
        raise RunError(f"{where}: {size} bytes")
    audited, left_out = (
        Counter({name: expect(n, int, where) for name, n in take(data, key, dict, where).items()})
        for key in ("audited", "left out")
    )
    return Done(take(data, "block", str, where), size, audited, left_out)


def of(run: Path) -> list[Done]:
    """All finished blocks of a run, whoever finished them. Raises RunError."""
    return [done for blocks in finished(run).values() for done in blocks]


def audits(run: Path) -> tuple[Counter[str], Counter[str]]:
    """Members audited by routine and left out by reason, over all finished blocks."""
    audited: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    for done in of(run):
        audited.update(done.audited)
        left_out.update(done.left_out)
    return audited, left_out


def reopen(run: Path) -> frozenset[str]:
    """Make a run ready to go on; the names of the blocks that it has finished.

    What unfinished blocks left in the spools is cut off; a concluded run becomes a spool again.
    RunError where it has lost records, which setting other blocks would not bring back.
    """
    end = marker(run)
    if end.files:
        lost = lacking(run) if (run / WHOLE).exists() else []
        if lost:
            raise RunError(f"{run} cannot go on: {lost[0]}; run it anew")
        if ALL_ROWS in end.files:
            raise RunError(
                f"{run} is concluded, with all rows: run what is missing into another folder and "
                "merge the two"
            )
    workers = finished(run)
    try:
        if end.files:
            _unconclude(run)
        for path in sorted((run / "spool").glob("*.frames")):
            if path.name != CONCLUDED:
                _cut(path, workers.get(path.stem, []))
        (run / "complete.json").unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(run, error) from None
    return frozenset(done.block for blocks in workers.values() for done in blocks)


def _unconclude(run: Path) -> None:
    """The whole run's statistics as a spool. Interrupted anywhere, it can be done again."""
    if (run / WHOLE).exists():
        shutil.rmtree(run / "spool", ignore_errors=True)  # added up, and not yet removed
        (run / "spool").mkdir()
        (run / WHOLE).replace(run / "spool" / CONCLUDED)


def _cut(path: Path, blocks: list[Done]) -> None:
    kept = max((done.bytes for done in blocks), default=0)
    size = path.stat().st_size
    if size < kept:
        raise RunError(f"{path} lost {kept - size} bytes of finished blocks: run it anew")
    os.truncate(path, kept)

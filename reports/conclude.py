"""The end of a run: its spools are added up. And shards of one run, added up from many folders."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from reports import blocks
from reports.cases import SHRUNK, finding_to_text, findings, name_of, rank
from reports.frames import encode
from reports.parquet import Batch, read_rows, write_rows
from reports.parts import cells_frame
from reports.plain import RunError, dump, read_text, write_bytes, write_text
from reports.record import Cell
from reports.run import (
    WHOLE,
    header_data,
    lacking,
    mark_complete,
    marker,
    write_header,
)
from reports.sample import K, Sample, merged
from reports.store import read, summary_of
from reports.subnormal import FOLDER as SUBNORMAL
from reports.summary import Summary

STORED = "stored"
SAMPLE, ROWS = "sample.parquet", "rows.parquet"
SHARED = ("format", "commit", "seed", "depth", "versions", "device", "cpu", "flags", "ledger")
OWN = ("system",)  # versions that shards may differ in: results do not depend on them


def conclude(run: Path) -> Summary:
    """Add up the spools of a run, write what others can read, mark the run complete.

    Where a spool is damaged, the run is marked incomplete and the spools stay. Raises RunError.
    """
    warnings: list[str] = []
    summary = summary_of(run, warnings)
    _write(run, summary, [run], warnings)
    if not warnings:
        shutil.rmtree(run / "spool", ignore_errors=True)
    return summary


def merge(out: Path, runs: Sequence[Path]) -> None:
    """Add up shards of one run into a new folder: the same bytes for any order of shards.

    RunError where the folder is not empty, the shards are of different runs, or two of them
    measured the same.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RunError(f"{out} is not empty: name a new folder")
    header = _shared_header(runs)
    warnings: list[str] = []
    whole = Summary()
    seen: dict[str, Path] = {}  # by block, and by the digest of all records
    for run in runs:
        summary = summary_of(run, warnings)
        warnings += lacking(run)
        # Of one cell two shards may well have the same problem, if each has but one.
        for name in (*(done.block for done in blocks.of(run)), f"digest {summary.digested}"):
            other = seen.setdefault(name, run)
            if other is not run and summary.cells:
                raise RunError(f"{other} and {run} measured the same: {name}")
        whole.merge(summary)
    write_header(out, header)
    _merge_findings(out, runs)
    _copy_stored(out, runs)
    for _, done in sorted((done.block, done) for run in runs for done in blocks.of(run)):
        blocks.tell(out, "merged", done)
    _write(out, whole, runs, sorted(set(warnings)))


def members_of(run: Path) -> dict[Cell, Sample]:
    """All members that a run has written down, by cell: ascending in their keys, no key twice."""
    if ROWS in marker(run).files:
        return read_rows(run / ROWS)
    parts: dict[Cell, list[Sample]] = {}
    for part in read(run):
        for cell in part.summary.cells:
            parts.setdefault(cell, []).append(part.rows)
    count = None if _has_rows(run) else K
    return {cell: merged(samples, count) for cell, samples in parts.items()}


def _write(run: Path, summary: Summary, shards: Sequence[Path], reasons: Sequence[str]) -> None:
    """The files of a whole run. All members are written where every shard has them."""
    told = Summary(answers=dict(sorted(summary.answers.items())), digests=summary.digests)
    parts = [
        *(cells_frame({cell: part}, [part.sample]) for cell, part in sorted(summary.cells.items())),
        cells_frame({}, [], told),
    ]
    write_bytes(run / WHOLE, b"".join(encode(*part) for part in parts))
    write_rows(run / SAMPLE, (Batch(cell, part.sample) for cell, part in summary.cells.items()))
    files = [WHOLE, SAMPLE]
    written = [shard for shard in shards if ROWS in marker(shard).files]
    fresh = [shard for shard in shards if shard not in written]
    if all(_has_rows(shard) for shard in fresh):
        batches = chain.from_iterable(_rows(shard) for shard in fresh)
        write_rows(run / ROWS, batches, [shard / ROWS for shard in written])
        files.append(ROWS)
    mark_complete(run, reasons, files)


def _has_rows(run: Path) -> bool:
    """Whether the spools of a run hold every member; a part says so, and one speaks for all."""
    parts = (part for part in read(run) if part.summary.cells)
    return next((part.full for part in parts), False)


def _rows(run: Path) -> Iterator[Batch]:
    for part in read(run):
        for cell in part.summary.cells:
            yield Batch(cell, part.rows, part.stack)


def _shared_header(runs: Sequence[Path]) -> dict[str, Any]:
    """The header of the earliest shard, with the claims of all. RunError where they disagree."""
    headers = [header_data(run) for run in runs]
    claims: dict[tuple[str, str], tuple[Path, Any]] = {}
    for run, header in zip(runs, headers, strict=True):
        differing = [key for key in SHARED if _told(headers[0], key) != _told(header, key)]
        if differing:
            raise RunError(
                f"{runs[0]} and {run} are no shards of one run ({', '.join(differing)} differ)"
            )
        for claim in header["claims"]:
            other, stated = claims.setdefault((claim["routine"], claim["claim"]), (run, claim))
            if stated != claim:
                raise RunError(
                    f"{other} and {run} are no shards of one run (they state the claim "
                    f"{claim['routine']} {claim['claim']} differently)"
                )
    first = min(headers, key=lambda header: (header["started"], dump(header)))
    own = {"part"}  # of a shard alone, as is what only some of them were asked
    if any(header.get("asked") != first.get("asked") for header in headers):
        own.add("asked")
    return {
        **{key: value for key, value in first.items() if key not in own},
        "claims": [claim for _, (_, claim) in sorted(claims.items())],
        "shards": sorted([header["started"], header["argv"]] for header in headers),
    }


def _told(header: Any, key: str) -> Any:
    value = header.get(key)
    if key == "versions":
        return {name: version for name, version in value.items() if name not in OWN}
    return value


def _copy_stored(out: Path, runs: Sequence[Path]) -> None:
    """What gates measured on stored recipes, of the routines that one shard alone has set.

    And how functions treated subnormal numbers.
    """
    for folder in (STORED, SUBNORMAL):
        names = Counter(path.name for run in runs for path in (run / folder).glob("*.json"))
        for run in runs:
            for path in (run / folder).glob("*.json"):
                if names[path.name] == 1:
                    write_text(out / folder / path.name, read_text(path, "readings"))


def _merge_findings(out: Path, runs: Sequence[Path]) -> None:
    for below in ("", SHRUNK):
        worst: dict[str, tuple[Any, str]] = {}
        for run in runs:
            for finding in findings(run / below).values():
                told = rank(finding), finding_to_text(finding)
                name = name_of(finding)
                worst[name] = min(told, worst.get(name, told))
        for name, (_, text) in sorted(worst.items()):
            write_text(out / below / "findings" / "merged" / name, text)

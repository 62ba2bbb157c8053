"""The spool: one append-only file for each worker, one frame for each stack."""

from __future__ import annotations

import contextlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from reports.frames import encode, frames
from reports.parts import Part, cells_frame, parts_of
from reports.plain import RunError, unwritable
from reports.record import Answers, Cell, Item, Measured, Records, Stack
from reports.run import WHOLE, marker, read_header, write_header
from reports.sample import Smallest, samples_of
from reports.summary import CellSummary, Known, Summary, summaries

ROWS = ("sample", "all")  # which members are written down one by one


class Joint:
    """Finds the stack and the answers that records are about: each routine's latest stack."""

    def __init__(self) -> None:
        self._stacks: dict[str, Stack] = {}
        self._answers: dict[str, dict[tuple[str, str, str], Answers]] = {}

    def add(self, item: Item) -> Answers | Measured | None:
        """The item with what it is about; None for a stack. RunError where they do not fit."""
        if isinstance(item, Stack):
            self._stacks[item.routine], self._answers[item.routine] = item, {}
            return None
        routine = item.routine if isinstance(item, Answers) else item.cell.routine
        stack = self._stacks.get(routine)
        if stack is None or stack.digest != item.stack:
            raise RunError(f"answers or records of {routine} before their stack {item.stack}")
        if isinstance(item, Answers):
            self._answers[routine][item.dtype, item.mode, item.backend] = item
            return self._fitting(item, len(item.outcomes), stack)
        given = self._answers[routine].get(item.cell[2:])
        return self._fitting(Measured(item, stack, given), len(item.error), stack)

    def _fitting(self, item: Any, length: int, stack: Stack) -> Any:
        if length != len(stack.keys):
            raise RunError(f"{length} answers or records for a stack of {len(stack.keys)}")
        return item


def joined(items: Iterable[Item]) -> Iterator[Answers | Measured]:
    """Answers as they come, and Records with the stack and the answers that they refer to."""
    joint = Joint()
    return (found for item in items if (found := joint.add(item)) is not None)


class _Watched:
    """A few keys, found among many: by their last bits first, which most keys fail."""

    def __init__(self, digests: Collection[str]) -> None:
        self._keys = {int(digest, 16) for digest in digests}
        self._last = np.zeros(2**12, dtype=bool)
        self._last[[key % 2**12 for key in self._keys]] = True

    def places(self, keys: NDArray[np.uint64]) -> list[int]:
        """Where in a column of keys they are."""
        likely = np.flatnonzero(self._last[keys & np.uint64(2**12 - 1)]).tolist()
        return [place for place in likely if int(keys[place]) in self._keys]


class Spool:
    """Where one worker of a run leaves what it measured.

    A Stack, its Answers and its Records are written together (`extend`) or one after another
    (`append`). A call writes one frame, which reaches the operating system before the call
    returns. `watched`: digests of members
    whose verdicts are told one by one, the ledger's own inputs. `rows`: "all" writes every member
    down, "sample" as many as the sample of a cell may need. Raises RunError where the folder holds
    another run, cannot be written, or the disk is full.
    """

    def __init__(
        self,
        run: Path,
        worker: str,
        header: Mapping[str, Any],
        *,
        watched: Collection[str] = (),
        rows: str = "sample",
    ) -> None:
        if not re.fullmatch(r"[\w.-]+", worker, re.ASCII):
            raise RunError(f"{worker!r} cannot name a worker: letters, digits, . _ - only")
        write_header(run, header)
        self.path = run / "spool" / f"{worker}.frames"
        self._watched = _Watched(watched)
        self._rows = rows
        self._joint = Joint()
        self._cells: dict[Cell, CellSummary] = defaultdict(
            CellSummary
        )  # members kept whole, so far
        self._met: dict[tuple[Cell, ...], Smallest] = defaultdict(Smallest)  # by cells set together
        self._seen: dict[str, list[int]] = {}  # places of watched members in a routine's stack
        try:
            self.path.parent.mkdir(exist_ok=True)
            self._file = self.path.open("ab")
        except OSError as error:
            raise unwritable(self.path, error) from None

    def append(self, item: Item, known: Known = None) -> None:
        """Write down one item; `known` names the ledger's entry for each member of records."""
        cell = item.cell if isinstance(item, Records) else None
        self.extend((item,), {} if cell is None else {cell: known})

    def extend(self, items: Sequence[Item], known: Mapping[Cell, Known]) -> None:
        """Write down items of one stack, in one frame; `known` as for `append`, by cell."""
        answers, measured = Summary(), []
        for item in items:
            found = self._joint.add(item)
            if isinstance(item, Stack):
                self._seen[item.routine] = self._watched.places(item.keys)
            elif isinstance(found, Answers):
                answers.add(found)
            elif isinstance(found, Measured):
                measured.append(found)
        told = next((item for item in reversed(items) if not isinstance(item, Stack)), None)
        if told is not None:
            self._write(encode(*self._frame(told.stack, answers, measured, known)))

    def _frame(
        self,
        digest: str,
        answers: Summary,
        measured: Sequence[Measured],
        known: Mapping[Cell, Known],
    ) -> tuple[dict, dict]:
        if not measured:
            return cells_frame({}, [], answers, stack=digest)
        stack = measured[0].stack
        cells = tuple(each.records.cell for each in measured)
        so_far = [self._cells[cell] for cell in cells]
        found = summaries(measured, [known.get(cell) for cell in cells], so_far)
        for part, whole, each in zip(found, so_far, measured, strict=True):
            for place in self._seen[stack.routine]:
                key = f"{stack.keys[place]:016x}"
                part.stored[key, int(each.records.verdict[place])] += 1
            whole.keep(part)
        about = {"stack": digest, "block": stack.block}
        parts = dict(zip(cells, found, strict=True))
        if self._rows == "all":
            return cells_frame(parts, samples_of(measured), answers, **about, full=True)
        self._met[cells].add(stack.keys)
        rows = samples_of(measured, self._met[cells].limit)
        return cells_frame(parts, rows, answers, **about)

    def _write(self, frame: bytes) -> None:
        try:
            self._file.write(frame)
            self._file.flush()
        except OSError as error:
            raise unwritable(self.path, error) from None

    @property
    def size(self) -> int:
        """Bytes written so far, those of an earlier session too."""
        return self._file.tell()

    def close(self) -> None:
        """Let go of the file; nothing is left to write."""
        with contextlib.suppress(OSError):  # `append` has already raised this
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read(run: Path, warnings: list[str] | None = None) -> Iterator[Part]:
    """Everything that a run holds: a part for each cell once it is concluded, else the spools.

    A frame cut short or changed is left out and told in `warnings`; nothing else is lost.
    RunError: the folder is no run, or a frame is intact and yet no part.
    """
    read_header(run)
    warnings = [] if warnings is None else warnings
    concluded = WHOLE in marker(run).files
    paths = [run / WHOLE] if concluded else sorted((run / "spool").glob("*.frames"))
    for path in paths:
        for frame in frames(path, warnings):
            yield from parts_of(frame)


def summary_of(run: Path, warnings: list[str]) -> Summary:
    """The statistics of a run; what could not be read is told in `warnings`."""
    summary = Summary()
    for part in read(run, warnings):
        summary.merge(part.summary)
    return summary


def digest_of_records(run: Path) -> str:
    """Thirty-two hexadecimal digits of all answers and records, whoever wrote them and when.

    RunError where some are lost, for then equality would mean nothing.
    """
    end = marker(run)
    warnings = [*end.reasons] if end.files else []
    digest = summary_of(run, warnings).digested
    if warnings:
        raise RunError(f"{run} has no digest: {warnings[0]}")
    return digest

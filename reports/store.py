"""The spool: one append-only file for each worker, one sealed line for each item."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from reports.lines import Corrupt, Item, decode, encode
from reports.plain import RunError, dump, reason, unwritable
from reports.record import Answers, Records, Stack
from reports.run import read_header, write_header

RECENT = 64  # stacks that an item may refer back to: what a reader must remember
LONGEST = 2**27  # bytes in a line; beyond this the file is no spool


class Spool:
    """Where one worker of a run leaves what it measured.

    Append a Stack, then for each dtype, mode and backend its Answers and their Records. A stack
    that was appended a short while ago is not written again. Every line reaches the operating
    system before `append` returns. Raises RunError where the folder holds another run, cannot
    be written, or the disk is full.
    """

    def __init__(self, run: Path, worker: str, header: Mapping[str, Any]) -> None:
        if not re.fullmatch(r"[\w.-]+", worker, re.ASCII):
            raise RunError(f"{worker!r} cannot name a worker: letters, digits, . _ - only")
        write_header(run, header)
        self.path = run / "spool" / f"{worker}.jsonl"
        self._recent: OrderedDict[tuple[str, str], Stack] = OrderedDict()
        try:
            self.path.parent.mkdir(exist_ok=True)
            self._file = self.path.open("a+b")
            if _ends_amid_a_line(self.path):  # an earlier worker was killed: lose its line only
                self._file.write(b"\n")
        except OSError as error:
            raise unwritable(self.path, error) from None

    def append(self, item: Item) -> None:
        """Write one item down."""
        if isinstance(item, Stack) and not _remember(self._recent, item):
            return
        try:
            self._file.write(encode(item).encode() + b"\n")
            self._file.flush()
        except OSError as error:
            raise unwritable(self.path, error) from None

    def close(self) -> None:
        """Let go of the file; nothing is left to write."""
        with contextlib.suppress(OSError):  # `append` has already raised this
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _ends_amid_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(size - 1, 0))
        return file.read(1) not in (b"", b"\n")


def _remember(recent: OrderedDict[tuple[str, str], Stack], stack: Stack) -> bool:
    """Whether a stack is new among the recent ones, of which it then is the latest."""
    key = stack.routine, stack.digest
    if key in recent:
        return False
    recent[key] = stack
    if len(recent) > RECENT:
        recent.popitem(last=False)
    return True


def read(run: Path, warnings: list[str] | None = None) -> Iterator[Item]:
    """Everything that the workers of a run wrote, worker by worker.

    A line cut short or changed is left out and told in `warnings`; nothing else is lost.
    RunError: the folder is no run, or a line is intact and yet no item.
    """
    read_header(run)
    warnings = [] if warnings is None else warnings
    for path in sorted((run / "spool").glob("*.jsonl")):
        try:
            with path.open("rb") as file:
                yield from _items(file, path, warnings)
        except OSError as error:
            raise RunError(f"cannot read {path} ({reason(error)})") from None


def _items(file: Any, path: Path, warnings: list[str]) -> Iterator[Item]:
    number = 0
    while line := file.readline(LONGEST):
        number += 1
        where = f"{path.parent.name}/{path.name}, line {number}"
        if not line.endswith(b"\n"):
            if len(line) == LONGEST:
                raise RunError(f"{where} is longer than {LONGEST} bytes: no spool")
            warnings.append(f"{where}: cut short, {len(line)} bytes dropped")
            return
        try:
            yield decode(line[:-1].decode("ascii"), where)
        except (Corrupt, UnicodeDecodeError):
            warnings.append(f"{where}: damaged, {len(line)} bytes dropped")


@dataclass(frozen=True)
class Measured:
    """Records with what they are about. None: the line that told it was damaged."""

    records: Records
    stack: Stack | None
    answers: Answers | None


def joined(items: Iterable[Item]) -> Iterator[Answers | Measured]:
    """Answers as they come, and Records with the stack and the answers that they refer to."""
    stacks: OrderedDict[tuple[str, str], Stack] = OrderedDict()
    answers: OrderedDict[tuple[str, ...], Answers] = OrderedDict()
    for item in items:
        if isinstance(item, Stack):
            stacks.pop((item.routine, item.digest), None)
            _remember(stacks, item)
        elif isinstance(item, Answers):
            key = (item.stack, item.routine, item.dtype, item.mode, item.backend)
            answers.pop(key, None)
            answers[key] = item
            if len(answers) > 16 * RECENT:
                answers.popitem(last=False)
            yield item
        else:
            yield _measured(item, stacks, answers)


def _measured(
    records: Records,
    stacks: Mapping[tuple[str, str], Stack],
    answers: Mapping[tuple[str, ...], Answers],
) -> Measured:
    cell = records.cell
    stack = stacks.get((cell.routine, records.stack))
    given = answers.get((records.stack, cell.routine, cell.dtype, cell.mode, cell.backend))
    lengths = {len(records.error)}
    lengths |= {len(stack.digests)} if stack else set()
    lengths |= {len(given.outcomes)} if given else set()
    if len(lengths) > 1:
        raise RunError(f"records of {' '.join(cell)} and their stack differ in length")
    return Measured(records, stack, given)


def digest_of_records(run: Path) -> str:
    """Thirty-two hexadecimal digits of all answers and records, whoever wrote them and when.

    Messages of what was raised are left out: they may name addresses and times. RunError where
    the spool is damaged, for then equality would mean nothing.
    """
    warnings: list[str] = []
    lines = []
    for item in read(run, warnings):
        if isinstance(item, Records):
            lines.append(hashlib.blake2b(encode(item).encode(), digest_size=16).digest())
        elif isinstance(item, Answers):
            told = [
                item.stack,
                item.routine,
                item.dtype,
                item.mode,
                item.backend,
                item.outcomes.tolist(),
            ]
            lines.append(hashlib.blake2b(dump(told).encode(), digest_size=16).digest())
    if warnings:
        raise RunError(f"{run} has no digest: {warnings[0]}")
    return hashlib.blake2b(b"".join(sorted(lines)), digest_size=16).hexdigest()

"""Parts of a run as frames: the statistics of one cell, or answers counted by outcome.

One stack leaves a part for each cell, and so does a whole run: a part says of how many members.
docs/store.md explains every field.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reports.frames import Frame
from reports.histogram import BINS
from reports.plain import RunError, expect, number, take, words
from reports.record import BROKEN, HELD, OUTCOMES, VERDICTS, Cell
from reports.sample import DTYPES, NONE, Sample
from reports.summary import Asked, CellSummary, Summary
from reports.worst import Worst

TEXTS = ("known", "stack", "member", "outcome", "message")
NUMBERS = ("share", "error", "bound")
MOST = 2**53  # members that a cell may count: beyond it a sum of them is no exact float


@dataclass(frozen=True)
class Part:
    """What one frame adds to a run. `stack`, `block`: of one stack; empty in a whole run's.

    `rows`: the members that were written with it; `full`: these are all members of the stack.
    """

    summary: Summary
    stack: str = ""
    block: str = ""
    rows: Sample = NONE
    full: bool = False


def cell_frame(cell: Cell, part: CellSummary, **about: Any) -> tuple[dict, dict[str, NDArray]]:
    """Head and columns of the statistics of a cell; `about` is added to the head.

    Where the head says "full", its columns are taken from `about["rows"]`.
    """
    rows = about.pop("rows", None)
    rows = part.reservoir.part if rows is None else rows
    places = np.flatnonzero(part.histogram)
    head = {
        "kind": "cell",
        "cell": list(cell),
        **about,
        "verdicts": [part.verdicts[code] for code in range(len(VERDICTS))],
        "zeros": part.zeros,
        "largest": part.largest,
        "digest": f"{part.digest:032x}",
    }
    if part.worst:
        head["worst"] = [vars(worst) for worst in part.worst]
    if part.known:
        head["known"] = dict(sorted(part.known.items()))
    if part.unexplained.members:
        kept = sorted(part.unexplained.members.items())
        head["unexplained"] = [[times, vars(worst)] for _, (worst, times) in kept]
    if part.stored:
        head["stored"] = [[*key, times] for key, times in sorted(part.stored.items())]
    columns = {"bins": places.astype("<i2"), "counts": part.histogram[places]}
    if len(rows):
        columns |= dict(zip(DTYPES, rows.columns, strict=True))
    return head, columns


def answers_frame(asked: Asked, part: Summary, **about: Any) -> tuple[dict, dict[str, NDArray]]:
    """The same for answers, counted by outcome."""
    head = {"kind": "answers", "asked": list(asked), **about}
    head["outcomes"] = dict(sorted(part.answers[asked].items()))
    head["digest"] = f"{part.digests[asked]:032x}"
    return head, {}


def part_of(frame: Frame) -> Part:
    """The part that a frame holds; RunError where it holds none."""
    head, where = frame.head, frame.where
    kind = take(head, "kind", str, where)
    stack, block = (expect(head.get(name, ""), str, where) for name in ("stack", "block"))
    if kind == "answers":
        asked = _named(Asked, head, "asked", where)
        told = _counts(take(head, "outcomes", dict, where), where)
        if set(told) - set(OUTCOMES):
            raise RunError(f"{where}: outcomes {sorted(told)} not among {OUTCOMES}")
        digests = Counter({asked: _digest(head, where)})
        return Part(Summary(answers={asked: told}, digests=digests), stack, block)
    if kind != "cell":
        raise RunError(f"{where}: unknown kind {kind!r}")
    cell = _named(Cell, head, "cell", where)
    rows = _rows(frame)
    part = _cell(frame)
    part.reservoir.add(rows)
    full = expect(head.get("full", False), bool, where)
    if full and len(rows) != part.total:
        raise RunError(f"{where}: {len(rows)} rows of {part.total} members")
    return Part(Summary(cells={cell: part}), stack, block, rows, full)


def _cell(frame: Frame) -> CellSummary:
    head, where = frame.head, frame.where
    verdicts = [expect(n, int, where) for n in take(head, "verdicts", list, where)]
    histogram, zeros = _histogram(frame), take(head, "zeros", int, where)
    if len(verdicts) != len(VERDICTS) or not all(0 <= n < MOST for n in (*verdicts, zeros)):
        raise RunError(f"{where}: {len(VERDICTS)} counts of verdicts and one of zeros are needed")
    if zeros + int(histogram.sum()) != verdicts[HELD] + verdicts[BROKEN]:
        raise RunError(f"{where}: its histogram and its verdicts disagree")
    part = CellSummary(
        Counter({code: n for code, n in enumerate(verdicts) if n}),
        histogram,
        zeros,
        number(take(head, "largest", (int, float), where), where),
        _counts(head.get("known", {}), where),
        digest=_digest(head, where),
    )
    if part.new < 0:
        raise RunError(f"{where}: more breaks are known than there are")
    part.worst = tuple(_worst(entry, where) for entry in expect(head.get("worst", []), list, where))
    for entry in expect(head.get("unexplained", []), list, where):
        times, worst = _pair(entry, where)
        part.unexplained.add(_worst(worst, where), _counted(times, where))
    for entry in expect(head.get("stored", []), list, where):
        if not (isinstance(entry, list) and [type(e) for e in entry] == [str, int, int]):
            raise RunError(f"{where}: a stored input is [digest, verdict, times]")
        part.stored[entry[0], entry[1]] += _counted(entry[2], where)
    return part


def _histogram(frame: Frame) -> NDArray[np.int64]:
    none = np.zeros(0, np.int64)
    places, counts = (frame.columns.get(name, none) for name in ("bins", "counts"))
    if len(places) != len(counts) or places.dtype.kind != "i" or counts.dtype.kind != "i":
        raise RunError(f"{frame.where}: no histogram")
    histogram = np.zeros(BINS, np.int64)
    if len(places):
        if places.min() < 0 or places.max() >= BINS or counts.min() < 0:
            raise RunError(f"{frame.where}: no histogram of {BINS} bins")
        np.add.at(histogram, places, counts)
    return histogram


def _rows(frame: Frame) -> Sample:
    if "keys" not in frame.columns:
        return NONE
    columns = []
    for name, dtype in DTYPES.items():
        column = frame.columns.get(name, np.zeros(0, np.complex128))
        if column.dtype.kind != np.dtype(dtype).kind:
            raise RunError(f"{frame.where}: rows without a column {name!r} of {dtype.__name__}")
        columns.append(column)
    if len({len(column) for column in columns}) > 1:
        raise RunError(f"{frame.where}: columns of different lengths")
    rows = Sample(*columns)
    if len(rows) and not (0 <= rows.verdict.min() and rows.verdict.max() < len(VERDICTS)):
        raise RunError(f"{frame.where}: a verdict that there is not")
    return rows


def _worst(data: Any, where: str) -> Worst:
    member = take(data, "member", str, where)
    if len(member) != 16 or set(member) - set("0123456789abcdef"):
        raise RunError(f"{where}: {member!r} is no digest of a member")
    plain: dict[str, Any] = {name: take(data, name, str, where) for name in TEXTS}
    plain |= {name: number(take(data, name, (int, float), where), where) for name in NUMBERS}
    return Worst(
        broken=take(data, "broken", bool, where),
        traits=_traits(take(data, "traits", dict, where), where),
        quantities={n: number(v, where) for n, v in take(data, "quantities", dict, where).items()},
        sizes={n: expect(v, int, where) for n, v in take(data, "sizes", dict, where).items()},
        **plain,
    )


def _traits(data: dict[str, Any], where: str) -> dict[str, Any]:
    for name, value in data.items():
        if not isinstance(value, str | int | float):
            raise RunError(f"{where}: a trait {name!r} that is neither a number nor a word")
    return data


def _named(kind: Any, head: Any, key: str, where: str) -> Any:
    entries = words(take(head, key, list, where), where)
    if len(entries) != len(kind._fields):
        raise RunError(f"{where}: {key!r} is {', '.join(kind._fields)}")
    return kind(*entries)


def _counts(data: Any, where: str) -> Counter[str]:
    return Counter({name: _counted(n, where) for name, n in expect(data, dict, where).items()})


def _counted(times: Any, where: str) -> int:
    if not 0 <= expect(times, int, where) < MOST:
        raise RunError(f"{where}: a count of {times}")
    return times


def _pair(entry: Any, where: str) -> tuple[Any, Any]:
    if not (isinstance(entry, list) and len(entry) == 2):
        raise RunError(f"{where}: a break is [times, member]")
    return entry[0], entry[1]


def _digest(head: Any, where: str) -> int:
    try:
        return int(take(head, "digest", str, where), 16)
    except ValueError:
        raise RunError(f"{where}: no digest") from None

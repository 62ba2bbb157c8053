"""Parts of a run as frames: the statistics of cells, and answers counted by outcome.

One stack leaves a frame with a part for each cell, a whole run one for each cell: a part says of
how many members.
docs/store.md explains every field.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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

OWN = ("error", "bound", "verdict")  # columns of rows that differ between cells
SHARED = tuple(name for name in DTYPES if name not in OWN)
NOTHING = Summary()
TEXTS = ("known", "stack", "member", "outcome", "message")
NUMBERS = ("share", "error", "bound")
MOST = 2**53  # members that a cell may count: beyond it a sum of them is no exact float


@dataclass(frozen=True)
class Part:
    """What a frame tells of one cell, or of the answers of one mode.

    `stack`, `block`: of one stack; empty in a whole run's. `rows`: the members that were written
    with it; `full`: these are all members of the stack.
    """

    summary: Summary
    stack: str = ""
    block: str = ""
    rows: Sample = NONE
    full: bool = False


def cells_frame(
    parts: Mapping[Cell, CellSummary],
    rows: Sequence[Sample],
    answers: Summary = NOTHING,
    **about: Any,
) -> tuple[dict, dict[str, NDArray]]:
    """Head and columns of the statistics of some cells and answers; `about` is added to the head.

    `rows`: of each cell, the same members in every one.
    """
    head = {
        "kind": "cells",
        **about,
        "cells": [_told(cell, part) for cell, part in parts.items()],
        "answers": [
            {
                "asked": list(asked),
                "outcomes": dict(sorted(outcomes.items())),
                "digest": f"{answers.digests[asked]:032x}",
            }
            for asked, outcomes in answers.answers.items()
        ],
    }
    if not parts:
        return head, {}
    histograms = np.array([part.histogram for part in parts.values()])
    cells, bins = np.nonzero(histograms)
    columns = {
        "lengths": np.bincount(cells, minlength=len(parts)),
        "bins": bins.astype("<i2"),
        "counts": histograms[cells, bins],
    }
    if len(rows[0]):
        columns |= {name: getattr(rows[0], name) for name in SHARED}
        columns |= {name: np.concatenate([getattr(r, name) for r in rows]) for name in OWN}
    return head, columns


def _told(cell: Cell, part: CellSummary) -> dict[str, Any]:
    told = {
        "cell": list(cell),
        "verdicts": [part.verdicts[code] for code in range(len(VERDICTS))],
        "zeros": part.zeros,
        "largest": part.largest,
        "digest": f"{part.digest:032x}",
    }
    if part.worst:
        told["worst"] = [vars(worst) for worst in part.worst]
    if part.known:
        told["known"] = dict(sorted(part.known.items()))
    if part.unexplained.members:
        kept = sorted(part.unexplained.members.items())
        told["unexplained"] = [[times, vars(worst)] for _, (worst, times) in kept]
    if part.stored:
        told["stored"] = [[*key, times] for key, times in sorted(part.stored.items())]
    return told


def parts_of(frame: Frame) -> Iterator[Part]:
    """The parts that a frame holds; RunError where it holds none."""
    head, where = frame.head, frame.where
    if (kind := take(head, "kind", str, where)) != "cells":
        raise RunError(f"{where}: unknown kind {kind!r}")
    stack, block = (expect(head.get(name, ""), str, where) for name in ("stack", "block"))
    full = expect(head.get("full", False), bool, where)
    for told in take(head, "answers", list, where):
        asked = _named(Asked, told, "asked", where)
        outcomes = _counts(take(told, "outcomes", dict, where), where)
        if set(outcomes) - set(OUTCOMES):
            raise RunError(f"{where}: outcomes {sorted(outcomes)} not among {OUTCOMES}")
        digests = Counter({asked: _digest(told, where)})
        yield Part(Summary(answers={asked: outcomes}, digests=digests), stack, block)
    cells = take(head, "cells", list, where)
    histograms = _histograms(frame, len(cells))
    every = _rows(frame, len(cells))
    for told, histogram, rows in zip(cells, histograms, every, strict=True):
        cell = _named(Cell, told, "cell", where)
        part = _cell(told, histogram, where)
        part.reservoir.add(rows)
        if full and len(rows) != part.total:
            raise RunError(f"{where}: {len(rows)} rows of {part.total} members")
        yield Part(Summary(cells={cell: part}), stack, block, rows, full)


def _cell(told: Any, histogram: NDArray[np.int64], where: str) -> CellSummary:
    verdicts = [expect(n, int, where) for n in take(told, "verdicts", list, where)]
    zeros = take(told, "zeros", int, where)
    if len(verdicts) != len(VERDICTS) or not all(0 <= n < MOST for n in (*verdicts, zeros)):
        raise RunError(f"{where}: {len(VERDICTS)} counts of verdicts and one of zeros are needed")
    if zeros + int(histogram.sum()) != verdicts[HELD] + verdicts[BROKEN]:
        raise RunError(f"{where}: its histogram and its verdicts disagree")
    part = CellSummary(
        Counter({code: n for code, n in enumerate(verdicts) if n}),
        histogram,
        zeros,
        number(take(told, "largest", (int, float), where), where),
        _counts(told.get("known", {}), where),
        digest=_digest(told, where),
    )
    if part.new < 0:
        raise RunError(f"{where}: more breaks are known than there are")
    part.worst = tuple(_worst(entry, where) for entry in expect(told.get("worst", []), list, where))
    for entry in expect(told.get("unexplained", []), list, where):
        times, worst = _pair(entry, where)
        part.unexplained.add(_worst(worst, where), _counted(times, where))
    for entry in expect(told.get("stored", []), list, where):
        if not (isinstance(entry, list) and [type(e) for e in entry] == [str, int, int]):
            raise RunError(f"{where}: a stored input is [digest, verdict, times]")
        part.stored[entry[0], entry[1]] += _counted(entry[2], where)
    return part


def _histograms(frame: Frame, count: int) -> NDArray[np.int64]:
    """A histogram for each cell: (count, BINS)."""
    none = np.zeros(0, np.int64)
    columns = [frame.columns.get(name, none) for name in ("lengths", "bins", "counts")]
    lengths, bins, counts = columns
    histograms = np.zeros((count, BINS), np.int64)
    if any(column.dtype.kind != "i" for column in columns) or len(bins) != len(counts):
        raise RunError(f"{frame.where}: no histogram")
    if len(lengths) != count or (lengths < 0).any() or lengths.sum() != len(bins):
        raise RunError(f"{frame.where}: no histogram for each of {count} cells")
    if len(bins):
        if bins.min() < 0 or bins.max() >= BINS or counts.min() < 0:
            raise RunError(f"{frame.where}: no histogram of {BINS} bins")
        np.add.at(histograms, (np.repeat(np.arange(count), lengths), bins), counts)
    return histograms


def _rows(frame: Frame, count: int) -> list[Sample]:
    """The members written down for each cell."""
    if "keys" not in frame.columns:
        return [NONE] * count
    columns = {}
    for name, dtype in DTYPES.items():
        column = frame.columns.get(name, np.zeros(0, np.complex128))
        if column.dtype.kind != np.dtype(dtype).kind:
            raise RunError(f"{frame.where}: rows without a column {name!r} of {dtype.__name__}")
        columns[name] = column
    members = len(columns["keys"])
    if any(
        len(columns[name]) != (members if name in SHARED else members * count) for name in DTYPES
    ):
        raise RunError(f"{frame.where}: columns of different lengths")
    verdict = columns["verdict"]
    if len(verdict) and not (0 <= verdict.min() and verdict.max() < len(VERDICTS)):
        raise RunError(f"{frame.where}: a verdict that there is not")
    shared = {name: columns[name] for name in SHARED}
    split = [columns[name].reshape(count, members) for name in OWN]
    return [
        Sample(**shared, **dict(zip(OWN, own, strict=True))) for own in zip(*split, strict=True)
    ]


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

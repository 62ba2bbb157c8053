"""How functions treated subnormal numbers in a run: `subnormal/<routine>.json`, one file for each.

A class of its own: what flushing costs is told here, strictly and leniently, and owns no maximum
of the cells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from reports.figures import count_text, share_text
from reports.plain import RunError, dump, expect, number, parse, read_text, take, words, write_text

FORMAT = 1
FOLDER = "subnormal"  # below a run
KEPT, FLUSHED, TAKEN, WRONG = "kept", "flushed", "taken for zero", "wrong"
VERDICTS = (KEPT, FLUSHED, TAKEN, WRONG)
ARGUMENTS, RESULTS = "arguments", "results"
TITLE = "Subnormal numbers"
SHOWN = 40  # lines of what is wrong


class Treated(NamedTuple):
    """How a function treats subnormal arguments or results in one dtype and mode.

    `counts` of entries by VERDICTS; `strict` and `lenient`, the largest shares of the bound;
    `wrong`, an argument that is neither right nor taken for zero, what it got and what is true.
    """

    routine: str
    kind: str
    dtype: str
    mode: str
    counts: tuple[int, ...]
    strict: float
    lenient: float
    wrong: tuple[str, ...] = ()


def save(run: Path, routine: str, rows: Iterable[Treated]) -> None:
    """Write the file of one routine. Raises RunError."""
    data = {"format": FORMAT, "rows": [list(row) for row in rows]}
    write_text(run / FOLDER / f"{routine}.json", dump(data) + "\n")


def load(path: Path) -> tuple[Treated, ...]:
    """The file of one routine; RunError for anything else."""
    where = str(path)
    data = parse(read_text(path, "file of subnormal numbers"), where)
    if take(data, "format", int, where) != FORMAT:
        raise RunError(f"{where}: format {data['format']}, but this version reads {FORMAT}")
    return tuple(_row(entry, where) for entry in take(data, "rows", list, where))


def _row(entry: Any, where: str) -> Treated:
    if len(expect(entry, list, where)) != len(Treated._fields):
        raise RunError(f"{where}: a row is {', '.join(Treated._fields)}")
    *names, counts, strict, lenient, wrong = entry
    found = tuple(expect(count, int, where) for count in expect(counts, list, where))
    told = words(expect(wrong, list, where), where)
    if len(found) != len(VERDICTS) or min(found) < 0 or len(told) not in (0, 3):
        raise RunError(f"{where}: no row of counts of {', '.join(VERDICTS)}")
    routine, kind, dtype, mode = words(names, where)
    shares = number(strict, where), number(lenient, where)
    return Treated(routine, kind, dtype, mode, found, *shares, told)


def treated_of(run: Path) -> tuple[Treated, ...]:
    """All rows of a run; none of one that set no subnormal numbers."""
    return tuple(row for path in sorted((run / FOLDER).glob("*.json")) for row in load(path))


def sections(rows: Sequence[Treated]) -> list[tuple[str, list[str]]]:
    """What a report tells of them, by title: nothing where none were set."""
    return [(TITLE, list(_lines(rows)))] if rows else []


def _lines(rows: Sequence[Treated]) -> Iterator[str]:
    for kind in (ARGUMENTS, RESULTS):
        for mode in dict.fromkeys(row.mode for row in rows):
            of = [row for row in rows if (row.kind, row.mode) == (kind, mode)]
            total: Counter[str] = Counter()
            for row in of:
                total.update(dict(zip(VERDICTS, row.counts, strict=True)))
            told = ", ".join(f"{count_text(total[word])} {word}" for word in VERDICTS)
            strict, lenient = (
                sum(getattr(row, judged) > 1 for row in of) for judged in ("strict", "lenient")
            )
            yield (
                f"subnormal {kind}, {mode}: {told}; of {len(of)} functions and dtypes {strict} "
                f"break their bound strictly, {lenient} leniently"
            )
    wrong = [row for row in rows if row.wrong]
    for row in wrong[:SHOWN]:
        argument, got, true = row.wrong
        yield (
            f"{row.routine} {row.dtype} {row.mode}: {row.counts[-1]} subnormal {row.kind} wrong, "
            f"as of {argument}: got {got}, true {true}; share {share_text(row.lenient)} leniently"
        )
    if len(wrong) > SHOWN:
        yield f"and {len(wrong) - SHOWN} more functions, dtypes and modes with wrong ones"

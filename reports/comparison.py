"""Two runs, or two dtypes, modes or backends within one, compared member by member."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from reports.conclude import ROWS, members_of
from reports.pairs import Pair, Row, holm, row
from reports.plain import RunError, printable
from reports.record import Cell
from reports.run import Header, marker, read_header
from reports.sample import K, Sample
from reports.verdict import GATED
from reports.view import order

AXES = ("backend", "dtype", "mode", "run")
USUAL = {"backend": GATED, "dtype": "float64", "mode": "eager"}  # what the others stand against
DROPPED = ("--run", "-n", "--numprocesses", "--dist", "-k", "--rows", "--maxfail")
PLAIN = ("--no-summary", "-q", "-x", "-v", "-s", "--no-loadscope-reorder", "properties")


@dataclass(frozen=True)
class Side:
    """One side: what it is called, and where it was measured."""

    label: str
    run: Path
    header: Header


@dataclass(frozen=True)
class Comparison:
    """Rows of B against A.

    `rows`: the worst first. `sampled`: some cell had more members than are on record one by one.
    """

    axis: str
    a: Side
    b: Side
    rows: tuple[Row, ...]
    sampled: bool

    @property
    def pairs(self) -> int:
        """Pairs of all rows."""
        return sum(row.pairs for row in self.rows)

    def of(self, verdict: str) -> list[Row]:
        """The rows of one verdict."""
        return [row for row in self.rows if row.verdict == verdict]

    def worst(self, limit: int) -> list[tuple[Row, Pair]]:
        """The members where B is furthest behind A, each once."""
        found = [(row, pair) for row in self.rows for pair in row.worst]
        found.sort(key=lambda pair: (-pair[1].weight, -pair[1].lost, pair[1].member))
        once: dict[str, tuple[Row, Pair]] = {}
        for both in found:
            once.setdefault(both[1].member, both)
        return list(once.values())[:limit]

    def replay(self, row: Row, pair: Pair) -> str:
        """What to type to set one member again, as its run set it."""
        words = iter(self.b.header.argv[1:])
        kept = []
        for word in words:
            if word in DROPPED:
                next(words, "")
            elif word not in PLAIN and word.split("=")[0] not in DROPPED:
                kept.append(word)
        name = row.b.routine.rpartition(".")[2]
        command = ["python", "-m", "pytest", "properties", "--member", pair.member, "-k", name]
        return printable(shlex.join([*command, *kept]), 600)


def compare(
    run: Path, other: Path | None = None, axis: str = "", a: str = "", b: str = ""
) -> list[Comparison]:
    """Compare along an axis: within a run, or of two runs by "run".

    `a`, `b`: two values of the axis; left out, TensorFlow, float64 or eager against each other
    value. RunError where there is nothing to pair.
    """
    axis = axis or ("run" if other else "backend")
    if (axis == "run") != (other is not None):
        raise RunError("two runs are compared by run, and one by backend, dtype or mode")
    here, header = _told(run, axis), read_header(run)
    if other is not None:
        ours, theirs = _names(run, header, other, read_header(other))
        found = [_comparison(axis, ours, theirs, here, _told(other, axis))]
    else:
        values = sorted({getattr(cell, axis) for cell in here})
        found = [
            _comparison(
                axis,
                Side(_called(first, axis, header), run, header),
                Side(_called(second, axis, header), run, header),
                _only(here, axis, first),
                _only(here, axis, second),
            )
            for first, second in _chosen(axis, values, a, b)
        ]
    if not any(comparison.pairs for comparison in found):
        raise RunError(f"no member was measured on both sides of {axis}: nothing to compare")
    return found


def _told(run: Path, axis: str) -> dict[Cell, Sample]:
    """The cells to compare: TensorFlow's alone, unless it is backends that are compared."""
    cells = members_of(run)
    return cells if axis == "backend" else _only(cells, "backend", GATED)


def _chosen(axis: str, values: list[str], a: str, b: str) -> list[tuple[str, str]]:
    """Which values to compare; RunError for one that the run does not hold, or for too few."""
    for value in filter(None, (a, b)):
        if value not in values:
            raise RunError(f"this run has no {axis} {value!r}; it has {', '.join(values)}")
    first = a or (USUAL[axis] if USUAL[axis] in values and USUAL[axis] != b else "")
    first = first or next((value for value in values if value != b), "")
    others = [value for value in values if value != first]
    if axis == "backend":  # another TensorFlow is what one wants to see, if there is one
        others = [value for value in others if value.startswith(GATED)] or others
    others = [b] if b else others
    if not others or not first or others == [first]:
        raise RunError(f"this run has one {axis} only, {', '.join(values)}: nothing to compare")
    return [(first, value) for value in others]


def _names(run: Path, header: Header, other: Path, there: Header) -> tuple[Side, Side]:
    """Two runs are called by their versions where these differ, else by their folders."""
    names = (header.tensorflow, there.tensorflow)
    if names[0] == names[1]:
        names = (str(run), str(other))
    return Side(names[0], run, header), Side(names[1], other, there)


def _called(value: str, axis: str, header: Header) -> str:
    return f"{value} {header.tensorflow}" if axis == "backend" and value == GATED else value


def _only(cells: Mapping[Cell, Sample], axis: str, value: str) -> dict[Cell, Sample]:
    return {cell: sample for cell, sample in cells.items() if getattr(cell, axis) == value}


def _comparison(
    axis: str, a: Side, b: Side, left: Mapping[Cell, Sample], right: Mapping[Cell, Sample]
) -> Comparison:
    rows = [row(one, two, left[one], right[two]) for one, two in _matched(axis, left, right)]
    rows = holm([found for found in rows if found.pairs])
    sampled = any(
        len(sample) == K
        for side, cells in ((a, left), (b, right))
        if ROWS not in marker(side.run).files
        for sample in cells.values()
    )
    return Comparison(axis, a, b, tuple(sorted(rows, key=_rank)), sampled)


def _matched(axis: str, left: Iterable[Cell], right: Iterable[Cell]) -> Iterator[tuple[Cell, Cell]]:
    """Cells that differ in nothing but the axis.

    A backend that has modes of its own (SciPy, JAX) stands beside every mode of the other.
    """
    alike = axis != "backend" or bool({c.mode for c in left} & {c.mode for c in right})
    free = {axis} if alike else {axis, "mode"}

    def fixed(cell: Cell) -> tuple[str, ...]:
        return tuple(getattr(cell, name) for name in Cell._fields if name not in free)

    there: dict[tuple[str, ...], list[Cell]] = {}
    for cell in sorted(right, key=order):
        there.setdefault(fixed(cell), []).append(cell)
    for cell in sorted(left, key=order):
        for other in there.get(fixed(cell), ()):
            yield cell, other


def _rank(found: Row) -> tuple[object, ...]:
    place = {"worse": 0, "open": 1, "better": 2, "same": 3}[found.verdict]
    return place, -found.median, order(found.a)

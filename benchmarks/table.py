"""What a run of the benchmarks says, as rows; as text and as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

STAGES = ("Hypothesis", "draw", "TensorFlow", "truth", "measures", "records")
Bench = Mapping[str, Any]  # one benchmark of pytest-benchmark's JSON


class Table(NamedTuple):
    """A title, the names of columns, rows of text; the first column is words."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(benches: Sequence[Bench]) -> tuple[Table, ...]:
    """Every table that a run has something for."""
    benches = [bench for bench in benches if bench["extra_info"]]  # the others failed
    made = (_rates(benches), _stages(benches), _beyond(benches), _growth(benches))
    return tuple(table for table in made if table.rows)


def ratios(benches: Sequence[Bench]) -> list[tuple[str, float, float]]:
    """(what, problems a second of the line, of the plain test) where a run has both."""
    plain = {b["group"]: rate(b) for b in benches if b["name"].startswith("test_plain")}
    found = []
    for bench in benches:
        group = bench["group"]
        beside = plain.get(group) or plain.get(group.split(", ")[0])
        if bench["name"].startswith("test_line") and beside:
            found.append((group, rate(bench), beside))
    return found


def rate(bench: Bench) -> float:
    """Problems a second."""
    return float(bench["extra_info"]["problems a second"])


def _rates(benches: Sequence[Bench]) -> Table:
    rows = [
        (group, f"{line:,.0f}", f"{plain:,.1f}", f"{line / plain:,.0f}")
        for group, line, plain in ratios(benches)
    ]
    head = ("", "line", "plain test", "ratio")
    return Table("Judged problems a second", head, tuple(rows))


def _stages(benches: Sequence[Bench]) -> Table:
    rows = []
    for bench in benches:
        told = bench["extra_info"]
        if "stages" in told:
            spent, own = told["stages"], told["stages"].get("TensorFlow alone")
            over = told.get("verification over TensorFlow")
            rows.append(
                (
                    bench["group"],
                    *(_short(spent[stage]) for stage in STAGES),
                    _short(own),
                    _short(over),
                )
            )
    head = ("", *STAGES, "TensorFlow alone", "verification / TensorFlow alone")
    return Table("Microseconds a member", head, tuple(rows))


def _beyond(benches: Sequence[Bench]) -> Table:
    rows = [
        (
            bench["group"],
            f"{rate(bench):,.0f}",
            f"{100 * told['beyond 1e12']:.1f} %",
            ", ".join(f"{100 * part:.1f} % {engine}" for engine, part in _most(told["engines"])),
        )
        for bench in benches
        if "engines" in (told := bench["extra_info"])
    ]
    head = ("", "a second", "of condition beyond 1e12", "proved by")
    return Table("Who proves, and what lies beyond 1e12", head, tuple(rows))


def _growth(benches: Sequence[Bench]) -> Table:
    rows: list[tuple[str, ...]] = []
    orders: tuple[int, ...] = ()
    for bench in benches:
        told = bench["extra_info"]
        if "orders" in told:
            orders = tuple(told["orders"])
            for layer, column in told["microseconds"].items():
                slopes = told["exponents"][layer], told["exponents of the tail"][layer]
                name = f"{bench['group'].removesuffix(', growth')}, {layer}"
                rows.append((name, *map(_short, column), *(f"{slope:.2f}" for slope in slopes)))
    head = ("", *(f"n = {n}" for n in orders), "exponent", "from 32 on")
    return Table("Growth: microseconds a member, each layer alone", head, tuple(rows))


def text(found: Iterable[Table]) -> str:
    """Tables in columns, for a terminal."""
    return "\n\n".join(_columns(table) for table in found)


def _columns(table: Table) -> str:
    cells = [table.head, *table.rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(table.head))]
    lines = [
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in cells
    ]
    return "\n".join([f"{table.title}", *lines])


def markdown(found: Iterable[Table]) -> str:
    """Tables for a page."""
    return "\n\n".join(_page(table) for table in found)


def _page(table: Table) -> str:
    rule = "|".join(["", "---", *("---:",) * (len(table.head) - 1), ""])
    lines = [f"| {' | '.join(row)} |" for row in (table.head, *table.rows)]
    return "\n".join([f"**{table.title}**", "", lines[0], rule, *lines[1:]])


def _most(parts: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(parts.items(), key=lambda item: -item[1])


def _short(value: float | None) -> str:
    """Three significant digits; a dash where there is nothing."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"

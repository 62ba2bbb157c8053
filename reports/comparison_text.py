"""A comparison as a table for the terminal, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import Literal

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports.comparison import Comparison
from reports.figures import count_text, number_text, plural
from reports.frontier import Point
from reports.markdown import escape
from reports.pairs import BETTER, FLOOR, LEVEL, OPEN, SAME, WORSE, Pair, Row
from reports.plain import printable
from reports.sample import K

WIDTH = 120
SHOWN = 40  # rows in the terminal; Markdown and HTML have all
LINES = 600  # of a table in Markdown, which must stay below 200 kB
PAIRS = 6  # told one by one
COLOURS = {WORSE: "bold red", BETTER: "green"}
HEADS = (
    "routine", "claim", "dtype", "mode", "pairs", "same", "better", "worse", "p",
    "lost", "95 %", "most", "kept A", "kept B", "B is",
)  # fmt: skip
NUMBERS = HEADS[4:-1]
WIDE = ("p", "95 %")  # for which a terminal has no room
NOTE = (
    "Digits lost: log10(error of B / error of A) of the same member, median, 95 % and most. Digits "
    "kept: medians, no more than the dtype has. same: the same error, as the same answer has it, "
    f"or both below {FLOOR:g} eps. B is worse or better where a sign test shows it at {LEVEL:g}, p "
    "adjusted for the number of rows that differ (Holm 1979); open: not shown to differ."
)


def headline(comparison: Comparison) -> str:
    """What the comparison comes to, in a sentence or two."""
    worse, better, open_, same = map(comparison.of, (WORSE, BETTER, OPEN, SAME))
    a, b = comparison.a.label, comparison.b.label
    parts = [
        f"{verb} in {plural(len(found), 'cell')}"
        for verb, found in (
            ("worse", worse),
            ("better", better),
            ("not shown to differ", open_),
            ("the same on every pair", same),
        )
        if found
    ]
    told = f"{b} against {a}: {', '.join(parts)}, over {count_text(comparison.pairs)} pairs."
    for name, verb in (("broke", "breaks"), ("mended", "holds")):
        number = sum(getattr(row, name) for row in comparison.rows)
        other = "held" if name == "broke" else "broke"
        told += f" It {verb} {plural(number, 'claim')} that A {other}." if number else ""
    if comparison.sampled:
        told += (
            f" Cells of more than {K:,} members rest on a sample; --rows all records all of them."
        )
    return told


def heads(comparison: Comparison) -> list[str]:
    """The heads of a table: what both sides differ in is told above it."""
    return [name for name in HEADS if name != comparison.axis]


def cells(row: Row, chosen: Sequence[str]) -> list[str]:
    """A row as words, one for each head that was chosen."""
    told = {
        "routine": row.a.routine,
        "claim": row.a.claim,
        "dtype": row.a.dtype,
        "mode": row.a.mode,
        "pairs": count_text(row.pairs),
        "same": count_text(row.same),
        "better": count_text(row.better),
        "worse": count_text(row.worse),
        "p": number_text(row.p),
        "lost": signed(row.median),
        "95 %": signed(row.high),
        "most": signed(row.largest),
        "kept A": f"{row.kept_a:.1f}",
        "kept B": f"{row.kept_b:.1f}",
        "B is": row.verdict,
    }
    return [told[name] for name in chosen]


def signed(lost: float) -> str:
    """Digits lost with their sign."""
    return f"{lost:+.2f}".replace("inf", "∞") if abs(lost) >= 0.005 else "0"


def both(a: str, b: str) -> str:
    """What two sides have, once where it is the same."""
    return a if a == b else f"{a} | {b}"


def pair_lines(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """The pairs where B is furthest behind: what happened, and how to see it again."""
    for row, pair in comparison.worst(PAIRS):
        where = f"{row.b.routine} {row.b.claim} {both(row.a.dtype, row.b.dtype)}"
        errors = f"{number_text(pair.error_a)} eps in A, {number_text(pair.error_b)} in B"
        told = f"{where} {both(row.a.mode, row.b.mode)}: {errors}, {signed(pair.lost)} digits; "
        yield told + _made_of(pair), comparison.replay(row, pair)


def _made_of(pair: Pair) -> str:
    traits = {
        "size": str(pair.size),
        "structure": pair.structure,
        "condition": number_text(pair.condition),
        "log2 scale": number_text(pair.log2_scale),
    }
    return ", ".join(f"{name} {text}" for name, text in traits.items() if text not in ("", "–"))


def render(comparisons: Sequence[Comparison], frontier: Sequence[Point] = ()) -> str:
    """All of it for a terminal, plain, at most 120 columns."""
    console = Console(file=StringIO(), highlight=False, width=WIDTH, color_system=None)
    with console.capture() as captured:
        draw(console, comparisons, frontier)
    return "\n".join(line.rstrip() for line in captured.get().strip("\n").split("\n")) + "\n"


def draw(
    console: Console, comparisons: Sequence[Comparison], frontier: Sequence[Point] = ()
) -> None:
    """The same onto a console."""
    for comparison in comparisons:
        console.print(Text(f"\nA  {printable(comparison.a.label)}", style="bold"))
        console.print(Text(f"B  {printable(comparison.b.label)}", style="bold"))
        differing = [row for row in comparison.rows if row.verdict != SAME]
        if differing:
            names = [name for name in heads(comparison) if name not in WIDE]
            console.print(_table(differing[:SHOWN], names))
        if len(differing) > SHOWN:
            console.print(Text(f"and {len(differing) - SHOWN} more rows, in the written report"))
        for told, replay in list(pair_lines(comparison))[:3]:
            console.print(Text(f"  {printable(told)}\n    {replay}"), soft_wrap=True)
        console.print(Text(headline(comparison), style="bold"))
    if frontier:
        console.print(Text("\nAccuracy against speed", style="bold"))
        console.print(_frontier(frontier))
    console.print(Text(f"\n{NOTE}"))


def _table(rows: Sequence[Row], chosen: Sequence[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name in chosen:
        justify: Literal["right", "left"] = "right" if name in NUMBERS else "left"
        table.add_column(name, overflow="fold", justify=justify, no_wrap=name not in HEADS[:2])
    for row in rows:
        *words, verdict = cells(row, chosen)
        last = Text(verdict, style=COLOURS.get(row.verdict, ""))
        table.add_row(*(Text(printable(word, 40)) for word in words), last)
    return table


FRONTIER = (
    "routine",
    "size",
    "dtype",
    "mode",
    "µs a member",
    "digits",
    "least",
    "claim",
    "members",
    "",
)
FIGURES = ("size", "µs a member", "digits", "least", "members")


def frontier_cells(point: Point) -> list[str]:
    """A point of the frontier as words, one for each of FRONTIER."""
    return [
        point.routine,
        str(point.size),
        point.dtype,
        point.mode,
        number_text(point.microseconds),
        f"{point.digits:.1f}",
        f"{point.least:.1f}",
        point.claim,
        count_text(point.members),
        "frontier" if point.optimal else "",
    ]


def _frontier(points: Sequence[Point]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in FRONTIER:
        table.add_column(name, justify="right" if name in FIGURES else "left")
    for point in points:
        style = "bold green" if point.optimal else ""
        table.add_row(*(Text(printable(word, 40), style=style) for word in frontier_cells(point)))
    return table


def markdown(comparisons: Sequence[Comparison], frontier: Sequence[Point] = ()) -> str:
    """The comparison for pull requests and issues."""
    parts = ["# Comparison\n"]
    for comparison in comparisons:
        parts += [
            f"## {escape(headline(comparison), 600)}\n",
            f"A is {escape(comparison.a.label)}, B is {escape(comparison.b.label)}.\n",
            _told(comparison),
        ]
        told = list(pair_lines(comparison))
        if told:
            parts.append("### Where B is furthest behind\n")
        parts += [f"- {escape(what)}\n\n      {replay}\n" for what, replay in told]
    if frontier:
        parts += [
            "## Accuracy against speed\n",
            _lines(FRONTIER, map(frontier_cells, frontier)),
        ]
    return "\n".join([*parts, escape(NOTE, 600)]) + "\n"


def _told(comparison: Comparison) -> str:
    chosen = heads(comparison)
    return _lines(chosen, (cells(row, chosen) for row in comparison.rows))


def _lines(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    chosen = list(rows)
    lines = [" | ".join(escape(word, 80) for word in row) for row in (names, *chosen[:LINES])]
    rule = "|".join("---:" if name in (*NUMBERS, *FIGURES) else "---" for name in names)
    lines = [f"| {lines[0]} |", f"|{rule}|", *(f"| {line} |" for line in lines[1:])]
    if len(chosen) > LINES:
        lines.append(f"\n{len(chosen) - LINES} more rows are left out; the HTML report has them.")
    return "\n".join(lines) + "\n"

"""A run as a table for the terminal, at most 120 columns."""

from __future__ import annotations

import sys
from collections import Counter
from io import StringIO
from typing import IO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports.drift import REGRESSED
from reports.drift_text import sections
from reports.figures import count_text, number_text, share_text
from reports.plain import printable
from reports.verdict import GATED, HOLDS, KNOWN, NEW, UNDECIDED, RunVerdict
from reports.view import Row, counts, gaps, headline, rows, standing

WIDTH = 120
COLOURS = {NEW: "bold red", REGRESSED: "bold red", KNOWN: "yellow", HOLDS: "green"}
STANDING = {
    "fine": "bold green", "known": "bold yellow", "open": "bold yellow", "broken": "bold red",
}  # fmt: skip
SHOWN_GAPS = 12
MANY = 100  # cells that nobody reads at the end of a session


def show(
    verdict: RunVerdict,
    routine: str | None = None,
    claim: str | None = None,
    file: IO[str] | None = None,
) -> None:
    """Print a run: its table, what it does not cover, its verdict.

    Plain where `file` (standard output) is no terminal. RunError for a routine or claim that the
    run does not hold.
    """
    file = file or sys.stdout
    if not file.isatty():
        file.write(render(verdict, routine, claim))
        return
    console = Console(file=file, highlight=False)
    console.width = min(console.width, WIDTH)
    _print(console, verdict, rows(verdict, routine, claim))


def render(verdict: RunVerdict, routine: str | None = None, claim: str | None = None) -> str:
    """The same, plain."""
    console = Console(file=StringIO(), highlight=False, width=WIDTH, color_system=None)
    with console.capture() as captured:
        _print(console, verdict, rows(verdict, routine, claim))
    return "\n".join(line.rstrip() for line in captured.get().strip("\n").split("\n")) + "\n"


def brief(verdict: RunVerdict, run: str) -> str:
    """The end of a session: of many cells only those that call for something have a line."""
    found = rows(verdict)
    if len(found) <= MANY:
        return render(verdict)
    shown = [row for row in found if row.verdict in (NEW, REGRESSED, UNDECIDED)]
    console = Console(file=StringIO(), highlight=False, width=WIDTH, color_system=None)
    with console.capture() as captured:
        _print(console, verdict, shown)
    words = Counter(row.verdict for row in found if row not in shown)
    left = ", ".join(f"{count_text(n)} {word}" for word, n in words.most_common())
    told = f"\nOther cells: {left}. `python -m reports show {run}` lists them.\n"
    return "\n".join(line.rstrip() for line in captured.get().rstrip().split("\n")) + told


def _print(console: Console, verdict: RunVerdict, chosen: list[Row]) -> None:
    if chosen:
        console.print(_table(chosen))
    missing = gaps(verdict)
    if missing:
        console.print(Text("\nNot covered", style="bold"))
        for line in missing[:SHOWN_GAPS]:
            console.print(Text(f"  {printable(line, WIDTH - 2)}"))
        if len(missing) > SHOWN_GAPS:
            console.print(Text(f"  and {len(missing) - SHOWN_GAPS} more, in the written report"))
    for id_ in verdict.fixed:
        console.print(Text(f"\nFixed: {printable(id_)} (its stored input holds now)"))
    for title, lines in sections(verdict.drift):
        console.print(Text(f"\n{title}", style="bold"))
        for line in lines[:SHOWN_GAPS]:
            console.print(Text(f"  {printable(line)}"))
        if len(lines) > SHOWN_GAPS:
            console.print(Text(f"  and {len(lines) - SHOWN_GAPS} more, in the written report"))
    volumes = ", ".join(f"{noun} {count_text(n)}" for noun, n in counts(verdict).items())
    console.print(Text(f"\n{volumes}"))
    console.print(Text(headline(verdict), style=STANDING[standing(verdict)]))


def _table(chosen: list[Row]) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        caption="Shares of the bound; median and 99 % are upper edges of a histogram.",
        caption_justify="left",
    )
    for name in ("routine", "claim", "dtype", "mode"):
        table.add_column(name, overflow="fold")
    for name in ("compared", "median", "99 %", "worst", "condition"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for row in chosen:
        cell = row.cell
        mode = cell.mode if cell.backend == GATED else f"{cell.backend} {cell.mode}"
        table.add_row(
            *(Text(printable(word, 40)) for word in (*cell[:3], mode)),
            count_text(row.summary.compared),
            *map(share_text, (row.median, row.high, row.summary.largest)),
            number_text(row.condition),
            Text(row.verdict_text, style=COLOURS.get(row.verdict, "")),
        )
    return table

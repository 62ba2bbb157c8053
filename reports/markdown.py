"""A run as Markdown, below 200 kB: for pull requests and issues."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from reports import subnormal
from reports.drift_text import sections
from reports.figures import count_text, number_text, share_text
from reports.plain import printable
from reports.pointed import furthest
from reports.record import Cell, Finding
from reports.summary import Worst
from reports.verdict import RunVerdict
from reports.view import Row, counts, gaps, headline, rows, worst_members

LARGEST = 190_000  # bytes
WORST = 20


def markdown(verdict: RunVerdict, findings: Sequence[Finding] = ()) -> str:
    """The report, worst first. Where all cells do not fit, the last ones are left out, and said."""
    head = _head(verdict, {finding.cell: finding for finding in reversed(findings)})
    chosen = rows(verdict)
    lines = [_cell_line(row) for row in chosen]
    room = LARGEST - len(head.encode()) - 1000
    kept = 0
    while kept < len(lines) and room >= len(lines[kept].encode()) + 1:
        room -= len(lines[kept].encode()) + 1
        kept += 1
    parts = [head, "## Cells\n", _CELLS, *lines[:kept]]
    if kept < len(lines):
        parts.append(f"\n{len(lines) - kept} more cells are left out; the HTML report has them.")
    return "\n".join(parts) + "\n"


_CELLS = """\
Shares of the bound: median and 99 % are upper edges of a histogram, the worst is exact.

| routine | claim | dtype | mode | backend | compared | median | 99 % | worst | condition | |
|---|---|---|---|---|---:|---:|---:|---:|---:|---|"""


def _head(verdict: RunVerdict, findings: dict[Cell, Finding]) -> str:
    volumes = "".join(f"| {noun} | {count_text(n)} |\n" for noun, n in counts(verdict).items())
    broken = worst_members(verdict, WORST, broken=True)
    parts = [
        f"# {headline(verdict)}\n",
        f"| | |\n|---|---:|\n{volumes}",
        f"## {'Worst findings' if broken else 'Nearest to their bounds'}\n",
        _worst_table(broken or worst_members(verdict, WORST, broken=False)),
        *(_finding(findings[cell]) for cell, _ in broken if cell in findings),
        "## Not covered\n",
        _bullets(gaps(verdict), "Nothing is missing."),
    ]
    parts += [
        part
        for title, lines in (*sections(verdict.drift), *subnormal.sections(verdict.subnormal))
        for part in (f"## {title}\n", _bullets(lines, ""))
    ]
    if verdict.fixed:
        parts += ["## Fixed\n", _bullets(verdict.fixed, "")]
    parts += ["## Provenance\n", _bullets((f"{k}: {v}" for k, v in _environment(verdict)), "")]
    return "\n".join(parts)


def _environment(verdict: RunVerdict) -> Iterable[tuple[str, str]]:
    return verdict.header.environment.items()


def _worst_table(worst: list[tuple[Cell, Worst]]) -> str:
    head = (
        "| share | error | bound | condition | routine | claim | dtype | mode | member | |\n"
        "|---:|---:|---:|---:|---|---|---|---|---|---|\n"
    )
    lines = []
    for cell, member in worst:
        word = ("new" if member.new else f"known: {member.known}") if member.broken else "held"
        figures = map(number_text, (member.error, member.bound, member.condition))
        lines.append(_line([share_text(member.share), *figures, *cell[:4], member.member, word]))
    return head + "\n".join(lines) + "\n"


def _finding(finding: Finding) -> str:
    told = [
        f"because the bound is {finding.formula}: {finding.because}",
        f"answered: {finding.outcome}; truth proved by {', '.join(finding.engines)}",
    ]
    off = furthest(finding)
    told += [f"furthest off: {off}"] if off else []
    title = " ".join(finding.cell[:4])
    return f"**{escape(title)}** ({escape(finding.digest)})\n\n{_bullets(told, '')}"


def _cell_line(row: Row) -> str:
    compared, condition = count_text(row.summary.compared), number_text(row.condition)
    shares = map(share_text, (row.median, row.high, row.summary.largest))
    return _line([*row.cell, compared, *shares, condition, row.verdict_text])


def _line(words: Iterable[str]) -> str:
    return f"| {' | '.join(escape(word, 80) for word in words)} |"


def _bullets(lines: Iterable[str], nothing: str) -> str:
    lines = list(lines)
    shown = [f"- {escape(line)}" for line in lines[:200]]
    if len(lines) > 200:
        shown.append(f"- and {len(lines) - 200} more")
    return "\n".join(shown or [nothing]) + "\n"


def escape(text: str, length: int = 300) -> str:
    """One line in which nothing is markup: no table, link, tag or emphasis begins."""
    return re.sub(r"([\\`*_\[\]<>|#&~$@!])", r"\\\1", printable(text, length))

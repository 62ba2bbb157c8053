"""A run as one offline HTML file: light and dark, fit to print, whole without scripts."""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from pathlib import Path

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from reports.cases import array_of, entries_of, name_of, share
from reports.charts import CHARTS, HUES
from reports.charts_page import library, page_data, routine_charts
from reports.conditioning import blame, by_routine
from reports.drift_text import sections
from reports.figures import count_text, number_text, part_text, plural, share_text
from reports.matrix import GRAVITY, matrix
from reports.plain import RunError, printable
from reports.pointed import furthest
from reports.record import ANSWER, OUTCOMES, Cell, Finding
from reports.reproduce import reproduction
from reports.summary import Asked
from reports.verdict import GATED, RunVerdict
from reports.view import (
    DTYPES,
    MODES,
    Row,
    anchor,
    counts,
    gaps,
    headline,
    rows,
    standing,
    worst_members,
)
from reports.view import place as rank

TEMPLATES = Path(__file__).parent / "templates"
LARGEST = 2_000_000  # bytes of a page
# Of the room below that a page takes, and whether a script unpacks the cells: the first that fits.
STEPS = ((1, False), (1, True), (0.8, True), (0.5, True), (0.2, True), (0.05, True))
ROOM = 400_000  # bytes that findings told in full may take; the rest is in the run's folder
ROWS = {False: 1200, True: 5000}  # cells in tables, as they are and packed
LISTED = 300  # other findings, and combinations of judged answers
ENTRIES = 144  # of an array printed
LOWEST, HIGHEST = -16, 4  # log2 of the shares at the ends of an axis


def html(verdict: RunVerdict, findings: Iterable[Finding] = ()) -> str:
    """The whole page, below LARGEST. Everything that came from the run is escaped by the template.

    All counts and the matrix are always whole; of a run of many routines a script unpacks the cells
    of each claim; a huge one has fewer points in its charts, and fewer cells and findings in full,
    and the page says how many are elsewhere.
    """
    listed = [Told(as_known_now(finding, verdict)) for finding in findings]
    for part, packed in STEPS:
        page = _page(verdict, listed, part, packed=packed)
        if len(page.encode()) < LARGEST:
            break
    return page


def _page(verdict: RunVerdict, listed: Sequence[Told], part: float, *, packed: bool) -> str:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=_quiet,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "share": share_text,
        "number": number_text,
        "count": count_text,
        "part": part_text,
        "place": place,
        "line": printable,
        "breakable": breakable,
        "furthest": furthest,
    }
    table = matrix(verdict)
    told = in_full(listed, int(ROOM * part))
    taken = {id(item) for item in told}
    elsewhere = [item for item in listed if id(item) not in taken]
    answers = sorted(verdict.summary.answers.items(), key=_unanswered)
    broken = worst_members(verdict, 10, broken=True)
    routines = by_routine(verdict)
    charts = routine_charts(routines, part)
    script = (TEMPLATES / "report.js").read_text("utf-8")
    context = {
        "verdict": verdict,
        "header": verdict.header,
        "headline": headline(verdict),
        "standing": standing(verdict),
        "counts": counts(verdict),
        "broken": broken,
        "worst": broken or worst_members(verdict, 10, broken=False),
        "gaps": gaps(verdict),
        "drift": sections(verdict.drift),
        "matrix": table,
        "dtype_spans": [
            (dtype, len(list(group)))
            for dtype, group in groupby(table.columns, key=lambda column: column[0])
        ],
        "blames": [blame(name, claims) for name, claims in routines],
        "routines": list(zip(routines, charts, strict=True)),
        "allowing": {
            (name, claim.claim.claim): claim.excuses
            for name, claims in routines
            for claim in claims
        },
        "kinds": CHARTS,
        "hues": HUES,
        "choices": choices(verdict),
        "shown_rows": gravest(verdict, int(ROWS[packed] * part)),
        "findings": told,
        "others": elsewhere[: int(LISTED * part)],
        "elsewhere": len(elsewhere),
        "told": {item.anchor for item in told},
        "answers": sorted(answers[: int(LISTED * part)]),
        "combinations": len(answers),
        "outcomes": OUTCOMES,
        "gated": GATED,
        "anchor": anchor,
        "plural": plural,
        "how": how,
        "octaves": range(LOWEST, HIGHEST + 1, 4),
        "script": Markup(script),  # noqa: S704 - this project's own file
        "script_digest": digest(script),
        "packed": packed,
        "library": library(),
    }
    cells = environment.get_template("cells.html")
    parts = [cells.render(context, routine=name, claims=of) for name, of in routines if packed]
    data = page_data(charts, table.columns, parts)
    return environment.get_template("report.html").render(context, data=data)


def as_known_now(finding: Finding, verdict: RunVerdict) -> Finding:
    """The finding with the entries that explain it in today's ledger, not in that of its run."""
    cell = verdict.summary.cells.get(finding.cell)
    if cell is None:
        return finding
    worst = {member.member: member for member in cell.worst}
    now = worst.get(finding.digest)
    if now and now.broken:
        return replace(finding, known=now.known)
    if not finding.known and not cell.new:  # all breaks of its cell are explained by now
        return replace(finding, known=", ".join(sorted(cell.known)))
    return finding


def _quiet(value: object) -> object:
    """What a template shows, without control characters but the ends of lines."""
    if not isinstance(value, str) or isinstance(value, Markup) or value.isprintable():
        return value
    return "".join(c if c == "\n" or c.isprintable() else " " for c in value)


def digest(script: str) -> str:
    """What the page's policy knows its only script by; any other does not run."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def choices(verdict: RunVerdict) -> dict[str, list[str]]:
    """What the cells can be filtered by, and the words that occur."""
    found = rows(verdict)
    return {
        "dtype": sorted({row.cell.dtype for row in found}, key=lambda word: rank(word, DTYPES)),
        "mode": sorted({how(row) for row in found}, key=lambda word: rank(word, MODES)),
        "verdict": [word for word in GRAVITY if any(row.verdict == word for row in found)],
    }


def how(row: Row) -> str:
    """The mode of a cell, with the rival's name where it is one."""
    cell = row.cell
    return cell.mode if cell.backend == GATED else f"{cell.backend} {cell.mode}"


def gravest(verdict: RunVerdict, count: int) -> frozenset[Cell]:
    """The cells that have a row in the tables: all, or the gravest of a huge run."""
    found = sorted(rows(verdict), key=lambda row: GRAVITY.index(row.verdict))
    return frozenset(row.cell for row in found[:count])


def in_full(listed: Sequence[Told], room: int) -> list[Told]:
    """The findings that there is room to tell in full: in their order, long ones left out."""
    chosen = []
    for item in listed:
        if item.size <= room:
            room -= item.size
            chosen.append(item)
    return chosen


def _unanswered(pair: tuple[Asked, Counter[str]]) -> tuple[bool, Asked]:
    """First what was not answered throughout."""
    asked, given = pair
    return given[ANSWER] == given.total(), asked


def place(value: float) -> float:
    """Where a share stands on an axis of octaves: 0 to 100, from 2^LOWEST to 2^HIGHEST."""
    if math.isnan(value) or value <= 0:
        return 0.0
    octave = math.log2(value) if math.isfinite(value) else HIGHEST
    return round(100 * (min(max(octave, LOWEST), HIGHEST) - LOWEST) / (HIGHEST - LOWEST), 1)


def breakable(name: str) -> Markup:
    """A name, escaped, that may go on after a dot, a word of it, or before the bits of a dtype."""
    ends = r"([._])(?=\w)|(?<=[a-z])(?=[A-Z]|\d\d)"
    broken = re.sub(ends, r"\1<wbr>", str(escape(printable(name))))
    return Markup(broken)  # noqa: S704 - escaped


@dataclass(frozen=True)
class Told:
    """A finding with what the page derives from it."""

    finding: Finding

    @cached_property
    def anchor(self) -> str:
        """Where on the page it stands."""
        return anchor("finding", *self.finding.cell[:4], self.finding.known)

    @property
    def share(self) -> float:
        """Its error over its bound."""
        return share(self.finding)

    @property
    def file(self) -> str:
        """What it is stored as."""
        return name_of(self.finding)

    @cached_property
    def size(self) -> int:
        """The bytes that it takes on the page, about."""
        return 3000 + len(self.script) + sum(len(text) for _, text in self.parts)

    @cached_property
    def parts(self) -> list[tuple[str, str]]:
        """Names and arrays as text: inputs, what was got, what is true."""
        finding = self.finding
        groups = {"input": finding.inputs, "got": finding.got, "true": finding.true}
        return [
            (name if len(parts) == 1 else f"{name} {i}", array_text(part))
            for name, parts in groups.items()
            for i, part in enumerate(parts, 1)
        ]

    @property
    def described(self) -> Mapping[str, str]:
        """Traits, condition numbers and arguments, as text."""
        finding = self.finding
        plain = {**finding.traits, **finding.condition, **finding.arguments}
        return {name: _plain(value) for name, value in plain.items()}

    @cached_property
    def script(self) -> str:
        """The reproduction, or why there is none."""
        try:
            return reproduction(self.finding)
        except RunError as error:
            return f"# {error}"


def _plain(value: object) -> str:
    return number_text(value) if isinstance(value, float) else printable(str(value))


def array_text(part: object) -> str:
    """An array as lines of aligned columns, the last axis along a line; long ones cut short."""
    shape, entries = entries_of(part)
    decimal = isinstance(part, Mapping) and part["dtype"] == "decimal"
    texts = entries if decimal else [repr(value) for value in np.ravel(array_of(part)).tolist()]
    width = shape[-1] if shape else 1
    shown = texts[: max(ENTRIES // max(width, 1), 1) * width][: 4 * ENTRIES]
    pad = max((len(text) for text in shown), default=0)
    lines = [
        "  ".join(text.rjust(pad) for text in shown[i : i + width])
        for i in range(0, len(shown), max(width, 1))
    ]
    if len(shown) < len(texts):
        lines.append(f"… {len(texts) - len(shown):,} more entries of the shape {shape}")
    return "\n".join(lines) or f"empty, of the shape {shape}"

"""A run as one offline HTML file: light and dark, fit to print, whole without scripts."""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from reports import subnormal
from reports.charts import CHARTS, HUES
from reports.charts_page import RoutineCharts, charted, library, page_data, routine_charts
from reports.conditioning import Counted, blame, by_routine
from reports.drift_text import sections
from reports.figures import count_text, number_text, part_text, plural, share_text
from reports.matrix import GRAVITY, matrix
from reports.plain import printable
from reports.pointed import furthest
from reports.record import ANSWER, OUTCOMES, Cell, Finding
from reports.shortened import shortened
from reports.summary import Asked
from reports.told import Told, as_known_now, in_full
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
# Of the room below that a page takes, and whether a script unpacks the cells, largest pages first.
Step = tuple[float, bool]
STEPS: tuple[Step, ...] = (
    (1.0, False),
    *((twentieths / 20, True) for twentieths in range(20, 0, -1)),
    (0.03, True),
)
ROOM = 250_000  # bytes that findings told in full may take; the rest is in the run's folder
ROWS = {False: 1200, True: 5000}  # cells in tables, as they are and packed
LISTED = 300  # other findings, and combinations of judged answers
LOWEST, HIGHEST = -16, 4  # log2 of the shares at the ends of an axis


def html(verdict: RunVerdict, findings: Iterable[Finding] = ()) -> str:
    """The whole page, below LARGEST. Everything that came from the run is escaped by the template.

    All counts and the matrix are always whole; of a run of many routines a script unpacks the cells
    of each claim; a huge one has fewer points in its charts, and fewer cells and findings in full,
    and the page says how many are elsewhere.
    """
    listed = [Told(as_known_now(finding, verdict)) for finding in findings]
    routines = by_routine(verdict)
    found = charted(routines)

    def made(step: Step) -> str:
        part, packed = step
        page = _page(verdict, listed, routines, routine_charts(found, part), part, packed=packed)
        return shortened(page) if packed else page

    return _largest(made, STEPS)


def _largest(made: Callable[[Step], str], steps: Sequence[Step]) -> str:
    """The page of the first step that is below LARGEST, or of the last: found by halving."""
    found = made(steps[0])
    if len(steps) == 1 or len(found.encode()) < LARGEST:
        return found
    first, last, found = 1, len(steps) - 1, ""
    while first < last:
        middle = (first + last) // 2
        page = made(steps[middle])
        if len(page.encode()) < LARGEST:
            last, found = middle, page
        else:
            first = middle + 1
    return found or made(steps[last])


def _page(
    verdict: RunVerdict,
    listed: Sequence[Told],
    routines: Sequence[tuple[str, Sequence[Counted]]],
    charts: Sequence[RoutineCharts | None],
    part: float,
    *,
    packed: bool,
) -> str:
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
        "drift": [*sections(verdict.drift), *subnormal.sections(verdict.subnormal)],
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
    data = page_data(charts, table, parts)
    return environment.get_template("report.html").render(context, data=data)


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

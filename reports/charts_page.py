"""The charts of a page: their data as one JSON, the library packed, drawings to fall back on."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from reports.charts import CHARTS
from reports.charts_data import BEYOND, Series, chartable, data_of, series_of, whole_of
from reports.charts_draw import MODE_NAMES, TICKS, bundle, complete, drawing
from reports.conditioning import Counted
from reports.matrix import Matrix

POINTS = 320  # of a claim at most
ROOM = 3_600_000  # bytes that the data of all charts may take before they are packed
EACH = 34  # bytes that a point takes, about
WORST = 30  # points of a claim beside those that were asked for, about: the worst of each cell
DRAWN = ("condition", "shares", "digits")  # what a page without scripts shows
DRAWN_POINTS = 24
DRAWINGS = 120_000  # bytes that they may take; the other routines tell their figures
WIDTH = 350
NOISE = re.compile(
    r' (?:class|role|aria-[a-z]+|pointer-events|font-family|xmlns:xlink|version)="[^"]*"'
    r'| opacity="1"| stroke-width="0"| transform="translate\(0,0\)"'
)
EMPTY = re.compile(r'<path d="M0,0h[^"]*Z"/>|<path d="" display="none"/>|<g></g>|<g/>')
LONG = re.compile(r"(\d+\.\d)\d{2,}")


@dataclass(frozen=True)
class RoutineCharts:
    """The charts of one routine: the data of each claim, and the first one's drawings as SVG."""

    data: tuple[dict[str, Any], ...]
    drawings: dict[str, str]


Charted = list[tuple[str, list[Series], dict[str, Any]]]  # claims, with what has no points


def charted(routines: Sequence[tuple[str, Sequence[Counted]]]) -> list[Charted]:
    """Of each routine the claims that can be drawn, the one to show first first."""
    return [_charted(claims) for _, claims in routines]


def routine_charts(found: Sequence[Charted], part: float = 1) -> list[RoutineCharts | None]:
    """Charts for each routine, None where no error of it is finite and positive.

    `part` of the room is taken. Where that is not enough for all claims of a huge run, each routine
    has its first claim before any has its second.
    """
    total = max(sum(map(len, found)), 1)
    room = int(ROOM * part)
    fixed = sum(_length(whole) for claims in found for *_, whole in claims)
    points = min(max((room - fixed) // total // EACH - WORST, 10), POINTS)
    data: list[list[dict[str, Any]]] = [[] for _ in found]
    places = ((place, i) for i, claims in enumerate(found) for place in range(len(claims)))
    for place, i in sorted(places):
        name, series, whole = found[i][place]
        one = data_of(name, series, points, whole)
        size = _length(one)
        if size <= room:
            room -= size
            data[i].append(one)
    return list(_drawn(found, data, int(DRAWINGS * part)))


def _length(value: Any) -> int:
    return len(json.dumps(value, separators=(",", ":")))


def _drawn(
    found: Sequence[Charted],
    data: Sequence[list[dict[str, Any]]],
    room: int,
) -> Iterator[RoutineCharts | None]:
    for claims, of_routine in zip(found, data, strict=True):
        if not of_routine:
            yield None
            continue
        name, series, whole = next(one for one in claims if one[0] == of_routine[0]["claim"])
        drawings = _drawings(data_of(name, series, DRAWN_POINTS, whole)) if room > 0 else {}
        room -= sum(map(len, drawings.values()))
        yield RoutineCharts(tuple(of_routine), drawings)


def _charted(claims: Sequence[Counted]) -> Charted:
    ordered = sorted(claims, key=_order)
    pairs = ((claim.claim.claim, series_of(claim.cells)) for claim in ordered)
    return [(name, series, whole_of(series)) for name, series in pairs if chartable(series)]


def _order(claim: Counted) -> tuple[bool, bool, float]:
    """Which claim to show first: one with a new break, one that allows for the condition, worst."""
    return not claim.new, not claim.excuses, -(claim.largest if claim.compared else 0.0)


def _drawings(data: dict[str, Any]) -> dict[str, str]:
    shown = {"condition": data["condition"], "shares": data["shares"], "digits": data["digits"]}
    return {
        chart.name: slim(drawing(chart, data, WIDTH)) for chart in CHARTS if shown.get(chart.name)
    }


def slim(svg: str) -> str:
    """A drawing without what a browser does not need; some 40 % of its length."""
    svg = LONG.sub(r"\1", NOISE.sub("", svg))
    while (shorter := EMPTY.sub("", svg)) != svg:
        svg = shorter
    return svg


def page_data(
    made: Sequence[RoutineCharts | None],
    table: Matrix,
    parts: Sequence[str] = (),
    width: int = WIDTH,
) -> str:
    """All that the script of the page draws from, and `parts` of the page, escaped before."""
    return packed(
        {
            "parts": parts,
            "beyond": BEYOND,
            "ticks": TICKS,
            "modes": MODE_NAMES,
            "columns": table.columns,
            "hints": [[patch.hint for patch in patches] for _, patches in table.lines],
            "specs": {chart.name: complete(chart, width) for chart in CHARTS},
            "routines": [charts.data if charts else [] for charts in made],
        }
    )


def packed(value: Any) -> str:
    """JSON, gzip, base64: a sixth as long, and no word of a run can end or leave the element."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


@cache
def library() -> str:
    """The bundle in a scope of its own, for it declares one-letter globals; gzip in base64."""
    source = f"(() => {{{bundle()}\n}})();"
    return base64.b64encode(gzip.compress(source.encode(), mtime=0)).decode()

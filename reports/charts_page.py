"""The charts of a page: their data as one JSON, the library packed, drawings to fall back on."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from reports.charts import CHARTS
from reports.charts_data import BEYOND, chartable, data_of, series_of
from reports.charts_draw import MODE_NAMES, TICKS, bundle, complete, drawing
from reports.conditioning import Counted

POINTS = 320  # of a claim at most
ROOM = 350_000  # bytes that the data of all charts may take
EACH, MORE = 34, 5000  # bytes that a point takes, and a claim without its points, about
DRAWN = ("condition", "shares", "digits")  # what a page without scripts shows
DRAWN_POINTS = 24
DRAWINGS = 250_000  # bytes that they may take; the other routines tell their figures
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


def routine_charts(
    routines: Sequence[tuple[str, Sequence[Counted]]],
) -> list[RoutineCharts | None]:
    """Charts for each routine, None where no error of it is finite and positive.

    Claims of a huge run for which there is no room left have none either.
    """
    found = [
        [(claim, series) for claim in claims if chartable(series := series_of(claim.cells))]
        for _, claims in routines
    ]
    total = max(sum(map(len, found)), 1)
    points = min(max((ROOM // total - MORE) // EACH, 10), POINTS)
    room, drawings = ROOM, DRAWINGS
    made: list[RoutineCharts | None] = []
    for claims in found:
        data = []
        for claim, series in sorted(claims, key=lambda pair: _order(pair[0])):
            one = data_of(claim.claim.claim, series, points)
            room -= (size := len(embedded(one)))
            if room < 0:
                room += size
                continue
            data.append(one)
            if len(data) == 1:
                few = data_of(claim.claim.claim, series, DRAWN_POINTS)
        if not data:
            made.append(None)
            continue
        drawn = _drawings(few) if drawings > 0 else {}
        drawings -= sum(map(len, drawn.values()))
        made.append(RoutineCharts(tuple(data), drawn))
    return made


def _order(claim: Counted) -> tuple[bool, bool, float]:
    """Which claim to show first: one with a new break, one that allows for the condition, worst."""
    return not claim.new, not claim.excuses, -claim.largest


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
    made: Sequence[RoutineCharts | None], columns: Sequence[tuple[str, str]], width: int = WIDTH
) -> str:
    """All that the script of the page draws from, safe to stand in a script element."""
    return embedded(
        {
            "beyond": BEYOND,
            "ticks": TICKS,
            "modes": MODE_NAMES,
            "columns": columns,
            "specs": {chart.name: complete(chart, width) for chart in CHARTS},
            "routines": [charts.data if charts else [] for charts in made],
        }
    )


def embedded(value: Any) -> str:
    """JSON that no word of a run can end or leave: ASCII, without angle brackets or ampersands."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


@cache
def library() -> str:
    """The bundle in a scope of its own, for it declares one-letter globals; gzip in base64."""
    source = f"(() => {{{bundle()}\n}})();"
    return base64.b64encode(gzip.compress(source.encode(), mtime=0)).decode()

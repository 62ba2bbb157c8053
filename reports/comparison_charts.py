"""The charts of a comparison as SVG: digits lost by cell, and accuracy against speed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reports.charts import CONFIG, HUES, SHAPES
from reports.comparison import Comparison
from reports.frontier import Point
from reports.pairs import BETTER, OPEN, SAME, WORSE, Row
from reports.plain import printable
from reports.view import MODES

ROWS = 40  # in a chart; the table has all
MOST = 20.0  # digits: the end of the axis, where infinite losses stand
COLOURS = {WORSE: "var(--broken)", BETTER: "var(--fine)", OPEN: "var(--soft)"}


def losses(comparison: Comparison) -> str:
    """A line from 5 % to 95 % of the digits lost in each cell that differs, its median marked."""
    found = [row for row in comparison.rows if row.verdict != SAME][:ROWS]
    if not found:
        return ""
    verdicts = {"domain": list(COLOURS), "range": list(COLOURS.values())}
    colour = {"field": "verdict", "type": "nominal", "scale": verdicts, "legend": None}
    y = {"field": "cell", "type": "nominal", "sort": None, "title": None,
         "axis": {"labelLimit": 420}}  # fmt: skip
    x = {"type": "quantitative", "title": "decimal digits lost by B"}
    return _svg(
        [_loss(row, comparison.axis) for row in found],
        {
            "width": 420,
            "height": {"step": 15},
            "encoding": {"y": y},
            "layer": [
                {"mark": {"type": "rule", "stroke": "var(--rule)"},
                 "encoding": {"x": {"datum": 0, **x}, "y": None}},
                {"mark": {"type": "rule", "strokeWidth": 2, "opacity": 0.6},
                 "encoding": {"x": {"field": "low", **x}, "x2": {"field": "high"},
                              "color": colour}},
                {"mark": {"type": "point", "filled": True, "opacity": 1, "size": 34},
                 "encoding": {"x": {"field": "median", **x}, "color": colour}},
            ],
        },
    )  # fmt: skip


def _loss(row: Row, axis: str) -> dict[str, Any]:
    words = [row.a.routine, row.a.claim]
    words += [getattr(row.a, name) for name in ("dtype", "mode") if name != axis]
    ends = {"low": row.low, "median": row.median, "high": row.high}
    inside = {name: min(max(value, -MOST), MOST) for name, value in ends.items()}
    # vl-convert ends the process on a control character
    return {"cell": printable("  ".join(words), 54), "verdict": row.verdict, **inside}


def speeds(points: Sequence[Point]) -> str:
    """For each routine digits kept against microseconds; a line joins what nothing else beats."""
    if not points:
        return ""
    x = {"field": "us", "type": "quantitative", "title": "µs a member",
         "scale": {"type": "log", "nice": False}, "axis": {"tickCount": 4}}  # fmt: skip
    y = {"type": "quantitative", "title": "digits kept", "scale": {"domain": [0, 16]}}
    hues = {"domain": HUES, "range": [f"var(--hue-{i})" for i in range(len(HUES))]}
    shapes = {"domain": list(MODES), "range": SHAPES[: len(MODES)]}
    colour = {"field": "dtype", "type": "nominal", "scale": hues, "legend": None}
    shape = {"field": "mode", "type": "nominal", "scale": shapes, "legend": None}
    return _svg(
        [
            {"routine": printable(p.routine, 40), "dtype": p.dtype, "mode": p.mode,
             "us": p.microseconds, "digits": p.digits, "least": p.least, "optimal": p.optimal}
            for p in points if p.dtype in HUES and p.mode in MODES
        ],
        {
            "facet": {"field": "routine", "type": "nominal", "title": None},
            "columns": 3,
            "resolve": {"scale": {"x": "independent"}, "axis": {"x": "independent"}},
            "spec": {
                "width": 220,
                "height": 150,
                "layer": [
                    {"transform": [{"filter": "datum.optimal"}],
                     "mark": {"type": "line", "stroke": "var(--soft)", "strokeDash": [3, 3],
                              "interpolate": "step-after"},
                     "encoding": {"x": x, "y": {"field": "digits", **y}}},
                    {"mark": {"type": "rule", "opacity": 0.35},
                     "encoding": {"x": x, "y": {"field": "least", **y}, "y2": {"field": "digits"},
                                  "color": colour}},
                    {"mark": {"type": "point", "filled": True, "opacity": 1, "size": 46},
                     "encoding": {"x": x, "y": {"field": "digits", **y}, "color": colour,
                                  "shape": shape}},
                ],
            },
        },
    )  # fmt: skip


def _svg(values: Iterable[Mapping[str, Any]], spec: Mapping[str, Any]) -> str:
    import vl_convert

    whole = {
        "config": CONFIG,
        "padding": {"left": 100, "right": 12, "bottom": 14, "top": 4},
        "data": {"values": list(values)},
        **spec,
    }
    return str(vl_convert.vegalite_to_svg(whole))

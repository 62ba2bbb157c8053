"""The charts of a report as Vega-Lite specifications.

Colours are the page's own variables, so that a chart follows its theme and its print style. A
specification names its data and leaves the ends of its axes to parameters; the script of the page
fills them in, and so does `charts_draw.py` for a page without scripts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reports.charts_data import FIRST, LAST
from reports.view import DTYPES

HEIGHT = 190
HUES = (*DTYPES, *(name for name in ("complex64", "complex128") if name not in DTYPES))
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
FONT = 'ui-sans-serif, system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif'

CONFIG: dict[str, Any] = {
    "background": None,
    "font": FONT,
    "view": {"stroke": None},
    "aria": False,  # the figure around a chart has the words; its thousand marks have none
    "axis": {
        "labelColor": "var(--soft)", "titleColor": "var(--soft)", "gridColor": "var(--hair)",
        "domainColor": "var(--rule)", "tickColor": "var(--rule)", "titleFontWeight": "normal",
        "labelFontSize": 11, "titleFontSize": 11, "labelOverlap": "greedy", "titlePadding": 6,
    },
    "header": {
        "labelColor": "var(--soft)", "labelFontSize": 11, "labelAngle": 0, "labelAlign": "left",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Chart:
    """One kind of chart: its name in the data, what it is called, how it is read."""

    name: str
    title: str
    note: str
    spec: Mapping[str, Any]


def _log(title: str, low: str, high: str, ticks: str) -> dict[str, Any]:
    """A logarithmic axis between two parameters, with labels where a third one says."""
    return {
        "type": "quantitative",
        "title": title,
        "scale": {"type": "log", "domain": [{"expr": low}, {"expr": high}], "nice": False,
                  "clamp": True},
        "axis": {"values": {"expr": ticks}, "labelExpr": POWER},
    }  # fmt: skip


POWER = "'1e' + round(log(datum.value) / LN10)"


def _dtype(channel: str) -> dict[str, Any]:
    hues = [f"var(--hue-{i})" for i in range(len(HUES))]
    ranges = {"color": hues, "stroke": hues, "shape": SHAPES}
    scale = {"domain": HUES, "range": ranges[channel]}
    return {"field": "dtype", "type": "nominal", "scale": scale, "legend": None}


TIP = [
    {"field": name, "title": title, "type": "nominal"}
    for name, title in (
        ("of", "cell"), ("error_text", "error, eps"), ("bound_text", "bound, eps"),
        ("share_text", "share"), ("condition_text", "condition"), ("rival_text", "rival's, eps"),
        ("size", "size"), ("scale_text", "scale"), ("structure", "structure"),
    )
]  # fmt: skip
POINT = {"type": "point", "filled": True, "size": 18, "opacity": 0.6, "strokeWidth": 0}
BROKEN = {
    "type": "point", "filled": False, "size": 52, "opacity": 1, "strokeWidth": 1.6,
    "stroke": "var(--broken)",
}  # fmt: skip
RULE = {"stroke": "var(--soft)", "strokeWidth": 1, "opacity": 1}
ERROR = _log("error, eps", "lowest_error", "highest_error", "ticks_error")
CONDITION = _log("condition number", "lowest_condition", "highest_condition", "ticks_condition")


def _cloud(x: Mapping[str, Any], y: Mapping[str, Any], tests: tuple[str, ...] = ()) -> list[Any]:
    """Points in the colour and shape of their dtype, and a ring around those that broke."""
    keep = [{"filter": test} for test in tests]
    encoding = {"x": x, "y": y, "tooltip": TIP}
    return [
        {"transform": keep, "mark": POINT,
         "encoding": {**encoding, "color": _dtype("color"), "shape": _dtype("shape")}},
        {"transform": [*keep, {"filter": "datum.broken"}], "mark": BROKEN, "encoding": encoding},
    ]  # fmt: skip


def _charted(*layers: Any) -> dict[str, Any]:
    return {"data": {"name": "points"}, "height": HEIGHT, "layer": list(layers)}


def _y(field: str = "error") -> dict[str, Any]:
    return {"field": field, **ERROR}


KNOWN_CONDITION = "isValid(datum.condition)"
DECADE = {"field": "condition", **CONDITION}
SIZE = {"field": "size", "type": "quantitative", "title": "size n",
        "scale": {"type": "log", "base": 2, "nice": False}, "axis": {"format": "d"}}  # fmt: skip
SCALE = {"field": "scale", "type": "quantitative", "title": "log2 of the scale",
         "scale": {"zero": False}, "axis": {"tickCount": 6}}  # fmt: skip
SHARE = {"type": "quantitative", "title": "share of the bound",
         "scale": {"type": "log", "domain": [2.0**FIRST, 2.0**LAST], "nice": False},
         "axis": {"grid": False, "labelExpr": POWER,
                  "values": [10.0**decade for decade in range(-5, 4, 2)]}}  # fmt: skip
PART = {"field": "part", "type": "quantitative", "title": None, "stack": None,
        "axis": None, "scale": {"nice": False}}  # fmt: skip
ONCE = [{"aggregate": [{"op": "count", "as": "rows"}]}]  # for a mark that all rows share
ROW = {"field": "dtype", "type": "nominal", "title": None, "sort": HUES}
WHO = {"field": "who", "sort": ["eager", "graph", "xla"]}
HEADER = {"labelOrient": "top", "labelPadding": 0, "labelAnchor": "start"}
KEPT = {"type": "quantitative", "title": "decimal digits kept", "scale": {"domain": [0, 17]}}

CHARTS = (
    Chart(
        "condition",
        "Error against condition",
        "The dashed line is eps times the condition number; the band spans the bounds. "
        "Rings are breaks; points on an edge lie at or beyond it.",
        _charted(
            {"data": {"name": "band"}, "mark": {"type": "area", "color": "var(--band)",
                                                "opacity": 1},
             "encoding": {"x": DECADE, "y": _y("least"), "y2": {"field": "most"}}},
            {"data": {"name": "band"}, "mark": {"type": "line", "color": "var(--tail)",
                                                "strokeWidth": 1},
             "encoding": {"x": DECADE, "y": _y("least")}},
            {"data": {"name": "diagonal"},
             "mark": {"type": "line", "strokeDash": [4, 3], **RULE},
             "encoding": {"x": {"field": "x", **CONDITION}, "y": _y("x")}},
            *_cloud(DECADE, _y(), (KNOWN_CONDITION,)),
        ),
    ),
    Chart(
        "shares",
        "Shares of the bound",
        "Parts of all comparisons by octave, those without error left out. Lines are TensorFlow's "
        "modes, dotted for XLA; grey is SciPy in the same dtype. Right of the upright line the "
        "claim is broken.",
        {
            "data": {"name": "shares"},
            "facet": {"row": {**ROW, "header": HEADER}},
            "spacing": 3,
            "resolve": {"scale": {"y": "independent"}},
            "spec": {
                "height": 34,
                "layer": [
                    {"transform": [{"filter": "datum.rival"}],
                     "mark": {"type": "area", "interpolate": "step", "color": "var(--idle)",
                              "opacity": 1},
                     "encoding": {"x": {"field": "middle", **SHARE}, "y": PART}},
                    {"transform": [{"filter": "!datum.rival"}],
                     "mark": {"type": "line", "interpolate": "step", "strokeWidth": 1.4},
                     "encoding": {"x": {"field": "middle", **SHARE}, "y": PART,
                                  "stroke": _dtype("stroke"), "detail": WHO,
                                  "strokeDash": {"condition": {"test": "datum.who == 'xla'",
                                                               "value": [2, 2]},
                                                 "value": [1, 0]}}},
                    {"transform": ONCE, "mark": {"type": "rule", **RULE},
                     "encoding": {"x": {"datum": 1, **SHARE}}},
                ],
            },
        },
    ),
    Chart(
        "rival",
        "TensorFlow beside SciPy",
        "The same members at the same precision. Above the diagonal TensorFlow is further off.",
        _charted(
            {"data": {"name": "equal"}, "mark": {"type": "line", **RULE},
             "encoding": {"x": {"field": "x", **ERROR, "title": "SciPy's error, eps"},
                          "y": _y("x")}},
            *_cloud({"field": "rival", **ERROR, "title": "SciPy's error, eps"},
                    _y(), ("isValid(datum.rival)",)),
        ),
    ),
    Chart(
        "digits",
        "Digits kept",
        "From the worst member, the bar's left end, to the median, its mark. The grey tick is all "
        "that the dtype has.",
        {
            "data": {"name": "digits"},
            "height": {"step": 11},
            "encoding": {"y": {**ROW, "axis": {"ticks": False, "domain": False}},
                         "yOffset": {**WHO, "type": "nominal"}},
            "layer": [
                {"mark": {"type": "tick", "color": "var(--soft)", "thickness": 1, "size": 8},
                 "encoding": {"x": {"field": "capacity", **KEPT}}},
                {"mark": {"type": "rule", "strokeWidth": 2, "opacity": 0.55},
                 "encoding": {"x": {"field": "worst", **KEPT}, "x2": {"field": "median"},
                              "color": _dtype("color"),
                              "strokeDash": {"condition": {"test": "datum.rival",
                                                           "value": [2, 2]},
                                             "value": [1, 0]}}},
                {"mark": {"type": "point", "size": 22, "opacity": 1, "filled": True},
                 "encoding": {"x": {"field": "median", **KEPT}, "color": _dtype("color"),
                              "shape": _dtype("shape"),
                              "tooltip": [{"field": name, "type": "nominal"} for name in
                                          ("dtype", "who", "median", "worst", "capacity")]}},
            ],
        },
    ),
    Chart(
        "size",
        "Error against size",
        "Nine of ten members stay below the line of their dtype.",
        _charted(
            *_cloud(SIZE, _y(), ("isValid(datum.size)",)),
            {"data": {"name": "growth"}, "mark": {"type": "line", "strokeWidth": 1.6},
             "encoding": {"x": SIZE, "y": _y(), "stroke": _dtype("stroke")}},
        ),
    ),
    Chart(
        "scale",
        "Error against scale",
        "How large the entries are: under- and overflow begin at the ends.",
        _charted(*_cloud(SCALE, _y(), ("isValid(datum.scale)",))),
    ),
)  # fmt: skip

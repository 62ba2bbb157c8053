"""`python benchmarks/report.py .runs/bench.json`: the figures of docs/speed.md, and docs/speed.svg.

Reads what `tox -e bench` leaves, so that nobody types a number by hand.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # a script of the checkout, run from anywhere

from benchmarks.table import STAGES, Bench, markdown, ratios, tables  # noqa: E402

PAGE, PLOT = ROOT / "docs" / "speed.md", ROOT / "docs" / "speed.svg"
MARKS = "<!-- measured: written by benchmarks/report.py -->", "<!-- end of what was measured -->"
COLOURS = ("#bab0ac", "#9ecae9", "#f58518", "#4c78a8", "#54a24b", "#b279a2")


def main(arguments: Sequence[str]) -> str:
    """Write the page and the plot from a file of pytest-benchmark; what to tell the user."""
    if len(arguments) != 1 or not Path(arguments[0]).is_file():
        return "usage: python benchmarks/report.py FILE, which `tox -e bench` leaves in .runs"
    data = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    benches = data["benchmarks"]
    page = PAGE.read_text(encoding="utf-8")
    measured = "\n\n".join([MARKS[0], machine(data), markdown(tables(benches)), MARKS[1]])
    between = re.compile(f"{re.escape(MARKS[0])}.*{re.escape(MARKS[1])}", re.DOTALL)
    PAGE.write_text(between.sub(lambda _: measured, page), encoding="utf-8")
    PLOT.write_text(svg(benches), encoding="utf-8")
    return f"wrote {PAGE.relative_to(ROOT)} and {PLOT.relative_to(ROOT)}"


def machine(data: Mapping[str, Any]) -> str:
    """Where and when a run was measured."""
    found, commit = data["machine_info"], data["commit_info"]
    python = f"{found['python_implementation']} {found['python_version']}"
    versions = ", ".join(f"{name} {number}" for name, number in found.get("versions", {}).items())
    changed = " with changes" if commit.get("dirty") else ""
    return (
        f"Measured on one core of {found['cpu'].get('brand_raw', found['machine'])}, {python}, "
        f"{versions}, at commit {str(commit.get('id', ''))[:12]}{changed}, {data['datetime'][:10]}."
    )


def svg(benches: Sequence[Bench]) -> str:
    """Three plots: ratios to the plain test, where the time goes, growth."""
    import vl_convert

    plots = [_ratios(benches), _shares(benches), _growth(benches)]
    shown: dict[str, Any] = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "vconcat": plots,
        "background": "white",
        "config": {
            "view": {"stroke": None},
            "axis": {"gridColor": "#eeeeee", "labelLimit": 300},
        },
        "resolve": {"scale": {"color": "independent"}},
    }
    return str(vl_convert.vegalite_to_svg(shown))


def _ratios(benches: Sequence[Bench]) -> dict[str, Any]:
    values = [
        {"what": group, "ratio": line / plain, "label": f"{line / plain:,.0f}"}
        for group, line, plain in ratios(benches)
    ]
    where = {
        "y": {"field": "what", "type": "nominal", "sort": None, "title": None},
        "x": {
            "field": "ratio",
            "type": "quantitative",
            "scale": {"type": "log", "domainMin": 1},
            "axis": {"values": [1, 10, 100, 1000, 10000]},
            "title": "judged problems a second over those of the plain test",
        },
    }
    return {
        "data": {"values": values},
        "width": 420,
        "layer": [
            {
                "mark": {"type": "bar", "color": COLOURS[3]},
                "encoding": {**where, "x2": {"datum": 1}},
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 4},
                "encoding": {**where, "text": {"field": "label"}},
            },
        ],
    }


def _shares(benches: Sequence[Bench]) -> dict[str, Any]:
    values = [
        {"what": b["group"], "stage": stage, "time": b["extra_info"]["stages"][stage], "order": i}
        for b in benches
        if "stages" in b["extra_info"]
        for i, stage in enumerate(STAGES)
    ]
    return {
        "data": {"values": values},
        "width": 420,
        "mark": "bar",
        "encoding": {
            "y": {"field": "what", "type": "nominal", "sort": None, "title": None},
            "x": {
                "field": "time",
                "type": "quantitative",
                "stack": "normalize",
                "title": "share of the time of the line",
            },
            "color": {
                "field": "stage",
                "type": "nominal",
                "scale": {"domain": list(STAGES), "range": list(COLOURS)},
                "title": None,
            },
            "order": {"field": "order"},
        },
    }


def _growth(benches: Sequence[Bench]) -> dict[str, Any]:
    values = [
        {"routine": b["group"].removesuffix(", growth"), "layer": layer, "n": n, "time": time}
        for b in benches
        if "orders" in b["extra_info"]
        for layer, column in b["extra_info"]["microseconds"].items()
        for n, time in zip(b["extra_info"]["orders"], column, strict=True)
    ]
    tens = {"scale": {"type": "log"}, "axis": {"values": [10.0**i for i in range(-1, 6)]}}
    return {
        "data": {"values": values},
        "facet": {"field": "layer", "type": "nominal", "title": None, "sort": None},
        "columns": 2,
        "spec": {
            "width": 200,
            "height": 160,
            "mark": {"type": "line", "point": True},
            "encoding": {
                "x": {
                    "field": "n",
                    "type": "quantitative",
                    "scale": {"type": "log", "base": 2},
                    "title": "n",
                },
                "y": {
                    "field": "time",
                    "type": "quantitative",
                    "title": "microseconds a member",
                    **tens,
                },
                "color": {"field": "routine", "type": "nominal", "title": None},
            },
        },
    }


if __name__ == "__main__":
    print(main(sys.argv[1:]))  # noqa: T201 - answering is what it is for

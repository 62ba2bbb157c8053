"""Drawing the charts of a claim: rows from its data, a whole specification, SVG; and the library.

What `tables_of` and `filled` do here for a page without scripts, report.js does for the others.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from reports.charts import CONFIG, Chart
from reports.charts_data import BEYOND
from reports.plain import RunError, printable

TICKS = 7  # of an axis at most, and one more
LARGEST = 308_254  # thousandths of a decade; the largest number is written as one more
MODE_NAMES = ("eager", "graph", "xla")  # of TensorFlow; whoever else is a rival


def tables_of(data: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The rows of every chart from the data of a claim, as the page makes them too."""
    low, high = (10.0**decade for decade in data["edges"]["error"])
    left, right = (10.0**decade for decade in data["edges"]["condition"])

    def clip(error: float | None) -> float | None:
        return None if error is None else min(max(error, low), high)

    return {
        "points": list(_points(data, clip)),
        "band": [
            {"condition": 10.0**decade, "least": clip(value(least)), "most": clip(value(most))}
            for decade, least, most in data["band"]
        ],
        "growth": [
            {"dtype": dtype, "size": size, "error": clip(value(error))}
            for dtype, size, error in data["growth"]
        ],
        "diagonal": [{"x": x} for x in (max(left, low), min(right, high))],
        "equal": [{"x": low}, {"x": high}],
        "shares": [
            {"dtype": dtype, "who": who, "rival": who not in MODE_NAMES, "part": part,
             "middle": 2.0 ** (first + i - 0.5)}
            for dtype, who, first, parts in data["shares"] for i, part in enumerate(parts)
        ],
        "digits": [
            {"dtype": dtype, "who": who, "rival": who not in MODE_NAMES, "median": median,
             "worst": worst, "capacity": capacity}
            for dtype, who, median, worst, capacity in data["digits"]
        ],
    }  # fmt: skip


def _points(
    data: Mapping[str, Any], clip: Callable[[float | None], float | None]
) -> Iterator[dict[str, Any]]:
    """What a drawing needs of each point; texts are for the page, which has tooltips."""
    kinds = [dtype for dtype, _, count in data["series"] for _ in range(count)]
    for i, dtype in enumerate(kinds):
        row: dict[str, Any] = {"dtype": dtype, "broken": data["broken"][i] == "1"}
        for name in ("condition", "error", "bound", "rival"):
            row[name] = value(data[name][i] if data[name] else None)
        for name in ("scale", "size"):
            row[name] = data[name][i] if data[name] else None
        for name in ("error", "rival"):
            row[name] = clip(row[name])
        yield row


def value(written: int | None) -> float | None:
    """The number that `logs` wrote."""
    if written is None:
        return None
    if abs(written) >= BEYOND or written > LARGEST:
        return math.inf if written > 0 else 0.0
    return float(10.0 ** (written / 1000))


def complete(chart: Chart, width: int) -> dict[str, Any]:
    """The specification of a chart with its configuration and the parameters of its axes."""
    spec = json.loads(json.dumps(chart.spec))
    spec |= {"config": CONFIG, "params": [
        {"name": f"{end}_{name}", "value": 1}
        for name in ("error", "condition") for end in ("lowest", "highest", "ticks")
    ]}  # fmt: skip
    spec.get("spec", spec)["width"] = width
    return spec


def filled(chart: Chart, data: Mapping[str, Any], width: int) -> dict[str, Any]:
    """A specification that draws the data of a claim, whole."""
    spec = complete(chart, width)
    for param in spec["params"]:
        end, _, name = param["name"].partition("_")
        low, high = data["edges"][name]
        step = max(math.ceil((high - low) / TICKS), 1)
        ticks = [10.0**decade for decade in range(low, high + 1, step)]
        param["value"] = {"lowest": 10.0**low, "highest": 10.0**high, "ticks": ticks}[end]
    tables = tables_of(data)
    spec["datasets"] = {
        name: [{k: _plain(v) for k, v in row.items()} for row in rows]
        for name, rows in tables.items()
    }
    return spec


def _plain(value: Any) -> Any:
    """What vl-convert can draw: it ends the process on a control character."""
    if isinstance(value, str):
        return printable(value, 24)
    return None if isinstance(value, float) and not math.isfinite(value) else value


@cache
def bundle() -> str:
    """Vega, Vega-Lite and vega-embed as one script that needs no network. Raises RunError."""
    return str(_vl_convert().javascript_bundle("window.vegaEmbed = vegaEmbed;"))


def drawing(chart: Chart, data: Mapping[str, Any], width: int) -> str:
    """The chart as SVG, for a page without scripts. Raises RunError."""
    return str(_vl_convert().vegalite_to_svg(filled(chart, data, width)))


def _vl_convert() -> Any:
    try:
        import vl_convert
    except ImportError:
        raise RunError("charts need vl-convert-python: pip install vl-convert-python") from None
    return vl_convert

"""A comparison as one offline HTML file: no network, no script, light and dark, fit to print."""

from __future__ import annotations

from collections.abc import Sequence

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports.charts import HUES, SHAPES
from reports.comparison import Comparison
from reports.comparison_charts import losses, speeds
from reports.comparison_text import (
    FIGURES,
    FRONTIER,
    NOTE,
    NUMBERS,
    cells,
    frontier_cells,
    headline,
    heads,
    pair_lines,
)
from reports.frontier import Point
from reports.html import TEMPLATES
from reports.plain import printable
from reports.view import MODES


def html(comparisons: Sequence[Comparison], frontier: Sequence[Point] = ()) -> str:
    """The page. Everything that came from a run is escaped, by the template or in the drawings."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["line"] = printable
    dtypes = {point.dtype for point in frontier}
    return environment.get_template("comparison.html").render(
        parts=[
            {
                "comparison": comparison,
                "headline": headline(comparison),
                "heads": heads(comparison),
                "rows": [(row, cells(row, heads(comparison))) for row in comparison.rows],
                "pairs": list(pair_lines(comparison)),
                # vl-convert writes text and attributes of its drawings escaped
                "losses": Markup(losses(comparison)),  # noqa: S704
            }
            for comparison in comparisons
        ],
        frontier=[(point, frontier_cells(point)) for point in frontier],
        frontier_heads=FRONTIER,
        speeds=Markup(speeds(frontier)),  # noqa: S704
        hues=[(place, name) for place, name in enumerate(HUES) if name in dtypes],
        shapes=list(zip(MODES, SHAPES, strict=False)),
        numbers={*NUMBERS, *FIGURES},
        note=NOTE,
    )

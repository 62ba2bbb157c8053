"""The chapter's plots drawn again from our own numbers: docs/chapter/*.svg.

Contours are written as the curves that they are. Numbers are rounded to four digits, which no eye
will miss, and the digest of what is drawn stands in the file, so that a test tells whether a
drawing is of today's numbers without drawing it again.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from flint import arb

from properties.chapter import constrained, critical, derivatives
from properties.chapter.item import ball, precise

Rows = list[dict[str, Any]]
WIDTH, HEIGHT = 420, 260
CONFIG = {
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": {"gridColor": "#e4e4e4", "domainColor": "#888", "tickColor": "#888"},
    "range": {"category": ["#2a6f97", "#c1440e", "#3a7d44", "#7b4b94", "#8a6d00"]},
}
CAPTIONS = {
    "polynomial": ("4.3", "The polynomial of degree ten and its critical points"),
    "saddle": ("4.3", "x² - y² by its level curves: a saddle at the origin"),
    "descent": ("4.3", "Gradient descent along x, exact: distance from the limit, step by step"),
    "cube": ("4.3", "x³ with its first and its second derivative"),
    "curvature": ("4.3", "x², -x⁴ and x⁴, and their second derivatives dashed"),
    "newton": ("4.3", "On x² + 5y²: the chapter's steps of 0.25, one step of 5/18, and Newton's"),
    "constrained": ("4.4", "Level curves of the quadratic, both constraints, bounds, optimum"),
    "line": ("4.5", "A line fitted to our own noise"),
    "parabola": ("4.5", "A parabola fitted to our own noise; the true one dashed"),
}  # fmt: skip


def specification(name: str) -> dict[str, Any]:
    """A Vega-Lite drawing of one of CAPTIONS."""
    with precise():
        layers = DRAWINGS[name]()
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": WIDTH, "height": HEIGHT, "config": CONFIG, "background": "white",
        "layer": layers,
    }  # fmt: skip


def digest(name: str) -> str:
    """What a drawing is of, in sixteen digits."""
    text = json.dumps(specification(name), sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def drawn(name: str) -> str:
    """The drawing as SVG, with its digest and caption."""
    import vl_convert

    whole = str(vl_convert.vegalite_to_svg(specification(name)))
    return f"{whole.rstrip()}\n<!-- {digest(name)} -->\n"


def _layer(
    rows: Rows, mark: str | dict[str, Any], x: Sequence[float], y: Sequence[float]
) -> dict[str, Any]:
    """Rows with x and y, in a domain; a `what` is a colour, a `level` a line of its own."""
    names = {"x": ("x", x), "y": ("y", y)}
    encoding: dict[str, Any] = {
        axis: {"field": field, "type": "quantitative", "title": field,
               "scale": {"domain": list(ends), "zero": False, "nice": False}}
        for axis, (field, ends) in names.items()
    }  # fmt: skip
    if rows and "what" in rows[0]:
        encoding["color"] = {"field": "what", "type": "nominal", "title": None, "sort": None}
    if rows and "level" in rows[0]:
        encoding["detail"] = {"field": "level", "type": "nominal"}
    encoding["order"] = {"field": "i", "type": "quantitative"}
    mark = {"type": mark} if isinstance(mark, str) else mark
    kept = {"clip": True, **mark}
    table = [{"i": i, **row} for i, row in enumerate(rows)]
    return {"data": {"values": table}, "mark": kept, "encoding": encoding}


def _four(x: float | arb) -> float:
    return float(f"{float(x):.4g}")


def _curve(f: Callable[[float], float], ends: Sequence[float], **also: Any) -> Rows:
    steps = 80
    xs = [ends[0] + (ends[1] - ends[0]) * k / steps for k in range(steps + 1)]
    return [{"x": _four(x), "y": _four(f(x)), **also} for x in xs]


def _ring(point: Callable[[float, float], tuple[float, float]], level: float) -> Rows:
    """A closed curve from the unit circle."""
    angles = [2 * math.pi * k / 60 for k in range(61)]
    places = [point(math.cos(a), math.sin(a)) for a in angles]
    return [{"x": _four(x), "y": _four(y), "level": str(level)} for x, y in places]


GREY = {"type": "line", "stroke": "#bbb", "strokeWidth": 1}
DASHED = {"type": "line", "strokeDash": [5, 4], "strokeWidth": 1.5}


def _polynomial() -> list[dict[str, Any]]:
    def value(x: float) -> float:
        total = 0.0
        for coefficient in critical.COEFFICIENTS:
            total = total * x + coefficient
        return total

    x, y = (-2.7, 2.5), (0, 2000)
    dots = [{"x": _four(p.x), "y": _four(p.value), "what": p.kind} for p in critical.points()]
    return [
        _layer(_curve(value, x), GREY | {"stroke": "#2a6f97"}, x, y),
        _layer(dots, {"type": "point", "filled": True, "size": 70}, x, y),
    ]


def _saddle() -> list[dict[str, Any]]:
    rows: Rows = []
    for level in (0.1, 0.3, 0.6):
        for side in (-1, 1):
            for turned in (False, True):
                reach = math.sqrt(1 - level)
                name = f"{'-' * turned}{level} {side}"
                for k in range(41):
                    t = reach * (k / 20 - 1)
                    x, y = side * math.sqrt(level + t * t), t
                    x, y = (y, x) if turned else (x, y)
                    sign = "below 0" if turned else "above 0"
                    rows.append({"x": _four(x), "y": _four(y), "level": name, "what": sign})
    return [_layer(rows, {"type": "line"}, (-1, 1), (-1, 1))]


def _descent() -> list[dict[str, Any]]:
    start, rate = derivatives.Fraction(1), derivatives.Fraction(1, 10)
    limit = derivatives.bowl_limit(ball(start))
    paths = [derivatives.bowl(start, start, rate, k) for k in range(1, 42)]
    dots = [{"x": k, "y": _four(abs(x - limit))} for k, x in enumerate(paths, start=1)]
    log = {
        "field": "y", "type": "quantitative", "title": "distance from the limit",
        "scale": {"type": "log", "domain": [1e-6, 2]}, "axis": {"format": "~e", "tickCount": 6},
    }  # fmt: skip
    layer = _layer(dots, {"type": "point", "filled": True}, (0, 42), (0, 2))
    layer["encoding"]["y"] = log
    layer["encoding"]["x"]["title"] = "steps"
    return [layer]


def _cube() -> list[dict[str, Any]]:
    x, y = (-2.0, 2.0), (-10, 12)
    rows = _curve(lambda t: t**3, x, what="x³")
    rows += _curve(lambda t: 3 * t**2, x, what="3x²") + _curve(lambda t: 6 * t, x, what="6x")
    return [_layer(rows, {"type": "line"}, x, y)]


def _curvature() -> list[dict[str, Any]]:
    x, y = (-2.0, 2.0), (-10, 10)
    rows = _curve(lambda t: t**2, x, what="x²") + _curve(lambda t: -(t**4), x, what="-x⁴")
    rows += _curve(lambda t: t**4, x, what="x⁴")
    seconds = _curve(lambda _: 2.0, x, what="x²") + _curve(lambda t: -12 * t**2, x, what="-x⁴")
    seconds += _curve(lambda t: 12 * t**2, x, what="x⁴")
    return [_layer(rows, {"type": "line"}, x, y), _layer(seconds, DASHED, x, y)]


def _newton() -> list[dict[str, Any]]:
    x, y = (-2.0, 11.0), (-4.0, 4.0)
    rings: Rows = []
    for level in (2, 10, 30, 60, 105):
        r = math.sqrt(level)
        rings += _ring(lambda c, s, r=r: (r * c, r * s / math.sqrt(5)), level)  # type: ignore[misc]
    rows: Rows = []
    for what, rate in (("step 0.25", 0.25), ("step 5/18", 5 / 18)):
        point, taken = (10.0, 1.0), 4 if rate == 0.25 else 2
        for _ in range(taken):
            rows.append({"x": _four(point[0]), "y": _four(point[1]), "what": what})
            point = (point[0] * (1 - 2 * rate), point[1] * (1 - 10 * rate))
    rows += [{"x": a, "y": b, "what": "Newton"} for a, b in ((10.0, 1.0), (0.0, 0.0))]
    return [_layer(rings, GREY, x, y), _layer(rows, {"type": "line", "point": True}, x, y)]


def _constrained() -> list[dict[str, Any]]:
    x, y = (0.0, 3.0), (0.0, 3.0)
    rings: Rows = []
    for level in (-1.99, -1, 0, 1, 2, 4, 6, 8):  # f + 2 = (x - y - 1)^2 + (y - 1)^2
        r = math.sqrt(level + 2)
        rings += _ring(lambda c, s, r=r: (2 + r * (c + s), 1 + r * s), level)  # type: ignore[misc]
    curves = _curve(lambda t: t**3, (0.0, 1.45), what="x³ - y = 0")
    curves += _curve(lambda t: (t - 1) ** 4 + 2, x, what="y - (x - 1)⁴ - 2 = 0")
    square = [(0.5, 1.5), (1.5, 1.5), (1.5, 2.5), (0.5, 2.5), (0.5, 1.5)]
    box = [{"x": a, "y": b} for a, b in square]
    a, b = constrained.corner()
    best = [{"x": _four(a), "y": _four(b)}]
    return [
        _layer(rings, GREY, x, y),
        _layer(box, DASHED | {"stroke": "#888"}, x, y),
        _layer(curves, {"type": "line"}, x, y),
        _layer(best, {"type": "point", "filled": True, "size": 90, "color": "black"}, x, y),
    ]


def _fit(design: Callable[[], Any], place: int, x: Sequence[float], y: Sequence[float],
         true: Sequence[int]) -> list[dict[str, Any]]:  # fmt: skip
    a, b = design()
    found = [float(c) for c in constrained.fitted(a, b)]
    dots = [{"x": _four(row[place]), "y": _four(v[0])} for row, v in zip(a, b, strict=True)]
    powers = (1, 0) if place == 0 else (0, 1, 2)

    def along(c: Sequence[float]) -> Callable[[float], float]:
        return lambda t: sum(each * t**p for each, p in zip(c, powers, strict=True))

    return [
        _layer(dots, {"type": "point", "filled": True, "opacity": 0.5}, x, y),
        _layer(_curve(along(found), x), {"type": "line", "stroke": "#c1440e"}, x, y),
        _layer(_curve(along(true), x), DASHED | {"stroke": "black"}, x, y),
    ]


DRAWINGS: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "polynomial": _polynomial,
    "saddle": _saddle,
    "descent": _descent,
    "cube": _cube,
    "curvature": _curvature,
    "newton": _newton,
    "constrained": _constrained,
    "line": lambda: _fit(constrained.line, 0, (0, 10), (-3, 13), (1, 0)),
    "parabola": lambda: _fit(constrained.parabola, 1, (-1, 1), (-3, 9), (1, 2, 3)),
}


def names() -> Iterator[str]:
    """Every drawing."""
    yield from CAPTIONS

"""How numbers are written, the same in every report."""

from __future__ import annotations

import math


def share_text(value: float) -> str:
    """Two or three significant digits; a break never looks like 1.00, NaN is a dash."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if value == 0:
        return "0"
    text = f"{value:.2f}" if 0.1 <= abs(value) < 10 else f"{value:.{3 if abs(value) >= 10 else 2}g}"
    if 1 < value < 1.005:
        return ">1"
    return text.replace("e+0", "e").replace("e+", "e").replace("e-0", "e-")


def count_text(value: int) -> str:
    """Thousands set apart."""
    return f"{value:,}"


def part_text(value: float) -> str:
    """A part of a whole as a percentage."""
    return f"{100 * value:.2g} %"


def plural(count: int, noun: str, nouns: str = "") -> str:
    """The number and its noun."""
    return f"{count_text(count)} {noun if count == 1 else nouns or noun + 's'}"

"""How numbers are written, the same in every report."""

from __future__ import annotations

import math


def number_text(value: float) -> str:
    """Two or three significant digits; NaN is a dash."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if value == 0:
        return "0"
    size = abs(value)
    text = f"{value:.2f}" if 0.1 <= size < 10 else f"{value:.{3 if size >= 10 else 2}g}"
    return text.replace("e+0", "e").replace("e+", "e").replace("e-0", "e-")


def share_text(value: float) -> str:
    """The same for a share, in which a break never looks like 1.00."""
    return ">1" if 1 < value < 1.005 else number_text(value)


def count_text(value: int) -> str:
    """Thousands set apart."""
    return f"{value:,}"


def part_text(value: float) -> str:
    """A part of a whole as a percentage."""
    return f"{100 * value:.{2 if value < 0.995 else 3}g} %"  # 1e+02 is no way to say 100


def plural(count: int, noun: str) -> str:
    """The number and its noun."""
    return f"{count_text(count)} {noun if count == 1 else noun + 's'}"

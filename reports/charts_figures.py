"""The figures beside each chart: small tables and a sentence, from the whole sample of a claim."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from reports.figures import count_text, number_text, plural, share_text
from reports.record import BROKEN
from reports.view import DTYPES, place

if TYPE_CHECKING:
    from reports.charts_data import Series

Figures = dict[str, list[list[str]]]
BESIDE = "scipy"  # the rival that stands in every audit, at each precision
SIZES = (1, 2, 4, 8, 16, 32)
SCALES = (-512, -64, -8, 8, 64, 512)


def figures(series: Sequence[Series]) -> Figures:
    """A table for each chart, its first line the heads; a chart without anything has none."""
    gated = [s for s in series if s.gated]
    tables = {
        "condition": _table("condition", gated, _decades, "condition", _decade_text),
        "size": _table("size", gated, _sizes, "size", _size_text),
        "scale": _table("scale", gated, _scales, "log2_scale", _scale_text),
        "shares": _shares(series),
        "rival": _rival(series),
    }
    return {name: table for name, table in tables.items() if len(table) > 1}


def words(series: Sequence[Series]) -> dict[str, str]:
    """What each chart shows, in a sentence."""
    gated = [s for s in series if s.gated]
    told = {
        "condition": _against(gated, "condition", "a condition"),
        "size": _against(gated, "size", "a size"),
        "scale": _against(gated, "log2_scale", "a scale", "2^"),
        "shares": _held(series),
        "rival": _compared(series),
    }
    return {name: sentence for name, sentence in told.items() if sentence}


def _table(
    head: str,
    gated: Sequence[Series],
    group: Callable[[NDArray], NDArray],
    column: str,
    text: Callable[[int], str],
) -> list[list[str]]:
    """The largest error in eps for each dtype, over all modes, by groups of a column."""
    dtypes = sorted({s.cell.dtype for s in gated}, key=lambda dtype: place(dtype, DTYPES))
    largest: dict[int, dict[str, float]] = {}
    for s in gated:
        groups = group(getattr(s.sample, column).astype(np.float64))
        error = np.where(np.isnan(s.sample.error), np.inf, s.sample.error)
        for code in np.unique(groups[np.isfinite(groups)]).astype(int).tolist():
            row = largest.setdefault(code, {})
            worst = float(error[groups == code].max())
            row[s.cell.dtype] = max(row.get(s.cell.dtype, 0.0), worst)
    lines = [
        [text(code), *(number_text(row.get(dtype, math.nan)) for dtype in dtypes)]
        for code, row in sorted(largest.items())
    ]
    return [[head, *dtypes], *lines]


def _decades(values: NDArray) -> NDArray:
    with np.errstate(all="ignore"):
        decade = np.floor(np.log10(values) / 2)
    return np.where(values > 0, np.clip(decade, 0, 10), np.nan)


def _decade_text(code: int) -> str:
    return f"from 1e{2 * code}"


def _sizes(values: NDArray) -> NDArray:
    return np.where(values > 0, np.searchsorted(SIZES, values), np.nan)


def _size_text(code: int) -> str:
    if code == len(SIZES):
        return f"above {SIZES[-1]}"
    low = SIZES[code - 1] + 1 if code else 1
    return f"{low}" if low == SIZES[code] else f"{low} to {SIZES[code]}"


def _scales(values: NDArray) -> NDArray:
    return np.where(np.isnan(values), np.nan, np.searchsorted(SCALES, values, side="right"))


def _scale_text(code: int) -> str:
    return f"from 2^{SCALES[code - 1]}" if code else f"below 2^{SCALES[0]}"


def _shares(series: Sequence[Series]) -> list[list[str]]:
    lines = []
    for s in series:
        quantiles = map(s.summary.quantile, (0.5, 0.9, 0.99))
        shares = [share_text(share) for share in (*quantiles, s.summary.largest)]
        lines.append([f"{s.cell.dtype} {s.who}", count_text(s.summary.compared), *shares])
    return [["", "compared", "median", "90 %", "99 %", "worst"], *lines]


def _pairs(series: Sequence[Series]) -> list[tuple[Series, Series, NDArray, NDArray]]:
    """Errors of TensorFlow and of a rival on the same members in the same dtype."""
    rivals = {s.cell.dtype: s for s in series if s.cell.backend == BESIDE}
    found = []
    for s in series:
        if s.gated and s.cell.dtype in rivals:
            other = rivals[s.cell.dtype]
            _, here, there = np.intersect1d(s.sample.keys, other.sample.keys, return_indices=True)
            if len(here):
                found.append((s, other, s.sample.error[here], other.sample.error[there]))
    return found


def _rival(series: Sequence[Series]) -> list[list[str]]:
    lines = []
    for s, other, mine, its in _pairs(series):
        worse, better = int(np.sum(mine > 2 * its)), int(np.sum(its > 2 * mine))
        counts = [count_text(n) for n in (len(mine), worse, better)]
        lines.append([f"{s.cell.dtype} {s.who}, {other.who}", *counts])
    return [["same members", "pairs", "TensorFlow worse", "rival worse"], *lines]


def _compared(series: Sequence[Series]) -> str:
    pairs = _pairs(series)
    total = sum(len(mine) for *_, mine, _ in pairs)
    if not total:
        return ""
    worse = sum(int(np.sum(mine > 2 * its)) for *_, mine, its in pairs)
    better = sum(int(np.sum(its > 2 * mine)) for *_, mine, its in pairs)
    return (
        f"Of {plural(total, 'pair')} TensorFlow's error is more than twice the rival's in "
        f"{count_text(worse)}, less than half of it in {count_text(better)}."
    )


def _held(series: Sequence[Series]) -> str:
    gated = [s.summary for s in series if s.gated]
    compared = sum(summary.compared for summary in gated)
    broken = sum(summary.verdicts[BROKEN] for summary in gated)
    worst = max((summary.largest for summary in gated), default=math.nan)
    exact = sum(summary.zeros for summary in gated)
    return (
        f"{plural(compared, 'comparison')}: {count_text(exact)} without error, "
        f"{count_text(broken)} above the bound; the worst share is {share_text(worst)}."
    )


def _against(gated: Sequence[Series], column: str, noun: str, prefix: str = "") -> str:
    """The worst error among the members in the lower half of a column, and among the others."""
    if not gated:
        return ""
    x = np.concatenate([getattr(s.sample, column)[: s.drawn] for s in gated]).astype(np.float64)
    error: Any = np.concatenate([s.sample.error[: s.drawn] for s in gated])
    known = ~np.isnan(x) & ~np.isnan(error)
    if not known.any():
        return ""
    x, error = x[known], error[known]
    middle = float(np.sort(x)[len(x) // 2])
    low, high = (float(error[part].max(initial=0.0)) for part in (x <= middle, x > middle))
    where = f"{noun} up to {prefix}{middle:.3g}"
    return f"Worst error {number_text(low)} eps at {where}, {number_text(high)} eps above."

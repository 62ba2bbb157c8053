"""What the charts of a claim are drawn from: a few hundred points, histograms, figures, words.

Everything is plain data, for the page draws from the same JSON as `charts.py`. Errors, bounds and
condition numbers are written as thousandths of a decade: integers, of which 0.2 % is lost.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reports.charts_figures import BESIDE, figures, words
from reports.histogram import OCTAVES
from reports.record import BROKEN, HELD, Cell
from reports.sample import Sample, size_of
from reports.summary import CellSummary
from reports.verdict import GATED
from reports.view import Row

BEYOND = 999_999  # written for infinity, and with a minus for zero: no decade is that far
FIRST, LAST = -20, 10  # log2 of the shares at the ends of a histogram
FEW = 10  # members that a quantile needs
EDGES = {"error": (-3, 20), "condition": (0, 20)}  # decades that an axis may reach
BITS = {
    "bfloat16": 8, "float16": 11, "float32": 24, "float64": 53, "complex64": 24, "complex128": 53,
}  # fmt: skip


@dataclass(frozen=True)
class Series:
    """One cell of a claim: of its members that held or broke a random sample, then the worst.

    `drawn`: how many of `sample` are random.
    """

    cell: Cell
    summary: CellSummary
    sample: Sample
    drawn: int

    @property
    def who(self) -> str:
        """The mode of TensorFlow, or the rival."""
        return self.cell.mode if self.cell.backend == GATED else self.cell.backend

    @property
    def gated(self) -> bool:
        """Whether it is TensorFlow's."""
        return self.cell.backend == GATED


def series_of(rows: Iterable[Row]) -> list[Series]:
    """The cells of a claim that compared anything, each with its sample and its worst members."""
    found = []
    for row in rows:
        sample = row.summary.sample
        compared = (sample.verdict == HELD) | (sample.verdict == BROKEN)
        if compared.any():
            sample = sample.select(np.flatnonzero(compared))
            joint = _joined(sample, _worst(row.summary))
            found.append(Series(row.cell, row.summary, joint, len(sample)))
    return found


def _joined(sample: Sample, worst: Sample) -> Sample:
    worst = worst.select(np.flatnonzero(~np.isin(worst.keys, sample.keys)))
    columns = zip(sample.columns, worst.columns, strict=True)
    return Sample(*(np.concatenate(pair) for pair in columns))


def _worst(summary: CellSummary) -> Sample:
    """The worst members of a cell as a sample."""
    worst = [member for member in summary.worst if _is_key(member.member)]
    scale = [_float(member.traits.get("log2_scale")) for member in worst]
    return Sample(
        keys=np.array([int(member.member, 16) for member in worst], np.uint64),
        error=np.array([member.error for member in worst], np.float64),
        bound=np.array([member.bound for member in worst], np.float64),
        condition=np.array([_condition(member.quantities) for member in worst], np.float64),
        log2_scale=np.array(scale, np.float64),
        size=np.array([size_of(member.sizes) for member in worst], np.int64),
        structure=np.array([str(m.traits.get("structure", "")) for m in worst], np.str_),
        verdict=np.array([BROKEN if m.broken else HELD for m in worst], np.int8),
    )


def _is_key(text: str) -> bool:
    return len(text) == 16 and not set(text) - set("0123456789abcdef")


def _float(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) else math.nan


def _condition(quantities: Any) -> float:
    return float(quantities.get("kappa", quantities.get("condition", math.nan)))


def chartable(series: Sequence[Series]) -> bool:
    """Whether some error is neither zero nor infinite, so that an axis has something to show."""
    return any((np.isfinite(s.sample.error) & (s.sample.error > 0)).any() for s in series)


def whole_of(series: Sequence[Series]) -> dict[str, Any]:
    """What the charts of a claim show of all members, however many points there are."""
    gated = [s for s in series if s.gated]
    return {
        "edges": {
            "error": _edges("error", [c for s in gated for c in (s.sample.error, s.sample.bound)]),
            "condition": _edges("condition", [s.sample.condition for s in gated]),
        },
        "band": _band(gated),
        "growth": [line for dtype in dict.fromkeys(s.cell.dtype for s in gated)
                   for line in _growth(dtype, gated)],
        "shares": [[s.cell.dtype, s.who, *_octaves(s.summary)] for s in series
                   if s.gated or s.cell.backend == BESIDE],
        "digits": [kept for s in series for kept in _digits(s)],
        "figures": figures(series),
        "words": {**words(series), "digits": _digits_told(series)},
    }  # fmt: skip


def data_of(
    claim: str, series: Sequence[Series], points: int, whole: dict[str, Any] | None = None
) -> dict[str, Any]:
    """All charts of one claim as plain data, with about so many points; `whole` if it is known."""
    gated = [s for s in series if s.gated]
    rivals = {s.cell.dtype: s for s in series if s.cell.backend == BESIDE}
    each = max(points // max(len(gated), 1), 4)
    chosen = [s.sample.select(_places(s.sample, each)) for s in gated]
    structures = sorted({word for sample in chosen for word in sample.structure.tolist()})
    columns: dict[str, list[Any]] = {
        name: [] for name in ("condition", "error", "bound", "scale", "size", "structure", "rival")
    }
    for one, sample in zip(gated, chosen, strict=True):
        columns["condition"] += logs(sample.condition)
        columns["error"] += logs(np.where(np.isnan(sample.error), np.inf, sample.error))
        columns["bound"] += logs(sample.bound)
        columns["scale"] += [None if math.isnan(x) else round(x) for x in sample.log2_scale]
        columns["size"] += [size or None for size in sample.size.tolist()]
        columns["structure"] += np.searchsorted(structures, sample.structure).tolist()
        columns["rival"] += logs(_beside(sample, rivals.get(one.cell.dtype)))
    return {
        "claim": claim,
        "series": [
            [s.cell.dtype, s.who, len(sample)] for s, sample in zip(gated, chosen, strict=True)
        ],
        "broken": "".join("01"[code == BROKEN] for s in chosen for code in s.verdict.tolist()),
        "structures": structures,
        **{name: column if any(v is not None for v in column) else [] for name, column in
           columns.items()},
        **(whole or whole_of(series)),
    }  # fmt: skip


def logs(values: NDArray[np.float64]) -> list[int | None]:
    """Thousandths of a decade; None for NaN, BEYOND for infinity, -BEYOND for zero."""
    with np.errstate(all="ignore"):
        written = np.clip(np.round(1000 * np.log10(values)), -BEYOND, BEYOND)
    return [None if math.isnan(entry) else int(entry) for entry in written.tolist()]


def _places(sample: Sample, count: int) -> NDArray[np.int64]:
    """The first of a sample, a random part of it as keys are hashes, and its three worst."""
    share = np.where(np.isnan(sample.share), np.inf, sample.share)
    worst = np.lexsort((sample.keys, -share))[:3]
    return np.unique(np.concatenate([np.arange(min(count, len(sample))), worst]))


def _beside(sample: Sample, rival: Series | None) -> NDArray[np.float64]:
    """The rival's errors on the same members, NaN where its sample does not hold them."""
    errors = np.full(len(sample), np.nan)
    if rival is not None:
        other = rival.sample
        _, here, there = np.intersect1d(sample.keys, other.keys, return_indices=True)
        errors[here] = other.error[there]
    return errors


def _edges(name: str, columns: Iterable[NDArray[np.float64]]) -> list[int]:
    """The decades that an axis spans, within EDGES: all values but the outermost 1 %.

    What lies beyond stands on the edge; a single subnormal number would own the axis otherwise.
    """
    lowest, highest = EDGES[name]
    values = np.concatenate(list(columns) or [np.zeros(0)])
    values = np.sort(values[np.isfinite(values) & (values > 0)])
    if not len(values):
        return [0, 1]
    ends = values[len(values) // 100], values[-1 - len(values) // 200]
    low = min(max(math.floor(math.log10(ends[0])), lowest), highest - 1)
    high = min(max(math.ceil(math.log10(ends[1])), low + 1), highest)
    return [low, high]


def _band(gated: Sequence[Series]) -> list[list[int | None]]:
    """Decade of the condition, the least and the largest bound there, over the whole sample."""
    condition = np.concatenate([s.sample.condition for s in gated] or [np.zeros(0)])
    bound = np.concatenate([s.sample.bound for s in gated] or [np.zeros(0)])
    known = (condition > 0) & np.isfinite(condition) & np.isfinite(bound) & (bound > 0)
    decade, bound = np.round(np.log10(condition[known])), bound[known]
    return [
        [int(at), *logs(np.array([bound[decade == at].min(), bound[decade == at].max()]))]
        for at in np.unique(decade).tolist()
        if EDGES["condition"][0] <= at <= EDGES["condition"][1]
    ]


def _growth(dtype: str, gated: Sequence[Series]) -> list[list[Any]]:
    """Dtype, size, what nine of ten random members of all modes stay below; where ten are known."""
    chosen = [s for s in gated if s.cell.dtype == dtype]
    size = np.concatenate([s.sample.size[: s.drawn] for s in chosen])
    error = np.concatenate([s.sample.error[: s.drawn] for s in chosen])
    error = np.where(np.isnan(error), np.inf, error)
    sizes, counts = np.unique(size, return_counts=True)
    return [
        [dtype, n, *logs(np.sort(error[size == n])[[-1 - np.sum(size == n) // 10]])]
        for n in sizes[counts >= FEW].tolist()
        if n
    ]


def _octaves(summary: CellSummary) -> tuple[int, list[float]]:
    """The first octave, one below those that hold anything, and the part in each, in %.

    Shares that are zero or below 2^FIRST are left to the words; the last octave has all above it.
    """
    ends = 4 * (np.arange(FIRST, LAST + 1) + OCTAVES)
    below = np.cumsum(summary.histogram)[ends]
    counts = np.diff(below)
    counts[-1] += summary.histogram.sum() - below[-1]
    filled = np.flatnonzero(counts)
    if not len(filled):
        return FIRST + 1, []
    start = max(int(filled[0]) - 1, 0)  # an empty octave on either side, for a line to rise from
    parts = 100 * counts[start : filled[-1] + 2] / summary.compared
    return FIRST + 1 + start, [_short(part) for part in parts.tolist()]


def _short(part: float) -> float:
    """One digit after the point, more of what is below 1: less than a pixel of what is drawn."""
    value = float(f"{part:.3g}" if part >= 10 else f"{part:.2g}")
    return int(value) if value == int(value) else value


def digits(error: float, dtype: str) -> float:
    """The decimal digits that an error of so many eps leaves, at most what the dtype has."""
    capacity = (BITS[dtype] - 1) * math.log10(2)
    if math.isnan(error) or math.isinf(error):
        return 0.0
    return min(max(capacity - math.log10(error), 0.0), capacity) if error > 0 else capacity


def _digits(series: Series) -> list[list[Any]]:
    """Dtype, who, digits at the median and at the worst, digits of the dtype."""
    dtype = series.cell.dtype
    if dtype not in BITS:
        return []
    error = np.where(np.isnan(series.sample.error), np.inf, series.sample.error)
    kept = (digits(value, dtype) for value in (float(np.sort(error)[len(error) // 2]), error.max()))
    return [[dtype, series.who, *(round(k, 2) for k in kept), round(digits(0.0, dtype), 2)]]


def _digits_told(series: Sequence[Series]) -> str:
    kept = [line for s in series if s.gated for line in _digits(s)]
    told = []
    for dtype in dict.fromkeys(line[0] for line in kept):
        lines = [line for line in kept if line[0] == dtype]
        median, worst = (min(line[i] for line in lines) for i in (2, 3))
        told.append(f"{dtype} {median:.1f}, at worst {worst:.1f} of {lines[0][4]:.1f}")
    return f"At the median {'; '.join(told)}." if told else ""

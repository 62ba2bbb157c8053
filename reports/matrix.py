"""The matrix of a report: the worst share of each routine in each dtype and mode."""

from __future__ import annotations

import math
from dataclasses import dataclass

from reports.drift import REGRESSED
from reports.figures import plural
from reports.record import NOT_OFFERED
from reports.verdict import (
    GATED,
    HOLDS,
    KNOWN,
    NEW,
    RIVAL,
    UNDECIDED,
    UNEXERCISED,
    RunVerdict,
)
from reports.view import DTYPES, MODES, Row, place, refused, rows

GRAVITY = (NEW, UNDECIDED, REGRESSED, UNEXERCISED, KNOWN, HOLDS, RIVAL)


@dataclass(frozen=True)
class Patch:
    """One square: all claims on (routine, dtype, mode). `word` tells what colour alone would."""

    word: str
    share: float = math.nan
    claim: str = ""
    new: int = 0
    compared: int = 0

    @property
    def step(self) -> str:
        """The colour: the verdict where it is no plain success, else how near the bound."""
        if self.word != HOLDS:
            return self.word
        return "far" if self.share <= 1 / 16 else "mid" if self.share <= 1 / 4 else "near"

    @property
    def hint(self) -> str:
        """What a pointer over it is told: the claim, and how much was compared."""
        if not self.compared:
            return ""
        new = f", {plural(self.new, 'new break')}" if self.new else ""
        return f"{self.claim}: {plural(self.compared, 'comparison')}{new}"


@dataclass(frozen=True)
class Matrix:
    """routine x (dtype, mode) of the gated backend."""

    columns: tuple[tuple[str, str], ...]
    lines: tuple[tuple[str, tuple[Patch, ...]], ...]


def matrix(verdict: RunVerdict) -> Matrix:
    """The worst of each routine, dtype and mode at one glance."""
    grouped: dict[tuple[str, str, str], list[Row]] = {
        asked[:3]: [] for asked in verdict.summary.answers if asked.backend == GATED
    }
    for row in rows(verdict):
        if row.cell.backend == GATED:
            key = row.cell.routine, row.cell.dtype, row.cell.mode
            grouped.setdefault(key, []).append(row)
    columns = sorted(
        {(dtype, mode) for _, dtype, mode in grouped},
        key=lambda pair: (place(pair[0], DTYPES), place(pair[1], MODES)),
    )
    nowhere = {asked[:3] for asked in refused(verdict) if asked.backend == GATED}
    lines = []
    for name in sorted({routine for routine, _, _ in grouped}):
        keys = [(name, *column) for column in columns]
        lines.append((name, tuple(_patch(grouped.get(key), key in nowhere) for key in keys)))
    return Matrix(tuple(columns), tuple(lines))


def _patch(group: list[Row] | None, is_refused: bool) -> Patch:
    if group is None:
        return Patch("not asked")
    if is_refused:
        return Patch(NOT_OFFERED)
    exercised = [row for row in group if row.verdict != UNEXERCISED]
    if not exercised:
        return Patch(UNEXERCISED)
    gravest = min((row.verdict for row in exercised), key=GRAVITY.index)
    shares = [(row.summary.largest, row.cell.claim) for row in exercised if row.summary.compared]
    share, claim = max(shares, default=(math.nan, ""))
    new = sum(row.summary.new for row in exercised)
    return Patch(gravest, share, claim, new, sum(row.summary.compared for row in exercised))

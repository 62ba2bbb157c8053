"""A run as JSON for machines: one object, strict; docs/reading-an-audit.md names its fields."""

from __future__ import annotations

import json
import math
from typing import Any

from reports.drift_text import sections
from reports.record import VERDICTS
from reports.verdict import RunVerdict
from reports.view import Row, counts, gaps, headline, rows

FORMAT = 1


def machine(verdict: RunVerdict, routine: str | None = None, claim: str | None = None) -> str:
    """The run, or the cells of one routine or claim in it. RunError: it holds no such name.

    NaN is null and an infinity the string "inf", for JSON knows neither.
    """
    told = {
        "format": FORMAT,
        "headline": headline(verdict),
        "exit_code": verdict.exit_code,
        "counts": counts(verdict),
        "known": dict(sorted(verdict.known.items())),
        "fixed": verdict.fixed,
        "incomplete": verdict.incomplete,
        "not_covered": gaps(verdict),
        "drift": dict(sections(verdict.drift)),
        "environment": verdict.header.environment,
        "cells": [_cell(row) for row in rows(verdict, routine, claim)],
    }
    return json.dumps(_strict(told), indent=1, allow_nan=False) + "\n"


def _cell(row: Row) -> dict[str, Any]:
    worst = min(row.summary.worst, key=lambda worst: worst.rank, default=None)
    return {
        **row.cell._asdict(),
        "verdict": row.verdict,
        "members": {word: row.summary.verdicts[code] for code, word in enumerate(VERDICTS)},
        "new": row.summary.new,
        "known": dict(sorted(row.summary.known.items())),
        "compared": row.summary.compared,
        "median": row.median,
        "quantile_99": row.high,
        "worst": row.summary.largest,
        "worst_member": worst.member if worst else None,
        "condition": row.condition,
    }


def _strict(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_strict(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else "inf" if value > 0 else "-inf"
    return value

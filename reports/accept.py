"""Accepting a run as the baseline: it tightens freely, and loosens only for a reason.

Without a reason a cell is replaced where none of its figures grows, and kept where they grow
within what the comparison allows: a baseline cannot creep. With a reason the run is taken as it
is, and what got worse is written down with the reason, both figures, the date and the version.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reports.accepted import Accepted, accepted
from reports.baseline import (
    Baseline,
    StoredRecipe,
    chosen,
    load_recipes,
    platforms_of,
    save,
    save_recipes,
)
from reports.drift import REGRESSED, Drift, compare
from reports.drift_text import told
from reports.plain import RunError
from reports.readings import Readings, readings_of
from reports.record import Cell
from reports.run import Header
from reports.verdict import run_verdict


@dataclass(frozen=True)
class Acceptance:
    """What accepting a run comes to. `refused`: cells that got worse without a reason."""

    path: Path
    added: int
    tightened: int
    loosened: int
    kept: int
    refused: tuple[str, ...]


def accept(run: Path, folder: Path, reason: str = "", platform: str = "") -> Acceptance:
    """Make a run the baseline of its platform, or of the one named, unless something is refused.

    RunError for a run that is incomplete, broken, or set no stored recipes.
    """
    verdict = run_verdict(run, baselines=folder)
    measured = readings_of(run)
    if not measured:
        raise RunError(f"{run} set no stored recipes: accept the run of a gate")
    if verdict.incomplete:
        raise RunError(f"{run} is incomplete ({verdict.incomplete[0]}): run the gate to its end")
    if verdict.broken:
        raise RunError(f"{run} broke claims: mend that, or put it into the ledger, then accept")
    name = platform or platforms_of(verdict.header)[0]
    old = chosen(folder, [name]) or Baseline(name)
    state = _State(old, verdict.header, reason)
    for readings in measured.values():
        state.take(readings)
    path = folder / f"{name}.json"
    if not state.refused:
        recipes = load_recipes(folder)
        recipes |= {routine: _recipes(readings) for routine, readings in measured.items()}
        save(path, state.baseline())
        save_recipes(folder, recipes)
    return Acceptance(path, *state.counts, refused=tuple(state.refused))


def _recipes(readings: Readings) -> tuple[StoredRecipe, ...]:
    return tuple(StoredRecipe(stack.digest, stack.recipe) for stack in readings.stacks)


class _State:
    """A baseline while a run is being accepted."""

    def __init__(self, old: Baseline, header: Header, reason: str) -> None:
        self._old, self._header, self._reason = old, header, reason
        self._problems, self._versions = dict(old.problems), dict(old.versions)
        self._cells, self._answers = dict(old.cells), dict(old.answers)
        self._worse: dict[str, Any] = {}
        self.refused: list[str] = []
        self._added = self._tightened = self._kept = 0

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Cells added, tightened, loosened, kept as they were."""
        return self._added, self._tightened, len(self._worse), self._kept

    def take(self, readings: Readings) -> None:
        """Accept one routine."""
        routine = readings.routine
        same = self._old.problems.get(routine) == readings.digest
        if routine in self._old.problems and not same:
            self._replace(routine)
        drifts = {d.cell: d for d in compare(readings, self._old).cells} if same else {}
        for cell in sorted({*readings.cells, *drifts}):
            reading = readings.cells.get(cell)
            now = accepted(reading) if reading is not None else None
            self._settle(cell, now, drifts.get(cell))
        self._problems[routine] = readings.digest
        self._versions[routine] = self._header.tensorflow
        self._answers |= {(routine, *where): bits for where, bits in readings.answers.items()}

    def _settle(self, cell: Cell, now: Accepted | None, drift: Drift | None) -> None:
        """Add, replace or keep one cell, or refuse."""
        before = self._cells.get(cell)
        if drift is None or before is None:
            if now is not None:
                self._added += 1
                self._cells[cell] = now
            return
        grew = now is None or any(
            a > b for a, b in zip(now.figures[1:], before.figures[1:], strict=True)
        )
        if not grew:
            self._tightened += now != before
        elif not self._reason:
            if drift.verdict == REGRESSED:
                self.refused += told([drift])
            self._kept += 1
            return
        else:
            after = list(now.figures) if now else None
            self._worse[" ".join(cell[:4])] = [list(before.figures), after]
        if now is None:
            del self._cells[cell]
        else:
            self._cells[cell] = now

    def _replace(self, routine: str) -> None:
        """Drop what was measured on other problems, with which nothing can be compared."""
        if not self._reason:
            self.refused.append(f"{routine}: measured on other problems than the baseline's")
        self._worse[routine] = "other problems"
        self._cells = {c: held for c, held in self._cells.items() if c.routine != routine}
        self._answers = {w: bits for w, bits in self._answers.items() if w[0] != routine}

    def baseline(self) -> Baseline:
        """The baseline as it is now."""
        entry = {
            "date": datetime.now(UTC).date().isoformat(),
            "tensorflow": self._header.tensorflow,
            "reason": self._reason,
            "cells": self._worse,
        }
        return Baseline(
            self._old.name,
            self._problems,
            self._versions,
            self._cells,
            self._answers,
            (*self._old.loosened, *([entry] if self._worse else [])),
        )

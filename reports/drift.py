"""Drift: whether the errors on the stored recipes have grown beyond those of the baseline.

Both are errors of the same members, so they are compared in pairs. Two builds that are equally
good may round differently, on another processor for instance; then each error is as likely to
have grown as to have shrunk. So a cell has regressed if

- the members whose error grew outnumber those whose error shrank by more than that, a sign test:
  fair coins would do so once in a million cells (CHANCE). A member counts where its error moved by
  two letters, half an octave each: by sqrt 2 at least, and surely where it doubled. Members of a
  stack that moved alike, to the last bit, are copies of one another and count once.
- or one member's error grew so, and its share is above four times the worst share of the baseline
  and its error above four eps (PEAK). Rounding otherwise moves the largest of many errors by less;
  four is what SciPy allows its own special functions over their stored errors.
- or nothing is compared any more.

The same build gives the same bits, hence the same letters: nothing moves at all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from reports.accepted import EDGES, LETTERS, Accepted, Figures, figures, places, places_of
from reports.baseline import Baseline
from reports.plain import RunError
from reports.readings import Reading, Readings
from reports.record import Cell

CHANCE = 1e-6
MOVED = 2  # letters
PEAK = 4.0
GONE = len(LETTERS)  # the place of a member of which nothing is compared: worse than all
REGRESSED, IMPROVED, STEADY = "regressed", "improved", "steady"


@dataclass(frozen=True)
class Example:
    """The member to look at: the one that moved most. `before`: the letter's upper end, in eps."""

    digest: str
    recipe: tuple[object, ...]
    member: int
    before: float
    error: float
    bound: float


@dataclass(frozen=True)
class Drift:
    """One cell beside its baseline. `worse`, `better`: members that moved, copies left out."""

    cell: Cell
    verdict: str
    worse: int
    better: int
    before: Figures
    now: Figures
    example: Example | None = None


@dataclass(frozen=True)
class Drifts:
    """All cells of a run beside their baseline. `changed`: routine, dtype and mode of other bits.

    `notes`: what could not be compared, and why, in words. `files`: the finding to replay of a
    cell that regressed. `stands_in`: whether the baseline is another platform's.
    """

    baseline: str = ""
    cells: tuple[Drift, ...] = ()
    changed: tuple[tuple[str, str, str], ...] = ()
    notes: tuple[str, ...] = ()
    files: Mapping[Cell, str] = field(default_factory=dict)
    stands_in: bool = False

    @property
    def regressions(self) -> tuple[Drift, ...]:
        """What got worse: than on this very platform, for others may fare otherwise."""
        return () if self.stands_in else self.grown

    @property
    def grown(self) -> tuple[Drift, ...]:
        """What is worse than the baseline, whosever it is."""
        return tuple(drift for drift in self.cells if drift.verdict == REGRESSED)

    @property
    def improvements(self) -> tuple[Drift, ...]:
        """What got better."""
        return tuple(drift for drift in self.cells if drift.verdict == IMPROVED)


def compare(readings: Readings, baseline: Baseline) -> Drifts:
    """One routine beside the baseline, where that was measured on the same problems."""
    name, routine = baseline.name, readings.routine
    if routine not in baseline.problems:
        why = f"{routine} is not in the baseline {name}: `python -m reports accept` adds it"
        return Drifts(name, notes=(why,), stands_in=baseline.stands_in)
    if baseline.problems[routine] != readings.digest:
        why = f"{routine} in the baseline {name} was measured on other problems: accept it anew"
        return Drifts(name, notes=(why,), stands_in=baseline.stands_in)
    stacks = np.repeat(
        np.arange(len(readings.stacks)), [len(stack.members) for stack in readings.stacks]
    )
    nothing = Reading(np.full(len(stacks), np.nan), np.full(len(stacks), np.nan))
    cells = []
    for cell, held in baseline.cells.items():
        if cell.routine == routine and len(held.letters) != len(stacks):
            raise RunError(
                f"{name}: {' '.join(cell[:4])} has {len(held.letters)} letters for {len(stacks)} "
                "members: restore the file, or delete it and accept a run again"
            )
        if cell.routine == routine and (cell.dtype, cell.mode) in readings.answers:
            reading = readings.cells.get(cell, nothing)
            cells.append(_drift(cell, held, reading, readings, stacks))
    new = sorted(set(readings.cells) - set(baseline.cells))
    notes = [f"{' '.join(cell[:4])} is not in the baseline {name}" for cell in new]
    changed = [
        (routine, *where)
        for where, bits in readings.answers.items()
        if baseline.answers.get((routine, *where), bits) != bits
    ]
    return Drifts(name, tuple(cells), tuple(changed), tuple(notes), stands_in=baseline.stands_in)


def _drift(
    cell: Cell, held: Accepted, reading: Reading, readings: Readings, stacks: NDArray[np.int64]
) -> Drift:
    compared = ~np.isnan(reading.error)
    before = places_of(held.letters)
    before = np.where(before < 0, GONE, before)
    now = np.where(compared, places(reading.error), GONE)
    rise = now - before
    worse = _votes(rise >= MOVED, stacks, reading.error, before)
    better = _votes(rise <= -MOVED, stacks, reading.error, before)
    with np.errstate(all="ignore"):
        least = np.fmax(held.figures.worst, 1 / reading.bound)
    peak = (rise >= MOVED) & compared & (reading.share > PEAK * least)
    lost = held.figures.compared > 0 and not compared.any()
    verdict = STEADY
    if lost or peak.any() or chance(worse, better) <= CHANCE:
        verdict = REGRESSED
    elif chance(better, worse) <= CHANCE:
        verdict = IMPROVED
    example = None
    if verdict != STEADY:
        order = rise if verdict == REGRESSED else -rise
        size = np.where(compared, reading.share, 0.0)
        place = int(np.lexsort((size, order, peak))[-1])
        example = _example(readings, reading, before, place)
    return Drift(cell, verdict, worse, better, held.figures, figures(reading), example)


def _votes(
    moved: NDArray[np.bool_],
    stacks: NDArray[np.int64],
    error: NDArray[np.float64],
    before: NDArray[np.int64],
) -> int:
    """How many members moved; those of one stack that are equal before and after count once."""
    chosen = np.flatnonzero(moved)
    columns = stacks[chosen].tolist(), error[chosen].tobytes(), before[chosen].tolist()
    errors = np.frombuffer(columns[1], dtype=np.uint64).tolist()
    return len(set(zip(columns[0], errors, columns[2], strict=True)))


def chance(ahead: int, behind: int) -> float:
    """The probability that fair coins fall `ahead` times or more out of ahead + behind."""
    count = ahead + behind
    return sum(math.comb(count, k) for k in range(ahead, count + 1)) / 2**count


def _example(
    readings: Readings, reading: Reading, before: NDArray[np.int64], place: int
) -> Example:
    stack, index = readings.member(place)
    return Example(
        digest=stack.members[index],
        recipe=stack.recipe,
        member=index,
        before=upper_end(int(before[place])),
        error=float(reading.error[place]),
        bound=float(reading.bound[place]),
    )


def upper_end(place: int) -> float:
    """The largest error that a letter holds, in eps."""
    return float(EDGES[place]) if place < len(EDGES) else math.inf

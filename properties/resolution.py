"""The resolution of the gate, as a page: `python -m properties.resolution > docs/resolution.md`.

Each stored recipe is set to TensorFlow in eager mode. Its answers are made worse by k eps, entry by
entry with signs in turn, rounded to the dtype, and judged as any other; the smallest k that is
caught, together with all larger ones, is the resolution. Beside it stands the largest error of
the answers as they are, on members of condition up to 10, in the norm in which k is meant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from properties.dtypes import DTYPES
from properties.examine import Examined, examine
from properties.modes import Backend, TensorFlow
from properties.planted import planted
from properties.plants import BIASED, ENTRYWISE
from properties.registry import routines
from properties.routine import Routine
from properties.stored import problems_of, readings_of
from properties.workers import Worker
from references.embedded import shifted
from reports.accepted import accepted
from reports.baseline import HERE, Baseline, StoredRecipe, load_recipes
from reports.drift import compare
from reports.figures import number_text
from reports.record import BROKEN, HELD

PLANTED = (1, 2, 4, 8, 16, 32, 64)  # eps
GOAL = 4  # times the honest error: what a gate should see
WELL = 10.0  # the largest condition of members whose error is shown
MODE = "eager"


@dataclass(frozen=True)
class Line:
    """One routine and dtype. `drift`, `bounds`: the smallest k that each catches, 0 for none."""

    routine: str
    dtype: str
    honest: float
    drift: int
    bounds: int


def lines(routine: Routine, stored: Sequence[StoredRecipe], real: Backend) -> list[Line]:
    """The resolution for one routine in each dtype that it is offered in."""
    problems = problems_of(routine, stored)
    plants = [plant for plant in BIASED if plant.family == ENTRYWISE and plant.eps in PLANTED]
    faulty = planted(real, plants)
    examined = [examine(routine, problem, faulty) for problem in problems]
    as_is = readings_of(routine, problems, examined, real.name)
    baseline = Baseline(
        "as is",
        {routine.name: as_is.digest},
        {routine.name: ""},
        {cell: accepted(reading) for cell, reading in as_is.cells.items()},
    )
    caught: dict[int, set[str]] = {}
    for plant in plants:
        worse = readings_of(routine, problems, examined, plant.name)
        caught[plant.eps] = {drift.cell.dtype for drift in compare(worse, baseline).regressions}
    broken = {plant.eps: _broken(examined, plant.name, real.name) for plant in plants}
    return [
        Line(
            routine.name,
            dtype,
            _honest(examined, dtype, real.name),
            _smallest(caught, dtype),
            _smallest(broken, dtype),
        )
        for dtype in DTYPES
        if any(cell.dtype == dtype for cell in as_is.cells)
    ]


def _smallest(found: dict[int, set[str]], dtype: str) -> int:
    """The smallest k from which on all are found; 0 where the largest is not."""
    smallest = 0
    for k in reversed(PLANTED):
        if dtype not in found[k]:
            break
        smallest = k
    return smallest


def _broken(examined: Sequence[Examined], name: str, real: str) -> set[str]:
    """The dtypes in which a plant breaks a claim that TensorFlow itself holds on that member."""
    dtypes = set()
    for one in examined:
        own = {r.cell[:4]: r.verdict for r in one.records if r.cell.backend == real}
        for r in one.records:
            newly = r.cell.backend == name and (r.verdict == BROKEN) & (own[r.cell[:4]] == HELD)
            if np.any(newly):
                dtypes.add(r.cell.dtype)
    return dtypes


def _honest(examined: Sequence[Examined], dtype: str, real: str) -> float:
    """The largest error of the answers, relative to their largest entry, in eps.

    Of members of condition up to WELL and a scale within 2^8 of 1; NaN if there are none. Where
    an answer has several arrays, matrices are left out: eigenvectors and singular vectors have
    conditions of their own.
    """
    worst = np.nan
    for one in examined:
        outcomes = one.outcomes.get((dtype, MODE, real))
        if outcomes is None:
            continue
        well = outcomes.finite & _well_posed(one)
        several = len(outcomes.arrays) > 1
        for part, array in zip(one.truths[dtype].parts, outcomes.arrays, strict=True):
            if (several and array.ndim > 2) or array.shape != part.hi.shape:
                continue  # of some complex numbers the truth is of real matrices of twice the order
            rows = (len(array), -1)
            scaled = shifted(array, -part.exponent)
            error = np.abs((scaled - part.hi) - part.lo).reshape(rows)
            size = np.abs(part.hi).reshape(rows).max(axis=1, initial=0.0)
            proved = np.isfinite(part.radius).reshape(rows).all(axis=1)
            shown = well & proved & (size > 0)
            if shown.any():
                relative = error[shown].max(axis=1) / size[shown] / DTYPES[dtype].eps
                worst = float(np.fmax(worst, relative.max()))
    return worst


def _well_posed(one: Examined) -> NDArray[np.bool_]:
    """Members of small condition, where it is known, and of a scale near 1."""
    stack = one.stack
    name = next((n for n in ("kappa", "condition") if n in stack.quantities), "")
    well = stack.quantities[name] <= WELL if name else np.ones(len(stack.keys), bool)
    for trait in ("log2_scale", "log2_scale_b"):
        if trait in stack.traits:
            well = well & (np.abs(stack.traits[trait]) <= 8)
    return well


def _count(found: Sequence[Line]) -> str:
    """How often the gate, by the baseline or the bounds, is within GOAL of the honest error."""
    shown = [line for line in found if not np.isnan(line.honest)]
    least = [min(k for k in (line.drift, line.bounds, np.inf) if k) for line in shown]
    near = sum(k <= GOAL * max(line.honest, 1.0) for k, line in zip(least, shown, strict=True))
    return (
        f"Of {len(shown):,} rows that have an honest error {near:,} are seen, by the baseline or\n"
        f"by the bounds, within {GOAL} times of it, or of one eps where it is smaller.\n"
    )


def page() -> str:
    """The table, with what it says."""
    worker = Worker()
    real = TensorFlow(worker, (MODE,))
    recipes = load_recipes(HERE)
    text = [
        "# Resolution of the gate\n",
        "The smallest error that the gate catches when every answer on the stored recipes is made",
        "worse by k eps, k = 1, 2, 4 ... 64: by comparison with the baseline, and by the bounds",
        "alone. Beside it the worst error of TensorFlow's answers as they are, relative to the",
        "largest entry, on members of condition up to 10 where that is known, of a scale near 1,",
        "without eigenvectors and singular vectors. All in eps; in eager mode. Made by",
        "`python -m properties.resolution`.\n",
        "The logarithm of a determinant near 1 has an error that is large beside itself, whatever",
        "the condition of the matrix.\n",
        "| routine | dtype | worst honest error | caught by the baseline | caught by the bounds |",
        "|---|---|---:|---:|---:|",
    ]
    found = [line for name, stored in recipes.items() for line in lines(
        routines()[name], stored, real)]  # fmt: skip
    text[-2:-2] = [_count(found)]
    for line in found:
        drift, bounds = (str(k) if k else "> 64" for k in (line.drift, line.bounds))
        honest = "–" if np.isnan(line.honest) else number_text(line.honest)
        text.append(f"| {line.routine} | {line.dtype} | {honest} | {drift} | {bounds} |")
    worker.stop()
    return "\n".join(text)


if __name__ == "__main__":
    print(page())  # noqa: T201 (a page on standard output)

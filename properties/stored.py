"""The stored recipes of a routine: the problems that drift is measured on.

Drawn problems change with every edit of a strategy and every release of Hypothesis; stored ones
stay. A routine without any has some drawn, which become the stored ones when a run is accepted.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import pytest
from hypothesis import given, seed, settings

from properties import functions, recipes
from properties.examine import Examined
from properties.findings import explain, finding_of, replay_command
from properties.modes import GRAPH, XLA, Outcomes
from properties.profile import PROFILE, seed_of
from properties.routine import Problem, Routine
from properties.session import Session
from properties.shapes import Shapes, shape_of, usual
from reports.baseline import StoredRecipe
from reports.cases import name_of, save_finding
from reports.drift import Drift, compare
from reports.drift_text import DRIFT, told
from reports.readings import GATED, Reading, Readings, StoredStack, save
from reports.record import BROKEN, HELD, HONESTY, Cell, Finding

BLOCK = "stored"
DEPTH = 8  # as in a gate, so that what is compiled for drawn problems serves these too
STACKS = 4  # of each grid, at a volume of 1: thirty members of each dtype at least
SHAPES = 4  # shapes and arguments in all, where a trace serves many problems
CHEAP = 0.1  # the volume up to which all are of one shape: what a routine costs is its traces
DRAWN = 300  # problems to choose from


class OtherBytes(AssertionError):
    """A stored recipe does not make the problem that it made: an error of this suite."""


def measure(routine: Routine, session: Session) -> None:
    """Set the stored recipes; fail on a new break, and on errors that have grown.

    XLA is set those of the usual shape.
    """
    problems = problems_of(routine, session.recipes.get(routine.name, ()))
    shape, _ = usual(problems)
    examined: list[Examined] = []
    found: list[Finding] = []
    for problem in problems:
        found += session.sit(
            routine,
            problem,
            f"{routine.name}-{BLOCK}",
            without=() if shape_of(problem) == shape else (XLA,),
            keep=examined,
        )
    readings = readings_of(routine, problems, examined)
    save(session.run, readings)
    grown: list[str] = []
    if session.baseline is not None:
        regressions = compare(readings, session.baseline).regressions
        members = [_explain(d, routine, problems, examined, session) for d in regressions]
        grown = [*told(regressions), *members[:1]]
    if found:
        path = session.run / "findings" / session.worker / name_of(found[0])
        grown.append(explain(found[0], replay_command(path)))
    if grown and not session.audit:
        pytest.fail("\n".join(grown), pytrace=False)


def problems_of(routine: Routine, stored: Sequence[StoredRecipe]) -> list[Problem]:
    """The stored problems, made again; OtherBytes where they are not what they were."""
    if not stored:
        return drawn(routine)
    made = []
    for digest, recipe in stored:
        problem = (functions if recipe[0] == "function" else recipes).problem(recipe)
        if problem.digest != digest:
            raise OtherBytes(
                f"{routine.name}: the stored recipe {recipe} makes {problem.digest} where it made "
                f"{digest}: mend what makes it, for equal recipes give equal bytes"
            )
        made.append(problem)
    return made


def shapes_of(routine: Routine, session: Session, *, first: bool) -> dict[str, Shapes]:
    """What is traced or compiled for drawn problems, beside what is for the stored ones."""
    recipes = session.recipes.get(routine.name, ())
    shape, recurs = usual(problems_of(routine, recipes) if recipes else ())
    if session.audit:
        return {XLA: Shapes(shape, routine.compiled, simplest=True)}
    return {
        GRAPH: Shapes(shape, brought=int(first)),
        XLA: Shapes(shape, brought=int(first and not recurs)),
    }


def drawn(routine: Routine) -> list[Problem]:
    """Problems of every grid and of many structures, from what a seed of their own draws.

    Few shapes, the largest of each set of arguments, for each is traced and compiled. A function
    to be differentiated is so anyway; then stacks are deeper. Hypothesis begins with the simplest,
    so a structure comes again only where there are too few.
    """
    found: dict[str, Problem] = {}
    dear = routine.volume < 1

    @seed(seed_of(f"{routine.name}-{BLOCK}", 0))
    @settings(PROFILE, max_examples=DRAWN)
    @given(problem=routine.problems(4 * DEPTH if dear else DEPTH))
    def run(problem: Problem) -> None:
        found.setdefault(problem.digest, problem)

    run()
    most = max(1, round(STACKS * routine.volume))
    allowed = {shape_of(p) for p in found.values()} if dear else _shapes(found.values())
    if routine.volume <= CHEAP:
        allowed = {shape_of(max(found.values(), key=_entries))}
    times: Counter[tuple[str, str]] = Counter()
    ranked: dict[str, list[tuple[int, Problem]]] = {}
    for problem in found.values():
        grid = next((d.name for d in problem.dtypes if d.name in routine.dtypes), "")
        if grid and shape_of(problem) in allowed:
            kind = grid, str(problem.traits["structure"][0])
            times[kind] += 1
            ranked.setdefault(grid, []).append((times[kind], problem))
    firsts = [sorted(each, key=lambda pair: pair[0])[:most] for each in ranked.values()]
    return [problem for first in firsts for _, problem in first]


def _entries(problem: Problem) -> int:
    return sum(array.size for array in problem.inputs)


def _shapes(problems: Iterable[Problem]) -> set[tuple[str, str]]:
    """The largest shape of each set of arguments, then the second largest: SHAPES in all."""
    sizes: dict[str, set[tuple[int, str]]] = {}
    for problem in problems:
        arguments, shape = shape_of(problem)
        sizes.setdefault(arguments, set()).add((-_entries(problem), shape))
    ranked = [
        (place, arguments, shape)
        for arguments, those in sizes.items()
        for place, (_, shape) in enumerate(sorted(those))
    ]
    return {(arguments, shape) for _, arguments, shape in sorted(ranked)[:SHAPES]}


def readings_of(
    routine: Routine,
    problems: Sequence[Problem],
    examined: Sequence[Examined],
    backend: str = GATED,
) -> Readings:
    """The errors and bounds in every cell, over all members of all stacks.

    Cells are TensorFlow's, also where another `backend` stands in for it.
    """
    count = sum(map(len, problems))
    cells: dict[Cell, Reading] = {}
    bits: dict[tuple[str, str], list[str]] = {}
    start = 0
    for problem, one in zip(problems, examined, strict=True):
        places = slice(start, start + len(problem))
        start += len(problem)
        for records in one.records:
            if records.cell.backend != backend or records.cell.claim == HONESTY:
                continue
            cell = records.cell._replace(backend=GATED)
            nothing = np.full(count, np.nan)
            reading = cells.setdefault(cell, Reading(nothing, nothing.copy()))
            compared = (records.verdict == HELD) | (records.verdict == BROKEN)
            # A break that could not be measured is the largest of errors.
            error = np.where(np.isnan(records.error), np.inf, records.error)
            reading.error[places] = np.where(compared, error, np.nan)
            reading.bound[places] = np.where(compared, records.bound, np.nan)
        for (dtype, mode, name), outcomes in one.outcomes.items():
            if name == backend:
                bits.setdefault((dtype, mode), []).append(bits_of(outcomes))
    return Readings(
        routine.name,
        tuple(StoredStack(problem.digest, problem.recipe, problem.digests) for problem in problems),
        {c: reading for c, reading in cells.items() if not np.isnan(reading.error).all()},
        {where: _digest("".join(parts).encode()) for where, parts in bits.items()},
    )


def bits_of(outcomes: Outcomes) -> str:
    """A digest of all answers to one stack, to the last bit; NaN is NaN."""
    arrays = (np.where(np.isnan(array), np.nan, array).tobytes() for array in outcomes.arrays)
    return _digest(b"".join([" ".join(outcomes.words).encode(), *arrays]))


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=4).hexdigest()


def _explain(
    drift: Drift,
    routine: Routine,
    problems: Sequence[Problem],
    examined: Sequence[Examined],
    session: Session,
) -> str:
    """The member that got worse most, saved and told as a finding is."""
    example = drift.example
    assert example is not None
    k = next(k for k, problem in enumerate(problems) if problem.recipe == example.recipe)
    records = next((r for r in examined[k].records if r.cell == drift.cell), None)
    if records is None:
        return ""
    finding = finding_of(
        routine, problems[k], examined[k], records, example.member, "", session.environment
    )
    path = save_finding(session.run / DRIFT, finding, session.worker)
    _, *lines = explain(finding, replay_command(path)).splitlines()
    return "\n".join([f"{' '.join(drift.cell[:4])}: the member that grew most", *lines])

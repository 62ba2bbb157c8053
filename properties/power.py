"""What the claims notice: every fault on the problems of the default gate, and which claim saw it.

`python -m properties.power [ROUTINE ...]` measures the routines named, or all, into
reports/power.json and writes docs/power.md from that file.

A fault is caught by bounds where it breaks a claim that TensorFlow itself holds on the same
member; by drift where the stored recipes regress against TensorFlow's own answers as a baseline.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import given, seed, settings

from properties.dtypes import DTYPES
from properties.examine import Examined, examine
from properties.modes import MODES, Backend, TensorFlow
from properties.planted import changed, planted
from properties.plants import BIASED, PLANTS
from properties.profile import COMPLEX, PROFILE, examples_of, seed_of
from properties.registry import routines
from properties.routine import Problem, Routine
from properties.setup import BLOCK, EXAMPLES, GATE_DEPTH
from properties.stored import problems_of, readings_of
from properties.workers import Worker
from reports.accepted import accepted
from reports.baseline import HERE, Baseline, load_recipes
from reports.drift import compare
from reports.power import (
    SURVIVED,
    Caught,
    Item,
    Resolution,
    Row,
    load,
    page,
    resolutions,
    save,
    verdict,
)
from reports.record import BROKEN, HELD, HONESTY, NOT_OFFERED, VACUOUS

SOUND = "tensorflow"
TRACED = 6  # stored problems in graph and XLA mode


def gate_problems(routine: Routine) -> list[Problem]:
    """The problems that the default gate draws for a routine, complex ones last."""
    count = max(1, round(EXAMPLES[False] * routine.volume / BLOCK[False]))
    blocks: list[int | str] = [*range(count)]
    kinds = [(routine.problems, blocks)]
    if routine.complex_problems is not None:
        several = [f"{COMPLEX}-{block}" for block in range(max(1, count // 4))]
        kinds.append((routine.complex_problems, [*several]))
    found: list[Problem] = []
    for problems, those in kinds:
        for block in those:
            examples = examples_of(block, BLOCK[False], EXAMPLES[False] * routine.volume)
            found += _drawn(problems(GATE_DEPTH), f"{routine.name}-{block}", examples)
    return found


def further_problems(routine: Routine, in_complex: bool) -> list[Problem]:
    """As many problems as an audit sets, drawn as another block of a gate would be."""
    name = f"{routine.name}-further"
    found = _drawn(routine.problems(GATE_DEPTH), name, EXAMPLES[True])
    if in_complex and routine.complex_problems is not None:
        found += _drawn(routine.complex_problems(GATE_DEPTH), f"{name}-{COMPLEX}", EXAMPLES[True])
    return found


def _drawn(problems: Any, name: str, examples: int) -> list[Problem]:
    found: list[Problem] = []

    @seed(seed_of(name, 0))
    @settings(PROFILE, max_examples=examples)
    @given(problem=problems)
    def run(problem: Problem) -> None:
        found.append(problem)

    run()
    return found


@dataclass
class Tally:
    """What is known of one fault in one dtype so far.

    `changed` members, and those of them of which a claim says something, which `change` is of.
    """

    answers: int = 0
    changed: int = 0
    members: int = 0
    change: float = 0.0
    claims: dict[str, Caught] = field(default_factory=dict)


Tallies = dict[tuple[str, str], Tally]  # by fault and dtype


def measured(routine: Routine, worker: Worker) -> list[Item]:
    """Every fault of a routine in eager mode, and those that any routine can have in the others."""
    drawn = gate_problems(routine)
    stored = problems_of(routine, load_recipes(HERE).get(routine.name, ()))
    real = TensorFlow(worker, MODES[:1])
    backends: list[Backend] = [*planted(real, (*PLANTS, *BIASED))]
    backends += [TensorFlow(worker, MODES[:1], fault=f.name, name=f.name) for f in routine.faults]
    tallies: Tallies = {}
    examined = []
    for problem in [*drawn, *stored]:
        examined.append(examine(routine, problem, backends))
        tally(examined[-1], tallies)
    names = [backend.name for backend in backends[1:]]
    grown = drifts(routine, stored, examined[len(drawn) :], names)
    found = _resolutions(routine.name, MODES[0], tallies, grown)
    items: list[Item] = [*found, *_rows(routine, MODES[0], tallies, grown)]
    items = [*_later(routine, items, backends)]
    # Stored recipes have few shapes, and each is compiled.
    traced = [*stored[:TRACED], *[p for p in drawn if np.iscomplexobj(p.inputs[0])][1:]]
    for mode in MODES[1:]:
        tallies = {}
        backends = [*planted(TensorFlow(worker, (mode,)), PLANTS)]
        for problem in traced:
            tally(examine(routine, problem, backends), tallies)
        items += _rows(routine, mode, tallies, {})
    return items


def _later(routine: Routine, items: Sequence[Item], backends: Sequence[Backend]) -> Iterator[Item]:
    """The items, where what survives the gate has been set further problems until it is caught."""
    limits = resolutions(items)
    left = {
        (item.fault, item.dtype): item
        for item in items
        if isinstance(item, Row) and verdict(item, limits) == SURVIVED
    }
    yield from (item for item in items if item not in left.values())
    tallies: Tallies = {}
    done: set[tuple[str, str]] = set()
    for problem in further_problems(routine, any(DTYPES[d].is_complex for _, d in left)):
        dtypes = sorted({dtype for _, dtype in set(left) - done})
        names = {SOUND} | {fault for fault, _ in set(left) - done}
        chosen = [backend for backend in backends if backend.name in names]
        if not dtypes:
            break
        tally(examine(routine, problem, chosen, dtypes=dtypes), tallies)
        done = {key for key in left if key in tallies and tallies[key].claims}
    for key, row in left.items():
        later = tallies.get(key, Tally())
        after = {c: f._replace(after=f.after + row.answers) for c, f in later.claims.items()}
        yield row._replace(answers=row.answers + later.answers, later=after)


def _rows(
    routine: Routine,
    mode: str,
    tallies: Tallies,
    drift: dict[str, set[tuple[str, str]]],
) -> Iterator[Row]:
    own = {fault.name for fault in routine.faults}
    biases = {plant.name for plant in BIASED}
    for (fault, dtype), found in tallies.items():
        if fault not in biases:
            yield Row(
                routine=routine.name,
                mode=mode,
                dtype=dtype,
                fault=fault,
                own=fault in own,
                answers=found.answers,
                changed=found.changed,
                members=found.members,
                change=found.change,
                claims=found.claims,
                drift=tuple(sorted(c for d, c in drift.get(fault, ()) if d == dtype)),
                later={},
            )


def tally(one: Examined, tallies: Tallies) -> None:
    """Add what one stack shows: which members each fault changed, and what broke that held."""
    records = {r.cell: r for r in one.records}
    before = {key: found.answers for key, found in tallies.items()}
    for (dtype, mode, fault), wrong in one.outcomes.items():
        sound = one.outcomes[dtype, mode, SOUND]
        if fault == SOUND or (sound.words == NOT_OFFERED).all():
            continue
        found = tallies.setdefault((fault, dtype), Tally())
        by = changed(sound, wrong)
        spoken = np.zeros(len(by), dtype=bool)
        for cell, judged in records.items():
            if cell[2:] == (dtype, mode, SOUND) and cell.claim != HONESTY:
                spoken |= judged.verdict != VACUOUS
        found.answers += len(by)
        found.changed += int((by > 0).sum())
        found.members += int(((by > 0) & spoken).sum())
        found.change = max(found.change, float(by[spoken].max(initial=0.0)) / DTYPES[dtype].eps)
    for cell, judged in records.items():
        own = records.get(cell._replace(backend=SOUND))
        key = cell.backend, cell.dtype
        if own is None or key not in tallies or cell.backend == SOUND:
            continue
        members = np.flatnonzero((judged.verdict == BROKEN) & (own.verdict == HELD))
        if len(members):
            share = float(np.nan_to_num(judged.share[members], nan=np.inf, posinf=np.inf).max())
            first = before.get(key, 0) + int(members[0]) + 1
            old = tallies[key].claims.get(cell.claim, Caught(0.0, first, 0))
            new = Caught(max(old.share, share), old.after, old.members + len(members))
            tallies[key].claims[cell.claim] = new


def drifts(
    routine: Routine, problems: Sequence[Problem], examined: Sequence[Examined], names: list[str]
) -> dict[str, set[tuple[str, str]]]:
    """The dtypes and claims in which each fault regresses from TensorFlow's own answers."""
    as_is = readings_of(routine, problems, examined, SOUND)
    baseline = Baseline(
        "as is",
        {routine.name: as_is.digest},
        {routine.name: ""},
        {cell: accepted(reading) for cell, reading in as_is.cells.items()},
    )
    return {
        name: {
            (drift.cell.dtype, drift.cell.claim)
            for drift in compare(
                readings_of(routine, problems, examined, name), baseline
            ).regressions
        }
        for name in names
    }


def _resolutions(
    routine: str,
    mode: str,
    tallies: Tallies,
    drift: dict[str, set[tuple[str, str]]],
) -> list[Resolution]:
    found = []
    dtypes = dict.fromkeys(dtype for _, dtype in tallies)
    for dtype in dtypes:
        for family in dict.fromkeys(plant.family for plant in BIASED):
            plants = [plant for plant in BIASED if plant.family == family]
            seen = {p.eps: bool(tallies[p.name, dtype].claims) for p in plants}
            grown = {p.eps: any(d == dtype for d, _ in drift.get(p.name, ())) for p in plants}
            found.append(
                Resolution(routine, mode, dtype, family, _smallest(seen), _smallest(grown))
            )
    return found


def _smallest(caught: dict[int, bool]) -> float:
    """The smallest bias from which on all are caught; infinite where the largest is not."""
    smallest = math.inf
    for k in sorted(caught, reverse=True):
        if not caught[k]:
            break
        smallest = k
    return smallest


def main(names: Sequence[str]) -> None:
    """Measure the routines named, or all; keep what the file knows of others that still exist."""
    worker = Worker()
    for name in names or routines():
        fresh = measured(routines()[name], worker)
        kept = [item for item in load() if item.routine != name and item.routine in routines()]
        save([*kept, *fresh])
        page()
    worker.stop()


if __name__ == "__main__":
    main(sys.argv[1:])

"""What planted faults come to: which claims break, from which bias on, and what drift sees."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from properties.dtypes import DTYPES
from properties.examine import Examined
from properties.planted import changed
from properties.plants import BIASED
from properties.routine import Problem, Routine
from properties.stored import readings_of
from reports.accepted import accepted
from reports.baseline import Baseline
from reports.drift import compare
from reports.ledger import Ledger
from reports.power import Caught, Resolution, Row
from reports.record import BROKEN, HONESTY, NOT_OFFERED, VACUOUS, Records

SOUND = "tensorflow"
Drifts = dict[str, set[tuple[str, str]]]  # by fault: dtypes and claims that regressed


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


def rows(
    routine: Routine,
    mode: str,
    tallies: Tallies,
    drift: Drifts,
) -> Iterator[Row]:
    """One row for each fault and dtype; biases are told by `biases_noticed`."""
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


def tally(one: Examined, tallies: Tallies, ledger: Ledger) -> None:
    """Add what one stack shows: which members each fault changed, and what the gate would call new.

    So a fault that hides behind what the ledger excuses is not caught, and one beyond that is.
    """
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
        members = np.flatnonzero(_new(one, judged, ledger) & ~_new(one, own, ledger))
        if len(members):
            share = float(np.nan_to_num(judged.share[members], nan=np.inf, posinf=np.inf).max())
            first = before.get(key, 0) + int(members[0]) + 1
            old = tallies[key].claims.get(cell.claim, Caught(0.0, first, 0))
            new = Caught(max(old.share, share), old.after, old.members + len(members))
            tallies[key].claims[cell.claim] = new


def _new(one: Examined, judged: Records, ledger: Ledger) -> NDArray[np.bool_]:
    """The members (B,) that a gate would call new breaks, had TensorFlow answered so."""
    broken = judged.verdict == BROKEN
    if not broken.any():
        return broken
    cell = judged.cell
    words = one.outcomes[cell.dtype, cell.mode, cell.backend].words
    as_if = replace(judged, cell=cell._replace(backend=SOUND))
    return broken & (ledger.explain(as_if, one.stack, words) == "")


def drifts(
    routine: Routine, problems: Sequence[Problem], examined: Sequence[Examined], names: list[str]
) -> Drifts:
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


def biases_noticed(
    routine: str,
    mode: str,
    tallies: Tallies,
    drift: Drifts,
) -> list[Resolution]:
    """From which bias on all are noticed, by dtype and by what it is relative to."""
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

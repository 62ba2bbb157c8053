"""What the claims notice: every fault on the problems of the default gate, and which claim saw it.

`python -m properties.power [ROUTINE ...]` measures the routines named, or all those whose problems
or faults are not those that reports/power.json tells of, first in eager mode, then in graph and XLA
mode; after each it writes the file, at the end the pages of docs/power.md from it. So it may be
stopped and started again. `--page` measures nothing, and writes the pages of what is there.

A fault is caught by bounds where a gate would call what it breaks new, though not what TensorFlow
itself answers there; by drift where the stored recipes regress against TensorFlow's own answers as
a baseline.
"""

from __future__ import annotations

import hashlib
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from properties.dtypes import DTYPES
from properties.examine import examine
from properties.gated import further_problems, gate_problems
from properties.modes import MODES, Backend, TensorFlow
from properties.planted import planted
from properties.plants import BIASED, PLANTS
from properties.registry import routines
from properties.routine import Problem, Routine
from properties.stored import problems_of
from properties.tallies import SOUND, Tallies, Tally, biases_noticed, drifts, rows, tally
from properties.workers import Worker
from reports.baseline import HERE, load_recipes
from reports.ledger import Ledger
from reports.power import SURVIVED, Item, Measured, Row, load, resolutions, save, verdict
from reports.power_page import write

TRACED = 6  # stored problems in graph and XLA mode


def identity(routine: Routine, mode: str) -> str:
    """A hash of what is set in a mode, of the faults by name and of what is excused there."""
    told = [problem.digest for problem in _problems(routine, mode)]
    told += [plant.name for plant in (*PLANTS, *BIASED)]
    told += [fault.name for fault in routine.faults] + [claim.bound for claim in routine.claims]
    excuses = [e for e in Ledger.load().entries if e.routine == routine.name and mode in e.modes]
    told += [excuse.fingerprint for excuse in excuses]
    return hashlib.blake2b("\n".join(told).encode(), digest_size=8).hexdigest()


def _problems(routine: Routine, mode: str) -> list[Problem]:
    """Those drawn and those stored; fewer in compiled modes, for each shape is compiled."""
    drawn = gate_problems(routine)
    stored = problems_of(routine, load_recipes(HERE).get(routine.name, ()))
    if mode == MODES[0]:
        return [*drawn, *stored]
    return [*stored[:TRACED], *[p for p in drawn if np.iscomplexobj(p.inputs[0])][1:]]


def measured(routine: Routine, mode: str, worker: Worker) -> list[Item]:
    """Every fault of a routine in eager mode, and those that any routine can have in the others."""
    if mode == MODES[0]:
        return _eager(routine, worker)
    tallies: Tallies = {}
    ledger = Ledger.load()
    backends = [*planted(TensorFlow(worker, (mode,)), PLANTS)]
    for problem in _problems(routine, mode):
        tally(examine(routine, problem, backends), tallies, ledger)
    return [*rows(routine, mode, tallies, {})]


def _eager(routine: Routine, worker: Worker) -> list[Item]:
    stored = problems_of(routine, load_recipes(HERE).get(routine.name, ()))
    backends: list[Backend] = [*planted(TensorFlow(worker, MODES[:1]), (*PLANTS, *BIASED))]
    backends += [TensorFlow(worker, MODES[:1], fault=f.name, name=f.name) for f in routine.faults]
    tallies: Tallies = {}
    ledger = Ledger.load()
    examined = []
    for problem in _problems(routine, MODES[0]):
        examined.append(examine(routine, problem, backends))
        tally(examined[-1], tallies, ledger)
    names = [backend.name for backend in backends[1:]]
    grown = drifts(routine, stored, examined[len(examined) - len(stored) :], names)
    found = biases_noticed(routine.name, MODES[0], tallies, grown)
    return [*_later(routine, [*found, *rows(routine, MODES[0], tallies, grown)], backends)]


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
    ledger = Ledger.load()
    done: set[tuple[str, str]] = set()
    for problem in further_problems(routine, any(DTYPES[d].is_complex for _, d in left)):
        dtypes = sorted({dtype for _, dtype in set(left) - done})
        names = {SOUND} | {fault for fault, _ in set(left) - done}
        chosen = [backend for backend in backends if backend.name in names]
        if not dtypes:
            break
        tally(examine(routine, problem, chosen, dtypes=dtypes), tallies, ledger)
        done = {key for key in left if key in tallies and tallies[key].claims}
    for key, row in left.items():
        later = tallies.get(key, Tally())
        after = {c: f._replace(after=f.after + row.answers) for c, f in later.claims.items()}
        yield row._replace(answers=row.answers + later.answers, later=after)


def _due(names: Sequence[str], known: Measured) -> Iterator[tuple[str, str, str]]:
    """What is to be measured: routine, mode and the identity of what is set."""
    for mode, name in product(MODES, names or routines()):
        # Functions of numbers share one measure and one mechanism of claims, and plants never meet
        # the compiler.
        if mode != MODES[0] and routines()[name].of_numbers:
            continue
        now = identity(routines()[name], mode)
        if names or known.of.get(f"{name} {mode}") != now:
            yield name, mode, now


def main(words: Sequence[str]) -> None:
    """Measure what is due; keep what the file knows of other routines and modes that exist."""
    parser = ArgumentParser(prog="python -m properties.power", description=__doc__)
    parser.add_argument("routine", nargs="*")
    parser.add_argument("--page", action="store_true", help="write the pages alone")
    chosen = parser.parse_args(words)
    if chosen.page:
        write()
        return
    worker = Worker()
    for name, mode, now in _due(chosen.routine, load()):
        fresh = measured(routines()[name], mode, worker)
        was = load()
        kept = [i for i in was.items if (i.routine, i.mode) != (name, mode)]
        save(
            Measured(
                tuple(i for i in [*kept, *fresh] if i.routine in routines()),
                {key: of for key, of in was.of.items() if key.split()[0] in routines()}
                | {f"{name} {mode}": now},
                tuple(sorted(key for key, one in routines().items() if one.of_numbers)),
            )
        )
    worker.stop()
    write()


if __name__ == "__main__":
    main(sys.argv[1:])

"""The worst input of a routine that a search finds: `python -m properties.search linalg.inv`.

Half of the time is for random draws. In the other half Hypothesis draws towards larger shares, then
recipes are climbed from the worst of these, one field at a time. So both are given the same, and
the factor between their worst shares says how far that of random draws is from the worst there is.
It is no part of a gate: what it finds depends on how long it is let.
"""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings, target
from hypothesis.database import ExampleDatabase

from properties import functions, recipes
from properties.corpus import Corpus
from properties.examine import Examined, examine
from properties.findings import finding_of, problem_of
from properties.modes import TensorFlow
from properties.registry import routines
from properties.routine import Problem, Routine
from properties.workers import Worker
from reports.cases import save_finding
from reports.figures import number_text
from reports.plain import RunError
from reports.record import BROKEN, HELD, HONESTY, Cell, Records

DEPTH = 16
RUN = Path(".runs/search")
SETTINGS = settings(
    database=None, deadline=None, print_blob=False, suppress_health_check=list(HealthCheck)
)


@dataclass
class Worst:
    """The largest share of each cell, and what it was seen on; `answers` judged so far."""

    answers: int = 0
    found: dict[Cell, tuple[float, Problem, Examined, Records, int]] = field(default_factory=dict)

    def look(self, routine: Routine, problem: Problem, real: TensorFlow) -> float:
        """Examine a problem, keep what is worse than before; the largest share that is held."""
        one = examine(routine, problem, [real])
        self.answers += sum(len(judged.outcomes) for judged in one.answers)
        top = 0.0
        for records in one.records:
            compared = (records.verdict == HELD) | (records.verdict == BROKEN)
            if records.cell.claim == HONESTY or not compared.any():
                continue
            share = np.where(compared, np.nan_to_num(records.share, nan=0.0), 0.0)
            member = int(np.argmax(share))
            if share[member] > self.found.get(records.cell, (0.0,))[0]:
                self.found[records.cell] = float(share[member]), problem, one, records, member
            held = share[records.verdict == HELD]
            top = max(top, float(held.max(initial=0.0)))
        return top


def drawn(
    routine: Routine,
    real: TensorFlow,
    seconds: float,
    *,
    aimed: bool,
    examples: ExampleDatabase | None = None,
) -> Worst:
    """What random draws find in that time, or those that Hypothesis aims at larger shares.

    `examples`: where it keeps what it aims from, and finds what others have kept.
    """
    worst, until = Worst(), time.monotonic() + seconds
    phases = [Phase.reuse, Phase.generate, Phase.target] if aimed else [Phase.generate]

    for block in range(10**6):
        # Aiming starts again with every block, for it cannot be told to stop in time.
        @seed(block)
        @settings(SETTINGS, phases=phases, max_examples=40, database=examples if aimed else None)
        @given(problem=routine.problems(DEPTH))
        def run(problem: Problem) -> None:
            if time.monotonic() < until:
                top = worst.look(routine, problem, real)
                if aimed:
                    target(min(top, 1e6))

        run()
        if time.monotonic() >= until:
            return worst
    return worst


def climbed(routine: Routine, real: TensorFlow, seconds: float, start: Worst) -> Worst:
    """What small steps from the worst recipes find: one number of a recipe changed at a time."""
    worst, until = Worst(0, dict(start.found)), time.monotonic() + seconds
    step = 0
    while worst.found and time.monotonic() < until:
        cells = sorted(worst.found)
        problem = worst.found[cells[step % len(cells)]][1]
        recipe = neighbour(problem.recipe, step)
        make: Callable[..., Problem] = (
            functions.problem if recipe[0] == "function" else recipes.problem
        )
        with suppress(ValueError, OverflowError):  # a condition or scale that the grid cannot have
            worst.look(routine, make(recipe), real)
        step += 1
    return worst


def neighbour(recipe: tuple[Any, ...], step: int) -> tuple[Any, ...]:
    """The recipe with its seed replaced or another whole number moved by one, in turn."""
    fields = list(recipe)
    places = [i for i, value in enumerate(fields) if type(value) is int and i > 1]
    place = places[step % len(places)]
    largest = max(places, key=lambda i: abs(fields[i]))
    if place == largest:  # the seed, of 32 bits
        fields[place] = (fields[place] * 1664525 + 1013904223 + step) % 2**32
    else:
        fields[place] = max(0, fields[place] + (1 if step // len(places) % 2 else -1))
    return tuple(fields)


@dataclass(frozen=True)
class Found:
    """The worst share of one cell, by random draws and by the search, and where the latter is."""

    cell: Cell
    random: float
    search: float
    file: Path


def searched(
    routine: Routine, real: TensorFlow, seconds: float, corpus: Corpus | None = None
) -> tuple[list[Found], int, int]:
    """What both ways find in half of the time each, and how many answers each judged.

    With a corpus the search begins with what is there, and leaves there what it finds.
    """
    examples = corpus.examples(routine.name) if corpus else None
    drawn(routine, real, 1.0, aimed=True)  # kernels are compiled when first called
    random = drawn(routine, real, seconds / 2, aimed=False)
    aimed = drawn(routine, real, seconds / 4, aimed=True, examples=examples)
    for case in corpus.worst(routine.name).values() if corpus else ():
        with suppress(ValueError, OverflowError):  # of a checkout that could make other recipes
            if case.cell.mode in real.modes:
                aimed.look(routine, problem_of(case), real)
    hill = climbed(routine, real, seconds / 4, aimed)
    found = []
    for cell, (share, problem, one, records, member) in sorted(hill.found.items()):
        finding = finding_of(routine, problem, one, records, member, "", {"mode": cell.mode})
        before = random.found.get(cell, (0.0,))[0]
        found.append(Found(cell, before, share, save_finding(RUN, finding)))
        if corpus:
            corpus.add(finding)
    return found, random.answers, aimed.answers + hill.answers


def main(words: list[str]) -> None:
    """Search, tell the factors as a table, keep the worst cases as findings to replay."""
    parser = ArgumentParser(prog="python -m properties.search", description=__doc__)
    parser.add_argument("routine", nargs="+", choices=sorted(routines()))
    parser.add_argument("--budget", type=float, default=60.0, help="seconds for each routine")
    parser.add_argument("--mode", default="eager")
    parser.add_argument("--corpus", help="a folder or redis://...: worst cases that are shared")
    chosen = parser.parse_args(words)
    try:
        corpus = Corpus(chosen.corpus) if chosen.corpus else None
    except RunError as error:
        parser.error(str(error))
    worker = Worker()
    real = TensorFlow(worker, (chosen.mode,))
    lines = ["| routine | claim | dtype | random | search | factor | finding |"]
    lines += ["|---|---|---|---:|---:|---:|---|"]
    for name in chosen.routine:
        found, random, search = searched(routines()[name], real, chosen.budget, corpus)
        lines.append(f"| {name} | answers judged | | {random:,} | {search:,} | | |")
        for one in found:
            factor = one.search / one.random if one.random else float("inf")
            told = [one.cell.claim, one.cell.dtype, *map(number_text, (one.random, one.search))]
            lines.append(f"| {name} | {' | '.join(told)} | {factor:.3g} | {one.file} |")
    worker.stop()
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])

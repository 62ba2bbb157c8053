"""The worst input of a routine that a search finds: `python -m properties.search linalg.inv`.

Half of the time is for random draws. In the other half Hypothesis draws towards larger shares, then
a climb goes on from the worst of these: by recipes, of which the seed, the condition, the scale,
the structure or a size is changed, and by single entries of the worst member. So both are given the
same, and the factor between their worst shares says how far that of random draws is from the worst
there is.
It is no part of a gate: what it finds depends on how long it is let.
"""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings, target
from hypothesis.database import ExampleDatabase

from properties import functions, recipes
from properties.corpus import Corpus, keep
from properties.domains import DOMAINS
from properties.dtypes import DTYPES, Dtype
from properties.examine import Examined, examine
from properties.findings import finding_of, problem_of
from properties.modes import TensorFlow
from properties.registry import routines
from properties.routine import Problem, Routine
from properties.workers import Worker
from reports.cases import load_finding, save_finding
from reports.figures import number_text
from reports.plain import RunError
from reports.record import BROKEN, HELD, HONESTY, Cell, Records

DEPTH = 16
# Kinds of problems any entry of which may be another number, of functions within their domains.
LOOSE = (
    "general", "systems", "rectangular", "least squares", "generators", "logits", "operands",
    "scalars",
)  # fmt: skip
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
    """What small steps from the worst problems find: of a recipe, and of entries of one member."""
    worst, until = Worst(0, dict(start.found)), time.monotonic() + seconds
    words = {found[1].recipe[3] for found in start.found.values()}
    step = 0
    while worst.found and time.monotonic() < until:
        cells = sorted(worst.found)
        cell = cells[step // 2 % len(cells)]
        _, problem, _, _, member = worst.found[cell]
        with suppress(ValueError, OverflowError):  # a condition or scale that the grid cannot have
            if step % 2 and problem.recipe[0] in LOOSE:
                moved: Problem | None = nudged(problem, member, DTYPES[cell.dtype], step)
            else:
                recipe = neighbour(problem.recipe, step // 2, sorted(words))
                make: Callable[..., Problem] = (
                    functions.problem if recipe[0] == "function" else recipes.problem
                )
                moved = make(recipe)
            if moved is not None:
                worst.look(routine, moved, real)
        step += 1
    return worst


def neighbour(recipe: tuple[Any, ...], step: int, words: Sequence[str] = ()) -> tuple[Any, ...]:
    """The recipe with another seed, condition, scale, structure or size, in turn."""
    plain = recipes.Recipe(*recipe)
    turn, way = step // 5, 1 if step // 5 % 2 else -1
    far = way * 2 ** (turn // 2 % 4)  # of steps of 1, 2, 4 and 8
    match step % 5:
        case 1 if plain.condition + far >= 0:
            return tuple(plain._replace(condition=plain.condition + far))
        case 2:
            return tuple(plain._replace(scale=plain.scale + far))
        case 3 if words and recipe[0] != "function":
            return tuple(plain._replace(structure=words[turn % len(words)]))
        case 4 if all(type(size) is int for size in plain.sizes) and recipe[0] != "function":
            place = turn % len(plain.sizes)
            sizes = [n + way * (k == place) for k, n in enumerate(plain.sizes)]
            if min(sizes) > 0:
                return tuple(plain._replace(sizes=tuple(sizes)))
    seed = (plain.seed * 1664525 + 1013904223 + step) % 2**32
    return tuple(plain._replace(seed=seed))


def nudged(problem: Problem, member: int, dtype: Dtype, step: int) -> Problem | None:
    """Copies of a member, each but the first with one entry changed; None where none may be."""
    alone = problem.select(np.full(DEPTH, member))
    inputs = [array.copy() for array in alone.inputs]
    chance = np.random.default_rng(step)
    for copy in range(1, DEPTH):
        array = inputs[chance.integers(len(inputs))]
        row = array[copy].reshape(-1)
        if not len(row):
            return None
        place = chance.integers(len(row))
        near = 1 + (-1.0) ** chance.integers(2) * 2.0 ** -chance.integers(1, dtype.bits)
        factor = (near, near, near, 2.0, 0.5, -1.0)[chance.integers(6)]
        row[place] = dtype.round(row[place : place + 1] * factor)[0]
        array[copy] = row.reshape(array[copy].shape)
    moved = replace(alone, inputs=tuple(inputs))
    if problem.recipe[0] == "scalars":
        inside = DOMAINS[problem.recipe[3]].inside(*inputs)
        moved = moved.select(np.flatnonzero(inside.reshape(DEPTH, -1).all(axis=1)))
    return moved if len(moved) and dtype in moved.dtypes else None


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
    parser.add_argument("--keep", action="store_true", help="have gates set first what holds")
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
            if chosen.keep:
                keep(load_finding(one.file))
            factor = one.search / one.random if one.random else float("inf")
            told = [one.cell.claim, one.cell.dtype, *map(number_text, (one.random, one.search))]
            lines.append(f"| {name} | {' | '.join(told)} | {factor:.3g} | {one.file} |")
    worker.stop()
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])

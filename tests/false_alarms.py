"""False alarms: `python -m tests.false_alarms [ROUTINE ...] --seconds 10 --out FILE`.

Implementations that are right stand in for TensorFlow: the exact answer rounded to nearest; of
functions of numbers also rounded up or down at random, where their claims grant a unit in the last
place; of other routines also SciPy in double precision, rounded once. They are judged as any other
backend, on problems that audits draw, until each routine has had its time or its answers; a broken
claim is a false alarm. Rows of routines that FILE has already are kept, so a run may be stopped and
started again.
"""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
from hypothesis import given, seed, settings
from hypothesis.strategies import SearchStrategy

from properties.examine import examine
from properties.modes import Backend
from properties.profile import PROFILE
from properties.registry import routines
from properties.routine import Problem, Routine
from reports.record import BROKEN, HELD, UNDECIDED
from tests.implementations import FAITHFUL, HONEST, ROUNDED_TRUTH, grants_a_unit

TERMS = (10**4, 10**5, 10**6)  # of long rows
DEPTH, MOST = 256, 2000  # members of a stack, stacks of a routine
HEAD = """\
# False alarms

Implementations that are right, judged as TensorFlow is: the exact answer rounded to nearest; of
functions of numbers also rounded up or down at random, where their claims grant a unit in the last
place; of other routines also SciPy in double precision, rounded once. In every dtype, on problems
that audits draw. Made by `python -m tests.false_alarms --out docs/false-alarms.md`.
*Answers* are members of stacks, of
functions of numbers vectors of up to 33; *numbers* are the entries of those; *comparisons* are
answers times claims that say something of them; an *alarm* is a claim that one of them breaks.

| routine | answers | numbers | comparisons | undecided | alarms |
|---|---:|---:|---:|---:|---:|
"""


class Enough(Exception):
    """No more problems are wanted."""


@dataclass
class Count:
    """What came of one routine so far."""

    answers: int = 0
    numbers: int = 0
    compared: int = 0
    undecided: int = 0
    alarms: int = 0


def backends(routine: Routine) -> list[Backend]:
    """The right implementations of a routine."""
    found: list[Backend] = [ROUNDED_TRUTH]
    if grants_a_unit(routine):
        found.append(FAITHFUL)
    if routine.rival is not None and not routine.of_numbers:
        found.append(HONEST)
    return found


def counted(routine: Routine, answers: int, seconds: float) -> Count:
    """Judge right implementations until there are enough answers; alarms are printed."""
    count = Count()
    kinds = [kind for kind in (routine.problems, routine.complex_problems) if kind is not None]
    drawn = [problems(DEPTH) for problems in kinds]
    if routine.long is not None:
        drawn += [routine.long(terms) for terms in TERMS]
    for number, problems in enumerate(drawn, 1):
        enough = answers * number // len(drawn)
        _judge(routine, problems, enough, seconds / len(drawn), count)
    return count


def _judge(
    routine: Routine,
    problems: SearchStrategy[Problem],
    enough: int,
    seconds: float,
    count: Count,
) -> None:
    """Add up what comes of drawn problems until there are enough answers in all, or time is up."""
    right, before, end = backends(routine), count.answers, time.monotonic() + seconds

    @seed(len(routine.name))
    @settings(PROFILE, max_examples=MOST)
    @given(problem=problems)
    def run(problem: Problem) -> None:
        if count.answers >= enough or (count.answers > before and time.monotonic() > end):
            raise Enough  # or Hypothesis draws all that it may
        examined = examine(routine, problem, right)
        count.answers += sum(len(judged.outcomes) for judged in examined.answers)
        for outcomes in examined.outcomes.values():
            count.numbers += sum(array.size for array in outcomes.arrays)
        for records in examined.records:
            verdicts = records.verdict
            count.compared += int(np.isin(verdicts, (HELD, BROKEN, UNDECIDED)).sum())
            count.undecided += int((verdicts == UNDECIDED).sum())
            broken = np.flatnonzero(verdicts == BROKEN)
            count.alarms += len(broken)
            if len(broken):
                say(f"ALARM {records.cell} members {broken.tolist()[:4]} of {problem}")

    with suppress(Enough):
        run()


def rows_of(path: Path) -> dict[str, list[int]]:
    """What the file tells of each routine."""
    if not path.exists():
        return {}
    lines = [line for line in path.read_text("utf-8").splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {
        name: [int(number.replace(",", "")) for number in numbers]
        for name, *numbers in cells
        if name in routines()
    }


def write(path: Path, rows: dict[str, list[int]]) -> None:
    """The page: a row for each routine in order, and their sum."""
    total = [sum(column) for column in zip(*rows.values(), strict=True)]
    lines = [(name, rows[name]) for name in sorted(rows)] + [("all", total)]
    text = "\n".join(f"| {name} | {' | '.join(f'{x:,}' for x in row)} |" for name, row in lines)
    path.write_text(HEAD + text + "\n", "utf-8")


def main(words: list[str]) -> int:
    """Judge each routine; 1 if there was an alarm."""
    parser = ArgumentParser(prog="python -m tests.false_alarms", description=__doc__)
    parser.add_argument("routines", nargs="*", metavar="ROUTINE")
    parser.add_argument("--answers", type=int, default=10**6, help="of each routine, at most")
    parser.add_argument("--seconds", type=float, default=10.0, help="for each routine, about")
    parser.add_argument("--out", type=Path, help="the page, which may have rows already")
    chosen = parser.parse_args(words)
    rows = rows_of(chosen.out) if chosen.out else {}
    for name in chosen.routines or routines():
        if name in rows and not chosen.routines:
            continue
        count = counted(routines()[name], chosen.answers, chosen.seconds)
        rows[name] = list(astuple(count))
        say(f"{name} {rows[name]}")
        if chosen.out:
            write(chosen.out, rows)
    return int(any(row[-1] for row in rows.values()))


def say(line: str) -> None:
    """One line, at once."""
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What a replay tells: the input, the truth, and what came of each dtype and mode, held or not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from properties.examine import Examined
from properties.findings import decimals, short
from properties.routine import Problem
from reports.cases import exact
from reports.figures import number_text, share_text
from reports.plain import write_text
from reports.record import VERDICTS

FILE = "replay.txt"


def write(run: Path, text: str) -> None:
    """Leave it in the run's folder, from where the terminal shows it."""
    write_text(run / FILE, text + "\n")


def read(run: Path) -> str:
    """What was left; nothing where the replay did not come so far."""
    return (run / FILE).read_text("utf-8") if (run / FILE).is_file() else ""


def text(problem: Problem, examined: Examined) -> str:
    """All about the one member of a problem."""
    return "\n".join(_lines(problem, examined))


def _lines(problem: Problem, examined: Examined) -> Iterator[str]:
    yield f"{examined.stack.routine}  {problem.digests[0]}  {dict(problem.arguments) or ''}"
    yield from (f"  input    {short(exact(array[0]))}" for array in problem.inputs)
    told: list[list[str]] = []
    for (dtype, mode, backend), outcomes in examined.outcomes.items():
        truth = examined.truths[dtype]
        true = [
            {"dtype": "decimal", "shape": part.hi.shape[1:], "values": decimals(part, 0)}
            for part in truth.parts
            if np.isfinite(part.radius[0]).all()
        ]
        shown = [f"  true     {short(part)}" for part in true]
        if shown not in told:  # mostly one truth serves all dtypes
            told.append(shown)
            yield from shown or ["  true     none that is finite"]
        who = f"{dtype} {mode}" if backend == "tensorflow" else f"{dtype} {backend}"
        message = outcomes.messages.get(0, "")
        yield f"{who}: {outcomes.words[0]}{': ' + message if message else ''}"
        if outcomes.words[0] == "answer":
            yield from (f"  got      {short(exact(array[0], dtype))}" for array in outcomes.arrays)
        for records in examined.records:
            if records.cell[2:] == (dtype, mode, backend):
                error, bound, share = (
                    float(column[0]) for column in (records.error, records.bound, records.share)
                )
                yield (
                    f"  {VERDICTS[records.verdict[0]]:9}{records.cell.claim}: share "
                    f"{share_text(share)}, error {number_text(error)} of {number_text(bound)} eps"
                )

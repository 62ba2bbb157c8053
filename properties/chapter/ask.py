"""What the installed TensorFlow answers to an example, and how its routine's claims judge it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from properties.chapter.item import Array, Item, rounded
from properties.dtypes import DTYPES, Dtype
from properties.examine import examine
from properties.modes import MODES, TensorFlow
from properties.protocol import Request
from properties.registry import routines
from properties.routine import Problem
from properties.workers import Worker
from reports.record import ANSWER, BROKEN, HELD, VACUOUS

LEAST = 0.001  # of a share that is worth its digits


@dataclass(frozen=True)
class Answer:
    """What one dtype got from the modes that gave the same bits.

    `found`: the numbers, or the message where there are none. `off`: eps from the exact answer to
    the inputs as this dtype holds them; `moved`: eps between that and the answer to the decimals.
    `share`: the largest part of a bound that was used up, with its claim, and the verdict.
    """

    dtype: str
    modes: tuple[str, ...]
    found: tuple[float, ...]
    message: str
    off: float
    moved: float
    share: str


def answers(item: Item, worker: Worker) -> Iterator[Answer]:
    """Each dtype in turn, modes that agree together; dtypes that are not offered are left out."""
    for name in item.dtypes:
        dtype = DTYPES[name]
        exact = item.answer(dtype)
        moved = item.off(exact, dtype, item.answer())
        for modes, found, message in _grouped(item, dtype, worker):
            finite = len(found) > 0 and np.isfinite(found).all()
            yield Answer(
                dtype=name,
                modes=modes,
                found=found,
                message=message,
                off=item.off(found, dtype, exact) if finite else float("nan"),
                moved=moved,
                share=_share(item, dtype, modes[0], worker) if finite else "",
            )


def problem_of(item: Item, dtype: Dtype) -> Problem:
    """The example as a stack of one."""
    inputs = tuple(
        rounded(x, dtype).astype(np.float64).reshape(1, *x.shape) for x in item.inputs
    )  # fmt: skip
    traits = {"structure": "chapter", "seed": 0, "grid": dtype.name, "member": 0}
    columns = {name: np.array([value]) for name, value in traits.items()}
    return Problem(inputs, item.sizes, columns, ("chapter", item.title), dict(item.arguments))


def _grouped(
    item: Item, dtype: Dtype, worker: Worker
) -> list[tuple[tuple[str, ...], tuple[float, ...], str]]:
    problem = problem_of(item, dtype)
    found: dict[tuple[str, str], tuple[tuple[float, ...], str, list[str]]] = {}
    for mode in MODES:
        inputs = tuple(array.astype(dtype.numpy) for array in problem.inputs)
        request = Request(
            item.call, None, mode, "CPU:0", dtype.name, dict(item.arguments), inputs
        )  # fmt: skip
        reply = worker.ask(request)
        parts: list[Array] = [part.astype(np.float64) for part in reply.arrays]
        shown = tuple(item.shown(parts).tolist()) if reply.outcome == ANSWER else ()
        message = "" if shown else reply.outcome
        found.setdefault((repr(shown), message), (shown, message, []))[2].append(mode)
    return [(tuple(modes), shown, message) for shown, message, modes in found.values()]


def _share(item: Item, dtype: Dtype, mode: str, worker: Worker) -> str:
    """The claim that the answer comes nearest to, in words."""
    if not item.routine:
        return ""
    routine, problem = routines()[item.routine], problem_of(item, dtype)
    examined = examine(
        routine, problem, [TensorFlow(worker, (mode,))], dtypes=[dtype.name]
    )  # fmt: skip
    told = {HELD: "held", BROKEN: "broken", VACUOUS: "vacuous"}
    judged = [
        (float(records.share[0]), records.cell.claim, told.get(int(records.verdict[0]), "open"))
        for records in examined.records
        if int(records.verdict[0]) != VACUOUS and records.cell.claim != "honesty"
    ]
    if not judged:
        return "vacuous"
    share, claim, verdict = max(judged)
    size = f"{share:.2g}" if share >= LEAST else f"below {LEAST}"
    return f"{size} of {claim}, {verdict}"

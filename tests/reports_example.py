"""A small run that is written down, not measured: what the tests of `reports` read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from reports.cases import exact, save_finding
from reports.ledger import Entry, Ledger
from reports.record import (
    BROKEN,
    HELD,
    OUTCOMES,
    UNDECIDED,
    VACUOUS,
    Answers,
    Cell,
    Finding,
    Item,
    Records,
    Stack,
)
from reports.run import mark_complete
from reports.store import Spool

MEMBERS = 8
HOSTILE = "<script>alert('x')</script> \x1b[31m{{ 7 * 7 }} | [a](b)"
DTYPES = ("bfloat16", "float32", "float64")
MODES = ("eager", "graph", "xla")

HEADER: dict[str, Any] = {
    "versions": {"tensorflow": "2.21.0", "numpy": "2.4.0", "python": "3.12.1"},
    "device": "CPU:0",
    "cpu": ["avx2", "fma"],
    "flags": {"TF_ENABLE_ONEDNN_OPTS": "0"},
    "commit": "0123456789abcdef0123456789abcdef01234567",
    "seed": 20240229,
    "started": "2026-02-28T12:00:00Z",
    "argv": ["pytest", "properties"],
    "claims": [
        {
            "routine": "linalg.solve",
            "claim": "backward",
            "bound": "3 * n * growth + 1",
            "because": "Gaussian elimination with partial pivoting (Higham 2002, theorem 9.3)",
            "terms": {"growth": "norm_u"},
        },
        {
            "routine": "linalg.solve",
            "claim": "forward",
            "bound": "2 * eta * kappa",
            "because": "the backward error times the condition number (Higham 2002, 7.1)",
            "unless": "2 * eta * kappa * eps",
            "terms": {"eta": "3 * n + 1"},
        },
        {
            "routine": "nn.softmax",
            "claim": "entrywise",
            "bound": "spread + n + 4",
            "because": "the rounding of x - max, the exponential and the sum",
        },
        {
            "routine": "nn.softmax",
            "claim": "order",
            "bound": "1",
            "because": "the exponential is monotone",
        },
    ],
}

LEDGER = Ledger(
    (
        Entry(
            id="solve-graded",
            routine="linalg.solve",
            claim="backward",
            title="a graded matrix loses its small rows",
            because="no scaling",
            seen="2.21.0",
            evidence="balls and mpmath agree",
            dtypes=("float32",),
            modes=("xla",),
            backend="tensorflow",
            where={"structure": ("graded",), "kappa": (1e3, np.inf), "n": (2.0, 8.0)},
            share=4.0,
            outcome="",
            case="",
            upstream="",
        ),
    )
)


def stack(routine: str, number: int) -> Stack:
    """Eight members; every other one is graded, with growing condition."""
    letter = {"l": 0xA, "n": 0xB}[routine[0]]
    keys = [(number << 32) + (letter << 28) + i for i in range(MEMBERS)]
    return Stack(
        routine=routine,
        block=f"block {number}",
        digest=f"{number:016x}",
        keys=np.array(keys, dtype=np.uint64),
        recipe=("spectrum", number, (2, 0.5)),
        sizes={"n": 2 + number},
        arguments={"adjoint": False, "tree": ("add", ("x", 1.5))},
        traits={
            "structure": np.array(["dense", "graded"] * (MEMBERS // 2)),
            "log2_scale": np.arange(MEMBERS) - 4,
            "spread": np.linspace(0.0, 1.0, MEMBERS),
        },
        quantities={"kappa": np.array([10.0**i for i in range(1, MEMBERS + 1)])},
    )


def items(numbers: range = range(4)) -> Iterator[Item]:
    """Everything in the run: a new break, a known one, refusals, a member left undecided."""
    for number in numbers:
        for routine, claims in (
            ("linalg.solve", ("backward", "forward")),
            ("nn.softmax", ("entrywise",)),
        ):
            yield stack(routine, number)
            for dtype in DTYPES:
                for mode in MODES:
                    yield from _told(routine, claims, number, dtype, mode, "tensorflow")
                if dtype == "float64":
                    yield from _told(routine, claims, number, dtype, "library", "scipy")


def _told(
    routine: str, claims: tuple[str, ...], number: int, dtype: str, mode: str, backend: str
) -> Iterator[Item]:
    digest = f"{number:016x}"
    refused = routine == "linalg.solve" and dtype == "bfloat16"
    outcomes = np.full(MEMBERS, OUTCOMES.index("not offered" if refused else "answer"), np.int8)
    messages: dict[int, str] = {}
    if (routine, dtype, mode, number) == ("linalg.solve", "float64", "eager", 1):
        outcomes[3], messages[3] = OUTCOMES.index("raised"), HOSTILE
    yield Answers(digest, routine, dtype, mode, backend, outcomes, messages)
    for claim in claims if not refused else ():
        yield records(Cell(routine, claim, dtype, mode, backend), number)


def records(cell: Cell, number: int) -> Records:
    """Shares that fall by powers of two, and the breaks that the run is known for."""
    step = 1 + number + len(cell.mode) + (cell.dtype == "float64")
    share = 2.0 ** -(np.arange(MEMBERS) * 0.75 + step / 4)
    share[MEMBERS - 1] = 0.0
    bound = np.full(MEMBERS, 16.0)
    verdict = np.full(MEMBERS, HELD, dtype=np.int8)
    if cell[:4] == ("linalg.solve", "backward", "float32", "xla"):
        share[3], verdict[3] = 3.0 + number / 4, BROKEN  # graded, kappa 1e4: in the ledger
    if cell[:4] == ("linalg.solve", "forward", "float64", "eager") and number == 2:
        share[4], verdict[4] = 2.5, BROKEN  # new
    if cell[:4] == ("nn.softmax", "entrywise", "bfloat16", "xla") and number == 0:
        verdict[1] = UNDECIDED
    if cell.claim == "forward":
        verdict[6:], bound[6:] = VACUOUS, np.inf
    error = np.asarray(share * np.where(np.isinf(bound), 1, bound), dtype=np.float64)
    return Records(f"{number:016x}", cell, error, bound, verdict)


FINDING = Finding(
    cell=Cell("linalg.solve", "forward", "float64", "eager", "tensorflow"),
    digest="00000002a0000004",
    recipe=("spectrum", 2, (2, 0.5)),
    member=4,
    arguments={"adjoint": False},
    traits={"structure": "dense", "scale": 0, "title": HOSTILE},
    inputs=(
        exact(np.array([[4.0, 1.0], [1.0, 3.0]]), "float64"),
        exact(np.array([[1.0], [2.0]]), "float64"),
    ),
    got=(exact(np.array([[0.09090909090909091], [0.6363636363636364]])),),
    true=(
        {
            "dtype": "decimal",
            "shape": (2, 1),
            "values": ("0.090909090909090909091", "0.63636363636363636364"),
        },
    ),
    error=40.0,
    bound=16.0,
    formula="2 * eta * kappa",
    because="the backward error times the condition number (Higham 2002, 7.1)",
    condition={"kappa": 1e5},
    outcome="answer",
    engines=("balls", "mpmath"),
    call="linalg.solve",
    environment={"tensorflow": "2.21.0", "device": "CPU:0"},
)


def write_run(folder: Path, workers: int = 1, complete: bool = True) -> Path:
    """The run as `workers` workers leave it, stacks shared out in turn."""
    numbers = range(4)
    for worker in range(workers):
        with Spool(folder, f"gw{worker}", HEADER) as spool:
            for number in numbers[worker::workers]:
                for item in items(range(number, number + 1)):
                    spool.append(item)
    save_finding(folder, FINDING)
    save_finding(
        folder,
        replace(
            FINDING,
            cell=Cell("linalg.solve", "backward", "float32", "xla", "tensorflow"),
            digest="00000003a0000003",
            error=60.0,
            known="solve-graded",
        ),
    )
    if complete:
        mark_complete(folder)
    return folder

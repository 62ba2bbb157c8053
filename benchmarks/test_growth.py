"""How the layers grow with the order of the matrix: n = 2 to 256, each layer alone, one core.

Singular values lie apart (spread evenly, condition up to 2^30), so that the batched layers answer:
clusters and conditions beyond them are for other layers. The exponent is the slope of a line
through the logarithms, of all orders and of those from TAIL on, where it is steepest.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.line import Line
from benchmarks.problems import LINEAR, recipe
from properties.dtypes import FLOAT64, Dtype
from properties.examine import examine
from properties.modes import Outcomes
from properties.recipes import problem
from properties.registry import routines
from properties.routine import Problem, Routine
from references.truth import Truth

ORDERS = (2, 4, 8, 16, 32, 64, 128, 256)
TAIL = 32
ENTRIES = 2**17  # of a stack, at most; 4 to 1,024 members
LAYERS = ("draw", "TensorFlow", "truth", "measures")


@dataclass(frozen=True)
class Ready:
    """A backend whose answers were computed before."""

    outcomes: Outcomes
    name: str = "tensorflow"
    modes: tuple[str, ...] = ("eager",)

    def answer(
        self, routine: Routine, problem: Problem, dtype: Dtype, mode: str, truth: Truth
    ) -> Outcomes:
        """What was answered."""
        return self.outcomes


@pytest.mark.parametrize("name", LINEAR)
def test_growth(benchmark: BenchmarkFixture, line: Line, name: str) -> None:
    """Microseconds a member of every layer, for every order."""
    columns: dict[str, list[float]] = {layer: [] for layer in LAYERS}
    proved: list[float] = []

    def grow() -> None:
        for n in ORDERS:
            spent, batched = layers(line, name, n)
            proved.append(batched)
            for layer, column in columns.items():
                column.append(spent[layer])

    benchmark.group = f"{name}, growth"
    benchmark.pedantic(grow, rounds=1)
    told = benchmark.extra_info
    told["orders"], told["microseconds"], told["batched"] = list(ORDERS), columns, proved
    told["exponents"] = {layer: exponent(column) for layer, column in columns.items()}
    told["exponents of the tail"] = {
        layer: exponent(column, TAIL) for layer, column in columns.items()
    }


def layers(line: Line, name: str, n: int) -> tuple[dict[str, float], float]:
    """Microseconds a member by layer, and the part of the members that batched layers proved."""
    routine = routines()[name]
    depth = max(4, min(1024, ENTRIES // n**2))
    spectrum = "ordinary" if name == "nn.softmax" else "arithmetic"
    extra = {"eps": FLOAT64.eps} if routine.by_dtype else {}
    given, drawn = fastest(lambda: problem(recipe(name, n, depth, spectrum, 1, condition=30)))
    truth, proof = fastest(lambda: routine.reference(*given.inputs, **extra, **given.arguments))
    backend = line.session.backends[0]
    outcomes, answer = fastest(lambda: backend.answer(routine, given, FLOAT64, "eager", truth))
    known = replace(routine, reference=lambda *_, **__: truth)
    _, judged = fastest(lambda: examine(known, given, [Ready(outcomes)], dtypes=("float64",)))
    seconds = zip(LAYERS, (drawn, answer, proof, judged), strict=True)
    batched = sum(engine != "balls" for engine in truth.engine) / depth
    return {layer: 1e6 * time / depth for layer, time in seconds}, batched


def fastest(call: Callable[[], Any], times: int = 3) -> tuple[Any, float]:
    """What a call gives, and the seconds of its fastest run."""
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        result = call()
        spent.append(time.perf_counter() - start)
    return result, min(spent)


def exponent(column: list[float], least: int = 0) -> float:
    """The slope of log time against log n, for orders from `least` on."""
    orders = np.array(ORDERS)
    kept = orders >= least
    return float(np.polyfit(np.log(orders[kept]), np.log(np.array(column)[kept]), 1)[0])

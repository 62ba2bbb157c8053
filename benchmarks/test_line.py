"""The whole line on one stack, beside what a plain test with mpmath would do for one member.

`pytest benchmarks` prints a group for each routine. Times of "stack" are for DEPTH members: draw,
TensorFlow (eager, float64), truth, measures, verdicts. Times of "plain" are for one member:
TensorFlow and mpmath at two precisions. `extra_info` holds microseconds a member of both, for
ratios that come from one run and one machine.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from properties.dtypes import FLOAT64
from properties.examine import examine
from properties.modes import TensorFlow
from properties.recipes import Recipe, problem
from properties.registry import routines
from properties.workers import Worker

DEPTH = 128
RECIPES = {
    "nn.softmax": Recipe("logits", DEPTH, (8,), "ordinary", 0, 0, "float64", 1, (("axis", -1),)),
    "linalg.inv": Recipe(
        "general", DEPTH, (8,), "geometric", 20, 0, "float64", 1, (("adjoint", False),)
    ),
    "linalg.solve": Recipe(
        "systems", DEPTH, (8, 1), "geometric", 20, 0, "float64", 1, (("adjoint", False),)
    ),
    "linalg.eigh": Recipe("symmetric", DEPTH, (8,), "geometric", 20, 0, "float64", 1),
    "linalg.lstsq": Recipe(
        "least squares", DEPTH, (16, 8, 1), "geometric", 20, 0, "float64", 1,
        (("fast", False), ("l2_regularizer", 0.0)),
    ),
    "linalg.pinv": Recipe("rectangular", DEPTH, (8, 8), "geometric", 20, 0, "float64", 1),
}  # fmt: skip


@pytest.fixture(scope="module")
def backend() -> Iterator[TensorFlow]:
    """TensorFlow in its child, warm."""
    worker = Worker()
    yield TensorFlow(worker, ("eager",))
    worker.stop()


@pytest.mark.parametrize("name", RECIPES)
def test_stack(benchmark: BenchmarkFixture, backend: TensorFlow, name: str) -> None:
    """Draw, answer, truth, measures and verdicts of a stack."""
    benchmark.group, routine = name, routines()[name]

    def line() -> int:
        examined = examine(routine, problem(RECIPES[name]), [backend], dtypes=("float64",))
        return sum(len(records.verdict) for records in examined.records)

    line()
    assert benchmark(line) >= DEPTH
    benchmark.extra_info["microseconds a member"] = benchmark.stats["mean"] / DEPTH * 1e6


@pytest.mark.parametrize("name", RECIPES)
def test_plain(benchmark: BenchmarkFixture, backend: TensorFlow, name: str) -> None:
    """One member answered by TensorFlow and set to mpmath, without draws or verdicts."""
    benchmark.group, routine = name, routines()[name]
    one = problem(RECIPES[name]).select(np.array([0]))
    extra = {"eps": FLOAT64.eps} if routine.by_dtype else {}
    truth = routine.reference(*one.inputs, **extra, **one.arguments)
    assert routine.audit is not None

    def plain() -> object:
        backend.answer(routine, one, FLOAT64, "eager", truth)
        return routine.audit(*(array[0] for array in one.inputs), **extra, **one.arguments)

    assert benchmark(plain)
    benchmark.extra_info["microseconds a member"] = benchmark.stats["mean"] * 1e6

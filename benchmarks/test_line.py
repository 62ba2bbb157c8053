"""The whole line beside the plain test with mpmath: one core, eager float64, in one run.

`line`: Hypothesis draws recipes; stacks are answered, proved, measured, judged and recorded.
`plain`: what `plain.py` does for one problem after another. Hypothesis's own time is counted on
both sides; audits by mpmath, which have a process of their own, on neither. `extra_info` holds
problems a second and, of the line, the microseconds a member by stage and who proved the truths.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks import plain
from benchmarks.line import Line, Watch, each
from benchmarks.problems import (
    BEYOND,
    DERIVATIVES,
    INPUTS,
    LINEAR,
    beyond,
    clustered,
    differentiated,
    points,
    pool,
    stacks,
    trees,
)
from benchmarks.table import STAGES
from properties.dtypes import FLOAT64
from properties.recipes import problem
from properties.registry import routines
from properties.routine import Problem, Routine

DEPTH = 1024
STACKS = {8: 24, 32: 8}
FEW = 2
OTHER = {"linalg.eigh": FEW, "linalg.svd": FEW}  # stacks at n = 32, which take seconds
PLAIN = {8: 60, 32: 2}
# Of few problems so quick Hypothesis's start would be a tenth of the time, or a third.
SHORT = {"nn.softmax": (96, 240)}  # stacks, and problems of the plain test
QUICK = {  # problems at n = 32
    "linalg.logdet": 12, "linalg.cholesky": 12, "linalg.det": 6,
    "linalg.slogdet": 6, "linalg.solve": 6, "linalg.qr": 4, "linalg.lstsq": 4, "linalg.inv": 4,
}  # fmt: skip
FRESH, TRACED = "fresh functions", "functions traced before"
CASES = [(name, n) for n in STACKS for name in LINEAR]
CONDITIONED = [name for name in LINEAR if name != "nn.softmax"]
HARD = {"beyond 1e12": beyond, "clusters": clustered}
ROUNDS = 3

Drawn = Callable[[Watch], SearchStrategy[Problem]]


@pytest.mark.parametrize(("name", "n"), CASES)
def test_line(benchmark: BenchmarkFixture, line: Line, tensorflow: Any, name: str, n: int) -> None:
    """A few stacks of one routine, conditions log-uniform to 1e12."""

    def drawn(watch: Watch) -> SearchStrategy[Problem]:
        return stacks(name, n, DEPTH, watch.timed("draw", problem))

    benchmark.group = f"{name}, n = {n}"
    count = OTHER.get(name, STACKS[n]) if n > min(STACKS) else STACKS[n]
    count, _ = SHORT.get(name, (count, 0))
    timed(benchmark, line, routines()[name], drawn, count)
    same = each(stacks(name, n, DEPTH), FEW)
    own = alone(tensorflow, routines()[name], same)
    told = benchmark.extra_info
    told["stages"]["TensorFlow alone"] = own
    verification = sum(told["stages"][stage] for stage in ("truth", "measures", "records"))
    told["verification over TensorFlow"] = verification / own
    told.update(census(routines()[name], same))


@pytest.mark.parametrize(("name", "n"), CASES)
def test_plain(benchmark: BenchmarkFixture, tensorflow: Any, name: str, n: int) -> None:
    """One problem after another."""
    benchmark.group = f"{name}, n = {n}"
    count = QUICK.get(name, PLAIN[n]) if n > min(STACKS) else PLAIN[n]
    _, count = SHORT.get(name, (0, count))
    plainly(benchmark, name, n, count)


@pytest.mark.parametrize("name", CONDITIONED)
@pytest.mark.parametrize("what", HARD)
def test_hard(benchmark: BenchmarkFixture, line: Line, name: str, what: str) -> None:
    """What needs more than the first layer by itself, drawn before the clock starts."""
    if (name, what) == ("linalg.pinv", "beyond 1e12"):
        pytest.skip("the default cut of pinv lies there")
    routine, found = routines()[name], HARD[what](name, 8, 256)

    def sit() -> None:
        for each_stack in found:
            line.session.sit(routine, each_stack, name, audited=False)

    benchmark.group = f"{name}, n = 8, {what}"
    benchmark.pedantic(sit, rounds=1, warmup_rounds=1)
    told = benchmark.extra_info
    told["problems a second"] = sum(map(len, found)) / benchmark.stats["min"]
    told.update(census(routine, found))


@pytest.mark.parametrize("name", DERIVATIVES)
def test_line_fresh(benchmark: BenchmarkFixture, line: Line, name: str) -> None:
    """Each stack has a random function of its own, which TensorFlow has not seen."""
    seen: Counter[Any] = Counter()

    def made(watch: Watch) -> Callable[..., Problem]:
        def counted(*given: Any) -> Problem:
            seen[given[1]] += 1
            return points(*given)

        return watch.timed("draw", counted)

    def drawn(watch: Watch) -> SearchStrategy[Problem]:
        return differentiated(name, DEPTH, trees(name), made(watch))

    benchmark.group = f"{name}, {FRESH}"
    timed(benchmark, line, routines()[name], drawn, 16, warm=0, seeds=range(1, 1 + ROUNDS))
    assert len(seen) > 8 * ROUNDS, "Hypothesis repeats its functions"


@pytest.mark.parametrize("name", DERIVATIVES)
def test_line_traced(benchmark: BenchmarkFixture, line: Line, name: str) -> None:
    """Stacks of points for a few functions, which `tf.function` has traced."""
    known = st.sampled_from(pool(name))

    def drawn(watch: Watch) -> SearchStrategy[Problem]:
        return differentiated(name, DEPTH, known, watch.timed("draw", points))

    benchmark.group = f"{name}, {TRACED}"
    graph = line.in_mode("graph")
    for tree in pool(name):
        graph.session.sit(routines()[name], points(name, tree, DEPTH, 0), name)
    timed(benchmark, graph, routines()[name], drawn, 12)


@pytest.mark.parametrize("name", DERIVATIVES)
def test_plain_derivative(benchmark: BenchmarkFixture, tensorflow: Any, name: str) -> None:
    """One point after another, of a few functions; TensorFlow traces each time, as it is called."""
    benchmark.group = name
    plainly(benchmark, name, INPUTS, 20)


def timed(
    benchmark: BenchmarkFixture,
    line: Line,
    routine: Routine,
    drawn: Drawn,
    count: int,
    *,
    warm: int = 1,
    seeds: Sequence[int] = (1,) * ROUNDS,
) -> None:
    """Rounds of the line; what the fastest of them says."""
    rounds: list[dict[str, float]] = []
    numbers = iter([*(1,) * warm, *seeds])

    def run() -> None:
        rounds.append(line.rounds(routine, drawn, count, next(numbers)))

    benchmark.pedantic(run, rounds=len(seeds), warmup_rounds=warm)
    best = min(rounds[warm:], key=lambda found: found["whole"] / found["members"])
    benchmark.extra_info["problems a second"] = best["members"] / best["whole"]
    part = line.measures(routine, each(drawn(Watch()), FEW))
    best |= {"measures": part * best["rest"], "records": (1 - part) * best["rest"]}
    stages = {stage: 1e6 * best[stage] / best["members"] for stage in STAGES}
    benchmark.extra_info["stages"] = stages


def plainly(benchmark: BenchmarkFixture, name: str, n: int, count: int) -> None:
    """Rounds of the plain test."""
    few = n > min(STACKS)
    judged = benchmark.pedantic(
        plain.run, (name, n, count), rounds=2, warmup_rounds=1 - few, iterations=1
    )
    assert len(judged) == count
    assert np.median(judged) < 1e-6, "the plain test has something to say"
    benchmark.extra_info["problems a second"] = count / benchmark.stats["min"]


def alone(tensorflow: Any, routine: Routine, problems: Sequence[Problem]) -> float:
    """Microseconds a member of TensorFlow in this process, from arrays to arrays."""
    from properties.child import lookup

    call, spent = lookup(routine.call), []
    for given in problems * 3:
        start = time.perf_counter()
        found = call(*map(tensorflow.constant, given.inputs), **given.arguments)
        for part in found if isinstance(found, (tuple, list)) else (found,):
            part.numpy()
        spent.append((time.perf_counter() - start) / len(given) * 1e6)
    return float(np.median(spent))


def census(routine: Routine, problems: Sequence[Problem]) -> dict[str, Any]:
    """What part of the members each engine proved, and what part lies beyond 1e12."""
    extra = {"eps": FLOAT64.eps} if routine.by_dtype else {}
    engines: Counter[str] = Counter()
    far = 0
    for given in problems:
        truth = routine.reference(*given.inputs, **extra, **given.arguments)
        engines.update(truth.engine)
        asked = given.traits.get("log2_condition", np.zeros(len(given)))
        kappa = truth.quantities["kappa"].upper if "kappa" in truth.quantities else 2.0**asked
        far += int((kappa > BEYOND).sum())
    members = sum(map(len, problems))
    return {
        "engines": {engine: count / members for engine, count in engines.items()},
        "beyond 1e12": far / members,
    }

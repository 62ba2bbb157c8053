"""The whole line beside the plain test with mpmath, one core, eager float64, in one run.

`line`: Hypothesis draws recipes, stacks of DEPTH are answered, judged and recorded. `plain`: what
`plain.py` does for one problem after another. `extra_info` holds problems a second of either and,
for the line, where a member's microseconds go; the last lines of the run print the ratios. Audits
by mpmath, which have a process of their own, are left out.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks import plain
from properties import memory
from properties.dtypes import FLOAT64
from properties.matrices import SPECTRA
from properties.modes import TensorFlow
from properties.recipes import Recipe, problem
from properties.registry import routines
from properties.routine import Problem
from properties.session import Session
from properties.workers import Worker
from reports.ledger import Ledger
from reports.store import Spool

DEPTH = {8: 1024, 32: 256}
STACKS = {8: 12, 32: 4}
PLAIN = {8: 100, 32: 3}
SINGLE, ADJOINT = (("axis", -1),), (("adjoint", False),)
SOLVER = (("fast", False), ("l2_regularizer", 0.0))
MADE: dict[str, tuple[str, Callable[[int], tuple[int, ...]], Any]] = {
    "nn.softmax": ("logits", lambda n: (n,), SINGLE),
    "linalg.inv": ("general", lambda n: (n,), ADJOINT),
    "linalg.solve": ("systems", lambda n: (n, 1), ADJOINT),
    "linalg.lstsq": ("least squares", lambda n: (2 * n, n, 1), SOLVER),
    "linalg.eigh": ("symmetric", lambda n: (n,), ()),
    "linalg.pinv": ("rectangular", lambda n: (n, n), ()),
}
CASES = [(name, n) for n in DEPTH for name in MADE]


def stacks(name: str, n: int) -> st.SearchStrategy[Problem]:
    """Condition log-uniform to 1e12 (2^40; of pinv as far as its cut allows), any scale."""
    kind, sizes, arguments = MADE[name]
    structures = ("ordinary",) if kind == "logits" else tuple(SPECTRA)
    condition = 36 if kind == "rectangular" else 40

    def made(structure: str, chosen: bytes) -> Problem:
        number = int.from_bytes(chosen, "big")
        recipe = Recipe(kind, DEPTH[n], sizes(n), structure, condition, 200, "float64", number)
        return problem(recipe._replace(arguments=arguments, scale=0 if kind == "logits" else 200))

    return st.builds(made, st.sampled_from(structures), st.binary(min_size=4, max_size=4))


@pytest.fixture(scope="module", autouse=True)
def one_core() -> Iterator[None]:
    """Parent and child share one core, so that no second one flatters the line."""
    memory.keep()
    kept = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(kept)})
    yield
    os.sched_setaffinity(0, kept)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """What judges and records, with TensorFlow in its child."""
    run = tmp_path_factory.mktemp("run")
    opened = _session(run)
    yield opened
    opened.close()


def _session(run: Path) -> Session:
    header = {"versions": {}, "claims": [], "seed": 0, "depth": max(DEPTH.values()), "argv": []}
    header |= {"device": "CPU:0", "cpu": [], "flags": {}, "commit": "", "started": ""}
    return Session(
        backends=(TensorFlow(Worker(), ("eager",)),),
        spool=Spool(run, "main", header),
        run=run,
        worker="main",
        environment={},
        ledger=Ledger.load(),
        dtypes=("float64",),
        modes=("eager",),
        audit=True,
    )


@pytest.mark.parametrize(("name", "n"), CASES)
def test_line(benchmark: BenchmarkFixture, session: Session, name: str, n: int) -> None:
    """Draw, answer, truth, measures, verdicts and records of a few stacks."""
    routine, judged = routines()[name], [0]

    def line() -> None:
        judged[0] = 0

        @seed(1)
        @settings(
            database=None,
            deadline=None,
            max_examples=STACKS[n],
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(given_problem=stacks(name, n))
        def test(given_problem: Problem) -> None:
            session.sit(routine, given_problem, f"{name}-{n}", audited=False)
            judged[0] += len(given_problem)

        test()

    benchmark.group = f"{name}, n = {n}"
    benchmark.pedantic(line, rounds=3, warmup_rounds=1)
    assert judged[0] == STACKS[n] * DEPTH[n]
    benchmark.extra_info["problems a second"] = judged[0] / benchmark.stats["min"]
    benchmark.extra_info["microseconds a member"] = _stages(session, name, n)


@pytest.mark.parametrize(("name", "n"), CASES)
def test_plain(benchmark: BenchmarkFixture, name: str, n: int) -> None:
    """One problem after another."""
    benchmark.group = f"{name}, n = {n}"
    judged = benchmark.pedantic(
        plain.run, (name, n, PLAIN[n]), rounds=2, warmup_rounds=1 if n == 8 else 0
    )
    assert judged == PLAIN[n]
    benchmark.extra_info["problems a second"] = judged / benchmark.stats["min"]


def _stages(session: Session, name: str, n: int) -> dict[str, float]:
    """Where the time of a member goes, in microseconds: medians of a few stacks."""
    routine, kind = routines()[name], MADE[name]
    extra = {"eps": FLOAT64.eps} if routine.by_dtype else {}
    structure = "ordinary" if kind[0] == "logits" else "log-uniform"
    columns: dict[str, list[float]] = {"draw": [], "TensorFlow": [], "truth": [], "whole": []}
    for number in range(5):
        recipe = Recipe(kind[0], DEPTH[n], kind[1](n), structure, 36, 100, "float64", number)
        recipe = recipe._replace(arguments=kind[2], scale=0 if kind[0] == "logits" else 100)
        ticks = [time.perf_counter()]
        made = problem(recipe)
        ticks.append(time.perf_counter())
        truth = routine.reference(*made.inputs, **extra, **made.arguments)
        ticks.append(time.perf_counter())
        session.backends[0].answer(routine, made, FLOAT64, "eager", truth)
        ticks.append(time.perf_counter())
        session.sit(routine, problem(recipe), f"{name}-{n}", audited=False)
        ticks.append(time.perf_counter())
        for column, step in zip(
            ("draw", "truth", "TensorFlow", "whole"), np.diff(ticks), strict=True
        ):
            columns[column].append(step / DEPTH[n] * 1e6)
    found = {column: float(np.median(steps)) for column, steps in columns.items()}
    rest = found["whole"] - found["draw"] - found["truth"] - found["TensorFlow"]
    return {**found, "measures, verdicts, records": rest}

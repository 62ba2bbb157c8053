"""The line under a stopwatch: Hypothesis, draw, TensorFlow, truth, measures, records."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from properties.dtypes import Dtype
from properties.examine import examine_all
from properties.modes import Outcomes, TensorFlow
from properties.routine import Problem, Routine
from properties.session import Session
from properties.workers import Worker
from references.truth import Truth
from reports.ledger import Ledger
from reports.store import Spool

PROFILE = settings(
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
Result = TypeVar("Result")


@dataclass
class Watch:
    """Seconds spent, by stage."""

    spent: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def on(self, stage: str) -> Iterator[None]:
        """Count what happens inside towards a stage."""
        start = time.perf_counter()
        yield
        self.spent[stage] += time.perf_counter() - start

    def timed(self, stage: str, function: Callable[..., Result]) -> Callable[..., Result]:
        """The same function, counted towards a stage."""

        def wrapped(*args: Any, **kwargs: Any) -> Result:
            with self.on(stage):
                return function(*args, **kwargs)

        return wrapped


@dataclass(frozen=True)
class Watched(TensorFlow):
    """TensorFlow under a watch, the way to its process and back included."""

    watch: Watch = field(default_factory=Watch)

    def answer(
        self, routine: Routine, problem: Problem, dtype: Dtype, mode: str, truth: Truth
    ) -> Outcomes:
        """What TensorFlow answers."""
        with self.watch.on("TensorFlow"):
            return super().answer(routine, problem, dtype, mode, truth)

    def ask_ahead(
        self, routine: Routine, problems: Sequence[tuple[Problem, Sequence[Dtype]]]
    ) -> None:
        """Ask TensorFlow of several stacks at once."""
        with self.watch.on("TensorFlow"):
            super().ask_ahead(routine, problems)


@dataclass
class Line:
    """An open session and what it spends."""

    session: Session
    watch: Watch

    def rounds(
        self,
        routine: Routine,
        drawn: Callable[[Watch], SearchStrategy[Problem]],
        count: int,
        number: int = 1,
    ) -> dict[str, float]:
        """Seconds of `count` stacks by stage, "whole" and "rest", and "members" judged."""
        self.watch.spent.clear()
        watched = replace(routine, reference=self.watch.timed("truth", routine.reference))
        members: list[int] = []

        def sit(problem: Problem) -> None:
            with self.watch.on("sit"):
                self.session.put(watched, problem, routine.name, audited=False)
            members.append(len(problem))

        with self.watch.on("whole"):
            examples(drawn(self.watch), count, sit, number)
            with self.watch.on("sit"):
                self.session.flush()
        spent = self.watch.spent
        spent["Hypothesis"] = spent["whole"] - spent["sit"] - spent["draw"]
        spent["rest"] = spent["sit"] - spent["TensorFlow"] - spent["truth"]
        return {**spent, "members": sum(members)}

    def measures(self, routine: Routine, problems: Sequence[Problem]) -> float:
        """The part of the rest of a sitting that measures and verdicts take; records the rest."""
        watched = replace(routine, reference=self.watch.timed("truth", routine.reference))
        rest = []
        for record in (True, False):
            self.watch.spent.clear()
            with self.watch.on("whole"):
                if record:
                    for problem in problems:
                        self.session.put(watched, problem, routine.name, audited=False)
                    self.session.flush()
                else:
                    for _ in examine_all(
                        watched, problems, self.session.backends,
                        dtypes=self.session.dtypes, modes=self.session.modes,
                    ):  # fmt: skip
                        pass
            spent = self.watch.spent
            rest.append(spent["whole"] - spent["TensorFlow"] - spent["truth"])
        return min(rest[1] / rest[0], 1.0)

    def in_mode(self, mode: str) -> Line:
        """The same session in another mode."""
        backend = replace(self.session.backends[0], modes=(mode,))  # type: ignore[type-var]
        return Line(replace(self.session, backends=(backend,), modes=(mode,)), self.watch)


def opened(run: Path, **given: Any) -> Line:
    """A line that records into a folder: float64, eager, in an audit, unless told."""
    header = {"versions": {}, "claims": [], "seed": 0, "depth": 1024, "argv": []}
    header |= {"device": "CPU:0", "cpu": [], "flags": {}, "commit": "", "started": ""}
    watch = Watch()
    told = {"dtypes": ("float64",), "modes": ("eager",), "audit": True, **given}
    session = Session(
        backends=(Watched(Worker(), told["modes"], watch=watch),),
        spool=Spool(run, "main", header),
        run=run,
        worker="main",
        environment={},
        ledger=Ledger.load(),
        **told,
    )
    return Line(session, watch)


@contextmanager
def one_core() -> Iterator[None]:
    """Parent and child share one core, so that no second one flatters the line."""
    kept = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(kept)})
    yield
    os.sched_setaffinity(0, kept)


def examples(
    strategy: SearchStrategy[Any], count: int, test: Callable[[Any], None], number: int = 1
) -> None:
    """Run a test on as many examples as Hypothesis generates for one seed."""

    @seed(number)
    @settings(PROFILE, max_examples=count)
    @given(example=strategy)
    def run(example: Any) -> None:
        test(example)

    run()


def each(strategy: SearchStrategy[Any], count: int) -> list[Any]:
    """What Hypothesis draws from a strategy, always the same."""
    found: list[Any] = []
    examples(strategy, count, found.append)
    return found

"""Sum and product rules between derivatives that TensorFlow answers; and their power."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from properties.dtypes import DTYPES
from properties.examine import truth_of
from properties.gated import gate_problems
from properties.laws_of_derivatives import RULES, Ask, Rule, broken
from properties.modes import Outcomes, TensorFlow
from properties.registry import routines
from properties.routine import Problem, Routine
from properties.workers import Worker

SET, MEMBERS = 3, 4  # functions of each rule: each is traced, with its partner, sum and product
DTYPE = DTYPES["float64"]


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    """The child that executes TensorFlow."""
    worker = Worker()
    yield worker
    worker.stop()


def asking(worker: Worker) -> Ask:
    """TensorFlow in eager mode."""
    real = TensorFlow(worker, ("eager",))

    def ask(routine: Routine, problem: Problem) -> Outcomes:
        truth = truth_of(routine, problem, DTYPE, 0)
        return real.answer(routine, problem, DTYPE, "eager", truth)

    return ask


def functions(name: str) -> list[Problem]:
    """The largest functions of the gate, by their trees."""
    found = {repr(p.arguments["tree"]): p for p in gate_problems(routines()[name])}
    ranked = sorted(found.values(), key=lambda p: (-len(repr(p.arguments["tree"])), p.digest))
    return [p.select(np.arange(MEMBERS)) for p in ranked[:SET]]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name.replace(" ", "-"))
def test_rules_of_derivatives_hold(worker, rule: Rule):
    judged = 0
    for problem in functions(rule.routine):
        wrong, counted = broken(rule, problem, DTYPE, asking(worker))
        assert not wrong.any(), f"{rule.name}: {np.argwhere(wrong)[:4].tolist()} of {problem}"
        judged += int(counted.sum())
    assert judged, "nothing was judged"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name.replace(" ", "-"))
def test_rules_notice_a_thousandth_in_one_of_the_answers(worker, rule: Rule):
    """The derivatives of the sum, or of the product, a thousandth too large, and no others."""
    ask = asking(worker)
    noticed = changed = 0
    for problem in functions(rule.routine):
        seen: list[np.ndarray] = []
        whole = (rule.joined, problem.arguments["tree"])

        def off(routine: Routine, other: Problem, kept=seen, whole=whole) -> Outcomes:
            got = ask(routine, other)
            if other.arguments["tree"][:2] != whole or routine.name != rule.routine:
                return got
            sizes = np.abs(got.arrays[0])
            kept.append(sizes > 1e-6 * sizes.max(axis=(1, 2), keepdims=True))  # no rounding errors
            return replace(got, arrays=tuple(array * 1.001 for array in got.arrays))

        wrong, counted = broken(rule, problem, DTYPE, off)
        noticed += int(wrong.sum())
        changed += int((seen[0].reshape(counted.shape) & counted).sum())
    assert changed
    assert noticed > 0.9 * changed, (noticed, changed)

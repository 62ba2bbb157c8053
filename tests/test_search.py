"""The search for the worst: its steps change one thing each, and it finds what drawing does not."""

from __future__ import annotations

import numpy as np
import pytest

from properties import recipes
from properties.dtypes import Dtype
from properties.gated import gate_problems
from properties.modes import Implementation
from properties.registry import routines
from properties.routine import Array, Problem, Routine
from properties.search import DEPTH, LOOSE, Worst, climbed, neighbour, nudged
from references.truth import Truth
from tests.implementations import correctly_rounded

RECIPE = recipes.Recipe("general", DEPTH, (5,), "geometric", 12, 3, "float32", 77)


def test_steps_of_recipes_reach_all_of_it_one_at_a_time():
    moved: set[str] = set()
    for step in range(60):
        other = recipes.Recipe(*neighbour(tuple(RECIPE), step, ("geometric", "arithmetic")))
        changed = {name for name, a, b in zip(RECIPE._fields, RECIPE, other, strict=True) if a != b}
        assert len(changed) <= 1
        moved |= changed
    assert moved == {"sizes", "structure", "condition", "scale", "seed"}


def test_steps_of_scale_go_below_one():
    scales = {neighbour(tuple(RECIPE._replace(scale=0)), step)[5] for step in range(40)}
    assert min(scales) < 0 < max(scales)


@pytest.mark.parametrize("name", ["linalg.inv", "linalg.solve", "nn.softmax", "math.exp"])
def test_steps_of_entries_change_one_in_each_copy(name):
    problem = [p for p in gate_problems(routines()[name]) if p.recipe[0] in LOOSE][-1]
    dtype = problem.dtypes[0]
    moved = nudged(problem, 1, dtype, 3)
    assert moved is not None and dtype in moved.dtypes
    changed = [0] * len(moved)
    for was, now in zip(problem.inputs, moved.inputs, strict=True):
        for i, row in enumerate(now):
            changed[i] += int((row != was[1]).sum())
    assert max(changed) == 1 and changed[0] == 0


def off_at(routine: Routine, problem: Problem, dtype: Dtype, truth: Truth) -> tuple[Array, ...]:
    """Right but for an error that grows as the first entry nears 3/4."""
    (part,) = truth.parts
    near = np.abs(problem.inputs[0].reshape(len(problem), -1)[:, 0] - 0.75)
    return (correctly_rounded(part, dtype) * (1 + dtype.eps / (near + 2.0**-20))[:, None],)


def test_a_climb_finds_a_single_entry():
    """From one problem, whose first entries are not near 3/4, in a second or two."""
    routine = routines()["nn.softmax"]
    real = Implementation("tensorflow", off_at, ("eager",))
    made = recipes.problem(("logits", DEPTH, (4,), "spread", 0, 0, "float32", 5, (("axis", -1),)))
    start = Worst()
    start.look(routine, made, real)  # type: ignore[arg-type]
    before = max(share for share, *_ in start.found.values())
    found = climbed(routine, real, 3.0, start)  # type: ignore[arg-type]
    assert max(share for share, *_ in found.found.values()) > 4 * before

"""What Hypothesis draws: exact on its grid, diverse, rebuilt from recipes, quick to shrink."""

from __future__ import annotations

import ast
import json
import math
import time
from collections import Counter
from collections.abc import Callable
from functools import cache
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, find, given, seed, settings
from hypothesis.strategies import SearchStrategy

from properties import draws
from properties.dtypes import DTYPES, FLOAT64
from properties.logits import LOGITS
from properties.matrices import CONDITIONED
from properties.recipes import alone, problem
from properties.routine import Problem
from tests.command_line import ROOT

STRATEGIES: dict[str, tuple[Callable[[int], SearchStrategy[Problem]], tuple[str, ...]]] = {
    "general": (draws.general, draws.GENERAL),
    "systems": (draws.systems, draws.GENERAL),
    "symmetric": (draws.symmetric, draws.HERMITIAN),
    "definite": (draws.definite, draws.DEFINITE),
    "least squares": (draws.least_squares, draws.FULL_RANK),
    "rectangular": (draws.rectangular, draws.RANKED),
    "logits": (draws.logits, tuple(LOGITS)),
}
DRAWS = 2000
SEED_BYTES = 4
every_strategy = pytest.mark.parametrize("kind", STRATEGIES)


@cache
def drawn(kind: str) -> tuple[Problem, ...]:
    """What Hypothesis draws with a fixed seed: stacks of four."""
    problems: list[Problem] = []

    @seed(20)
    @settings(
        max_examples=DRAWS,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(STRATEGIES[kind][0](4))
    def collect(drawn_problem: Problem) -> None:
        problems.append(drawn_problem)

    collect()
    return tuple(problems)


@every_strategy
def test_a_member_alone_equals_the_member_in_its_stack(kind: str) -> None:
    for whole in drawn(kind)[:300]:
        part = alone(whole, 2)
        assert part.digests == whole.digests[2:3]
        assert part.traits["member"].tolist() == [2]
        for name, column in whole.traits.items():
            np.testing.assert_array_equal(part.traits[name], column[2:3])


@every_strategy
def test_recipes_survive_json(kind: str) -> None:
    for original in drawn(kind)[:300]:
        rebuilt = problem(json.loads(json.dumps(original.recipe)))
        assert rebuilt.recipe == original.recipe
        assert rebuilt.arguments == original.arguments
        assert rebuilt.digest == original.digest


@every_strategy
def test_entries_are_finite_and_exact_on_the_grid(kind: str) -> None:
    for p in drawn(kind):
        grid = DTYPES[str(p.traits["grid"][0])]
        assert all(np.all(np.isfinite(array)) and grid.holds(array) for array in p.inputs), p
        assert all(array.dtype == np.float64 and len(array) == 4 for array in p.inputs), p
        assert all(len(column) == 4 for column in p.traits.values()), p


@every_strategy
def test_draws_stay_diverse(kind: str) -> None:
    """Fair: all structures equally often. Hypothesis copies values; a release may copy more."""
    problems = drawn(kind)
    assert len(problems) == DRAWS
    assert len({p.traits["seed"][0] for p in problems}) >= 0.95 * DRAWS
    counts = Counter(str(p.traits["structure"][0]) for p in problems)
    structures = STRATEGIES[kind][1]
    fair = DRAWS / len(structures)
    assert len(set(structures)) == len(structures) >= 10
    assert set(counts) == set(structures)
    assert fair / 2 <= min(counts.values()) <= max(counts.values()) <= 3 * fair, counts


def test_no_module_holds_a_constant_that_could_be_a_seed() -> None:
    """Hypothesis draws every twentieth seed from such constants, whoever imported them."""
    sources = [
        p
        for name in ("references", "properties", "reports", "tests")
        for p in ROOT.glob(f"{name}/**/*.py")
    ]
    nodes = [node for path in sources for node in ast.walk(ast.parse(path.read_text("utf-8")))]
    values = [node.value for node in nodes if isinstance(node, ast.Constant)]
    assert len(values) > 1000
    assert [v for v in values if isinstance(v, bytes) and len(v) == SEED_BYTES] == []


@every_strategy
def test_scales_reach_both_ends(kind: str) -> None:
    scales = np.concatenate([p.traits["log2_scale"] for p in drawn(kind)])
    assert scales.min() < -900 and scales.max() > 900
    assert np.mean(scales == 0) > 0.2


@pytest.mark.parametrize("kind", ["general", "systems", "symmetric", "least squares"])
def test_a_planted_fault_shrinks_to_a_small_problem(kind: str) -> None:
    efforts = []
    for attempt in range(5):
        verdicts: list[bool] = []

        def faulty(p: Problem, verdicts: list[bool] = verdicts) -> bool:
            wrong = bool(p.sizes["n"] >= 3 and np.any(p.traits["log2_condition"] > 8))
            verdicts.append(wrong)
            return wrong

        options = settings(max_examples=2000, database=None, deadline=None)
        small = find(STRATEGIES[kind][0](4), faulty, settings=options, random=Random(attempt))
        assert small.sizes["n"] == 3 and small.sizes.get("k", 1) == 1
        assert small.recipe[3] == CONDITIONED[0] and small.recipe[5] == 0
        efforts.append(len(verdicts) - verdicts.index(True))
    assert sorted(efforts)[2] < 200, efforts


@every_strategy
def test_deep_stacks_are_cheap(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Prints the time; the limit only catches a loop over the stack."""
    sizes = {"systems": (8, 1), "least squares": (8, 8, 1), "rectangular": (8, 8)}.get(kind, (8,))
    arguments = (("axis", -1),) if kind == "logits" else (("fast", False),)
    structure = "ordinary" if kind == "logits" else "geometric"
    recipe = (kind, 256, sizes, structure, 16, 8, "float32", 1, arguments)
    best = math.inf
    for _ in range(5):
        start = time.perf_counter()
        problem(recipe)
        best = min(best, time.perf_counter() - start)
    with capsys.disabled():
        print(f"\n{kind}: {best / 256 * 1e6:.1f} us a member at n = 8")
    assert best / 256 < 100e-6


def test_float64_problems_go_beyond_the_reach_of_float32() -> None:
    conditions = np.concatenate([p.traits["log2_condition"] for p in drawn("general")])
    assert np.nanmax(conditions) > 50
    assert np.nanmin(conditions) == 0
    assert FLOAT64.bits + 2 >= np.nanmax(conditions)

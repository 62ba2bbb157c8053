"""Random and named functions: safe, diverse, exact in every dtype, quick to shrink."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, find, given, seed, settings

from properties.dtypes import BFLOAT16
from properties.functions import RANDOM, hessians, jacobians, problem
from properties.named import SCALARS, VECTORS
from properties.trees import value_range
from references.arithmetic import Arrays, Intervals, Multiprecision
from references.interval import Interval
from references.operations import OPERATIONS, lower, names_in, size, source
from references.series import derivatives

QUIET = settings(
    database=None,
    deadline=None,
    max_examples=150,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
STRATEGIES = {"jacobians": jacobians, "hessians": hessians}


@pytest.fixture(scope="module", params=sorted(STRATEGIES))
def drawn(request: pytest.FixtureRequest) -> list[Any]:
    """What Hypothesis draws with a fixed seed."""
    problems: list[Any] = []

    @seed(11)
    @QUIET
    @given(p=STRATEGIES[request.param](4))
    def collect(p: Any) -> None:
        problems.append(p)

    collect()
    return problems


def test_there_are_operations_enough() -> None:
    assert len(OPERATIONS) >= 25


def test_recipes_rebuild_the_same_problem(drawn: list[Any]) -> None:
    for p in drawn[:40]:
        again = problem(json.loads(json.dumps(p.recipe)))
        assert again.digests == p.digests and again.arguments == p.arguments


def test_draws_stay_diverse(drawn: list[Any]) -> None:
    random = [p for p in drawn if p.traits["structure"][0] == RANDOM]
    trees = {p.arguments["tree"] for p in random}
    seen = Counter(name for tree in trees for name in names_in(tree))
    assert len(random) >= 50 and len(drawn) - len(random) >= 25
    assert len(trees) >= 0.6 * len(random)
    assert len(seen) >= 22  # of 39, in some hundred trees
    assert {p.sizes["n"] for p in drawn} == set(range(1, 9))


def test_trees_are_safe_on_their_box(drawn: list[Any]) -> None:
    """Values are finite, and are those of balls, mpmath and intervals alike."""
    for p in drawn:
        tree, points = p.arguments["tree"], p.inputs[0]
        program = lower(tree, p.sizes["n"])
        assert len(program.outputs) == p.sizes["m"]
        values = np.stack(np.broadcast_arrays(*program.values(Arrays, list(points.T))))
        assert np.isfinite(values).all(), source(tree)
        exact = [float(v) for v in derivatives(program, points[0].tolist()).values]
        assert np.allclose(values[..., 0], exact, rtol=1e-9, atol=1e-9), source(tree)
        boxes = program.values(Intervals, [Interval.exact(x) for x in points.T])
        for box, ball in zip(boxes, exact, strict=True):
            assert box.lower.flat[0] - 1e-12 <= ball <= box.upper.flat[0] + 1e-12
        other = program.values(Multiprecision, points[0].tolist())
        assert np.allclose(np.array(other, dtype=float), exact, rtol=1e-9, atol=1e-9)


def test_random_values_stay_small(drawn: list[Any]) -> None:
    for p in drawn:
        if p.traits["structure"][0] == RANDOM:
            low, high = value_range(p.arguments["tree"], p.sizes["n"], int(p.recipe[5]))
            assert -4096 < low <= high < 4096


@pytest.mark.parametrize("functions", [SCALARS, VECTORS], ids=["scalars", "vectors"])
def test_constants_of_named_functions_are_exact_in_eight_bits(functions: dict[str, Any]) -> None:
    for name, function in functions.items():
        constants = [
            float(step.data)
            for step in lower(function.tree, function.n).steps
            if step.name == "constant"
        ]
        assert BFLOAT16.holds(np.array(constants)), name


def test_named_functions_have_the_shape_they_claim() -> None:
    assert len(SCALARS) >= 15 and len(VECTORS) >= 15
    for function in (*SCALARS.values(), *VECTORS.values()):
        assert len(lower(function.tree, function.n).outputs) == function.m


@pytest.mark.parametrize("name", ["softmax", "tanh", "divide", "logsumexp"])
def test_a_wrong_operation_shrinks_to_a_small_tree(name: str) -> None:
    """As if the derivative of one operation were wrong wherever it occurs in random trees."""
    smallest = find(
        jacobians(1),
        lambda p: p.traits["structure"][0] == RANDOM and name in names_in(p.arguments["tree"]),
        settings=settings(
            QUIET, max_examples=3000, phases=[Phase.generate, Phase.shrink], derandomize=True
        ),
    )
    # one or two wrappers more than the smallest there is: shrinking ends in local minima too
    assert size(smallest.arguments["tree"]) <= 12, source(smallest.arguments["tree"])


def test_printed_source_is_what_runs() -> None:
    """TensorFlow, from the printed source, agrees with NumPy, from the expansion."""
    tf = pytest.importorskip("tensorflow")
    from properties.calculus.calls import function

    point = np.array([[0.375, 0.625, 0.75]])
    x = ("at", 0), ("at", 1), ("at", 2)
    for name, operation in OPERATIONS.items():
        extra: tuple[Any, ...] = ()
        if operation.data:
            extra = (((1.0, 2.0), (0.5, -1.0), (3.0, 0.25)),) if name == "matmul" else (2.5,)
        vector = operation.kind != "elementwise"
        tree = (name, *((("x",),) * operation.operands if vector else x[: operation.operands]))
        tree += extra
        got = function(tree)(tf.constant(point)).numpy()[0]
        want = lower(tree, 3).values(Arrays, list(point[0]))
        assert np.allclose(got, np.array(want, dtype=float), rtol=1e-12), source(tree)

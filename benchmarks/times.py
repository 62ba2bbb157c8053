"""TensorFlow's own time by routine, dtype, mode and size, for `python -m reports compare --times`.

Stacks of well-conditioned members, one thread, tensors that are there already: what a call takes
from tensors to tensors, the least of several rounds. Not among what `pytest benchmarks` collects;
`tox -e time` names this file and stores what it measured in .runs/times.json.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.problems import DERIVATIVES, INPUTS, LINEAR, Kind, points, pool
from properties.dtypes import DTYPES
from properties.modes import MODES
from properties.recipes import Recipe, problem
from properties.registry import routines
from properties.routine import Problem
from reports.baseline import HERE, load_recipes

pytestmark = pytest.mark.benchmark(max_time=0.2, min_rounds=3, warmup=False)

DEPTH = {8: 256, 32: 64}  # members of a stack, by size
CONDITION = 4  # log2: nothing here is about accuracy
KINDS = {
    **LINEAR,
    "nn.log_softmax": Kind("logits", lambda n: (n,), (("axis", -1),)),
    "math.reduce_logsumexp": Kind("logits", lambda n: (n,), (("axis", -1), ("keepdims", False))),
    "linalg.eigvalsh": Kind("symmetric", lambda n: (n,)),
    "linalg.det": Kind("general", lambda n: (n,)),
    "linalg.slogdet": Kind("general", lambda n: (n,)),
    "linalg.expm": Kind("general", lambda n: (n,)),
}
STORED = 0  # the size of routines that are timed on the largest of their stored recipes
RECIPES = load_recipes(HERE)
CASES = [
    *((name, n) for name in sorted(KINDS) for n in DEPTH),
    *((name, 8) for name in DERIVATIVES),
    *((name, STORED) for name in sorted(set(routines()) & set(RECIPES) - {*KINDS, *DERIVATIVES})),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("name", "n"), CASES)
def test_time(
    benchmark: BenchmarkFixture, tensorflow: Any, name: str, n: int, dtype: str, mode: str
) -> None:
    """One call on a stack."""
    given = stack(name, n)
    tensors = [tensorflow.constant(array.astype(DTYPES[dtype].numpy)) for array in given.inputs]
    run = executable(tensorflow, routines()[name].call, mode, dict(given.arguments))
    try:
        run(*tensors)
    except Exception as error:  # noqa: BLE001 - whatever TensorFlow raises, there is no time then
        pytest.skip(f"{name} {dtype} {mode} not offered: {str(error).splitlines()[0][:80]}")
    benchmark.group = f"{name}, n = {n}"
    benchmark(run, *tensors)
    benchmark.extra_info.update(
        {
            "routine": name,
            "dtype": dtype,
            "mode": mode,
            "size": n or max(given.sizes.values()),
            "microseconds a member": 1e6 * benchmark.stats["min"] / len(given),
        }
    )


def stack(name: str, n: int) -> Problem:
    """One stack of a routine at a size."""
    if name in DERIVATIVES:
        return points(name, pool(name)[0], DEPTH[INPUTS], 0)
    if n == STORED:
        whole = [problem(Recipe(*stored.recipe)) for stored in RECIPES[name]]
        largest = max(whole, key=lambda one: sum(array.size for array in one.inputs))
        return largest.select(np.resize(np.arange(len(largest)), DEPTH[8]))
    kind = KINDS[name]
    how = "ordinary" if kind.kind == "logits" else "log-uniform"
    return problem(
        Recipe(kind.kind, DEPTH[n], kind.sizes(n), how, CONDITION, 0, "float64", 1, kind.arguments)
    )


def executable(tf: Any, call: str, mode: str, arguments: dict[str, Any]) -> Callable[..., Any]:
    """The call in a mode, traced anew."""
    from properties.child import lookup

    function = partial(lookup(call), **arguments)
    if mode == "eager":
        return function
    return tf.function(function, jit_compile=mode == "xla", autograph=False)

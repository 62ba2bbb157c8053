"""What the benchmarks set: float64, conditions log-uniform to 1e12, any power of two for scale.

The plain test draws the like (benchmarks/plain.py). Derivatives are of random functions of eight
inputs, as the suite draws them, at points in [-1, 1].
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from benchmarks.line import examples
from properties import functions
from properties.dtypes import FLOAT64
from properties.makers import Recipe, log2_cut
from properties.recipes import problem
from properties.routine import Problem
from properties.trees import Box, safe, vectors
from references.operations import Tree

CONDITION = 40  # the largest log2: 1e12
BEYOND = 1e12
SCALE = 200
SMALL = 8  # of determinants, whose scale has the power n
CLUSTERS = ("one large", "one small", "clustered", "pairs")
INPUTS = 8  # of a function to be differentiated; as many values of a Jacobian's
POOL = 4  # functions that are traced before
SEEDS = st.binary(min_size=4, max_size=4)
Strategy = SearchStrategy[Problem]


class Kind(NamedTuple):
    """How a recipe of some order n is written."""

    kind: str
    sizes: Callable[[int], tuple[int, ...]]
    arguments: tuple[tuple[str, Any], ...] = ()


LINEAR = {
    "nn.softmax": Kind("logits", lambda n: (n,), (("axis", -1),)),
    "linalg.inv": Kind("general", lambda n: (n,), (("adjoint", False),)),
    "linalg.solve": Kind("systems", lambda n: (n, 1), (("adjoint", False),)),
    "linalg.lstsq": Kind(
        "least squares", lambda n: (2 * n, n, 1), (("fast", False), ("l2_regularizer", 0.0))
    ),
    "linalg.eigh": Kind("symmetric", lambda n: (n,)),
    "linalg.svd": Kind("rectangular", lambda n: (n, n), (("full_matrices", False),)),
    "linalg.pinv": Kind("rectangular", lambda n: (n, n)),
    "linalg.det": Kind("general", lambda n: (n,)),
    "linalg.slogdet": Kind("general", lambda n: (n,)),
    "linalg.cholesky": Kind("definite", lambda n: (n,)),
    "linalg.logdet": Kind("definite", lambda n: (n,)),
    "linalg.qr": Kind("rectangular", lambda n: (n, n), (("full_matrices", False),)),
}
DERIVATIVES = {"calculus.jacobian": "batch_jacobian", "calculus.hessian": "nested tapes"}


def recipe(
    name: str, n: int, depth: int, spectrum: str, seed: int, *, condition: int = CONDITION
) -> Recipe:
    """One stack of a routine that is not a derivative."""
    kind, sizes, arguments = LINEAR[name]
    if name == "linalg.pinv":  # singular values stay clear of the cut
        condition = min(condition, log2_cut(FLOAT64, sizes(n), {}) - 4)
    scale = 0 if kind == "logits" else SMALL if name == "linalg.det" else SCALE
    return Recipe(
        kind, depth, sizes(n), spectrum, condition, scale, "float64", seed, arguments
    )  # fmt: skip


def structure(name: str) -> str:
    """What members are made like: singular values log-uniform, as the plain test's are."""
    return "ordinary" if LINEAR[name].kind == "logits" else "log-uniform"


def stacks(name: str, n: int, depth: int, made: Callable[[Recipe], Problem] = problem) -> Strategy:
    """Stacks of a routine that is not a derivative; `made` makes them."""

    def drawn(chosen: bytes) -> Problem:
        return made(recipe(name, n, depth, structure(name), int.from_bytes(chosen, "big")))

    return st.builds(drawn, SEEDS)


def beyond(name: str, n: int, depth: int) -> list[Problem]:
    """A few stacks of members whose condition lies beyond 1e12, up to 1/eps."""
    found = []
    for seed in range(4):
        whole = problem(recipe(name, n, 8 * depth, structure(name), seed, condition=52))
        members = np.flatnonzero(whole.traits["log2_condition"] > CONDITION)[:depth]
        found.append(whole.select(members))
    return found


def clustered(name: str, n: int, depth: int) -> list[Problem]:
    """A stack for each spectrum in which singular values lie together, or are the same."""
    return [problem(recipe(name, n, depth, spectrum, 0)) for spectrum in CLUSTERS]


@st.composite
def trees(draw: st.DrawFn, name: str) -> Tree:
    """A random function of INPUTS inputs and as many values; their sum for a Hessian."""
    box = Box(INPUTS, 0, zlib.crc32(draw(SEEDS)))
    tree = draw(vectors(box, draw(st.sampled_from(functions.DEPTHS)), INPUTS))
    summed = name == "calculus.hessian"
    return safe("sum", [tree], None, INPUTS, box.reach) if summed else tree


def points(name: str, tree: Tree, depth: int, seed: int) -> Problem:
    """A function at `depth` points."""
    return functions.problem(
        Recipe(
            kind="function",
            depth=depth,
            sizes=(INPUTS, INPUTS if name.endswith("jacobian") else 1),
            structure=functions.RANDOM,
            condition=0,
            scale=0,
            grid="float64",
            seed=seed,
            arguments=(("path", DERIVATIVES[name]), ("tree", tree)),
        )
    )


def differentiated(
    name: str, depth: int, chosen: SearchStrategy[Tree], made: Callable[..., Problem] = points
) -> Strategy:
    """Stacks of points for functions that `chosen` draws; `made` makes them."""

    def drawn(tree: Tree, seed: bytes) -> Problem:
        return made(name, tree, depth, int.from_bytes(seed, "big"))

    return st.builds(drawn, chosen, SEEDS)


def pool(name: str, count: int = POOL) -> tuple[Tree, ...]:
    """A few random functions, always the same; the first that Hypothesis draws are too simple."""
    found: list[Tree] = []
    examples(trees(name), 4 * count, found.append)
    return tuple(dict.fromkeys(found[::-1]))[:count]

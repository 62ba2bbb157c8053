"""Stacks of points for functions R^n -> R^m, random or named, to be differentiated.

The tree is an argument of the call, not an input: one trace serves every point of the stack.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from properties.bits import Bits
from properties.dtypes import BFLOAT16, DTYPES, FLOAT32, FLOAT64
from properties.named import SCALARS, VECTORS, Named
from properties.recipes import Recipe
from properties.routine import Problem
from properties.trees import Box, scalars, vectors

RANDOM = "random tree"
SIZES = (1, 2, 3, 4, 5, 6, 7, 8)
DEPTHS = (1, 2, 3)
REACHES = (0, 1, -1, 2)  # points lie in [-2^reach, 2^reach]
SHRUNK = (0, -3, -6)  # a stack of points may be smaller than its function's box: log2
GRIDS = (BFLOAT16, BFLOAT16, FLOAT32, FLOAT64)  # float16 holds the points of bfloat16
JACOBIAN_PATHS = ("batch_jacobian", "jacobian")
HESSIAN_PATHS = ("nested tapes", "forward over reverse")
SEEDS = st.binary(min_size=4, max_size=4)


def problem(recipe: Sequence[Any]) -> Problem:
    """The stack of a recipe, which may have come through JSON; equal recipes, equal bytes.

    `sizes` are (n, m), `scale` is log2 of the box, `grid` the dtype whose significand the points
    fill, `arguments` the tree and the path. Points are odd multiples of a power of two: never
    zero, where abs and relu have their kinks.
    """
    plain = Recipe(*_plain(recipe))
    members = np.array(plain.members or range(plain.depth), dtype=np.int64)
    bits = Bits(plain.seed, members)
    n, m = plain.sizes
    points = bits.dyadics("points", (n,), DTYPES[plain.grid].bits) * 2.0**plain.scale
    columns = {
        "structure": plain.structure,
        "seed": plain.seed,
        "grid": plain.grid,
        "log2_scale": plain.scale,
        "path": dict(plain.arguments)["path"],
    }
    traits = {name: np.full(len(members), value) for name, value in columns.items()}
    return Problem(
        (points,),
        {"n": n, "m": m},
        traits | {"member": members},
        tuple(plain),
        dict(plain.arguments),
    )


def jacobians(depth: int) -> SearchStrategy[Problem]:
    """Functions with one to eight values, at `depth` points."""
    return _functions(depth, SIZES, VECTORS, JACOBIAN_PATHS)


def hessians(depth: int) -> SearchStrategy[Problem]:
    """Functions with one value, at `depth` points."""
    return _functions(depth, (1,), SCALARS, HESSIAN_PATHS)


@st.composite
def _functions(
    draw: st.DrawFn,
    depth: int,
    values: Sequence[int],
    named: Mapping[str, Named],
    paths: Sequence[str],
) -> Problem:
    """As many random functions as named ones, to begin with; random ones are the simpler."""
    name = draw(st.sampled_from((RANDOM,) * len(named) + tuple(named)))
    if name in named:
        return draw(_set(depth, name, named[name], paths))
    n, m = draw(st.sampled_from(SIZES)), draw(st.sampled_from(list(values)))
    reach, levels = draw(st.sampled_from(REACHES)), draw(st.sampled_from(DEPTHS))
    box = Box(n, reach, zlib.crc32(draw(SEEDS)))  # neighbours among bytes fall apart
    tree = draw(scalars(box, levels) if m == 1 else vectors(box, levels, m))
    return draw(_set(depth, RANDOM, Named(tree, n, m, reach), paths))


def _set(
    depth: int, structure: str, function: Named, paths: Sequence[str]
) -> SearchStrategy[Problem]:
    """A function with everything else that a stack needs."""
    fields = st.tuples(
        st.sampled_from(list(paths)),
        st.sampled_from(SHRUNK),
        st.sampled_from(GRIDS),
        SEEDS,
    )
    return fields.map(
        lambda chosen: problem(
            Recipe(
                kind="function",
                depth=depth,
                sizes=(function.n, function.m),
                structure=structure,
                condition=0,
                scale=function.reach + chosen[1],
                grid=chosen[2].name,
                seed=int.from_bytes(chosen[3], "big"),
                arguments=(("path", chosen[0]), ("tree", function.tree)),
            )
        )
    )


def _plain(value: Any) -> Any:
    return tuple(map(_plain, value)) if isinstance(value, list | tuple) else value

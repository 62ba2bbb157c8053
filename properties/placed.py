"""Hypothesis draws problems of operands: shapes with arguments, structure, scales, grid and seed.

Choices are as in properties/draws.py: simplest first, and a four-byte seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from properties.draws import ALL, PARTS, SCALES, SEEDS, by_depth
from properties.dtypes import Dtype
from properties.makers import Recipe
from properties.operands import OPERANDS
from properties.recipes import problem
from properties.routine import Problem

Shape = tuple[int, ...]
Place = tuple[tuple[Shape, ...], tuple[tuple[str, Any], ...]]  # shapes of operands, arguments


def placed(
    depth: int,
    places: Sequence[Place],
    large: Sequence[Place] = (),
    *,
    in_complex: bool = False,
    structures: Sequence[str] = tuple(OPERANDS),
    degree: int = 2,
    kind: str = "",
    grids: Sequence[Dtype] = (),
) -> SearchStrategy[Problem]:
    """Problems of operands of these shapes with these arguments; audits have the large ones too.

    `degree`: how many entries the largest products of the answer have. `kind`: of another maker
    than that of operands, which gets the shapes as its sizes;
    `grids`: not all.
    """
    made_by = kind or ("complex operands" if in_complex else "operands")
    fields = st.tuples(
        st.sampled_from(by_depth(depth, places, large)),
        st.sampled_from(structures),
        st.sampled_from(SCALES),
        st.sampled_from(tuple(grids) or (PARTS if in_complex else ALL)),
        SEEDS,
    )

    def assembled(values: tuple[Any, ...]) -> Problem:
        (shapes, arguments), structure, scale, grid, seed = values
        return problem(
            Recipe(
                kind=made_by,
                depth=depth,
                sizes=shapes,
                structure=structure,
                condition=0,
                scale=log2_scale(scale, grid, degree),
                grid=grid.name,
                seed=int.from_bytes(seed, "big"),
                arguments=arguments,
            )
        )

    return fields.map(assembled)


def log2_scale(word: str, grid: Dtype, degree: int) -> int:
    """The largest power of two that operands are scaled by; `extreme` leaves the range."""
    room = max(0, (grid.max_exponent - grid.bits - 8) // degree)
    return {"one": 0, "small": min(3, room), "large": room, "extreme": grid.max_exponent}[word]

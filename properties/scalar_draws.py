"""Hypothesis draws arguments for functions of numbers; or all that a grid has are set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from properties.draws import ALL, GATE, SEEDS
from properties.dtypes import DTYPES, Dtype
from properties.makers import Recipe
from properties.recipes import problem
from properties.routine import Problem

LENGTHS = (33,)  # in a gate one shape, which XLA compiles once; vectors and a tail both
LARGE_LENGTHS = (1, 7, 16, 33)
SHALLOW = 31  # members of a stack at least


def scalars(
    domain: str,
    grids: Sequence[Dtype] = ALL,
    arguments: Sequence[Any] = ((),),
    few: tuple[int, ...] = LENGTHS,
    kind: str = "scalars",
) -> Callable[[int], SearchStrategy[Problem]]:
    """Problems of a domain: stacks of vectors (B, n), one member fewer than asked for, or 31.

    So entries are no multiple of a vector of the processor, and its tail is set too. Members are
    cheap where XLA compiles each shape anew: shallow stacks, drawn or stored, are all of one, or of
    `few`. `kind` is that of the recipes: "scalars", or "complex scalars" of complex domains.
    """

    def problems(depth: int) -> SearchStrategy[Problem]:
        lengths = LARGE_LENGTHS if depth > GATE else few
        fields = st.tuples(
            st.sampled_from(lengths),
            st.sampled_from(list(grids)),
            SEEDS,
            st.sampled_from(list(arguments)),
        )

        def assembled(values: tuple[Any, ...]) -> Problem:
            length, grid, seed, chosen = values
            number = int.from_bytes(seed, "big")
            deep = max(SHALLOW, depth - 1)
            return problem(Recipe(kind, deep, (length,), domain, 0, 0, grid.name, number, chosen))

        return fields.map(assembled)

    problems.__doc__ = f"Entries by stratum in the domain {domain!r}."
    return problems


def every(domain: str, arguments: tuple[tuple[str, Any], ...] = ()) -> Callable[[str], Problem]:
    """The problem of every number of a grid, by the grid's name: of functions of one number."""

    def problem_of(name: str) -> Problem:
        grid = DTYPES[name]
        binades = 2 * (grid.max_exponent - grid.min_exponent + 1)
        sizes = (1 << (grid.bits - 1),)
        return problem(Recipe("every number", binades, sizes, domain, 0, 0, name, 0, arguments))

    return problem_of

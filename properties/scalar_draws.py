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
from properties.scalars import EVERY

LENGTHS = (33,)  # in a gate one shape, which XLA compiles once; vectors and a tail both
LARGE_LENGTHS = (1, 7, 16, 33)
SHALLOW = 31  # members of a stack at least
LONGEST = 4096  # numbers of a member where every number of a grid is set
PART = 512  # members of a stack there: more than the binades of 16 bits and two signs


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


def every(
    domain: str, arguments: tuple[tuple[str, Any], ...] = ()
) -> Callable[[str, int], Problem]:
    """The problem of one part of every number of a grid: of functions of one number.

    By the grid's name and the number of the part, below `parts_of(name)`. Members are vectors
    (B, n) of neighbours of one sign, whole binades where those are short.
    """

    def problem_of(name: str, part: int) -> Problem:
        members = _members(name)
        sizes = (min(LONGEST, 1 << (DTYPES[name].bits - 1)),)
        first = part * PART
        some = tuple(range(first, min(first + PART, members))) if members > PART else ()
        return problem(Recipe(EVERY, members, sizes, domain, 0, 0, name, 0, arguments, some))

    return problem_of


def parts_of(name: str) -> int:
    """In how many problems every number of a grid is set: one of 16 bits, thousands of 32."""
    return -(-_members(name) // PART)


def _members(name: str) -> int:
    grid = DTYPES[name]
    binades = 2 * (grid.max_exponent - grid.min_exponent + 1)
    return binades * max(1, (1 << (grid.bits - 1)) // LONGEST)

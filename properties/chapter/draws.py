"""Hypothesis draws the problems of the chapter's algorithms: see properties/draws.py."""

from __future__ import annotations

from hypothesis.strategies import SearchStrategy

from properties.draws import ALL, FINE, Chosen, by_depth, drawn
from properties.matrices import CONDITIONED, SYMMETRIC
from properties.routine import Problem

SIZES = ((3,),)  # one shape, for each is compiled in every dtype
LARGE = ((2,), (8,), (16,))
SHAPES = ((5, 3),)
LARGE_SHAPES = ((8, 2), (16, 8))
CLIMB = ((("steps", 4),),)
MILD = 2  # log2: its square is what Cholesky factors see
STEPS = ((("steps", 5),),)
MODEST = 10  # log2 of the largest condition: beyond it descent stands still


def quadratics(depth: int) -> SearchStrategy[Problem]:
    """A (B, n, n), mostly positive definite, b and x (B, n, 1), and a step (B, 1, 1)."""
    sizes = by_depth(depth, SIZES, LARGE)
    return drawn("quadratics", depth, sizes, SYMMETRIC, FINE, STEPS, lambda _: MODEST, _tame)


def one_step(depth: int) -> SearchStrategy[Problem]:
    """A (B, n, n), mostly positive definite, b and x (B, n, 1)."""
    sizes = by_depth(depth, SIZES, LARGE)
    return drawn("quadratics", depth, sizes, SYMMETRIC, FINE, ((),), _half, _tame)


def steepest(depth: int) -> SearchStrategy[Problem]:
    """A (B, n, n), mostly positive definite, b and x (B, n, 1), of scale one."""
    sizes = by_depth(depth, SIZES, LARGE)
    return drawn("quadratics", depth, sizes, SYMMETRIC, FINE, ((),), lambda _: MODEST, _still)


def pairs(depth: int) -> SearchStrategy[Problem]:
    """A (B, n, n), mostly positive definite, b and two points x and y (B, n, 1)."""
    sizes = by_depth(depth, SIZES, LARGE)
    return drawn("pairs", depth, sizes, SYMMETRIC, FINE, ((),), lambda _: MODEST, _tame)


def bounded(depth: int) -> SearchStrategy[Problem]:
    """A (B, m, n) of modest condition, b (B, m, 1), and steps (B, 1, 1) of a multiplier."""
    sizes = by_depth(depth, SHAPES, LARGE_SHAPES)
    return drawn("bounded", depth, sizes, CONDITIONED, FINE, CLIMB, lambda _: MILD, _still)


def bowls(depth: int) -> SearchStrategy[Problem]:
    """x, y and steps (B, n) of the chapter's gradient descent."""
    return drawn("bowls", depth, ((4,),), ("random",), ALL, STEPS, lambda _: 0, _tame)


def decimals(depth: int) -> SearchStrategy[Problem]:
    """Whole numbers i and j (B, n), to be divided by ten."""
    return drawn("decimals", depth, ((4,),), ("random",), ALL, ((),), lambda _: 0, _still)


def _half(chosen: Chosen) -> int:
    """Conditions up to the root of 1/eps."""
    return chosen.grid.bits // 2


def _still(chosen: Chosen) -> Chosen:
    return chosen._replace(scale="one")


def _tame(chosen: Chosen) -> Chosen:
    """Scales from which no product leaves the range."""
    return chosen if chosen.scale == "small" else chosen._replace(scale="one")

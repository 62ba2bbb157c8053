"""What XLA is set in a gate: the usual shapes, and a few that each block brings."""

from __future__ import annotations

import pytest

from properties.recipes import problem
from properties.routine import Problem
from properties.shapes import Shapes, shape_of, usual


def square(n: int, seed: int = 0, *, adjoint: bool = False) -> Problem:
    """Two dense matrices of n rows."""
    arguments = (("adjoint", adjoint),)
    return problem(("general", 2, (n,), "dense", 0, 0, "float32", seed, arguments))


def test_shapes_are_those_of_the_inputs_and_the_arguments():
    assert shape_of(square(3)) == shape_of(square(3, seed=1))
    assert len({shape_of(p) for p in (square(3), square(2), square(3, adjoint=True))}) == 3


def test_the_usual_shape_is_what_most_have():
    several = [square(n, seed) for seed, n in enumerate((1, 2, 3, 3, 2, 8, 5, 3))]
    assert usual(several) == (shape_of(square(3)), True)
    assert usual([square(n) for n in (2, 5, 8)]) == (shape_of(square(2)), False)
    assert usual([]) == (None, False)


@pytest.mark.parametrize(
    ("brought", "simplest", "compiled"),
    [
        (1, False, [8, 2, 8, 2]),
        (0, False, [8, 8]),
        (2, True, [1, 8, 2, 1, 3, 8, 2]),
        (9, True, [1, 8, 2, 1, 3, 8, 5, 2]),
    ],
)
def test_a_block_may_bring_others_and_the_simplest(brought, simplest, compiled):
    shapes = Shapes(shape_of(square(8)), brought, simplest)
    assert [n for n in (1, 8, 2, 1, 3, 8, 5, 2) if shapes.admit(square(n))] == compiled


def test_what_is_not_offered_takes_no_place():
    shapes, compiled = Shapes(None, brought=2), []
    for n in (1, 8, 2, 3, 8, 5):
        if shapes.admit(square(n)):
            compiled.append(n)
            if n == 8:
                shapes.refuse(square(n))
    assert compiled == [8, 2, 3, 8]


def test_without_stored_recipes_a_first_block_brings_one():
    shapes = Shapes(None, brought=1)
    assert [n for n in (1, 8, 2, 8) if shapes.admit(square(n))] == [8, 8]

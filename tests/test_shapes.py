"""What is traced and compiled in a gate: few shapes, and no numbers of 16 bits."""

from __future__ import annotations

from pathlib import Path

import pytest

from properties.modes import MODES
from properties.recipes import problem
from properties.registry import routines
from properties.routine import Problem
from properties.setup import options_of
from properties.shapes import Shapes, left_to_audits, shape_of, usual
from reports.cases import load_finding
from tests.asked import asked

SVD = routines()["linalg.svd"]


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


@pytest.mark.parametrize(
    ("given", "leaves"),
    [
        ({}, True),
        ({"audit": True}, False),
        ({"modes": "xla"}, False),
        ({"dtypes": "float16"}, False),
    ],
)
def test_a_gate_leaves_to_audits_what_nobody_names(given, leaves):
    options = options_of(asked(**given))
    assert options.leaves == leaves
    blocks = options.blocks(SVD)
    cells = {load_finding(b).cell[2:4] for b in blocks if isinstance(b, Path)}
    assert ("float32", "xla") in cells
    assert ({("float16", "xla"), ("float64", "xla")} <= cells) != leaves
    assert not leaves or not {(mode, dtype) for dtype, mode in cells} & left_to_audits(SVD)


def test_nothing_is_left_that_is_set_eagerly():
    assert {mode for mode, _ in left_to_audits(SVD)} == {mode for mode in MODES if mode != "eager"}
    left = left_to_audits(routines()["math.exp"])
    assert left_to_audits(SVD) - left == {("xla", "float64")}
    assert left - left_to_audits(SVD) == {("graph", "float32"), ("graph", "complex64")}


def test_what_xla_makes_of_tapes_is_left():
    """Of gradients that is all, and of functions of numbers their graphs."""
    for name, routine in routines().items():
        assert routine.pullback == (".gradient" in name and not name.startswith("chapter."))
        assert (("xla", "float32") in left_to_audits(routine)) == routine.pullback
        graphs = ("graph", "float32") not in left_to_audits(routine)
        assert graphs == (routine.pullback or not routine.of_numbers)

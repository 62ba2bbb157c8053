"""Quadratic programs: the exact minimum, its conditions, and what SciPy finds."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import scipy.optimize
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from references.optimality import Program, conditions, feasible, minimum, objective

FEW = settings(max_examples=40, deadline=None, database=None, derandomize=True)
SMALL = st.integers(-4, 4)


@st.composite
def programs(draw, equalities: int = 1, inequalities: int = 4) -> Program:
    """Positive definite by a Gram matrix plus the identity; constraints may be dependent."""
    n = draw(st.integers(2, 4))
    rows = draw(st.lists(st.lists(SMALL, min_size=n, max_size=n), min_size=n, max_size=n))
    gram = np.array(rows).T @ np.array(rows) + np.eye(n, dtype=int)
    p, q = draw(st.integers(0, equalities)), draw(st.integers(0, inequalities))

    def vectors(count: int, length: int) -> list[list[int]]:
        row = st.lists(SMALL, min_size=length, max_size=length)
        return draw(st.lists(row, min_size=count, max_size=count))

    def numbers(count: int) -> list[int]:
        return draw(st.lists(SMALL, min_size=count, max_size=count))

    e_rows = vectors(p, n)
    assume(all(map(any, e_rows)))  # of full rank
    return Program(gram.tolist(), numbers(n), e_rows, numbers(p), vectors(q, n), numbers(q))


@FEW
@given(programs(), st.lists(st.lists(SMALL, min_size=4, max_size=4), min_size=3, max_size=3))
def test_the_minimum_meets_the_conditions_and_no_point_is_below(program, points):
    found = minimum(program)
    if found is None:
        assert not any(feasible(program, point[: len(program.g)]) for point in points)
        return
    assert all(conditions(program, found).values())
    for point in points:  # exact arithmetic: no tolerance
        x = [Fraction(v, 2) for v in point[: len(program.g)]]
        assert not feasible(program, x) or objective(program, x) >= objective(program, found.x)


@FEW
@given(programs(equalities=1, inequalities=3))
def test_scipy_finds_the_same_minimum(program):
    found = minimum(program)
    if found is None:
        return
    h, g = np.array(program.h, float), np.array(program.g, float)
    rules = [
        {"type": kind, "fun": lambda x, row=row, side=side: side - np.dot(row, x)}
        for kind, rows, sides in (
            ("eq", program.e_rows, program.e), ("ineq", program.c_rows, program.d))
        for row, side in zip(rows, sides, strict=True) if any(row)
    ]  # fmt: skip
    got = scipy.optimize.minimize(
        lambda x: x @ h @ x / 2 - g @ x, np.zeros(len(g)), jac=lambda x: h @ x - g,
        constraints=rules, method="SLSQP", options={"ftol": 1e-14, "maxiter": 500},
    )  # fmt: skip
    if got.success:  # it may give up where constraints depend on each other
        np.testing.assert_allclose(got.x, [float(v) for v in found.x], atol=1e-5)


@FEW
@given(programs(), st.integers(0, 3), st.sampled_from([Fraction(1, 7), Fraction(-1, 7)]))
def test_a_moved_point_breaks_a_condition(program, place, step):
    found = minimum(program)
    if found is None:
        return
    x = list(found.x)
    x[place % len(x)] += step
    assert not all(conditions(program, found._replace(x=x)).values())


def test_the_lagrange_example_of_the_chapter():
    """Maximise xy + yz on x + 2y = 6, x - 3z = 0: put z = t, x = 3t, y = 3 - 3t/2."""
    program = Program([[12]], [12], [], [], [], [])  # 6 t^2 - 12 t
    found = minimum(program)
    assert found is not None and found.x == [1]
    assert objective(program, [1]) == -6


def test_an_active_and_an_idle_inequality():
    """x^2 + y^2 with x + y >= 2 and x <= 5: (1, 1), multipliers 2 (of the half: 1) and 0."""
    program = Program([[1, 0], [0, 1]], [0, 0], [], [], [[-1, -1], [1, 0]], [-2, 5])
    found = minimum(program)
    assert found is not None
    assert (found.x, found.inequality, found.active) == ([1, 1], [1, 0], (0,))


@pytest.mark.parametrize("bound", [-1, 0])
def test_where_no_point_is_feasible(bound):
    program = Program([[1]], [0], [], [], [[1], [-1]], [bound - 1, bound])
    assert minimum(program) is None

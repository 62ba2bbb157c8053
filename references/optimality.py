"""Quadratic programs in rational numbers: the conditions of Karush, Kuhn and Tucker, exactly.

    minimise x^T H x/2 - g^T x    subject to    E x = e,    C x <= d,

H positive definite, so that there is one minimum at most, and the conditions are sufficient; E of
full row rank. Sets of inequalities are taken for active, few first, until one gives a point that is
feasible and multipliers that are not negative: then that is the minimum, proved. Some set does
where any point is feasible, for multipliers can be chosen with independent active gradients
(Caratheodory).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import chain, combinations
from typing import NamedTuple

from flint import fmpq, fmpq_mat

Rows = Sequence[Sequence[Fraction | int]]
Numbers = Sequence[Fraction | int]


class Program(NamedTuple):
    """H (n, n) symmetric, g (n,), E (p, n), e (p,), C (q, n), d (q,), all rational."""

    h: Rows
    g: Numbers
    e_rows: Rows
    e: Numbers
    c_rows: Rows
    d: Numbers


class Optimum(NamedTuple):
    """The minimum, multipliers of the equalities and of the inequalities, and the active set."""

    x: list[Fraction]
    equality: list[Fraction]
    inequality: list[Fraction]
    active: tuple[int, ...]


def minimum(program: Program) -> Optimum | None:
    """The minimum with multipliers, or None where no point is feasible."""
    count = len(program.g)
    for active in _subsets(len(program.d), count - len(program.e)):
        found = _stationary(program, active)
        if found is None or min(found.inequality, default=0) < 0:
            continue
        if feasible(program, found.x):
            return found
    return None


def feasible(program: Program, x: Numbers) -> bool:
    """Whether a point keeps every constraint, exactly."""
    equal = all(_dot(row, x) == e for row, e in zip(program.e_rows, program.e, strict=True))
    return equal and all(
        _dot(row, x) <= d for row, d in zip(program.c_rows, program.d, strict=True)
    )


def objective(program: Program, x: Numbers) -> Fraction:
    """x^T H x/2 - g^T x."""
    curved = sum((x_i * _dot(row, x) for x_i, row in zip(x, program.h, strict=True)), Fraction(0))
    return curved / 2 - _dot(program.g, x)


def conditions(program: Program, found: Optimum) -> dict[str, bool]:
    """Each condition by its name in the chapter, decided exactly."""
    x, slacks = found.x, [
        d - _dot(row, found.x) for row, d in zip(program.c_rows, program.d, strict=True)
    ]  # fmt: skip
    pairs = [*zip(found.equality, program.e_rows, strict=True),
             *zip(found.inequality, program.c_rows, strict=True)]  # fmt: skip
    gradient = [
        _dot(program.h[i], x) - program.g[i] + sum(m * row[i] for m, row in pairs)
        for i in range(len(x))
    ]
    return {
        "the gradient of the Lagrangian is zero": not any(gradient),
        "constraints are satisfied": feasible(program, x),
        "multipliers of inequalities are not negative": all(m >= 0 for m in found.inequality),
        "complementary slackness": not any(
            m * s for m, s in zip(found.inequality, slacks, strict=True)
        ),
    }


def _stationary(program: Program, active: tuple[int, ...]) -> Optimum | None:
    """Where the Lagrangian is stationary with these inequalities active; None if not one point.

    [H A^T; A 0] [x; m] = [g; a], A the rows of equalities and active inequalities.
    """
    rows = [*program.e_rows, *(program.c_rows[i] for i in active)]
    sides = [*program.e, *(program.d[i] for i in active)]
    n, count = len(program.g), len(rows)
    left = [[*h, *(row[i] for row in rows)] for i, h in enumerate(program.h)]
    left += [[*row, *[0] * count] for row in rows]
    right = [[value] for value in (*program.g, *sides)]
    try:
        solved = _matrix(left).solve(_matrix(right))
    except ZeroDivisionError:  # dependent rows: a smaller set, or none
        return None
    values = [Fraction(int(v.p), int(v.q)) for (v,) in solved.tolist()]
    own = dict(zip(active, values[n + len(program.e) :], strict=True))
    inequality = [own.get(i, Fraction(0)) for i in range(len(program.d))]
    return Optimum(values[:n], values[n : n + len(program.e)], inequality, active)


def _matrix(rows: Rows) -> fmpq_mat:
    exact = [[Fraction(v) for v in row] for row in rows]
    return fmpq_mat([[fmpq(v.numerator, v.denominator) for v in row] for row in exact])


def _dot(a: Numbers, b: Numbers) -> Fraction:
    return sum((Fraction(x) * y for x, y in zip(a, b, strict=True)), Fraction(0))


def _subsets(count: int, most: int) -> Iterator[tuple[int, ...]]:
    sizes = range(min(count, max(most, 0)) + 1)
    return chain.from_iterable(combinations(range(count), size) for size in sizes)

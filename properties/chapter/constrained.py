"""Sections 4.4 and 4.5 of the chapter: constraints, least squares, Lagrange multipliers."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, fmpq_mat, fmpz_poly
from numpy.typing import NDArray

from properties.bits import Bits
from properties.chapter.item import Exact, Item, ball, column, numbers
from properties.chapter.rounding import fractions, matrix, solution

Rationals = NDArray[np.object_]
SYSTEM = numbers("0 1 0 -1 -1; 1 0 1 -2 0; 0 1 0 0 3; 1 2 0 0 0; 1 0 -3 0 0")
SIDE = column("0 0 0 6 0")
INVERSE = (
    "-0.75 0.375 -0.24999987 0.4999999 0.12500001 "
    "0.37500003 -0.1875 0.12499993 0.25000003 -0.06250007 "
    "-0.24999996 0.12499999 -0.08333326 0.1666666 -0.29166666 "
    "-0.5 -0.2500001 -0.16666664 0.33333343 -0.08333337 "
    "-0.12499999 0.06250004 0.29166666 -0.08333335 0.02083335"
)
POINTS = 100
SEED = 4  # the number of the chapter
DESCENTS, CLIMBS = 50, 12


def noise(stream: str) -> Rationals:
    """A hundred numbers of mean 0 and variance 1: sums of three uniform ones, exact."""
    thirds = Bits(SEED, np.arange(1)).dyadics(stream, (POINTS, 3), 20)[0]
    return np.array([sum(map(Fraction, row)) for row in thirds.tolist()], object)


def line() -> tuple[Rationals, Rationals]:
    """The chapter's design for a line, x = 0 ... 10 beside ones, and y = x + noise: ours."""
    x = np.array([Fraction(10 * i, POINTS - 1) for i in range(POINTS)], object)
    return np.stack([x, np.full(POINTS, Fraction(1))], axis=1), (x + noise("line"))[:, None]


def parabola() -> tuple[Rationals, Rationals]:
    """1, x, x^2 at random x in (-1, 1), and 1 + 2x + 3x^2 + noise."""
    drawn = Bits(SEED, np.arange(1)).dyadics("parabola, x", (POINTS,), 20)[0]
    x = np.array([Fraction(each) for each in drawn.tolist()], object)
    return np.stack([x**0, x, x**2], axis=1), (1 + 2 * x + 3 * x**2 + noise("parabola"))[:, None]


def fitted(a: Rationals, b: Rationals) -> list[Exact]:
    """The least-squares solution by normal equations, in rational numbers."""
    turned: fmpq_mat = matrix(a).transpose()
    return fractions((turned * matrix(a)).solve(turned * matrix(b)))


def descended(h: Rationals, g: Rationals, x: Rationals, rate: Rationals) -> list[Exact]:
    """x after DESCENTS steps x - rate (H x - g), in balls."""
    rows = [[ball(v) for v in row] for row in h]
    sides, point = [ball(v) for (v,) in g], [ball(v) for (v,) in x]
    length = ball(rate[0, 0])
    for _ in range(DESCENTS):
        slope = [sum(v * p for v, p in zip(row, point, strict=True)) for row in rows]
        point = [p - length * (s - b) for p, s, b in zip(point, slope, sides, strict=True)]
    return list(point)


def climbed(a: Rationals, b: Rationals, rate: Rationals) -> list[Exact]:
    """l after CLIMBS steps l + rate (x^T x - 1), (A^T A + 2 l I) x = A^T b: two columns, balls."""
    (p, q), (_, s) = ((ball(v) for v in row) for row in a.T @ a)
    u, v = (ball(each) for (each,) in a.T @ b)
    multiplier = arb(0)
    for _ in range(CLIMBS):
        first, last = p + 2 * multiplier, s + 2 * multiplier
        determinant = first * last - q * q
        x, y = (last * u - q * v) / determinant, (first * v - q * u) / determinant
        multiplier = multiplier + ball(rate[0, 0]) * (x * x + y * y - 1)
        multiplier = multiplier if multiplier > 0 else arb(0)
    return [multiplier]


def deviations(a: Rationals) -> list[arb]:
    """The standard deviations of a fit to noise of variance 1."""
    turned: fmpq_mat = matrix(a).transpose()
    variances = fractions((turned * matrix(a)).inv())
    return [ball(v).sqrt() for v in variances[:: len(a[0]) + 1]]


def corner() -> tuple[arb, arb]:
    """Where the two constraints of 4.4 meet: x^3 = (x - 1)^4 + 2 near 1.26, and x^3.

    The polynomial has two real roots; the other one is outside the bounds.
    """
    meeting: Any = fmpz_poly([-3, 4, -6, 5, -1])  # x^3 - (x - 1)^4 - 2, from the constant on
    roots = [r.real for r, _ in meeting.complex_roots() if r.imag == 0]
    (x,) = (r for r in roots if 0.5 < r < 1.5)
    return x, x**3


def objective(x: arb, y: arb) -> arb:
    """-(2xy + 2x - x^2 - 2y^2)."""
    return -(2 * x * y + 2 * x - x**2 - 2 * y**2)


def multipliers(x: arb, y: arb) -> tuple[arb, arb]:
    """lam and mu of grad f + lam grad (x^3 - y) - mu grad (y - (x - 1)^4 - 2) = 0 at a point.

    f_x + 3 lam x^2 + 4 mu (x - 1)^3 = 0 and f_y - lam - mu = 0.
    """
    f_x, f_y = 2 * x - 2 * y - 2, 4 * y - 2 * x
    mu = (f_x + 3 * f_y * x**2) / (3 * x**2 - 4 * (x - 1) ** 3)
    return f_y - mu, mu


def _fit(title: str, code: str, printed: str, call: str, because: str, error: str = "") -> Item:
    """A fit of our own data: the chapter's have no seed and are lost."""
    data = parabola() if "parabola" in title else line()
    known = call == "linalg.lstsq"
    return Item(
        section="4.5",
        title=title,
        code=code,
        labels=("a", "b", "c") if "parabola" in title else ("slope", "intercept"),
        printed=tuple(printed.split()) or ("",) * len(data[0][0]),
        inputs=data,
        exact=fitted,
        call=call if known else f"properties.chapter.calls:{call}",
        arguments={"fast": True, "l2_regularizer": 0.0} if known else {},
        routine=call if known else "",
        sizes={"m": POINTS, "n": len(data[0][0]), "k": 1},
        because=because,
        error=error,
    )


def _systems() -> tuple[Item, Item]:
    """The line again, by the two iterations of the chapter."""
    a, b = line()
    gram, side = a.T @ a, a.T @ b
    best = Fraction(2) / (gram[0, 0] + gram[1, 1])  # 2/(l_1 + l_2): the trace is their sum
    rate = np.array([[best]], object)
    return (
        Item(
            section="4.5",
            title="A line by gradient descent",
            code=f"x -= t (A^T A x - A^T y) from 0, {DESCENTS} steps of t = 2/(l1 + l2): ours",
            labels=("slope", "intercept"),
            printed=("", ""),
            inputs=(gram, side, column("0 0"), rate),
            exact=descended,
            call="properties.chapter.calls:descent",
            arguments={"steps": DESCENTS},
            routine="chapter.descent",
            sizes={"n": 2, "k": DESCENTS},
            because="The gradient alone, as the section announces. A^T A has the condition 138, so "
            "that the best of all steps leaves 137/139 of the distance a step and half of it after "
            "fifty: both numbers are half way from 0 to the fits. Rounding is not to blame.",
        ),
        Item(
            section="4.5",
            title="A line within the unit ball",
            code=f"l += 200 (x^T x - 1) from 0, {CLIMBS} steps, (A^T A + 2 l I) x = A^T y: ours",
            labels=("multiplier",),
            printed=("",),
            inputs=(a, b, numbers("200").reshape(1, 1)),
            exact=climbed,
            call="properties.chapter.calls:multiplier_ascent",
            arguments={"steps": CLIMBS},
            routine="chapter.multiplier_ascent",
            sizes={"m": POINTS, "n": 2, "k": CLIMBS},
            because="The fit is longer than 1, so that the constraint is active and its multiplier "
            "positive: ascent raises it until x^T x is 1, as the chapter ends.",
        ),
    )


ITEMS: Sequence[Item] = (
    _fit(
        "A line by normal equations", "inv(A^T A) A^T y", "", "normal_equations",
        "The chapter draws its noise without a seed: 1.0040492 and 0.011254057 are of data that "
        "nobody has. Their standard deviations are 0.0343 and 0.199, so that both are what "
        "y = x + noise gives. The numbers here are of other noise, drawn the same way. The inverse "
        "of A^T A pays for the square of the condition of A, which is 11.7.",
        "What is called the iterative method iterates nothing; (A^T b)(A^T A)^-1 is in the wrong "
        "order; the direct method is the one that follows, and they are the same one.",
    ),
    _fit(
        "A line by tf.linalg.lstsq", "tf.linalg.lstsq(A, Y)", "", "linalg.lstsq",
        "The same data by Cholesky factors of the same A^T A, which is not inverted.",
    ),
    _fit(
        "A parabola by tf.linalg.lstsq", "tf.linalg.lstsq(A, Y), 1 + 2x + 3x^2", "", "linalg.lstsq",
        "1, x and x^2 over (-1, 1) are well conditioned.",
    ),
    *_systems(),
    Item(
        section="4.5",
        title="Lagrange multipliers",
        code="tf.linalg.solve(matrix, rhs)",
        labels=("x", "y", "z", "lambda", "mu"),
        printed=("3.", "1.5", "1.", "2.", "-0.5"),
        inputs=(SYSTEM, SIDE),
        exact=solution,
        call="linalg.solve",
        routine="linalg.solve",
        arguments={"adjoint": False},
        sizes={"n": 5, "k": 1},
        because="Pivots and multipliers are short fractions: elimination rounds little or nothing. "
        "(3, 1.5, 1) is the maximum: on the constraints f is 12 z - 6 z^2, at most 6.",
        error="The system has y - lambda - alpha = 0 and y + 3 alpha = 0, which are the "
        "derivatives of a Lagrangian with - alpha (x - 3z). The chapter writes + alpha (x - 3z), "
        "of which alpha is +0.5. The sign of a multiplier of an equality is free, but one has to "
        "keep it.",
    ),
    Item(
        section="4.5",
        title="The pseudo-inverse",
        code="tfp.math.pinv(matrix)",
        labels=tuple(f"({i}, {j})" for i in range(1, 6) for j in range(1, 6)),
        printed=tuple(INVERSE.split()),
        inputs=(SYSTEM,),
        exact=lambda a: fractions(matrix(a).inv()),
        call="linalg.pinv",
        routine="linalg.pinv",
        sizes={"m": 5, "n": 5},
        because="The matrix is regular, so that the pseudo-inverse is the inverse, in 48ths. "
        "Singular values cost orthogonal factors; elimination would find short fractions.",
        error="Called a solution, it is the inverse alone; it was never multiplied by rhs.",
    ),
)  # fmt: skip

"""Functions with names: test problems of optimization, and those of the chapter.

Residual vectors and sums of squares after More, Garbow and Hillstrom (1981), ACM TOMS 7(1), by
their numbers there. Constants that bfloat16 does not hold are rounded to its eight bits, so
that every dtype computes the same function.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from properties.dtypes import BFLOAT16
from properties.expressions import Expression, X, apply, at, inputs, matmul, stack
from references.operations import Tree


class Named(NamedTuple):
    """A function of n inputs with m values; its points lie within 2^`reach` of zero."""

    tree: Tree
    n: int
    m: int
    reach: int


def _eight(value: float) -> float:
    return float(BFLOAT16.round(np.array(value)))


def _squares(residuals: Sequence[Expression]) -> Expression:
    total = residuals[0] ** 2
    for residual in residuals[1:]:
        total = total + residual**2
    return total


def _sum(terms: Sequence[Expression]) -> Expression:
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _exp(x: Expression) -> Expression:
    return apply("exp", x)


def _sin(x: Expression) -> Expression:
    return apply("sin", x)


def _cos(x: Expression) -> Expression:
    return apply("cos", x)


_x, _y, _z, _w = inputs(4)
_polynomial = (2, -4, -28, 62, 122, -256, -196, 140, 392, 240, 72)


def _horner(x: Expression) -> Expression:
    result = float(_polynomial[0]) * x + _polynomial[1]
    for coefficient in _polynomial[2:]:
        result = result * x + coefficient
    return result


_CHAPTER = {
    "line 2x - y": (2.0 * _x - _y, 2),
    "bowl with sines": (_x**2 + _y**2 + _x * _sin(_y) + _y * _sin(_x), 2),
    "cube as a product": (_x * _x * _x, 1),
    "parabola": (_x**2, 1),
    "quartic": (_x**4, 1),
    "quartic upside down": (-(_x**4), 1),
    "x^3 - 2xy - y^6": (_x**3 - 2.0 * _x * _y - _y**6, 2),
    "ellipse x^2 + 5y^2": (_x**2 + 5.0 * _y**2, 2),
    "saddle x^2 - y^2": (_x**2 - _y**2, 2),
    "polynomial of degree 10": (_horner(_x), 1),
    "constrained quadratic": (-(2.0 * _x * _y + 2.0 * _x - _x**2 - 2.0 * _y**2), 2),
    "xy + yz": (_x * _y + _y * _z, 3),
    "Lagrangian of xy + yz": (
        _x * _y + _y * _z - _w * (_x + 2.0 * _y - 6.0) + at(4) * (_x - 3.0 * _z),
        5,
    ),
    "parabola 1 + 2x + 3x^2": (1.0 + 2.0 * _x + 3.0 * _x**2, 1),
    "least squares of the chapter": (
        0.5 * apply("square", apply("norm", matmul(X, ((1, 2, 3), (0, 1, -1))) + 1.0)),
        2,
    ),
}
_CHAPTER_VECTORS = {
    "square of each": (X * X, 2, 2),
    "constraints": (stack(_x**3 - _y, _y - (_x - 1.0) ** 4 - 2.0), 2, 2),
    "softmax": (apply("softmax", X), 4, 4),
    "gradient of xy + yz": (stack(_y, _x + _z, _y), 3, 3),
}

_OTHERS = {
    "Himmelblau": ((_x**2 + _y - 11.0) ** 2 + (_x + _y**2 - 7.0) ** 2, 2),
    "Booth": ((_x + 2.0 * _y - 7.0) ** 2 + (2.0 * _x + _y - 5.0) ** 2, 2),
    "three-hump camel": (
        2.0 * _x**2 - _eight(1.05) * _x**4 + _x**6 / 6.0 + _x * _y + _y**2,
        2,
    ),
    "six-hump camel": (
        (4.0 - _eight(2.1) * _x**2 + _x**4 / 3.0) * _x**2 + _x * _y + (-4.0 + 4.0 * _y**2) * _y**2,
        2,
    ),
    "McCormick": (_sin(_x + _y) + (_x - _y) ** 2 - 1.5 * _x + 2.5 * _y + 1.0, 2),
    "Rastrigin": (30.0 + _sum([v**2 - 10.0 * _cos(6.25 * v) for v in inputs(3)]), 3),
    "Griewank": (
        1.0 + apply("sum", X**2) / 4000.0 - _cos(_x) * _cos(_y / 1.5),
        2,
    ),
    "Styblinski-Tang": (
        0.5 * _sum([v**4 - 16.0 * v**2 + 5.0 * v for v in inputs(3)]),
        3,
    ),
    "Rosenbrock as printed": (100.0 * (_y - _x**2) ** 2 + (1.0 - _x) ** 2, 2),
}


def _rosenbrock() -> list[Expression]:
    return [10.0 * (_y - _x**2), 1.0 - _x]


def _freudenstein_roth() -> list[Expression]:
    return [
        -13.0 + _x + ((5.0 - _y) * _y - 2.0) * _y,
        -29.0 + _x + ((_y + 1.0) * _y - 14.0) * _y,
    ]


def _beale() -> list[Expression]:
    return [c - _x * (1.0 - _y**k) for k, c in ((1, 1.5), (2, 2.25), (3, 2.625))]


def _jennrich_sampson() -> list[Expression]:
    return [2.0 + 2.0 * i - (_exp(0.25 * i * _x) + _exp(0.25 * i * _y)) for i in range(1, 5)]


def _bard() -> list[Expression]:
    data = (0.140625, 0.1796875, 0.21875, 0.25, 0.2890625, 0.3203125)
    return [
        y - (_x + float(u) / ((16.0 - u) * (_y + 3.0) + min(u, 16 - u) * _z**2))
        for u, y in enumerate(data, start=1)
    ]


def _gaussian() -> list[Expression]:
    return [_x * _exp(-(_y / 2.0) * (t - _z) ** 2) - 0.25 for t in (-1.5, -0.5, 0.0, 0.5, 1.5)]


def _box() -> list[Expression]:
    times = (0.125, 0.25, 0.5, 1.0)
    return [_exp(-t * _x) - _exp(-t * _y) - _eight(np.exp(-t)) * _z for t in times]


def _powell_singular() -> list[Expression]:
    five, ten = _eight(5**0.5), _eight(10**0.5)
    return [_x + 10.0 * _y, five * (_z - _w), (_y - 2.0 * _z) ** 2, ten * (_x - _w) ** 2]


def _wood() -> list[Expression]:
    ninety, ten = _eight(90**0.5), _eight(10**0.5)
    first = [10.0 * (_y - _x**2), 1.0 - _x, ninety * (_w - _z**2), 1.0 - _z]
    return [*first, ten * (_y + _w - 2.0), (_y - _w) / ten]


def _kowalik_osborne() -> list[Expression]:
    data = ((0.1953125, 4.0), (0.1953125, 2.0), (0.171875, 1.0), (0.0625, 0.25))
    return [y - _x * (u * u + u * _y) / (u * u + u * _z**2 + 1.0 + _w**2) for y, u in data]


def _variably_dimensioned() -> list[Expression]:
    weighted = _sum([(i + 1.0) * (at(i) - 1.0) for i in range(3)])
    return [at(i) - 1.0 for i in range(3)] + [weighted, weighted**2]


def _trigonometric() -> list[Expression]:
    cosines = _sum([_cos(v) for v in inputs(4)])
    return [4.0 - cosines + (i + 1.0) * (1.0 - _cos(at(i))) - _sin(at(i)) for i in range(4)]


def _brown_almost_linear() -> list[Expression]:
    return [at(i) + apply("sum", X) - 6.0 for i in range(4)] + [apply("product", X) - 1.0]


def _broyden_tridiagonal() -> list[Expression]:
    rows = [(3.0 - 2.0 * v) * v + 1.0 for v in inputs(5)]
    rows = [row - at(i - 1) if i > 0 else row for i, row in enumerate(rows)]
    return [row - 2.0 * at(i + 1) if i < 4 else row for i, row in enumerate(rows)]


def _discrete_boundary_value() -> list[Expression]:
    step = 0.25
    rows = [2.0 * at(i) + step**2 / 2 * (at(i) + (i + 1) * step + 1.0) ** 3 for i in range(3)]
    return [rows[0] - at(1), rows[1] - at(0) - at(2), rows[2] - at(1)]


def _chebyquad() -> list[Expression]:
    shifted = [2.0 * v - 1.0 for v in inputs(3)]
    third = _sum([4.0 * t**3 - 3.0 * t for t in shifted]) / 3.0
    return [_sum(shifted) / 3.0, _sum([2.0 * t**2 - 1.0 for t in shifted]) / 3.0 + 0.25, third]


_RESIDUALS = {
    "Rosenbrock (1)": (_rosenbrock(), 2),
    "Freudenstein-Roth (2)": (_freudenstein_roth(), 2),
    "Beale (5)": (_beale(), 2),
    "Jennrich-Sampson (6)": (_jennrich_sampson(), 2),
    "Bard (8), regular": (_bard(), 3),
    "Gaussian (9)": (_gaussian(), 3),
    "Box (12)": (_box(), 3),
    "Powell singular (13)": (_powell_singular(), 4),
    "Wood (14)": (_wood(), 4),
    "Kowalik-Osborne (15), regular": (_kowalik_osborne(), 4),
    "variably dimensioned (25)": (_variably_dimensioned(), 3),
    "trigonometric (26)": (_trigonometric(), 4),
    "Brown almost linear (27)": (_brown_almost_linear(), 4),
    "discrete boundary value (28)": (_discrete_boundary_value(), 3),
    "Broyden tridiagonal (30)": (_broyden_tridiagonal(), 5),
    "Chebyquad (35)": (_chebyquad(), 3),
}

SCALARS: dict[str, Named] = {
    name: Named(f.tree, n, 1, 1) for name, (f, n) in (_CHAPTER | _OTHERS).items()
} | {f"{name}, squares": Named(_squares(r).tree, n, 1, 1) for name, (r, n) in _RESIDUALS.items()}

VECTORS: dict[str, Named] = (
    {name: Named(stack(*r).tree, n, len(r), 1) for name, (r, n) in _RESIDUALS.items()}
    | {name: Named(f.tree, n, m, 1) for name, (f, n, m) in _CHAPTER_VECTORS.items()}
    | {name: Named(f.tree, n, 1, 1) for name, (f, n) in (_CHAPTER | _OTHERS).items()}
)

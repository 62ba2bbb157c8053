"""Audits of iterations by mpmath: the same steps, one member, at two precisions."""

from __future__ import annotations

from collections.abc import Callable

import mpmath
import numpy as np
from numpy.typing import NDArray

from references.audits import DIGITS, Audited, solve

Array = NDArray[np.float64]
Numbers = NDArray[np.object_]


def descent(
    a: Array, b: Array, x: Array, rate: Array, *, steps: int, eps: float = 0.0
) -> tuple[Audited, ...]:
    """x after so many steps x - rate (A x - b); ValueError for NaN and infinities."""

    def walk() -> Numbers:
        left, right, point, length = (_wide(each) for each in (a, b, x, rate[0]))
        for _ in range(steps):
            point = point - length[0] * (left.dot(point) - right)
        return point

    return _twice(walk, a, b, x, rate)


def newton(a: Array, b: Array, x: Array) -> tuple[Audited, ...]:
    """The x with A x = b, by LU decomposition."""
    return solve(a, b)


def bowl(x: Array, y: Array, rate: Array, *, steps: int, eps: float = 0.0) -> tuple[Audited, ...]:
    """x after so many steps x - rate (2 x + y cos x + sin y)."""

    def walk() -> Numbers:
        point, held, length = (_wide(each) for each in (x, y, rate))
        cosine, sine = (np.frompyfunc(f, 1, 1) for f in (mpmath.cos, mpmath.sin))
        for _ in range(steps):
            point = point - length * (2 * point + held * cosine(point) + sine(held))
        return point

    return _twice(walk, x, y, rate)


def _wide(array: Array) -> Numbers:
    return np.array([mpmath.mpf(v) for v in array.ravel().tolist()], object).reshape(array.shape)


def _twice(walk: Callable[[], Numbers], *inputs: Array) -> tuple[Audited, ...]:
    if not all(np.isfinite(array).all() for array in inputs):
        raise ValueError("mpmath must not see NaN or infinities")
    found = []
    for digits in DIGITS:
        with mpmath.workdps(digits):
            found.append(walk())
    return (Audited(*found),)


def optimal_step(a: Array, b: Array, x: Array) -> tuple[Audited, ...]:
    """g^T g / g^T A g with g = A x - b."""

    def walk() -> Numbers:
        left, right, point = (_wide(each) for each in (a, b, x))
        g = left.dot(point) - right
        return g.T.dot(g) / g.T.dot(left.dot(g))

    return _twice(walk, a, b, x)


def multiplier_ascent(
    a: Array, b: Array, rate: Array, *, steps: int, eps: float = 0.0
) -> tuple[Audited, ...]:
    """l after so many steps l + rate (x^T x - 1), at least 0, (A^T A + 2 l I) x = A^T b."""

    def walk() -> Numbers:
        left, right = (mpmath.matrix(_wide(each).tolist()) for each in (a, b))
        length, multiplier = mpmath.mpf(float(rate[0, 0])), mpmath.mpf(0)
        for _ in range(steps):
            system = left.T * left + 2 * multiplier * mpmath.eye(a.shape[1])
            found = mpmath.lu_solve(system, left.T * right)
            multiplier = max(multiplier + length * ((found.T * found)[0] - 1), mpmath.mpf(0))
        return np.array([[multiplier]], object)

    return _twice(walk, a, b, rate)

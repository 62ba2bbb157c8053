"""Audits of derivatives by mpmath: central differences at a great precision, one member.

They share nothing with the truth but the program of the tree: no derivative formula of
references/unary_formulas.py enters. With steps of 10^-d at three or four times d digits, the
error is about 10^-2d; the difference between two precisions is the tolerance.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
from numpy.typing import NDArray

from references.arithmetic import Multiprecision
from references.audits import Audited
from references.operations import Tree, lower

Array = NDArray[np.float64]
STEPS = (40, 60)  # decimal digits of the steps


def jacobian(point: Array, *, tree: Tree, path: str = "", eps: float = 0.0) -> tuple[Audited]:
    """d tree_i / d x_j at one point (n,); ValueError for NaN and infinities."""
    values = _function(point, tree)

    def compute(digits: int) -> NDArray[np.object_]:
        with mpmath.workdps(3 * digits + 10):
            step = mpmath.mpf(10) ** -digits
            columns = [
                [(high - low) / (2 * step) for high, low in zip(*sides, strict=True)]
                for j in range(len(point))
                for sides in [(values({j: step}), values({j: -step}))]
            ]
        return np.array(columns, dtype=object).T

    return (Audited(*map(compute, STEPS)),)


def hessian(point: Array, *, tree: Tree, path: str = "", eps: float = 0.0) -> tuple[Audited]:
    """d2 tree / d x_i d x_j at one point (n,); ValueError for NaN and infinities."""
    values = _function(point, tree)
    n = len(point)

    def compute(digits: int) -> NDArray[np.object_]:
        found = np.empty((n, n), dtype=object)
        with mpmath.workdps(4 * digits + 10):
            step = mpmath.mpf(10) ** -digits
            for i in range(n):
                for j in range(i + 1):
                    corners = [
                        a * b * values(_shifts((i, a * step), (j, b * step)))[0]
                        for a in (1, -1)
                        for b in (1, -1)
                    ]
                    found[i, j] = found[j, i] = mpmath.fsum(corners) / (4 * step**2)
        return found

    return (Audited(*map(compute, STEPS)),)


def _shifts(*moves: tuple[int, Any]) -> dict[int, Any]:
    total: dict[int, Any] = {}
    for index, step in moves:
        total[index] = total.get(index, 0) + step
    return total


def _function(point: Array, tree: Tree) -> Callable[[dict[int, Any]], list[Any]]:
    """The values of the tree near a point: a function of what is added to some coordinates."""
    if not np.isfinite(point).all():
        raise ValueError("mpmath is never given NaN or infinities")
    program = lower(tree, len(point))

    def values(moves: dict[int, Any]) -> list[Any]:
        coordinates = enumerate(point.tolist())
        moved = [mpmath.mpf(x) + moves.get(i, 0) for i, x in coordinates]
        return program.values(Multiprecision, moved)

    return values

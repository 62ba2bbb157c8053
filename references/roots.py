"""Principal square roots of matrices that are exact squares, proved in whole numbers.

SciPy's root, rounded to a grid, is squared without rounding. If that is A and the diagonal of the
root is positive and dominates its rows, all its eigenvalues lie in the right half plane, so it is
the principal root (Higham 2008, 1.7), and exact. Nothing is proved of other matrices.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from references import embedded, norms
from references.balls import engines, finite_members, unproved
from references.doubledouble import exact_scale, shift
from references.interval import Interval
from references.truth import Truth

Array = NDArray[np.float64]
DIGITS = 26  # of the grid, below the largest entry of the root
SLACK = 1e-6  # of what floating point tells of conditions


def sqrtm(a: NDArray, *, level: int = 0) -> Truth:
    """X with X^2 = A for stacks (B, n, n), real or complex, eigenvalues in the right half plane.

    Quantities, (B,), of what complex matrices are embedded as: norm_a, ||A||_F; sensitivity,
    ||X||_F over the smallest singular value of Y -> XY + YX, within 1e-6 as floating point tells
    it; infinite where nothing is proved.
    """
    if np.iscomplexobj(a):
        truth = sqrtm(embedded.matrix(a), level=level)
        return replace(truth, parts=(embedded.left_half(truth.parts[0]),))
    count, n = a.shape[:2]
    finite = finite_members(a)
    half = -(-exact_scale(np.where(finite[:, None, None], a, 0.0)) // 2)
    near = shift(np.where(finite[:, None, None], a, 0.0), -2 * half)
    part = unproved(count, n, n)
    sensitivity = np.full(count, np.inf)
    for i in np.flatnonzero(finite).tolist():
        root = root_of(near[i])
        if root is None:
            continue
        power = int(np.frexp(np.abs(root).max())[1])
        part.hi[i], part.lo[i], part.radius[i] = np.ldexp(root, -power), 0.0, 0.0
        part.exponent[i] = half[i] + power
        sums = np.kron(root, np.eye(n)) + np.kron(np.eye(n), root.T)
        sensitivity[i] = np.linalg.norm(root) / np.linalg.svd(sums, compute_uv=False)[-1]
    size = np.sqrt((near**2).sum(axis=(1, 2)))
    known = finite & np.isfinite(sensitivity)
    quantities = {
        "norm_a": norms.scaled(Interval(size * (1 - SLACK), size * (1 + SLACK)), 2 * half),
        "sensitivity": Interval(
            np.where(known, sensitivity * (1 - SLACK), 0.0), sensitivity * (1 + SLACK)
        ),
    }
    return Truth((part,), quantities, finite, engines(part, finite | True, finite, known))


def root_of(a: Array) -> Array | None:
    """The exact principal root of a matrix of entries near 1, if it is on the grid."""
    found = np.asarray(scipy.linalg.sqrtm(a))
    if not np.isfinite(found).all() or not np.abs(found).max() > 0:
        return None
    unit = int(np.frexp(np.abs(found).max())[1]) - DIGITS
    whole = np.rint(np.ldexp(found.real, -unit))
    numbers = np.array([[int(x) for x in row] for row in whole], dtype=object)
    diagonal = np.diag(numbers)
    others = np.abs(numbers).sum(axis=1) - np.abs(diagonal)
    if not (diagonal > others).all():
        return None
    square = numbers.dot(numbers)
    given = np.ldexp(a, -2 * unit)
    same = all(int(x) == y for x, y in zip(square.flat, given.flat, strict=True))
    return np.ldexp(whole, unit) if same else None

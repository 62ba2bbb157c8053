"""What eigenvalues of general matrices are held to: the matrix itself, its norm and its traces.

Eigenvalues of matrices that are not symmetric are as sensitive as they please, and no order of
theirs is continuous, so that no truth is told of them one by one: they are judged by how near to A
a matrix is that has them. `norm` is the Frobenius norm. Real or complex (B, n, n).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from references import norms
from references.balls import engines, finite_members
from references.doubledouble import exact_scale, shift
from references.embedded import column
from references.interval import Interval
from references.truth import Enclosure, Truth


def eigvals(a: NDArray, *, level: int = 0) -> Truth:
    """The shapes of real and imaginary parts of eigenvalues (B, n), which are left open."""
    return _open(a, a.shape[:2], a.shape[:2])


def eig(a: NDArray, *, level: int = 0) -> Truth:
    """The same, and of parts of eigenvectors in columns (B, n, n)."""
    return _open(a, a.shape[:2], a.shape[:2], a.shape, a.shape)


def _open(a: NDArray, *shapes: tuple[int, ...]) -> Truth:
    finite = finite_members(a)
    parts = tuple(
        Enclosure(
            np.zeros(shape), np.zeros(shape), np.full(shape, np.inf), np.zeros(len(a), np.int64)
        )
        for shape in shapes
    )
    quantities = {"norm": norms.known(frobenius(a), finite)}
    return Truth(parts, quantities, finite, engines(parts[0], finite, finite))


def frobenius(a: NDArray) -> Interval:
    """The Frobenius norm of real or complex (B, n, n): (B,)."""
    flat = column(a) if np.iscomplexobj(a) else a
    scale = exact_scale(flat)
    near = np.abs(shift(np.where(np.isfinite(flat), flat, 0.0), -scale))
    size = norms.column_norms(Interval(near.reshape(len(a), -1, 1), near.reshape(len(a), -1, 1)))
    return norms.scaled(size[:, 0], scale)

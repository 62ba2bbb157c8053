"""Audits by mpmath of ranks, roots and eigenvalues of three diagonals, one member at a time."""

from __future__ import annotations

import mpmath
import numpy as np
from mpmath import mp
from numpy.typing import NDArray

from references.audits import Audited, matrix, twice


def matrix_rank(
    a: NDArray, *, tol: float | None = None, eps: float | None = None
) -> tuple[Audited, ...]:
    """By singular values above the cut-off; ValueError if neither tol nor eps is given."""
    if tol is None and eps is None:
        raise ValueError("matrix_rank needs tol, or eps for its default")

    def compute() -> list[NDArray[np.object_]]:
        values = mp.svd_r(matrix(a.T if a.shape[0] < a.shape[1] else a), compute_uv=False)
        cut = tol if tol is not None else eps * max(a.shape) * max(values)
        return [np.array(mpmath.mpf(sum(s > cut for s in values)), dtype=object)]

    return twice(compute, a)


def sqrtm(a: NDArray) -> tuple[Audited, ...]:
    """By iteration."""

    def compute() -> list[NDArray[np.object_]]:
        found = mpmath.sqrtm(matrix(a))
        return [np.array([[mpmath.re(x) for x in row] for row in found.tolist()], dtype=object)]

    return twice(compute, a)


def eigh_tridiagonal(alpha: NDArray, beta: NDArray) -> tuple[Audited, ...]:
    """Of the whole matrix, ascending."""
    whole = np.diag(alpha.real).astype(beta.dtype) + np.diag(beta, 1) + np.diag(beta.conj(), -1)
    of = mp.eighe if np.iscomplexobj(beta) else mp.eigsy

    def compute() -> list[NDArray[np.object_]]:
        values = of(matrix(whole), eigvals_only=True)
        return [np.array([mpmath.re(x) for x in values], dtype=object)]

    return twice(compute, alpha, beta)

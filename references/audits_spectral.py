"""Audits by mpmath of ranks, roots, logarithms and three diagonals, one member at a time."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
from mpmath import mp
from numpy.typing import NDArray

from references.audits import Audited, matrix, twice

SPARE = 40  # digits that roots of defective matrices may lose


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
        return [near_root(matrix(a), a)]

    return twice(compute, a)


def near_root(whole: Any, a: NDArray) -> NDArray[np.object_]:
    """mpmath's root of a matrix as large as `a`, which a power of four brings near 1 and back.

    Its iteration takes a step for each factor of two otherwise. Real where `a` is.
    """
    half = int(np.frexp(np.abs(a).max())[1]) // 2
    root = mpmath.sqrtm(whole * mpmath.ldexp(1, -2 * half)) * mpmath.ldexp(1, half)
    part = mpmath.mpmathify if np.iscomplexobj(a) else mpmath.re
    return np.array([[part(x) for x in row] for row in root.tolist()], dtype=object)


def logm(a: NDArray) -> tuple[Audited, ...]:
    """By square roots of a Schur form and the series of artanh.

    mpmath's own logarithm turns matrices that it finds no root of, and so leaves the principal one.
    """

    def compute() -> list[Any]:
        with mpmath.workdps(mp.dps + SPARE):
            power = int(np.frexp(np.abs(a).max())[1])
            q, t = mp.schur(mpmath.mpc(1) * matrix(a) * mpmath.ldexp(1, -power))
            one, roots = mpmath.eye(len(a)), 0
            while mpmath.mnorm(t - one) > 0.25:
                t, roots = _root(t), roots + 1
            w = (t - one) * mpmath.inverse(t + one)
            total, term, square, k = w, w, w * w, 1
            while mpmath.mnorm(term) > mpmath.mnorm(total) * mpmath.eps:
                term, k = term * square, k + 2
                total += term / k
            whole = q * total * q.H * mpmath.ldexp(1, roots + 1)
            return [whole + one * (power * mpmath.log(2))]

    return twice(compute, a)


def _root(t: Any) -> Any:
    """The principal square root of a triangle, column by column (Bjorck and Hammarling 1983)."""
    u = mpmath.zeros(t.rows)
    for j in range(t.rows):
        u[j, j] = mpmath.sqrt(t[j, j])
        for i in reversed(range(j)):
            known = mpmath.fsum(u[i, k] * u[k, j] for k in range(i + 1, j))
            u[i, j] = (t[i, j] - known) / (u[i, i] + u[j, j])
    return u


def eigh_tridiagonal(alpha: NDArray, beta: NDArray) -> tuple[Audited, ...]:
    """Of the whole matrix, ascending."""
    whole = np.diag(alpha.real).astype(beta.dtype) + np.diag(beta, 1) + np.diag(beta.conj(), -1)
    of = mp.eighe if np.iscomplexobj(beta) else mp.eigsy

    def compute() -> list[NDArray[np.object_]]:
        values = of(matrix(whole), eigvals_only=True)
        return [np.array([mpmath.re(x) for x in values], dtype=object)]

    return twice(compute, alpha, beta)

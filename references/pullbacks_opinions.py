"""Second opinions of pullbacks: by SciPy at the precision of its inputs, and audits by mpmath.

Both of one member at a time, by other ways than references/pullbacks.py where there are others.
"""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from references import audits, opinions
from references.audits import Audited
from references.opinions import Answer


def inv(a: NDArray, above: NDArray) -> Answer:
    """Two solutions of systems."""
    (first,) = opinions.solve(a, above, adjoint=True)
    (second,) = opinions.solve(a, np.ascontiguousarray(first.conj().T))
    return (-second.conj().T,)


def solve(a: NDArray, rhs: NDArray) -> Answer:
    """By dgesv."""
    (x,), (y,) = opinions.solve(a, rhs), opinions.solve(a, rhs, adjoint=True)
    return -y @ x.conj().T, y


def det(a: NDArray) -> Answer:
    """By dgetrf and dgetri."""
    with np.errstate(all="ignore"):
        return (np.conj(opinions.det(a)[0]) * opinions.inv(a, adjoint=True)[0],)


def slogdet(a: NDArray) -> Answer:
    """By dgetri."""
    return opinions.inv(a, adjoint=True)


def logdet(a: NDArray) -> Answer:
    """By dpotrf, and dpotrs of the identity."""
    factor = scipy.linalg.cho_factor(a, lower=True, check_finite=False)
    return (scipy.linalg.cho_solve(factor, np.eye(len(a), dtype=a.dtype), check_finite=False),)


def eigvalsh(a: NDArray) -> Answer:
    """The matrix itself, put together from eigenvalues and vectors."""
    values, vectors = opinions.eigh(a)
    whole = (vectors * values) @ vectors.conj().T
    return (np.tril(whole) + np.tril(whole, -1),)


def nuclear(a: NDArray, *, compute_uv: bool) -> Answer:
    """The product of the singular vectors."""
    found = opinions.svd(a, compute_uv=True)
    return (found[1] @ found[2].conj().T,)


def pinv(a: NDArray) -> Answer:
    """The three terms, by dgesdd."""
    if a.shape[0] < a.shape[1]:
        return (pinv(np.ascontiguousarray(a.T))[0].T,)
    (x,) = opinions.pinv(a)
    ones = np.ones_like(x)
    return ((np.eye(len(a), dtype=a.dtype) - a @ x) @ ones.T @ (x @ x.T) - x.T @ ones @ x.T,)


def qr(a: NDArray) -> Answer:
    """The pseudo-inverse of the adjoint, by dgeqrf and dtrtrs."""
    q, r = scipy.linalg.qr(a, mode="economic", check_finite=False)
    return (scipy.linalg.solve_triangular(r, q.conj().T, check_finite=False).conj().T,)


def audit_inv(a: NDArray, above: NDArray) -> tuple[Audited, ...]:
    """-(A^-H W) A^-H, the second factor by a system of the adjoint."""

    def compute() -> list:
        adjoint = audits.matrix(a.conj().T)
        first = audits.by_columns(adjoint, audits.matrix(above))
        return [-(audits.by_columns(adjoint.H, first.H)).H]

    return audits.twice(compute, a, above)


def audit_solve(a: NDArray, rhs: NDArray) -> tuple[Audited, ...]:
    """By LU decomposition of A and of its adjoint."""

    def compute() -> list:
        b = audits.matrix(rhs)
        x = audits.by_columns(audits.matrix(a), b)
        y = audits.by_columns(audits.matrix(a.conj().T), b)
        return [-(y * x.H), y]

    return audits.twice(compute, a, rhs)


def audit_det(a: NDArray) -> tuple[Audited, ...]:
    """The conjugate of the determinant times the columns of the adjoint's inverse.

    Zeros where mpmath finds the matrix singular, of which the reference says nothing.
    """

    def compute() -> list:
        value = mpmath.conj(audits.det(a)[0].fine.item())
        try:
            return [value * audits.by_columns(audits.matrix(a.conj().T), mpmath.eye(len(a)))]
        except ZeroDivisionError:
            return [mpmath.zeros(len(a))]

    return audits.twice(compute, a)


def audit_slogdet(a: NDArray) -> tuple[Audited, ...]:
    """The inverse of the adjoint."""
    return audits.inv(a, adjoint=True)


def audit_logdet(a: NDArray) -> tuple[Audited, ...]:
    """The inverse of the matrix whose lower triangle is read."""
    return audits.inv(_whole(a))


def _whole(a: NDArray) -> NDArray:
    """The Hermitian matrix whose lower triangle is read."""
    whole = np.tril(a) + np.tril(a, -1).conj().T
    if np.iscomplexobj(a):
        np.fill_diagonal(whole, np.diagonal(whole).real)
    return whole


def audit_eigvalsh(a: NDArray) -> tuple[Audited, ...]:
    """Put together from mpmath's eigenvalues and vectors."""

    def compute() -> list:
        of = mpmath.mp.eighe if np.iscomplexobj(a) else mpmath.mp.eigsy
        values, vectors = of(audits.matrix(_whole(a)))
        found = vectors * mpmath.diag(list(values)) * vectors.H
        n = len(a)
        return [mpmath.matrix(
            [[(0, 1, 2)[(i >= j) + (i > j)] * found[i, j] for j in range(n)] for i in range(n)]
        )]  # fmt: skip

    return audits.twice(compute, a)


def audit_nuclear(a: NDArray, *, compute_uv: bool) -> tuple[Audited, ...]:
    """The product of mpmath's singular vectors."""
    wide = a.shape[0] < a.shape[1]
    tall = a.conj().T if wide else a

    def compute() -> list:
        u, _, v = _factors(tall)
        return [(u * v).H if wide else u * v]

    return audits.twice(compute, a)


def audit_pinv(a: NDArray) -> tuple[Audited, ...]:
    """The three terms by singular vectors: left ones span what is left of I - A X."""
    wide = a.shape[0] < a.shape[1]
    tall = a.T if wide else a

    def compute() -> list:
        u, s, v = mpmath.mp.svd_r(audits.matrix(tall))
        x = v.T * mpmath.diag([1 / value for value in s]) * u.T
        ones = mpmath.ones(x.rows, x.cols)
        gram = v.T * mpmath.diag([1 / value**2 for value in s]) * v
        found = (mpmath.eye(len(tall)) - u * u.T) * ones.T * gram - x.T * ones * x.T
        return [found.T if wide else found]

    return audits.twice(compute, a)


def audit_qr(a: NDArray) -> tuple[Audited, ...]:
    """Singular vectors, and reciprocals of the values."""

    def compute() -> list:
        u, s, v = _factors(a)
        return [u * mpmath.diag([1 / value for value in s]) * v]

    return audits.twice(compute, a)


def _factors(a: NDArray) -> tuple[Any, Any, Any]:
    """mpmath's u, s and v of a = u diag(s) v with no more columns than rows."""
    of = mpmath.mp.svd_c if np.iscomplexobj(a) else mpmath.mp.svd_r
    return of(audits.matrix(a))

"""Audits by mpmath of triangular, banded, tridiagonal and factored systems: one member.

As in references/audits.py, by substitution and elimination in a hundred and in 150 digits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from references import audits
from references.audits import Audited
from references.contractions import tridiagonal, unpacked
from references.structured import banded, triangle


def triangular_solve(
    matrix: NDArray, rhs: NDArray, *, lower: bool = True, adjoint: bool = False
) -> tuple[Audited, ...]:
    """LU decomposition with refinement of the triangle."""
    return audits.solve(triangle(matrix[None], lower=lower)[0], rhs, adjoint=adjoint)


def banded_triangular_solve(
    bands: NDArray, rhs: NDArray, *, lower: bool = True, adjoint: bool = False
) -> tuple[Audited, ...]:
    """The same of the matrix written out."""
    return audits.solve(banded(bands[None], lower=lower)[0], rhs, adjoint=adjoint)


def tridiagonal_solve(
    diagonals: NDArray, rhs: NDArray, *, partial_pivoting: bool = True
) -> tuple[Audited, ...]:
    """The same of the matrix written out."""
    return audits.solve(tridiagonal(diagonals[None])[0], rhs)


def lu_solve(lower_upper: NDArray, perm: NDArray, rhs: NDArray) -> tuple[Audited, ...]:
    """By both factors."""
    lower, upper = unpacked(lower_upper[None])
    return audits.twice(
        lambda: [_through(lower[0], upper[0], rhs[perm.real.astype(int)])], lower_upper, rhs
    )


def lu_matrix_inverse(lower_upper: NDArray, perm: NDArray) -> tuple[Audited, ...]:
    """By both factors, of the identity."""
    return lu_solve(lower_upper, perm, np.eye(len(lower_upper), dtype=lower_upper.dtype))


def cholesky_solve(chol: NDArray, rhs: NDArray) -> tuple[Audited, ...]:
    """By both factors."""
    lower = np.tril(chol)
    return audits.twice(lambda: [_through(lower, lower.conj().T, rhs)], chol, rhs)


def _through(lower: NDArray, upper: NDArray, rhs: NDArray) -> Any:
    first = audits.by_columns(audits.matrix(lower), audits.matrix(rhs))
    return audits.by_columns(audits.matrix(upper), first)

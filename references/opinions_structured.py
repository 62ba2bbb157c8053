"""Second opinions on triangular, banded, tridiagonal and factored systems: SciPy, one member.

As in references/opinions.py: at the precision of the inputs, with the arguments of TensorFlow's
calls; LinAlgError propagates.
"""

from __future__ import annotations

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from references.structured import banded

Answer = tuple[NDArray, ...]


def triangular_solve(
    matrix: NDArray, rhs: NDArray, *, lower: bool = True, adjoint: bool = False
) -> Answer:
    """dtrtrs."""
    found = scipy.linalg.solve_triangular(
        matrix, rhs, trans="C" if adjoint else "N", lower=lower, check_finite=False
    )
    return (found,)


def banded_triangular_solve(
    bands: NDArray, rhs: NDArray, *, lower: bool = True, adjoint: bool = False
) -> Answer:
    """dtrtrs of the matrix written out."""
    return triangular_solve(banded(bands[None], lower=lower)[0], rhs, lower=lower, adjoint=adjoint)


def tridiagonal_solve(diagonals: NDArray, rhs: NDArray, *, partial_pivoting: bool = True) -> Answer:
    """dgtsv, which exchanges rows whatever the arguments say."""
    n = diagonals.shape[1]
    if n == 1:
        return (rhs / diagonals[1, 0],)
    above, main, below = diagonals[0, :-1], diagonals[1], diagonals[2, 1:]
    (gtsv,) = scipy.linalg.get_lapack_funcs(("gtsv",), (diagonals, rhs))
    *_, x, info = gtsv(below, main, above, rhs)
    if info > 0:
        raise scipy.linalg.LinAlgError("a pivot is exactly zero")
    return (x,)


def lu(a: NDArray) -> Answer:
    """dgetrf, its exchanges as the order of the rows."""
    factors, exchanged = scipy.linalg.lu_factor(a, check_finite=False)
    order = np.arange(len(a))
    for i, row in enumerate(exchanged):
        order[[i, row]] = order[[row, i]]
    return factors, order.astype(a.dtype)


def lu_solve(lower_upper: NDArray, perm: NDArray, rhs: NDArray) -> Answer:
    """dtrtrs, twice."""
    right = rhs[perm.real.astype(int)]
    inner = scipy.linalg.solve_triangular(
        lower_upper, right, lower=True, unit_diagonal=True, check_finite=False
    )
    return (scipy.linalg.solve_triangular(lower_upper, inner, check_finite=False),)


def lu_matrix_inverse(lower_upper: NDArray, perm: NDArray) -> Answer:
    """dtrtrs, twice, of the identity."""
    return lu_solve(lower_upper, perm, np.eye(len(lower_upper), dtype=lower_upper.dtype))


def cholesky_solve(chol: NDArray, rhs: NDArray) -> Answer:
    """dtrtrs, twice."""
    inner = scipy.linalg.solve_triangular(chol, rhs, lower=True, check_finite=False)
    return (scipy.linalg.solve_triangular(chol, inner, trans="C", lower=True, check_finite=False),)


def eig(a: NDArray) -> Answer:
    """dgeev: real and imaginary parts of the values, then of the vectors.

    Of A near 1: the dgeev of SciPy 1.17 scales small and large matrices and forgets to scale back.
    """
    near, power = _near_one(a)
    values, vectors = scipy.linalg.eig(near, check_finite=False)
    return _parts(values, a, power) + _parts(vectors, a, 0)


def eigvals(a: NDArray) -> Answer:
    """dgeev without vectors, the same."""
    near, power = _near_one(a)
    return _parts(scipy.linalg.eigvals(near, check_finite=False), a, power)


def _near_one(a: NDArray) -> tuple[NDArray, int]:
    """A times a power of two, and the power that it lacks then."""
    power = int(np.frexp(max(np.abs(a.real).max(), np.abs(a.imag).max()))[1])
    if not np.iscomplexobj(a):
        return np.ldexp(a, -power), power
    return (np.ldexp(a.real, -power) + 1j * np.ldexp(a.imag, -power)).astype(a.dtype), power


def _parts(x: NDArray, like: NDArray, power: int) -> Answer:
    kind = like.real.dtype
    with np.errstate(over="ignore", under="ignore"):
        return np.ldexp(x.real, power).astype(kind), np.ldexp(x.imag, power).astype(kind)


def eigh_tridiagonal(alpha: NDArray, beta: NDArray) -> Answer:
    """stebz of the real matrix that moduli make of a Hermitian one, brought near 1."""
    d, e = alpha.real, np.abs(beta)
    power = int(np.frexp(max(np.abs(d).max(), e.max(initial=0.0)))[1])
    found = scipy.linalg.eigh_tridiagonal(
        np.ldexp(d, -power), np.ldexp(e, -power), eigvals_only=True, lapack_driver="stebz"
    )
    return (np.ldexp(found, power).astype(d.dtype),)

"""Second opinions: SciPy at the precision of its inputs, one member at a time.

Arguments are those of TensorFlow's call on the whole stack. Inputs are float32 or float64 arrays
without the stack's axis; answers are tuples of arrays of the same dtype. scipy.linalg runs the
LAPACK of that precision (numpy.linalg computes float32 in float64). LinAlgError propagates.
"""

from __future__ import annotations

import warnings

import numpy as np
import scipy.linalg
import scipy.special
from numpy.typing import NDArray

Answer = tuple[NDArray, ...]


def solve(a: NDArray, rhs: NDArray, *, adjoint: bool = False) -> Answer:
    """dgesv, whatever the structure."""
    (gesv,) = scipy.linalg.get_lapack_funcs(("gesv",), (a, rhs))
    _, _, x, info = gesv(a.conj().T if adjoint else a, rhs)
    if info > 0:
        raise scipy.linalg.LinAlgError("a pivot is exactly zero")
    return (x,)


def inv(a: NDArray, *, adjoint: bool = False) -> Answer:
    """dgetri."""
    return (scipy.linalg.inv(a.conj().T if adjoint else a, check_finite=False),)


def det(a: NDArray) -> Answer:
    """The product of the pivots of dgetrf; scipy.linalg.det eliminates in the transpose."""
    sign, pivots = _pivots(a)
    with np.errstate(over="ignore", under="ignore"):
        return (np.asarray(sign * np.prod(pivots)),)


def slogdet(a: NDArray) -> Answer:
    """The sum of the logarithms of the pivots of dgetrf."""
    sign, pivots = _pivots(a)
    with np.errstate(divide="ignore"):
        return sign * np.prod(np.sign(pivots)), np.log(np.abs(pivots)).sum().astype(a.dtype)


def _pivots(a: NDArray) -> tuple[np.floating, NDArray]:
    """The sign of the permutation and the pivots of dgetrf."""
    factors, rows = scipy.linalg.lu_factor(a, check_finite=False)
    exchanged = int((rows != np.arange(len(rows))).sum())
    return a.dtype.type((-1) ** exchanged), np.diagonal(factors)


def cholesky(a: NDArray) -> Answer:
    """dpotrf on the lower triangle."""
    return (scipy.linalg.cholesky(a, lower=True, check_finite=False),)


def logdet(a: NDArray) -> Answer:
    """The sum of the logarithms of the diagonal of dpotrf, twice."""
    return (2 * np.log(np.diagonal(cholesky(a)[0]).real).sum(),)


def qr(a: NDArray, *, full_matrices: bool = False) -> Answer:
    """dgeqrf and dorgqr."""
    return tuple(scipy.linalg.qr(a, mode="full" if full_matrices else "economic"))


def eigh(a: NDArray) -> Answer:
    """dsyevr on the lower triangle: eigenvalues ascending, eigenvectors in columns.

    Values are told in the field of the matrix, as TensorFlow tells them.
    """
    values, vectors = scipy.linalg.eigh(a, lower=True, check_finite=False)
    return values.astype(a.dtype), vectors


def eigvalsh(a: NDArray) -> Answer:
    """dsyevr without vectors."""
    return (scipy.linalg.eigvalsh(a, lower=True, check_finite=False).astype(a.dtype),)


def lstsq(a: NDArray, rhs: NDArray, *, l2_regularizer: float = 0.0, fast: bool = True) -> Answer:
    """dgelsd; a regulariser is appended as rows sqrt(l2) I."""
    if fast and l2_regularizer:
        n = a.shape[1]
        below = np.sqrt(a.dtype.type(l2_regularizer)) * np.eye(n, dtype=a.dtype)
        a = np.vstack([a, below])
        rhs = np.vstack([rhs, np.zeros((n, rhs.shape[1]), rhs.dtype)])
    return (scipy.linalg.lstsq(a, rhs, check_finite=False)[0],)


def pinv(a: NDArray, *, rcond: float | None = None) -> Answer:
    """dgesdd, with TensorFlow's default cut-off."""
    cut = 10 * max(a.shape) * float(np.finfo(a.dtype).eps) if rcond is None else rcond
    return (scipy.linalg.pinv(a, atol=0.0, rtol=cut, check_finite=False),)


def matrix_rank(a: NDArray, *, tol: float | None = None, eps: float | None = None) -> Answer:
    """dgesdd, with TensorFlow's default cut-off, that of another precision where eps is given."""
    values = scipy.linalg.svd(a, compute_uv=False, check_finite=False)
    own = max(a.shape) * float(np.finfo(a.dtype).eps if eps is None else eps)
    cut = own * values.max(initial=0.0) if tol is None else tol
    return (np.asarray((values > cut).sum(), dtype=a.dtype),)


def svd(a: NDArray, *, full_matrices: bool = False, compute_uv: bool = True) -> Answer:
    """dgesdd: values descending; left and right singular vectors in columns where wanted."""
    if not compute_uv:
        return (scipy.linalg.svd(a, compute_uv=False, check_finite=False),)
    u, s, across = scipy.linalg.svd(a, full_matrices=full_matrices, check_finite=False)
    return s, u, across.conj().T


def sqrtm(a: NDArray) -> Answer:
    """Schur's method, of a matrix that a power of four brings near 1."""
    half = int(np.frexp(np.abs(a).max())[1]) // 2
    found = scipy.linalg.sqrtm(a * a.real.dtype.type(2.0) ** (-2 * half))
    found = found if np.iscomplexobj(a) else found.real
    return ((found * a.real.dtype.type(2.0) ** half).astype(a.dtype),)


def logm(a: NDArray) -> Answer:
    """Inverse scaling and squaring of Al-Mohy and Higham (2012)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it may be inaccurate
            return (np.asarray(scipy.linalg.logm(a)).astype(a.dtype),)
    except Exception as error:  # SciPy raises no other where a root is NaN
        raise scipy.linalg.LinAlgError(str(error)) from error


def expm(a: NDArray) -> Answer:
    """Scaling and squaring of Al-Mohy and Higham (2009)."""
    return (scipy.linalg.expm(a),)


def softmax(x: NDArray, *, axis: int = -1) -> Answer:
    """Along an axis that, if positive, counts the stack's axis as 0."""
    return (scipy.special.softmax(x, axis=axis - 1 if axis > 0 else axis),)


def log_softmax(x: NDArray, *, axis: int = -1) -> Answer:
    """Along an axis that, if positive, counts the stack's axis as 0."""
    return (scipy.special.log_softmax(x, axis=axis - 1 if axis > 0 else axis),)


def logsumexp(x: NDArray, *, axis: int = -1, keepdims: bool = False) -> Answer:
    """Along an axis that, if positive, counts the stack's axis as 0."""
    at = axis - 1 if axis > 0 else axis
    return (np.asarray(scipy.special.logsumexp(x, axis=at, keepdims=keepdims), dtype=x.dtype),)

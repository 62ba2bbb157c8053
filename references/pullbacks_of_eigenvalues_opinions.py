"""Second opinions of gradients of eigenvalues: by SciPy at the precision of its inputs, and mpmath.

Both of one member at a time, by other ways than references/pullbacks_of_eigenvalues.py.
"""

from __future__ import annotations

import mpmath
import numpy as np
import scipy.linalg
from mpmath import mp
from numpy.typing import NDArray

from references import audits
from references.audits import Audited
from references.doubledouble import exact_scale, shift
from references.embedded import column, folded
from references.opinions import Answer


def eig(a: NDArray, *, vectors: bool = False) -> Answer:
    """The system V^H G = diag(w) V^H of the vectors of dgeev, of A near 1."""
    wide = np.iscomplexobj(a)
    power = exact_scale(column(a[None]) if wide else a[None])
    values, v = scipy.linalg.eig(_shifted(a, -power), check_finite=False)
    across = v.conj().T
    found = scipy.linalg.solve(across, values[:, None] * across, check_finite=False)
    found = found if wide else np.ascontiguousarray(found.real)
    return (_shifted(found.astype(a.dtype), power),)


def _shifted(a: NDArray, power: NDArray[np.int64]) -> NDArray:
    if not np.iscomplexobj(a):
        return np.asarray(shift(a[None].astype(np.float64), power)[0], a.dtype)
    return np.asarray(folded(shift(column(a[None].astype(np.complex128)), power))[0], a.dtype)


def eigh_tridiagonal(alpha: NDArray, beta: NDArray) -> Answer:
    """Diagonals of V diag(w) V^T by steqr, with the phases of beta, of numbers near 1."""
    d, e = alpha.real, np.abs(beta)
    power = int(np.frexp(max(np.abs(d).max(), e.max(initial=0.0)))[1])
    values, v = scipy.linalg.eigh_tridiagonal(
        np.ldexp(d, -power), np.ldexp(e, -power), lapack_driver="stev"
    )
    whole = (v * values) @ v.T
    phases = np.divide(beta, e, out=np.ones_like(beta), where=e > 0)
    main, beside = np.diagonal(whole).astype(alpha.dtype), 2 * np.diagonal(whole, 1) * phases
    return _shifted(main, np.array([power])), _shifted(beside, np.array([power]))


def audit_eig(a: NDArray, *, vectors: bool = False) -> tuple[Audited, ...]:
    """The sum of w l v^H over l^H v, of left and right eigenvectors."""
    n = len(a)

    def compute() -> list:
        values, left, right = mp.eig(audits.matrix(a) * mpmath.mpc(1), left=True, right=True)
        found = mpmath.zeros(n)
        for k in range(n):
            row, v = left[k, :], right[:, k]
            size = mpmath.conj((row * v)[0])
            if size:  # of a defective matrix the reference proves no answer
                found += row.H * v.H * (values[k] / size)
        part = mpmath.mpmathify if np.iscomplexobj(a) else mpmath.re
        return [mpmath.matrix([[part(x) for x in line] for line in found.tolist()])]

    return audits.twice(compute, a)


def audit_eigh_tridiagonal(alpha: NDArray, beta: NDArray) -> tuple[Audited, ...]:
    """Both diagonals of V diag(w) V^H of the whole matrix, by mpmath's eigenvectors.

    Of the smaller diagonal as many digits are lost as it is smaller, which are added.
    """
    whole = np.diag(alpha.real).astype(beta.dtype) + np.diag(beta, 1) + np.diag(beta.conj(), -1)
    wide, n = np.iscomplexobj(beta), len(alpha)
    powers = [int(np.frexp(np.abs(x).max(initial=0.0))[1]) for x in (alpha.real, beta)]
    more = abs(powers[0] - powers[1]) // 3

    def compute() -> list:
        with mpmath.workdps(mp.dps + more):
            values, v = (mp.eighe if wide else mp.eigsy)(audits.matrix(whole))
            found = v * mpmath.diag(list(values)) * v.H
            main = [mpmath.re(found[i, i]) for i in range(n)]
            beside = [2 * found[i, i + 1] for i in range(n - 1)]
            return [np.array(x, dtype=object) for x in (main, beside)]

    return audits.twice(compute, alpha, beta)

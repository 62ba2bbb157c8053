"""Second opinions of pullbacks of systems: by SciPy at the precision of its inputs, and by mpmath.

Of one member at a time; audits solve matrices that are written out, by LU decomposition.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from references import audits, structured
from references import opinions_structured as opinions
from references.audits import Audited
from references.contractions import tridiagonal, unpacked
from references.opinions import Answer


def triangular_solve(
    matrix: NDArray, rhs: NDArray, above: NDArray, *, lower: bool = True, adjoint: bool = False
) -> Answer:
    """By dtrtrs, twice."""
    (x,) = opinions.triangular_solve(matrix, rhs, lower=lower, adjoint=adjoint)
    (y,) = opinions.triangular_solve(matrix, above, lower=lower, adjoint=not adjoint)
    whole = -x @ y.conj().T if adjoint else -y @ x.conj().T
    return (np.tril(whole) if lower else np.triu(whole)), y, x


def banded_triangular_solve(
    bands: NDArray, rhs: NDArray, above: NDArray, *, lower: bool = True, adjoint: bool = False
) -> Answer:
    """The same of the matrix written out."""
    whole = structured.banded(bands[None], lower=lower)[0]
    found, *rest = triangular_solve(whole, rhs, above, lower=lower, adjoint=adjoint)
    return _stored(found, _away(len(bands), lower=lower)), *rest


def tridiagonal_solve(
    diagonals: NDArray,
    rhs: NDArray,
    above: NDArray,
    *,
    partial_pivoting: bool = True,
    diagonals_format: str = "compact",
) -> Answer:
    """By dgtsv, twice."""
    turned = diagonals[::-1].conj().copy()
    turned[0], turned[2] = np.roll(turned[0], -1), np.roll(turned[2], 1)
    (x,), (y,) = (
        opinions.tridiagonal_solve(diagonals, rhs),
        opinions.tridiagonal_solve(turned, above),
    )
    return _stored(-y @ x.conj().T, [1, 0, -1]), y, x


def cholesky_solve(chol: NDArray, rhs: NDArray, above: NDArray) -> Answer:
    """By dtrtrs, four times."""
    z, v = (opinions.triangular_solve(chol, side)[0] for side in (rhs, above))
    x, y = (opinions.triangular_solve(chol, side, adjoint=True)[0] for side in (z, v))
    return -np.tril(y @ z.conj().T + x @ v.conj().T), y, x


def lu_solve(lower_upper: NDArray, perm: NDArray, rhs: NDArray, above: NDArray) -> Answer:
    """By dtrtrs, four times."""
    order = perm.real.astype(int)
    lower, upper = (side[0] for side in unpacked(lower_upper[None]))
    (z,) = opinions.triangular_solve(lower, rhs[order])
    (x,) = opinions.triangular_solve(upper, z, lower=False)
    (v,) = opinions.triangular_solve(upper, above, lower=False, adjoint=True)
    (y,) = opinions.triangular_solve(lower, v, adjoint=True)
    found = -np.tril(y @ z.conj().T, -1) - np.triu(v @ x.conj().T)
    return found, y[np.argsort(order)], x


def _away(count: int, *, lower: bool) -> list[int]:
    """Which diagonal each row of bands is."""
    return [-k for k in range(count)] if lower else list(range(count))[::-1]


def _stored(whole: NDArray, away: list[int]) -> NDArray:
    """The diagonals as TensorFlow stores them, zeros where there are none."""
    found = np.zeros((len(away), len(whole)), dtype=whole.dtype)
    for row, k in enumerate(away):
        along = np.diagonal(whole, k)
        found[row, max(-k, 0) : max(-k, 0) + len(along)] = along
    return found


def audit_triangular_solve(
    matrix: NDArray, rhs: NDArray, above: NDArray, *, lower: bool = True, adjoint: bool = False
) -> tuple[Audited, ...]:
    """Both solutions of the triangle, and their product."""
    whole = structured.triangle(matrix[None], lower=lower)[0]
    kept = np.tril if lower else np.triu
    return _audited(whole, rhs, above, kept, adjoint=adjoint)


def audit_banded_triangular_solve(
    bands: NDArray, rhs: NDArray, above: NDArray, *, lower: bool = True, adjoint: bool = False
) -> tuple[Audited, ...]:
    """The same of the matrix written out."""
    whole, away = structured.banded(bands[None], lower=lower)[0], _away(len(bands), lower=lower)
    return _audited(whole, rhs, above, lambda found: _stored(found, away), adjoint=adjoint)


def audit_tridiagonal_solve(
    diagonals: NDArray,
    rhs: NDArray,
    above: NDArray,
    *,
    partial_pivoting: bool = True,
    diagonals_format: str = "compact",
) -> tuple[Audited, ...]:
    """The same of the matrix written out."""
    whole = tridiagonal(diagonals[None])[0]
    return _audited(whole, rhs, above, lambda found: _stored(found, [1, 0, -1]))


def _audited(
    whole: NDArray,
    rhs: NDArray,
    above: NDArray,
    laid: Callable[[NDArray], NDArray],
    *,
    adjoint: bool = False,
) -> tuple[Audited, ...]:
    turned = whole.conj().T

    def compute() -> list[Any]:
        one, other = (audits.matrix(side) for side in (whole, turned)[:: -1 if adjoint else 1])
        x = audits.by_columns(one, audits.matrix(rhs))
        y = audits.by_columns(other, audits.matrix(above))
        return [laid(_entries(-(x * y.H if adjoint else y * x.H))), y, x]

    return audits.twice(compute, whole, rhs, above)


def audit_cholesky_solve(chol: NDArray, rhs: NDArray, above: NDArray) -> tuple[Audited, ...]:
    """Of A = L L^H formed, as A's slopes become those of its factor."""

    def compute() -> list[Any]:
        lower = audits.matrix(np.tril(chol))
        x, y = (audits.by_columns(lower * lower.H, audits.matrix(side)) for side in (rhs, above))
        return [np.tril(_entries(-(y * x.H + x * y.H) * lower)), y, x]

    return audits.twice(compute, chol, rhs, above)


def audit_lu_solve(
    lower_upper: NDArray, perm: NDArray, rhs: NDArray, above: NDArray
) -> tuple[Audited, ...]:
    """Of A = L U formed, as A's slopes become those of its factors."""
    order = perm.real.astype(int)

    def compute() -> list[Any]:
        lower, upper = (audits.matrix(side[0]) for side in unpacked(lower_upper[None]))
        whole = lower * upper
        x = audits.by_columns(whole, audits.matrix(rhs[order]))
        y = audits.by_columns(whole.H, audits.matrix(above))
        of_whole = -(y * x.H)
        found = np.tril(_entries(of_whole * upper.H), -1) + np.triu(_entries(lower.H * of_whole))
        return [found, _entries(y)[np.argsort(order)], x]

    return audits.twice(compute, lower_upper, rhs, above)


def _entries(a: Any) -> NDArray[np.object_]:
    return np.array(a.tolist(), dtype=object)

"""Second opinions of pullbacks of factors, norms, exponentials and least squares.

By SciPy at the precision of its inputs, and audits by mpmath; both of one member at a time, by
other ways than the references.
"""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from references import audits, audits_exponential, numeric, opinions
from references.audits import Audited
from references.opinions import Answer
from references.row_norms import SQUARES


def cholesky(a: NDArray, above: NDArray) -> Answer:
    """By dpotrf and two solutions of triangular systems by dtrtrs."""
    lower = scipy.linalg.cholesky(a, lower=True, check_finite=False)
    half = np.tril(lower.conj().T @ np.tril(above))
    np.fill_diagonal(half, np.diagonal(half).real / 2)

    def down(x: NDArray) -> NDArray:
        return scipy.linalg.solve_triangular(lower, x, lower=True, trans="C", check_finite=False)

    whole = down(down((half + half.conj().T) / 2).conj().T)
    return ((whole + whole.conj().T) / 2,)


def expm(a: NDArray, above: NDArray) -> Answer:
    """Of the doubled matrix, as SciPy scales and squares; its own derivative knows no float32."""
    turned, n = a.conj().T, len(a)
    top = float(np.abs(above).max()) or 1.0
    whole = np.block([[turned, above / a.dtype.type(top)], [np.zeros_like(a), turned]])
    return (opinions.expm(whole)[0][:n, n:] * a.dtype.type(top),)


def lstsq(a: NDArray, rhs: NDArray, above: NDArray, *, l2_regularizer: float) -> Answer:
    """The normal equations, by dposv."""
    across, ridge = a.conj().T, a.dtype.type(l2_regularizer) * np.eye(min(a.shape), dtype=a.dtype)
    if a.shape[0] >= a.shape[1]:
        x, z = (
            scipy.linalg.solve(across @ a + ridge, side, assume_a="pos", check_finite=False)
            for side in (across @ rhs, above)
        )
        return (rhs - a @ x) @ z.conj().T - a @ z @ x.conj().T, a @ z
    y, q = (
        scipy.linalg.solve(a @ across + ridge, side, assume_a="pos", check_finite=False)
        for side in (rhs, a @ above)
    )
    return y @ (above - across @ q).conj().T - q @ (across @ y).conj().T, q


def norm(tensor: NDArray, *, ord: Any, axis: Any) -> Answer:  # noqa: A002 - TensorFlow's name
    """Quotients; of the largest entry or sum, z/|z| where it is, along the first of several.

    Sums of a hundred digits that differ by their rounding are taken for equal.
    """
    axes = numeric.alone(axis)
    if ord in SQUARES:
        return (numeric.normalize(tensor, ord=ord, axis=axis)[0],)
    signs = np.vectorize(lambda z: z / abs(z) if z else 0 * z, otypes=[tensor.dtype])(tensor)
    if ord == 1 and len(axes) == 1:
        return (signs,)
    sums = np.abs(tensor)
    if len(axes) == 2:
        sums = sums.sum(axis=axes[0 if ord == 1 else 1], keepdims=True)
    across = axes[-1 if ord == 1 else 0]
    if tensor.dtype == object:
        sums = sums >= sums.max(axis=across, keepdims=True) * (1 - mpmath.mpf(10) ** -90)
    first = np.expand_dims(sums.argmax(axis=across), across)
    places = np.arange(sums.shape[across]).reshape(
        [-1 if i == across % tensor.ndim else 1 for i in range(tensor.ndim)]
    )
    return (np.where(places == first, signs, 0),)


def audit_cholesky(a: NDArray, above: NDArray) -> tuple[Audited, ...]:
    """Smith's (1995) way: back through each operation of the factorisation by columns.

    The slopes of the entries of the lower triangle; those below the diagonal are shared with the
    ones above it.
    """
    n = len(a)

    def compute() -> list:
        (lower,) = (part.fine for part in audits.cholesky(a))
        slopes = audits.matrix(np.tril(above))
        for k in reversed(range(n)):
            _back(lower, slopes, k)
        for i in range(n):
            slopes[i, i] = mpmath.re(slopes[i, i])
            for j in range(i):
                slopes[i, j] /= 2
                slopes[j, i] = mpmath.conj(slopes[i, j])
        return [slopes]

    return audits.twice(compute, a, above)


def _back(lower: NDArray, slopes: Any, k: int) -> None:
    """Slopes of L become those of A in column k: l_ij = (a_ij - sum l_ir l_jr*) / l_jj."""
    n, pivot = len(lower), lower[k, k]
    for i in range(k + 1, n):
        slopes[i, k] /= pivot
        slopes[k, k] -= mpmath.re(slopes[i, k] * mpmath.conj(lower[i, k]))
    slopes[k, k] = mpmath.re(slopes[k, k]) / (2 * pivot)
    for r in range(k):
        slopes[k, r] -= 2 * slopes[k, k] * lower[k, r]
        for i in range(k + 1, n):
            slopes[i, r] -= slopes[i, k] * lower[k, r]
            slopes[k, r] -= mpmath.conj(slopes[i, k]) * lower[i, r]


def audit_expm(a: NDArray, above: NDArray) -> tuple[Audited, ...]:
    """A block of Taylor's sum and squarings of the doubled matrix."""
    turned, n = a.conj().T, len(a)
    whole = np.block([[turned, above], [np.zeros_like(a), turned]])
    return tuple(
        Audited(part.coarse[:n, n:], part.fine[:n, n:]) for part in audits_exponential.expm(whole)
    )


def audit_lstsq(
    a: NDArray, rhs: NDArray, above: NDArray, *, l2_regularizer: float = 0.0
) -> tuple[Audited, ...]:
    """Augmented systems, which hold residuals beside solutions (Bjorck 1996, 1.1.4)."""
    m, n = a.shape
    k, tall = rhs.shape[1], m >= n

    def compute() -> list:
        left, damping = audits.matrix(a), mpmath.mpf(l2_regularizer)
        whole = mpmath.zeros(m + n)
        whole[:m, m:], whole[m:, :m] = left, left.H
        whole[:m, :m] = mpmath.eye(m) if tall else damping * mpmath.eye(m)
        whole[m:, m:] = -(damping if tall else mpmath.mpf(1)) * mpmath.eye(n)
        sides = mpmath.zeros(m + n, 2 * k)
        sides[:m, :k], sides[m:, k:] = audits.matrix(rhs), -audits.matrix(above)
        found = audits.by_columns(whole, sides)
        # of tall A residuals and solutions; of wide A what A^H makes the solutions of, and those
        first, x, second, z = (
            found[:m, :k], found[m:, :k], found[:m, k:], found[m:, k:]
        )  # fmt: skip
        return [first * z.H + second * x.H, -second]

    return audits.twice(compute, a, rhs, above)

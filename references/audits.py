"""Audits by mpmath, the named reference: one member, at two precisions.

mpmath proves nothing; the difference between its answers at DIGITS is taken as its tolerance.
Arguments are those of the references; inputs are one member's float64 arrays. ValueError for NaN
and infinities, which mpmath must never see (it may hang); ZeroDivisionError where it finds a
matrix singular.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import mpmath
import numpy as np
from mpmath import mp
from numpy.typing import NDArray

from references.truth import Truth

Array = NDArray[np.float64]
DIGITS = (100, 150)


class Audited(NamedTuple):
    """One part of an answer as object arrays of mpf, at the lower and the higher precision."""

    coarse: NDArray[np.object_]
    fine: NDArray[np.object_]


def solve(a: Array, rhs: Array, *, adjoint: bool = False) -> tuple[Audited, ...]:
    """LU decomposition with refinement."""
    return twice(lambda: [by_columns(matrix(a.conj().T if adjoint else a), matrix(rhs))], a, rhs)


def inv(a: Array, *, adjoint: bool = False) -> tuple[Audited, ...]:
    """LU decomposition, column by column."""
    return twice(lambda: [by_columns(matrix(a.conj().T if adjoint else a), mpmath.eye(len(a)))], a)


def det(a: Array) -> tuple[Audited, ...]:
    """The product of the pivots of an LU decomposition; zero where it finds the matrix singular."""

    def compute() -> list[Any]:
        try:
            return [_number(mpmath.fprod(_pivots(a)))]
        except ZeroDivisionError:
            return [_number(mpmath.mpf(0))]

    return twice(compute, a)


def slogdet(a: Array) -> tuple[Audited, ...]:
    """The sign of the product of the pivots, and the sum of their logarithms."""

    def compute() -> list[Any]:
        pivots = _pivots(a)
        logarithms = [mpmath.log(abs(pivot)) for pivot in pivots]
        return [_number(mpmath.sign(mpmath.fprod(pivots))), _number(mpmath.fsum(logarithms))]

    return twice(compute, a)


def cholesky(a: Array) -> tuple[Audited, ...]:
    """L from the pivots of A = L D L^T; zeros where one is not positive."""
    return twice(lambda: [_lower(a)], a)


def logdet(a: Array) -> tuple[Audited, ...]:
    """The sum of the logarithms of the pivots of A = L D L^T."""

    def compute() -> list[Any]:
        factor = _lower(a)
        diagonal = (factor[i, i] for i in range(len(a)))
        logarithms = [mpmath.log(x) if x else mpmath.inf for x in diagonal]
        return [_number(2 * mpmath.fsum(logarithms))]

    return twice(compute, a)


def qr(a: Array, *, full_matrices: bool = False) -> tuple[Audited, ...]:
    """R with a positive diagonal, part 1, by reflectors; of Q, and of a wide R, zeros."""
    m, n = a.shape
    rows = m if full_matrices else min(m, n)

    def compute() -> list[Any]:
        upper = mpmath.zeros(rows, n)
        if m >= n:
            found = mp.qr(matrix(a), mode="skinny")[1]
            phases = [mpmath.conj(mpmath.sign(found[i, i])) or 1 for i in range(n)]
            upper[:n, :n] = mpmath.diag(phases) * found
        return [mpmath.zeros(m, rows), upper]

    return twice(compute, a)


def lstsq(
    a: Array, rhs: Array, *, l2_regularizer: float = 0.0, fast: bool = True
) -> tuple[Audited, ...]:
    """The smaller of the two sets of normal equations."""

    def compute() -> list[Any]:
        left, right = matrix(a), matrix(rhs)
        damping = mpmath.mpf(l2_regularizer if fast else 0.0)
        if a.shape[0] >= a.shape[1]:
            gram = left.H * left + damping * mpmath.eye(a.shape[1])
            return [by_columns(gram, left.H * right)]
        gram = left * left.H + damping * mpmath.eye(a.shape[0])
        return [left.H * by_columns(gram, right)]

    return twice(compute, a, rhs)


def eigh(a: Array) -> tuple[Audited, ...]:
    """The eigenvalues only, part 0, of the lower triangle; diagonals count as real."""
    whole = np.tril(a) + np.tril(a, -1).conj().T
    if not np.iscomplexobj(a):
        return twice(lambda: [_flat(mp.eigsy(matrix(whole), eigvals_only=True))], whole)
    np.fill_diagonal(whole, whole.diagonal().real)

    def compute() -> list[Any]:
        values = mp.eighe(matrix(whole), eigvals_only=True)
        return [np.array([mpmath.re(x) for x in values], dtype=object)]

    return twice(compute, whole)


eigvalsh = eigh


def pinv(a: Array, *, rcond: float | None = None, eps: float | None = None) -> tuple[Audited, ...]:
    """Singular value decomposition; ValueError if neither rcond nor eps is given."""
    if rcond is None:
        if eps is None:
            raise ValueError("pinv needs rcond, or eps for its default")
        rcond = 10 * max(a.shape) * eps

    def compute() -> list[Any]:
        wide = a.shape[0] < a.shape[1]
        left, values, right = mp.svd_r(matrix(a.T if wide else a))
        kept = [1 / s if s > rcond * values[0] else mpmath.mpf(0) for s in values]
        x = right.T * mpmath.diag(kept) * left.T
        return [x.T if wide else x]

    return twice(compute, a)


def svd(a: Array, *, full_matrices: bool = False, compute_uv: bool = True) -> tuple[Audited, ...]:
    """The singular values only, part 0, by QR iteration."""
    tall = a.T if a.shape[0] < a.shape[1] else a
    of = mp.svd_c if np.iscomplexobj(a) else mp.svd_r
    return twice(lambda: [_flat(of(matrix(tall), compute_uv=False))], a)


def softmax(x: Array, *, axis: int = -1) -> tuple[Audited, ...]:
    """Exponentials of the distances from the largest entry."""

    def shares(steps: list[Any], top: Any) -> list[Any]:
        powers = [mpmath.exp(step) for step in steps]
        total = mpmath.fsum(powers)
        return [power / total for power in powers]

    return twice(lambda: [_along(x, axis, shares)], x)


def log_softmax(x: Array, *, axis: int = -1) -> tuple[Audited, ...]:
    """The distances from the largest entry less the logarithm of their sum."""

    def logarithms(steps: list[Any], top: Any) -> list[Any]:
        logarithm = _logarithm(steps)
        return [step - logarithm for step in steps]

    return twice(lambda: [_along(x, axis, logarithms)], x)


def logsumexp(x: Array, *, axis: int = -1, keepdims: bool = False) -> tuple[Audited, ...]:
    """The largest entry and the logarithm of the sum of the others."""
    at = axis - 1 if axis > 0 else axis

    def total() -> NDArray[np.object_]:
        found = _along(x, axis, lambda steps, top: [top + _logarithm(steps)])
        return found if keepdims else found.squeeze(at)

    return twice(lambda: [total()], x)


def _along(
    x: Array, axis: int, formula: Callable[[list[Any], Any], list[Any]]
) -> NDArray[np.object_]:
    """The answers of every row: `formula` of the distances from the largest entry, and of that."""
    at = axis - 1 if axis > 0 else axis
    rows = np.moveaxis(x, at, -1)
    found = []
    for index in np.ndindex(rows.shape[:-1]):
        top = mpmath.mpf(float(rows[index].max()))
        found.append(formula([mpmath.mpf(entry) - top for entry in rows[index].tolist()], top))
    answers = np.array(found, dtype=object).reshape(*rows.shape[:-1], -1)
    return np.moveaxis(answers, -1, at)


def _logarithm(steps: list[Any]) -> Any:
    """log sum exp(steps), where one largest step is 0."""
    others = list(steps)
    others.remove(0)
    return mpmath.log1p(mpmath.fsum([mpmath.exp(step) for step in others]))


def disagreement(parts: tuple[Audited, ...], truth: Truth, member: int) -> float:
    """How far mpmath lies outside of a member's truth, relative to the answer's largest entry.

    Zero where each entry is within the truth's radius plus mpmath's tolerance, and where the
    truth claims nothing. Parts that mpmath did not compute are not compared.
    """
    worst = mpmath.mpf(0)
    with mpmath.workdps(DIGITS[1]):
        for audited, part in zip(parts, truth.parts, strict=False):
            scale = mpmath.ldexp(1, int(part.exponent[member]))
            sizes: list[Any] = [abs(value) for value in audited.fine.flat]
            size = max(sizes, default=mpmath.mpf(0))
            for index in np.ndindex(audited.fine.shape):
                radius = float(part.radius[member][index])
                if np.isinf(radius):
                    continue
                centre = sum(mpmath.mpmathify(x[member][index].item()) for x in (part.hi, part.lo))
                fine, coarse = audited.fine[index], audited.coarse[index]
                excess = abs(fine - centre * scale) - radius * scale - abs(fine - coarse)
                if excess > 0:
                    worst = max(worst, excess / size if size else mpmath.inf)
    return float(worst)


def twice(compute: Callable[[], list[Any]], *inputs: Array) -> tuple[Audited, ...]:
    """The parts that `compute` gives at both precisions; ValueError for NaN and infinities."""
    if not all(np.isfinite(array).all() for array in inputs):
        raise ValueError("mpmath is never given NaN or infinities")
    answers = []
    for digits in DIGITS:
        with mpmath.workdps(digits):
            answers.append([_array(part) for part in compute()])
    return tuple(Audited(*pair) for pair in zip(*answers, strict=True))


def matrix(array: Array) -> Any:
    """The entries as an mpmath matrix."""
    return mpmath.matrix(array.tolist())


def by_columns(a: Any, rhs: Any) -> Any:
    """a^-1 rhs by one decomposition."""
    factors, order = mp.LU_decomp(a)
    result = mpmath.matrix(a.rows, rhs.cols)
    for j in range(rhs.cols):
        result[:, j] = mp.U_solve(factors, mp.L_solve(factors, rhs[:, j], order))
    return result


def _pivots(a: Array) -> list[Any]:
    """Numbers whose product is the determinant: pivots, a sign, and what rows were divided by."""
    sizes = [int(e) for e in np.frexp(np.abs(a).max(axis=1))[1]]
    rows = [
        [x * mpmath.ldexp(1, -e) for x in row] for row, e in zip(a.tolist(), sizes, strict=True)
    ]
    factors, order = mp.LU_decomp(mpmath.matrix(rows))
    exchanged = sum(int(row != k) for k, row in enumerate(order))
    pivots = [factors[k, k] for k in range(len(a))]
    return [mpmath.ldexp((-1) ** exchanged, sum(sizes)), *pivots]


def _lower(a: Array) -> Any:
    """The Cholesky factor of the lower triangle, by elimination; zeros where there is none."""
    n = len(a)
    rest = matrix(np.tril(a) + np.tril(a, -1).conj().T)
    factor = mpmath.zeros(n)
    for k in range(n):
        pivot = mpmath.re(rest[k, k])
        if pivot <= 0:
            return mpmath.zeros(n)
        column = [rest[i, k] / pivot if i > k else mpmath.mpf(1) for i in range(n)]
        for i in range(k, n):
            factor[i, k] = column[i] * mpmath.sqrt(pivot)
            for j in range(k, n):
                rest[i, j] -= column[i] * mpmath.conj(column[j]) * pivot
    return factor


def _number(x: Any) -> NDArray[np.object_]:
    return np.array(x, dtype=object)


def _flat(vector: Any) -> NDArray[np.object_]:
    return np.array(list(vector), dtype=object)


def _array(part: Any) -> NDArray[np.object_]:
    """An mpmath matrix, or an object array as it is, as an object array."""
    return part if isinstance(part, np.ndarray) else np.array(part.tolist(), dtype=object)

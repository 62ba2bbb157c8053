"""Gradients of half the sum of |w|^2 of eigenvalues: of general matrices, and of three diagonals.

That function depends on no order of the values, and is w above each of them. Of Hermitian T it is
half the sum of squares of all entries. Of A = V diag(w) V^-1 its gradient is V^-H diag(w) V^H, the
adjoint of what A is with its eigenvalues conjugated; as |w - z| is |w* - z*|, no gap between two of
them divides what that moves by.
"""

from __future__ import annotations

import numpy as np
from flint import acb, acb_mat, arb, arb_mat
from numpy.typing import NDArray

from references import norms
from references.balls import engines, finite_members, power_of_two
from references.doubledouble import exact_scale, shift
from references.embedded import column, eliminated, folded, folded_enclosure
from references.general_eigen import frobenius
from references.interval import Interval
from references.pullbacks_of_factors import Pulled, each
from references.tridiagonal_eigen import sizes, whole
from references.truth import Enclosure, Truth

TOLD = ("kappa", "inverse", "near", "reach", "faint")
APART, SKEW = 2.0**-40, 2.0**45  # no dtype is asked of eigenvalues closer, or vectors more skew


def eigh_tridiagonal(alpha: NDArray, beta: NDArray, *, level: int = 0) -> Truth:
    """alpha, whose real parts count, and 2 beta: (B, n) and (B, n - 1), exact.

    Quantities: those of its eigenvalues; norm, the Frobenius norm of the matrix; weakest, the
    smallest |beta|; slope, norm over that.
    """
    finite = finite_members(alpha, beta)
    keep = finite[:, None]
    real = alpha.real.astype(alpha.dtype)
    parts = tuple(
        _exact(np.where(keep, x, 0.0), finite, more) for x, more in ((real, 0), (beta, 1))
    )
    with np.errstate(invalid="ignore"):
        weakest = np.abs(beta).min(axis=1, initial=np.inf)
    told = {"norm": frobenius(whole(real, beta)), "weakest": Interval(weakest, weakest * 1.01)}
    told["slope"] = norms.over(told["norm"], told["weakest"])
    told = {name: norms.known(value, finite) for name, value in told.items()}
    told |= sizes(alpha, beta, finite)
    words = tuple(np.where(finite, "exact", "not finite").tolist())
    return Truth(parts, told, finite, words)


def _exact(x: NDArray, finite: NDArray[np.bool_], more: int) -> Enclosure:
    """The numbers times 2^more, of members that are finite."""
    stacked = column(x) if np.iscomplexobj(x) else x
    exponent = exact_scale(stacked)
    hi: NDArray = shift(stacked, -exponent)
    lost = np.where(shift(hi, exponent) == stacked, 0.0, 2.0**-1073)
    hi, lost = (folded(hi), np.abs(folded(lost))) if np.iscomplexobj(x) else (hi, lost)
    radius = np.where(finite[:, None], lost, np.inf)
    return Enclosure(hi, np.zeros_like(hi), radius, exponent + more)


def eig(a: NDArray, *, vectors: bool = False, level: int = 0) -> Truth:
    """V^-H diag(w) V^H of A = V diag(w) V^-1 with simple eigenvalues, real or complex (B, n, n).

    Of real A its real part. Nothing is said of members whose eigenvalues are closer than APART of
    the largest entry, or whose vectors are more skew than SKEW, as NumPy finds them.

    Quantities, V with columns of length 1, X = V^-1, G the answer: norm, || A ||_F; inverse, no
    less than || X ||_2 (the fourth root of || (X^H X)^2 ||_F); kappa, that times the same of V;
    near, || A ||_F over the smallest distance between two eigenvalues, 0 of one; reach, || A ||_F /
    || G ||_F; faint, 1 / || G ||_F; pivoted, || |L||U| ||_F of an elimination of V^H in complex128,
    which is not enclosed.
    """
    finite, wide = finite_members(a), np.iscomplexobj(a)
    clean = np.where(finite[:, None, None], a, 0.0)
    stacked = column(clean) if wide else clean
    exponent = exact_scale(stacked)
    near = shift(stacked, -exponent)
    pivoted, simple = _looked_at(folded(near) if wide else near)
    wanted = finite & simple

    def pulled(i: int) -> Pulled:
        return _pulled(a[i], int(exponent[i]))

    n = a.shape[1]
    parts, found = each(((len(a), n * (1 + wide), n),), wanted, pulled, len(TOLD), level)
    part = folded_enclosure(parts[0]) if wide else parts[0]
    own = dict(zip(TOLD, found, strict=True))
    own |= {"norm": frobenius(a), "pivoted": Interval(pivoted, 1.01 * pivoted)}
    own = {name: norms.known(x, finite if name == "norm" else wanted) for name, x in own.items()}
    return Truth((part,), own, finite, engines(part, finite, finite))


def _looked_at(near: NDArray) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """|| |L||U| ||_F of V^H, and which members have simple eigenvalues and vectors, by NumPy."""
    values, v = np.linalg.eig(near)
    n = near.shape[1]
    distance = np.abs(values[:, :, None] - values[:, None, :]) + np.eye(n) * 2.0
    factors, _ = eliminated(np.conj(np.swapaxes(v, 1, 2)).astype(np.complex128))
    lower, upper = np.abs(np.tril(factors, -1)) + np.eye(n), np.abs(np.triu(factors))
    pivoted = np.sqrt(((lower @ upper) ** 2).sum(axis=(1, 2)))
    last = np.linalg.svd(v, compute_uv=False)[:, -1]
    return pivoted, (distance.min(axis=(1, 2)) > APART) & (last > 1 / SKEW)


def _pulled(a: NDArray, exponent: int) -> Pulled:
    """The answer for one matrix, which 2^-exponent brings near 1, and TOLD."""
    n, scale = len(a), power_of_two(exponent)
    x = acb_mat(n, n, [acb(z.real, z.imag) / scale for z in a.ravel().tolist()])
    try:
        values, vectors = x.eig(right=True)
    except ValueError:  # balls too wide to tell eigenvalues apart
        raise ZeroDivisionError from None
    lengths = [_length([vectors[i, j] for i in range(n)]) for j in range(n)]
    v = acb_mat(n, n, [vectors[i, j] / lengths[j] for i in range(n) for j in range(n)])
    inverse = v.inv()
    turned = acb_mat(n, n, [v[i, j] * values[j].conjugate() for i in range(n) for j in range(n)])
    found = turned * inverse
    entries = [found[j, i].conjugate() for i in range(n) for j in range(n)]
    answer = [z.real * scale for z in entries]
    if np.iscomplexobj(a):
        answer += [z.imag * scale for z in entries]
    else:
        entries = [acb(z.real) for z in entries]
    gaps = [abs(values[i] - values[j]) for i in range(n) for j in range(i)]
    size, length, across = _length(x.entries()), _length(entries), _stretch(inverse)
    near = size / _smallest(gaps) if gaps else arb(0)
    told = (_stretch(v) * across, across, near, size / length, 1 / (length * scale))
    return Pulled((arb_mat(len(answer) // n, n, answer),), told)


def _smallest(x: list[arb]) -> arb:
    least = x[0]
    for other in x[1:]:
        least = least.min(other)
    return least


def _length(entries: list[acb]) -> arb:
    return sum((z.real * z.real + z.imag * z.imag for z in entries), arb(0)).sqrt()


def _stretch(x: acb_mat) -> arb:
    """No less than the 2-norm, and no more than n^(1/8) times that."""
    n = x.nrows()
    adjoint = acb_mat(n, n, [x[j, i].conjugate() for i in range(n) for j in range(n)])
    gram = adjoint * x
    return _length((gram * gram).entries()).sqrt().sqrt()

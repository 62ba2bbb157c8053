"""tf.linalg.qr: orthonormal and triangular factors of matrices of any shape, thin and full."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from properties import complex_draws
from properties.distances import distance
from properties.draws import factored
from properties.embedding import TRIANGULAR
from properties.faults import coarse
from properties.measures import euclidean, in_eps, product, ratio, transposed, value
from properties.routine import Array, Case, Claim, Fault, Problem, Routine
from properties.verify import verify
from references import audits, opinions
from references.interleaved import qr
from references.interval import Interval, largest


def not_wide(problem: Problem) -> NDArray[np.bool_]:
    """Members with no more columns than rows, whose R is unique if they are independent."""
    return np.full(len(problem), problem.sizes["m"] >= problem.sizes["n"])


def residual(case: Case) -> Interval:
    """The largest ||A - Q R|| / ||A|| of a column, each scaled by a power of two of its own."""
    (a,) = case.problem.inputs
    q, r = case.answer
    powers = -np.frexp(np.abs(a).max(axis=1, keepdims=True))[1]
    a, r = np.ldexp(a, powers), np.ldexp(r, powers)
    left = euclidean(product(q, r, -a), -2)
    nothing = ~(a.any(axis=1) | r.any(axis=1))  # a column of zeros, and answered so
    left = Interval(np.where(nothing, 0.0, left.lower), np.where(nothing, 0.0, left.upper))
    return largest(ratio(left, euclidean(Interval.exact(a), -2), case.dtype.eps))


def orthogonality(case: Case) -> Interval:
    """||Q^T Q - I||, Frobenius norm."""
    q = case.answer[0]
    skew = product(transposed(q), q, -np.eye(q.shape[-1]))
    return in_eps(euclidean(skew, (-2, -1)), case.dtype.eps)


def zeros(case: Case) -> Interval:
    """What stands below the diagonal of R, relative to its largest entry."""
    r = case.answer[1]
    row, column = (np.arange(k) // (1 + case.dtype.is_complex) for k in r.shape[1:])
    below = np.abs(np.where(row[:, None] > column, r, 0.0)).max(axis=(1, 2))
    size = np.abs(r).max(axis=(1, 2))
    relative = np.where(below > 0, below / np.where(size > 0, size, 1.0), 0.0)
    return Interval.exact(relative / case.dtype.eps)


def triangle(case: Case) -> Interval:
    """The largest ||R' - R|| / ||R|| of a column, rows turned so that diagonals are positive."""
    part, r = case.truth.parts[1], case.answer[1]
    turned, blur = with_positive_diagonal(r, pairs=case.dtype.is_complex)
    size = euclidean(value(part), -2)
    error = euclidean(distance(turned, part), -2) + Interval.around(np.zeros(1), blur) * size
    return largest(ratio(error, size, case.dtype.eps))


def with_positive_diagonal(r: Array, *, pairs: bool) -> tuple[Array, float]:
    """Rows of R signed, or turned by phases if `pairs` of rows are complex; what that rounds.

    Relative to the length of a column. Signs round nothing, and diagonals mostly are real.
    """
    k, step = min(r.shape[1:]), 1 + pairs
    diagonal = np.einsum("bii->bi", r[:, :k, :k])
    signs = np.ones(r.shape[:2])
    signs[:, :k] = np.where(diagonal < 0, -1.0, 1.0)
    below = np.diagonal(r[:, :k, :k], -1, 1, 2)[:, ::2] if pairs else np.zeros(1)
    if not below.any():
        return signs[:, :, None] * r, 0.0
    turned = r.copy()
    size = np.hypot(diagonal[:, ::step], below)
    size = np.where(size > 0, size, 1.0)
    cosine, sine = diagonal[:, ::step] / size, below / size
    even, odd = r[:, :k:2], r[:, 1:k:2]
    turned[:, :k:2] = cosine[:, :, None] * even + sine[:, :, None] * odd
    turned[:, 1:k:2] = cosine[:, :, None] * odd - sine[:, :, None] * even
    return turned, 8 * 2.0**-53


def _changed(change):
    """A fault of q and r."""

    def wrong(tf, call, a, **arguments):
        return change(tf, *call(a, **arguments))

    return wrong


def _gram_schmidt(tf, call, a, full_matrices=False):
    """Classical: columns lose their orthogonality as the square of the condition."""
    if full_matrices:
        return call(a, full_matrices=True)
    vectors: list = []
    for j in range(min(a.shape[-2:])):
        v = a[..., j : j + 1]
        for u in vectors:
            v -= u * tf.reduce_sum(u * a[..., j : j + 1], -2, keepdims=True)
        vectors.append(v / tf.norm(v, axis=-2, keepdims=True))
    q = tf.concat(vectors, -1)
    return q, tf.linalg.band_part(tf.matmul(q, a, transpose_a=True), 0, -1)


def _last_repeats_first(tf, q, r):
    """The last column of Q replaced by the first, as a lost complement of the range is."""
    return tf.concat([q[..., :-1], q[..., :1]], -1), r


def _filled(tf, r):
    """R with a little of its largest entry everywhere."""
    return r + tf.cast(tf.reduce_max(tf.abs(r)) / 1024, r.dtype)


REFLECTORS = (
    "min(m, n) reflectors of length m, each off by (sqrt m + 5) eps of the length of a column; "
    "roundings being independent their errors add as a root of squares (Connolly and Higham 2023): "
    "factors"
)

QR = Routine(
    name="linalg.qr",
    call="linalg.qr",
    problems=factored,
    complex_problems=complex_draws.factored,
    embedding=TRIANGULAR,
    reference=qr,
    rival=opinions.qr,
    audit=audits.qr,
    terms={
        "small": "min(m, n)*(1 + complex)",
        "rows": "m*(1 + complex)",
        "factors": "sqrt(small)*(sqrt(rows) + 5) + 10*sqrt(small*rows)*tiny/eps",
        "eta": "factors + 10*small*rows*tiny/eps/least",
        "tilt": "eta*sqrt(n*skew)",
    },
    excused="2*norm/huge",
    claims=(
        Claim(
            name="residual",
            measure=residual,
            bound="eta + factors",
            because="each column of A + E = Q R, and each of what Q is off by, times R; "
            + REFLECTORS,
        ),
        Claim(
            name="orthogonality",
            measure=orthogonality,
            bound="2*sqrt(small + full_matrices*(rows - small))*factors",
            because="Q^T Q - I is twice the error of Q, the root of the number of columns times "
            "that of one; " + REFLECTORS,
        ),
        Claim(
            name="zeros",
            measure=zeros,
            bound="0",
            because="an upper triangular factor is documented: nothing is computed below the "
            "diagonal",
        ),
        Claim(
            name="triangle",
            measure=triangle,
            bound="2*tilt/(1 - tilt*eps)",
            unless="6*tilt*eps",
            only=not_wide,
            because="R' is the Cholesky factor of (A + E)^T (A + E) = R^T (I + S) R, ||S|| at most "
            "2 tilt eps and its square, for columns of E R^-1 add up to eta times the root of n "
            "trace((A^T A)^-1), columns scaled to length 1; " + REFLECTORS,
        ),
    ),
    faults=(
        Fault("half the digits of the matrix", lambda tf, call, a, **k: call(coarse(tf, a), **k)),
        Fault("half the digits of Q", _changed(lambda tf, q, r: (coarse(tf, q), r))),
        Fault("half the digits of R", _changed(lambda tf, q, r: (q, coarse(tf, r)))),
        Fault("Gram and Schmidt", _gram_schmidt),
        Fault("signs of R lost", _changed(lambda tf, q, r: (q, tf.abs(r)))),
        Fault("Q conjugated", _changed(lambda tf, q, r: (tf.math.conj(q), r)), complex=True),
        Fault("columns of Q reversed", _changed(lambda tf, q, r: (tf.reverse(q, [-1]), r))),
        Fault("last column of Q repeats the first", _changed(_last_repeats_first)),
        Fault("not triangular", _changed(lambda tf, q, r: (q, _filled(tf, r)))),
    ),
)  # fmt: skip

test_qr = verify(QR)

"""tf.linalg.eig and eigvals: eigenvalues and eigenvectors of general matrices."""

from __future__ import annotations

import numpy as np
from hypothesis.strategies import SearchStrategy
from numpy.typing import NDArray

from properties import complex_draws
from properties.draws import FEW_ORDERS, FINE, GENERAL, LARGE_ORDERS, by_depth, drawn
from properties.entries import modulus, times
from properties.faults import coarse
from properties.measures import euclidean, magnitude, product, ratio
from properties.routine import Array, Case, Claim, Fault, Problem, Routine
from properties.verify import verify
from references.doubledouble import UNIT, exact_scale
from references.embedded import column, matrix
from references.general_eigen import eig, eigvals
from references.interval import Interval, largest
from references.opinions_structured import eig as eig_of_scipy
from references.opinions_structured import eigvals as eigvals_of_scipy

FAR = 2.0**300  # of a matrix whose norm is about 1: what no eigenvalue is near


def squares(depth: int) -> SearchStrategy[Problem]:
    """Square matrices A (B, n, n) of any spectrum."""
    sizes = by_depth(depth, FEW_ORDERS, LARGE_ORDERS)
    return drawn("general", depth, sizes, GENERAL, FINE, ((),))


def _near(case: Case) -> tuple[NDArray, NDArray, Interval]:
    """A and its eigenvalues times a power of two, and the Frobenius norm of A so scaled."""
    (a,) = case.problem.inputs
    values = case.answer[0] + 1j * case.answer[1]
    power = -exact_scale(column(a) if np.iscomplexobj(a) else a)[:, None, None]
    a = times(a, power)
    flat = column(a) if np.iscomplexobj(a) else a
    size = euclidean(Interval.exact(flat), (-2, -1))
    return a.astype(np.complex128), times(values, power[:, 0]), size


def residual(case: Case) -> Interval:
    """The largest ||A v - w v|| / (||A|| ||v||) of a pair, Euclidean norms, ||A|| Frobenius'."""
    a, values, size = _near(case)
    vectors = case.answer[2] + 1j * case.answer[3]
    powers = -np.frexp(np.maximum(np.abs(vectors.real), np.abs(vectors.imag)).max(axis=1))[1]
    vectors = times(vectors, powers[:, None, :])
    n = a.shape[1]
    shift = np.zeros((*values.shape, n), np.complex128)
    shift[:, np.arange(n), np.arange(n)] = values
    left = np.concatenate([matrix(a), matrix(vectors)], axis=2)
    both = product(left, np.concatenate([column(vectors), -column(shift)], axis=1))
    lengths = euclidean(Interval.exact(column(vectors)), -2)
    return largest(ratio(euclidean(both, -2), lengths * size[:, None], case.dtype.eps))


def traces(case: Case) -> Interval:
    """|sum w - trace A| / ||A||, and |sum w^2 - trace A^2| / ||A||^2: (B, 2)."""
    a, w, size = _near(case)
    diagonal = np.einsum("bii->bi", a)
    first = _sum(np.concatenate([w, -diagonal], axis=1), np.ones_like(w[:, :1]))
    left = np.concatenate([w, -a.reshape(len(a), -1)], axis=1)
    right = np.concatenate([w, np.swapaxes(a, 1, 2).reshape(len(a), -1)], axis=1)
    second = _sum(left, right)
    far = Interval(*(np.stack(pair, 1) for pair in zip(_ends(first), _ends(second), strict=True)))
    sizes = size, size * size
    most = Interval(*(np.stack(pair, 1) for pair in zip(*map(_ends, sizes), strict=True)))
    return ratio(far, most, case.dtype.eps)


def _ends(x: Interval) -> tuple[Array, Array]:
    return x.lower, x.upper


def _sum(left: NDArray, right: NDArray) -> Interval:
    """|sum of products| over the last axis, complex."""
    right = np.broadcast_to(right, left.shape)
    both = magnitude(product(matrix(left[:, None, :]), column(right[:, :, None])))
    return modulus(both[:, 0, 0], both[:, 1, 0])


def distance_to_singular(case: Case) -> Interval:
    """The largest sigma_min(A - w I) / ||A||: how far A is from having w as an eigenvalue.

    The smallest singular value is no larger than ||(A - w I) v||/||v|| for any v; v is taken from a
    decomposition in float64. From below it is known to be near that of LAPACK: off by no more than
    64 n units of the norm.
    """
    a, w, size = _near(case)
    n = a.shape[1]
    lower, upper = np.empty(w.shape), np.empty(w.shape)
    for j in range(n):
        moved = a - w[:, j, None, None] * np.eye(n)
        far = ~(np.abs(moved).max(axis=(1, 2)) < FAR)  # of A, whose norm is about 1
        moved[far] = np.eye(n)
        _, values, vectors = np.linalg.svd(moved)
        v = vectors[:, -1, :].conj()[:, :, None]
        left = np.concatenate([matrix(a), matrix(v)], axis=2)
        both = product(left, np.concatenate([column(v), -column(w[:, j, None, None])], axis=1))
        most = (
            euclidean(both, -2).upper[:, 0] / euclidean(Interval.exact(column(v)), -2).lower[:, 0]
        )
        upper[:, j] = np.where(far, np.inf, most * (1 + 8 * UNIT))
        around = 64 * n * UNIT * (values[:, 0] + size.upper)
        near = np.minimum(np.maximum(values[:, -1] - around, 0.0), upper[:, j])
        lower[:, j] = np.where(far, FAR / 2, near)  # |w| - ||A|| at least
    return largest(ratio(Interval(lower, upper), size[:, None], case.dtype.eps))


BECAUSE = (
    "n reflectors from both sides bring A to Hessenberg form and sweeps of QR, worth as many "
    "again from each side, to triangular form: the eigenvalues are exact for A + E, ||E|| at most "
    "eta eps ||A|| in the Frobenius norm (Higham 2002, 19.3; Connolly and Higham 2023)"
)
TERMS = {
    "rows": "n*(1 + complex)",
    "eta": "4*sqrt(rows)*(sqrt(rows) + 5) + 10*n**2*tiny/eps/norm",
}
TRACES = Claim(
    name="traces",
    measure=traces,
    bound="2*sqrt(n)*eta",
    because=BECAUSE + "; so their sum is off by trace E, at most sqrt n ||E||, and that of their "
    "squares by 2 trace (A E), at most 2 ||A|| ||E||",
)


def _changed(change):
    """A fault of the eigenvalues, given as their parts first."""

    def wrong(tf, call, a):
        re, im, *vectors = call(a)
        return (*change(tf, re, im), *vectors)

    return wrong


def _of_vectors(change):
    """A fault of the eigenvectors."""

    def wrong(tf, call, a):
        re, im, *vectors = call(a)
        return (re, im, *change(tf, *vectors))

    return wrong


COMMON = (
    Fault("half the digits of the matrix", lambda tf, call, a: call(coarse(tf, a))),
    Fault("half the digits of the values",
          _changed(lambda tf, re, im: (coarse(tf, re), coarse(tf, im)))),
    Fault("largest for all", _changed(
        lambda tf, re, im: (tf.zeros_like(re) + re[..., :1], tf.zeros_like(im) + im[..., :1]))),
    Fault("real parts only", _changed(lambda tf, re, im: (re, tf.zeros_like(im)))),
    Fault("of the symmetric part", lambda tf, call, a: call((a + tf.linalg.adjoint(a)) / 2)),
)  # fmt: skip
HERE = "properties.linalg.calls"
EIG = Routine(
    name="linalg.eig",
    call=f"{HERE}:eig",
    problems=squares,
    complex_problems=complex_draws.square,
    reference=eig,
    rival=eig_of_scipy,
    terms=TERMS,
    excused="8*n*norm/huge",
    claims=(
        Claim(
            name="residual",
            measure=residual,
            bound="2*eta",
            because=BECAUSE + "; vectors are substituted from the triangle and turned back, eta "
            "once more",
        ),
        TRACES,
    ),
    faults=(
        *COMMON,
        Fault("left vectors", lambda tf, call, a: call(tf.linalg.adjoint(a))),
        Fault("half the digits of the vectors",
              _of_vectors(lambda tf, re, im: (coarse(tf, re), coarse(tf, im)))),
        Fault("vectors in rows", _of_vectors(
            lambda tf, re, im: (tf.linalg.matrix_transpose(re), tf.linalg.matrix_transpose(im)))),
    ),
    volume=0.5,
)  # fmt: skip
EIGVALS = Routine(
    name="linalg.eigvals",
    call=f"{HERE}:eigvals",
    problems=squares,
    complex_problems=complex_draws.square,
    reference=eigvals,
    rival=eigvals_of_scipy,
    terms=TERMS,
    excused="8*n*norm/huge",
    claims=(
        Claim(
            name="nearness",
            measure=distance_to_singular,
            bound="eta",
            because=BECAUSE + "; so A + E - w I is singular",
        ),
        TRACES,
    ),
    faults=COMMON,
    volume=0.5,
)

test_eig = verify(EIG)
test_eigvals = verify(EIGVALS)

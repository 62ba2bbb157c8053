"""tf.linalg.cholesky: factors of positive definite matrices, read from the lower triangle."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from properties import complex_draws
from properties.distances import distance
from properties.draws import definite
from properties.dtypes import UNDERFLOW_DIAGONAL
from properties.embedding import DEFINITE
from properties.faults import coarse
from properties.measures import euclidean, product, ratio, transposed, value
from properties.routine import Array, Case, Claim, Fault, Routine
from properties.verify import verify
from references import audits, opinions
from references.interleaved import cholesky
from references.interval import Interval, largest, sqrt

ETA: dict[str, str | dict[str, str]] = {
    "gamma": {
        "": "0.505*(n + 1 + 5*complex)/(1 - (n + 1 + 5*complex)*eps)",
        "xla": "0.505*(n + 6 + 5*complex)/(1 - (n + 6 + 5*complex)*eps)",
    },
    "eta": f"gamma + {UNDERFLOW_DIAGONAL}",
    "skew": "eta*definite",
}
BECAUSE = (
    "L' is exact for A + E, |E| <= gamma_n+1/(1 - gamma_n+1) d d^T, d the roots of the diagonal, "
    "in any order of summation (Higham 2002, 10.3 and 10.5); XLA multiplies by a reciprocal root, "
    "for diagonals too, which rounds five times more; complex arithmetic at most five more (3.6)"
)


def residual(case: Case) -> Interval:
    """|A - L L^T| / d d^T entry by entry, d the roots of the diagonal: (B, n, n).

    Rows and columns are scaled by powers of two of the diagonal first.
    """
    (a,) = case.problem.inputs
    diagonal = np.einsum("bii->bi", a)
    positive = np.where(diagonal > 0, diagonal, 1.0)
    powers = (np.frexp(positive)[1].astype(np.int64) + 1) // 2
    lower = np.tril(np.ldexp(a, -powers[:, :, None] - powers[:, None, :]))
    whole = lower + transposed(np.tril(lower, -1))
    factor = np.tril(np.ldexp(case.answer[0], -powers[:, :, None]))
    root = sqrt(Interval.exact(np.maximum(np.einsum("bii->bi", lower), 0.0)))
    left = product(factor, transposed(factor), -whole)
    empty = np.logical_not(factor.any(axis=2))
    exact = empty[:, :, None] | empty[:, None, :]  # what a row of zeros leaves is A itself
    left = Interval(np.where(exact, -whole, left.lower), np.where(exact, -whole, left.upper))
    return ratio(left, root[:, :, None] * root[:, None, :], case.dtype.eps)


def by_rows(case: Case) -> Interval:
    """The largest ||L' - L|| / ||L|| of a row, Euclidean norms."""
    part = case.truth.parts[0]
    error, size = (_row_lengths(x) for x in (distance(case.answer[0], part), value(part)))
    return largest(ratio(error, size, case.dtype.eps))


def _row_lengths(x: Interval) -> Interval:
    return euclidean(Interval(transposed(x.lower), transposed(x.upper)), -2)


def beyond(answer: Array, eps: float) -> Interval:
    """The largest entry above the diagonal over the largest of all, in eps."""
    top = np.abs(np.triu(answer, 1)).max(axis=(1, 2))
    size = np.abs(answer).max(axis=(1, 2))
    return Interval.exact(np.where(top > 0, top / np.where(size > 0, size, 1.0), 0.0) / eps)


def zeros(case: Case) -> Interval:
    """What stands above the diagonal, relative to the largest entry."""
    return beyond(case.answer[0], case.dtype.eps)


def tidied(answer: NDArray[Any]) -> NDArray[Any]:
    """A complex answer with 1 above the diagonal, which is wrong enough, where all below is zero.

    Where it finds no factor, TensorFlow fills the lower triangle with zeros and leaves memory above
    that nobody wrote: other numbers at every call, zeros too.
    """
    if not np.iscomplexobj(answer):
        return answer
    above = np.triu(np.ones(answer.shape[1:], dtype=bool), 1)
    unfactored = ~np.tril(answer).any(axis=(1, 2), keepdims=True)
    return np.where(above & (unfactored | ~np.isfinite(answer)), 1.0, answer)


def jittered(tf, a):
    """A with 1/1024 of its diagonal added, as is done so that factors exist."""
    return tf.linalg.set_diag(a, tf.linalg.diag_part(a) * (1 + 2.0**-10))


def unconjugated(tf, call, a):
    """The factor of the conjugate, as from a lower triangle that is read as the upper one."""
    return call(tf.math.conj(a))


def flipped(tf, a):
    """The transpose, of which the other triangle is read."""
    return tf.linalg.matrix_transpose(a)


CHOLESKY = Routine(
    name="linalg.cholesky",
    call="linalg.cholesky",
    problems=definite,
    complex_problems=complex_draws.definite,
    embedding=DEFINITE,
    reference=cholesky,
    rival=opinions.cholesky,
    audit=audits.cholesky,
    tidied=tidied,
    terms=ETA,
    excused="skew*eps",
    claims=(
        Claim(
            name="residual",
            measure=residual,
            bound="eta",
            because=BECAUSE,
        ),
        Claim(
            name="forward",
            measure=by_rows,
            bound="skew",
            unless="3*skew*eps",
            because=BECAUSE + "; so L' L'^T = L (I + S) L^T with ||S|| at most skew eps, and the "
            "Cholesky factor of I + S is no further from I",
        ),
        Claim(
            name="zeros",
            measure=zeros,
            bound="0",
            unless="min(complex/eps, skew)*eps",
            because="a lower triangular factor is documented: nothing is computed above the "
            "diagonal, which is real. Where a complex factor may not exist, memory that nobody "
            "wrote stands there",
        ),
    ),
    faults=(
        Fault("upper factor", lambda tf, call, a: tf.linalg.matrix_transpose(call(a))),
        Fault("upper triangle read", lambda tf, call, a: call(flipped(tf, a))),
        Fault("matrix left above the diagonal",
              lambda tf, call, a: call(a) + a - tf.linalg.band_part(a, -1, 0)),
        Fault("conjugated", unconjugated, complex=True),
        Fault("half the digits of the matrix", lambda tf, call, a: call(coarse(tf, a))),
        Fault("half the digits of the answer", lambda tf, call, a: coarse(tf, call(a))),
        Fault("diagonal enlarged", lambda tf, call, a: call(jittered(tf, a))),
        Fault("a negative diagonal", lambda tf, call, a: -call(a)),
        Fault("unit diagonal",
              lambda tf, call, a: call(a) / tf.linalg.diag_part(call(a))[..., None, :]),
    ),
)  # fmt: skip

test_cholesky = verify(CHOLESKY)

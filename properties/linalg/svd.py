"""tf.linalg.svd: singular values, thin and full singular vectors of matrices of any shape."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from properties import complex_draws, factors
from properties.draws import decomposed
from properties.dtypes import UNDERFLOW_RECTANGLE
from properties.embedding import SINGULAR
from properties.factors import error_of_values, size_of, skew
from properties.faults import coarse
from properties.measures import in_eps, ratio
from properties.routine import Array, Case, Claim, Fault, Problem, Routine
from properties.verify import verify
from references import audits, opinions, singular
from references.interval import Interval
from references.truth import Enclosure, Truth


def known(
    a: Array, *, full_matrices: bool = False, compute_uv: bool = True, level: int = 0
) -> Truth:
    """The singular values s (B, k), and, with `compute_uv`, the shapes of u and v.

    Of vectors nothing is proved, for no claim needs it: that they are orthonormal and factors of
    the matrix says it all, the angle to exact vectors times the gap included (docs/bounds.md).
    """
    truth = singular.svd(a, level=level)
    if not compute_uv:
        return truth
    count, m, n = a.shape
    unknown = []
    for rows in (m, n):
        shape = (count, rows, rows if full_matrices else min(m, n))
        zeros = np.zeros(shape, a.dtype), np.zeros(shape, a.dtype), np.full(shape, np.inf)
        unknown.append(Enclosure(*zeros, np.zeros(count, np.int64)))
    return replace(truth, parts=(*truth.parts, *unknown))


def with_vectors(problem: Problem) -> NDArray[np.bool_]:
    """Members of which vectors were asked for."""
    return np.full(len(problem), problem.arguments.get("compute_uv", True))


def reconstruction(case: Case) -> Interval:
    """||A - U diag(s) V^T|| / ||A||, Frobenius norms."""
    (a,) = case.problem.inputs
    return ratio(*factors.reconstruction(a, case.answer), case.dtype.eps)


def left_orthogonality(case: Case) -> Interval:
    """||U^T U - I||, Frobenius norm."""
    return in_eps(skew(case.answer[1]), case.dtype.eps)


def right_orthogonality(case: Case) -> Interval:
    """||V^T V - I||, Frobenius norm."""
    return in_eps(skew(case.answer[2]), case.dtype.eps)


def values(case: Case) -> Interval:
    """The largest error of a singular value / ||A||, Frobenius norm."""
    return error_of_values(case, *size_of(case.problem.inputs[0], lower=False))


def descending(case: Case) -> Interval:
    """The largest ascent from one value to the next, or the depth below zero, over the largest."""
    s = case.answer[0]
    rise = np.maximum(s[:, 1:] - s[:, :-1], 0).max(axis=1, initial=0.0)
    below = np.maximum(-s, 0).max(axis=1, initial=0.0)
    wrong, size = np.maximum(rise, below), np.abs(s).max(axis=1, initial=0.0)
    return Interval.exact(
        np.where(wrong > 0, wrong / np.where(size > 0, size, 1), 0) / case.dtype.eps
    )


def _factors(answer):
    """(s, u, v) of an answer; None where only values were asked for."""
    return answer if isinstance(answer, (tuple, list)) else None


def _changed(change):
    """A fault of s, u and v, which leaves an answer without vectors alone."""

    def wrong(tf, call, a, **arguments):
        answer = call(a, **arguments)
        return change(tf, *answer) if _factors(answer) else answer

    return wrong


def _values(change):
    """A fault of s alone."""

    def wrong(tf, call, a, **arguments):
        answer = call(a, **arguments)
        parts = _factors(answer)
        return (change(tf, parts[0]), *parts[1:]) if parts else change(tf, answer)

    return wrong


def _by_gram(tf, call, a, **arguments):
    """The values as roots of the eigenvalues of the smaller of A^T A and A A^T."""
    tall = a.shape[-2] >= a.shape[-1]
    gram = tf.matmul(a, a, adjoint_a=tall, adjoint_b=not tall)
    s = tf.reverse(tf.sqrt(tf.abs(tf.linalg.eigvalsh(gram))), [-1])
    return _values(lambda tf, _: s)(tf, call, a, **arguments)


def _last_repeats_first(tf, s, u, v):
    """The last left vector replaced by the first, as a lost complement of the range is."""
    return s, tf.concat([u[..., :-1], u[..., :1]], -1), v


BECAUSE = (
    "min(m, n) reflectors reduce the matrix from either side and as many rounds of rotations "
    "follow; each is off by (sqrt max(m, n) + 5) eps in norm and, roundings being independent, "
    "their errors add as a root of squares (Connolly and Higham 2023): factors on one side"
)

SVD = Routine(
    name="linalg.svd",
    call="linalg.svd",
    problems=decomposed,
    complex_problems=complex_draws.decomposed,
    embedding=SINGULAR,
    reference=known,
    rival=opinions.svd,
    audit=audits.svd,
    terms={
        "small": "min(m, n)*(1 + complex)",
        "large": "max(m, n)*(1 + complex)",
        "factors": "2*sqrt(small)*(sqrt(large) + 5) + 10*sqrt(small*large)*tiny/eps",
        "underflow": UNDERFLOW_RECTANGLE,
        "eta": "2*factors + underflow",
    },
    claims=(
        Claim(
            name="reconstruction",
            measure=reconstruction,
            bound="eta + 2*factors",
            because="A - U S V^T is the backward error of A, dU S V^T and U S dV^T: each column "
            "of dU and dV is off by factors, whatever its singular value; " + BECAUSE,
            only=with_vectors,
        ),
        Claim(
            name="left orthogonality",
            measure=left_orthogonality,
            bound="2*sqrt(small + full_matrices*(m*(1 + complex) - small))*factors",
            because="U^T U - I is twice the error of U: the root of the number of columns times "
            "factors; " + BECAUSE,
            only=with_vectors,
        ),
        Claim(
            name="right orthogonality",
            measure=right_orthogonality,
            bound="2*sqrt(small + full_matrices*(n*(1 + complex) - small))*factors",
            because="V^T V - I is twice the error of V: the root of the number of columns times "
            "factors; " + BECAUSE,
            only=with_vectors,
        ),
        Claim(
            name="values",
            measure=values,
            bound="eta/sqrt(1 + complex)",
            because="Weyl: singular values move by no more than the norm of the backward error, "
            "which the Frobenius norm of what a complex one is embedded as exceeds by sqrt 2; "
            + BECAUSE,
        ),
        Claim(
            name="descending",
            measure=descending,
            bound="0",
            because="TensorFlow documents the reverse order of magnitude, and no singular value "
            "is negative: no rounding is involved",
        ),
    ),
    faults=(
        Fault("ascending", _values(lambda tf, s: tf.reverse(s, [-1]))),
        Fault("values squared", _values(lambda tf, s: s * s)),
        Fault("half the digits of the values", _values(coarse)),
        Fault("small values cut", _values(
            lambda tf, s: tf.where(s < s[..., :1] / 1024, tf.zeros_like(s), s))),
        Fault("values by the Gram matrix", _by_gram),
        Fault("half the digits of the matrix", lambda tf, call, a, **k: call(coarse(tf, a), **k)),
        Fault("half the digits of the left vectors", _changed(
            lambda tf, s, u, v: (s, coarse(tf, u), v))),
        Fault("half the digits of the right vectors", _changed(
            lambda tf, s, u, v: (s, u, coarse(tf, v)))),
        Fault("left and right exchanged", _changed(lambda tf, s, u, v: (s, v, u))),
        Fault("right vectors in rows", _changed(
            lambda tf, s, u, v: (s, u, tf.linalg.matrix_transpose(v)))),
        Fault("a sign lost", _changed(
            lambda tf, s, u, v: (s, tf.concat([-u[..., :1], u[..., 1:]], -1), v))),
        Fault("right vectors conjugated", _changed(
            lambda tf, s, u, v: (s, u, tf.math.conj(v))), complex=True),
        Fault("last left vector repeats the first", _changed(_last_repeats_first)),
    ),
)  # fmt: skip

test_svd = verify(SVD)

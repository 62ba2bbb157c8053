"""tf.linalg.eigh and eigvalsh: symmetric matrices, of which the lower triangle is read."""

from __future__ import annotations

import numpy as np

from properties.draws import symmetric
from properties.dtypes import UNDERFLOW_MATRIX
from properties.factors import eigen_angles, eigen_residual, error_of_values, size_of, skew
from properties.faults import coarse
from properties.measures import in_eps, ratio
from properties.routine import Case, Claim, Fault, Routine
from properties.verify import verify
from references import audits, opinions
from references.interval import Interval
from references.spectral import eigh, eigvalsh


def residuals(case: Case) -> Interval:
    """||A V - V W|| / ||A||, Frobenius norms."""
    (a,) = case.problem.inputs
    return ratio(*eigen_residual(a, case.answer), case.dtype.eps)


def orthogonality(case: Case) -> Interval:
    """||V^T V - I||, Frobenius norm."""
    return in_eps(skew(case.answer[1]), case.dtype.eps)


def values(case: Case) -> Interval:
    """The largest error of an eigenvalue / ||A||, Frobenius norm."""
    return error_of_values(case, *size_of(case.problem.inputs[0], lower=True))


def vectors(case: Case) -> Interval:
    """The largest |v_i . v'_j| |w_i - w'_j| / ||A|| for i != j: (B,).

    It is v_i . (A v'_j - w'_j v'_j), the sine of an angle times a gap, and measured as that: for
    exact vectors v_i, which need not be known sharply. Those that are not unique to working
    accuracy (a cluster) are left out.
    """
    (a,) = case.problem.inputs
    return ratio(*eigen_angles(a, case.answer, case.truth.parts[1]), case.dtype.eps)


def ascending(case: Case) -> Interval:
    """The largest descent from one eigenvalue to the next, relative to the largest of all."""
    w = case.answer[0]
    drop = np.maximum(w[:, :-1] - w[:, 1:], 0).max(axis=1, initial=0.0)
    size = np.abs(w).max(axis=1, initial=0.0)
    return Interval.exact(
        np.where(drop > 0, drop / np.where(size > 0, size, 1), 0) / case.dtype.eps
    )


TERMS = {
    "order": "n",  # of the real matrix, twice that of a complex one
    "factors": "2*sqrt(order)*(sqrt(order) + 5)",
    "underflow": UNDERFLOW_MATRIX,
    "eta": "2*factors + underflow",
}
BECAUSE = (
    "n reflectors reduce the matrix from either side and as many rounds of rotations follow, in "
    "QL iteration or Jacobi sweeps; each is off by (sqrt n + 5) eps in norm and, roundings being "
    "independent, their errors add as sqrt n (Connolly and Higham 2023): factors on one side, "
    "twice that on the matrix"
)
VALUES = Claim(
    name="values",
    measure=values,
    bound="eta",
    because="Weyl: eigenvalues move by no more than the norm of the backward error; " + BECAUSE,
)
ASCENDING = Claim(
    name="ascending",
    measure=ascending,
    bound="0",
    because="TensorFlow documents non-decreasing order: no rounding is involved",
)
MATRIX_FAULTS = (
    Fault("upper triangle read", lambda tf, call, a: call(tf.linalg.matrix_transpose(a))),
    Fault("half the digits of the matrix", lambda tf, call, a: call(coarse(tf, a))),
)

EIGH = Routine(
    name="linalg.eigh",
    call="linalg.eigh",
    problems=symmetric,
    reference=eigh,
    rival=opinions.eigh,
    audit=audits.eigh,
    terms={**TERMS, "turned": "2*sqrt(order)*factors"},
    claims=(
        Claim(
            name="residual",
            measure=residuals,
            bound="eta + turned",
            because="A V - V W is the backward error of A and A dV - dV W, the error of V taken "
            "twice: sqrt n columns of factors each; " + BECAUSE,
        ),
        Claim(
            name="orthogonality",
            measure=orthogonality,
            bound="turned",
            because="V^T V - I is twice the error of V: sqrt n columns of factors each; " + BECAUSE,
        ),
        VALUES,
        Claim(
            name="vectors",
            measure=vectors,
            bound="eta + turned",
            because="v_i . (A v'_j - w'_j v'_j) = (w_i - w'_j) v_i . v'_j: the sine of the angle "
            "times the gap is part of the residual (Davis and Kahan 1970); " + BECAUSE,
        ),
        ASCENDING,
    ),
    faults=(
        *MATRIX_FAULTS,
        Fault("vectors transposed", lambda tf, call, a: (
            lambda w, v: (w, tf.linalg.matrix_transpose(v)))(*call(a))),
        Fault("descending", lambda tf, call, a: tuple(
            tf.reverse(part, [-1]) for part in call(a))),
        Fault("half the digits of the vectors", lambda tf, call, a: (
            lambda w, v: (w, coarse(tf, v)))(*call(a))),
        Fault("values of the square", lambda tf, call, a: (
            lambda w, v: (tf.sqrt(tf.abs(call(tf.matmul(v * w[..., None, :] ** 2, v,
                transpose_b=True))[0])) * tf.sign(w), v))(*call(a))),
    ),
)  # fmt: skip

EIGVALSH = Routine(
    name="linalg.eigvalsh",
    call="linalg.eigvalsh",
    problems=symmetric,
    reference=eigvalsh,
    rival=opinions.eigvalsh,
    audit=audits.eigvalsh,
    terms=TERMS,
    claims=(VALUES, ASCENDING),
    faults=(
        *MATRIX_FAULTS,
        Fault("descending", lambda tf, call, a: tf.reverse(call(a), [-1])),
        Fault("absolute values", lambda tf, call, a: tf.sort(tf.abs(call(a)))),
        Fault("half the digits of the values", lambda tf, call, a: coarse(tf, call(a))),
    ),
)

test_eigh = verify(EIGH)
test_eigvalsh = verify(EIGVALSH)

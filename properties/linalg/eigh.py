"""tf.linalg.eigh and eigvalsh: Hermitian matrices, of which the lower triangle is read."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from properties import complex_draws
from properties.draws import symmetric
from properties.dtypes import UNDERFLOW_MATRIX
from properties.embedding import HERMITIAN, HERMITIAN_VALUES
from properties.factors import eigen_angles, eigen_residual, error_of_values, size_of, skew
from properties.faults import coarse
from properties.measures import in_eps, ratio
from properties.routine import Case, Claim, Fault, Routine
from properties.verify import verify
from references import audits, opinions, spectral
from references.interval import Interval
from references.truth import Truth


def eigh(a: NDArray, *, level: int = 0) -> Truth:
    """Eigenvalues and eigenvectors (references/spectral.py), all in the field of the matrix."""
    return spectral.in_field(spectral.eigh(a, level=level), a)


def eigvalsh(a: NDArray, *, level: int = 0) -> Truth:
    """The eigenvalues alone."""
    return spectral.in_field(spectral.eigvalsh(a, level=level), a)


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


def tidied(answer: NDArray[Any]) -> NDArray[Any]:
    """Complex eigenvalues as none where one has an imaginary part: NaN in the whole stack.

    Compiled by XLA, TensorFlow takes the real eigenvalues, one behind the other, for complex
    numbers, and memory that nobody wrote for the second half of them: other numbers at every call.
    """
    if not np.iscomplexobj(answer) or answer.ndim != 2:
        return answer
    packed = (np.isfinite(answer) & (answer.imag != 0)).any()
    return np.full_like(answer, complex(np.nan, np.nan)) if packed else answer


TERMS = {
    "order": "n*(1 + complex)",  # of the real matrix, twice that of a complex one
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
    bound="eta/sqrt(1 + complex)",
    because="Weyl: eigenvalues move by no more than the norm of the backward error, which the "
    "Frobenius norm of what a complex one is embedded as exceeds by sqrt 2; " + BECAUSE,
)
ASCENDING = Claim(
    name="ascending",
    measure=ascending,
    bound="0",
    because="TensorFlow documents non-decreasing order: no rounding is involved",
)


def _real_parts(tf, call, a):
    """Imaginary parts lost, as in a cast to real numbers."""
    return call(tf.cast(tf.math.real(a), a.dtype))


def _by_square(tf, call, a):
    """Sizes of values as roots of those of the square."""
    w, v = call(a)
    squares = call(tf.matmul(v * w[..., None, :] ** 2, v, adjoint_b=True))[0]
    return tf.cast(tf.sqrt(tf.abs(squares)), a.dtype) * tf.sign(w), v


MATRIX_FAULTS = (
    Fault("upper triangle read", lambda tf, call, a: call(tf.linalg.matrix_transpose(a))),
    Fault("half the digits of the matrix", lambda tf, call, a: call(coarse(tf, a))),
    Fault("real parts alone", _real_parts, complex=True),
)

EIGH = Routine(
    name="linalg.eigh",
    call="linalg.eigh",
    problems=symmetric,
    complex_problems=complex_draws.hermitian,
    embedding=HERMITIAN,
    reference=eigh,
    rival=opinions.eigh,
    tidied=tidied,
    audit=audits.eigh,
    terms={**TERMS, "turned": "2*sqrt(order)*factors"},
    claims=(
        Claim(
            name="residual",
            measure=residuals,
            bound="eta + turned/sqrt(1 + complex)",
            because="A V - V W is the backward error of A and A dV - dV W, the error of V taken "
            "twice, of which each is as long as two that are embedded: sqrt n columns of factors "
            "each; " + BECAUSE,
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
            bound="(eta + turned/sqrt(1 + complex))/sqrt(1 + complex)",
            because="v_i . (A v'_j - w'_j v'_j) = (w_i - w'_j) v_i . v'_j: the sine of the angle "
            "times the gap is part of a column of the residual, of which embedding makes two "
            "(Davis and Kahan 1970); " + BECAUSE,
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
        Fault("vectors conjugated", lambda tf, call, a: (
            lambda w, v: (w, tf.math.conj(v)))(*call(a)), complex=True),
        Fault("values of the square", _by_square),
    ),
)  # fmt: skip

EIGVALSH = Routine(
    name="linalg.eigvalsh",
    call="linalg.eigvalsh",
    problems=symmetric,
    complex_problems=complex_draws.hermitian,
    embedding=HERMITIAN_VALUES,
    reference=eigvalsh,
    rival=opinions.eigvalsh,
    tidied=tidied,
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

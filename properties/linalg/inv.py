"""tf.linalg.inv: inverses of dense square matrices, and of their adjoints."""

from __future__ import annotations

from properties.draws import complex_general, general
from properties.dtypes import UNDERFLOW_INVERSE
from properties.embedding import MATRIX
from properties.faults import coarse
from properties.measures import matrixwise, ratio, transposed
from properties.residuals import residual_of_inverse
from properties.routine import Case, Claim, Fault, Routine
from properties.verify import verify
from references import audits, opinions
from references.embedded import inv
from references.interval import Interval, minimum


def backward(case: Case) -> Interval:
    """min(||A X - I||, ||X A - I||) / (||A|| ||X||) in the infinity norm (Higham 2002, 14.1)."""
    a, x = case.problem.inputs[0], case.answer[0]
    adjoint = bool(case.problem.arguments.get("adjoint"))
    right = residual_of_inverse(a, x, adjoint=adjoint)
    left = residual_of_inverse(x, transposed(a) if adjoint else a)
    return minimum(*(ratio(side.r, side.a * side.x, case.dtype.eps) for side in (right, left)))


def _normal(tf, call, a, adjoint=False):
    """Through the inverse of A^T A, which squares the condition number."""
    gram = call(tf.matmul(a, a, transpose_a=True))
    return tf.matmul(a, gram) if adjoint else tf.matmul(gram, a, transpose_b=True)


def _unconjugated(tf, call, a, adjoint=False):
    """A^-T where A^-H is asked for."""
    return call(tf.linalg.matrix_transpose(a) if adjoint else a)


INV = Routine(
    name="linalg.inv",
    call="linalg.inv",
    problems=general,
    complex_problems=complex_general,
    embedding=MATRIX,
    reference=inv,
    rival=opinions.inv,
    audit=audits.inv,
    terms={
        "gamma": "1.5*(n + 5*complex)/(1 - 1.5*(n + 5*complex)*eps)",
        "eta": {
            "": f"gamma*growth + 1 + {UNDERFLOW_INVERSE}",
            "xla": f"(n + 5*sqrt(n))*(columns + 2*n/kappa) + {UNDERFLOW_INVERSE}",
        },
        "spread": "eta*kappa",
    },
    excused="2*eps*spread",
    claims=(
        Claim(
            name="backward",
            measure=backward,
            bound="eta",
            because="eager and graph solve with pivoted factors: |AX - I| <= gamma_3n |L||U||X|, "
            "gamma_3n = 1.5 n eps/(1 - 1.5 n eps), growth = || |L||U| ||/||A|| (Higham 2002, 9.4 "
            "and 14.3); n + 5 for n in complex arithmetic (3.6). XLA, of real input, applies "
            "n reflectors, each off by (sqrt n + 5) eps of the length of a "
            "column; roundings being independent their errors add as sqrt n (Connolly and Higham "
            "2023); columns = the sum of the lengths over ||A||; Q Q^T - I counts against "
            "||A|| ||X|| = kappa. One of the two residuals is small, not both",
        ),
        Claim(
            name="forward",
            measure=matrixwise,
            bound="compounded(spread, eps)",
            because="X - X' = A^-1 (I - AX'): the backward error times kappa (Higham 2002, 14.1)",
        ),
    ),
    faults=(
        Fault("transposed", lambda tf, call, a, **k: tf.linalg.matrix_transpose(call(a, **k))),
        Fault("transposed for adjoint", _unconjugated, complex=True),
        Fault("adjoint ignored", lambda tf, call, a, adjoint=False: call(a)),
        Fault("half the digits of the matrix", lambda tf, call, a, **k: call(coarse(tf, a), **k)),
        Fault("half the digits of the answer", lambda tf, call, a, **k: coarse(tf, call(a, **k))),
        Fault("normal equations", _normal),
        Fault("diagonal shifted", lambda tf, call, a, **k: call(
            a + 0.03125 * tf.eye(a.shape[-1], dtype=a.dtype) * tf.reduce_max(tf.abs(a)), **k)),
    ),
)  # fmt: skip

test_inv = verify(INV)

"""tf.linalg.solve: dense square systems with several right-hand sides, and their adjoints."""

from __future__ import annotations

from properties.draws import complex_systems, systems
from properties.dtypes import UNDERFLOW_SYSTEM
from properties.embedding import SYSTEM
from properties.faults import coarse
from properties.measures import columnwise, ratio
from properties.residuals import residual
from properties.routine import Case, Claim, Fault, Routine
from properties.verify import verify
from references import audits, opinions
from references.embedded import solve
from references.interval import Interval, largest


def backward(case: Case) -> Interval:
    """The largest ||b - A x|| / (||A|| ||x|| + ||b||) of a right-hand side, infinity norms.

    It is the least relative change of A and b that makes x exact (Rigal and Gaches 1967;
    Higham 2002, 7.1).
    """
    a, b = case.problem.inputs
    adjoint = bool(case.problem.arguments.get("adjoint"))
    left = residual(a, case.answer[0], b, adjoint=adjoint)
    norm_a = Interval(left.a.lower[:, None], left.a.upper[:, None])
    return largest(ratio(left.r, norm_a * left.x + left.b, case.dtype.eps))


def _normal(tf, call, a, b, adjoint=False):
    """Normal equations: right on easy problems, the condition number squared on others."""
    if adjoint:
        a = tf.linalg.matrix_transpose(a)
    return call(tf.matmul(a, a, transpose_a=True), tf.matmul(a, b, transpose_a=True))


def _real_right_hand_side(tf, call, a, b, adjoint=False):
    """What a cast to real numbers leaves of b."""
    return call(a, tf.cast(tf.math.real(b), b.dtype), adjoint=adjoint)


def _unconjugated(tf, call, a, b, adjoint=False):
    """A^T where A^H is asked for."""
    return call(tf.linalg.matrix_transpose(a) if adjoint else a, b)


SOLVE = Routine(
    name="linalg.solve",
    call="linalg.solve",
    problems=systems,
    complex_problems=complex_systems,
    embedding=SYSTEM,
    reference=solve,
    compiled=8,  # or XLA meets few structures
    rival=opinions.solve,
    audit=audits.solve,
    terms={
        "gamma": "1.5*(n + 5*complex)/(1 - 1.5*(n + 5*complex)*eps)",
        "rows": "n*(1 + complex)",
        "eta": {
            "": f"gamma*growth + 1 + {UNDERFLOW_SYSTEM}",
            "xla": f"(rows + 5*sqrt(rows))*(columns + sqrt(rows)) + {UNDERFLOW_SYSTEM}",
        },
        "spread": "eta*kappa",
    },
    excused="2*eps*spread",
    claims=(
        Claim(
            name="backward",
            measure=backward,
            bound="eta",
            because="eager and graph eliminate with partial pivoting: |b - Ax| <= gamma_3n "
            "|L||U||x|, gamma_3n = 1.5 n eps/(1 - 1.5 n eps), growth = || |L||U| ||/||A|| (Higham "
            "2002, 9.4); n + 5 for n in complex arithmetic (3.6). An orthogonal method, as XLA's "
            "inverse is, applies n reflectors to A and "
            "to b, each off by (sqrt n + 5) eps of the length of a column; roundings being "
            "independent their errors add as sqrt n (Connolly and Higham 2023); columns = the sum "
            "of the lengths over ||A||, and ||b||_2 <= sqrt n ||b||",
        ),
        Claim(
            name="forward",
            measure=columnwise,
            bound="2*compounded(spread, eps)",
            because="twice the backward error, for A and for b, times kappa (Higham 2002, 7.2)",
        ),
    ),
    faults=(
        Fault("transposed", lambda tf, call, a, b, adjoint=False: call(a, b, adjoint=not adjoint)),
        Fault("half the digits of the matrix",
              lambda tf, call, a, b, **k: call(coarse(tf, a), b, **k)),
        Fault("half the digits of the answer",
              lambda tf, call, a, b, **k: coarse(tf, call(a, b, **k))),
        Fault("normal equations", _normal),
        Fault("first right-hand side for all",
              lambda tf, call, a, b, **k: tf.zeros_like(b) + call(a, b[..., :1], **k)),
        Fault("imaginary part of b lost", _real_right_hand_side, complex=True),
        Fault("transposed for adjoint", _unconjugated, complex=True),
        Fault("columns swapped",
              lambda tf, call, a, b, **k: call(a, tf.reverse(b, [-1]), **k)),
    ),
)  # fmt: skip

test_solve = verify(SOLVE)

"""tf.linalg.pinv: pseudo-inverses, with the default cut-off or a given one."""

from __future__ import annotations

from properties.draws import rectangular
from properties.faults import coarse
from properties.measures import frobenius
from properties.routine import Claim, Fault, Routine
from properties.verify import verify
from references import audits, opinions
from references.spectral import pinv


def _normal(tf, call, a, **arguments):
    """(A^T A)^+ A^T: the singular values squared before the cut."""
    gram = call(tf.matmul(a, a, transpose_a=True), **arguments)
    return tf.matmul(gram, a, transpose_b=True)


PINV = Routine(
    name="linalg.pinv",
    call="linalg.pinv",
    problems=rectangular,
    reference=pinv,
    compiled=8,  # or XLA meets four structures in float32
    rival=opinions.pinv,
    audit=audits.pinv,
    by_dtype=True,
    terms={
        "small": "min(m, n)",
        "underflow": "6*small*max(m, n)*tiny/eps*(1/norm_a + 1/norm_x)",
        "eta": "4*small*(sqrt(max(m, n)) + 5) + underflow",
        "moved": "0.54*kappa + 2*gap",
    },
    excused="2*eta*eps/margin",
    claims=(
        Claim(
            name="forward",
            measure=frobenius,
            bound="moved*eta/(1 - moved*eta*eps)",
            unless="max(2*eta*eps/margin, 2*moved*eta*eps)",
            because="the truncated matrix moves by (1 + sqrt 2 s_k+1/(s_k - s_k+1)) times the "
            "backward error (Wedin 1972), its pseudo-inverse by sqrt 2 ||A^+||^2 times that (Wedin "
            "1973): 2 gap - (2 - sqrt 2) kappa, and 1.125 for the errors of U, V and their "
            "product; the SVD multiplies by n reflectors and as many rounds of rotations from "
            "either side, each off by (sqrt m + 5) eps and, roundings being independent, adding as "
            "sqrt n (Connolly and Higham 2023); sqrt n passes from the Frobenius to the 2-norm",
        ),
    ),
    faults=(
        Fault("transposed twice", lambda tf, call, a, **k: tf.linalg.matrix_transpose(
            call(tf.linalg.matrix_transpose(a), **k)) * (1 + 0.0078125)),
        Fault("singular values squared", _normal),
        Fault("cut-off ignored", lambda tf, call, a, rcond=None: call(a, rcond=0.0)),
        Fault("cut-off of 1/4", lambda tf, call, a, rcond=None: call(a, rcond=0.25)),
        Fault("half the digits of the matrix", lambda tf, call, a, **k: call(coarse(tf, a), **k)),
        Fault("half the digits of the answer", lambda tf, call, a, **k: coarse(tf, call(a, **k))),
    ),
)  # fmt: skip

test_pinv = verify(PINV)

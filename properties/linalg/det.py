"""tf.linalg.det: determinants of square matrices."""

from __future__ import annotations

import numpy as np

from properties import complex_draws
from properties.distances import LENGTHS, error_and_size
from properties.draws import square
from properties.dtypes import UNDERFLOW_DETERMINANT
from properties.embedding import DETERMINANT
from properties.faults import coarse
from properties.measures import entrywise, ratio
from properties.routine import Case, Claim, Fault, Routine
from properties.verify import verify
from references import audits, opinions
from references.complex_determinants import det
from references.interval import Interval, largest
from references.norms import scaled

ELIMINATION = {
    "steps": "n - 1 + 5*complex*min(n - 1, 1)",
    "gamma": "0.505*steps/(1 - 0.5*(steps + 1)*eps)",
    "lost": UNDERFLOW_DETERMINANT,
    "wander": "gamma*reach + lost",
    "drift": "gamma*amplified + lost + n*wander**2*eps",
    "doubt": "max(2*wander*eps, 2*growth*norm_a/huge)",
}
BECAUSE = (
    "the pivots are those of A + E, |E| <= gamma_n-1 P^T|L||U| (Higham 2002, 9.3), and log det(A + "
    "E) - log det A is trace(A^-1 E), at most gamma_n-1 amplified, and half the sum of the squares "
    "of the eigenvalues of A^-1 E, none of which exceeds wander eps; n + 4 for n - 1 in complex "
    "arithmetic (3.6)"
)


def forward(case: Case) -> Interval:
    """The relative error, in moduli of complex numbers, one underflow (dtype.tiny) forgiven."""
    if not case.dtype.is_complex:
        return entrywise()(case)
    error, size = error_and_size(case.answer[0], case.truth.parts[0], LENGTHS)
    tiny = np.full(len(case), case.dtype.tiny)
    forgiven = scaled(Interval(tiny, tiny), -case.truth.parts[0].exponent)
    low = np.maximum(error.lower - forgiven.upper[:, None], 0.0) * (1 - 2.0**-52)
    high = np.maximum(error.upper - forgiven.lower[:, None], 0.0) * (1 + 2.0**-52)
    return largest(ratio(Interval(low, high), size, case.dtype.eps))


def size_of(tf, x):
    """|x| in the dtype of x."""
    return tf.cast(tf.abs(x), x.dtype)


def by_gram(tf, a):
    """|det A| as the root of that of A^T A, which squares the condition number."""
    return tf.sqrt(size_of(tf, tf.linalg.det(tf.matmul(a, a, transpose_a=True))))


def unpivoted(tf, a):
    """The product of the pivots of elimination without exchanges."""
    value = tf.ones_like(a[..., 0, 0])
    while a.shape[-1]:
        value *= a[..., 0, 0]
        a = a[..., 1:, 1:] - a[..., 1:, :1] * a[..., :1, 1:] / a[..., :1, :1]
    return value


def shifted(tf, a):
    """A with a little of its largest entry added to the diagonal."""
    top = tf.cast(tf.reduce_max(tf.abs(a), [-2, -1], keepdims=True), a.dtype)
    return a + 0.03125 * tf.eye(a.shape[-1], dtype=a.dtype) * top


DET = Routine(
    name="linalg.det",
    call="linalg.det",
    problems=square,
    complex_problems=complex_draws.square,
    embedding=DETERMINANT,
    reference=det,
    rival=opinions.det,
    audit=audits.det,
    terms={
        **ELIMINATION,
        "product": "drift + 0.505*n*(1 + 2*complex)",
        "sum": "drift + 0.5*(n + 3)*logs + 10*n*complex",
    },
    excused="doubt",
    claims=(
        Claim(
            name="forward",
            measure=forward,
            bound="product/(1 - product*eps)",
            unless="max(doubt, 2*product*eps)",
            because=BECAUSE + "; their product rounds n - 1 times and the answer once",
        ),
        Claim(
            name="through logarithms",
            measure=forward,
            bound="sum/(1 - sum*eps) + 4",
            unless="max(doubt, 2*sum*eps)",
            because=BECAUSE + "; logarithms of pivots are within 2 eps of themselves, their sum "
            "rounds by (n - 1)/2 eps of the sum of their sizes, logs, and exp by 2 eps; moduli and "
            "phases of complex pivots and the product of phases are off by less than 10 n eps",
        ),
    ),
    faults=(
        Fault("sign lost", lambda tf, call, a: size_of(tf, call(a))),
        Fault("conjugated", lambda tf, call, a: call(tf.math.conj(a)), complex=True),
        Fault("half the digits of the matrix", lambda tf, call, a: call(coarse(tf, a))),
        Fault("half the digits of the answer", lambda tf, call, a: coarse(tf, call(a))),
        Fault("product of the diagonal",
              lambda tf, call, a: tf.reduce_prod(tf.linalg.diag_part(a), -1)),
        Fault("no exchange of rows", lambda tf, call, a: unpivoted(tf, a)),
        Fault("from the Gram matrix", lambda tf, call, a: tf.sign(call(a)) * by_gram(tf, a)),
        Fault("diagonal shifted", lambda tf, call, a: call(shifted(tf, a))),
    ),
)  # fmt: skip

test_det = verify(DET)

"""tf.linalg.logdet: logarithms of the determinants of positive definite matrices."""

from __future__ import annotations

from properties import complex_draws
from properties.draws import definite
from properties.embedding import LOGARITHM
from properties.faults import coarse
from properties.linalg.cholesky import BECAUSE, ETA, flipped, jittered
from properties.measures import absolute
from properties.routine import Claim, Fault, Routine
from properties.verify import verify
from references import audits, opinions
from references.interleaved import logdet


def _real(tf, a):
    """What a cast to real numbers leaves of A, which stays definite."""
    return tf.cast(tf.math.real(a), a.dtype)


LOGDET = Routine(
    name="linalg.logdet",
    call="linalg.logdet",
    problems=definite,
    complex_problems=complex_draws.definite,
    embedding=LOGARITHM,
    reference=logdet,
    rival=opinions.logdet,
    audit=audits.logdet,
    terms=ETA,
    excused="skew*eps",
    claims=(
        Claim(
            name="logarithm",
            measure=absolute(),
            bound="skew + skew**2*eps + 0.5*(n + 4)*logs",
            unless="2*skew*eps",
            relative=False,
            because=BECAUSE + "; log det(I + S) with S = L^-1 E L^-T is trace(S) and less than "
            "||S||^2, both norms at most skew eps; logarithms are within 2 eps of themselves and "
            "their sum rounds by (n - 1)/2 eps of the sum of their sizes, logs",
        ),
    ),
    faults=(
        Fault("not doubled", lambda tf, call, a: call(a) / 2),
        Fault("base two", lambda tf, call, a: call(a) / 0.6931471805599453),
        Fault("diagonal alone",
              lambda tf, call, a: tf.reduce_sum(tf.math.log(tf.linalg.diag_part(a)), -1)),
        Fault("upper triangle read", lambda tf, call, a: call(flipped(tf, a))),
        Fault("real part alone", lambda tf, call, a: call(_real(tf, a)), complex=True),
        Fault("half the digits of the matrix", lambda tf, call, a: call(coarse(tf, a))),
        Fault("half the digits of the answer", lambda tf, call, a: coarse(tf, call(a))),
        Fault("diagonal enlarged", lambda tf, call, a: call(jittered(tf, a))),
    ),
)  # fmt: skip

test_logdet = verify(LOGDET)

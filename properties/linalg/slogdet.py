"""tf.linalg.slogdet: signs and logarithms of determinants."""

from __future__ import annotations

from properties import complex_draws
from properties.distances import distance
from properties.draws import square
from properties.embedding import PHASE
from properties.faults import coarse
from properties.linalg.det import BECAUSE, ELIMINATION, by_gram, shifted, size_of, unpivoted
from properties.measures import absolute, in_eps
from properties.routine import Case, Claim, Fault, Routine
from properties.verify import verify
from references import audits, opinions
from references.complex_determinants import slogdet
from references.interval import Interval


def sign(case: Case) -> Interval:
    """The distance of the sign from the exact one: 1 or -1, or a complex number of modulus 1."""
    return in_eps(distance(case.answer[0], case.truth.parts[0]), case.dtype.eps)


def _logarithm(change):
    """A fault of the logarithm alone."""

    def wrong(tf, call, a):
        sign, log = call(a)
        return sign, change(tf, log)

    return wrong


def _of(value):
    """The sign and the logarithm of a determinant that is computed in a wrong way."""

    def wrong(tf, call, a):
        x = value(tf, a)
        return tf.sign(x), tf.math.log(size_of(tf, x))

    return wrong


SLOGDET = Routine(
    name="linalg.slogdet",
    call="linalg.slogdet",
    problems=square,
    complex_problems=complex_draws.square,
    embedding=PHASE,
    reference=slogdet,
    rival=opinions.slogdet,
    audit=audits.slogdet,
    terms=ELIMINATION,
    excused="doubt",
    claims=(
        Claim(
            name="sign",
            measure=sign,
            bound="min(complex/eps, drift + 7*n*complex)",
            unless="doubt",
            because="the pivots are those of A + E, |E| <= gamma_n-1 P^T|L||U| (Higham 2002, 9.3), "
            "and no matrix on the way to A + E is singular while the eigenvalues of A^-1 E, at "
            "most wander eps, stay below 1; phases of complex pivots and their product are off by "
            "less than 7 n eps",
        ),
        Claim(
            name="logarithm",
            measure=absolute(1),
            bound="drift + 0.5*(n + 4)*logs + 2*n*complex",
            unless="doubt",
            relative=False,
            because=BECAUSE + "; logarithms of pivots are within 2 eps of themselves, and their "
            "sum rounds by (n - 1)/2 eps of the sum of their sizes, logs; moduli are within 2 eps",
        ),
    ),
    faults=(
        Fault("sign lost", lambda tf, call, a: (size_of(tf, call(a)[0]), call(a)[1])),
        Fault("conjugated", lambda tf, call, a: call(tf.math.conj(a)), complex=True),
        Fault("sign and logarithm exchanged", lambda tf, call, a: tuple(call(a))[::-1]),
        Fault("base two", _logarithm(lambda tf, x: x / 0.6931471805599453)),
        Fault("half the digits of the logarithm", _logarithm(coarse)),
        Fault("half the digits of the matrix", lambda tf, call, a: call(coarse(tf, a))),
        Fault("product of the diagonal",
              _of(lambda tf, a: tf.reduce_prod(tf.linalg.diag_part(a), -1))),
        Fault("no exchange of rows", _of(unpivoted)),
        Fault("from the Gram matrix",
              lambda tf, call, a: (call(a)[0], tf.math.log(by_gram(tf, a)))),
        Fault("diagonal shifted", lambda tf, call, a: call(shifted(tf, a))),
    ),
)  # fmt: skip

test_slogdet = verify(SLOGDET)

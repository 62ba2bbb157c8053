"""tf.linalg.expm: exponentials of square matrices."""

from __future__ import annotations

from properties.draws import complex_generators, generators
from properties.embedding import MATRIX
from properties.faults import coarse
from properties.measures import frobenius
from properties.routine import Claim, Fault, Routine
from properties.verify import verify
from references import audits_exponential, opinions
from references.embedded import expm


def _taylor(tf, call, a):
    """Taylor's sum of twelve terms, without scaling."""
    term = total = call(a * 0)
    for k in range(1, 12):
        term = tf.matmul(term, a) / k
        total = total + term
    return total


def _entrywise(tf, call, a):
    """The exponential of each entry; a confusion of names."""
    return tf.exp(a)


def _one_squaring_short(tf, call, a):
    """The last squaring is left out."""
    return call(a / 2)


EXPM = Routine(
    name="linalg.expm",
    call="linalg.expm",
    problems=generators,
    complex_problems=complex_generators,
    embedding=MATRIX,
    reference=expm,
    rival=opinions.expm,
    audit=audits_exponential.expm,
    terms={
        "root": "sqrt(n*(1 + complex))",
        "underflow": "n**2*lost*tiny/eps",
        "eta": "root/2*norm_a*hump + 3*(root + 1)*bottom + root/2*ladder + underflow + 1",
    },
    excused="2*eta*eps",
    volume=0.5,  # XLA compiles five quotients for each shape
    claims=(
        Claim(
            name="forward",
            measure=frobenius,
            bound="eta/(1 - eta*eps)",
            unless="2*eta*eps",
            because="a Pade quotient of A/2^s is the exponential of A/2^s + E, 1-norm of E at most "
            "u ||A||/2^s, if its degree is chosen by ||A||/2^s (Higham 2005, 2): sqrt n u ||A|| "
            "hump in the Frobenius norm, hump bounding ||e^(tA)|| ||e^((1-t)A)||/||e^A||. Its "
            "parts are off by 3 (sqrt n + 1) eps of e^(|A|/2^(s+1)), roundings being independent "
            "(Higham and Mary 2019), which the quotient and s squarings turn into bottom; each "
            "squaring adds sqrt n u ||X||^2, ladder once the others are done",
        ),
    ),
    faults=(
        Fault("transposed", lambda tf, call, a: tf.linalg.matrix_transpose(call(a))),
        Fault("conjugated", lambda tf, call, a: tf.math.conj(call(a)), complex=True),
        Fault("negated", lambda tf, call, a: call(-a)),
        Fault("entry by entry", _entrywise),
        Fault("one squaring short", _one_squaring_short),
        Fault("Taylor without scaling", _taylor),
        Fault("first order", lambda tf, call, a: call(a * 0) + a),
        Fault("half the digits of the matrix", lambda tf, call, a: call(coarse(tf, a))),
        Fault("half the digits of the answer", lambda tf, call, a: coarse(tf, call(a))),
    ),
)  # fmt: skip

test_expm = verify(EXPM)

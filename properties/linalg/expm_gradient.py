"""The gradient of tf.linalg.expm: what comes from above on its way through the exponential."""

from __future__ import annotations

from hypothesis.strategies import SearchStrategy

from properties.complex_generators import COMPLEX_GENERATORS
from properties.draws import LARGE_ORDERS, generated
from properties.faults import coarse
from properties.generators import GENERATORS
from properties.linalg.gradients import CONJUGATED, HALVES, HERE, NEGATED, TRANSPOSED
from properties.measures import frobenius
from properties.routine import Claim, Embedding, Fault, Problem, Routine
from properties.verify import verify
from references import pullbacks_of_exponentials as pullbacks
from references import pullbacks_of_factors_opinions as opinions
from references.embedded import matrix


def pairs(depth: int) -> SearchStrategy[Problem]:
    """Matrices (B, n, n) to take the exponential of, and of their shape what comes from above."""
    return generated("generators and above", tuple(GENERATORS), depth, LARGE_ORDERS[:2])


def complex_pairs(depth: int) -> SearchStrategy[Problem]:
    """The same of complex numbers."""
    structures = tuple(COMPLEX_GENERATORS)
    return generated("complex generators and above", structures, depth, LARGE_ORDERS[:1])


def _as_if_commuting(tf, call, a, above):
    """e^(A^H) W, which it is where A and W commute."""
    return tf.linalg.matmul(tf.linalg.expm(a), above, adjoint_a=True)


def _middle(tf, call, a, above):
    """(e^(A^H) W + W e^(A^H))/2: the integral by its two ends."""
    power = tf.linalg.expm(a)
    left = tf.linalg.matmul(power, above, adjoint_a=True)
    return (left + tf.linalg.matmul(above, power, adjoint_b=True)) / 2


def _forward(tf, call, a, above):
    """The derivative at A, where that at A^H is due."""
    return call(tf.linalg.adjoint(a), above)


GRADIENT = Routine(
    name="linalg.expm.gradient",
    call=f"{HERE}:expm",
    problems=pairs,
    complex_problems=complex_pairs,
    embedding=Embedding((matrix, matrix), (matrix,)),
    reference=pullbacks.expm,
    rival=opinions.expm,
    audit=opinions.audit_expm,
    dtypes=("float32", "float64", "complex64", "complex128"),  # float16 overflows in linalg.expm
    terms={"eta": "truncated + carried + bottom + lost*tiny/eps + 1"},
    excused="max(2*eta*eps, 2*peak/huge)",
    claims=(
        Claim(
            name="forward",
            measure=frobenius,
            bound="eta/(1 - eta*eps)",
            unless="2*eta*eps",
            because="the derivative of a Pade quotient, its squarings taken back one by one: the "
            "quotient is e^(A + E), || E ||_1 at most u || A || as for linalg.expm, and E's own "
            "derivative 28 times that (Al-Mohy and Higham 2009); each squaring taken back adds "
            "sqrt n u || X || || G || twice and what X is off by; taking back the powers, of "
            "degrees up to 13, has as many roundings as products, which are independent",
        ),
    ),
    faults=(
        *HALVES,
        TRANSPOSED,
        NEGATED,
        CONJUGATED,
        Fault("half the digits of what comes from above",
              lambda tf, call, a, above: call(a, coarse(tf, above))),
        Fault("matrix not transposed", _forward),
        Fault("as if they commuted", _as_if_commuting),
        Fault("mean of both sides", _middle),
        Fault("one squaring short", lambda tf, call, a, above: call(a / 2, above)),
        Fault("what comes from above alone", lambda tf, call, a, above: above),
    ),
    volume=0.1,  # each shape is traced and compiled, and its truths come from balls
    pullback=True,
)  # fmt: skip

test_expm = verify(GRADIENT)

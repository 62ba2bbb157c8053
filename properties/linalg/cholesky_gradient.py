"""The gradient of tf.linalg.cholesky: what comes from above on its way through the factor."""

from __future__ import annotations

from hypothesis.strategies import SearchStrategy

from properties import complex_definite
from properties.draws import (
    DEFINITE,
    FEW_ORDERS,
    FINE,
    LARGE_ORDERS,
    ORDERS,
    PARTS,
    by_depth,
    drawn,
)
from properties.faults import coarse
from properties.linalg.cholesky import CHOLESKY
from properties.linalg.gradients import CONJUGATED, HALVES, HERE, NEGATED
from properties.measures import frobenius
from properties.routine import Claim, Embedding, Fault, Problem, Routine
from properties.verify import verify
from references import pullbacks_of_factors as pullbacks
from references import pullbacks_of_factors_opinions as opinions
from references.interleaved import hermitian, interleaved


def definite(depth: int) -> SearchStrategy[Problem]:
    """Mostly positive definite A (B, n, n), and of its shape what comes from above."""
    sizes = by_depth(depth, ORDERS, LARGE_ORDERS[:2])
    return drawn("definite and above", depth, sizes, DEFINITE, FINE, ((),))


def complex_pairs(depth: int) -> SearchStrategy[Problem]:
    """The same of complex numbers."""
    sizes = by_depth(depth, FEW_ORDERS, LARGE_ORDERS[:2])
    structures = complex_definite.STRUCTURES
    return drawn("complex definite and above", depth, sizes, structures, PARTS, ((),))


def _other_triangle(tf, call, a, above):
    """The upper triangle of what comes from above, as if the factor were upper."""
    return call(a, tf.linalg.matrix_transpose(above))


def _whole_diagonal(tf, call, a, above):
    """Without halving the diagonal of L^H W."""
    lower = tf.linalg.cholesky(a)
    middle = tf.linalg.matmul(lower, above, adjoint_a=True)
    diagonal = tf.cast(tf.math.real(tf.linalg.diag_part(middle)), a.dtype)
    inverse = tf.linalg.triangular_solve(lower, tf.linalg.diag(diagonal), adjoint=True)
    inverse = tf.linalg.triangular_solve(lower, tf.linalg.adjoint(inverse), adjoint=True)
    return call(a, above) + inverse / 2


def _one_triangle(tf, call, a, above):
    """As of a function of the entries of the lower triangle, each for itself."""
    found = call(a, above)
    return 2 * tf.linalg.band_part(found, -1, 0) - tf.linalg.band_part(found, 0, 0)


GRADIENT = Routine(
    name="linalg.cholesky.gradient",
    call=f"{HERE}:cholesky",
    problems=definite,
    complex_problems=complex_pairs,
    embedding=Embedding((hermitian, interleaved), (interleaved,)),
    reference=pullbacks.cholesky,
    rival=opinions.cholesky,
    audit=opinions.audit_cholesky,
    terms={
        **CHOLESKY.terms,
        "moved": "3*skew*reach",
        "rounded": "gamma*worn",
        "losing": "4*(n*(1 + complex))**2*lost*tiny/eps",
        "off": "moved + rounded + losing + 1",
    },
    excused=f"max({CHOLESKY.excused}, 2*peak/huge)",
    claims=(
        Claim(
            name="forward",
            measure=frobenius,
            bound="compounded(off, eps)",
            unless="max(3*skew, 2*off)*eps",
            because="L' = L (I + T), || T || at most skew eps as that of linalg.cholesky, moves "
            "X^H P X by X^H (P T + T^H P) X and by what T^H L^H W has of P: 3 skew times all of "
            "|| X ||^2 || L^H W ||; X, of columns solved one by one, is off by gamma |X||L||X| "
            "(Higham 2002, 14.2), three products by gamma of those of sizes: worn; the Hermitian "
            "part is off no more, and its sum rounds once",
        ),
    ),
    faults=(
        *HALVES,
        NEGATED,
        CONJUGATED,
        Fault("half the digits of what comes from above",
              lambda tf, call, a, above: call(a, coarse(tf, above))),
        Fault("what comes from above transposed", _other_triangle),
        Fault("the diagonal not halved", _whole_diagonal),
        Fault("lower triangle alone", _one_triangle),
        Fault("of the inverse alone", lambda tf, call, a, above: tf.linalg.matmul(
            tf.linalg.inv(a), above)),
    ),
    volume=0.1,  # each shape is traced and compiled, and its truths come from balls
    pullback=True,
)  # fmt: skip

test_cholesky = verify(GRADIENT)

"""The gradient of tf.linalg.sqrtm: what comes from above on its way through the square root."""

from __future__ import annotations

from hypothesis.strategies import SearchStrategy

from properties.faults import coarse
from properties.linalg.gradients import CONJUGATED, HALVES, HERE, NEGATED, TRANSPOSED
from properties.linalg.sqrtm import SQRTM, squared
from properties.measures import frobenius
from properties.routine import Claim, Embedding, Fault, Problem, Routine
from properties.verify import verify
from references import pullbacks_of_roots as pullbacks
from references import pullbacks_of_roots_opinions as opinions
from references.embedded import matrix


def pairs(depth: int) -> SearchStrategy[Problem]:
    """A = B^2 (B, n, n) without rounding, and of its shape what comes from above."""
    return squared("squares and above", depth, (2, 3, 8))


def complex_pairs(depth: int) -> SearchStrategy[Problem]:
    """The same of complex numbers."""
    return squared("complex squares and above", depth, (2, 3))


def _half_of_quotient(tf, call, a, above):
    """R^-H W / 2, which it is where both commute."""
    return tf.linalg.solve(tf.linalg.sqrtm(a), above, adjoint=True) / 2


def _one_side(tf, call, a, above):
    """R^-H W, as if the other term were not there."""
    return tf.linalg.solve(tf.linalg.sqrtm(a), above, adjoint=True)


GRADIENT = Routine(
    name="linalg.sqrtm.gradient",
    call=f"{HERE}:sqrtm",
    problems=pairs,
    complex_problems=complex_pairs,
    embedding=Embedding((matrix, matrix), (matrix,)),
    reference=pullbacks.sqrtm,
    rival=opinions.sqrtm,
    audit=opinions.audit_sqrtm,
    terms={
        **SQRTM.terms,
        "solved": "1.5*order**2*worn + 0.5*sqrt(order)*reach",
        "moved": "2.2*sensitivity**2*eta",
        "lost": "4*order**4*(1 + 1/norm_g)*sensitivity/sqrt(norm_a)*tiny/eps",
        "flushed": "order**2*worn*tiny/norm_g/eps",
        "off": "solved + moved + lost + flushed",
    },
    excused="max(4.4*sensitivity**2*eta*eps, 2*off*eps, 2*norm_g/huge, 4*peak/huge)",
    claims=(
        Claim(
            name="forward",
            measure=frobenius,
            bound="off/(1 - off*eps)",
            unless="max(4.4*sensitivity**2*eta, 2*off)*eps",
            because="a solution of (K + E) vec G = vec W, K of order n^2: Gaussian elimination has "
            "|E| at most gamma_3N |L||U| (Higham 2002, 9.4), sums of R's entries round once, and "
            "R' in place of R, off as that of linalg.sqrtm, moves K by twice as much; each over "
            "the smallest singular value of K",
        ),
    ),
    faults=(
        *HALVES,
        TRANSPOSED,
        NEGATED,
        CONJUGATED,
        Fault("half the digits of what comes from above",
              lambda tf, call, a, above: call(a, coarse(tf, above))),
        Fault("matrix not transposed",
              lambda tf, call, a, above: call(tf.linalg.adjoint(a), above)),
        Fault("as if they commuted", _half_of_quotient),
        Fault("one side alone", _one_side),
    ),
    volume=0.1,  # each shape is traced and compiled, and its truths come from balls
    pullback=True,
)  # fmt: skip

test_sqrtm = verify(GRADIENT)

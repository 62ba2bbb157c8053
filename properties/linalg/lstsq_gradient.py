"""The gradient of tf.linalg.lstsq by normal equations: what comes from above of its solution."""

from __future__ import annotations

from dataclasses import replace

from hypothesis.strategies import SearchStrategy

from properties import complex_matrices
from properties.draws import FINE, FULL_RANK, LARGE_SHAPES, PARTS, SHAPES, Chosen, by_depth, drawn
from properties.faults import coarse
from properties.linalg.gradients import HALVES, HERE
from properties.measures import frobenius
from properties.routine import Case, Claim, Embedding, Fault, Problem, Routine
from properties.verify import verify
from references import pullbacks_of_factors_opinions as opinions
from references import pullbacks_of_least_squares as pullbacks
from references.embedded import matrix
from references.interval import Interval

REGULARISERS = tuple((("l2_regularizer", value),) for value in (0.0, 0.0, 2.0**-6))


def _largest(chosen: Chosen) -> int:
    """Normal equations square the condition: beyond the root of 1/eps they have nothing to say."""
    return (chosen.grid.bits - 4) // 2


def _tidy(chosen: Chosen) -> Chosen:
    """Of one scale beside a regulariser, which is one number for the stack."""
    regular = dict(chosen.arguments)["l2_regularizer"] > 0
    return chosen._replace(scale="one") if regular else chosen


def systems(depth: int) -> SearchStrategy[Problem]:
    """A (B, m, n) of full rank, b (B, m, k), and of the solution's shape what comes from above."""
    sizes = [(m, n, k) for m, n in by_depth(depth, SHAPES, LARGE_SHAPES) for k in (1, 3)]
    return drawn(
        "least squares and above", depth, sizes, FULL_RANK, FINE, REGULARISERS, _largest, _tidy
    )


def complex_systems(depth: int) -> SearchStrategy[Problem]:
    """The same of complex numbers; complex128 refuses a regulariser."""
    sizes = [(m, n, 2) for m, n in SHAPES[-5:]]
    structures, kind = complex_matrices.CONDITIONED, "complex least squares and above"
    return drawn(kind, depth, sizes, structures, PARTS, REGULARISERS, _largest, _tidy)


def _second(case: Case) -> Interval:
    """Of the right-hand side's, the second array."""
    truth = replace(case.truth, parts=case.truth.parts[1:])
    return frobenius(replace(case, answer=case.answer[1:], truth=truth))


def _projected(tf, call, a, b, above, l2_regularizer):
    """As if the residual were zero, or the solution unique."""
    of_a, of_b = call(a, b, above, l2_regularizer=l2_regularizer)
    x = tf.linalg.lstsq(a, b, l2_regularizer=l2_regularizer)
    return -tf.linalg.matmul(of_b, x, adjoint_b=True) + 0 * of_a, of_b


def _unregularised(tf, call, a, b, above, l2_regularizer):
    return call(a, b, above, l2_regularizer=0.0)


def _coarse_above(tf, call, a, b, above, **told):
    return call(a, b, coarse(tf, above), **told)


def _negated(tf, call, *inputs, **told):
    return tuple(-x for x in call(*inputs, **told))


def _conjugated(tf, call, *inputs, **told):
    return tuple(tf.math.conj(x) for x in call(*inputs, **told))


def _half_of_gram(tf, call, a, b, above, **told):
    """A G for A (G + G^T): half of what the normal equations' matrix gives."""
    of_a, of_b = call(a, b, above, **told)
    x = tf.linalg.lstsq(a, b, **told)
    return of_a + tf.linalg.matmul(of_b, x, adjoint_b=True) / 2, of_b


def _without_residual_of_b(tf, call, a, b, above, **told):
    """The right-hand side's slope by one step of refinement too few: A^H for the pseudo-inverse."""
    of_a, of_b = call(a, b, above, **told)
    return of_a, tf.linalg.matmul(a, above) + 0 * of_b


OFF = "normal equations of G: L' is exact for G off by gram ||A||^2, so that p and q are off by "
GRADIENT = Routine(
    name="linalg.lstsq.gradient",
    call=f"{HERE}:lstsq",
    problems=systems,
    complex_problems=complex_systems,
    embedding=Embedding((matrix, matrix, matrix), (matrix, matrix)),
    reference=pullbacks.lstsq,
    rival=opinions.lstsq,
    audit=opinions.audit_lstsq,
    terms={
        "small": "min(m, n)*(1 + complex)",
        "large": "max(m, n)*(1 + complex)",
        "normal": "small*(large + 3*small + 2)/2*kappa**2",
        "gamma": {
            "": "0.505*(small + k*(1 + complex) + 2 + 6*complex)",
            "xla": "0.505*(small + k*(1 + complex) + 7 + 6*complex)",
        },
        "of_matrix": "matrix_off + gamma*matrix_worn + matrix_lost*tiny/eps + 1",
        "of_rhs": "rhs_off + gamma*rhs_worn + rhs_lost*tiny/eps + 1",
        "doubt": "max(4*normal*eps, 2*peak/huge)",
    },
    excused="max(doubt, 2*of_matrix*eps)",
    claims=(
        Claim(
            name="of the matrix",
            measure=frobenius,
            bound="compounded(of_matrix, eps)",
            unless="max(doubt, 2*of_matrix*eps)",
            because=OFF + "kappa^2 of that each (Higham 2002, 20.4); taken back through the "
            "factor, residuals of the triangular solves are carried by ||L^-1||^2 ||L||, which is "
            "kappa^2 of what p and q make; products of A, b and q round by gamma of sizes",
        ),
        Claim(
            name="of the right-hand side",
            measure=_second,
            bound="compounded(of_rhs, eps)",
            unless="max(doubt, 2*of_rhs*eps)",
            because=OFF + "kappa^2 of that each (Higham 2002, 20.4); then, of tall A, a product",
        ),
    ),
    faults=(
        *HALVES,
        Fault("half the digits of what comes from above", _coarse_above),
        Fault("of the other sign", _negated),
        Fault("conjugated", _conjugated, complex=True),
        Fault("as if nothing were left", _projected),
        Fault("regulariser ignored", _unregularised),
        Fault("half of the normal equations'", _half_of_gram),
        Fault("transpose for pseudo-inverse", _without_residual_of_b),
    ),
    volume=0.1,  # each shape is traced and compiled, and its truths come from balls
    pullback=True,
)  # fmt: skip

test_lstsq = verify(GRADIENT)

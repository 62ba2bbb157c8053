"""The gradient of tf.linalg.tridiagonal_solve: what diagonals and right-hand sides get."""

from __future__ import annotations

import numpy as np
from hypothesis.strategies import SearchStrategy

from properties.draws import FINE, Chosen, by_depth, drawn
from properties.linalg.gradients import HERE, adjoint
from properties.linalg.through_systems import (
    FAULTS,
    FORWARD,
    PRODUCT,
    SAME_SYSTEM,
    beside,
    kept_alone,
    product_left,
)
from properties.linalg.tridiagonal_solve import SIZES, TRIDIAGONAL_SOLVE
from properties.measures import ratio
from properties.operands import OPERANDS, WITHOUT_IMAGINARY
from properties.placed import placed
from properties.residuals import residual
from properties.routine import Case, Claim, Fault, Problem, Routine
from properties.verify import verify
from references import pullbacks_of_systems as pullbacks
from references import pullbacks_of_systems_opinions as opinions
from references.contractions import tridiagonal
from references.embedded import column, matrix
from references.interval import Interval

LARGE = ((16, 1),)
WAYS = tuple(
    (("partial_pivoting", pivoting), ("diagonals_format", stored))
    for pivoting, stored in (
        (True, "compact"), (False, "compact"), (True, "sequence"), (True, "matrix")
    )
)  # fmt: skip
COMPLEX = tuple((((3, n), (n, 2), (n, 2)), WAYS[0]) for n in (2, 3, 8))


def _tidy(chosen: Chosen) -> Chosen:
    """A matrix of one row has no diagonals beside the main one to give."""
    alone = chosen.sizes[0] == 1
    return chosen._replace(arguments=WAYS[0]) if alone else chosen


def systems(depth: int) -> SearchStrategy[Problem]:
    """Diagonals (B, 3, n), b (B, n, k), and of its shape what comes from above."""
    sizes = by_depth(depth, SIZES, LARGE)
    structures = tuple(OPERANDS)
    return drawn("tridiagonal and above", depth, sizes, structures, FINE, WAYS, tidy=_tidy)


def complex_systems(depth: int) -> SearchStrategy[Problem]:
    """The same of complex numbers, half of them real but for what comes from above."""
    real = (WITHOUT_IMAGINARY,) * len(OPERANDS)
    return placed(depth, COMPLEX, in_complex=True, structures=(*real, *OPERANDS))


def backward(case: Case) -> Interval:
    """||b - T x|| / (||T|| ||x|| + ||b||) of each right-hand side, and ||w - T^H y|| likewise."""
    diagonals, rhs, above = case.problem.inputs
    _, y, x = case.answer
    a, embedded = tridiagonal(diagonals), np.iscomplexobj(diagonals)
    found = []
    for adjoined, *pair in ((False, x, rhs), (True, y, above)):
        solution, b = map(column, pair) if embedded else pair
        left = residual(matrix(a) if embedded else a, solution, b, adjoint=adjoined)
        norm_a = Interval(left.a.lower[:, None], left.a.upper[:, None])
        found.append(ratio(left.r, norm_a * left.x + left.b, case.dtype.eps)[:, None])
    return beside(*found)


def product(case: Case) -> Interval:
    """|G + y x^H| / (|y||x^H|) on the three diagonals; what is stored beside them is zero."""
    given, y, x = case.answer
    whole, n = tridiagonal(given), given.shape[2]
    kept = np.abs(np.subtract.outer(np.arange(n), np.arange(n))) <= 1
    return kept_alone(product_left(whole, y, x, case.dtype), given, whole, kept)


def _exchanged(tf, call, d, b, above, **told):
    """The diagonals from below for those from above, in place."""
    of_d, *rest = call(d, b, above, **told)
    return tf.reverse(of_d, [-2]), *rest


def _shifted(tf, call, d, b, above, **told):
    """The upper diagonal's one place further on, as LAPACK stores it."""
    of_d, *rest = call(d, b, above, **told)
    return tf.concat([tf.roll(of_d[..., :1, :], 1, -1), of_d[..., 1:, :]], -2), *rest


def _unused(tf, call, d, b, above, **told):
    """Cyclic neighbours where nothing is stored."""
    of_d, y, x = call(d, b, above, **told)
    row = -tf.reduce_sum(y * tf.math.conj(tf.roll(x, -1, -2)), -1)
    return tf.concat([row[..., None, :], of_d[..., 1:, :]], -2), y, x


def _symmetric(tf, call, d, b, above, **told):
    """As if both neighbours were one number."""
    of_d, *rest = call(d, b, above, **told)
    up, main, down = tf.unstack(of_d, axis=-2)
    both = (up + tf.roll(down, -1, -1)) / 2
    return tf.stack([both, main, tf.roll(both, 1, -1)], -2), *rest


GRADIENT = Routine(
    name="linalg.tridiagonal_solve.gradient",
    call=f"{HERE}:tridiagonal_solve",
    problems=systems,
    complex_problems=complex_systems,
    reference=pullbacks.tridiagonal_solve,
    rival=opinions.tridiagonal_solve,
    audit=opinions.audit_tridiagonal_solve,
    terms={
        **TRIDIAGONAL_SOLVE.terms,
        **adjoint(TRIDIAGONAL_SOLVE.terms),
        "larger": "max(eta, eta_t)",
        "off": "larger*worn + 0.505*(terms + 2*complex)*formed + lost*tiny/eps",
        "strayed": "eta_t*moved",
        "doubt": "2*eps*max(off, strayed, larger*astray)",
    },
    excused="max(doubt, 4*max(peak, growth*norm_a, growth_t*norm_a_t)/huge)",
    claims=(
        Claim(
            name="backward",
            measure=backward,
            bound="larger",
            because="both solutions keep the bound of linalg.tridiagonal_solve, that of the "
            "adjoint matrix for what comes from above: elimination of neighbours, by its growth",
        ),
        Claim(
            name="product",
            measure=product,
            bound="0.505*(terms + 3 + 2*complex)",
            because=PRODUCT,
        ),
        *FORWARD,
    ),
    faults=(
        *FAULTS,
        SAME_SYSTEM,
        Fault("diagonals exchanged", _exchanged),
        Fault("upper diagonal shifted", _shifted),
        Fault("cyclic neighbours", _unused),
        Fault("as of symmetric matrices", _symmetric),
    ),
    volume=0.25,  # each shape is traced and compiled, and its truths come from balls
    pullback=True,
)

test_tridiagonal_solve = verify(GRADIENT)

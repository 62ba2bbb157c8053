"""tf.linalg.tridiagonal_solve: elimination with and without exchanges of neighbouring rows."""

from __future__ import annotations

from hypothesis.strategies import SearchStrategy

from properties.draws import FINE, by_depth, drawn
from properties.dtypes import UNDERFLOW_SYSTEM
from properties.embedding import Embedding
from properties.faults import coarse
from properties.measures import columnwise, ratio
from properties.operands import OPERANDS
from properties.placed import placed
from properties.residuals import residual
from properties.routine import Array, Case, Claim, Fault, Problem, Routine
from properties.verify import verify
from references import opinions_structured as opinions
from references import structured
from references.audits_structured import tridiagonal_solve
from references.contractions import tridiagonal
from references.embedded import column, matrix
from references.interval import Interval, largest

SIZES = ((1, 2), (2, 1), (3, 2), (8, 1))
LARGE = ((32, 2), (16, 1))
PIVOTING = ((("partial_pivoting", True),), (("partial_pivoting", False),))
COMPLEX = tuple((((3, n), (n, 2)), PIVOTING[0]) for n in (2, 3, 8))


def systems(depth: int) -> SearchStrategy[Problem]:
    """Diagonals (B, 3, n) and b (B, n, k); without pivoting the main diagonal dominates."""
    sizes = by_depth(depth, SIZES, LARGE)
    return drawn("tridiagonal", depth, sizes, tuple(OPERANDS), FINE, PIVOTING)


def complex_systems(depth: int) -> SearchStrategy[Problem]:
    """Complex diagonals (B, 3, n) and b (B, n, k)."""
    return placed(depth, COMPLEX, in_complex=True)


def _embedded(diagonals: Array) -> Array:
    return matrix(tridiagonal(diagonals))


def backward(case: Case) -> Interval:
    """The largest ||b - T x|| / (||T|| ||x|| + ||b||) of a right-hand side, infinity norms."""
    a, b = case.problem.inputs
    a = a if case.dtype.is_complex else tridiagonal(a)
    left = residual(a, case.answer[0], b)
    norm_a = Interval(left.a.lower[:, None], left.a.upper[:, None])
    return largest(ratio(left.r, norm_a * left.x + left.b, case.dtype.eps))


def _swapped(tf, call, diagonals, b, **arguments):
    """The diagonals from below in place of those from above: the transpose."""
    return call(tf.reverse(diagonals, [-2]), b, **arguments)


def _unaligned(tf, call, diagonals, b, **arguments):
    """The upper diagonal one place further on."""
    above = tf.roll(diagonals[..., :1, :], 1, -1)
    return call(tf.concat([above, diagonals[..., 1:, :]], -2), b, **arguments)


def _unpivoted(tf, call, diagonals, b, partial_pivoting):
    """Elimination without exchanges, whatever is asked for."""
    return call(diagonals, b, partial_pivoting=False)


def _of_diagonals(tf, call, diagonals, b, **arguments):
    return call(coarse(tf, diagonals), b, **arguments)


def _of_answer(tf, call, diagonals, b, **arguments):
    return coarse(tf, call(diagonals, b, **arguments))


def _conjugated(tf, call, diagonals, b, **arguments):
    return call(tf.math.conj(diagonals), b, **arguments)


BECAUSE = (
    "elimination of neighbours with exchanges gives factors and solutions exact for |E| <= "
    "gamma_n+7 |L||U|: an entry of U takes part in three products, a right-hand side in n, and a "
    "substitution in three (Higham 2002, 8.5, 9.3 and 9.4); growth = || |L||U| ||/||A||, and 3 "
    "without exchanges where the diagonal dominates (9.13); five more in complex arithmetic (3.6)"
)
TRIDIAGONAL_SOLVE = Routine(
    name="linalg.tridiagonal_solve",
    call="linalg.tridiagonal_solve",
    problems=systems,
    complex_problems=complex_systems,
    embedding=Embedding((_embedded, column), (column,)),
    reference=structured.tridiagonal_solve,
    rival=opinions.tridiagonal_solve,
    audit=tridiagonal_solve,
    terms={
        "steps": "n + 7 + 5*complex",
        "grown": "partial_pivoting*growth + 3*(1 - partial_pivoting)",
        "eta": f"0.505*steps/(1 - 0.5*steps*eps)*grown + 1 + {UNDERFLOW_SYSTEM}",
    },
    excused="max(2*eta*kappa*eps, 4*top/huge)",
    claims=(
        Claim(name="backward", measure=backward, bound="eta", because=BECAUSE),
        Claim(
            name="forward",
            measure=columnwise,
            bound="2*eta*kappa/(1 - eta*kappa*eps)",
            unless="2*eta*kappa*eps",
            because=BECAUSE + "; times kappa (Higham 2002, 7.2)",
        ),
    ),
    faults=(
        Fault("diagonals exchanged", _swapped),
        Fault("diagonal shifted", _unaligned),
        Fault("no exchange of rows", _unpivoted),
        Fault("conjugated", _conjugated, complex=True),
        Fault("half the digits of the diagonals", _of_diagonals),
        Fault("half the digits of the answer", _of_answer),
    ),
    volume=0.4,
)

test_tridiagonal_solve = verify(TRIDIAGONAL_SOLVE)

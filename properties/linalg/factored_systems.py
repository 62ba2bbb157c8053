"""tf.linalg.lu_solve, lu_matrix_inverse, cholesky_solve: two substitutions; and lu_reconstruct."""

from __future__ import annotations

import numpy as np
from hypothesis.strategies import SearchStrategy
from numpy.typing import NDArray

from properties import complex_matrices
from properties.draws import (
    CONDITIONED,
    FEW_ORDERS,
    FINE,
    LARGE_ORDERS,
    PARTS,
    by_depth,
    drawn,
)
from properties.entries import columnwise_moduli, unmet_by_factors
from properties.faults import coarse
from properties.linalg.matmul import ENTRYWISE
from properties.linalg.matmul import TERMS as TERMS_OF_PRODUCTS
from properties.routine import Case, Claim, Fault, Problem, Routine
from properties.verify import verify
from references import audits_structured as audits
from references import contractions, factored, numeric
from references import opinions_structured as opinions
from references.audits_numeric import audited
from references.interval import Interval

PACKED = (*CONDITIONED, "dense", "integers", "hilbert")
COMPLEX_PACKED = (*complex_matrices.CONDITIONED, "dense", "gaussian integers", "hilbert")


def packed(depth: int) -> SearchStrategy[Problem]:
    """Packed factors L and U (B, n, n), and the rows in the order of P (B, n)."""
    sizes = [(n, 0) for (n,) in by_depth(depth, FEW_ORDERS[1:], LARGE_ORDERS)]
    return drawn("packed", depth, sizes, PACKED, FINE, ((),))


def packed_systems(depth: int) -> SearchStrategy[Problem]:
    """The same with right-hand sides b (B, n, k)."""
    sizes = [(n, 2) for (n,) in by_depth(depth, FEW_ORDERS[1:], LARGE_ORDERS)]
    return drawn("packed", depth, sizes, PACKED, FINE, ((),))


def complex_packed(depth: int) -> SearchStrategy[Problem]:
    """Packed factors of complex numbers, and the rows in the order of P."""
    sizes = [(n, 0) for (n,) in by_depth(depth, FEW_ORDERS[1:], LARGE_ORDERS)]
    return drawn("complex packed", depth, sizes, COMPLEX_PACKED, PARTS, ((),))


def complex_packed_systems(depth: int) -> SearchStrategy[Problem]:
    """The same with right-hand sides b (B, n, k)."""
    sizes = [(n, 2) for (n,) in by_depth(depth, FEW_ORDERS[1:], LARGE_ORDERS)]
    return drawn("complex packed", depth, sizes, COMPLEX_PACKED, PARTS, ((),))


def cholesky_systems(depth: int) -> SearchStrategy[Problem]:
    """L in the lower triangle of (B, n, n), the rest of which is not read, and b (B, n, k)."""
    sizes = [(n, 2) for (n,) in by_depth(depth, FEW_ORDERS[1:], LARGE_ORDERS)]
    return drawn("systems", depth, sizes, PACKED, FINE, ((),))


def complex_cholesky_systems(depth: int) -> SearchStrategy[Problem]:
    """The same of complex numbers."""
    sizes = [(n, 2) for (n,) in by_depth(depth, FEW_ORDERS[1:], LARGE_ORDERS)]
    return drawn("complex systems", depth, sizes, complex_matrices.STRUCTURES, PARTS, ((),))


def _unmet(case: Case, lower: NDArray, upper: NDArray, b: NDArray) -> Interval:
    known, n = case.truth.quantities, lower.shape[1]
    size_l, size_u = known["size_l"].upper, known["size_u"].upper
    with np.errstate(over="ignore"):
        lost = n * (2 + size_l + n * size_l * (2 + size_u)) * case.dtype.tiny
    return unmet_by_factors((lower, upper), case.answer[0], b, lost, case.dtype.eps)


def backward(case: Case) -> Interval:
    """|P b - L U x| / (|L||U||x|) entry by entry; b is the identity for inverses."""
    factors, perm, *rest = case.problem.inputs
    b = rest[0] if rest else np.zeros_like(factors) + np.eye(factors.shape[1])
    order = perm.real.astype(np.int64)[:, :, None]
    return _unmet(case, *contractions.unpacked(factors), np.take_along_axis(b, order, axis=1))


def backward_of_cholesky(case: Case) -> Interval:
    """|b - L L^H x| / (|L||L^H||x|) entry by entry."""
    lower = np.tril(case.problem.inputs[0])
    return _unmet(case, lower, np.swapaxes(lower.conj(), 1, 2), case.problem.inputs[1])


BECAUSE = (
    "each substitution is exact for a factor off by gamma_n+1 of itself, in any order, reciprocals "
    "of pivots included: |b - L U x| <= 2 gamma_n+1 |L||U||x|, to which gamma_2n+2 adds their "
    "product (Higham 2002, 8.5 and 9.4); six more each in complex arithmetic (3.6)"
)
FORWARD = Claim(
    name="forward",
    measure=columnwise_moduli,
    bound="reach/(1 - reach*eps)",
    unless="2*reach*eps",
    because=BECAUSE + "; so x is off by gamma (|U^-1||U| + |U^-1||L^-1||L||U|) |x|, amplified",
)
TERMS = {
    "steps": "2*(n + 1 + 6*complex)",
    "gamma": "0.505*steps/(1 - 0.5*steps*eps)",
    "lost": "n*(2 + size_l + n*size_l*(2 + size_u))*tiny/eps",
    "reach": "0.5*gamma*amplified + inverse*lost/norm_x",
}
EXCUSED = "max(2*reach*eps, 4*top/huge)"


def _unordered(tf, call, lower_upper, perm, *rest):
    """Rows as they stand, permutation or not."""
    rows = tf.range(perm.shape[-1])
    return call(lower_upper, tf.zeros_like(perm) + tf.cast(rows, perm.dtype), *rest)


def _backwards(tf, call, lower_upper, perm, *rest):
    """P^T for P."""
    order = tf.argsort(tf.cast(tf.math.real(perm), tf.int32), -1)
    return call(lower_upper, tf.cast(order, perm.dtype), *rest)


def _with_pivots(tf, call, lower_upper, perm, *rest):
    """The stored diagonal taken for that of L too: rows of L U divided by the pivots."""
    pivots = tf.linalg.diag_part(lower_upper)[..., None]
    upper = tf.linalg.band_part(lower_upper, 0, -1)
    return call(lower_upper - upper + upper * pivots, perm, *rest)


def _conjugated(tf, call, lower_upper, *rest):
    return call(tf.math.conj(lower_upper), *rest)


def _of_factors(tf, call, lower_upper, *rest):
    return call(coarse(tf, lower_upper), *rest)


def _of_answer(tf, call, *inputs):
    return coarse(tf, call(*inputs))


COMMON = (
    Fault("half the digits of the factors", _of_factors),
    Fault("half the digits of the answer", _of_answer),
)
OF_PACKED = (
    *COMMON,
    Fault("permutation ignored", _unordered),
    Fault("inverse permutation", _backwards),
    Fault("pivots in both factors", _with_pivots),
    Fault("factors conjugated", _conjugated, complex=True),
)


def _upper_read(tf, call, chol, rhs):
    """The upper triangle taken for the adjoint of L."""
    return call(tf.linalg.adjoint(chol), rhs)


def _unconjugated(tf, call, chol, rhs):
    """L L^T for L L^H: the answer to conjugates, conjugated where that is no use."""
    return tf.math.conj(call(chol, rhs))


CALLS = "properties.linalg.calls"
LU_SOLVE = Routine(
    name="linalg.lu_solve",
    call=f"{CALLS}:lu_solve",
    problems=packed_systems,
    complex_problems=complex_packed_systems,
    reference=factored.lu_solve,
    rival=opinions.lu_solve,
    audit=audits.lu_solve,
    terms=TERMS,
    excused=EXCUSED,
    claims=(Claim(name="backward", measure=backward, bound="gamma", because=BECAUSE), FORWARD),
    faults=OF_PACKED,
    volume=0.3,
)
LU_MATRIX_INVERSE = Routine(
    name="linalg.lu_matrix_inverse",
    call=f"{CALLS}:lu_matrix_inverse",
    problems=packed,
    complex_problems=complex_packed,
    reference=factored.lu_matrix_inverse,
    rival=opinions.lu_matrix_inverse,
    audit=audits.lu_matrix_inverse,
    terms=TERMS,
    excused=EXCUSED,
    claims=(Claim(name="backward", measure=backward, bound="gamma", because=BECAUSE), FORWARD),
    faults=OF_PACKED,
    volume=0.3,
)
LU_RECONSTRUCT = Routine(
    name="linalg.lu_reconstruct",
    call=f"{CALLS}:lu_reconstruct",
    problems=packed,
    complex_problems=complex_packed,
    reference=contractions.lu_reconstruct,
    rival=numeric.lu_reconstruct,
    audit=audited("lu_reconstruct"),
    terms=TERMS_OF_PRODUCTS,
    excused="4*top/huge",
    claims=(ENTRYWISE,),
    faults=OF_PACKED,
    volume=0.3,
)
CHOLESKY_SOLVE = Routine(
    name="linalg.cholesky_solve",
    call="linalg.cholesky_solve",
    problems=cholesky_systems,
    complex_problems=complex_cholesky_systems,
    reference=factored.cholesky_solve,
    rival=opinions.cholesky_solve,
    audit=audits.cholesky_solve,
    terms=TERMS,
    excused=EXCUSED,
    claims=(
        Claim(name="backward", measure=backward_of_cholesky, bound="gamma", because=BECAUSE),
        FORWARD,
    ),
    faults=(
        *COMMON,
        Fault("upper triangle read", _upper_read),
        Fault("conjugated", _unconjugated, complex=True),
        Fault("one factor only",
              lambda tf, call, a, b: tf.linalg.triangular_solve(a, b)),
        Fault("first right-hand side for all",
              lambda tf, call, a, b: tf.zeros_like(b) + call(a, b[..., :1])),
    ),
    volume=0.3,
)  # fmt: skip

test_lu_solve = verify(LU_SOLVE)
test_lu_matrix_inverse = verify(LU_MATRIX_INVERSE)
test_lu_reconstruct = verify(LU_RECONSTRUCT)
test_cholesky_solve = verify(CHOLESKY_SOLVE)

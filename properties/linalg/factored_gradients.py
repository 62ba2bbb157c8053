"""Gradients of tf.linalg.cholesky_solve and lu_solve: what factors and right-hand sides get."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis.strategies import SearchStrategy
from numpy.typing import NDArray

from properties import complex_matrices
from properties.draws import FINE, LARGE_ORDERS, PARTS, by_depth, drawn
from properties.entries import unmet_by_factors
from properties.linalg.factored_systems import COMPLEX_PACKED, PACKED, TERMS
from properties.linalg.gradients import HERE
from properties.linalg.through_systems import (
    FAULTS,
    FORWARD,
    PRODUCT,
    TRANSPOSED,
    beside,
    kept_alone,
    threefold_left,
    turned,
)
from properties.routine import Case, Claim, Fault, Problem, Routine
from properties.verify import verify
from references import pullbacks_of_systems as pullbacks
from references import pullbacks_of_systems_opinions as opinions
from references.contractions import unpacked
from references.interval import Interval

ORDERS = ((2, 2), (3, 1), (5, 2))
COMPLEX_ORDERS = ((2, 2), (8, 2))


def _sizes(depth: int, orders: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    return by_depth(depth, orders, [(n, 2) for (n,) in LARGE_ORDERS[:2]])


def packed(depth: int) -> SearchStrategy[Problem]:
    """Packed L and U (B, n, n), the order of P (B, n), b (B, n, k), and what is above."""
    return drawn("packed and above", depth, _sizes(depth, ORDERS), PACKED, FINE, ((),))


def complex_packed(depth: int) -> SearchStrategy[Problem]:
    """The same of complex numbers."""
    sizes = _sizes(depth, COMPLEX_ORDERS)
    return drawn("complex packed and above", depth, sizes, COMPLEX_PACKED, PARTS, ((),))


def systems(depth: int) -> SearchStrategy[Problem]:
    """L in the lower triangle of (B, n, n), b (B, n, k), and of its shape what is above."""
    return drawn("systems and above", depth, _sizes(depth, ORDERS), PACKED, FINE, ((),))


def complex_systems(depth: int) -> SearchStrategy[Problem]:
    """The same of complex numbers."""
    structures = complex_matrices.STRUCTURES
    sizes = _sizes(depth, COMPLEX_ORDERS)
    return drawn("complex systems and above", depth, sizes, structures, PARTS, ((),))


def _unmet(case: Case, lower: NDArray, upper: NDArray, x: NDArray, b: NDArray) -> Interval:
    """|b - L U x| / (|L||U||x|) entry by entry, as of linalg.lu_solve and cholesky_solve."""
    n = lower.shape[1]
    size_l, size_u = (np.abs(side).max(axis=(1, 2)) for side in (lower, upper))
    with np.errstate(over="ignore"):
        lost = n * (2 + size_l + n * size_l * (2 + size_u)) * case.dtype.tiny
    return unmet_by_factors((lower, upper), x, b, lost, case.dtype.eps)


def backward_of_cholesky(case: Case) -> Interval:
    """Both solutions of L L^H x = b and L L^H y = w."""
    chol, rhs, above = case.problem.inputs
    _, y, x = case.answer
    lower = np.tril(chol)
    return beside(*(_unmet(case, lower, turned(lower), *pair) for pair in ((x, rhs), (y, above))))


def backward_of_lu(case: Case) -> Interval:
    """Both solutions of L U x = P b and U^H L^H P y = w."""
    (lower, upper), x, rhs, y = _ordered(case)
    above = case.problem.inputs[3]
    return beside(
        _unmet(case, lower, upper, x, rhs), _unmet(case, turned(upper), turned(lower), y, above)
    )


def _ordered(case: Case) -> tuple[tuple[NDArray, NDArray], NDArray, NDArray, NDArray]:
    """L and U, x, and b and y in the order of P."""
    packed, perm, rhs, _ = case.problem.inputs
    _, y, x = case.answer
    order = perm.real.astype(np.int64)[:, :, None]
    rhs, y = (np.take_along_axis(side, order, axis=1) for side in (rhs, y))
    return unpacked(packed), x, rhs, y


def product_of_cholesky(case: Case) -> Interval:
    """|G + (y x^H + x y^H) L| / ((|y||x^H| + |x||y^H|)|L|) in the lower triangle."""
    given, y, x = case.answer
    lower, whole = np.tril(case.problem.inputs[0]), np.tril(given)
    sides = np.concatenate([y, x], axis=2), turned(np.concatenate([x, y], axis=2)), lower
    error = threefold_left(whole, sides, (x, y), lower, case.dtype)
    return kept_alone(error, given, whole, np.tri(lower.shape[1]) != 0)


def product_of_lu(case: Case) -> Interval:
    """|G + y x^H U^H| / (|y||x^H||U^H|) below the diagonal, |G + L^H y x^H| / ... from it on."""
    (lower, upper), x, _, y = _ordered(case)
    given, dtype, across = case.answer[0], case.dtype, turned(x)
    below = threefold_left(given, (y, across, turned(upper)), (x, y), upper, dtype)
    others = threefold_left(given, (turned(lower), y, across), (x, y), lower, dtype)
    where = np.tri(given.shape[1], k=-1) != 0
    return Interval(*(
        np.where(where, *ends)
        for ends in ((below.lower, others.lower), (below.upper, others.upper))
    ))  # fmt: skip


def _lower_alone(tf, call, a, b, above):
    """Of the first of two systems alone: as if L^H were another matrix."""
    _, y, x = call(a, b, above)
    lower = tf.linalg.band_part(a, -1, 0)
    z = tf.linalg.matmul(lower, x, adjoint_a=True)
    return tf.linalg.band_part(-tf.linalg.matmul(y, z, adjoint_b=True), -1, 0), y, x


def _with_upper(tf, call, a, b, above):
    """With the entries beyond the triangle, which are not read."""
    of_a, y, x = call(a, b, above)
    whole = tf.linalg.matmul(y, x, adjoint_b=True)
    return of_a - whole + tf.linalg.band_part(whole, -1, 0), y, x


def _unhalved(tf, call, a, b, above):
    """The diagonal twice."""
    of_a, y, x = call(a, b, above)
    return of_a + tf.linalg.diag(tf.linalg.diag_part(of_a)), y, x


def _unordered(tf, call, a, perm, b, above):
    """What the right-hand side gets in the order of P."""
    of_a, y, x = call(a, perm, b, above)
    order = tf.cast(tf.math.real(perm), tf.int32)
    return of_a, tf.gather(y, order, axis=1, batch_dims=1), x


def _diagonal_of_lower(tf, call, a, perm, b, above):
    """The diagonal of L, which is not stored, gets its part too."""
    of_a, y, x = call(a, perm, b, above)
    order = tf.cast(tf.math.real(perm), tf.int32)
    z = tf.linalg.matmul(tf.linalg.band_part(a, 0, -1), x)
    of_ones = tf.reduce_sum(tf.gather(y, order, axis=1, batch_dims=1) * tf.math.conj(z), -1)
    return of_a - tf.linalg.diag(of_ones), y, x


def _of_product(tf, call, a, perm, b, above):
    """What the product of the factors gets, for what they get."""
    _, y, x = call(a, perm, b, above)
    order = tf.cast(tf.math.real(perm), tf.int32)
    moved = tf.gather(y, order, axis=1, batch_dims=1)
    return -tf.linalg.matmul(moved, x, adjoint_b=True), y, x


SOLVED = (
    "each substitution is exact for a factor off by gamma_n+1 of itself, whichever way it goes, as "
    "of linalg.lu_solve and linalg.cholesky_solve"
)
MULTIPLIED = (
    "what one factor makes of a solution was solved for before it, and is that but for gamma_n+1 "
    "of sizes (Higham 2002, 8.5); then " + PRODUCT
)


def _claims(backward: Callable, product: Callable) -> tuple[Claim, ...]:
    return (
        Claim(name="backward", measure=backward, bound="gamma", because=SOLVED),
        Claim(
            name="product",
            measure=product,
            bound="one + 0.505*(terms + 4 + 2*complex)",
            because=MULTIPLIED,
        ),
        *FORWARD,
    )


SUBSTITUTIONS = {
    **{name: TERMS[name] for name in ("steps", "gamma")},  # of both factors
    "one": "0.505*steps/2/(1 - 0.5*steps*eps)",
    "off": "one*worn + 0.505*(terms + 1 + 2*complex)*formed + lost*tiny/eps",
    "strayed": "one*moved + flushed*tiny/eps",
    "doubt": "2*eps*max(off, strayed, one*astray)",
}
EXCUSED = "max(doubt, 4*peak/huge)"
CHOLESKY_SOLVE = Routine(
    name="linalg.cholesky_solve.gradient",
    call=f"{HERE}:cholesky_solve",
    problems=systems,
    complex_problems=complex_systems,
    reference=pullbacks.cholesky_solve,
    rival=opinions.cholesky_solve,
    audit=opinions.audit_cholesky_solve,
    terms=SUBSTITUTIONS,
    excused=EXCUSED,
    claims=_claims(backward_of_cholesky, product_of_cholesky),
    faults=(
        *FAULTS,
        TRANSPOSED,
        Fault("of the first system alone", _lower_alone),
        Fault("entries beyond the triangle", _with_upper),
        Fault("diagonal twice", _unhalved),
    ),
    volume=0.25,  # each shape is traced and compiled, and its truths come from balls
    pullback=True,
)
LU_SOLVE = Routine(
    name="linalg.lu_solve.gradient",
    call=f"{HERE}:lu_solve",
    problems=packed,
    complex_problems=complex_packed,
    reference=pullbacks.lu_solve,
    rival=opinions.lu_solve,
    audit=opinions.audit_lu_solve,
    terms=SUBSTITUTIONS,
    excused=EXCUSED,
    claims=_claims(backward_of_lu, product_of_lu),
    faults=(
        *FAULTS,
        TRANSPOSED,
        Fault("in the order of the rows", _unordered),
        Fault("diagonal of ones counted", _diagonal_of_lower),
        Fault("of the product of the factors", _of_product),
    ),
    volume=0.25,
    pullback=True,
)

test_cholesky_solve = verify(CHOLESKY_SOLVE)
test_lu_solve = verify(LU_SOLVE)

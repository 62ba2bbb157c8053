"""Exact solutions of least squares and minimum norm problems of full rank."""

from __future__ import annotations

import numpy as np
from flint import arb, arb_mat
from numpy.typing import NDArray

from references import norms
from references.balls import (
    TARGET,
    Pieces,
    adaptive,
    diagonal,
    engines,
    finite_members,
    identity,
    matrix,
    pieces,
    store,
    unproved,
)
from references.doubledouble import exact_scale, shift
from references.exact import rank
from references.interval import Interval, maximum, sqrt
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
SUSPECT = 45.0  # log2 of the float64 condition from where the rank is asked before balls


def lstsq(
    a: Array, rhs: Array, *, l2_regularizer: float = 0.0, fast: bool = True, level: int = 0
) -> Truth:
    """The x of least ||A x - b||^2 + l2 ||x||^2, of least norm if A is wide.

    a (B, m, n), rhs (B, m, k). As in TensorFlow, `l2_regularizer` counts only if `fast`; it is
    taken as the exact float64. Without full rank and without a regulariser there is no answer
    here (TensorFlow's slow path promises the one of least norm; no truth is given for it).

    Quantities, in the 2-norm: kappa = s_1 / s_min of A; if regularised of [A; sqrt(l2) I], for
    a wide A of [A^T; sqrt(l2) I], so that kappa^2 is always the condition of the smaller of
    A^T A + l2 I and A A^T + l2 I. norm_a. norm_b and norm_x, the smallest over the columns,
    largest_b and largest_x.
    incompatibility, the largest over the columns of ||b - A x|| / (||A|| ||x||), the term that
    Wedin's bound has besides kappa (Higham 2002, theorem 20.1).
    """
    damping = float(l2_regularizer) if fast else 0.0
    count, m, n = a.shape
    small = min(m, n)
    finite = finite_members(a, rhs)
    x, residual = unproved(count, n, rhs.shape[2]), unproved(*rhs.shape)
    inverse = unproved(count, small, small)
    exists = finite.copy()
    scale = exact_scale(a)
    usable = shift(np.where(finite[:, None, None], a, 0.0), -scale)
    spread = norms.log2_condition(usable)
    for i in np.flatnonzero(finite):
        if damping == 0 and spread[i] > SUSPECT and rank(a[i]) < small:
            exists[i] = False
            continue
        bits = TARGET[level] + 3 * min(spread[i], 60.0) + 2.2 * small + 8
        found = _member(a[i], rhs[i], damping, bits, level)
        if found is not None:
            for part, piece in zip((x, residual, inverse), found, strict=True):
                store(part, i, piece)
        elif damping == 0:
            exists[i] = rank(a[i]) == small
    norm_a = norms.known(norms.scaled(norms.two_norm(usable), scale), finite)
    kappa = _condition(usable, scale, inverse, damping)
    norm_b = norms.scaled(norms.column_norms(norms.entries(_scaled_down(rhs))), exact_scale(rhs))
    norm_x = norms.scaled(norms.column_norms(norms.absolute(x)), x.exponent)
    norm_r = norms.scaled(norms.column_norms(norms.absolute(residual)), residual.exponent)
    quantities = {
        "kappa": norms.infinite(kappa, finite & ~exists),
        "norm_a": norm_a,
        "norm_b": norms.known(norms.smallest(norm_b), finite),
        "norm_x": norms.smallest(norm_x),
        "largest_b": norms.known(norms.largest(norm_b), finite),
        "largest_x": norms.largest(norm_x),
        "incompatibility": norms.largest(norms.over(norm_r, norm_a[:, None] * norm_x)),
    }
    return Truth((x,), quantities, exists, engines(x, exists, finite))


def _member(
    a: Array, rhs: Array, damping: float, bits: float, level: int
) -> tuple[Pieces, Pieces, Pieces] | None:
    """Solution, residual b - A x and inverse of the smaller Gram matrix of one member.

    The normal equations square the condition: balls pay with bits, not with accuracy.
    """
    m, n = a.shape
    small, k = min(m, n), rhs.shape[1]
    balls, right = matrix(a), matrix(rhs)
    across = balls.transpose()
    regulariser = diagonal([arb(damping)] * small)

    def compute() -> tuple[Pieces, Pieces, Pieces]:
        gram = (across * balls if m >= n else balls * across) + regulariser
        known = (across * right if m >= n else right).tolist()
        unit = identity(small).tolist()
        columns = arb_mat([left + line for left, line in zip(known, unit, strict=True)])
        rows = gram.solve(columns, algorithm="lu").tolist()
        x = arb_mat(small, k, [entry for row in rows for entry in row[:k]])
        x = x if m >= n else across * x
        inverse = arb_mat(small, small, [entry for row in rows for entry in row[k:]])
        return pieces(x), pieces(right - balls * x), pieces(inverse)

    return adaptive(compute, bits, lambda found: found[0].tight(level) and found[2].tight(0))


def _condition(
    usable: Array, scale: NDArray[np.int64], inverse: Enclosure, damping: float
) -> Interval:
    """sqrt(||G|| ||G^-1||) of the regularised Gram matrices G, `usable` being A / 2^scale."""
    root = int(np.frexp(damping)[1] // 2 + 1) if damping else int(scale.min(initial=0))
    common = np.maximum(scale, root)
    reduced = shift(usable, scale - common)
    extra = norms.scaled(Interval.exact(np.full(len(usable), damping)), -2 * common)
    noise = norms.frobenius(inverse.radius) + norms.frobenius(inverse.lo)
    squared = (norms.two_norm_squared(reduced) + extra) * norms.largest_eigenvalue(
        inverse.hi, noise
    )
    return maximum(sqrt(norms.scaled(squared, 2 * common + inverse.exponent)), 1.0)


def _scaled_down(array: Array) -> Array:
    finite = finite_members(array)
    return shift(np.where(finite[:, None, None], array, 0.0), -exact_scale(array))

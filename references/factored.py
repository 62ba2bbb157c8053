"""Exact solutions of systems whose factors are given: L U x = P b and L L^H x = b, real or complex.

Each member is solved in balls, L first, at a precision that is raised until the answer is known
(references/balls.py); complex ones as real ones of twice the order. Quantities, in moduli and the
infinity norm: `amplified`, || |U^-1||U| + |U^-1||L^-1||L||U| ||, what errors of one unit in every
entry of both factors do to x (Higham 2002, 9.4 and 14.3); `inverse`, || |U^-1||L^-1| ||; `size_l`
and `size_u`, the largest entries of the factors; `top`, what a partial sum may reach: the larger
of || |L||U| || and ||U|| times the largest entry of x; `norm_x`, the smallest over the columns of
the largest entry.
"""

from __future__ import annotations

import numpy as np
from flint import arb_mat
from numpy.typing import NDArray

from references import embedded, norms
from references.balls import (
    TARGET,
    Pieces,
    adaptive,
    engines,
    finite_members,
    matrix,
    pieces,
    store,
    unproved,
)
from references.contractions import unpacked
from references.embedded import column, folded_enclosure
from references.interval import Interval, largest, maximum
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]


def lu_solve(lower_upper: NDArray, perm: NDArray, rhs: NDArray, *, level: int = 0) -> Truth:
    """x of L U x = P rhs: packed factors (B, n, n), rows in the order of P (B, n), (B, n, k)."""
    order = perm.real.astype(np.int64)[:, :, None]
    return solved(*unpacked(lower_upper), np.take_along_axis(rhs, order, axis=1), level)


def lu_matrix_inverse(lower_upper: NDArray, perm: NDArray, *, level: int = 0) -> Truth:
    """The inverse of P^T L U: packed factors (B, n, n), rows in the order of P (B, n)."""
    identity = np.zeros_like(lower_upper) + np.eye(lower_upper.shape[1])
    return lu_solve(lower_upper, perm, identity, level=level)


def cholesky_solve(chol: NDArray, rhs: NDArray, *, level: int = 0) -> Truth:
    """The x of L L^H x = rhs, L the lower triangle of (B, n, n): (B, n, k)."""
    lower = np.tril(chol)
    return solved(lower, np.swapaxes(lower.conj(), 1, 2), rhs, level)


def solved(lower: NDArray, upper: NDArray, rhs: NDArray, level: int) -> Truth:
    """The x of L U x = rhs for triangular (B, n, n) and (B, n, k); none where a pivot is zero."""
    finite = finite_members(lower, upper, rhs)
    pivots = np.einsum("bii->bi", lower) * (np.einsum("bii->bi", upper) != 0)
    exists = finite & (pivots != 0).all(axis=1)
    keep = exists[:, None, None]
    identity = np.eye(lower.shape[1], dtype=lower.dtype)
    lower, upper = np.where(keep, lower, identity), np.where(keep, upper, identity)
    rhs = np.where(keep, rhs, 0.0)
    if np.iscomplexobj(lower):
        part = _in_balls(embedded.matrix(lower), embedded.matrix(upper), column(rhs), level)
        part = folded_enclosure(part)
    else:
        part = _in_balls(lower, upper, rhs, level)
    part.radius[~exists] = np.inf
    quantities = _quantities(lower, upper, part)
    known = {name: norms.known(value, exists) for name, value in quantities.items()}
    return Truth((part,), known, exists | ~finite, engines(part, exists | ~finite, finite))


def _in_balls(lower: Array, upper: Array, rhs: Array, level: int) -> Enclosure:
    part = unproved(*rhs.shape)
    for i in range(len(rhs)):
        first, second, right = matrix(lower[i]), matrix(upper[i]), matrix(rhs[i])

        def compute(
            first: arb_mat = first, second: arb_mat = second, right: arb_mat = right
        ) -> Pieces:
            inner = first.solve(right, algorithm="lu")
            return pieces(second.solve(inner, algorithm="lu"))

        found = adaptive(compute, TARGET[level] + 60, lambda x: x.tight(level))
        if found is not None:
            store(part, i, found)
    return part


def _quantities(lower: NDArray, upper: NDArray, part: Enclosure) -> dict[str, Interval]:
    sides = [embedded.inv(x) for x in (lower, upper)]
    inverse_l, inverse_u = (_moduli(truth.parts[0]) for truth in sides)
    size_l, size_u = (norms.entries(np.abs(x)) for x in (lower, upper))
    rows = norms.row_sums(size_u)
    through = _times(size_l, rows)
    back = _times(inverse_l, through)
    ones = Interval.exact(np.ones(rows.upper.shape))
    x = _moduli(part)
    return {
        "amplified": norms.clipped(largest(_times(inverse_u, rows + back))),
        "inverse": norms.clipped(largest(_times(inverse_u, _times(inverse_l, ones)))),
        "size_l": norms.clipped(largest(size_l)),
        "size_u": norms.clipped(largest(size_u)),
        "top": norms.clipped(maximum(largest(through), largest(rows)) * largest(x)),
        "norm_x": norms.smallest_column(x),
    }


def _moduli(part: Enclosure) -> Interval:
    """|entries| of an enclosure, with its power of two; of complex ones, |re| + |im| at most."""
    if not np.iscomplexobj(part.hi):
        return norms.scaled(norms.absolute(part), part.exponent)
    wide = part.radius + np.abs(part.lo.real) + np.abs(part.lo.imag)
    wide = wide * (1 + 2.0**-40)
    size = np.abs(part.hi)
    around = Interval.around(size, wide + size * 2.0**-50)
    return norms.scaled(norms.clipped(around), part.exponent)


def _times(a: Interval, x: Interval) -> Interval:
    """A x of numbers that are not negative: (B, n, n) and (B, n)."""
    with np.errstate(all="ignore"):
        sides = [
            (side @ other[:, :, None])[:, :, 0]
            for side, other in ((a.lower, x.lower), (a.upper, x.upper))
        ]
    lower = np.where(np.isnan(sides[0]), 0.0, sides[0])
    upper = np.where(np.isnan(sides[1]), np.inf, sides[1])
    slack = (4 * a.lower.shape[2] + 4) * 2.0**-53
    return norms.clipped(Interval(lower * (1 - slack), upper * (1 + slack) + 2.0**-1060))


def lu(a: NDArray, *, level: int = 0) -> Truth:
    """The shapes of packed factors (B, n, n) and of the order of the rows (B, n).

    Both are left open, for pivots may tie. Quantities are those of inverses: kappa, growth, norm_a
    (references/linear.py).
    """
    truth = embedded.inv(a, level=0)
    parts = tuple(
        Enclosure(
            np.zeros(shape, kind), np.zeros(shape, kind), np.full(shape, np.inf),
            np.zeros(len(a), np.int64),
        )
        for shape, kind in ((a.shape, a.dtype), (a.shape[:2], a.dtype))
    )  # fmt: skip
    finite = finite_members(a)
    return Truth(parts, truth.quantities, finite, engines(parts[0], finite, finite))

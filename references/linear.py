"""Exact solutions of square systems, with their condition; least squares beside them.

Stacks of float64, exact numbers. Every answer is proved by ball arithmetic (python-flint), one
member at a time; singular matrices are recognised by exact integers. A member with NaN or an
infinity has no answer and a condition nobody knows; a singular one has infinite condition.
"""

from __future__ import annotations

import numpy as np
from flint import arb_mat
from numpy.typing import NDArray

from references import norms
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
from references.doubledouble import exact_scale, shift
from references.elimination import eliminate
from references.exact import rank
from references.interval import Interval, maximum
from references.least_squares import lstsq
from references.truth import Enclosure, Truth

__all__ = ["inv", "lstsq", "solve"]

Array = NDArray[np.float64]
SUSPECT = 45.0  # log2 of the pivots' spread from where singularity is asked before balls


def solve(a: Array, rhs: Array, *, adjoint: bool = False, level: int = 0) -> Truth:
    """The x of A x = rhs, or of A^T x = rhs: a (B, n, n), rhs (B, n, k).

    Quantities, all in the infinity norm and of A^T if `adjoint`: kappa = ||A|| ||A^-1||,
    skeel = || |A^-1| |A| || (Higham 2002, 7.2), growth (see `elimination`), norm_a, and norm_b,
    norm_x: the smallest over the columns of the largest entry.
    """
    a = np.swapaxes(a, 1, 2) if adjoint else a
    finite = finite_members(a, rhs)
    x, _, exists, conditions = _systems(a, rhs, finite, level)
    norm_b = norms.smallest_column(norms.entries(rhs))
    norm_x = norms.scaled(norms.smallest_column(norms.absolute(x)), x.exponent)
    quantities = conditions | {"norm_b": norms.known(norm_b, finite), "norm_x": norm_x}
    return Truth((x,), quantities, exists, engines(x, exists, finite))


def inv(a: Array, *, adjoint: bool = False, level: int = 0) -> Truth:
    """The inverse of A, or of A^T: a (B, n, n).

    Quantities as for `solve`; norm_x is the infinity norm of the inverse.
    """
    a = np.swapaxes(a, 1, 2) if adjoint else a
    finite = finite_members(a)
    _, inverse, exists, conditions = _systems(a, a[:, :, :0], finite, level)
    norm_x = norms.scaled(norms.infinity_norm(norms.absolute(inverse)), inverse.exponent)
    quantities = conditions | {"norm_x": norm_x}
    return Truth((inverse,), quantities, exists, engines(inverse, exists, finite))


def _systems(
    a: Array, rhs: Array, finite: NDArray[np.bool_], level: int
) -> tuple[Enclosure, Enclosure, NDArray[np.bool_], dict[str, Interval]]:
    """Solutions, inverses, whether they exist, and the quantities that belong to A alone."""
    n = a.shape[1]
    x, inverse = unproved(*rhs.shape), unproved(*a.shape)
    exists = finite.copy()
    growth, spread = eliminate(a)
    for i in np.flatnonzero(finite):
        if spread[i] > SUSPECT and rank(a[i]) < n:
            exists[i] = False
            continue
        bits = TARGET[level] + min(spread[i], 4000.0) + 2.2 * n + 8
        found = _system(a[i], rhs[i], bits, level)
        if found is not None:
            store(x, i, found[0])
            store(inverse, i, found[1])
        else:
            exists[i] = rank(a[i]) == n
    scale = exact_scale(a)
    size = norms.entries(shift(np.where(finite[:, None, None], a, 0.0), -scale))
    norm_a = norms.infinity_norm(size)
    size_inverse = norms.absolute(inverse)
    singular = finite & ~exists
    kappa = norm_a * norms.infinity_norm(size_inverse)
    skeel = norms.weighted_row_sums(size_inverse, norms.row_sums(size))
    together = scale + inverse.exponent
    quantities = {
        "kappa": norms.infinite(maximum(norms.scaled(kappa, together), 1.0), singular),
        "skeel": norms.infinite(maximum(norms.scaled(skeel, together), 1.0), singular),
        "growth": growth,
        "columns": norms.over(norms.column_lengths(size), norm_a),
        "norm_a": norms.known(norms.scaled(norm_a, scale), finite),
    }
    return x, inverse, exists, quantities


def _system(a: Array, rhs: Array, bits: float, level: int) -> tuple[Pieces, Pieces] | None:
    """The solution and the inverse of one member, by LU decomposition in balls."""
    n, k = rhs.shape
    balls = matrix(a)
    right = matrix(np.hstack([rhs, np.eye(n)]))

    def compute() -> tuple[Pieces, Pieces]:
        rows = balls.solve(right, algorithm="lu").tolist()
        x = arb_mat(n, k, [entry for row in rows for entry in row[:k]])
        inverse = arb_mat(n, n, [entry for row in rows for entry in row[k:]])
        return pieces(x), pieces(inverse)

    # conditions are rounded to float64 anyway: level 0 does for the inverse beside a solution
    def accept(found: tuple[Pieces, Pieces]) -> bool:
        return found[0].tight(level) and found[1].tight(0 if k else level)

    return adaptive(compute, bits, accept)

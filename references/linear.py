"""Exact solutions of dense systems, square and by least squares, with their condition.

Stacks of float64, exact numbers. Every answer is proved by ball arithmetic (python-flint), one
member at a time; singular matrices are recognised by exact integers. A member with NaN or an
infinity has no answer and a condition nobody knows; a singular one has infinite condition.
"""

from __future__ import annotations

import numpy as np
from flint import arb, arb_mat
from numpy.typing import NDArray

from references import norms
from references.balls import (
    TARGET,
    Pieces,
    adaptive,
    identity,
    matrix,
    pieces,
    power_of_two,
    store,
    unproved,
)
from references.doubledouble import exact_scale, shift
from references.elimination import eliminate
from references.exact import rank
from references.interval import Interval, maximum, sqrt
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
NEARLY_SINGULAR = 40.0  # log2 of the pivots' spread from where exact singularity is asked first


def solve(a: Array, rhs: Array, *, adjoint: bool = False, level: int = 0) -> Truth:
    """The x of A x = rhs, or of A^T x = rhs: a (B, n, n), rhs (B, n, k).

    Quantities, all in the infinity norm and of A^T if `adjoint`: kappa = ||A|| ||A^-1||,
    skeel = || |A^-1| |A| || (Higham 2002, 7.2), growth (see `elimination`), norm_a, and norm_b,
    norm_x: the smallest over the columns of the largest entry.
    """
    a = np.swapaxes(a, 1, 2) if adjoint else a
    finite = _finite(a, rhs)
    x, inverse, exists, conditions = _systems(a, rhs, finite, level)
    size_b = _known(Interval.exact(np.abs(rhs)), finite)
    quantities = conditions | {
        "norm_b": norms.smallest_column(size_b),
        "norm_x": norms.scaled(norms.smallest_column(norms.absolute(x)), x.exponent),
    }
    return Truth((x,), quantities, exists, _engines(exists, x))


def inv(a: Array, *, adjoint: bool = False, level: int = 0) -> Truth:
    """The inverse of A, or of A^T: a (B, n, n).

    Quantities as for `solve`; norm_x is the infinity norm of the inverse.
    """
    a = np.swapaxes(a, 1, 2) if adjoint else a
    nothing = np.zeros((*a.shape[:2], 0))
    _, inverse, exists, conditions = _systems(a, nothing, _finite(a), level)
    norm_x = norms.scaled(norms.infinity_norm(norms.absolute(inverse)), inverse.exponent)
    return Truth(
        (inverse,), conditions | {"norm_x": norm_x}, exists, _engines(exists, inverse)
    )


def lstsq(
    a: Array, rhs: Array, *, l2_regularizer: float = 0.0, fast: bool = True, level: int = 0
) -> Truth:
    """The x of least ||A x - b||^2 + l2 ||x||^2, of least norm if A is wide: A (B, m, n).

    As in TensorFlow, `l2_regularizer` counts only if `fast`; it is taken as the exact float64.
    A without full rank, and no regulariser, has no answer here.

    Quantities, all in the 2-norm: kappa = s_1 / s_min of A; of [A; sqrt(l2) I] if regularised,
    or of its transpose's counterpart if A is wide, so that kappa^2 is always the condition of
    the smaller of the two matrices A^T A + l2 I and A A^T + l2 I. norm_a; norm_b and norm_x, the
    smallest over the columns; incompatibility, the largest over the columns of
    ||b - A x|| / (||A|| ||x||) (Wedin's term: Higham 2002, 20.1).
    """
    damping = float(l2_regularizer) if fast else 0.0
    count, m, n = a.shape
    small = min(m, n)
    finite = _finite(a, rhs)
    scale = exact_scale(a)
    x, residual, inverse = (
        unproved(count, n, rhs.shape[2]), unproved(*rhs.shape), unproved(count, small, small),
    )  # fmt: skip
    exists = finite.copy()
    start = _bits(shift(np.where(finite[:, None, None], a, 0.0), -scale))
    for i in np.flatnonzero(finite):
        if damping == 0 and start[i] > NEARLY_SINGULAR and rank(a[i]) < small:
            exists[i] = False
            continue
        bits = TARGET[level] + 3 * min(start[i], 60.0) + 2.2 * small + 8
        found = _least_squares(a[i], rhs[i], damping, int(scale[i]), bits, level)
        if found is not None:
            for part, piece in zip((x, residual, inverse), found, strict=True):
                store(part, i, piece)
        elif damping == 0:
            exists[i] = rank(a[i]) == small
    ratio = np.ldexp(damping, -2 * scale) if damping else np.zeros(count)
    shifted = shift(np.where(finite[:, None, None], a, 0.0), -scale)
    top = norms.two_norm_squared(shifted)
    bottom = norms.largest_eigenvalue(*_symmetric(inverse))
    squared = norms.scaled((top + Interval.exact(ratio)) * bottom, inverse.exponent)
    norm_a = _clip(_known(norms.scaled(sqrt(top), scale), finite))
    norm_x = norms.scaled(norms.column_norms(norms.absolute(x)), x.exponent)
    norm_r = norms.scaled(norms.column_norms(norms.absolute(residual)), residual.exponent)
    norm_b = _column_norms(rhs)
    kappa = maximum(_ignored(sqrt(squared)), 1.0)
    incompatible = _clip(_over(norm_r, _clip(norm_a[:, None] * norm_x)))
    quantities = {
        "kappa": _infinite(kappa, finite & ~exists),
        "norm_a": norm_a,
        "norm_b": _known(_smallest(norm_b), finite),
        "norm_x": _smallest(norm_x),
        "incompatibility": Interval(incompatible.lower.max(axis=1), incompatible.upper.max(axis=1)),
    }
    return Truth((x,), quantities, exists, _engines(exists, x))

"""Exact solutions of square systems, with their condition; least squares beside them.

Stacks of float64, exact numbers. Whole stacks are certified (references/certificates.py); what a
certificate leaves open is proved by ball arithmetic (python-flint), one member at a time; singular
matrices are recognised by exact integers. A member with NaN or an infinity has no answer and a
condition nobody knows; a singular one has infinite condition.
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
from references.certificates import Approximation, inverses, prove, solutions
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
    x, _, exists, conditions, certified = _systems(a, rhs, finite, level)
    norm_b = norms.smallest_column(norms.entries(rhs))
    norm_x = norms.scaled(norms.smallest_column(norms.absolute(x)), x.exponent)
    quantities = conditions | {"norm_b": norms.known(norm_b, finite), "norm_x": norm_x}
    return Truth((x,), quantities, exists, engines(x, exists, finite, certified))


def inv(a: Array, *, adjoint: bool = False, level: int = 0) -> Truth:
    """The inverse of A, or of A^T: a (B, n, n).

    Quantities as for `solve`; norm_x is the infinity norm of the inverse.
    """
    a = np.swapaxes(a, 1, 2) if adjoint else a
    finite = finite_members(a)
    _, inverse, exists, conditions, certified = _systems(a, a[:, :, :0], finite, level)
    norm_x = norms.scaled(norms.infinity_norm(norms.absolute(inverse)), inverse.exponent)
    quantities = conditions | {"norm_x": norm_x}
    return Truth((inverse,), quantities, exists, engines(inverse, exists, finite, certified))


def _systems(
    a: Array, rhs: Array, finite: NDArray[np.bool_], level: int
) -> tuple[Enclosure, Enclosure, NDArray[np.bool_], dict[str, Interval], NDArray[np.bool_]]:
    """Solutions, inverses, whether they exist, quantities of A alone, and which are certified."""
    n = a.shape[1]
    scale = exact_scale(a)
    usable = shift(np.where(finite[:, None, None], a, 0.0), -scale)
    x, inverse = unproved(*rhs.shape), unproved(*a.shape)
    exists = finite.copy()
    certified = np.zeros(len(a), dtype=bool)
    if level == 0 and a.size:
        certified = _certified(usable, scale, rhs, finite, x, inverse)
    growth, spread = eliminate(a)
    for i in np.flatnonzero(finite & ~certified):
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
    size = norms.entries(usable)
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
    return x, inverse, exists, quantities, certified


def _certified(
    a: Array,
    scale: NDArray[np.int64],
    rhs: Array,
    finite: NDArray[np.bool_],
    x: Enclosure,
    inverse: Enclosure,
) -> NDArray[np.bool_]:
    """Fill in whole stacks at once; tell which members are certified, a and rhs being finite there.

    Beside solutions an inverse needs no more digits than condition numbers do.
    """
    if not rhs.shape[2]:
        found = inverses(a)
        done = finite & found.tight
        _fill(inverse, found, -scale, done)
        return done
    of_rhs = exact_scale(rhs)
    proof = prove(a)
    right = shift(np.where(finite[:, None, None], rhs, 0.0), -of_rhs)
    solved = solutions(a, right, proof)
    done = finite & solved.tight
    rough = np.broadcast_to(proof.inverse_radius(), a.shape)
    _fill(x, solved, of_rhs - scale, done)
    _fill(inverse, Approximation(proof.inverse, np.zeros_like(a), rough), -scale, done)
    return done


def _fill(
    part: Enclosure,
    found: Approximation,
    exponent: NDArray[np.int64],
    members: NDArray[np.bool_],
) -> None:
    """Write certified members into an enclosure, normalised to a largest entry near 1."""
    own = exact_scale(found.hi)
    chosen = members.reshape(-1, 1, 1)
    for side, value in ((part.hi, found.hi), (part.lo, found.lo), (part.radius, found.radius)):
        np.copyto(side, shift(value, -own), where=chosen)
    part.exponent[members] = (exponent + own)[members]


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

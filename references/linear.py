"""Exact solutions of square systems, with their condition; least squares beside them.

Stacks of float64, exact numbers. Whole stacks are certified (references/certificates.py), graded
matrices after their rows and columns are scaled (references/equilibration.py); what a certificate
leaves open is proved by ball arithmetic (python-flint), one member at a time; singular matrices are
recognised by exact integers. A member with NaN or an infinity has no answer and a condition nobody
knows; a singular one has infinite condition.
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
from references.certificates import inverted, solved
from references.conditions import Conditions, of_enclosures, of_facts
from references.equilibration import inverted_evenly, solved_evenly
from references.exact import rank
from references.least_squares import lstsq
from references.regular import Facts
from references.truth import Enclosure, Truth

__all__ = ["inv", "lstsq", "solve"]

Array = NDArray[np.float64]
SUSPECT = 45.0  # log2 of the pivots' spread from where singularity is asked before balls


def solve(a: Array, rhs: Array, *, adjoint: bool = False, level: int = 0) -> Truth:
    """The x of A x = rhs, or of A^T x = rhs: a (B, n, n), rhs (B, n, k).

    Quantities, all in the infinity norm and of A^T if `adjoint`: kappa = ||A|| ||A^-1||,
    skeel = || |A^-1| |A| || (Higham 2002, 7.2), growth (see references/elimination.py), norm_a,
    columns, the sum of the lengths of the columns over norm_a, and norm_b, norm_x: the smallest
    over the columns of the largest entry.
    """
    finite = finite_members(a, rhs)
    x, facts = solved(a, rhs, finite, adjoint=adjoint)
    conditions = of_facts(facts, a.shape[1])
    exists, certified = _sharpened(a, rhs, adjoint, level, finite, x, facts, conditions)
    norm_b = norms.smallest_column(norms.entries(rhs))
    norm_x = norms.scaled(norms.smallest_column(norms.absolute(x)), x.exponent)
    quantities = conditions.quantities(finite, exists) | {
        "norm_b": norms.known(norm_b, finite),
        "norm_x": norm_x,
    }
    return Truth((x,), quantities, exists, engines(x, exists, finite, certified))


def inv(a: Array, *, adjoint: bool = False, level: int = 0) -> Truth:
    """The inverse of A, or of A^T: a (B, n, n).

    Quantities as for `solve`; norm_x is the infinity norm of the inverse.
    """
    finite = finite_members(a)
    inverse, facts = inverted(a, finite, adjoint=adjoint)
    conditions = of_facts(facts, a.shape[1])
    exists, certified = _sharpened(a, None, adjoint, level, finite, inverse, facts, conditions)
    quantities = conditions.quantities(finite, exists) | {"norm_x": conditions.norm_inverse}
    return Truth((inverse,), quantities, exists, engines(inverse, exists, finite, certified))


def _sharpened(
    a: Array,
    rhs: Array | None,
    adjoint: bool,
    level: int,
    finite: NDArray[np.bool_],
    answer: Enclosure,
    facts: Facts,
    conditions: Conditions,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Fill in what the first certificate left open, answers and conditions, or all above level 0.

    Which answers exist, and which are certified.
    """
    exists = finite.copy()
    open_ = np.flatnonzero(finite & (~_proved(answer) | (level > 0)))
    certified = finite.copy()
    if not len(open_):
        return exists, certified
    part = np.swapaxes(a[open_], 1, 2) if adjoint else a[open_]
    right = None if rhs is None else rhs[open_]
    found, inverse = _evenly(part, right) if level == 0 else _nothing(part, right)
    certified[open_] = _both_proved(found, inverse)
    exists[open_] = _by_balls(part, right, level, facts.spread[open_], found, inverse)
    for field, value in zip(_fields(answer), _fields(found), strict=True):
        field[open_] = value
    conditions.put(open_, of_enclosures(part, inverse, facts.select(open_)))
    return exists, certified


def _evenly(a: Array, rhs: Array | None) -> tuple[Enclosure, Enclosure]:
    """Answers and inverses by the certificate of scaled rows and columns."""
    inverse = inverted_evenly(a)
    return (inverse if rhs is None else solved_evenly(a, rhs)), inverse


def _nothing(a: Array, rhs: Array | None) -> tuple[Enclosure, Enclosure]:
    inverse = unproved(*a.shape)
    return (inverse if rhs is None else unproved(*rhs.shape)), inverse


def _both_proved(found: Enclosure, inverse: Enclosure) -> NDArray[np.bool_]:
    return _proved(found) & _proved(inverse)


def _proved(part: Enclosure) -> NDArray[np.bool_]:
    return np.logical_and.reduce(np.isfinite(part.radius).reshape(len(part.hi), -1), axis=1)


def _by_balls(
    a: Array,
    rhs: Array | None,
    level: int,
    spread: Array,
    found: Enclosure,
    inverse: Enclosure,
) -> NDArray[np.bool_]:
    """Prove in balls what is not proved of answers and inverses; tell which exist."""
    n = a.shape[1]
    exists = np.ones(len(a), dtype=bool)
    for i in np.flatnonzero(~_both_proved(found, inverse)):
        if spread[i] > SUSPECT and rank(a[i]) < n:
            exists[i] = False
            continue
        bits = TARGET[level] + min(spread[i], 4000.0) + 2.2 * n + 8
        pair = _system(a[i], a[i][:, :0] if rhs is None else rhs[i], bits, level)
        if pair is not None:
            store(found, i, pair[1] if rhs is None else pair[0])
            store(inverse, i, pair[1])
        else:
            exists[i] = rank(a[i]) == n
    return exists


def _fields(part: Enclosure) -> tuple[NDArray, ...]:
    return part.hi, part.lo, part.radius, part.exponent


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

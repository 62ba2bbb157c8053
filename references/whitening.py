"""Inverse roots: upper triangular S with S^T C S close to the identity, and how close.

C = T^T T + D is never formed. S is the inverse of the factor R of [T; sqrt(D)], which Gram and
Schmidt's modified process finds as accurately as reflectors do (Higham 2002, 19.8). What S is good
for is judged afterwards, so that nothing about its making needs a proof. docs/references.md derives
the bounds.

Parts of kernels: one member, columns scaled by the caller to a largest entry near 1.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from references.compiled import in_place, part
from references.dense import add_products, add_rows, take_off
from references.members import UNIT, UP

Array = NDArray[np.float64]
TINY = 2.0**-500  # more than underflows, also of squares below a root, can lose
HUGE = 2.0**100  # no inverse root has a use for entries above


class Whitening(NamedTuple):
    """T (p, q) and T^T, D (q,), S and S^T (q, q), T S (p, q), I - S^T C S; room to work in."""

    tall: Array
    across: Array
    damping: Array
    root: Array
    turned: Array
    basis: Array
    skew: Array
    work: Array
    factor: Array
    weights: Array
    lengths: Array


@part
def whitening(p: int, q: int) -> Whitening:
    """Room for one member, without damping until some is written."""
    return Whitening(
        np.empty((p, q)),
        np.empty((q, p)),
        np.zeros(q),
        np.empty((q, q)),
        np.empty((q, q)),
        np.empty((p, q)),
        np.empty((q, q)),
        np.empty((p + q, q)),
        np.empty((q, q)),
        np.empty(p + q),
        np.empty(q),
    )


@in_place
def whiten(w: Whitening) -> float:
    """Fill in S and what follows from T and D; ||I - S^T C S||_2 is at most what is returned."""
    inverse_root(w)
    q = len(w.root)
    basis, skew, root = w.basis, w.skew, w.root
    basis[:] = 0.0
    add_products(w.across, root, basis)
    w.factor[:] = 0.0
    add_products(basis, basis, w.factor)
    if w.damping.any():
        for i in range(q):
            for j in range(q):
                w.work[i, j] = w.damping[i] * root[i, j]
        add_products(w.work[:q], root, w.factor)
    for k in range(q):
        for j in range(q):
            skew[k, j] = (1.0 if j == k else 0.0) - w.factor[k, j]
    return judged(w)


@in_place
def judged(w: Whitening) -> float:
    """A bound of the norm of I - S^T C S, infinite where S has no use.

    In Frobenius norms: Q = T S is off by e = gamma_q || |T| |S| ||, the product Q^T Q + S^T D S by
    gamma_(p + q + 3) times its trace more. || |T| |S| s || <= sum_k ||column k of T|| |s_k|.
    """
    p, q = w.tall.shape
    size, distance, spread, largest = 0.0, 0.0, 0.0, 0.0
    squares, lengths = w.weights[:q], w.work[0]
    squares[:] = 0.0
    lengths[:] = 0.0
    for k in range(q):
        size += w.factor[k, k]
        for j in range(q):
            squares[j] += w.skew[k, j] * w.skew[k, j]
            lengths[j] += w.lengths[k] * abs(w.root[k, j])
            largest = max(largest, abs(w.root[k, j]))
    for j in range(q):
        distance += squares[j]
        spread += lengths[j] * lengths[j]
    if not (distance < np.inf and largest < HUGE):
        return np.inf
    lost = gamma(q) * math.sqrt(spread) * UP
    defect = math.sqrt(distance) + gamma(p + q + 3) * size + 2 * lost * math.sqrt(size * UP)
    return (defect + lost * lost) * UP + TINY


@in_place
def inverse_root(w: Whitening) -> None:
    """S = R^-1 for the R of [T; sqrt(D)], S^T, the lengths of the columns of T (from above)."""
    p, q = w.tall.shape
    rows = p + q if w.damping.any() else p
    work = w.work[:rows]
    w.lengths[:] = 0.0
    for i in range(p):
        for j in range(q):
            work[i, j] = w.tall[i, j]
            w.lengths[j] += work[i, j] * work[i, j]
    work[p:] = 0.0
    for j in range(q):
        w.lengths[j] = math.sqrt(w.lengths[j]) * UP
        if rows > p:
            work[p + j, j] = math.sqrt(w.damping[j])
    orthogonalise(work, w.weights[:rows], w.factor)
    invert(w.factor, w.root)
    for i in range(q):
        for j in range(q):
            w.turned[j, i] = w.root[i, j]


@in_place
def orthogonalise(work: Array, x: Array, r: Array) -> None:
    """The triangular factor (q, q) of `work` (p, q), which is overwritten as x (p,) is."""
    p, q = work.shape
    for k in range(q):
        first = k // 8 * 8  # whole vectors of the processor
        for i in range(p):
            x[i] = work[i, k]
        r[k, :] = 0.0
        add_rows(x, work, r[k], first)
        length = math.sqrt(r[k, k])
        for j in range(q):
            r[k, j] = r[k, j] / length if j >= k else 0.0
        for i in range(p):
            x[i] /= length
        take_off(x, r[k], work, first)


@in_place
def invert(r: Array, root: Array) -> None:
    """The inverse of an upper triangular matrix; infinities or NaN where it has none."""
    q = len(r)
    root[:] = 0.0
    for i in range(q - 1, -1, -1):
        root[i, i] = 1.0
        for k in range(i + 1, q):
            x = r[i, k]
            for j in range(q):
                root[i, j] -= x * root[k, j]
        for j in range(q):
            root[i, j] /= r[i, i]


@in_place
def gamma(terms: int) -> float:
    """k u / (1 - k u): what a sum of k products may lose, in any order (Higham 2002, 3.1)."""
    return terms * UNIT / (1 - terms * UNIT)

"""Exact eigenvalues and eigenvectors of symmetric matrices; pseudo-inverses beside them.

Stacks of float64, exact numbers; a float64 start from LAPACK, refined and proved in balls.
"""

from __future__ import annotations

import numpy as np
from flint import arb_mat, ctx
from numpy.typing import NDArray

from references import norms
from references.balls import (
    TARGET,
    TIGHT,
    Pieces,
    adaptive,
    engines,
    finite_members,
    matrix,
    pieces,
    power_of_two,
    store,
    unproved,
)
from references.doubledouble import exact_scale, shift
from references.interval import Interval, maximum, minimum
from references.pseudo_inverse import pinv
from references.refinement import refine
from references.truth import Enclosure, Truth

__all__ = ["eigh", "eigvalsh", "pinv"]

Array = NDArray[np.float64]
MOST_BITS = 1200
CLUSTER = 2.0**-60  # relative gap below which an eigenvector need not be proved tightly


def eigh(a: Array, *, level: int = 0) -> Truth:
    """Eigenvalues, ascending, and unit eigenvectors of symmetric matrices a (B, n, n).

    Reads the lower triangle only. Parts: w (B, n) and v (B, n, n), eigenvectors in columns and
    determined up to sign. Where the distance to the next eigenvalue could not be proved, within
    clusters and exact multiplicity, a column has infinite radius.

    Quantities: norm, the 2-norm (B,); gap (B, n), the distance of each eigenvalue from its
    nearest neighbour over the norm: infinite for n = 1, zero for a zero matrix.
    """
    return _eigen(a, vectors=True, level=level)


def eigvalsh(a: Array, *, level: int = 0) -> Truth:
    """The eigenvalues alone, with the same quantities: see `eigh`."""
    return _eigen(a, vectors=False, level=level)


def _eigen(a: Array, *, vectors: bool, level: int) -> Truth:
    symmetric = np.tril(a) + np.swapaxes(np.tril(a, -1), 1, 2)
    finite = finite_members(symmetric)
    usable = np.where(finite[:, None, None], symmetric, 0.0)
    scale = exact_scale(usable)
    starts = np.linalg.eigh(shift(usable, -scale))[1]
    w, v = unproved(*a.shape[:2]), unproved(*a.shape)
    for i in np.flatnonzero(finite):
        found = _member(usable[i], int(scale[i]), starts[i], vectors, level)
        if found is not None:
            store(w, i, found[0])
            store(v, i, found[1])
    norm = norms.largest(norms.absolute(w))
    quantities = {"norm": norms.scaled(norm, w.exponent), "gap": _gaps(w, norm)}
    return Truth((w, v) if vectors else (w,), quantities, finite, engines(w, finite, finite))


def _member(
    a: Array, scale: int, start: Array, vectors: bool, level: int
) -> tuple[Pieces, Pieces] | None:
    balls = matrix(a) * power_of_two(-scale)
    n = len(a)

    def compute() -> tuple[Pieces, Pieces, Array]:
        basis = refine(balls, start, 2.0 ** (20 - ctx.prec))
        value_radius = basis.value_radius()
        w = pieces(arb_mat(n, 1, basis.values)).widened(value_radius[:, None])
        flat = Pieces(w.hi[:, 0], w.lo[:, 0], w.radius[:, 0], w.exponent + scale)
        v = pieces(basis.vectors).widened(np.broadcast_to(basis.vector_radius(), (n, n)))
        return flat, v, basis.apart()

    def accept(found: tuple[Pieces, Pieces, Array]) -> bool:
        w, v, apart = found
        separate = apart > CLUSTER * np.ldexp(np.abs(w.hi).max(), w.exponent - scale)
        loose = v.radius[:, separate] > TIGHT[level]
        return w.tight(level) and not (vectors and bool(loose.any()))

    # a vector's radius is its residual over the gap: 40 bits for that
    found = adaptive(compute, TARGET[level] + (60 if vectors else 20), accept, MOST_BITS)
    return None if found is None else found[:2]


def _gaps(w: Enclosure, norm: Interval) -> Interval:
    """Distance to the nearest neighbour over the norm: (B, n)."""
    count, n = w.hi.shape
    if n == 1:
        return Interval.exact(np.full((count, 1), np.inf))
    value = [Interval.exact(w.hi[:, part]) for part in (slice(1, None), slice(None, -1))]
    rest = [Interval.exact(w.lo[:, part]) for part in (slice(1, None), slice(None, -1))]
    radius = w.radius[:, 1:] + w.radius[:, :-1]
    step = value[0] - value[1] + (rest[0] - rest[1]) + Interval(-radius, radius) * 1.0
    infinite = Interval.exact(np.full((count, 1), np.inf))
    gap = norms.clipped(minimum(_beside(step, infinite), _beside(infinite, step)))
    zero = (norm.upper == 0)[:, None]
    return norms.clipped(gap / maximum(norm, 0.0)[:, None], zero)


def _beside(left: Interval, right: Interval) -> Interval:
    return Interval(np.hstack([left.lower, right.lower]), np.hstack([left.upper, right.upper]))

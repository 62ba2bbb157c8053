"""What solutions of least squares do to what comes from above, by balls.

With G = A^H A + l2 I of tall A and G = A A^H + l2 I of wide A there are two systems of G: of p,
which is the solution or, of wide A, what A^H makes it of; and of q, for what comes from above.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
from flint import arb, arb_mat
from numpy.typing import NDArray

from references import embedded, linear, norms
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
from references.cholesky_balls import factor
from references.interval import Interval
from references.truth import Truth

Array = NDArray[np.float64]
UP = 1 + 2.0**-20  # covers roundings of sums of a few thousand products of positive numbers
SMALLEST = 2.0**-1000  # norms below it may have lost digits
QUANTITIES = ("matrix_off", "rhs_off", "matrix_worn", "rhs_worn", "matrix_lost", "rhs_lost", "peak")


def lstsq(
    a: NDArray, rhs: NDArray, above: NDArray, *, l2_regularizer: float = 0.0, level: int = 0
) -> Truth:
    """What above = W (B, n, k) becomes of A (B, m, n) and B (B, m, k), real or complex.

    X of least ||A X - B||^2 + l2 ||X||^2, of least norm if A is wide (Golub and Pereyra 1973):
    with R = B - A X, Z = G^-1 W and U = A Z the slopes are R Z^H - U X^H and U; of wide A, with X
    = A^H Y and Q = G^-1 A W, they are Y (W - A^H Q)^H - Q X^H and Q. Nothing is said of smaller
    ranks. Quantities as for the solution; and, each a number that is large enough, of what is
    embedded, over the Frobenius norm of the answer: matrix_off and rhs_off, in eps, of what p and q
    are off by, matrix_worn and rhs_worn, of gamma of what is left, matrix_lost and rhs_lost, of
    tiny; and peak, more than any entry on the way (docs/bounds.md).
    """
    wide = np.iscomplexobj(a)
    known = linear.lstsq(a, rhs, l2_regularizer=l2_regularizer, level=level)
    real = tuple(embedded.matrix(x) if wide else x for x in (a, rhs, above))
    finite = finite_members(a, rhs, above)
    kappa, norm_a = known.quantities["kappa"].upper, known.quantities["norm_a"].lower
    parts = unproved(*real[0].shape), unproved(*real[1].shape)
    numbers = np.full((len(QUANTITIES), len(a)), np.inf)
    for i in np.flatnonzero(finite & known.exists & np.isfinite(kappa)).tolist():
        member = [side[i] for side in real]
        bits = TARGET[level] + 64 + 4 * np.log2(kappa[i])
        balls = [matrix(side) for side in member]
        compute = partial(_slopes, balls[0], balls[1], balls[2], float(l2_regularizer))
        found = adaptive(compute, bits, lambda x: x[0].tight(level) and x[1].tight(level))
        if found is not None:
            store(parts[0], i, found[0])
            store(parts[1], i, found[1])
            numbers[:, i] = _numbers(member, found, float(l2_regularizer), kappa[i], norm_a[i])
    told = {
        name: norms.known(Interval.exact(row), np.isfinite(row))
        for name, row in zip(QUANTITIES, numbers, strict=True)
    }
    exists = known.exists & finite
    return Truth(
        tuple(embedded.left_half(part) if wide else part for part in parts),
        {**known.quantities, **told},
        exists,
        engines(parts[0], exists, finite),
    )


class Slopes(NamedTuple):
    """Both slopes; p and q, what A, or A^H of wide A, makes of them; L of G, and its inverse."""

    of_matrix: Pieces
    of_rhs: Pieces
    p: Array
    q: Array
    of_p: Array
    of_q: Array
    lower: Array
    inverse: Array


def _slopes(a: arb_mat, b: arb_mat, w: arb_mat, damping: float) -> Slopes:
    across = a.transpose()
    tall = a.nrows() >= a.ncols()
    small = min(a.nrows(), a.ncols())
    gram = (across * a if tall else a * across) + diagonal([arb(damping)] * small)
    p = gram.solve(across * b if tall else b, algorithm="lu")
    q = gram.solve(w if tall else a * w, algorithm="lu")
    of_p, of_q = (a * p, a * q) if tall else (across * p, across * q)
    if tall:
        slope = (b - of_p) * q.transpose() - of_q * p.transpose()
    else:
        slope = p * (w - of_q).transpose() - q * of_p.transpose()
    lower = factor(gram)
    inverse = lower.solve(identity(small), algorithm="lu")
    sides = [_floats(x) for x in (p, q, of_p, of_q, lower, inverse)]
    return Slopes(pieces(slope), pieces(of_q if tall else q), *sides)


def _numbers(
    member: list[Array], found: Slopes, damping: float, kappa: float, norm_a: float
) -> list[float]:
    """The quantities of one member; docs/bounds.md has each line.

    `norm_a` is no more than the 2-norm of A.
    """
    a, b, w = member
    tall = a.shape[0] >= a.shape[1]
    n, large = min(a.shape), max(a.shape)
    with np.errstate(all="ignore"):
        norm, inverse = _length(a), kappa * UP / np.hypot(norm_a, np.sqrt(damping))
        top = np.hypot(norm, np.sqrt(n * damping))  # || L ||_F, as inverse is || L^-1 ||
        left = (b - found.of_p) if tall else (w - found.of_q)
        columns = map(_columns, (found.p, found.q, found.of_p, found.of_q, b, w, left))
        p, q, of_p, of_q, of_b, of_w, left = columns
        y, z = np.hypot(of_p, np.sqrt(damping) * p), np.hypot(of_q, np.sqrt(damping) * q)
        gram = (large + 3 * n + 2) / 2
        formed = 0.505 * large * norm * (of_b if tall else of_w)  # A^H B, or A W of wide A
        off_p, off_q = (gram * top**2 * x for x in (p, q))
        off_p, off_q = (off_p + formed, off_q) if tall else (off_p, off_q + formed)
        few_p, few_q = (n * large * ((1 + top) ** 2 + x) for x in (p, q))
        # what stands beside the slopes of p, and of q
        by_p, by_q = (of_q, left) if tall else (left, of_p)
        outer = (of_b * q if tall else of_w * p).sum()

        def carried(one: Array, two: Array) -> float:
            shared = inverse * (one * q + two * p)
            return float((shared + inverse**2 * (by_p * one + by_q * two)).sum())

        formula, taken, middle = _taken_back(a, found)
        worn = top * (2 * p * q + inverse * (of_q * p + of_p * q)).sum()
        worn += 6 * inverse * formula + taken + 2 * norm * (p * q).sum() + outer
        inner = (y * z).sum()
        lost = carried(few_p, few_q) + n * large + norm * n**2 * (1 + inverse)
        lost += 2 * n**2 * (1 + top) * inverse * (1 + (y + z).sum())
        lost += 4 * n**2 * (1 + top) * (1 + norm * inverse) * inverse * inner
        of_rhs = [_length(off_q), norm * _length(q), _length(few_q)]
        if tall:
            of_rhs = [inverse * of_rhs[0], of_rhs[1], inverse * of_rhs[2] + n * large]
        else:
            of_rhs = [inverse**2 * of_rhs[0], 0.0, inverse**2 * of_rhs[2]]
        peak = max(
            top**2, inverse**2, norm * of_b.max(), norm * of_w.max(), inverse**2 * middle,
            top * (p * z + q * y).sum(), (p * q).sum() * (1 + norm), outer, p.max(), q.max(),
        )  # fmt: skip
        sizes = [
            _length(np.ldexp(x.hi, x.exponent)) / UP**2 for x in (found.of_matrix, found.of_rhs)
        ]
        of_matrix = [carried(off_p, off_q), worn, lost]
        told = np.append(np.column_stack([of_matrix, of_rhs]) / sizes, 4 * large * peak) * UP
    known = np.isfinite(told).all() and SMALLEST < min(sizes) and max(sizes) < np.inf
    return told.tolist() if known else [np.inf] * len(told)


def _taken_back(a: Array, found: Slopes) -> tuple[float, float, float]:
    """What is multiplied by gamma on the way back through the factor, entries by sizes.

    Of L^H times the slopes of L; of L^-1 and its products, times A; and the size of the middle.
    """
    p, q, lower, inverse = map(np.abs, (found.p, found.q, found.lower, found.inverse))
    y, z = np.abs(found.lower.T @ found.p), np.abs(found.lower.T @ found.q)
    formed = np.tril(lower.T @ (p @ z.T + q @ y.T))
    half = np.tril(y @ z.T + z @ y.T)
    through = inverse.T @ half @ inverse
    off = inverse.T @ lower.T @ through + through @ lower @ inverse + 2 * through
    whole = off + off.T
    sizes = np.abs(a) @ whole if a.shape[0] >= a.shape[1] else whole @ np.abs(a)
    return _length(formed), _length(sizes), _length(half)


def _length(a: Array) -> float:
    """The Frobenius norm, an upper bound."""
    top = float(np.abs(a).max(initial=0.0))
    return 0.0 if top == 0 else float(np.sqrt(((a / top) ** 2).sum())) * top * UP


def _columns(a: Array) -> Array:
    """The lengths of the columns, upper bounds."""
    return np.array([_length(column) for column in a.T])


def _floats(a: arb_mat) -> Array:
    entries = [float(entry) for entry in a.entries()]
    return np.array(entries).reshape(a.nrows(), a.ncols())

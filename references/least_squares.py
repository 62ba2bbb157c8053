"""Exact solutions of least squares and minimum norm problems of full rank."""

from __future__ import annotations

from dataclasses import replace

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
from references.doubledouble import UNIT, exact_scale, shift
from references.exact import rank
from references.interval import Interval, maximum, sqrt
from references.least_squares_certificates import Certified, certify
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
SUSPECT = 45.0  # log2 of the float64 condition from where the rank is asked before balls


def lstsq(
    a: Array, rhs: Array, *, l2_regularizer: float = 0.0, fast: bool = True, level: int = 0
) -> Truth:
    """The x of least ||A x - b||^2 + l2 ||x||^2, of least norm if A is wide.

    a (B, m, n), rhs (B, m, k), real or complex. As in TensorFlow, `l2_regularizer` counts only if
    `fast`; it is taken as the exact float64. Without full rank and without a regulariser there is
    no answer here (TensorFlow's slow path promises the one of least norm; no truth is given for
    it).

    Quantities, in the 2-norm: kappa = s_1 / s_min of A; if regularised of [A; sqrt(l2) I], for
    a wide A of [A^T; sqrt(l2) I], so that kappa^2 is always the condition of the smaller of
    A^T A + l2 I and A A^T + l2 I. norm_a. norm_b and norm_x, the smallest over the columns,
    largest_b and largest_x.
    incompatibility, the largest over the columns of ||b - A x|| / (||A|| ||x||), the term that
    Wedin's bound has besides kappa (Higham 2002, theorem 20.1).
    wedin, the condition of x for relative changes of A and b, to first order: see `_wedin`.
    """
    if np.iscomplexobj(a) or np.iscomplexobj(rhs):
        truth = lstsq(
            _embedded(a),
            np.concatenate([rhs.real, rhs.imag], axis=1),
            l2_regularizer=l2_regularizer,
            fast=fast,
            level=level,
        )
        return replace(truth, parts=(_folded(truth.parts[0]),))
    damping = float(l2_regularizer) if fast else 0.0
    finite = finite_members(a, rhs)
    usable, right = a, rhs
    if not finite.all():
        usable, right = (np.where(finite[:, None, None], side, 0.0) for side in (a, rhs))
    found = _first_layer(usable, right, damping, level, finite)
    exists = finite.copy()
    inverse, exponent = found.inverse, found.exponent
    open_ = np.flatnonzero(finite & ~found.proved)
    if len(open_):
        exists[open_], in_balls = _by_balls(a[open_], rhs[open_], damping, level, found, open_)
        noise = norms.frobenius(in_balls.radius) + norms.frobenius(in_balls.lo)
        inverse[open_] = norms.largest_eigenvalue(in_balls.hi, noise)
        exponent[open_] = in_balls.exponent
    scale, of_rhs = exact_scale(usable), exact_scale(right)
    usable = shift(usable, -scale)
    squared = norms.two_norm_squared(usable)
    norm_a = norms.scaled(norms.clipped(sqrt(squared), zero=squared.upper == 0), scale)
    norm_a = norms.known(norm_a, finite)
    kappa = _condition(squared, scale, inverse, exponent, damping)
    singular = finite & ~exists
    norm_b = norms.column_norms(norms.entries(shift(right, -of_rhs)))
    norm_b = norms.scaled(norm_b, of_rhs)
    x, residual = found.x, found.residual
    norm_x = norms.scaled(norms.column_norms(norms.absolute(x)), x.exponent)
    norm_r = norms.scaled(norms.column_norms(norms.absolute(residual)), residual.exponent)
    incompatibility = norms.over(norm_r, norm_a[:, None] * norm_x)
    wedin = _wedin(kappa, norm_a, norm_x, norm_r, damping, a.shape[1] < a.shape[2])
    quantities = {
        "kappa": norms.infinite(kappa, singular),
        "norm_a": norm_a,
        "norm_b": norms.known(norms.smallest(norm_b), finite),
        "norm_x": norms.smallest(norm_x),
        "largest_b": norms.known(norms.largest(norm_b), finite),
        "largest_x": norms.largest(norm_x),
        "incompatibility": norms.largest(incompatibility),
        "wedin": norms.infinite(wedin, singular),
    }
    return Truth((x,), quantities, exists, engines(x, exists, finite, found.proved))


def _first_layer(
    a: Array, rhs: Array, damping: float, level: int, finite: NDArray[np.bool_]
) -> Certified:
    """Certificates of the stack at level 0, and nothing proved above it."""
    if level == 0 and a.size and rhs.size:
        return certify(a, rhs, damping, finite)
    count, _, n = a.shape
    none, proved = np.zeros(count, np.int64), np.zeros(count, dtype=bool)
    nothing = Interval(np.zeros(count), np.full(count, np.inf))
    return Certified(unproved(count, n, rhs.shape[2]), unproved(*rhs.shape), nothing, none, proved)


def _by_balls(
    a: Array,
    rhs: Array,
    damping: float,
    level: int,
    found: Certified,
    members: NDArray[np.int64],
) -> tuple[NDArray[np.bool_], Enclosure]:
    """Store the answers of `members`, one by one; which exist, and the inverses of their C."""
    small = min(a.shape[1:])
    exists = np.ones(len(a), dtype=bool)
    inverse = unproved(len(a), small, small)
    spread = norms.log2_condition(shift(a, -exact_scale(a)))
    for i, member in enumerate(members):
        if damping == 0 and spread[i] > SUSPECT and rank(a[i]) < small:
            exists[i] = False
            continue
        bits = TARGET[level] + 3 * min(spread[i], 60.0) + 2.2 * small + 8
        pieces_ = _member(a[i], rhs[i], damping, bits, level)
        if pieces_ is not None:
            store(found.x, member, pieces_[0])
            store(found.residual, member, pieces_[1])
            store(inverse, i, pieces_[2])
        elif damping == 0:
            exists[i] = rank(a[i]) == small
    return exists, inverse


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
    squared: Interval,
    scale: NDArray[np.int64],
    inverse: Interval,
    exponent: NDArray[np.int64],
    damping: float,
) -> Interval:
    """sqrt(||G|| ||G^-1||) of the regularised Gram matrices G.

    `squared` is ||A||^2 without 4^scale, `inverse` is ||G^-1|| without 2^exponent.
    """
    root = int(np.frexp(damping)[1] // 2 + 1) if damping else int(scale.min(initial=0))
    common = np.maximum(scale, root)
    extra = norms.scaled(Interval.exact(np.full(len(scale), damping)), -2 * common)
    whole = (norms.scaled(squared, 2 * (scale - common)) + extra) * inverse
    half, odd = np.divmod(2 * common + exponent, 2)  # kappa^2 may overflow where kappa does not
    return maximum(norms.scaled(sqrt(norms.scaled(whole, odd)), half), 1.0)


def _wedin(
    kappa: Interval,
    norm_a: Interval,
    norm_x: Interval,
    norm_r: Interval,
    damping: float,
    wide: bool,
) -> Interval:
    """kappa (1 + kappa ||r|| / (||A|| ||x||)), the largest over the columns (Higham 2002, 20.1).

    If regularised, of [A; sqrt(l2) I], whose residual is [r; -sqrt(l2) x]. For a wide A the answer
    is part of the one of least norm to [A, sqrt(l2) I], the other part being r / sqrt(l2), and
    kappa (1 + ||r|| / (sqrt(l2) ||x||)) is given: kappa itself without a regulariser (21.1).
    """
    root = sqrt(Interval.exact(np.array(damping)))
    if wide:
        beyond = norms.over(norm_r, root * norm_x) if damping else 0.0 * norm_r
        return kappa * (norms.largest(norms.clipped(beyond)) + 1.0)
    if damping:
        norm_r, norm_a = _hypot(norm_r, root * norm_x), _hypot(norm_a, root + 0.0 * norm_a)
    rest = norms.largest(norms.over(norm_r, norm_a[:, None] * norm_x))
    return norms.clipped(kappa * (kappa * rest + 1.0))


def _hypot(x: Interval, y: Interval) -> Interval:
    """sqrt(x^2 + y^2) of numbers (B, ...) that are not negative, scaled clear of overflow."""
    power = exact_scale(np.maximum(x.upper, y.upper))
    x, y = norms.scaled(x, -power), norms.scaled(y, -power)
    with np.errstate(over="ignore"):  # where an end is infinite
        return norms.scaled(sqrt(x * x + y * y), power)


def _embedded(a: Array) -> Array:
    """Complex matrices as real ones of twice the size: singular values stay, each of them twice."""
    top = np.concatenate([a.real, -a.imag], axis=2)
    return np.concatenate([top, np.concatenate([a.imag, a.real], axis=2)], axis=1)


def _folded(part: Enclosure) -> Enclosure:
    """Complex numbers again; the radius is at most the sum of those of both parts."""
    n = part.hi.shape[1] // 2
    hi, lo = (side[:, :n] + 1j * side[:, n:] for side in (part.hi, part.lo))
    radius = (part.radius[:, :n] + part.radius[:, n:]) * (1 + 2 * UNIT)
    return Enclosure(hi, lo, radius, part.exponent)

"""Pseudo-inverses in balls, one member at a time: of full rank, or truncated at a cut-off."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from flint import arb, arb_mat, ctx
from numpy.typing import NDArray

from references import norms
from references.balls import (
    TARGET,
    Pieces,
    adaptive,
    diagonal,
    identity,
    interval,
    matrix,
    pieces,
    power_of_two,
    store,
    unproved,
)
from references.interval import Interval, sqrt
from references.refinement import refine
from references.truth import Enclosure

Array = NDArray[np.float64]
MOST_BITS = 2400
SAFE = 0.5  # condition times rcond up to which full rank is proved without singular values


class Spectrum(NamedTuple):
    """What quantities need of the singular values, of A scaled to entries near 1: each (B,).

    `first`, `last` kept, `following` the last kept; `margin`, the smallest |s_i - cut|.
    """

    rank: Interval
    first: Interval
    last: Interval
    following: Interval
    margin: Interval


def full_rank(
    tall: Array,
    scale: NDArray[np.int64],
    usable: Array,
    finite: NDArray[np.bool_],
    rcond: float,
    x: Enclosure,
    level: int,
) -> Spectrum:
    """Fill in the members far above the cut-off, as (A^T A)^-1 A^T; what is known of each."""
    count, n = len(tall), tall.shape[2]
    inverse = unproved(count, n, n)
    spread = norms.log2_condition(usable)
    with np.errstate(over="ignore"):
        candidates = finite & (np.exp2(spread) * rcond < SAFE)
    for i in np.flatnonzero(candidates):
        balls = matrix(tall[i]) * power_of_two(-int(scale[i]))

        def compute(balls: arb_mat = balls) -> tuple[Pieces, Pieces]:
            across = balls.transpose()
            unit = (across * balls).solve(identity(n), algorithm="lu")
            return pieces(unit * across), pieces(unit)

        bits = TARGET[level] + 4 * min(spread[i], 60.0) + 2.2 * n + 8
        found = adaptive(
            compute, bits, lambda pair: pair[0].tight(level) and pair[1].tight(0), MOST_BITS
        )
        if found is not None:
            store(x, i, found[0]._replace(exponent=found[0].exponent - int(scale[i])))
            store(inverse, i, found[1])
    noise = norms.frobenius(inverse.radius) + norms.frobenius(inverse.lo)
    longest = norms.largest_eigenvalue(inverse.hi, noise)
    first = norms.two_norm(usable)
    last = norms.clipped(1.0 / norms.clipped(sqrt(norms.scaled(longest, inverse.exponent))))
    above = last.lower > (first * rcond).upper
    x.hi[~above], x.lo[~above], x.radius[~above] = 0.0, 0.0, np.inf
    known = [norms.known(value, above) for value in (last, last - first * rcond)]
    return Spectrum(
        Interval(np.where(above, float(n), 0.0), np.full(count, float(n))),
        first,
        known[0],
        norms.known(Interval.exact(np.zeros(count)), above),
        norms.clipped(known[1]),
    )


def truncated(
    a: Array, scale: int, usable: Array, rcond: float, level: int
) -> tuple[Pieces, Spectrum] | None:
    """The answer of one tall member from the eigenvectors V of A^T A = G, k of them kept.

    X = f(G) A^T, f(t) = 1/t above the cut-off and 0 below. G = Q (D + E) Q^T with Q orthogonal
    and ||E||_F <= delta, D the Rayleigh quotients. Entry i, j of V^T (f(G) - f(Q D Q^T)) Q is the
    divided difference of f times that of the perturbation (Daleckii and Krein), and the divided
    differences are at most 1 / (t_k (t_k - t_k+1)) over the enclosures of the eigenvalues t.
    Computed columns are Q K with ||K - I|| <= skew, which adds (2 skew + skew^2) / t_k.
    """
    n = a.shape[1]
    zero = Pieces(np.zeros_like(a.T), np.zeros_like(a.T), np.zeros_like(a.T), 0)
    if not a.any():
        return zero, _spectrum([arb(0)], 0, rcond)
    values, across = np.linalg.svd(usable, full_matrices=False)[1:]
    guess = max(int((values > rcond * values[0]).sum()), 1)
    least = max(float(values[guess - 1] / values[0]), 2.0**-60)
    rest = float(values[guess] / values[0]) if guess < n else 0.0
    room = max(1 - rest / least, 2.0**-60)
    bits = TARGET[level] + 40 - 4 * np.log2(least) - np.log2(room)
    balls = matrix(a) * power_of_two(-scale)

    def compute() -> tuple[Pieces, Spectrum] | None:
        gram = balls.transpose() * balls
        basis = refine(gram, across.T, 2.0 ** (20 - ctx.prec))
        radius = basis.value_radius()
        squares = [arb(value, float(r)) for value, r in zip(basis.values, radius, strict=True)][
            ::-1
        ]
        cut = squares[0] * arb(rcond) ** 2
        kept = sum(bool(square > cut) for square in squares) if rcond < 1 else 0
        if rcond < 1 and not all(square <= cut for square in squares[kept:]):
            return None
        spectrum = _spectrum(squares, kept, rcond)
        if kept == 0:
            return zero, spectrum
        vectors = arb_mat([row[::-1][:kept] for row in basis.vectors.tolist()])
        reciprocals = diagonal([1 / value for value in basis.values[::-1][:kept]])
        found = pieces(vectors * reciprocals * (vectors.transpose() * balls.transpose()))
        last = squares[kept - 1]
        distance = last - squares[kept] if kept < n else last
        delta = arb(basis.coupling) + squares[0] * arb(basis.skew)
        wrong = delta / (1 - arb(basis.skew)) / (last * distance)
        wrong += (2 * arb(basis.skew) + arb(basis.skew) ** 2) / last
        wrong *= squares[0].sqrt()
        return found.widened(float(wrong.abs_upper()) * (1 + 2.0**-50)), spectrum

    found = adaptive(
        compute, bits, lambda pair: pair is not None and pair[0].tight(level), MOST_BITS
    )
    if found is None:
        return None
    return found[0]._replace(exponent=found[0].exponent - scale), found[1]


def _spectrum(squares: list[arb], kept: int, rcond: float) -> Spectrum:
    """The quantities of one member from enclosures of s_i^2, descending: intervals ()."""
    values = [_root(square) for square in squares]
    following = values[kept] if kept < len(values) else arb(0)
    ends = interval([values[0], values[max(kept - 1, 0)], following])
    margin = norms.smallest(interval([abs(value - values[0] * arb(rcond)) for value in values]))
    return Spectrum(Interval.exact(float(kept)), ends[0], ends[1], ends[2], margin)


def _root(square: arb) -> arb:
    """The square root of what is known not to be negative."""
    if square > 0 or square.is_zero():
        return square.sqrt()
    highest = square.abs_upper().sqrt().abs_upper()
    return arb(highest / 2, highest / 2).union(arb(0))

"""Exact pseudo-inverses of matrices truncated at a cut-off, with a proved rank.

Whole stacks of full rank are certified (references/pinv_certificate.py); members that are
truncated, or left open, are proved in balls (references/truncation.py).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from references import norms
from references.balls import engines, finite_members, store, unproved
from references.certificates import Approximation
from references.doubledouble import exact_scale, shift
from references.interval import Interval
from references.pinv_certificate import largest_singular, pseudo_inverses
from references.truncation import Spectrum, full_rank, truncated
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]


def pinv(
    a: Array, *, rcond: float | None = None, eps: float | None = None, level: int = 0
) -> Truth:
    """The pseudo-inverse of A (B, m, n) without its singular values up to rcond s_1.

    `rcond` defaults to 10 max(m, n) eps, as in TensorFlow, with the eps of the caller's dtype;
    ValueError if neither is given. A member whose rank could not be proved, for a singular value
    at the cut-off, has infinite radius.

    Quantities, s_k being the last singular value kept: rank k; kappa = s_1 / s_k;
    gap = s_1 / (s_k - s_k+1), s_k+1 = 0 at full rank; margin = min |s_i - rcond s_1| / s_1;
    norm_a = s_1; norm_x = 1 / s_k. Rank 0 has kappa = gap = 1, margin infinite if A = 0, and
    norm_x = 0.
    """
    if rcond is None:
        if eps is None:
            raise ValueError("pinv needs rcond, or eps for its default")
        rcond = 10 * max(a.shape[1:]) * eps
    wide = a.shape[1] < a.shape[2]
    tall = np.ascontiguousarray(np.swapaxes(a, 1, 2)) if wide else a
    finite = finite_members(a)
    scale = exact_scale(tall)
    usable = shift(np.where(finite[:, None, None], tall, 0.0), -scale)
    x = unproved(len(a), tall.shape[2], tall.shape[1])
    spectrum = _nothing(usable)
    certified = np.zeros(len(a), dtype=bool)
    if level == 0 and a.size:
        certified = finite & _certified(usable, scale, rcond, x, spectrum)
    rest = np.flatnonzero(finite & ~certified)
    if len(rest):
        part = unproved(len(rest), *x.hi.shape[1:])
        found = full_rank(tall[rest], scale[rest], usable[rest], finite[rest], rcond, part, level)
        for k in np.flatnonzero(np.isinf(part.radius).any(axis=(1, 2))):
            i = rest[k]
            other = truncated(tall[i], int(scale[i]), usable[i], rcond, level)
            if other is not None:
                store(part, k, other[0])
                for column, value in zip(found, other[1], strict=True):
                    column[k] = value
        _put(x, rest, part)
        for column, value in zip(spectrum, found, strict=True):
            column[rest] = value
    if wide:
        hi, lo, radius = (np.swapaxes(side, 1, 2) for side in (x.hi, x.lo, x.radius))
        x = Enclosure(hi, lo, radius, x.exponent)
    words = engines(x, finite, finite, certified)
    return Truth((x,), _quantities(spectrum, scale, finite), finite, words)


def _nothing(usable: Array) -> Spectrum:
    """What is known of singular values before anything is proved: the largest, from norms."""
    count, n = len(usable), usable.shape[2]

    def unknown(top: float) -> Interval:
        return Interval(np.zeros(count), np.full(count, top))

    first = norms.two_norm(usable)
    return Spectrum(unknown(float(n)), first, *(unknown(np.inf) for _ in range(3)))


def _certified(
    usable: Array,
    scale: NDArray[np.int64],
    rcond: float,
    x: Enclosure,
    spectrum: Spectrum,
) -> NDArray[np.bool_]:
    """Fill in members proved to have full rank and no singular value near the cut-off."""
    found = pseudo_inverses(usable)
    own = exact_scale(np.where(np.isfinite(found.hi), found.hi, 0.0))
    unit = np.ldexp(1.0, -own)[:, None, None]
    found = Approximation(*(side * unit for side in found))
    last = 1.0 / norms.scaled(largest_singular(found), own)
    margin = last - spectrum.first * rcond
    done = found.tight & (margin.lower > 0)
    chosen = done[:, None, None]
    for side, value in zip((x.hi, x.lo, x.radius), found, strict=True):
        np.copyto(side, value, where=chosen)
    x.exponent[done] = (own - scale)[done]
    n = Interval.exact(np.full(len(usable), float(usable.shape[2])))
    none = Interval.exact(np.zeros(len(usable)))
    columns = (n, spectrum.first, norms.clipped(last), none, norms.clipped(margin))
    for column, known in zip(spectrum, columns, strict=True):
        column[done] = known[done]
    return done


def _put(x: Enclosure, members: NDArray[np.int64], part: Enclosure) -> None:
    x.hi[members], x.lo[members], x.radius[members] = part.hi, part.lo, part.radius
    x.exponent[members] = part.exponent


def _quantities(
    spectrum: Spectrum, scale: NDArray[np.int64], finite: NDArray[np.bool_]
) -> dict[str, Interval]:
    empty = spectrum.rank.upper == 0
    nothing = finite & (spectrum.first.upper == 0)
    distance = norms.clipped(spectrum.last - spectrum.following)
    return {
        "rank": spectrum.rank,
        "kappa": _at_least_one(spectrum.first / norms.clipped(spectrum.last), empty),
        "gap": _at_least_one(spectrum.first / distance, empty),
        "margin": norms.infinite(norms.clipped(spectrum.margin / spectrum.first), nothing),
        "norm_a": norms.known(norms.scaled(spectrum.first, scale), finite),
        "norm_x": norms.scaled(norms.clipped(1.0 / spectrum.last, empty), -scale),
    }


def _at_least_one(value: Interval, just: NDArray[np.bool_]) -> Interval:
    """What is known to be 1 or more; exactly 1 where `just`."""
    return Interval(
        np.where(just, 1.0, np.maximum(value.lower, 1.0)), np.where(just, 1.0, value.upper)
    )

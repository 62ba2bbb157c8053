"""Between float64 stacks and python-flint's balls: the only place where the two meet.

A ball matrix is one member; what is kept of it is `hi + lo`, a radius and a power of two.
Callers keep NaN and infinities out: flint reports them like singular matrices.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

import numpy as np
from flint import arb, arb_mat, ctx
from numpy.typing import NDArray

from references import members
from references.interval import Interval
from references.truth import Enclosure

Array = NDArray[np.float64]
T = TypeVar("T")

UNIT = 2.0**-53
SMALLEST = 2.0**-1074
MOST_BITS = 8192
TIGHT = (2.0**-60, 2.0**-90, 2.0**-101)  # accepted radius over the largest entry, by level
TARGET = (92, 107, 120)  # bits asked for beyond what conditioning eats, by level


class Pieces(NamedTuple):
    """One member: within `radius` of `hi + lo`, times 2^`exponent`."""

    hi: Array
    lo: Array
    radius: Array
    exponent: int

    def tight(self, level: int) -> bool:
        """Whether the radius is small against the largest entry."""
        largest = np.max(np.abs(self.hi), initial=0.0)
        return bool(np.max(self.radius, initial=0.0) <= TIGHT[level] * largest)

    def widened(self, radius: Array | float) -> Pieces:
        """The same with `radius`, in ordinary units, added; zero where that is infinite."""
        with np.errstate(over="ignore"):
            extra = np.ldexp(radius, -self.exponent) * (1 + 4 * UNIT) + 2 * SMALLEST
        total = np.where(np.equal(radius, 0), self.radius, (self.radius + extra) * (1 + 4 * UNIT))
        unknown = np.isinf(total)
        return Pieces(
            np.where(unknown, 0.0, self.hi), np.where(unknown, 0.0, self.lo), total, self.exponent
        )


def matrix(array: Array) -> arb_mat:
    """Finite float64 (m, n) as exact balls."""
    return arb_mat(array.tolist()) if array.size else arb_mat(*array.shape)


def identity(n: int) -> arb_mat:
    """The identity of n rows, exact."""
    return arb_mat(n, n, [int(i == j) for i in range(n) for j in range(n)])


def diagonal(entries: list[arb]) -> arb_mat:
    """The square matrix with these entries on its diagonal."""
    result = arb_mat(len(entries), len(entries))
    for i, entry in enumerate(entries):
        result[i, i] = entry
    return result


def power_of_two(exponent: int) -> arb:
    """2^exponent exactly, for any exponent."""
    return arb(2) ** exponent


def pieces(balls: arb_mat) -> Pieces:
    """A ball matrix in two float64 arrays, a radius and a power of two.

    The power of two brings the largest centre to [1/2, 1). Entries of `hi` are within one unit
    roundoff of the centre, `lo` is the rest: their sum has 106 bits. Call it inside `adaptive`:
    it works at the current precision.
    """
    hi = _rounded(balls.entries())
    largest = np.max(np.abs(hi), initial=0.0)
    outer = 0
    if not 2.0**-100 < largest < 2.0**100:  # far from 1: scale before anything is rounded
        outer = magnitude(balls)
        balls = balls * power_of_two(-outer)
        hi = _rounded(balls.entries())
        largest = np.max(np.abs(hi), initial=0.0)
    shape = balls.nrows(), balls.ncols()
    rest = (balls - arb_mat(*shape, hi.tolist())).entries() if hi.size else []
    lo = _rounded(rest)
    # float() rounds a radius and the rest to nearest: half an ulp each. Underflow, there and in
    # the power of two below, loses SMALLEST at most in each of hi, lo and the radius, before it
    radius = _rounded([ball.rad() for ball in rest]) * (1 + 4 * UNIT) + np.abs(lo) * (2 * UNIT)
    exact = np.array([ball.is_zero() for ball in rest], dtype=bool)
    exact &= (hi == 0) | (np.abs(hi) > 2.0**-900)
    inner = int(np.frexp(largest)[1])
    with np.errstate(under="ignore"):
        hi, lo, radius = (np.ldexp(side, -inner) for side in (hi, lo, radius))
    radius = np.where(exact, 0.0, radius + np.ldexp(8 * SMALLEST, max(-inner, 0)))
    return Pieces(hi.reshape(shape), lo.reshape(shape), radius.reshape(shape), outer + inner)


def floats(balls: arb_mat) -> tuple[Array, Array]:
    """Centres and radii of a ball matrix (m, n) of ordinary size: |ball - centre| <= radius."""
    shape = balls.nrows(), balls.ncols()
    entries = balls.entries()
    centre, radius = _rounded(entries), _rounded([ball.rad() for ball in entries])
    radius = radius * (1 + 4 * UNIT) + np.abs(centre) * (2 * UNIT) + 2 * SMALLEST
    radius[np.array([ball.is_zero() for ball in entries], dtype=bool)] = 0.0
    return centre.reshape(shape), radius.reshape(shape)


def interval(balls: list[arb]) -> Interval:
    """Balls that hold numbers known not to be negative, as an interval of shape (len,)."""
    centre, radius = (side[0] for side in floats(arb_mat(1, len(balls), balls)))
    wide = Interval.around(centre, radius)
    exact = radius == 0
    return Interval(
        np.where(exact, centre, np.maximum(wide.lower, 0.0)), np.where(exact, centre, wide.upper)
    )


def magnitude(balls: arb_mat) -> int:
    """The e with the largest centre in [2^(e-1), 2^e); 0 when all centres are zero."""
    entries = balls.entries()
    largest = max(map(abs, map(float, entries)), default=0.0)
    if 2.0**-900 < largest < 2.0**900:
        return int(np.frexp(largest)[1])
    parts = [ball.mid().man_exp() for ball in entries if ball.is_finite()]
    return max((int(e) + int(m).bit_length() for m, e in parts if m != 0), default=0)


def _rounded(balls: list[arb]) -> Array:
    return np.fromiter(map(float, balls), np.float64, len(balls))


def adaptive(
    compute: Callable[[], T], bits: float, accept: Callable[[T], bool], most: int = MOST_BITS
) -> T | None:
    """The first accepted result of `compute` at `bits` bits, twice as many, ... up to `most`.

    A ZeroDivisionError (balls too wide for a pivot) counts as not accepted; None when nothing
    was. Restores the precision, which all of flint shares.
    """
    precision, saved = int(bits), ctx.prec
    try:
        while precision <= most:
            ctx.prec = precision
            try:
                result = compute()
                if accept(result):
                    return result
            except ZeroDivisionError:
                pass
            precision *= 2
    finally:
        ctx.prec = saved
    return None


def unproved(*shape: int) -> Enclosure:
    """An enclosure of shape (B, ...) that says nothing yet: zero, give or take infinity."""
    zero = np.zeros(shape)
    return Enclosure(zero, zero.copy(), np.full(shape, np.inf), np.zeros(shape[0], np.int64))


def store(part: Enclosure, member: int | np.signedinteger, found: Pieces) -> None:
    """Write one member's pieces into an enclosure made by `unproved`."""
    part.hi[member], part.lo[member], part.radius[member], part.exponent[member] = found


finite_members = members.finite_members


def engines(
    part: Enclosure,
    exists: NDArray[np.bool_],
    finite: NDArray[np.bool_],
    certified: NDArray[np.bool_] | None = None,
) -> tuple[str, ...]:
    """What proved each member: a certificate, balls, integers (that there is none), or nothing."""
    if certified is not None and (certified & exists & finite).all():
        return ("certificate",) * len(exists)
    proved = np.any(np.isfinite(part.radius).reshape(len(exists), -1), axis=1)
    words = np.where(proved, "balls", "nothing").astype("U12")
    if certified is not None:
        words[certified] = "certificate"
    words[~exists] = "integers"
    words[~finite] = "not finite"
    return tuple(words.tolist())

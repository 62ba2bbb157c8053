"""Batched certificates of linear systems: float64 inverses, proved; answers refined through BLAS.

R from LAPACK approximates A^-1. Where a norm of I - R A, or of I - A R, is proved to lie below 1, A
is regular, and the Neumann series says how far R and everything computed from it can be from the
truth (Rump 2010; Higham 2002, 8.4). docs/references.md derives each radius.

Stacks are float64, scaled by the caller so that the largest entry of each member is near 1. What
is not proved has an infinite radius, and is left to the next layer.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from references.balls import TIGHT
from references.doubledouble import UNIT, two_sum
from references.slices import Sliced, cut, fold, multiply, product

Array = NDArray[np.float64]
UP = 1 + 2.0**-40  # covers the rounding of a few hundred float64 operations on positive numbers
TINY = 2.0**-960  # more than a few thousand underflows can lose
LAYERS = ((2, 2), (3, 4), (3, 12))  # slices and corrections, each for what the one before left open
FAR = 2.0**-12  # norm of I - R A from where R is improved
TERMS = 6  # of the Neumann series
USABLE = 2.0**-4  # largest norm of I - A R for which that many terms are enough


class Approximation(NamedTuple):
    """hi + lo within `radius` (infinite where nothing is proved), each (B, m, n)."""

    hi: Array
    lo: Array
    radius: Array

    @property
    def tight(self) -> NDArray[np.bool_]:
        """Members whose radius is small against their largest entry: (B,)."""
        wide = _largest(self.radius)
        return np.isfinite(wide) & (wide <= TIGHT[0] * _largest(np.abs(self.hi)))


def approximate_inverse(a: Array) -> tuple[Array, NDArray[np.bool_]]:
    """LAPACK's inverses (B, n, n), the identity where it finds no pivot; which ones are usable."""
    usable = np.ones(len(a), dtype=bool)
    identity = np.eye(a.shape[-1])
    try:
        inverse = np.linalg.inv(a)
    except np.linalg.LinAlgError:  # one singular member stops the stack
        usable = np.linalg.det(a) != 0
        try:
            inverse = np.linalg.inv(np.where(usable[:, None, None], a, identity))
        except np.linalg.LinAlgError:
            return np.broadcast_to(identity, a.shape).copy(), np.zeros(len(a), dtype=bool)
    usable &= _largest(np.abs(inverse)) < 2.0**400
    return np.where(usable[:, None, None], inverse, identity), usable


class Proof(NamedTuple):
    """R = `inverse`, |I - R A| <= `skew` entry by entry, `norm` >= ||I - R A|| (infinity norm).

    `norm` (B,) is infinite where R could not be used; A is regular where it is below 1.
    """

    inverse: Array
    skew: Array
    norm: Array

    def inverse_radius(self) -> Array:
        """|A^-1 - R| <= norm / (1 - norm) times the largest entry of the column: (B, 1, n)."""
        safe = np.minimum(self.norm, 0.75)
        part = np.where(self.norm < 0.75, safe / (1 - safe), np.inf)
        return part[:, None, None] * fold(np.maximum, np.abs(self.inverse), -2) * UP + TINY


def prove(a: Array) -> Proof:
    """A proof that each of a stack (B, n, n) is regular, or a norm of 1 or more.

    LAPACK solves A R = I, which makes A R near I and not R A (Higham 2002, 14.3): where R A is far
    from it, one Newton step brings R to A^-1 rounded, and both are near.
    """
    inverse, usable = approximate_inverse(a)
    skew = _skew(inverse, a)
    norm = np.where(usable, _infinity_norm(skew), np.inf)
    far = np.flatnonzero(usable & (norm > FAR))
    if len(far):
        part, rough = a[far], inverse[far]
        head, tail, _ = multiply(cut(part, -1, 2), cut(rough, -2, 2), -np.eye(a.shape[-1]))
        inverse[far] = rough - rough @ (head + tail)
        skew[far] = _skew(inverse[far], part)
        norm[far] = _infinity_norm(skew[far])
    return Proof(inverse, skew, norm)


def _skew(inverse: Array, a: Array) -> Array:
    """Upper bounds of |I - R A|, entry by entry."""
    head, tail, lost = multiply(cut(inverse, -1, 1), cut(a, -2, 1), -np.eye(a.shape[-1]))
    return (np.abs(head + tail) * (1 + 2 * UNIT) + lost) * UP + TINY


def solutions(a: Array, rhs: Array, proof: Proof) -> Approximation:
    """x of A x = rhs for stacks (B, n, n) and (B, n, k), refined until tight or out of layers.

    With r = rhs - A x of the last x, known within s: x is off by (I - G)^-1 R (r +- s), G being
    I - R A. So |error| <= z + |G| e ||z|| / (1 - ||G||), z = |R r| + |R| (s + roundings).
    """
    start = Approximation(proof.inverse @ rhs, np.zeros_like(rhs), np.full(rhs.shape, np.inf))
    return _layered(a, rhs, proof, start, np.flatnonzero(proof.norm < 0.5), LAYERS)


def _layered(
    a: Array,
    rhs: Array,
    proof: Proof,
    x: Approximation,
    members: NDArray[np.int64],
    layers: tuple[tuple[int, int], ...],
) -> Approximation:
    """x with some members refined, layer by layer, until they are tight."""
    for count, corrections in layers:
        if not len(members):
            break
        whole = len(members) == len(a)
        part = Proof(*(field if whole else field[members] for field in proof))
        start = Approximation(*(field if whole else field[members] for field in x))
        sides = (a, rhs) if whole else (a[members], rhs[members])
        found = _refined(*sides, part, start, count, corrections)
        for field, better in zip(x, found, strict=True):
            field[members] = better
        members = members[~found.tight]
    return x


def _refined(
    a: Array, rhs: Array, proof: Proof, start: Approximation, count: int, corrections: int
) -> Approximation:
    hi, lo = start.hi, start.lo
    left = cut(a, -1, count)
    for _ in range(corrections):
        r, _ = _residual(left, hi, lo, rhs, count)
        hi, lo = two_sum(hi, lo + proof.inverse @ r)
    r, lost = _residual(left, hi, lo, rhs, count)
    size, n = np.abs(r), a.shape[-1]
    z = np.abs(proof.inverse @ r) + np.abs(proof.inverse) @ (lost + (n + 2) * UNIT * size)
    z = z * UP + TINY
    largest = fold(np.maximum, z, -2) / (1 - np.minimum(proof.norm, 0.75))[:, None, None]
    rows = np.einsum("bij->bi", proof.skew)[..., None]
    radius = (z + rows * largest) * UP + TINY
    return Approximation(hi, lo, radius)


def _residual(left: Sliced, hi: Array, lo: Array, rhs: Array, count: int) -> tuple[Array, Array]:
    """rhs - A (hi + lo) and how far it may be off, from A cut on the left."""
    head, tail, radius = multiply(left, cut(hi, -2, count, lo), -rhs)
    r = -(head + tail)
    return r, (radius + UNIT * np.abs(r)) * UP


def inverses(a: Array) -> Approximation:
    """A^-1 for a stack (B, n, n): by its Neumann series, or by columns where that is loose."""
    inverse, usable = approximate_inverse(a)
    found = _series(a, inverse, usable)
    open_ = np.flatnonzero(usable & ~found.tight)
    if len(open_):
        part = a[open_]
        proof = prove(part)
        start = Approximation(*(field[open_] for field in found))
        identity = np.broadcast_to(np.eye(a.shape[-1]), part.shape)
        regular = np.flatnonzero(proof.norm < 0.5)
        better = _layered(part, identity, proof, start, regular, LAYERS[1:])
        for field, value in zip(found, better, strict=True):
            field[open_] = value
    return found


def _series(a: Array, inverse: Array, usable: NDArray[np.bool_]) -> Approximation:
    """R + R (E + E^2 + ...) with E = I - A R, cut off after TERMS.

    The product with R is formed from slices, E^2 and what follows in float64. With e = ||E|| the
    radius is, in units of ||R||: e^TERMS / (1 - e) for what is cut off, 8 (n + 3) u e^2 for the
    rounding of the powers, 2 u e for that of their sum with E, 2 ||error of E||.
    """
    n = a.shape[-1]
    head, tail, lost = multiply(cut(a, -1, 2), cut(inverse, -2, 2), -np.eye(n))
    e = -(head + tail)
    lost = (lost + UNIT * np.abs(e)) * UP
    norm = _infinity_norm(np.abs(e) + lost)
    usable = usable & (norm < USABLE)
    if not usable.all():
        e, norm = np.where(usable[:, None, None], e, 0.0), np.where(usable, norm, 0.5)
    powers = e @ e
    for _ in range(TERMS - 3):
        powers = e @ (e + powers)
    head, tail, rounded = product(inverse, e + powers)
    hi, error = two_sum(inverse, head)
    lo = tail + error
    part = norm**TERMS / (1 - norm) + 8 * (n + 3) * UNIT * norm**2 + 2 * UNIT * norm
    part = (part + 2 * _infinity_norm(lost)) * _infinity_norm(np.abs(inverse))
    part = np.where(usable, part, np.inf)
    radius = (rounded + part[:, None, None] + 2 * UNIT * np.abs(lo)) * UP + TINY
    return Approximation(hi, lo, radius)


def _infinity_norm(size: Array) -> Array:
    """Upper bound of the largest row sum of nonnegative matrices: (B, m, n) to (B,)."""
    return np.einsum("bij->bi", size).max(axis=1, initial=0.0) * UP


def _largest(array: Array) -> Array:
    """The largest entry of each member."""
    return array.reshape(len(array), -1).max(axis=1, initial=0.0)

"""Certificates of systems and inverses of whole stacks, by compiled kernels.

What is not proved has an infinite radius, and is left to the next layer. Members are scaled by
powers of two here, without rounding. docs/references.md derives each radius.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from references.compiled import in_place, kernel
from references.doubledouble import shift
from references.members import UP, exponent_of, halves
from references.refined import GOAL, SERIES, refine, series
from references.regular import (
    TINY,
    USABLE,
    Facts,
    scratch,
    study,
)
from references.truth import Enclosure

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Approximation(NamedTuple):
    """hi + lo within `radius` (infinite where nothing is proved), each (B, m, n)."""

    hi: Array
    lo: Array
    radius: Array

    @property
    def tight(self) -> Flags:
        """Members whose radius is small against their largest entry: (B,)."""
        wide, size = (
            side.reshape(len(side), -1).max(axis=1, initial=0.0)
            for side in (self.radius, np.abs(self.hi))
        )
        return np.isfinite(wide) & (wide <= GOAL * size)


@in_place
def normalise(hi: Array, lo: Array, radius: Array) -> int:
    """Divide a member (m, k) by the power of two of its largest entry, which is returned."""
    power = exponent_of(hi, 0)
    first, second = halves(-power)
    for i in range(hi.shape[0]):
        for j in range(hi.shape[1]):
            hi[i, j] = hi[i, j] * first * second
            lo[i, j] = lo[i, j] * first * second
            if radius[i, j] != 0:
                radius[i, j] = radius[i, j] * first * second * UP + TINY
    return power


@in_place
def unknown(hi: Array, lo: Array, radius: Array) -> None:
    """Nothing is proved of a member."""
    hi[:] = 0.0
    lo[:] = 0.0
    radius[:] = np.inf


@kernel
def solve_members(
    a: Array,
    b: Array,
    adjoint: bool,
    finite: Flags,
    goal: float,
    facts: Facts,
    sides: tuple[Array, Array, Array],
    exponents: Integers,
) -> None:
    """The x of A x = b (A^T if `adjoint`) for a (B, n, n), b (B, n, k) where `finite` (B,).

    Writes hi, lo, radius (B, n, k), normalised, with their exponents (B,), and the facts. Every
    column is tight by itself; refinement goes on to `goal`, the radius over its largest entry.
    """
    n, columns = b.shape[1:]
    s, work, vectors = scratch(n), np.empty((4, n)), np.empty((4, n))
    for member in range(len(a)):
        hi, lo, radius = sides[0][member], sides[1][member], sides[2][member]
        proved = False
        if finite[member]:
            study(a[member], adjoint, s, facts, member)
            power = exponent_of(b[member], 0)
            first, second = halves(-power)
            proved = facts.norm[member] < USABLE
            for c in range(columns):
                if not proved:
                    break
                for i in range(n):
                    vectors[0, i] = b[member, i, c] * first * second
                proved &= refine(s, facts.norm[member], goal, vectors, work)
                for i in range(n):
                    hi[i, c], lo[i, c] = vectors[1, i], vectors[2, i]
                    radius[i, c] = vectors[3, i]
        if proved:
            exponents[member] = normalise(hi, lo, radius) + power - facts.scale[member]
        else:
            unknown(hi, lo, radius)
            exponents[member] = 0


@kernel
def invert_members(
    a: Array,
    adjoint: bool,
    finite: Flags,
    facts: Facts,
    sides: tuple[Array, Array, Array],
    exponents: Integers,
) -> None:
    """A^-1 (or its transpose if `adjoint`) for a (B, n, n) where `finite`; see `solve_members`.

    By the Neumann series (I + G + G^2 + ...) R with G = I - R A, or by columns where that is
    not sharp enough; tight against the largest entry of the member.
    """
    n = a.shape[1]
    s, work, vectors = scratch(n), np.empty((4, n)), np.empty((4, n))
    for member in range(len(a)):
        hi, lo, radius = sides[0][member], sides[1][member], sides[2][member]
        proved = False
        if finite[member]:
            blur = study(a[member], adjoint, s, facts, member)
            norm = facts.norm[member]
            proved = norm < SERIES and series(s, norm, blur, hi, lo, radius)
            if norm < USABLE and not proved:
                proved = True
                for c in range(n):
                    for i in range(n):
                        vectors[0, i] = 1.0 if i == c else 0.0
                    proved &= refine(s, norm, GOAL, vectors, work)
                    for i in range(n):
                        hi[i, c], lo[i, c] = vectors[1, i], vectors[2, i]
                        radius[i, c] = vectors[3, i]
        if proved:
            exponents[member] = normalise(hi, lo, radius) - facts.scale[member]
        else:
            unknown(hi, lo, radius)
            exponents[member] = 0


def solved(
    a: Array, b: Array, finite: Flags, *, adjoint: bool = False, goal: float = GOAL
) -> tuple[Enclosure, Facts]:
    """Solutions of A x = b, normalised, and what is known of the matrices: `solve_members`."""
    facts = Facts.of(len(a))
    part_ = _room(b.shape)
    solve_members(_rows(a), _rows(b), adjoint, finite, goal, facts, part_[:3], part_[3])
    return Enclosure(*part_), facts


def inverted(a: Array, finite: Flags, *, adjoint: bool = False) -> tuple[Enclosure, Facts]:
    """Inverses, normalised, and what is known of the matrices: `invert_members`."""
    facts = Facts.of(len(a))
    part_ = _room(a.shape)
    invert_members(_rows(a), adjoint, finite, facts, part_[:3], part_[3])
    return Enclosure(*part_), facts


def inverses(a: Array) -> Approximation:
    """Inverses of finite stacks (B, n, n) whose largest entries are near 1."""
    found, _ = inverted(a, np.ones(len(a), dtype=bool))
    return Approximation(*(shift(x, found.exponent) for x in (found.hi, found.lo, found.radius)))


def approximate_inverse(a: Array) -> tuple[Array, Flags]:
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
    usable &= np.abs(inverse).reshape(len(a), -1).max(axis=1, initial=0.0) < 2.0**400
    return np.where(usable[:, None, None], inverse, identity), usable


def _room(shape: tuple[int, ...]) -> tuple[Array, Array, Array, Integers]:
    hi, lo, radius = np.empty((3, *shape))
    return hi, lo, radius, np.empty(shape[0], np.int64)


def _rows(array: Array) -> Array:
    return np.ascontiguousarray(array, np.float64)

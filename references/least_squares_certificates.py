"""Least squares for whole stacks: scaled exactly, certified, and scaled back.

The columns of the tall one of A and A^T are brought to largest entries in [1/2, 1) by powers of
two, one for each column and never below the root of the regulariser, the right-hand side by one for
each member. Members that a power of two would round go to the next layer.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from references.augmented import column, refine
from references.compiled import in_place, kernel
from references.doubledouble import UNIT
from references.interval import Interval
from references.members import exponent_of, halves
from references.scaling import NORMAL, SMALLEST, USABLE, place
from references.traces import SLACK, gram, largest_eigenvalue
from references.truth import Enclosure
from references.whitening import Whitening, whiten, whitening

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
EXPONENTS = 1000  # powers of two beyond are left to the next layer


class Certified(NamedTuple):
    """What is proved of min ||A x - b||^2 + d ||x||^2; radii are infinite where nothing is.

    `residual`: b - A x. `inverse` times 2^`exponent`: the largest eigenvalue of the inverse of
    C = A^T A + d I, or of A A^T + d I where A is wide. `proved` (B,): whether x and residual are.
    """

    x: Enclosure
    residual: Enclosure
    inverse: Interval
    exponent: Integers
    proved: Flags


@in_place
def even(a: Array, damping: float, wide: bool, w: Whitening, powers: Integers) -> bool:
    """Write T and D with column j of T divided by 2^powers[j, 0]; whether nothing was rounded."""
    p, q = w.tall.shape
    of_root = (math.frexp(damping)[1] + 1) // 2
    exact = True
    for j in range(q):
        top = 0.0
        for i in range(p):
            w.tall[i, j] = a[j, i] if wide else a[i, j]
            top = max(top, abs(w.tall[i, j]))
        power = math.frexp(top)[1]
        powers[j, 0] = max(power, of_root) if damping > 0 else power
        if abs(powers[j, 0]) > EXPONENTS:
            return False
        factor = math.ldexp(1.0, -powers[j, 0])
        for i in range(p):
            before = w.tall[i, j]
            w.tall[i, j] = w.across[j, i] = before * factor
            exact &= before == 0 or abs(before * factor) >= NORMAL
        w.damping[j] = damping * factor * factor
        exact &= damping == 0 or w.damping[j] >= NORMAL
    return exact


@in_place
def even_side(b: Array, wide: bool, powers: Integers, sides: Array) -> tuple[bool, int]:
    """Columns of b, as rows, divided by the powers of T if `wide`, then by one that is returned."""
    exact = True
    for i in range(b.shape[0]):
        factor = math.ldexp(1.0, -powers[i, 0]) if wide else 1.0
        for c in range(b.shape[1]):
            sides[c, i] = b[i, c] * factor
            exact &= b[i, c] == 0 or NORMAL <= abs(sides[c, i]) < np.inf
    power = exponent_of(sides, 0)
    first, second = halves(-power)
    for c in range(sides.shape[0]):
        for i in range(sides.shape[1]):
            before = sides[c, i]
            sides[c, i] = before * first * second
            exact &= before == 0 or abs(sides[c, i]) >= NORMAL
    return exact and abs(power) <= EXPONENTS, power


@in_place
def least(powers: Integers) -> int:
    """The least of the powers of columns."""
    found = powers[0, 0]
    for i in range(len(powers)):
        found = min(found, powers[i, 0])
    return found


@in_place
def inverse_norm(w: Whitening, defect: float, powers: Integers, ends: Array) -> int:
    """||C^-1||_2 without 2^e, and e: C = (P S)^-T (I - E) (P S)^-1, P = diag(2^-powers).

    It is ||P S||_2^2 / (1 + e'), |e'| <= ||E|| <= `defect`. Overwrites what made S.
    """
    q = len(w.root)
    scaled = w.work[:q]
    largest = least(powers)
    for i in range(q):
        first, second = halves(max(largest - powers[i, 0], -2000))
        for j in range(q):
            scaled[i, j] = w.root[i, j] * first * second
    own = exponent_of(scaled, 0)
    first, second = halves(-own)
    for i in range(q):
        for j in range(q):
            scaled[i, j] = scaled[i, j] * first * second
    noise = SLACK * (q + 2) * UNIT * gram(scaled, w.factor) + 2.0**-900
    largest_eigenvalue(w.factor, w.work[q : 2 * q], noise, ends)
    ends[0] = ends[0] / (1 + defect) * (1 - 4 * UNIT)
    ends[1] = ends[1] / (1 - defect) * (1 + 4 * UNIT)
    return 2 * (own - largest)


@kernel
def certify_members(
    a: Array,
    b: Array,
    damping: float,
    finite: Flags,
    answers: tuple[Array, Array, Array],
    others: tuple[Array, Array, Array],
    exponents: Integers,
    inverse: Array,
    proved: Flags,
) -> None:
    """Solve and prove a (B, m, n), b (B, m, k) where `finite` (B,).

    Writes hi, lo, radius of c and of t of the augmented system, normalised; the exponents of c, of
    t and of the inverse (3, B); the ends of the inverse (B, 2).
    """
    wide = a.shape[1] < a.shape[2]
    p, q = max(a.shape[1:]), min(a.shape[1:])
    k = b.shape[2]
    w, v = whitening(p, q), column(p, q)
    powers, none = np.zeros((q, 1), np.int64), np.zeros((1, 1), np.int64)
    sides = np.empty((k, b.shape[1]))
    for member in range(len(a)):
        inverse[member, 0], inverse[member, 1], proved[member] = 0.0, np.inf, False
        exponents[:, member] = 0
        c, c_lo, c_radius = answers[0][member], answers[1][member], answers[2][member]
        t, t_lo, t_radius = others[0][member], others[1][member], others[2][member]
        if finite[member] and even(a[member], damping, wide, w, powers):
            exact, power = even_side(b[member], wide, powers, sides)
            defect = whiten(w)
            if exact and defect < USABLE:
                exponents[2, member] = inverse_norm(w, defect, powers, inverse[member])
                for i in range(q):
                    v.units[i] = math.ldexp(1.0, max(least(powers) - powers[i, 0], -1000))
                good = True
                for j in range(k):
                    right = v.g if wide else v.f
                    right[:] = sides[j]
                    good &= refine(w, defect, wide, v)
                    c[:, j], c_lo[:, j], c_radius[:, j] = v.c, v.c_lo, v.c_radius
                    t[:, j], t_lo[:, j], t_radius[:, j] = v.t, v.t_lo, v.t_radius
                proved[member] = good
                exponents[0, member] = place(c, c_lo, c_radius, -powers) + power
                exponents[1, member] = place(t, t_lo, t_radius, none) + power
        if not proved[member]:
            exponents[:2, member] = 0
            c[:] = c_lo[:] = t[:] = t_lo[:] = 0.0
            c_radius[:] = t_radius[:] = np.inf


def certify(a: Array, rhs: Array, damping: float, finite: Flags) -> Certified:
    """Solve and prove a stack a (B, m, n), rhs (B, m, k), where `finite` (B,)."""
    count, k, wide = len(a), rhs.shape[2], a.shape[1] < a.shape[2]
    shapes = (count, min(a.shape[1:]), k), (count, max(a.shape[1:]), k)
    c, t = ((np.empty(shape), np.empty(shape), np.empty(shape)) for shape in shapes)
    exponents, ends = np.empty((3, count), np.int64), np.empty((count, 2))
    proved = np.empty(count, dtype=bool)
    a, rhs = np.ascontiguousarray(a), np.ascontiguousarray(rhs)
    certify_members(a, rhs, damping, finite, c, t, exponents, ends, proved)
    small, large = Enclosure(*c, exponents[0]), Enclosure(*t, exponents[1])
    if wide:
        turned = Enclosure(-large.hi, -large.lo, large.radius, large.exponent)
        small, large = turned, _multiple(small, damping)
    inverse = Interval(ends[:, 0].copy(), ends[:, 1].copy())
    return Certified(small, large, inverse, exponents[2], proved)


def _multiple(part_: Enclosure, factor: float) -> Enclosure:
    """An enclosure times a number that is not negative, to one float64 an entry."""
    if not factor:
        zero = np.zeros_like(part_.hi)
        radius = np.where(np.isinf(part_.radius), np.inf, 0.0)
        return Enclosure(zero, zero, radius, np.zeros_like(part_.exponent))
    fraction, power = np.frexp(factor)
    hi = fraction * part_.hi
    radius = (fraction * (part_.radius + np.abs(part_.lo)) + 2 * UNIT * np.abs(hi)) * (1 + 4 * UNIT)
    return Enclosure(hi, np.zeros_like(hi), radius + 8 * SMALLEST, part_.exponent + int(power))

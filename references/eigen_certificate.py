"""Certificates of symmetric eigenproblems of whole stacks, by compiled kernels.

An approximate basis X with values L leaves R = A X - X L, which is formed to twice the precision.
A turn W of float64 numbers makes what is left of it small, chains of close values included; that
bounds every eigenvalue and, where a gap is proved, the eigenvectors. docs/references.md derives
each radius.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from references.compiled import kernel, part, two_sum
from references.eigen_start import eigenbases
from references.eigen_turn import ENOUGH, FINE, Room, couplings, remainder, room_for, turn
from references.eigenvectors import columns_of, normalise
from references.members import UNIT, UP
from references.truth import Enclosure
from references.turned import (
    JOIN,
    chains,
    defect,
    descent,
    largest_coupling,
    multiply,
    residuals,
    separation,
    transpose,
)

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Sides = tuple[Array, Array, Array]
CERTIFIED = 2.0**-60  # accepted radius of values, over the largest
NEAR = 2.0**-24  # accepted radius of columns: what multiplies them is a residual
CLUSTER = 2.0**-54  # distance of values, over the largest, below which columns need not be known


def certify(
    a: Array, scale: Integers, *, vectors: bool, among: int = 1
) -> tuple[Enclosure, Enclosure, Flags]:
    """Values (B, n) and vectors (B, n, n) of A 2^`scale`, and which members they are proved of.

    Stacks are symmetric (B, n, n), the largest entries of members near 1. Where every value stands
    `among` times, a vector is any of those that belong to it. Without `vectors` none is known.
    """
    return proved(a, scale, *eigenbases(a), vectors=vectors, among=among)


def proved(
    a: Array, scale: Integers, x: Array, value: Array, *, vectors: bool, among: int = 1
) -> tuple[Enclosure, Enclosure, Flags]:
    """What an approximate basis proves: vectors in rows, values ascending, overwritten."""
    count = len(a)
    (hi, lo, radius), exponents = np.empty((3, *value.shape)), np.empty(count, np.int64)
    w = Enclosure(hi, lo, radius, exponents)
    hi, lo, radius = np.empty((3, *a.shape))
    v = Enclosure(hi, lo, radius, np.zeros(count, np.int64))
    tight = np.empty(count, dtype=bool)
    sides = (w.hi, w.lo, w.radius), (v.hi, v.lo, v.radius)
    certify_members(a, x, value, scale, among, vectors, *sides, w.exponent, tight)
    return w, v, tight


@kernel
def certify_members(
    a: Array,
    x: Array,
    value: Array,
    scale: Integers,
    among: int,
    vectors: bool,
    values: Sides,
    columns: Sides,
    exponents: Integers,
    tight: Flags,
) -> None:
    """Prove eigenvalues, and with `vectors` unit eigenvectors, of symmetric matrices a (B, n, n).

    Entries are below 1; x (B, n, n) holds approximate vectors in rows and value (B, n) their
    values. Writes enclosures (hi, lo, radius) of values (B, n), normalised, and of vectors, in
    columns (B, n, n): infinite radii where nothing is proved, and where a member is not tight.
    """
    n = a.shape[1]
    s, moved, wide = room_for(n), np.empty(n), np.empty(n)
    for member in range(len(a)):
        found = value[member]
        radius = prove_values(a[member], x[member], found, moved, s)
        size = max(abs(found[0]), abs(found[n - 1]))
        wide[:] = np.inf
        known = radius <= CERTIFIED * size
        if known and vectors:
            known = prove_columns(found, moved, radius, among, s, wide)
        tight[member] = known
        own = math.frexp(size)[1] if known else 0
        exponents[member] = scale[member] + own if known else 0
        for j in range(n):
            unit = math.ldexp(1.0, -own) if known else 0.0
            values[0][member, j], values[1][member, j] = found[j] * unit, moved[j] * unit
            values[2][member, j] = radius * unit if known else np.inf
        store(s, wide, columns[0][member], columns[1][member], columns[2][member])


@part
def prove_values(a: Array, x: Array, found: Array, moved: Array, s: Room) -> float:
    """A radius of all found + moved, which were the values of the rows of x: infinite if unknown.

    Leaves in s.y + s.low the turned basis, in s.left the norms of what it leaves over sigma_min.
    """
    n = len(found)
    residuals(a, x, x, found, s.r, s.lost, s.sums)
    transpose(x, s.across)
    multiply(s.r, s.across, s.c)
    joined = chains(found, JOIN * largest_coupling(s.c), s.ends)
    couplings(found, FINE if joined else ENOUGH, s)
    if not turn(found, moved, s):
        return np.inf
    whole = remainder(x, found, moved, s)
    columns_of(x, s)
    transpose(s.y, s.across)
    skew = defect(s.y, s.across, s.f, s.sums[0])
    if not skew < 0.25:
        return np.inf
    squares = 0.0
    for j in range(n):
        squares += (s.wide[j] + 2 * UNIT) ** 2
    least = (math.sqrt(1 - skew) - math.sqrt(squares)) / UP
    for j in range(n):
        found[j], moved[j] = two_sum(found[j], moved[j])
        s.left[j] = s.left[j] / least * UP
    return (whole / least + descent(found, moved, 1.0)) * UP


@part
def prove_columns(
    found: Array, moved: Array, radius: float, among: int, s: Room, wide: Array
) -> bool:
    """Make s.y + s.low unit vectors, each within `wide`; whether all are near outside of clusters.

    Those that are not near stay unknown.
    """
    n = len(found)
    size = max(abs(found[0]), abs(found[n - 1]))
    near = True
    normalise(s)
    for j in range(n):
        far = separation(found, moved, j, radius, among)
        sine = s.left[j] / far * UP
        off = (1.5 * sine + s.wide[j]) * UP
        if sine < 0.5 and off <= NEAR:
            wide[j] = off
        else:
            near &= not far > CLUSTER * size
    return near


@part
def store(s: Room, wide: Array, hi: Array, lo: Array, radius: Array) -> None:
    """Rows of s.y + s.low as columns, zero where `wide` is infinite."""
    n = len(wide)
    for i in range(n):
        for j in range(n):
            known = wide[j] < np.inf
            hi[i, j] = s.y[j, i] if known else 0.0
            lo[i, j] = s.low[j, i] if known else 0.0
            radius[i, j] = wide[j]

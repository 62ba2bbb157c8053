"""Residuals of systems for whole stacks, by compiled kernels: norms of what an answer leaves.

Operands are multiplied by powers of two of each member first, so that nothing leaves the range.
Norms are ends of intervals, rounded outward; a member with NaN or infinities has unknown ones.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from references.compiled import in_place, kernel, part, two_sum
from references.interval import Interval
from references.interval_norms import (
    column_lengths,
    column_maxima,
    infinity_norm,
    interval,
    norm_of,
)
from references.members import UNIT, UP, exponent_of, load
from references.products import FLOOR, add_product, enclose

Array = NDArray[np.float64]
ZERO = -5000  # the exponent of zeros: far below all others


class Columns(NamedTuple):
    """Norms of the columns of r, x and b, (B, k), and a norm of A, (B,).

    All times one power of two of a member.
    """

    r: Interval
    x: Interval
    b: Interval
    a: Interval


class Rows(NamedTuple):
    """Infinity norms of r, A and X, (B,), times one power of two of a member."""

    r: Interval
    a: Interval
    x: Interval


def residual(a: Array, x: Array, b: Array, *, adjoint: bool = False) -> Columns:
    """r = b - A x, or b - A^T x, in the infinity norm: stacks (B, n, n), (B, n, k), (B, n, k)."""
    norms, columns = np.empty((3, len(a), 2)), np.empty((3, *x.shape[::2], 2))
    _residuals(_rows(a), _rows(x), _rows(b), adjoint, norms, columns, by_rows=False)
    return Columns(*map(interval, (*columns, norms[1])))  # type: ignore[arg-type]


def residual_of_inverse(a: Array, x: Array, *, adjoint: bool = False) -> Rows:
    """r = I - A X, or I - A^T X, for stacks (B, n, n)."""
    norms, columns = np.empty((3, len(a), 2)), np.empty((3, *x.shape[::2], 2))
    identity = np.eye(a.shape[1])[None]
    _residuals(_rows(a), _rows(x), identity, adjoint, norms, columns, by_rows=True)
    return Rows(*map(interval, norms))


def gradient(a: Array, x: Array, b: Array) -> Columns:
    """r = A^T (b - A x) in the Euclidean norm, A in Frobenius': (B, m, n), (B, n, k), (B, m, k)."""
    norms, columns = np.empty((len(a), 1, 2)), np.empty((3, *x.shape[::2], 2))
    _gradients(_rows(a), _rows(x), _rows(b), norms, columns)
    return Columns(*map(interval, (*columns, norms[:, 0])))


def _rows(array: Array) -> Array:
    return np.ascontiguousarray(array, np.float64)


class Room(NamedTuple):
    """One member: A and A^T, x and b transposed, sums for a column of r and of A^T r, zeros."""

    straight: Array
    turned: Array
    x: Array
    b: Array
    sums: Array
    slope: Array
    spread: Array
    spare: Array
    none: Array


@part
def room(rows: int, terms: int, count: int) -> Room:
    """Room for an A (rows, terms) and `count` columns."""
    return Room(
        np.empty((rows, terms)),
        np.empty((terms, rows)),
        np.empty((count, terms)),
        np.empty((count, rows)),
        np.empty((3, rows)),
        np.empty((3, terms)),
        np.empty(terms),
        np.empty(rows),
        np.zeros(terms),
    )


@in_place
def scale(a: Array, x: Array, b: Array, adjoint: bool, room: Room) -> None:
    """Bring A to entries below 1, and A x and b below 1 by one power of two."""
    of_a, of_x, of_b = exponent_of(a, ZERO), exponent_of(x, ZERO), exponent_of(b, ZERO)
    common = max(of_a + of_x, of_b)
    load(a, within(-of_a), room.turned, turn=not adjoint)
    load(x, within(of_a - common), room.x, turn=True)
    load(b, within(-common), room.b, turn=True)


@in_place
def within(power: int) -> int:
    """A power of two that numbers can be multiplied by; only zeros are given others."""
    return max(-2100, min(power, 2000))


@in_place
def remainder(room: Room, j: int) -> None:
    """Column j of A x - b in room.sums, as `add_product` leaves it."""
    sums, b = room.sums, room.b
    for i in range(sums.shape[1]):
        sums[0, i], sums[1, i], sums[2, i] = -b[j, i], 0.0, 0.0
    add_product(room.turned, room.x[j], room.none, sums)


@kernel
def _residuals(
    a: Array, x: Array, b: Array, adjoint: bool, norms: Array, columns: Array, by_rows: bool
) -> None:
    rows, count = b.shape[1:]
    terms = x.shape[1]
    work, ends = room(rows, terms, count), np.empty((2, rows, count))
    sums = work.sums
    for member in range(len(a)):
        given = b[member % len(b)]
        scale(a[member], x[member], given, adjoint, work)
        for j in range(count):
            remainder(work, j)
            enclose(sums, terms)
            for i in range(rows):
                ends[0, i, j] = sums[0, i] - sums[2, i]
                ends[1, i, j] = sums[0, i] + sums[2, i]
        norm_of(work.turned, work.spare, norms[1, member])
        if by_rows:
            infinity_norm(ends[0], ends[1], norms[0, member])
            norm_of(work.x, work.spread, norms[2, member])
        else:
            column_maxima(ends[0], ends[1], columns[0, member])
            column_maxima(work.x.T, work.x.T, columns[1, member])
            column_maxima(work.b.T, work.b.T, columns[2, member])


@in_place
def slope_of(room: Room, j: int) -> None:
    """Column j of A^T (A x - b) into room.slope[0], and how far it may be off into room.slope[2].

    The residual enters as the pair that it is; its own errors enter with |A^T|.
    """
    remainder(room, j)
    terms, rows = room.turned.shape
    sums, slope, spread, straight = room.sums, room.slope, room.spread, room.straight
    slope[:] = 0.0
    spread[:] = 0.0
    for i in range(rows):
        sums[0, i], sums[1, i] = two_sum(sums[0, i], sums[1, i])
        wide = 3 * UNIT * sums[2, i] * UP + (terms + 1) * FLOOR
        for k in range(terms):
            spread[k] += abs(straight[i, k]) * wide
    add_product(straight, sums[0], sums[1], slope)
    enclose(slope, rows)
    for k in range(terms):
        slope[2, k] = (slope[2, k] + spread[k]) * UP


@kernel
def _gradients(a: Array, x: Array, b: Array, norms: Array, columns: Array) -> None:
    rows, count = b.shape[1:]
    terms = x.shape[1]
    work, ends = room(rows, terms, count), np.empty((2, terms, count))
    slope = work.slope
    for member in range(len(a)):
        scale(a[member], x[member], b[member], False, work)  # noqa: FBT003
        load(work.turned, 0, work.straight, turn=True)
        for j in range(count):
            slope_of(work, j)
            for k in range(terms):
                ends[0, k, j] = slope[0, k] - slope[2, k]
                ends[1, k, j] = slope[0, k] + slope[2, k]
        column_lengths(ends[0], ends[1], columns[0, member])
        column_lengths(work.x.T, work.x.T, columns[1, member])
        column_lengths(work.b.T, work.b.T, columns[2, member])
        flat = work.straight.reshape(rows * terms, 1)
        column_lengths(flat, flat, norms[member])

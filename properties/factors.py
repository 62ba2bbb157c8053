"""What eigenvectors and singular vectors leave, for whole stacks by compiled kernels.

Matrices are scaled by powers of two of each member. Norms are Frobenius norms as ends of intervals,
rounded outward; where something leaves the range, nothing is known of them.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from properties.distances import distance
from properties.measures import ratio
from properties.routine import Case
from references.compiled import fma, kernel, part
from references.doubledouble import shift
from references.interval import Interval, largest
from references.interval_norms import interval
from references.members import UNIT, UP, exponent_of, halves, load
from references.products import add_product
from references.truth import Enclosure
from references.turned import TINY, frobenius, residuals, rounding

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Answer = tuple[Array, ...]
Sides = tuple[Array, Array, Array]
UP_ONCE = 1 + 8 * UNIT  # covers the rounding of the last few operations


def size_of(a: Array, *, lower: bool) -> tuple[Interval, Integers]:
    """||A|| 2^-e and e for stacks (B, m, n): (B,), of the triangle that eigh reads if `lower`."""
    ends, exponent = np.empty((len(a), 2)), np.empty(len(a), np.int64)
    _sizes(_rows(a), lower, ends, exponent)
    return interval(ends), exponent


def eigen_residual(a: Array, answer: Answer) -> tuple[Interval, Interval]:
    """||A V - V W|| and ||A|| over 2^e, e the exponent of A (B, n, n), whose lower triangle counts.

    `answer` holds W (B, n) and V (B, n, n).
    """
    ends, empty = np.empty((2, len(a), 2)), np.empty((0, *a.shape[1:]))
    w, v = map(_rows, answer)
    _eigen_residuals(_rows(a), w, v, (empty, empty, empty), ends[0], ends[1])
    return interval(ends[0]), interval(ends[1])


def eigen_angles(a: Array, answer: Answer, known: Enclosure) -> tuple[Interval, Interval]:
    """The largest |x_i . (A v_j - w_j v_j)|, i and j different, of exact vectors x_i; ||A||.

    Both over 2^e; vectors of which nothing is known are left out.
    """
    ends = np.empty((2, len(a), 2))
    sides = _rows(known.hi), _rows(known.lo), _rows(known.radius)
    w, v = map(_rows, answer)
    _eigen_residuals(_rows(a), w, v, sides, ends[0], ends[1])
    return interval(ends[0]), interval(ends[1])


def skew(q: Array) -> Interval:
    """||Q^T Q - I|| for stacks (B, m, k)."""
    ends = np.empty((len(q), 2))
    _skews(_rows(q), ends)
    return interval(ends)


def reconstruction(a: Array, answer: Answer) -> tuple[Interval, Interval]:
    """||A - U diag(s) V^T|| and ||A|| over 2^e, e the exponent of A (B, m, n).

    `answer` holds s (B, k), U and V, of which k columns count.
    """
    ends = np.empty((2, len(a), 2))
    _reconstructions(_rows(a), *map(_rows, answer), *ends)
    return interval(ends[0]), interval(ends[1])


def error_of_values(case: Case, size: Interval, exponent: Integers) -> Interval:
    """The largest distance of part 0 of an answer from the truth over size 2^exponent, in eps."""
    part = case.truth.parts[0]
    by = exponent - part.exponent  # the truth is normalised to its largest value
    size = Interval(shift(size.lower, by), shift(size.upper, by))
    return ratio(largest(distance(case.answer[0], part)), size, case.dtype.eps)


def _rows(array: Array) -> Array:
    return np.ascontiguousarray(array, np.float64)


@part
def load_lower(a: Array, result: Array) -> int:
    """The symmetric matrix of a lower triangle, its largest entry in [1/2, 1), and its exponent."""
    for i in range(len(a)):
        for j in range(i + 1):
            result[i, j] = result[j, i] = a[i, j]
    power = exponent_of(result, 0)
    load(result, -power, result, turn=False)
    return power


@part
def scaled(x: Array, power: int, result: Array) -> None:
    """x 2^power."""
    first, second = halves(power)
    for i in range(len(x)):
        result[i] = x[i] * first * second


@part
def norm(rows: Array, lost: Array, room: Array, ends: Array) -> None:
    """The Frobenius norm of rows, each off by `lost` in length: `ends` (2,); NaN is unknown."""
    size, wide = frobenius(rows, room), 0.0
    for j in range(len(lost)):
        wide += lost[j] * lost[j]
    wide = math.sqrt(wide) * UP
    if size + wide > 0:
        wide += rounding(rows.size) * size + TINY
    known = size + wide < np.inf
    ends[0] = max(size - wide, 0.0) if known else 0.0
    ends[1] = (size + wide) * UP_ONCE if known else np.inf


@kernel
def _sizes(a: Array, lower: bool, ends: Array, exponent: Integers) -> None:
    work, room, none = np.empty(a.shape[1:]), np.empty(a.shape[2]), np.zeros(0)
    for member in range(len(a)):
        if lower:
            exponent[member] = load_lower(a[member], work)
        else:
            exponent[member] = exponent_of(a[member], 0)
            load(a[member], -exponent[member], work, turn=False)
        norm(work, none, room, ends[member])


@kernel
def _eigen_residuals(a: Array, w: Array, v: Array, known: Sides, ends: Array, sizes: Array) -> None:
    n = a.shape[1]
    matrix, rows, r = np.empty((n, n)), np.empty((n, n)), np.empty((n, n))
    values, lost, none, sums = np.empty(n), np.empty(n), np.zeros(0), np.empty((3, n))
    for member in range(len(a)):
        power = load_lower(a[member], matrix)
        load(v[member], 0, rows, turn=True)
        scaled(w[member], -power, values)
        residuals(matrix, rows, rows, values, r, lost, sums)
        norm(matrix, none, sums[0], sizes[member])
        if sizes[member, 1] == 0 and frobenius(r, sums[0]) == 0:
            lost[:] = 0.0  # no error of no matrix
        if len(known[0]):
            hi, lo, radius = known[0][member], known[1][member], known[2][member]
            angles(r, lost, (hi, lo, radius), sums, ends[member])
        else:
            norm(r, lost, sums[0], ends[member])


@part
def angles(r: Array, lost: Array, known: Sides, room: Array, ends: Array) -> None:
    """The largest product of row j of r with a column i of hi + lo, i not j: `ends` (2,).

    Off by no more than |lo + error of x| |r| + |hi| (lost + gamma |r|); columns of infinite radius
    are left out.
    """
    n = len(r)
    products, rough = room[0], room[1]
    rest_of(known[1], known[2], rough)
    least, most = 0.0, 0.0
    for j in range(n):
        squares = 0.0
        for i in range(n):
            products[i] = 0.0
            squares += r[j, i] * r[j, i]
        for k in range(n):
            for i in range(n):
                products[i] += known[0][k, i] * r[j, k]
        size = math.sqrt(squares) * UP + lost[j]
        own = 1.01 * (lost[j] + rounding(n) * size)
        if not size < np.inf:
            most = np.inf
            break
        for i in range(n):
            if i != j and rough[i] < np.inf:
                off = (rough[i] * size + own) * UP
                least = max(least, abs(products[i]) - off)
                most = max(most, abs(products[i]) + off)
    ends[0] = least * (1 - 8 * UNIT) if most < np.inf else 0.0
    ends[1] = most * UP_ONCE


@part
def rest_of(lo: Array, radius: Array, rough: Array) -> None:
    """Upper bounds of the lengths of the columns of |lo| + radius."""
    for i in range(len(rough)):
        rough[i] = 0.0
    for k in range(len(lo)):
        for i in range(len(rough)):
            off = abs(lo[k, i]) + radius[k, i]
            rough[i] += off * off
    for i in range(len(rough)):
        rough[i] = math.sqrt(rough[i]) * UP + TINY


@kernel
def _skews(q: Array, ends: Array) -> None:
    m, k = q.shape[1:]
    rows, identity, r = np.empty((k, m)), np.eye(k), np.empty((k, k))
    ones, lost, sums = np.ones(k), np.empty(k), np.empty((3, k))
    for member in range(len(q)):
        load(q[member], 0, rows, turn=True)
        residuals(q[member], rows, identity, ones, r, lost, sums)
        norm(r, lost, sums[0], ends[member])


@kernel
def _reconstructions(a: Array, s: Array, u: Array, v: Array, ends: Array, sizes: Array) -> None:
    m, n = a.shape[1:]
    k = s.shape[1]
    columns, left, sums = np.empty((n, m)), np.empty((u.shape[2], m)), np.empty((3, m))
    values, head, tail, lost = np.empty(k), np.empty(k), np.empty(k), np.empty(n)
    for member in range(len(a)):
        power = exponent_of(a[member], 0)
        load(a[member], -power, columns, turn=True)
        load(u[member], 0, left, turn=True)
        scaled(s[member], -power, values)
        norm(columns, lost[:0], sums[0], sizes[member])
        for j in range(n):
            for i in range(m):
                sums[0, i], sums[1, i], sums[2, i] = -columns[j, i], 0.0, 0.0
            for i in range(k):
                head[i] = values[i] * v[member, j, i]
                tail[i] = fma(values[i], v[member, j, i], -head[i])
            add_product(left[:k], head, tail, sums)
            squares = 0.0
            for i in range(m):
                columns[j, i] = sums[0, i] + sums[1, i]
                wide = 3 * UNIT * (sums[2, i] + abs(columns[j, i]))
                squares += wide * wide
            lost[j] = math.sqrt(squares) * UP + (TINY if sizes[member, 1] > 0 else 0.0)
        norm(columns, lost, sums[0], ends[member])

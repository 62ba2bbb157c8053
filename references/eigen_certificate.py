"""Batched certificates of Hermitian eigenproblems: LAPACK's eigenvectors, corrected and proved.

One step takes an approximate basis X with values L, forms R = A X - X L to two to four times the
precision of BLAS, and corrects both by a fixed point in float64: X (I + Z), L + m. What is left of
the residual bounds every eigenvalue, clusters and multiplicity included, and, where a gap is
proved, the eigenvectors. docs/references.md derives each radius.

Stacks are float64 or complex128, scaled by the caller so that the largest entry of each member is
near 1; all zero is allowed. What is not proved has an infinite radius.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from references.columns import (
    TINY,
    UP,
    adjoint,
    diagonal,
    lengths,
    less_scaled,
    products,
    rounding,
    squares,
    tilt,
    total,
)
from references.doubledouble import UNIT, two_sum
from references.slices import product, width

Array = NDArray[np.float64]
ITERATIONS = 2
CONTRACTION = 2.0**-8  # largest coupling of two columns over their distance that is corrected
CLUSTER = 2.0**-34  # values nearer than this, over the largest, are rotated as a block


class Basis(NamedTuple):
    """Columns X = `x` + `x_tail` (B, n, n), values L = `value` + `tail` (B, n), ascending.

    `x_tail` and `tail` may be None for zero.
    """

    x: Array
    x_tail: Array | None
    value: Array
    tail: Array | None


class Proved(NamedTuple):
    """Eigenvalues and unit eigenvectors: `basis`, with radii.

    `radius` (B,): of every value; `columns` (B, n): 2-norm of the error of each column, up to a
    factor of modulus one; `residual` (B, n, n): A X - X L of the basis before it was rounded.
    """

    basis: Basis
    radius: Array
    columns: Array
    residual: Array

    def select(self, members: NDArray[np.bool_]) -> Proved:
        """Some members."""
        x, x_tail, value, tail = self.basis
        tails = (None if side is None else side[members] for side in (x_tail, tail))
        basis = Basis(x[members], next(tails), value[members], next(tails))
        return Proved(basis, *(side[members] for side in self[1:]))


def start(a: Array) -> Basis:
    """What LAPACK makes of the lower triangles of a stack (B, n, n)."""
    value, x = np.linalg.eigh(a)
    return Basis(x, None, value, None)


def residual(a: Array, basis: Basis, count: int) -> tuple[Array, Array]:
    """A X - X L, and how far each column of it may be off: (B, n, n), (B, n)."""
    if basis.x_tail is None and basis.tail is None:
        return less_scaled(a, basis.x, basis.x, basis.value, count)
    n = a.shape[-1]
    x_tail = np.zeros_like(basis.x) if basis.x_tail is None else basis.x_tail
    tail = np.zeros_like(basis.value) if basis.tail is None else basis.tail
    head, low, lost = product(
        np.concatenate([a, basis.x], axis=-1),
        np.concatenate([basis.x, -basis.value[:, None, :] * np.eye(n)], axis=-2),
        count=count,
        a_tail=np.concatenate([np.zeros_like(a), x_tail], axis=-1),
        b_tail=np.concatenate([x_tail, -tail[:, None, :] * np.eye(n)], axis=-2),
    )
    r = head + low
    return r, (lengths(lost) + 8 * UNIT * (lengths(low) + lengths(r))) * UP


def step(a: Array, basis: Basis, count: int, *, vectors: bool = True) -> Proved:
    """Correct a basis and prove the result; without `vectors` columns stay as they were."""
    r, lost = residual(a, basis, count)
    across = adjoint(basis.x)
    z, moved, shifted = _turn(across @ r, basis)
    n = a.shape[-1]
    left = r + (r @ z + basis.x @ shifted)
    of_r, of_z, of_shifted = lengths(r), lengths(z), lengths(shifted)
    size = total(lengths(basis.x))
    small = np.abs(moved).max(axis=1, initial=0.0)
    if basis.tail is not None:
        small = small + 2 * np.abs(basis.tail).max(axis=1, initial=0.0)
    noise = size[:, None] * (of_shifted + small[:, None] * of_z) + total(of_r)[:, None] * of_z
    columns = lengths(left) + lost + total(lost)[:, None] * of_z
    if basis.x_tail is not None:
        columns = columns + total(lengths(basis.x_tail))[:, None] * of_shifted
    columns = (columns + rounding(n + 8) * (noise + of_r)) * UP
    skew, turned = tilt(basis.x, across, basis.x_tail), total(of_z)
    usable = (skew < 0.25) & (turned < 0.25)
    shrunk = np.sqrt(np.where(usable, 1 - skew, 1.0)) * np.where(usable, 1 - turned, 1.0) / UP
    whole = total(columns) / shrunk * UP
    tail = moved if basis.tail is None else basis.tail + moved
    value, tail = two_sum(basis.value, tail)
    rounded = 2 * UNIT * np.abs(tail).max(axis=1, initial=0.0) + UNIT * (
        small + 2 * np.abs(moved).max(axis=1, initial=0.0)
    )
    radius = np.where(usable, whole + descent(value, tail), np.inf)
    sine = columns / shrunk[:, None] / separation(value, tail, radius + 2 * rounded)
    better = Basis(basis.x, basis.x_tail, value, tail)
    wide = np.full(value.shape, np.inf)
    if vectors:
        x, x_tail, wide, factor = _normalised(basis, z, of_z)
        left = left + factor[:, None, :] * left
        better = Basis(x, x_tail, value, tail)
        wide = np.where(sine < 0.5, (1.5 * sine + wide) * UP, np.inf)
    return Proved(better, (radius + rounded) * UP, wide, left)


def _turn(coupling: Array, basis: Basis) -> tuple[Array, Array, Array]:
    """Z, m and L Z - Z (L + m) - m, so that C (I + Z) + L Z - Z (L + m) - m is about zero.

    C = X^H R; the diagonal of Z is zero. A fixed point: Z = (C + C Z - Z m) / (L_j - L_i).
    """
    apart = basis.value[:, None, :] - basis.value[:, :, None]
    if basis.tail is not None:
        apart = apart + (basis.tail[:, None, :] - basis.tail[:, :, None])
    inverse = reciprocals(coupling, apart)
    n = apart.shape[-1]
    z = coupling * inverse
    moved = diagonal(coupling)
    for _ in range(ITERATIONS):
        new = coupling + coupling @ z
        moved = diagonal(new)
        z = (new - moved[:, None, :] * z) * inverse
    shifted = -(apart + moved[:, None, :]) * z
    shifted[:, np.arange(n), np.arange(n)] = -moved
    return z, moved, shifted


def reciprocals(coupling: Array, apart: Array, *, diagonal: bool = False) -> Array:
    """1 / apart where it is large against the couplings; 0 elsewhere: (B, n, n).

    Large against its own, so that the fixed point contracts, and not too small against the largest
    of all, so that what others feed into it stays small.
    """
    size, distance, n = np.abs(coupling), np.abs(apart), apart.shape[-1]
    least = n * 2.0**-4 * size.reshape(len(size), -1).max(axis=1, initial=0.0)
    safe = (size <= CONTRACTION * distance) & (distance > least[:, None, None])
    if not diagonal:
        safe[:, np.arange(n), np.arange(n)] = False
    return np.divide(1.0, apart, out=np.zeros_like(apart), where=safe)


def descent(value: Array, tail: Array) -> Array:
    """How far value + tail (B, n) may lie from the same numbers in ascending order: (B,)."""
    step = (value[:, 1:] - value[:, :-1]) + (tail[:, 1:] - tail[:, :-1])
    return np.einsum("bj->b", np.maximum(-step, 0.0)) * UP


def separation(value: Array, tail: Array, radius: Array) -> Array:
    """Lower bounds (B, n) of the distance of each value from all eigenvalues but its own.

    Those are within `radius` (B,) of their values; where nothing is proved, a tiny number.
    """
    step = (value[:, 1:] - value[:, :-1]) + (tail[:, 1:] - tail[:, :-1])
    step = step * (1 - 2.0**-40) - 2.0**-100 * np.abs(value).max(axis=1, initial=0.0)[:, None]
    edge = np.full((len(value), 1), np.inf)
    nearest = np.minimum(np.hstack([edge, step]), np.hstack([step, edge]))
    with np.errstate(invalid="ignore"):
        return np.maximum(np.nan_to_num(nearest - radius[:, None], nan=TINY), TINY)


def _normalised(basis: Basis, z: Array, of_z: Array) -> tuple[Array, Array, Array, Array]:
    """X (I + Z) with columns of length one, as hi + lo.

    For each column (B, n): how far it may be off, and the factor, less one, that made it so long.
    """
    x, n = basis.x, basis.x.shape[-1]
    added = x @ z
    wrong = rounding(n) * total(lengths(x))[:, None] * of_z
    if basis.x_tail is not None:
        added = added + basis.x_tail
        wrong = wrong + total(lengths(basis.x_tail))[:, None] * of_z
    excess, excess_wrong = _excess(x)
    of_added = lengths(added)
    longer = excess + (2 * products(x, added) + squares(added))
    usable = np.abs(longer) < 0.25
    root = np.sqrt(1 + np.where(usable, longer, 0.0))
    factor = np.where(usable, -longer, 0.0) / (root * (1 + root))
    low = added + factor[:, None, :] * (x + added)
    hi, lo = two_sum(x, low)
    wrong = 4 * wrong + excess_wrong
    wrong = wrong + rounding(n) * 4 * (of_added + np.abs(factor) + np.abs(excess))
    return hi, lo, np.where(usable, wrong * UP + TINY, np.inf), factor


def _excess(x: Array) -> tuple[Array, Array]:
    """||x_j||^2 - 1 of each column, and how far it may be off: (B, m, n) to (B, n).

    Entries are cut at a whole multiple of a power of two: squares of the heads add up exactly.
    """
    if np.iscomplexobj(x):
        x = np.concatenate([x.real, x.imag], axis=-2)
    bits = width(x.shape[-2], 1)
    anchor = 1.5 * 2.0 ** (53 - bits)  # entries are below 2
    head = (x + anchor) - anchor
    rest = x - head
    first = squares(head) - 1
    second = products(head + x, rest)
    wrong = np.abs(first) * UNIT + rounding(x.shape[-2]) * 2 * lengths(rest)
    return first + second, wrong * UP


def rotate(found: Proved) -> Basis:
    """The basis with clusters of values diagonalised: each a small Hermitian block of its own."""
    x, x_tail, value, tail = found.basis
    assert tail is not None
    n = value.shape[1]
    coupling = adjoint(x) @ found.residual
    order = np.argsort(value, axis=1, kind="stable")
    value, tail = (np.take_along_axis(side, order, axis=1) for side in (value, tail))
    x = np.take_along_axis(x, order[:, None, :], axis=2)
    if x_tail is not None:
        x_tail = np.take_along_axis(x_tail, order[:, None, :], axis=2)
    coupling = np.take_along_axis(coupling, order[:, None, :], axis=2)
    coupling = np.take_along_axis(coupling, order[:, :, None], axis=1)
    size = np.abs(value).max(axis=1, initial=0.0)[:, None]
    border = np.ones(value.shape, dtype=bool)
    border[:, 1:] = value[:, 1:] - value[:, :-1] > CLUSTER * size
    label = np.cumsum(border, axis=1)
    first = np.maximum.accumulate(np.where(border, np.arange(n), 0), axis=1)
    origin, origin_tail = (np.take_along_axis(side, first, axis=1) for side in (value, tail))
    same = label[:, :, None] == label[:, None, :]
    inside = (value - origin) + (tail - origin_tail)
    gram = np.where(same, adjoint(x) @ x, 0.0)
    skew = gram - np.eye(n)
    root = np.eye(n) - 0.5 * skew + 0.375 * (skew @ skew)  # X root is orthonormal in each cluster
    inner = root @ (np.where(same, coupling, 0.0) + gram * inside[:, None, :]) @ root
    inner = (inner + adjoint(inner)) / 2
    width = np.where(same, np.abs(inner).max(axis=2)[:, None, :], 0.0).max(axis=2)
    width = np.where(width > 0, width, 1.0)
    offset = (2 * n + 1.0) * label
    scaled = inner / width[:, :, None] + offset[:, :, None] * np.eye(n)
    found_value, turn = np.linalg.eigh(scaled)
    small = (found_value - offset) * width
    hi, lo, _ = product(x, root @ turn, count=2, a_tail=x_tail)
    return Basis(*two_sum(hi, lo), *two_sum(origin, origin_tail + small))

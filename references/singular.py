"""Exact singular values, and singular vectors where they are wanted.

Stacks of float64 or complex128, exact numbers. Values are certified for whole stacks
(references/singular_certificate.py). What that leaves open, and vectors, are taken from the
eigenproblem of [[0, A^T], [A, 0]] (Jordan and Wielandt), with all its layers. Complex matrices are
proved as real ones of twice the size.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from references import norms
from references.balls import unproved
from references.columns import UP, adjoint
from references.doubledouble import two_product, two_sum
from references.eigen_certificate import CERTIFIED
from references.eigen_start import NOT_FINITE, ZERO, load_members
from references.interval import Interval
from references.singular_certificate import certify
from references.spectral import as_complex, decompose, every_second, gaps, real_form
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
ROOT = 2.0**0.5
ROOT_REST = -9.667293313452913e-17  # sqrt(2) - ROOT


def svd(a: Array, *, vectors: bool = False, level: int = 0) -> Truth:
    """Singular values, descending, and vectors of A (B, m, n) = U diag(s) V^H, k = min(m, n).

    Parts: s (B, k); with `vectors` also u (B, m, k) and v (B, n, k), columns determined up to one
    common sign, or factor of modulus one. A column has infinite radius where the distance of its
    value from the others, from their negatives and, unless m = n, from zero could not be proved.

    Quantities: norm, s_1 (B,); gap (B, k), the distance of each value from its nearest neighbour
    over the norm: infinite for k = 1, zero for a zero matrix; kappa = s_1 / s_k (B,), infinite at
    its upper end where s_k could not be proved positive, 1 for a zero matrix.
    """
    wide = a.shape[1] < a.shape[2]
    tall = adjoint(a) if wide else np.ascontiguousarray(a)
    twice = np.iscomplexobj(a)
    parts, words = _parts(real_form(tall) if twice else tall, vectors, level, 1 + twice)
    if twice:
        parts = (every_second(parts[0]), *map(as_complex, parts[1:]))
    s, finite = parts[0], words != "not finite"
    zero = finite & (s.hi[:, :1] == 0).all(axis=1) & (s.radius == 0).all(axis=1)
    norm = norms.largest(norms.absolute(s))
    last = norms.smallest(norms.absolute(s))
    kappa = norm / norms.clipped(last)
    quantities = {
        "norm": norms.scaled(norm, s.exponent),
        "gap": _reversed(gaps(_flipped(s), norm)),
        "kappa": Interval(
            np.where(zero, 1.0, np.maximum(kappa.lower, 1.0)), np.where(zero, 1.0, kappa.upper)
        ),
    }
    parts = (s, *(parts[:0:-1] if wide else parts[1:]))
    return Truth(parts, quantities, finite, tuple(words.tolist()))


def _parts(
    a: Array, vectors: bool, level: int, among: int
) -> tuple[tuple[Enclosure, ...], NDArray]:
    """Values, with `vectors` u and v, of real (B, m, n), m >= n; what proved each member."""
    count, m, k = a.shape
    half, scale = np.empty(a.shape), np.empty(count, np.int64)
    load_members(a, half, scale)
    words = np.full(count, "nothing", dtype="U13")
    words[scale == NOT_FINITE] = "not finite"
    s = unproved(count, k)
    zero = scale == ZERO
    s.radius[zero], words[zero] = 0.0, "certificate"
    todo = np.flatnonzero(words == "nothing")
    if level == 0 and not vectors and len(todo):
        todo = _certified(half, scale, todo, s, words)
    u, v = (unproved(count, *shape) if vectors else None for shape in ((m, k), (k, k)))
    if len(todo):
        whole = jordan(a if len(todo) == count else a[todo])
        found, both, words[todo] = decompose(whole, vectors=vectors, level=level, among=among)
        _take(s, todo, found, slice(-1, -k - 1, -1))
        for part, rows in ((v, slice(None, k)), (u, slice(k, None))):
            if part is not None:
                _fill_vectors(part, todo, both, rows, slice(-1, -k - 1, -1))
    return ((s,) if u is None or v is None else (s, u, v)), words


def jordan(a: Array) -> Array:
    """[[0, A^T], [A, 0]], with eigenvalues +-s_i and |m - n| zeros: (B, n + m, n + m)."""
    count, m, n = a.shape
    whole = np.zeros((count, n + m, n + m))
    whole[:, :n, n:], whole[:, n:, :n] = np.swapaxes(a, 1, 2), a
    return whole


def _certified(
    half: Array,
    scale: NDArray[np.int64],
    todo: NDArray[np.int64],
    s: Enclosure,
    words: NDArray,
) -> NDArray[np.int64]:
    """Fill in the values that certificates prove; the members that they leave open.

    What a tall matrix leaves open, since what it does outside of the span of U is as large as its
    small values, is tried again with columns of zeros that make it square.
    """
    m, n = half.shape[1:]
    for missing in (0,) if m == n else (0, m - n):
        part = half if len(todo) == len(half) else half[todo]
        found = certify(np.pad(part, ((0, 0), (0, 0), (0, missing))) if missing else part)
        value, tail, radius = (side[:, :n] for side in found)
        tight = radius.max(axis=1) <= CERTIFIED * value[:, 0]
        own = np.frexp(value[:, 0])[1]
        unit = np.ldexp(1.0, -own)[:, None]
        every = tight.all() and len(todo) == len(half)
        kept: Any = slice(None) if every else tight
        members: Any = slice(None) if every else todo[tight]
        for side, new in ((s.hi, value), (s.lo, tail), (s.radius, radius)):
            side[members] = (new * unit)[kept]
        s.exponent[members] = (scale[todo] + own)[kept]
        words[members] = "certificate"
        todo = todo[~tight]
        if not len(todo):
            break
    return todo


def _take(part: Enclosure, members: NDArray[np.int64], found: Enclosure, columns: slice) -> None:
    for side, new in ((part.hi, found.hi), (part.lo, found.lo), (part.radius, found.radius)):
        side[members] = new[:, columns]
    part.exponent[members] = found.exponent


def _fill_vectors(
    part: Enclosure, members: NDArray[np.int64], found: Enclosure, rows: slice, columns: slice
) -> None:
    """Half of each eigenvector, of length 1 / sqrt(2), as a unit vector."""
    hi, lo = found.hi[:, rows, columns], found.lo[:, rows, columns]
    head, error = two_product(hi, np.full((1, 1, 1), ROOT))
    part.hi[members], part.lo[members] = two_sum(head, error + (hi * ROOT_REST + lo * ROOT))
    # sixteen units of the tail, which is below one of the head, cover the rounding above
    part.radius[members] = found.radius[:, rows, columns] * (ROOT * UP) + 2.0**-101
    part.exponent[members] = found.exponent


def _flipped(part: Enclosure) -> Enclosure:
    return Enclosure(part.hi[:, ::-1], part.lo[:, ::-1], part.radius[:, ::-1], part.exponent)


def _reversed(value: Interval) -> Interval:
    return Interval(value.lower[:, ::-1], value.upper[:, ::-1])

"""Exact singular values, and singular vectors where they are wanted.

Stacks of float64 or complex128, exact numbers. Values are certified for whole stacks
(references/singular_certificate.py). What that leaves open, and vectors, are taken from the
eigenproblem of [[0, A^H], [A, 0]] (Jordan and Wielandt), with all its layers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from references import norms, singular_certificate
from references.balls import finite_members, unproved
from references.columns import UP, adjoint, scaled, scaled_columns
from references.doubledouble import exact_scale, two_sum
from references.interval import Interval
from references.spectral import CERTIFIED, as_complex, decompose, gaps
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
ONE_SLICE = 16  # rows up to which residuals from one slice are sharp enough
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
    tall = adjoint(a) if wide else a
    finite = finite_members(a)
    usable = np.where(finite[:, None, None], tall, 0.0)
    scale = exact_scale(usable)
    k = tall.shape[2]
    s, u, v = (unproved(len(a), *shape) for shape in ((k,), tall.shape[1:], (k, k)))
    if np.iscomplexobj(a):
        u, v = as_complex(u), as_complex(v)
    words = np.where(finite, "nothing", "not finite").astype("U13")
    zero = finite & ~usable.any(axis=(1, 2))
    s.radius[zero], words[zero] = 0.0, "certificate"
    todo = np.flatnonzero(finite & ~zero)
    if level == 0 and not vectors and len(todo):
        todo = _certified(scaled(usable, -scale), scale, todo, s, words)
    if len(todo):
        rest = usable if len(todo) == len(usable) else usable[todo]
        found, both, words[todo] = decompose(jordan(rest), vectors=vectors, level=level)
        _take(s, todo, found, slice(-1, -k - 1, -1))
        if vectors:
            for part, rows in ((v, slice(None, k)), (u, slice(k, None))):
                _fill_vectors(part, todo, both, rows, slice(-1, -k - 1, -1))
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
    parts = (s, *((v, u) if wide else (u, v))) if vectors else (s,)
    return Truth(parts, quantities, finite, tuple(words.tolist()))


def jordan(a: Array) -> Array:
    """[[0, A^H], [A, 0]], with eigenvalues +-s_i and |m - n| zeros: (B, n + m, n + m)."""
    count, m, n = a.shape
    whole = np.zeros((count, n + m, n + m), dtype=a.dtype)
    whole[:, :n, n:], whole[:, n:, :n] = np.swapaxes(a.conj(), 1, 2), a
    return whole


def _certified(
    half: Array,
    scale: NDArray[np.int64],
    todo: NDArray[np.int64],
    s: Enclosure,
    words: NDArray,
) -> NDArray[np.int64]:
    """Fill in the values that a batch of certificates proves; the members that it leaves open."""
    part = half if len(todo) == len(half) else half[todo]
    found = singular_certificate.values(part, count=1 if half.shape[1] <= ONE_SLICE else 2)
    tight = found.radius.max(axis=1) <= CERTIFIED * found.value[:, 0]
    if not tight.any():
        return todo
    members, value = todo[tight], found.value[tight]
    own = exact_scale(value)
    unit = np.ldexp(1.0, -own)[:, None]
    s.hi[members], s.lo[members] = value * unit, found.tail[tight] * unit
    s.radius[members] = found.radius[tight] * unit
    s.exponent[members] = scale[members] + own
    words[members] = "certificate"
    return todo[~tight]


def _take(part: Enclosure, members: NDArray[np.int64], found: Enclosure, columns: slice) -> None:
    for side, new in ((part.hi, found.hi), (part.lo, found.lo), (part.radius, found.radius)):
        side[members] = new[:, columns]
    part.exponent[members] = found.exponent


def _fill_vectors(
    part: Enclosure, members: NDArray[np.int64], found: Enclosure, rows: slice, columns: slice
) -> None:
    """Half of each eigenvector, of length 1 / sqrt(2), as a unit vector."""
    hi, lo = found.hi[:, rows, columns], found.lo[:, rows, columns]
    root = np.full((len(hi), hi.shape[2]), ROOT)
    head, error = scaled_columns(hi, root)
    part.hi[members], part.lo[members] = two_sum(head, error + (hi * ROOT_REST + lo * ROOT))
    # sixteen units of the tail, which is below one of the head, cover the rounding above
    part.radius[members] = found.radius[:, rows, columns] * (ROOT * UP) + 2.0**-101
    part.exponent[members] = found.exponent


def _flipped(part: Enclosure) -> Enclosure:
    return Enclosure(part.hi[:, ::-1], part.lo[:, ::-1], part.radius[:, ::-1], part.exponent)


def _reversed(value: Interval) -> Interval:
    return Interval(value.lower[:, ::-1], value.upper[:, ::-1])

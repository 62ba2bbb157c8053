"""Exact eigenvalues and eigenvectors of Hermitian matrices; pseudo-inverses beside them.

Stacks of float64 or complex128, exact numbers. Whole stacks are certified from LAPACK's basis, what
that leaves open from a basis in double-double with its clusters rotated
(references/eigen_certificate.py); the rest is proved in balls, one member at a time.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from flint import arb_mat, ctx
from numpy.typing import NDArray

from references import eigen_certificate as certificate
from references import norms
from references.balls import (
    TARGET,
    TIGHT,
    Pieces,
    adaptive,
    finite_members,
    matrix,
    pieces,
    power_of_two,
    store,
    unproved,
)
from references.columns import UP, scaled
from references.doubledouble import UNIT, exact_scale
from references.eigen_certificate import Proved
from references.interval import Interval
from references.pseudo_inverse import pinv
from references.refinement import refine
from references.truth import Enclosure, Truth

__all__ = ["eigh", "eigvalsh", "pinv"]

Array = NDArray[np.float64]
MOST_BITS = 1200
CLUSTER = 2.0**-60  # relative gap below which an eigenvector need not be proved tightly
CERTIFIED = 2.0**-60  # accepted radius of a certificate, of values over the largest, of columns
# slices of the residual: one is enough for values that lie apart
LAYERS = ((1, "certificate"), (2, "certificate"), (3, "double-double"), (4, "double-double"))


def eigh(a: Array, *, level: int = 0) -> Truth:
    """Eigenvalues, ascending, and unit eigenvectors of Hermitian matrices a (B, n, n).

    Reads the lower triangle only. Parts: w (B, n) and v (B, n, n), eigenvectors in columns and
    determined up to sign, or a factor of modulus one. Where the distance to the next eigenvalue
    could not be proved, within clusters and exact multiplicity, a column has infinite radius; so
    have all columns of complex members that only balls decide.

    Quantities: norm, the 2-norm (B,); gap (B, n), the distance of each eigenvalue from its
    nearest neighbour over the norm: infinite for n = 1, zero for a zero matrix.
    """
    return _eigen(a, vectors=True, level=level)


def eigvalsh(a: Array, *, level: int = 0) -> Truth:
    """The eigenvalues alone, with the same quantities: see `eigh`."""
    return _eigen(a, vectors=False, level=level)


def _eigen(a: Array, *, vectors: bool, level: int) -> Truth:
    finite = finite_members(np.tril(a))
    usable = hermitian(np.where(finite[:, None, None], a, 0.0))
    w, v, words = decompose(usable, vectors=vectors, level=level)
    for part in (w, v):
        part.hi[~finite], part.radius[~finite] = 0.0, np.inf
    words[~finite] = "not finite"
    norm = norms.largest(norms.absolute(w))
    quantities = {"norm": norms.scaled(norm, w.exponent), "gap": gaps(w, norm)}
    return Truth((w, v) if vectors else (w,), quantities, finite, tuple(words.tolist()))


def decompose(a: Array, *, vectors: bool, level: int) -> tuple[Enclosure, Enclosure, NDArray]:
    """Values (B, n), vectors (B, n, n) of finite Hermitian matrices, and what proved each member.

    Without `vectors` the second is left unproved.
    """
    scale = exact_scale(a)
    half = scaled(a, -scale)
    w, v = unproved(*a.shape[:2]), unproved(*a.shape)
    if np.iscomplexobj(a):
        v = as_complex(v)
    words = np.full(len(a), "nothing", dtype="U13")
    zero = ~a.any(axis=(1, 2))
    w.radius[zero], words[zero] = 0.0, "certificate"
    todo = np.flatnonzero(~zero)
    if level == 0:
        todo = _certified(half, scale, todo, w, v, words, vectors=vectors)
    for i in todo:
        start = np.linalg.eigh(half[i])[1]
        found = _member(a[i], int(scale[i]), start, vectors=vectors, level=level)
        if found is not None:
            store(w, i, found[0])
            words[i] = "balls"
            if found[1] is not None:
                v.hi[i], v.lo[i], v.radius[i] = (
                    np.ldexp(side, found[1].exponent) for side in found[1][:3]
                )
    if a.shape[1] == 1:
        v.hi[:], v.radius[:], v.exponent[:] = 1.0, 0.0, 0
    return w, v, words


def as_complex(part: Enclosure) -> Enclosure:
    """The same enclosure, ready to hold complex numbers."""
    return replace(part, hi=part.hi.astype(np.complex128), lo=part.lo.astype(np.complex128))


def hermitian(a: Array) -> Array:
    """The Hermitian matrices (B, n, n) that lower triangles stand for."""
    lower = np.tril(a, -1)
    whole = lower + np.swapaxes(lower.conj(), 1, 2)
    index = np.arange(a.shape[-1])
    whole[:, index, index] = a[:, index, index].real
    return whole


def _certified(
    half: Array,
    scale: NDArray[np.int64],
    todo: NDArray[np.int64],
    w: Enclosure,
    v: Enclosure,
    words: NDArray,
    *,
    vectors: bool,
) -> NDArray[np.int64]:
    """Fill in what batched layers prove; the members that they leave open."""
    found: Proved | None = None
    for count, word in LAYERS:
        if not len(todo):
            break
        a = half if len(todo) == len(half) else half[todo]
        if count == 1 and vectors:
            continue
        if found is None or count <= 2:
            found = certificate.step(a, certificate.start(a), count, vectors=count > 1)
        else:
            found = certificate.step(a, certificate.rotate(found), count)
        tight = _tight(found, vectors)
        if tight.any():
            _fill(w, v, todo, scale, found, tight)
            words[todo[tight]] = word
            todo, found = todo[~tight], found.select(~tight)
    return todo


def _tight(found: Proved, vectors: bool) -> NDArray[np.bool_]:
    """Members whose values, and columns outside of clusters, are known well enough."""
    value, tail = found.basis.value, found.basis.tail
    assert tail is not None
    size = np.abs(value).max(axis=1, initial=0.0)
    tight: NDArray[np.bool_] = found.radius <= CERTIFIED * size
    if vectors:
        apart = certificate.separation(value, tail, found.radius) > CLUSTER * size[:, None]
        tight = tight & ~(apart & (found.columns > CERTIFIED)).any(axis=1)
    return tight


def _fill(
    w: Enclosure,
    v: Enclosure,
    todo: NDArray[np.int64],
    scale: NDArray[np.int64],
    found: Proved,
    tight: NDArray[np.bool_],
) -> None:
    """Write members that are tight into the enclosures; columns that are not stay unknown."""
    basis, radius = found.basis, found.radius[tight, None]
    assert basis.tail is not None
    members, value, tail = todo[tight], basis.value[tight], basis.tail[tight]
    own = exact_scale(value)
    unit = np.ldexp(1.0, -own)[:, None]
    w.hi[members], w.lo[members], w.radius[members] = value * unit, tail * unit, radius * unit
    w.exponent[members] = scale[members] + own
    known = (found.columns <= CERTIFIED) & tight[:, None]
    if basis.x_tail is None or not known.any():
        return
    wide = np.broadcast_to(np.where(known, found.columns, np.inf)[:, None, :], basis.x.shape)
    sides = ((v.hi, basis.x), (v.lo, basis.x_tail), (v.radius, wide))
    if len(todo) == len(v.hi):  # to copy all is faster than to pick most
        for part, side in sides:
            np.copyto(part, side)
        unknown, columns = np.nonzero(~known)
    else:
        for part, side in sides:
            part[members] = side[tight]
        unknown, columns = np.nonzero(~known & tight[:, None])
        unknown = todo[unknown]
    v.hi[unknown, :, columns], v.lo[unknown, :, columns] = 0.0, 0.0


def _member(
    a: Array, scale: int, start: Array, *, vectors: bool, level: int
) -> tuple[Pieces, Pieces | None] | None:
    """Values and vectors of one member in balls; values alone, each twice, of a complex one."""
    if np.iscomplexobj(a):
        a = np.block([[a.real, -a.imag], [a.imag, a.real]])
        start = np.linalg.eigh(scaled(a[None], np.array([-scale])))[1][0]
        twice = _member(a, scale, start, vectors=False, level=level)
        if twice is None:
            return None
        hi, lo, radius = (side[::2] for side in twice[0][:3])
        return Pieces(hi, lo, radius, twice[0].exponent), None
    balls = matrix(a) * power_of_two(-scale)
    n = len(a)

    def compute() -> tuple[Pieces, Pieces, Array]:
        basis = refine(balls, start, 2.0 ** (20 - ctx.prec))
        value_radius = basis.value_radius()
        w = pieces(arb_mat(n, 1, basis.values)).widened(value_radius[:, None])
        flat = Pieces(w.hi[:, 0], w.lo[:, 0], w.radius[:, 0], w.exponent + scale)
        v = pieces(basis.vectors).widened(np.broadcast_to(basis.vector_radius(), (n, n)))
        return flat, v, basis.apart()

    def accept(found: tuple[Pieces, Pieces, Array]) -> bool:
        w, v, apart = found
        separate = apart > CLUSTER * np.ldexp(np.abs(w.hi).max(), w.exponent - scale)
        loose = v.radius[:, separate] > TIGHT[level]
        return w.tight(level) and not (vectors and bool(loose.any()))

    # a vector's radius is its residual over the gap: 40 bits for that
    found = adaptive(compute, TARGET[level] + (60 if vectors else 20), accept, MOST_BITS)
    return None if found is None else found[:2]


def gaps(w: Enclosure, norm: Interval) -> Interval:
    """Distance of ascending values from the nearest neighbour, over the norm (B,): (B, n)."""
    if w.hi.shape[1] == 1:
        return Interval.exact(np.full(w.hi.shape, np.inf))
    step = (w.hi[:, 1:] - w.hi[:, :-1]) + (w.lo[:, 1:] - w.lo[:, :-1])
    # of the values once for two tails, of the step once for each of its three roundings
    wide = (w.radius[:, 1:] + w.radius[:, :-1]) * UP + 4 * UNIT * np.abs(step)
    wide += 2.0**-103 * np.abs(w.hi).max(axis=1, initial=0.0)[:, None]
    lower, upper = (_nearest(side) for side in (step - wide, step + wide))
    zero = norm.upper == 0
    size = np.where(zero, 1.0, norm.upper)[:, None], np.where(zero, 1.0, norm.lower)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = Interval(np.maximum(lower, 0.0) / size[0] / UP, upper / size[1] * UP)
    return norms.clipped(_known(gap), zero[:, None])


def _nearest(step: Array) -> Array:
    """The smaller of the steps (B, n - 1) to either side."""
    edge = np.full((len(step), 1), np.inf)
    return np.minimum(np.hstack([edge, step]), np.hstack([step, edge]))


def _known(value: Interval) -> Interval:
    """NaN, from values that nothing is known of, as the whole half line."""
    return Interval(
        np.where(np.isnan(value.lower), 0.0, value.lower),
        np.where(np.isnan(value.upper), np.inf, value.upper),
    )

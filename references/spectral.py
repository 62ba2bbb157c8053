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

from references import norms
from references.balls import TARGET, TIGHT, Pieces, adaptive, matrix, pieces, store, unproved
from references.columns import UP
from references.doubledouble import UNIT
from references.eigen_certificate import certify
from references.eigen_start import NOT_FINITE, ZERO, lower_triangles
from references.interval import Interval
from references.pseudo_inverse import pinv
from references.refinement import refine
from references.truth import Enclosure, Truth

__all__ = ["eigh", "eigvalsh", "pinv"]

Array = NDArray[np.float64]
MOST_BITS = 1200
CLUSTER = 2.0**-60  # relative gap below which balls need not prove an eigenvector tightly


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


def in_field(truth: Truth, a: NDArray) -> Truth:
    """The same, values of complex matrices being complex numbers too, as TensorFlow has them."""
    if not np.iscomplexobj(a):
        return truth
    w, *rest = truth.parts
    return replace(truth, parts=(Enclosure(w.hi + 0j, w.lo + 0j, w.radius, w.exponent), *rest))


def _eigen(a: Array, *, vectors: bool, level: int) -> Truth:
    twice = np.iscomplexobj(a)
    w, v, words = decompose(
        real_form(hermitian(a)) if twice else a, vectors=vectors, level=level, among=1 + twice
    )
    if twice:
        w, v = every_second(w), as_complex(v)
    finite = words != "not finite"
    norm = norms.largest(norms.absolute(w))
    quantities = {"norm": norms.scaled(norm, w.exponent), "gap": gaps(w, norm)}
    return Truth((w, v) if vectors else (w,), quantities, finite, tuple(words.tolist()))


def decompose(
    a: Array, *, vectors: bool, level: int, among: int = 1
) -> tuple[Enclosure, Enclosure, NDArray]:
    """Values (B, n), vectors (B, n, n) of symmetric matrices, and what proved each member.

    Lower triangles are read. Where every value stands `among` times, vectors are any of those that
    belong to it. Without `vectors` the second is left unproved.
    """
    half, scale = np.empty(a.shape), np.empty(len(a), np.int64)
    lower_triangles(np.ascontiguousarray(a, np.float64), half, scale)
    if level == 0 and len(a):
        w, v, proved = certify(half, scale, vectors=vectors, among=among)
    else:
        w, v = unproved(*a.shape[:2]), unproved(*a.shape)
        proved = np.zeros(len(a), dtype=bool)
    words = np.where(proved, "certificate", "nothing").astype("U13")
    words[scale == NOT_FINITE] = "not finite"
    zero = scale == ZERO
    words[zero], w.radius[zero] = "certificate", 0.0
    for i in np.flatnonzero(words == "nothing"):
        found = _member(half[i], int(scale[i]), vectors=vectors, level=level)
        if found is not None:
            store(w, i, found[0])
            words[i] = "balls"
            if vectors:
                v.hi[i], v.lo[i], v.radius[i] = (
                    np.ldexp(side, found[1].exponent) for side in found[1][:3]
                )
    if a.shape[1] == 1:
        v.hi[:], v.lo[:], v.radius[:], v.exponent[:] = 1.0, 0.0, 0.0, 0
    return w, v, words


def hermitian(a: Array) -> Array:
    """The Hermitian matrices (B, n, n) that lower triangles stand for."""
    lower = np.tril(a, -1)
    whole = lower + np.swapaxes(lower.conj(), 1, 2)
    index = np.arange(a.shape[-1])
    whole[:, index, index] = a[:, index, index].real
    return whole


def real_form(a: Array) -> Array:
    """[[Re A, -Im A], [Im A, Re A]] for complex (B, m, n): every value stands twice."""
    upper = np.concatenate([a.real, -a.imag], axis=2)
    return np.concatenate([upper, np.concatenate([a.imag, a.real], axis=2)], axis=1)


def every_second(part: Enclosure) -> Enclosure:
    """The values (B, 2n) of a real form, each once."""
    return Enclosure(part.hi[:, ::2], part.lo[:, ::2], part.radius[:, ::2], part.exponent)


def as_complex(part: Enclosure) -> Enclosure:
    """Every second column (B, 2m, 2n) of a real form as a complex one: (B, m, n)."""
    m = part.hi.shape[1] // 2
    hi, lo, radius = (side[:, :, ::2] for side in (part.hi, part.lo, part.radius))
    return Enclosure(
        hi[:, :m] + 1j * hi[:, m:], lo[:, :m] + 1j * lo[:, m:], radius[:, :m], part.exponent
    )


def _member(a: Array, scale: int, *, vectors: bool, level: int) -> tuple[Pieces, Pieces] | None:
    """Values and vectors of one member 2^scale a in balls, entries of a near 1."""
    balls, start = matrix(a), np.linalg.eigh(a)[1]
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
    step = steps(w)
    lower, upper = _nearest(step.lower), _nearest(step.upper)
    zero = norm.upper == 0
    size = np.where(zero, 1.0, norm.upper)[:, None], np.where(zero, 1.0, norm.lower)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = Interval(np.maximum(lower, 0.0) / size[0] / UP, upper / size[1] * UP)
    return norms.clipped(_known(gap), zero[:, None])


def steps(w: Enclosure) -> Interval:
    """From each of ascending values to the next, without their power of two: (B, n - 1)."""
    step = (w.hi[:, 1:] - w.hi[:, :-1]) + (w.lo[:, 1:] - w.lo[:, :-1])
    # of the values once for two tails, of the step once for each of its three roundings
    wide = (w.radius[:, 1:] + w.radius[:, :-1]) * UP + 4 * UNIT * np.abs(step)
    wide += 2.0**-103 * np.abs(w.hi).max(axis=1, initial=0.0)[:, None]
    return Interval(step - wide, step + wide)


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

"""Triangular factors of complex matrices, as those of real ones of twice the order.

Each number f + i g becomes the block [[f, -g], [g, f]] in its place. Sums, products and adjoints
stay what they are, and a lower triangular L with a positive diagonal stays lower triangular with
a positive diagonal, for its diagonal is real. Cholesky factors are unique: the factor of what A
becomes is what L becomes. So it is with R, the factor of A^H A.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from references import cholesky as real
from references.interval import Interval
from references.orthogonal import qr as real_qr
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
TWICE = ("definite", "logs", "skew")  # sums over rows, each of which stands twice
HALF_ROOT = Interval(np.array(0.7071067811865474), np.array(0.7071067811865477))  # 1/sqrt 2


def interleaved(a: NDArray) -> Array:
    """[[re, -im], [im, re]] in place of each entry: (B, m, n) to (B, 2 m, 2 n)."""
    count, m, n = a.shape
    result = np.empty((count, 2 * m, 2 * n))
    result[:, ::2, ::2] = result[:, 1::2, 1::2] = a.real
    result[:, 1::2, ::2] = a.imag
    result[:, ::2, 1::2] = -a.imag
    return result


def hermitian(a: NDArray) -> Array:
    """The same for (B, n, n) whose diagonal counts as real: its imaginary part is not read."""
    a = np.array(a)
    diagonal = np.einsum("bii->bi", a)
    diagonal.imag = np.where(np.isfinite(diagonal.imag), 0.0, diagonal.imag)
    return interleaved(a)


def cholesky(a: NDArray, *, level: int = 0) -> Truth:
    """The lower factors L of Hermitian A = L L^H: real or complex (B, n, n), lower triangle read.

    Quantities as for real matrices; in definite, |L^-1| has |re| + |im|, no less than moduli.
    """
    if not np.iscomplexobj(a):
        return real.cholesky(a, level=level)
    truth = real.cholesky(hermitian(a), level=level)
    part = folded(truth.parts[0])
    for side in (part.hi, part.lo):
        np.einsum("bii->bi", side).imag = 0.0
    return replace(truth, parts=(part,), quantities=_once(truth.quantities))


def logdet(a: NDArray, *, level: int = 0) -> Truth:
    """The logarithms of determinants, real, of Hermitian a (B, n, n), real or complex."""
    if not np.iscomplexobj(a):
        return real.logdet(a, level=level)
    truth = real.logdet(hermitian(a), level=level)
    log = truth.parts[0]
    half = Enclosure(log.hi / 2, log.lo / 2, log.radius / 2, log.exponent)
    return replace(truth, parts=(half,), quantities=_once(truth.quantities))


def qr(a: NDArray, *, full_matrices: bool = False, level: int = 0) -> Truth:
    """The shapes of Q, and the R with a positive diagonal, of real or complex a (B, m, n)."""
    if not np.iscomplexobj(a):
        return real_qr(a, full_matrices=full_matrices, level=level)
    truth = real_qr(interleaved(a), full_matrices=full_matrices, level=level)
    known = _once(truth.quantities)
    known["norm"] = known["norm"] * HALF_ROOT
    return replace(truth, parts=tuple(map(folded, truth.parts)), quantities=known)


def _once(quantities: Mapping[str, Interval]) -> dict[str, Interval]:
    """The quantities of a complex matrix: halves, which are exact, of what was counted twice."""
    return {
        name: Interval(x.lower / 2, x.upper / 2) if name in TWICE else x
        for name, x in quantities.items()
    }


def folded(part: Enclosure) -> Enclosure:
    """The complex enclosure of an interleaved one, from its even columns; radii are added."""
    sides = []
    for side in (part.hi, part.lo):
        whole = np.empty((len(side), side.shape[1] // 2, side.shape[2] // 2), np.complex128)
        whole.real, whole.imag = side[:, ::2, ::2], side[:, 1::2, ::2]
        sides.append(whole)
    radius = (part.radius[:, ::2, ::2] + part.radius[:, 1::2, ::2]) * (1 + 2.0**-52)
    return Enclosure(*sides, radius, part.exponent)  # type: ignore[call-arg]

"""Exact products and solutions of circulant and Toeplitz matrices, of their kernels.

A circulant matrix of a kernel h, an array of one to three axes, takes x to the sums of h_(i-j) x_j,
indices counted modulo the lengths of the axes; x is flat, the last axis running first. Matrices are
written out: products are summed in double-double (references/contractions.py), systems solved as
any other (references/embedded.py). Beside them stand what errors of Fourier transforms are relative
to: `peak` and `least`, the largest and the smallest modulus of an eigenvalue, which the transform
of the kernel gives; `kernel`, the Euclidean norm of h; `length`, the Frobenius norm of x or b;
`order`, of the matrix that is transformed, and `stages`, of `stages()`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from math import lcm, prod, sqrt

import numpy as np
from flint import arb, ctx, fmpq
from numpy.typing import NDArray

from references import embedded, norms
from references.contractions import contracted
from references.doubledouble import UNIT, exact_scale, shift
from references.embedded import column
from references.interval import Interval, largest
from references.members import finite_members
from references.truth import Truth

Shape = tuple[int, ...]
LOST = 2.0**-104  # of a sum of absolute values: what weights of two floats leave out


def circulant(kernel: NDArray, x: NDArray, *, level: int = 0) -> Truth:
    """C x of kernels (B, ...) and (B, N, k), N the number of entries of a kernel: (B, N, k)."""
    product = contracted(matrices(kernel), x)
    return _with_spectrum(product, kernel, x)


def circulant_solve(kernel: NDArray, rhs: NDArray, *, level: int = 0) -> Truth:
    """The x of C x = rhs of kernels (B, ...) and (B, N, k)."""
    return _with_spectrum(embedded.solve(matrices(kernel), rhs, level=level), kernel, rhs)


def toeplitz(diagonals: NDArray, x: NDArray, *, level: int = 0) -> Truth:
    """T x of diagonals (B, 2 n - 1), from the upper right to the lower left, and (B, n, k).

    Quantities are those of the circulant matrix of order 2 n that T is a corner of.
    """
    product = contracted(toeplitz_matrices(diagonals), x)
    return _with_spectrum(product, around(diagonals), x)


def matrices(kernel: NDArray) -> NDArray:
    """Circulant matrices (B, N, N)."""
    return kernel.reshape(len(kernel), -1)[:, _places(kernel.shape[1:])]


@cache
def _places(shape: Shape) -> NDArray[np.int64]:
    """Which entry of a kernel stands where in its matrix."""
    where = np.array(list(np.ndindex(*shape))).T[:, :, None]
    apart = [(w - w.T) % n for w, n in zip(where, shape, strict=True)]
    return np.ravel_multi_index(tuple(apart), shape)


def toeplitz_matrices(diagonals: NDArray) -> NDArray:
    """Toeplitz matrices (B, n, n) of their diagonals (B, 2 n - 1)."""
    i = np.arange(diagonals.shape[1] // 2 + 1)
    return diagonals[:, len(i) - 1 + i[:, None] - i]


def around(diagonals: NDArray) -> NDArray:
    """The kernel (B, 2 n) of a circulant matrix whose corner is Toeplitz."""
    n = diagonals.shape[1] // 2 + 1
    zero = np.zeros_like(diagonals[:, :1])
    return np.concatenate([diagonals[:, n - 1 :], zero, diagonals[:, : n - 1]], axis=1)


def stages(shape: Shape) -> float:
    """How far a Fourier transform is off, in units of u of its Euclidean norm.

    Sums over the prime factors r of the lengths: an r-point transform is sqrt(r) times unitary,
    and direct or paired sums are off by (r + 5) u of the sum of moduli, twiddle factors included;
    for r = 2 Higham (2002, 24.1) has 7.7 with weights that are off by 2 u. docs/bounds.md derives.
    """
    return sum(7.7 if r == 2 else sqrt(r) * (r + 5) + 4.9 for n in shape for r in _primes(n))


def _primes(n: int) -> list[int]:
    found, r = [], 2
    while n > 1:
        while n % r == 0:
            found.append(r)
            n //= r
        r += 1
    return found


def _with_spectrum(truth: Truth, kernel: NDArray, x: NDArray) -> Truth:
    finite = finite_members(kernel, x)
    size = spectrum(kernel)
    known = {
        "peak": largest(size),
        "least": norms.smallest(size),
        "kernel": _length(kernel),
        "length": _length(x),
    }
    shape, count = kernel.shape[1:], len(kernel)
    told = {name: norms.known(value, finite) for name, value in known.items()}
    told |= {
        "order": Interval.exact(np.full(count, float(prod(shape)))),
        "stages": Interval.exact(np.full(count, stages(shape))),
    }
    return replace(truth, quantities={**truth.quantities, **told})


def spectrum(kernel: NDArray) -> Interval:
    """The moduli (B, N) of the Fourier transforms of kernels (B, ...)."""
    flat = kernel.reshape(len(kernel), 1, -1).astype(np.complex128)
    flat = np.where(finite_members(kernel)[:, None, None], flat, 0.0)
    weights = _weights(kernel.shape[1:])
    both = np.concatenate([flat, flat], axis=2)
    part = contracted(both, np.broadcast_to(weights, (len(flat), *weights.shape))).parts[0]
    centre = np.hypot(part.hi.real, part.hi.imag)
    wide = (np.abs(part.lo.real) + np.abs(part.lo.imag) + part.radius) * (1 + 2.0**-40)
    size = norms.clipped(Interval.around(centre, wide + centre * (4 * UNIT)))[:, 0]
    power = exact_scale(column(flat))
    total = np.abs(shift(flat.real, -power)) + np.abs(shift(flat.imag, -power))
    left_out = norms.scaled(Interval.exact(LOST * total.sum(axis=(1, 2))), power).upper[:, None]
    size = norms.scaled(size, part.exponent)
    return norms.clipped(size + Interval(-left_out, left_out))


@cache
def _weights(shape: Shape) -> NDArray[np.complex128]:
    """exp(-2 pi i (j_1 k_1/n_1 + ...)) as what is rounded, (N, N), above what is left: (2 N, N)."""
    period = lcm(*shape)
    where = np.array(list(np.ndindex(*shape)))
    turns = (where * (period // np.array(shape))) @ where.T % period
    saved, ctx.prec = ctx.prec, 160
    try:
        table = [_two(fmpq(-2 * int(k), period)) for k in range(period)]
    finally:
        ctx.prec = saved
    return np.concatenate([np.array([row[i] for row in table])[turns] for i in (0, 1)])


def _two(turn: fmpq) -> tuple[complex, complex]:
    """exp(pi i turn), rounded, and the rest, rounded."""
    parts = arb.cos_pi_fmpq(turn), arb.sin_pi_fmpq(turn)
    first = [float(p) for p in parts]
    rest = [float(p - arb(x)) for p, x in zip(parts, first, strict=True)]
    return complex(*first), complex(*rest)


def _length(x: NDArray) -> Interval:
    """Frobenius norms of (B, ...)."""
    flat = x.reshape(len(x), -1, 1)
    parts = np.concatenate([flat.real, flat.imag], axis=1) if np.iscomplexobj(x) else flat
    parts = np.where(np.isfinite(parts), parts, 0.0)
    power = exact_scale(parts)
    near = np.abs(shift(parts, -power))
    return norms.scaled(norms.column_norms(Interval(near, near))[:, 0], power)

"""Exact solutions of systems with triangular, banded and tridiagonal matrices, real or complex.

Arrays and keyword arguments are those of TensorFlow's calls, for stacks. The matrices are written
out and solved as any other (references/linear.py), with the same quantities: `skeel`,
|| |A^-1| |A| ||, is the condition of substitutions (Higham 2002, 8.2). Beside them stands `top`,
the norm of A times the largest entry of x: what a partial sum may reach.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from references import embedded, norms
from references.contractions import tridiagonal
from references.interval import Interval, largest
from references.truth import Truth


def triangular_solve(
    matrix: NDArray, rhs: NDArray, *, lower: bool = True, adjoint: bool = False, level: int = 0
) -> Truth:
    """The x of T x = rhs, or of T^H x = rhs, T one triangle of (B, n, n): (B, n, k)."""
    return _solved(triangle(matrix, lower=lower), rhs, adjoint=adjoint, level=level)


def _solved(a: NDArray, rhs: NDArray, *, adjoint: bool = False, level: int = 0) -> Truth:
    truth = embedded.solve(a, rhs, adjoint=adjoint, level=level)
    part = truth.parts[0]
    wide = (np.abs(part.lo) + part.radius) * (1 + 2.0**-40)
    sizes = largest(Interval.around(np.abs(part.hi), wide))
    top = norms.clipped(truth.quantities["norm_a"] * norms.scaled(sizes, part.exponent))
    return replace(truth, quantities={**truth.quantities, "top": top})


def triangle(a: NDArray, *, lower: bool) -> NDArray:
    """What a triangular solver reads of (B, n, n)."""
    return np.tril(a) if lower else np.triu(a)


def banded_triangular_solve(
    bands: NDArray, rhs: NDArray, *, lower: bool = True, adjoint: bool = False, level: int = 0
) -> Truth:
    """The x of T x = rhs, or of T^H x = rhs, T of its diagonals (B, d, n): (B, n, k)."""
    return _solved(banded(bands, lower=lower), rhs, adjoint=adjoint, level=level)


def banded(bands: NDArray, *, lower: bool) -> NDArray:
    """Triangular matrices (B, n, n) of d diagonals (B, d, n), as TensorFlow stores them.

    Lower: bands_k is the diagonal k places below the main one, and begins with k unused entries;
    upper: bands_k is d - 1 - k places above it, and ends with as many.
    """
    depth, count, n = bands.shape
    result = np.zeros((depth, n, n), dtype=bands.dtype)
    for k in range(count):
        away = k if lower else count - 1 - k
        i = np.arange(n - away)
        if lower:
            result[:, i + away, i] = bands[:, k, away:]
        else:
            result[:, i, i + away] = bands[:, k, : n - away]
    return result


def tridiagonal_solve(
    diagonals: NDArray, rhs: NDArray, *, partial_pivoting: bool = True, level: int = 0
) -> Truth:
    """The x of T x = rhs, T of its diagonals (B, 3, n): (B, n, k)."""
    return _solved(tridiagonal(diagonals), rhs, level=level)

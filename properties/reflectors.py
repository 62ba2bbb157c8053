"""Reflectors, sums and products over stacks: kernels in which every operation has its place.

IEEE + - x and / in a fixed order, never contracted: the same bits on every processor. A sum runs by
halves: the second half is added to the first until one row is left, an odd last row to the first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from references.compiled import inlined, kernel

Array = NDArray[np.float64]


@inlined
def fold(terms: Array, count: int) -> None:
    """Leave the sum of the rows terms (>= count, k) in the first one."""
    while count > 1:
        half = count // 2
        for i in range(half):
            for j in range(terms.shape[1]):
                terms[i, j] += terms[half + i, j]
        if count % 2:
            for j in range(terms.shape[1]):
                terms[0, j] += terms[count - 1, j]
        count = half


@inlined
def square_length(vector: Array, line: Array) -> float:
    """v'v for v (m,); `line` (m, 1) is room to work in."""
    for i in range(len(vector)):
        line[i, 0] = vector[i] * vector[i]
    fold(line, len(vector))
    length: float = line[0, 0]
    return length


@kernel
def mixed_rows(vectors: Array, stack: Array) -> None:
    """Q A in place, A (B, m, n): Q the product of I - 2 v v' / v'v, v in vectors (B, R, m)."""
    members, m, n = stack.shape
    terms, line = np.empty((m, n)), np.empty((m, 1))
    for b in range(members):
        for r in range(vectors.shape[1]):
            for i in range(m):
                for j in range(n):
                    terms[i, j] = vectors[b, r, i] * stack[b, i, j]
            fold(terms, m)
            factor = 2.0 / square_length(vectors[b, r], line)
            for j in range(n):
                terms[0, j] *= factor
            for i in range(m):
                for j in range(n):
                    stack[b, i, j] -= vectors[b, r, i] * terms[0, j]


@kernel
def conjugated(vectors: Array, stack: Array) -> None:
    """Q A Q' in place, A (B, n, n) symmetric and exactly so again.

    The update by two vectors of Golub and Van Loan 2013, 8.3.1.
    """
    members, n, _ = stack.shape
    terms, line, image = np.empty((n, n)), np.empty((n, 1)), np.empty(n)
    for b in range(members):
        for r in range(vectors.shape[1]):
            v = vectors[b, r]
            beta = 2.0 / square_length(v, line)
            for i in range(n):
                for j in range(n):
                    terms[i, j] = v[i] * stack[b, i, j]
            fold(terms, n)
            for j in range(n):
                image[j] = beta * terms[0, j]
                line[j, 0] = image[j] * v[j]
            fold(line, n)
            factor = 0.5 * beta * line[0, 0]
            for j in range(n):
                image[j] -= factor * v[j]
            for i in range(n):
                for j in range(n):
                    stack[b, i, j] -= v[i] * image[j] + v[j] * image[i]


@kernel
def products(a: Array, b: Array, out: Array) -> None:
    """A B for stacks (B, m, n) and (B, n, k)."""
    members, m, n = a.shape
    width = b.shape[2]
    terms = np.empty((n, m * width))
    for member in range(members):
        for j in range(n):
            for i in range(m):
                for k in range(width):
                    terms[j, i * width + k] = a[member, i, j] * b[member, j, k]
        fold(terms, n)
        for i in range(m):
            for k in range(width):
                out[member, i, k] = terms[0, i * width + k]


@kernel
def extremes(flat: Array, out: Array) -> None:
    """The largest magnitude of each member, and the smallest that is not 0: (B, k) to (B, 2)."""
    for b in range(len(flat)):
        most, least = 0.0, np.inf
        for j in range(flat.shape[1]):
            size = abs(flat[b, j])
            most = max(most, size)
            least = min(least, size if size > 0 else np.inf)
        out[b, 0], out[b, 1] = most, least


@kernel
def rounded(flat: Array, factor: float) -> None:
    """Entries (B, k) to nearest, in place, by Veltkamp's splitting (Boldo 2006): 2^s + 1 drops s.

    The zero of a negative number keeps its sign.
    """
    for b in range(len(flat)):
        for j in range(flat.shape[1]):
            scaled = flat[b, j] * factor
            flat[b, j] = np.copysign(scaled + (flat[b, j] - scaled), flat[b, j])


@kernel
def shifted(flat: Array, factors: Array, tiny: float) -> None:
    """Members (B, k) times factors (B,), in place; what falls below `tiny` becomes zero."""
    for b in range(len(flat)):
        for j in range(flat.shape[1]):
            entry = flat[b, j] * factors[b]
            flat[b, j] = entry if abs(entry) >= tiny else entry * 0.0

"""Approximate singular vectors of small matrices, for kernels: QR, then one-sided Jacobi.

A P = Q R with columns in falling order; rotations J make the rows of J^T R orthogonal (Drmac and
Veselic 2008), whose lengths are the singular values. Nothing here is proved: what the bases are
good for is judged afterwards. Vectors, and the columns of A, lie in rows.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from references.compiled import inlined, kernel, part

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
SWEEPS = 40
SMALL = 2.0**-51  # cosines that are not turned away
NOTHING = 2.0**-400  # length of a row without a direction
OWN = 12  # rows from which LAPACK is faster


def singular_bases(a: Array) -> tuple[Array, Array, Array]:
    """Approximate u (B, n, m), s (B, n) in falling order, v (B, n, n) of stacks (B, m, n), m >= n.

    Vectors in rows.
    """
    count, m, n = a.shape
    if n > OWN:
        u, s, v = np.linalg.svd(a, full_matrices=False)
        return np.ascontiguousarray(np.swapaxes(u, 1, 2)), s, v
    u, s, v = np.empty((count, n, m)), np.empty((count, n)), np.empty((count, n, n))
    _singular_bases(a, u, s, v)
    return u, s, v


@kernel
def _singular_bases(a: Array, u: Array, s: Array, v: Array) -> None:
    m, n = a.shape[1:]
    columns, order = np.empty((n, m)), np.empty(n, np.int64)
    for member in range(len(a)):
        for i in range(m):
            for j in range(n):
                columns[j, i] = a[member, i, j]
        jacobi(columns, u[member], s[member], v[member], order)


@part
def jacobi(columns: Array, u: Array, s: Array, v: Array, order: Integers) -> None:
    """A = U diag(s) V^T from the columns of A (n, m), overwritten; `order` (n,) is room."""
    factorise(columns, order, u)
    n = len(columns)
    y = np.zeros((n, n))
    for k in range(n):
        for j in range(k, n):
            y[k, j] = columns[j, k]
    orthogonalise(y, u)
    sort(y, u, s)
    for j in range(n):
        if s[j] > NOTHING:
            for i in range(n):
                v[j, order[i]] = y[j, i] / s[j]
        else:
            s[j] = 0.0
            complete(v, j)


@part
def sort(y: Array, u: Array, s: Array) -> None:
    """Lengths of the rows of y, in falling order; rows of y and of u with them."""
    n = len(y)
    for j in range(n):
        s[j] = math.sqrt(dot(y, j, y, j, 0))
        k = j
        while k > 0 and s[k - 1] < s[k]:
            s[k - 1], s[k] = s[k], s[k - 1]
            exchange(y, k - 1, k)
            exchange(u, k - 1, k)
            k -= 1


@part
def exchange(rows: Array, p: int, q: int) -> None:
    """Two rows, exchanged."""
    for i in range(rows.shape[1]):
        rows[p, i], rows[q, i] = rows[q, i], rows[p, i]


@inlined
def dot(a: Array, p: int, b: Array, q: int, first: int) -> float:
    """The product of two rows from an entry on."""
    whole = 0.0
    for i in range(first, a.shape[1]):
        whole += a[p, i] * b[q, i]
    return whole


@part
def factorise(columns: Array, order: Integers, q: Array) -> None:
    """A P = Q R by reflectors: columns of R into the rows of `columns`, Q^T into q (n, m).

    Row j holds column `order[j]` of A, the longest that was left at each step.
    """
    n = len(columns)
    factors, diagonal = np.zeros(n), np.zeros(n)
    for k in range(n):
        order[k] = k
    for k in range(n):
        longest, top = k, -1.0
        for j in range(k, n):
            squares = dot(columns, j, columns, j, k)
            if squares > top:
                longest, top = j, squares
        if longest != k:
            order[k], order[longest] = order[longest], order[k]
            exchange(columns, k, longest)
        length = math.sqrt(top)
        if length > 0:
            diagonal[k] = -math.copysign(length, columns[k, k])
            columns[k, k] -= diagonal[k]
            factors[k] = -1 / (diagonal[k] * columns[k, k])
        for j in range(k + 1, n):
            reflect(columns, j, columns, k, factors[k], k)
    q[:] = 0.0
    for k in range(n - 1, -1, -1):
        q[k, k] = 1.0
        for j in range(k, n):
            reflect(q, j, columns, k, factors[k], k)
        columns[k, k] = diagonal[k]


@inlined
def reflect(rows: Array, j: int, v: Array, k: int, factor: float, first: int) -> None:
    """Row j less factor times its product with v_k times v_k, from `first` on."""
    inner = factor * dot(rows, j, v, k, first)
    for i in range(first, rows.shape[1]):
        rows[j, i] -= inner * v[k, i]


@part
def orthogonalise(y: Array, u: Array) -> None:
    """Rotate pairs of rows, of y and of u alike, until the rows of y are orthogonal."""
    n = len(y)
    squares = np.empty(n)
    for _ in range(SWEEPS):
        turned = False
        for p in range(n):
            squares[p] = dot(y, p, y, p, 0)
        for p in range(n - 1):
            for q in range(p + 1, n):
                inner = dot(y, p, y, q, 0)
                if not inner * inner > SMALL * SMALL * squares[p] * squares[q]:
                    continue
                turned = True
                steep = (squares[q] - squares[p]) / (2 * inner)
                tangent = math.copysign(1.0, steep) / (abs(steep) + math.sqrt(1 + steep * steep))
                cosine = 1 / math.sqrt(1 + tangent * tangent)
                rotate(y, p, q, cosine, cosine * tangent)
                rotate(u, p, q, cosine, cosine * tangent)
                squares[p] = dot(y, p, y, p, 0)
                squares[q] = dot(y, q, y, q, 0)
        if not turned:
            break


@inlined
def rotate(rows: Array, p: int, q: int, cosine: float, sine: float) -> None:
    """Turn two rows."""
    for i in range(rows.shape[1]):
        x, y = rows[p, i], rows[q, i]
        rows[p, i] = cosine * x - sine * y
        rows[q, i] = sine * x + cosine * y


@part
def complete(v: Array, j: int) -> None:
    """A unit vector into row j that is orthogonal to the rows before it."""
    n = v.shape[1]
    for candidate in range(n):
        for i in range(n):
            v[j, i] = 1.0 if i == candidate else 0.0
        for _ in range(2):
            for k in range(j):
                reflect(v, j, v, k, 1.0, 0)
            length = math.sqrt(dot(v, j, v, j, 0))
            if length * length * 4 * n < 1:
                break
            for i in range(n):
                v[j, i] /= length
        else:
            break

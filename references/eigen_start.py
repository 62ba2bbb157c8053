"""Approximate eigenvectors of small symmetric matrices, for kernels: reflectors, then implicit QL.

Nothing here is proved: what a basis is good for is judged afterwards. Vectors lie in rows, so that
inner loops run along memory. Eight rows take a quarter of what LAPACK's call for one takes.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from references.compiled import inlined, kernel, part
from references.members import halves, load
from references.turned import copy

Array = NDArray[np.float64]
SMALL = 2.0**-53  # couplings below this, over the values beside them, count as zero
ABSOLUTE = 2.0**-110  # and below this, over the largest of all
SWEEPS = 60  # of QL for one value
ZERO, NOT_FINITE = -(2**40), 2**40  # in place of a power of two
OWN = 48  # rows from which LAPACK is faster


def eigenbases(a: Array) -> tuple[Array, Array]:
    """Approximate vectors, in rows (B, n, n), and values, ascending (B, n), of symmetric stacks."""
    if a.shape[1] > OWN:
        value, x = np.linalg.eigh(a)
        return np.ascontiguousarray(np.swapaxes(x, 1, 2)), value
    rows, value = np.empty(a.shape), np.empty(a.shape[:2])
    _eigenbases(a, rows, value)
    return rows, value


@kernel
def lower_triangles(a: Array, half: Array, scale: NDArray[np.int64]) -> None:
    """The symmetric matrices of lower triangles (B, n, n), the largest entries in [1/2, 1).

    `scale` (B,) is the power of two that was taken out, ZERO of zeros; members that are not finite
    become zeros and have NOT_FINITE.
    """
    n = a.shape[1]
    for member in range(len(a)):
        given, result = a[member], half[member]
        top = 0.0
        for i in range(n):
            for j in range(i + 1):
                size = abs(given[i, j])
                top = max(top, min(np.inf, size))
        result[:] = 0.0
        scale[member] = ZERO if top == 0 else NOT_FINITE
        if 0 < top < np.inf:
            scale[member] = math.frexp(top)[1]
            first, second = halves(-scale[member])
            for i in range(n):
                for j in range(i + 1):
                    result[i, j] = given[i, j] * first * second
                    result[j, i] = result[i, j]


@kernel
def load_members(a: Array, half: Array, scale: NDArray[np.int64]) -> None:
    """Matrices (B, m, n) with the largest entries in [1/2, 1); `scale` as of `lower_triangles`."""
    for member in range(len(a)):
        given = a[member]
        top = 0.0
        for i in range(given.shape[0]):
            for j in range(given.shape[1]):
                size = abs(given[i, j])
                top = max(top, min(np.inf, size))
        half[member] = 0.0
        scale[member] = ZERO if top == 0 else NOT_FINITE
        if 0 < top < np.inf:
            scale[member] = math.frexp(top)[1]
            load(given, -scale[member], half[member], False)  # noqa: FBT003


@kernel
def _eigenbases(a: Array, x: Array, value: Array) -> None:
    n = a.shape[1]
    room, beside = np.empty((n, n)), np.empty((2, n))
    for member in range(len(a)):
        copy(a[member], room)
        eigenbasis(room, x[member], value[member], beside)


@part
def eigenbasis(a: Array, x: Array, value: Array, beside: Array) -> bool:
    """Values, ascending, and vectors in the rows of x, of a symmetric matrix, which is overwritten.

    `beside` (2, n) is room. Whether QL came to an end.
    """
    tridiagonal(a, x, value, beside)
    if not implicit_ql(value, beside[0], x):
        return False
    for i in range(1, len(value)):
        k = i
        while k > 0 and value[k - 1] > value[k]:
            value[k - 1], value[k] = value[k], value[k - 1]
            for j in range(x.shape[1]):
                x[k - 1, j], x[k, j] = x[k, j], x[k - 1, j]
            k -= 1
    return True


@part
def tridiagonal(a: Array, x: Array, value: Array, beside: Array) -> None:
    """Reflectors from both sides: the diagonal, what stands beside it (beside[0]), the basis."""
    n = len(a)
    off, w = beside[0], beside[1]
    x[:] = 0.0
    for i in range(n):
        x[i, i] = 1.0
    off[n - 1] = 0.0
    for k in range(n - 1):
        v = a[k]
        squares = 0.0
        for i in range(k + 1, n):
            squares += v[i] * v[i]
        length = math.sqrt(squares)
        off[k] = v[k + 1]
        if k < n - 2 and length > abs(v[k + 1]):
            off[k] = -math.copysign(length, v[k + 1])
            v[k + 1] -= off[k]
            reflect(a, x, k, -1 / (off[k] * v[k + 1]), w)
    for i in range(n):
        value[i] = a[i, i]


@inlined
def reflect(a: Array, x: Array, k: int, factor: float, w: Array) -> None:
    """Rows after k of a, from both sides, and of x, by I - factor v v^T, v the rest of row k."""
    n = len(a)
    times(a, a[k], k + 1, factor, w)
    inner = 0.0
    for i in range(k + 1, n):
        inner += a[k, i] * w[i]
    for i in range(k + 1, n):
        w[i] -= 0.5 * factor * inner * a[k, i]
    for j in range(k + 1, n):
        y, z = a[k, j], w[j]
        for i in range(k + 1, n):
            a[j, i] -= y * w[i] + z * a[k, i]
    times(x, a[k], k + 1, factor, w)
    for j in range(k + 1, n):
        y = a[k, j]
        for i in range(n):
            x[j, i] -= y * w[i]


@inlined
def times(rows: Array, v: Array, first: int, factor: float, w: Array) -> None:
    """factor v^T times the rows from `first` on, into w."""
    for i in range(len(w)):
        w[i] = 0.0
    for j in range(first, len(rows)):
        y = factor * v[j]
        for i in range(len(w)):
            w[i] += y * rows[j, i]


@part
def implicit_ql(value: Array, off: Array, x: Array) -> bool:
    """Rotate, rows of x too, until nothing stands beside the diagonal; whether that ended."""
    n = len(value)
    size = 0.0
    for i in range(n):
        size = max(size, abs(value[i]) + abs(off[i]))
    for first in range(n):
        for _ in range(SWEEPS):
            last = block_end(value, off, first, ABSOLUTE * size)
            if last == first:
                break
            chase(value, off, x, first, last)
        if block_end(value, off, first, ABSOLUTE * size) != first:
            return False
    return True


@part
def block_end(value: Array, off: Array, first: int, least: float) -> int:
    """The last row that is coupled to `first`, step by step."""
    last = first
    while last < len(value) - 1:
        if abs(off[last]) <= max(SMALL * (abs(value[last]) + abs(value[last + 1])), least):
            break
        last += 1
    return last


@part
def chase(value: Array, off: Array, x: Array, first: int, last: int) -> None:
    """One sweep of QL, shifted by an eigenvalue of the leading 2 x 2 block (Wilkinson)."""
    g = (value[first + 1] - value[first]) / (2 * off[first])
    root = math.sqrt(g * g + 1)
    g = value[last] - value[first] + off[first] / (g + math.copysign(root, g))
    sine, cosine, shift = 1.0, 1.0, 0.0
    for i in range(last - 1, first - 1, -1):
        f, b = sine * off[i], cosine * off[i]
        root = math.sqrt(f * f + g * g)
        off[i + 1] = root
        if root == 0:
            value[i + 1] -= shift
            off[last] = 0.0
            return
        sine, cosine = f / root, g / root
        g = value[i + 1] - shift
        step = (value[i] - g) * sine + 2 * cosine * b
        shift = sine * step
        value[i + 1] = g + shift
        g = cosine * step - b
        for k in range(x.shape[1]):
            y = x[i + 1, k]
            x[i + 1, k] = sine * x[i, k] + cosine * y
            x[i, k] = cosine * x[i, k] - sine * y
    value[first] -= shift
    off[first] = g
    off[last] = 0.0

"""The turn that makes a residual of a symmetric eigenproblem small, for kernels.

R = A X - X L is known, and A (X W) - (X W) (L + M) = R W + X F with F = L W - W (L + M). Nothing
about the making of W and M needs a proof; what they leave is bounded here. Vectors lie in rows.
docs/references.md derives the bounds.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from references.compiled import part
from references.eigen_start import eigenbasis
from references.members import UP
from references.turned import TINY, add_multiple, copy, frobenius, lengths, multiply, rounding

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
ENOUGH = 2.0**-20  # of the couplings: the fixed point goes on until so much of them is left
FINE = 2.0**-50  # the same where values lie so close together that what is left turns them
ITERATIONS = 3


class Room(NamedTuple):
    """What a kernel works in: matrices of n rows, vectors in rows, and chains."""

    across: Array
    r: Array
    c: Array
    z: Array
    new: Array
    w: Array
    f: Array
    y: Array
    low: Array
    inverse: Array
    block: Array
    sums: Array
    lost: Array
    wide: Array
    left: Array
    theta: Array
    of_low: Array
    ends: Integers


@part
def room_for(n: int) -> Room:
    """Room for members of n rows."""
    m, v = np.empty((10, n, n)), np.empty((5, n))
    return Room(
        m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8], m[9],
        np.empty((3, max(n * n, 2 * n))), np.empty((3, n)), v[0], v[1], v[2], v[3], v[4],
        np.empty((2, n), np.int64),
    )  # fmt: skip


@part
def couplings(value: Array, enough: float, s: Room) -> None:
    """Z into s.z, and C (I + Z) into s.new, so that C (I + Z) + L Z - Z (L + M) is about zero.

    C = X^T R couples columns, and M is made of the blocks of C (I + Z) of the chains, in which Z
    stays zero. A fixed point: it starts at C_ij / (l_j - l_i).
    """
    n = len(value)
    reach = 0.0
    for j in range(n):
        for i in range(n):
            s.inverse[j, i] = 1 / (value[j] - value[i])
        for i in range(s.ends[0, j], s.ends[1, j]):
            s.inverse[j, i] = 0.0
        for i in range(n):
            s.z[j, i] = s.c[j, i] * s.inverse[j, i]
        for i in range(n):
            reach = max(reach, abs(s.z[j, i]))
    copy(s.c, s.new)
    left = reach
    for _ in range(ITERATIONS):
        if left <= enough:
            break
        left *= reach
        again(s)


@part
def again(s: Room) -> None:
    """One step of the fixed point."""
    n = len(s.c)
    copy(s.c, s.new)
    add_multiple(s.z, s.c, s.new)
    copy(s.new, s.f)
    for j in range(n):
        for k in range(s.ends[0, j], s.ends[1, j]):
            for i in range(n):
                s.f[j, i] -= s.new[j, k] * s.z[k, i]
    for j in range(n):
        for i in range(n):
            s.z[j, i] = s.f[j, i] * s.inverse[j, i]


@part
def turn(value: Array, moved: Array, s: Room) -> bool:
    """W into s.w and what the values move by: I + Z, times a rotation of each chain."""
    n = len(value)
    copy(s.z, s.w)
    for j in range(n):
        s.w[j, j] += 1.0
        moved[j] = s.new[j, j]
    first = 0
    while first < n:
        count = s.ends[1, first] - first
        if count > 1 and not turn_chain(value, moved, first, count, s):
            return False
        first += count
    return True


@part
def turn_chain(value: Array, moved: Array, first: int, count: int, s: Room) -> bool:
    """Values that lie together: the eigenproblem of their block of L + C (I + Z)."""
    n = len(value)
    inner = s.block[0, : count * count].reshape(count, count)
    q = s.block[1, : count * count].reshape(count, count)
    beside = s.block[2, : 2 * count].reshape(2, count)
    for j in range(count):
        for k in range(count):
            inner[j, k] = 0.5 * (s.new[first + j, first + k] + s.new[first + k, first + j])
        inner[j, j] += value[first + j] - value[first]
    theta = s.theta[:count]
    if not eigenbasis(inner, q, theta, beside):
        return False
    copy(s.w[first : first + count], s.y[:count])
    for j in range(count):
        moved[first + j] = (value[first] - value[first + j]) + theta[j]
        row = s.w[first + j]
        row[:] = 0.0
        for k in range(count):
            for i in range(n):
                row[i] += q[j, k] * s.y[k, i]
    return True


@part
def remainder(x: Array, value: Array, moved: Array, s: Room) -> float:
    """Bounds of the columns of T = R W + X F into s.left; of its Frobenius norm.

    F_ij = w_ij (l_i - l_j - m_j), so that T = A (X W) - (X W) (L + M).
    """
    n = len(value)
    gamma = rounding(n)
    for j in range(n):
        small, here = abs(moved[j]), value[j]
        for i in range(n):
            apart = value[i] - here
            s.f[j, i] = s.w[j, i] * (apart - moved[j])
            s.new[j, i] = s.w[j, i] * (abs(apart) + small)
    noise = gamma * frobenius(x, s.wide) * frobenius(s.new, s.wide)
    lost = 0.0
    for j in range(n):
        lost += s.lost[j] * s.lost[j]
    lost = math.sqrt(lost) + gamma * frobenius(s.r, s.wide)
    noise = (noise + lost * frobenius(s.w, s.wide)) * UP + TINY
    multiply(s.w, s.r, s.new)
    add_multiple(s.f, x, s.new)
    lengths(s.new, s.left)
    for j in range(n):
        s.left[j] = (s.left[j] + noise) * UP
    return (frobenius(s.new, s.wide) + noise) * UP

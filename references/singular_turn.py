"""The turns that make both residuals of a singular value decomposition small, for kernels.

R = A V - U S and Q = A^T U - V S are known. With S' = S + M, turns W_v, W_u leave

    A (V W_v) - (U W_u) S' = R W_v + U (S W_v - W_u S'),
    A^T (U W_u) - (V W_v) S' = Q W_u + V (S W_u - W_v S').

What is kept are W_v + W_u and W_v - W_u, which for close values are far apart in size. Nothing
about their making needs a proof. Vectors lie in rows. docs/references.md derives the bounds.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from references.compiled import part
from references.eigen_start import eigenbasis
from references.eigen_turn import ITERATIONS
from references.members import UP
from references.singular_start import jacobi
from references.turned import TINY, add_multiple, copy, frobenius, multiply, rounding

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


class Sides(NamedTuple):
    """What a kernel works in, (2, n, n) or (2, n): of the left vectors first, then of the right.

    `c`: couplings U^T R and V^T Q; `z`: their turns less one; `new`: C (I + Z); `w`: the turns;
    `f`: what multiplies U and V in the remainders. `plus`, `minus`: their sum and difference;
    `over`, `under`: reciprocals of differences and of sums of values.
    """

    c: Array
    z: Array
    new: Array
    w: Array
    f: Array
    spare: Array
    plus: Array
    minus: Array
    over: Array
    under: Array
    block: Array
    lost: Array
    rows: Array
    theta: Array
    ends: Integers


@part
def sides_for(n: int) -> Sides:
    """Room for members of n columns."""
    m, v, w = np.empty((6, 2, n, n)), np.empty((4, n, n)), np.empty((2, 2, n))
    return Sides(
        m[0], m[1], m[2], m[3], m[4], m[5], v[0], v[1], v[2], v[3],
        np.empty((2, n * n)), w[0], w[1, 0], w[1, 1], np.empty((2, n), np.int64),
    )  # fmt: skip


@part
def couplings(value: Array, zero: int, enough: float, s: Sides) -> None:
    """The turns less one, as sum and difference, and C (I + Z) into s.new.

    Values from `zero` on lie so near to zero that they are turned by themselves, either side by
    its own rotation. A fixed point: it starts at the sum of both couplings over differences of
    values, and their difference over sums.
    """
    n = len(value)
    for j in range(n):
        for i in range(n):
            s.over[j, i] = 1 / (value[j] - value[i])
            s.under[j, i] = 1 / (value[j] + value[i])
        for i in range(s.ends[0, j], s.ends[1, j]):
            s.over[j, i] = 0.0
        if j >= zero:
            for i in range(zero, n):
                s.under[j, i] = 0.0
    for side in range(2):
        copy(s.c[side], s.new[side])
        copy(s.c[side], s.spare[side])
    left = reach = solve(s)
    for _ in range(ITERATIONS):
        if left <= enough:
            break
        left *= reach
        again(zero, s)


@part
def solve(s: Sides) -> float:
    """What s.spare, the couplings of both sides, asks for: plus, minus, s.z; twice the largest."""
    n = len(s.plus)
    reach = 0.0
    for j in range(n):
        for i in range(n):
            first, second = s.spare[0, j, i], s.spare[1, j, i]
            plus = (first + second) * s.over[j, i]
            minus = (second - first) * s.under[j, i]
            s.plus[j, i], s.minus[j, i] = plus, minus
            s.z[0, j, i], s.z[1, j, i] = 0.5 * (plus - minus), 0.5 * (plus + minus)
        for i in range(n):
            reach = max(reach, abs(s.z[0, j, i]), abs(s.z[1, j, i]))
    return 2 * reach


@part
def again(zero: int, s: Sides) -> None:
    """One step of the fixed point."""
    n = len(s.plus)
    for side in range(2):
        copy(s.c[side], s.new[side])
        add_multiple(s.z[1 - side], s.c[side], s.new[side])
        copy(s.new[side], s.spare[side])
    for j in range(n):
        for k in range(s.ends[0, j], s.ends[1, j]):
            first, second = s.new[0, j, k], s.new[1, j, k]
            if j < zero:
                first = second = 0.5 * (first + second)
            for i in range(n):
                s.spare[0, j, i] -= first * s.z[0, k, i]
                s.spare[1, j, i] -= second * s.z[1, k, i]
    solve(s)


@part
def turn(value: Array, moved: Array, zero: int, s: Sides) -> bool:
    """2 I + plus and minus, times a rotation of each chain, and what the values move by."""
    n = len(value)
    for j in range(n):
        s.plus[j, j] += 2.0
        moved[j] = 0.5 * (s.new[0, j, j] + s.new[1, j, j])
    first = 0
    while first < zero:
        count = s.ends[1, first] - first
        if count > 1 and not turn_chain(value, moved, first, count, s):
            return False
        first += count
    if zero < n:
        turn_zero(value, moved, zero, s)
    return True


@part
def turn_chain(value: Array, moved: Array, first: int, count: int, s: Sides) -> bool:
    """Values that lie together, away from zero: both sides turn by one rotation."""
    n = len(value)
    inner = s.block[0, : count * count].reshape(count, count)
    q = s.block[1, : count * count].reshape(count, count)
    for j in range(count):
        for k in range(count):
            j_, k_ = first + j, first + k
            both = s.new[0, j_, k_] + s.new[1, j_, k_] + s.new[0, k_, j_] + s.new[1, k_, j_]
            inner[j, k] = 0.25 * both
        inner[j, j] += value[first + j] - value[first]
    theta = s.theta[:count]
    if not eigenbasis(inner, q, theta, np.empty((2, count))):
        return False
    for whole in (s.plus, s.minus):
        copy(whole[first : first + count], s.spare[0, :count])
        for j in range(count):
            row = whole[first + j]
            row[:] = 0.0
            for k in range(count):
                for i in range(n):
                    row[i] += q[count - 1 - j, k] * s.spare[0, k, i]
    for j in range(count):
        moved[first + j] = (value[first] - value[first + j]) + theta[count - 1 - j]
    return True


@part
def turn_zero(value: Array, moved: Array, first: int, s: Sides) -> None:
    """Values next to zero, all from `first` on: each side by a rotation of its own."""
    n = len(value)
    count = n - first
    columns, theta = np.empty((count, count)), s.theta[:count]
    q_u = s.block[0, : count * count].reshape(count, count)
    q_v = s.block[1, : count * count].reshape(count, count)
    for j in range(count):
        for i in range(count):
            columns[j, i] = s.new[0, first + j, first + i]
        columns[j, j] += value[first + j]
    jacobi(columns, q_u, theta, q_v, np.empty(count, np.int64))
    for side in range(2):
        copy(s.z[side, first:], s.spare[side, :count])
    for j in range(count):
        s.spare[0, j, first + j] += 1.0
        s.spare[1, j, first + j] += 1.0
    for j in range(count):
        for i in range(n):
            left, right = 0.0, 0.0
            for k in range(count):
                left += q_u[j, k] * s.spare[0, k, i]
                right += q_v[j, k] * s.spare[1, k, i]
            s.plus[first + j, i], s.minus[first + j, i] = right + left, right - left
        moved[first + j] = theta[j] - value[first + j]


@part
def remainders(
    value: Array,
    moved: Array,
    bases: tuple[Array, Array],
    rests: tuple[Array, Array],
    left: tuple[Array, Array],
    room: Array,
    s: Sides,
) -> float:
    """What is left of both residuals, `rests`, into `left`; how far both may be off, in norm."""
    n = len(value)
    gamma = rounding(n)
    for j in range(n):
        for i in range(n):
            plus, minus = s.plus[j, i], s.minus[j, i]
            s.w[0, j, i], s.w[1, j, i] = 0.5 * (plus - minus), 0.5 * (plus + minus)
            steep = ((value[i] - value[j]) - moved[j]) * plus
            level = ((value[i] + value[j]) + moved[j]) * minus
            s.f[0, j, i], s.f[1, j, i] = 0.5 * (steep + level), 0.5 * (steep - level)
            spread = (abs(value[i] - value[j]) + abs(moved[j])) * abs(plus)
            s.new[0, j, i] = spread + (value[i] + value[j] + abs(moved[j])) * abs(minus)
    noise = 0.0
    for side in range(2):
        lost = 0.0
        for j in range(n):
            lost += s.lost[side, j] * s.lost[side, j]
        lost = math.sqrt(lost) + gamma * frobenius(rests[side], room)
        wide = lost * frobenius(s.w[1 - side], s.rows)
        noise += wide + gamma * frobenius(bases[side], room) * frobenius(s.new[0], s.rows)
    multiply(s.w[1], rests[0], left[0])
    add_multiple(s.f[0], bases[0], left[0])
    multiply(s.w[0], rests[1], left[1])
    add_multiple(s.f[1], bases[1], left[1])
    return noise * UP + TINY

"""Proofs that matrices are regular, for kernels: an approximate inverse, and how far it is off.

R from elimination approximates A^-1. Where the infinity norm of I - R A is proved to lie below 1, A
is regular, and the Neumann series says how far R and everything computed from it can be from the
truth (Rump 2010; Higham 2002, 8.4). docs/references.md derives the bounds.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from references.compiled import fma, in_place, part, two_sum
from references.elimination import factor, growth_and_spread, invert
from references.members import UNIT, UP, exponent_of, load

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

TINY = 2.0**-960  # more than a few million underflows can lose
LARGEST = 2.0**100  # no use is made of R beyond; TINY covers what it makes of subnormal numbers
USABLE = 0.5  # largest norm of I - R A that is worked with


class Scratch(NamedTuple):
    """What a kernel works in: matrices and vectors of one member, all of them transposed."""

    across: Array
    factors: Array
    inverse: Array
    skew: Array
    work: Array
    rows: Array
    sums: Array
    weights: Array
    tail: Array
    lost: Array
    order: Integers


class Facts(NamedTuple):
    """What is known of the matrices of a stack (B,), once they are scaled by 2^-`scale`.

    `norm` bounds the infinity norm of I - R A. `size`, `inverse`, `skeel`: those of A, of R and of
    |R||A|; `lengths`: the sum of the lengths of the columns of A; `growth`, `spread`: see
    references/elimination.py. The first five are float64 sums of up to n numbers.
    """

    scale: Integers
    norm: Array
    size: Array
    inverse: Array
    skeel: Array
    lengths: Array
    growth: Array
    spread: Array

    @staticmethod
    def of(count: int) -> Facts:
        """Room for the facts of `count` members."""
        return Facts(np.zeros(count, np.int64), *np.zeros((7, count)))

    def select(self, members: Integers) -> Facts:
        """Some members."""
        return Facts._make(field[members] for field in self)


@part
def scratch(n: int) -> Scratch:
    """Room for members of n rows."""
    m = np.empty((5, n, n))
    v = np.empty((5, n))
    return Scratch(
        m[0], m[1], m[2], m[3], m[4], v[0], v[1], v[2], v[3], v[4], np.empty(n, np.int64)
    )


@in_place
def skew(s: Scratch) -> tuple[float, float]:
    """I - R A into s.skew, its row sums upward into s.rows; the largest, and how much is rounding.

    Sums of products carry their errors (Ogita, Rump and Oishi 2005, Dot2). With c the running sum
    of errors, what is lost is at most 3 u times the sum of |c| over its steps, which is s.lost.
    """
    n = len(s.across)
    s.rows[:] = 0.0
    s.lost[:] = 0.0
    lost, rows, errors = s.lost, s.rows, s.tail
    across, inverse, head = s.across, s.inverse, s.skew
    for j in range(n):
        for i in range(n):
            head[j, i], errors[i] = 0.0, 0.0
        head[j, j] = 1.0
        for k in range(n):
            x = -across[j, k]
            for i in range(n):
                p = x * inverse[k, i]
                total, error = two_sum(head[j, i], p)
                head[j, i] = total
                c = errors[i] + (error + fma(x, inverse[k, i], -p))
                errors[i] = c
                lost[i] += abs(c)
        for i in range(n):
            head[j, i] += errors[i]
            rows[i] += abs(head[j, i])
    norm, blur = 0.0, 0.0
    for i in range(n):
        noise = (3 * UNIT * lost[i] + UNIT * rows[i]) * UP + TINY
        rows[i] = (rows[i] + noise) * UP
        if not rows[i] < LARGEST:
            return np.inf, np.inf
        norm, blur = max(norm, rows[i]), max(blur, noise)
    return norm, blur


@in_place
def study(a: Array, adjoint: bool, s: Scratch, facts: Facts, member: int) -> float:
    """Fill in R, I - R A and the facts of one finite member; rounding noise of I - R A."""
    n = len(a)
    scale = exponent_of(a, 0)
    load(a, -scale, s.across, turn=not adjoint)
    across, inverse, sums, tail, weights = s.across, s.inverse, s.sums, s.tail, s.weights
    sums[:] = 0.0
    lengths = 0.0
    for j in range(n):
        squares = 0.0
        for i in range(n):
            sums[i] += abs(across[j, i])
            squares += across[j, i] * across[j, i]
        lengths += math.sqrt(squares)
    size = 0.0
    for i in range(n):
        weights[i] = sums[i]
        size = max(size, sums[i])
    factor(s.across, s.factors, s.order)
    facts.growth[member], facts.spread[member] = growth_and_spread(s.factors, size, s.sums, s.tail)
    facts.scale[member], facts.size[member], facts.lengths[member] = scale, size, lengths
    facts.norm[member] = np.inf
    if not facts.spread[member] < np.inf:
        return np.inf
    invert(s.factors, s.order, s.work, s.inverse)
    sums[:] = 0.0
    tail[:] = 0.0
    for k in range(n):
        for i in range(n):
            sums[i] += abs(inverse[k, i])
            tail[i] += abs(inverse[k, i]) * weights[k]
    top, skeel = 0.0, 0.0
    for i in range(n):
        top, skeel = max(top, sums[i]), max(skeel, tail[i])
    facts.inverse[member], facts.skeel[member] = top, skeel
    if not top < LARGEST:
        return np.inf
    norm, blur = skew(s)
    facts.norm[member] = norm
    return blur

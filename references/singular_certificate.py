"""Certificates of all singular values of whole stacks, by a compiled kernel.

Approximate factors U S V^T leave the residuals A V - U S and A^T U - V S, which are formed to twice
the precision and made small by turns of float64 numbers (references/singular_turn.py), chains of
close values and of values next to zero included. What is left bounds every singular value.
docs/references.md derives the radius.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from references.compiled import kernel, part, two_sum
from references.eigen_turn import ENOUGH, FINE
from references.members import UNIT, UP
from references.singular_start import singular_bases
from references.singular_turn import couplings, remainders, sides_for, turn
from references.turned import (
    JOIN,
    TINY,
    chains,
    copy,
    defect,
    descent,
    frobenius,
    largest_coupling,
    multiply,
    residuals,
    rounding,
    transpose,
)

Array = NDArray[np.float64]


class Values(NamedTuple):
    """Singular values `value` + `tail`, falling, each within `radius`: all (B, n)."""

    value: Array
    tail: Array
    radius: Array


def certify(a: Array) -> Values:
    """What is proved of stacks (B, m, n), m >= n, whose largest entries are near 1."""
    a = np.ascontiguousarray(a)
    return proved(a, *singular_bases(a))


def proved(a: Array, u: Array, s: Array, v: Array) -> Values:
    """What approximate factors prove: vectors in rows, s falling, which is overwritten."""
    tail, radius = np.empty((2, *s.shape))
    certify_members(a, u, s, v, tail, radius)
    return Values(s, tail, radius)


@kernel
def certify_members(a: Array, u: Array, value: Array, v: Array, tail: Array, radius: Array) -> None:
    """Prove the values of a (B, m, n), m >= n, from u (B, n, m), v (B, n, n), vectors in rows.

    Writes what is to be added to value (B, n), which falls, and the radius of each.
    """
    m, n = a.shape[1:]
    s, sums, rests, left = sides_for(n), np.empty((3, m)), pair(m, n), pair(m, n)
    across, turned = np.empty((n, m)), np.empty((m, n))
    square, gram = np.empty((n, n)), np.empty((n, n))
    for member in range(len(a)):
        radius[member] = np.inf
        tail[member] = 0.0
        bases, found, moved = (u[member], v[member]), value[member], tail[member]
        transpose(a[member], across)
        residuals(across, bases[1], bases[0], found, rests[0], s.lost[0], sums)
        residuals(a[member], bases[0], bases[1], found, rests[1], s.lost[1], sums)
        transpose(bases[0], turned)
        multiply(rests[0], turned, s.c[0])
        skew = defect(bases[0], turned, gram, sums[0])
        transpose(bases[1], square)
        multiply(rests[1], square, s.c[1])
        skew = max(skew, defect(bases[1], square, gram, sums[0]))
        if not skew < 0.25:
            continue
        near = JOIN * max(largest_coupling(s.c[0]), largest_coupling(s.c[1]))
        joined = chains(found, near, s.ends)
        zero = s.ends[0, n - 1] if found[n - 1] <= near else n
        couplings(found, zero, FINE if joined else ENOUGH, s)
        if not turn(found, moved, zero, s):
            continue
        noise = remainders(found, moved, bases, rests, left, sums[0], s)
        low, high = spread(s.w[0], square, gram, sums[0])
        least = math.sqrt(1 - skew) * min(low, spread(s.w[1], square, gram, sums[0])[0]) / UP
        if not least > 0.5:
            continue
        outside = (frobenius(left[0], sums[0]) + noise) / least * UP
        inside = outside
        if m > n:  # what of the residual lies in the span of U, and what outside
            multiply(left[0], turned, gram)
            within = frobenius(gram, sums[0]) + 2 * rounding(m) * outside * (math.sqrt(n) + 1)
            inside = (within * high + 2 * noise) / least / least * UP
        whole = (inside + (frobenius(left[1], sums[0]) + noise) / least) / 2 * UP
        below = 0.0
        for j in range(n):
            found[j], moved[j] = two_sum(found[j], moved[j])
            below = max(below, -2 * found[j])  # |S + moved| is nearer to what is true
        whole = (whole + descent(found, moved, -1.0) + below) * UP
        for j in range(n):
            wide = whole + 2 * UNIT * abs(moved[j])
            if m > n:
                wide += min(outside, outside * outside / max(found[j] - wide, TINY))
            radius[member, j] = wide * UP if wide < np.inf else np.inf


@part
def pair(m: int, n: int) -> tuple[Array, Array]:
    """Room for rows of m and of n entries."""
    return np.empty((n, m)), np.empty((n, n))


@part
def spread(w: Array, turned: Array, gram: Array, sums: Array) -> tuple[float, float]:
    """Bounds of the smallest and of the largest singular value of a turn; 0 where unknown."""
    copy(w, gram)
    for j in range(len(w)):
        gram[j, j] -= 1.0
    off = frobenius(gram, sums) * UP + TINY
    if off < 0.25:
        return 1 - off, 1 + off
    transpose(w, turned)
    off = defect(w, turned, gram, sums)
    if off < 0.25:
        return math.sqrt(1 - off) / UP, math.sqrt(1 + off) * UP
    return 0.0, np.inf

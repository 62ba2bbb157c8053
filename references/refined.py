"""Answers of twice the precision from an approximate inverse, for kernels: refined or in series.

With G = I - R A, of which `references/regular.py` knows a norm below 1, A^-1 is
(I + G + G^2 + ...) R. docs/references.md derives each radius.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from references.balls import TIGHT
from references.compiled import in_place, two_sum
from references.members import UNIT, UP
from references.products import left_out, term
from references.regular import TINY, Scratch

Array = NDArray[np.float64]

GOAL = TIGHT[0]
STEPS = 40  # of refinement; those that no longer help are left out
SERIES = 2.0**-4  # largest norm of G for the series
CUT = 2.0**-64  # what is left out of it


@in_place
def residual(across: Array, b: Array, x: Array, low: Array, sides: Array) -> None:
    """b - A (x + low), |low| <= u |x|, rounded, and how far it may be off: sides[0], sides[1].

    Exact up to terms of u^3.
    """
    n = len(across)
    head, wide, middle, tail = sides[0], sides[1], sides[2], sides[3]
    for i in range(n):
        head[i], wide[i], middle[i], tail[i] = b[i], abs(b[i]), 0.0, 0.0
    for j in range(n):
        y, rest = -x[j], -low[j]
        for i in range(n):
            head[i], middle[i], tail[i], size = term(
                across[j, i], y, rest, head[i], middle[i], tail[i]
            )
            wide[i] += size
    beyond = left_out(n)
    for i in range(n):
        total, rest = two_sum(head[i], middle[i])
        r = total + (rest + tail[i])
        head[i] = r
        wide[i] = (2 * UNIT * abs(r) + beyond * wide[i]) * UP + TINY


@in_place
def times_inverse(s: Scratch, sides: Array) -> float:
    """R r and |R| |error of r|, roundings included, into sides[2] and sides[3]; the largest |R r|.

    The sum of both bounds |R (r + error)|; r and its error are in sides[0] and sides[1].
    """
    n = len(s.across)
    r, wide, z, spread = sides[0], sides[1], sides[2], sides[3]
    inverse = s.inverse
    z[:] = 0.0
    spread[:] = 0.0
    for j in range(n):
        value = r[j]
        noise = wide[j] + (n + 2) * UNIT * abs(value)
        for i in range(n):
            z[i] += inverse[j, i] * value
            spread[i] += abs(inverse[j, i]) * noise
    top = 0.0
    for i in range(n):
        spread[i] = spread[i] * UP + TINY
        top = max(top, abs(z[i]) + spread[i])
    return top * UP


@in_place
def refine(s: Scratch, norm: float, goal: float, vectors: Array, sides: Array) -> bool:
    """Solve A (x + low) = b within a radius: b, x, low, radius are vectors[0] to vectors[3].

    Whether it is tight. Needs norm < 1/2, and stops at `goal` or where it gets no further. Every
    step adds R r to x, r being its residual. The error after that is R (error of r) +
    G (I - G)^-1 R (r + error), G = I - R A.
    """
    b, x, low, radius = vectors[0], vectors[1], vectors[2], vectors[3]
    n = len(b)
    zero = True
    for i in range(n):
        zero &= b[i] == 0
    x[:] = 0.0
    low[:] = 0.0
    radius[:] = 0.0
    if zero:
        return True
    before, tight = np.inf, False
    for _ in range(STEPS):
        residual(s.across, b, x, low, sides)
        top = times_inverse(s, sides)
        size, widest = 0.0, 0.0
        ahead = top / (1 - norm)
        for i in range(n):
            rest = low[i] + sides[2, i]
            x[i], low[i] = two_sum(x[i], rest)
            radius[i] = (sides[3, i] + s.rows[i] * ahead + UNIT * abs(rest)) * UP + TINY
            size, widest = max(size, abs(x[i])), max(widest, radius[i])
        tight = widest <= GOAL * size
        if widest <= goal * size or not top <= 0.75 * before:
            break
        before = top
    return tight


@in_place
def series(s: Scratch, norm: float, blur: float, hi: Array, lo: Array, radius: Array) -> bool:
    """R + (G + ... + G^k) R; whether that is tight. Needs norm < SERIES, writes the enclosure."""
    n = len(s.across)
    g, powers, spare, inverse = s.skew, s.factors, s.work, s.inverse
    for i in range(n):
        for j in range(n):
            powers[i, j] = g[i, j]
    left_out = norm * norm
    while left_out > CUT:
        multiply(g, powers, spare)
        for i in range(n):
            for j in range(n):
                powers[i, j] = g[i, j] + spare[i, j]
        left_out *= norm
    multiply(inverse, powers, spare)
    largest, size = 0.0, 0.0
    for j in range(n):
        for i in range(n):
            hi[i, j], lo[i, j] = two_sum(inverse[j, i], spare[j, i])
            largest, size = max(largest, abs(inverse[j, i])), max(size, abs(hi[i, j]))
    share = 1.07 * left_out + 1.2 * blur + (1.2 * n + 3) * UNIT * norm
    wide = share * largest * UP + TINY
    radius[:] = wide
    return wide <= GOAL * size


@in_place
def multiply(a: Array, b: Array, c: Array) -> None:
    """A B into C, in float64."""
    n = len(a)
    c[:] = 0.0
    for i in range(n):
        for k in range(n):
            x = a[i, k]
            for j in range(n):
                c[i, j] += x * b[k, j]

"""Certificates of least squares and least norm, by their augmented system.

    t + T c = f,    T^T t - D c = -g,    T (p, q), p >= q, D diagonal and not negative.

With g = 0, c minimises ||f - T c||^2 + c^T D c and t is its residual; with f = 0, -t = T c is the
answer of least norm to T^T x = g. Both unknowns are pairs, refined by an inverse root S of
T^T T + D (references/whitening.py), and proved by what remains of the second equation. The squared
condition enters only through that remainder, whose sums of products keep three times the precision.
docs/references.md derives the radius. Parts of kernels: one column of one member.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from references.balls import TIGHT
from references.compiled import in_place, part, two_sum
from references.dense import add_rows
from references.members import UNIT, UP
from references.products import left_out, term
from references.whitening import TINY, Whitening, gamma

Array = NDArray[np.float64]
GOAL = TIGHT[0]
STEPS = 40  # of refinement; those that no longer help are left out


class Column(NamedTuple):
    """f (p,) and g (q,); c (q,) and t (p,) as hi + lo within a radius; room to work in.

    `t_lost`: what the rounding of t leaves. `slope`: g + T^T t - D c, within `blur`.
    """

    f: Array
    g: Array
    c: Array
    c_lo: Array
    c_radius: Array
    t: Array
    t_lo: Array
    t_radius: Array
    t_lost: Array
    slope: Array
    blur: Array
    image: Array
    spread: Array
    rows: Array
    units: Array
    long: Array
    short: Array


@part
def column(p: int, q: int) -> Column:
    """Room for one column; f and g are zero until written."""
    a, b = np.zeros((5, p)), np.zeros((10, q))
    return Column(
        a[0], b[0], b[1], b[2], b[3], a[1], a[2], a[3], a[4], b[4], b[5], b[6], b[7], b[8], b[9],
        np.empty((4, p)), np.empty((4, q)),
    )  # fmt: skip


@in_place
def evaluate(w: Whitening, v: Column) -> None:
    """t and the slope for what c is."""
    p, q = w.tall.shape
    head, middle, tail, wide = v.long[0], v.long[1], v.long[2], v.long[3]
    for i in range(p):
        head[i], middle[i], tail[i], wide[i] = v.f[i], 0.0, 0.0, abs(v.f[i])
    for j in range(q):
        x, low = -v.c[j], -v.c_lo[j]
        for i in range(p):
            head[i], middle[i], tail[i], size = term(
                w.across[j, i], x, low, head[i], middle[i], tail[i]
            )
            wide[i] += size
    beyond = left_out(q)
    for i in range(p):
        total, rest = two_sum(head[i], middle[i])
        rest += tail[i]
        v.t[i], v.t_lo[i] = two_sum(total, rest)
        v.t_lost[i] = (UNIT * abs(rest) + beyond * wide[i]) * UP + TINY
    head, middle, tail, wide = v.short[0], v.short[1], v.short[2], v.short[3]
    for j in range(q):
        head[j], middle[j], tail[j], size = term(
            w.damping[j], -v.c[j], -v.c_lo[j], v.g[j], 0.0, 0.0
        )
        wide[j] = abs(v.g[j]) + size
    for i in range(p):
        x, low = v.t[i], v.t_lo[i]
        for j in range(q):
            head[j], middle[j], tail[j], size = term(
                w.tall[i, j], x, low, head[j], middle[j], tail[j]
            )
            wide[j] += size
    beyond = left_out(p + 1)
    for j in range(q):
        total, rest = two_sum(head[j], middle[j])
        v.slope[j] = total + (rest + tail[j])
        v.blur[j] = (2 * UNIT * abs(v.slope[j]) + beyond * wide[j]) * UP + TINY


@in_place
def enclose(w: Whitening, defect: float, v: Column) -> float:
    """Radii of c and t, which are off by ||row of S|| y and by lost + sqrt(1 + a) y.

    y = (||z|| + ||S^T blur|| + sqrt(1 + a) ||lost||) / (1 - a), z = S^T slope, a the defect. z goes
    into v.image, and y is returned.
    """
    p, q = w.tall.shape
    image, spread = v.image, v.spread
    image[:] = 0.0
    spread[:] = 0.0
    add_rows(v.slope, w.root, image)
    for k in range(q):
        noise = v.blur[k] + gamma(q + 1) * abs(v.slope[k])
        for j in range(q):
            spread[j] += abs(w.root[k, j]) * noise
    whole, lost = 0.0, 0.0
    for j in range(q):
        whole += (abs(image[j]) + spread[j] * UP) ** 2
    for i in range(p):
        lost += v.t_lost[i] * v.t_lost[i]
    growth = math.sqrt(1 + defect) * UP
    y = (math.sqrt(whole) + growth * (math.sqrt(lost) + TINY) + TINY) * UP / (1 - defect) * UP
    for j in range(q):
        v.c_radius[j] = v.rows[j] * y * UP + TINY
    for i in range(p):
        v.t_radius[i] = (v.t_lost[i] + growth * y) * UP + TINY
    return y


@in_place
def correct(w: Whitening, v: Column) -> None:
    """Add to c the first two terms of (C^-1) slope: S (I + E) z, E = I - S^T C S."""
    step, sharper = v.short[0], v.spread
    for j in range(len(v.c)):
        step[j], sharper[j] = 0.0, v.image[j]
    add_rows(v.image, w.skew, sharper)
    add_rows(sharper, w.turned, step)
    for i in range(len(v.c)):
        v.c[i], v.c_lo[i] = two_sum(v.c[i], v.c_lo[i] + step[i])


@in_place
def start(w: Whitening, v: Column) -> None:
    """c = S (I + E) (Q^T f + S^T g) in float64; the lengths of the rows of S."""
    v.image[:] = 0.0
    v.c[:] = 0.0
    v.c_lo[:] = 0.0
    add_rows(v.f, w.basis, v.image)
    add_rows(v.g, w.root, v.image)
    for i in range(len(v.c)):
        square = 0.0
        for j in range(i, len(v.c)):
            square += w.root[i, j] * w.root[i, j]
        v.rows[i] = math.sqrt(square) * UP + TINY
    correct(w, v)


@in_place
def refine(w: Whitening, defect: float, wide: bool, v: Column) -> bool:
    """Solve the system of f and g; whether the answer is tight, entries weighted by v.units.

    The answer is t if `wide`, else c. Needs a defect well below 1.
    """
    if not (v.f.any() or v.g.any()):
        for side in (v.c, v.c_lo, v.c_radius, v.t, v.t_lo, v.t_radius):
            side[:] = 0.0
        return True
    start(w, v)
    before, tight = np.inf, False
    for _ in range(STEPS):
        evaluate(w, v)
        y = enclose(w, defect, v)
        size, widest = 0.0, 0.0
        if wide:
            for i in range(len(v.t)):
                size, widest = max(size, abs(v.t[i])), max(widest, v.t_radius[i])
        else:
            for i in range(len(v.c)):
                size = max(size, abs(v.c[i]) * v.units[i])
                widest = max(widest, v.c_radius[i] * v.units[i])
        tight = widest <= GOAL * size
        if tight or not y <= 0.75 * before:
            break
        before = y
        correct(w, v)
    return tight

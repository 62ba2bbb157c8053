"""Batched certificates of all singular values: LAPACK's factors, corrected and proved.

From A ~ U S V^H the residuals A V - U S and A^H U - V S are formed from slices and corrected by a
fixed point in float64; what is left of them bounds every singular value, tiny ones and clusters
included. docs/references.md derives the radius.

Stacks are float64 or complex128, scaled by the caller so that the largest entry of each member is
near 1.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from references.columns import (
    TINY,
    UP,
    adjoint,
    diagonal,
    lengths,
    less_scaled,
    rounding,
    tilt,
    total,
)
from references.doubledouble import UNIT, two_sum
from references.eigen_certificate import descent, reciprocals

Array = NDArray[np.float64]
ITERATIONS = 2


class Values(NamedTuple):
    """Singular values `value` + `tail`, descending, each within `radius`: all (B, n)."""

    value: Array
    tail: Array
    radius: Array


class Turn(NamedTuple):
    """Z = (plus + minus) / 2 and Y = (plus - minus) / 2: V (I + Z), U (I + Y), S + moved."""

    plus: Array
    minus: Array
    moved: Array


def values(a: Array, count: int = 1) -> Values:
    """All singular values of a stack (B, m, n) of m >= n, from `count` slices."""
    u, s, across = np.linalg.svd(a, full_matrices=False)
    v, u_across = adjoint(across), adjoint(u)
    r, r_lost = less_scaled(a, v, u, s, count)
    q, q_lost = less_scaled(adjoint(a), u, v, s, count)
    turn = _turn(s, u_across @ r, across @ q)
    z, y = 0.5 * (turn.plus + turn.minus), 0.5 * (turn.plus - turn.minus)
    steep = ((s[:, :, None] - s[:, None, :]) - turn.moved[:, None, :]) * turn.plus
    level = ((s[:, :, None] + s[:, None, :]) + turn.moved[:, None, :]) * turn.minus
    shift = turn.moved[:, None, :] * np.eye(s.shape[1])
    left = r + (r @ z + u @ (0.5 * (steep + level) - shift))
    right = q + (q @ y + v @ (0.5 * (steep - level) - shift))
    # rounding of the two products, entry by entry of one of their factors
    small = np.abs(turn.moved).max(axis=1, initial=0.0)[:, None]
    of_z = lengths(turn.plus) + lengths(turn.minus)
    factors = lengths(steep) + lengths(level) + small * (1 + of_z)
    of_left, of_right = lengths(r), lengths(q)
    size = (np.sqrt(s.shape[1]) + 1) * UP  # of U and V, a generous bound of the Frobenius norm
    noise = size * factors + (total(of_left) + total(of_right))[:, None] * of_z
    noise = total(rounding(max(a.shape[1:]) + 8) * (noise + of_left + of_right))
    noise = (noise + (total(r_lost) + total(q_lost)) * (1 + total(of_z))) * UP
    skew = np.maximum(tilt(u, u_across), tilt(v, across))
    return _proved(s, turn.moved, u_across, skew, total(of_z), (left, right), noise)


def _turn(s: Array, of_u: Array, of_v: Array) -> Turn:
    """First-order corrections and what follows from them, from U^H (A V - U S), V^H (A^H U - V S).

    With s' = s + moved: plus = (sum of both couplings) / (s'_j - s_i) off the diagonal,
    minus = (their difference) / (s_i + s'_j), moved half the diagonal of the sum.
    """
    apart, wide = s[:, None, :] - s[:, :, None], s[:, None, :] + s[:, :, None]
    both, half = of_u + of_v, of_u - of_v
    over, under = reciprocals(both, apart), reciprocals(half, wide, diagonal=True)
    plus, minus, moved = both * over, -half * under, 0.5 * diagonal(both)
    for _ in range(ITERATIONS):
        first, second = of_u @ (0.5 * (plus + minus)), of_v @ (0.5 * (plus - minus))
        moved = 0.5 * diagonal(both + first + second)
        plus = (both + first + second - moved[:, None, :] * plus) * over
        minus = -(half + first - second + moved[:, None, :] * minus) * under
    return Turn(plus, minus, moved)


def _proved(
    s: Array,
    moved: Array,
    across: Array,
    skew: Array,
    turned: Array,
    residuals: tuple[Array, Array],
    noise: Array,
) -> Values:
    """The values S + moved, with a radius from what is left of both residuals.

    `across` is U^H; `skew` bounds ||U^H U - I|| and ||V^H V - I||, `turned` the Frobenius norms
    of Y and of Z, `noise` the errors of both residuals.
    """
    left, right = residuals
    n, m = across.shape[1:]
    usable = (skew < 0.25) & (turned < 0.25)
    skew, turned = np.where(usable, skew, 0.0), np.where(usable, turned, 0.0)
    least = np.sqrt(1 - skew) * (1 - turned) / UP
    outside = (total(lengths(left)) + noise) / least * UP
    inside = outside
    if m > n:  # what of the residual lies in the span of U, and what outside
        within = total(lengths(across @ left)) + 2 * rounding(m) * outside * (np.sqrt(n) + 1)
        inside = (within * (1 + turned) + 2 * noise) / least**2 * UP
    whole = (inside + (total(lengths(right)) + noise) / least) / 2 * UP
    value, tail = two_sum(s, moved)
    negative = 2 * np.maximum(-value, 0.0).max(axis=1)  # |S + moved| is nearer to what is true
    radius = np.where(usable, whole + descent(-value, -tail) + negative, np.inf)[:, None]
    radius = radius + 2 * UNIT * np.abs(tail)
    if m > n:
        room = np.maximum(value - radius, TINY)
        beyond = np.minimum(outside[:, None], outside[:, None] ** 2 / room)
        radius = radius + np.where(usable[:, None], beyond, np.inf)
    return Values(value, tail, radius * UP)

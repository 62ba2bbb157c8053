"""Least squares for whole stacks: scaled exactly, certified, and scaled back.

The columns of the tall one of A and A^T are brought to largest entries in [1/2, 1) by powers of
two, one for each column and never below the root of the regulariser, the right-hand side by one for
each member. Members that a power of two would round go to the next layer.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from references.augmented import Solution, System, solve
from references.doubledouble import UNIT, exact_scale
from references.interval import Interval
from references.scaling import NORMAL, SMALLEST, USABLE, inverse_norm, placed, unrounded
from references.slices import fold
from references.truth import Enclosure
from references.whitening import Whitening, transposed

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
EXPONENTS = 1000  # powers of two beyond are left to the next layer


class Certified(NamedTuple):
    """What is proved of min ||A x - b||^2 + d ||x||^2; radii are infinite where nothing is.

    `residual`: b - A x. `inverse` times 2^`exponent`: the largest eigenvalue of the inverse of
    C = A^T A + d I, or of A A^T + d I where A is wide. `slices` (B,): 0 where nothing is proved.
    """

    x: Enclosure
    residual: Enclosure
    inverse: Interval
    exponent: Integers
    slices: Integers


class _Scaled(NamedTuple):
    """T and D with column j of T divided by 2^`columns`, b by 2^`right`; `exact`: no rounding."""

    system: System
    columns: Integers
    right: Integers
    exact: NDArray[np.bool_]


def certify(a: Array, rhs: Array, damping: float) -> Certified:
    """Solve and prove a stack a (B, m, n), rhs (B, m, k) of finite float64."""
    wide = a.shape[1] < a.shape[2]
    scaled = _equilibrated(transposed(a) if wide else a, rhs, damping, wide)
    back = -scaled.columns
    reach = (back - back.max(axis=1, keepdims=True))[..., None]
    units = np.ones((len(a), 1, 1)) if wide else np.ldexp(1.0, reach)
    found, white = solve(scaled.system, units)
    slices = np.where(scaled.exact, found.slices, 0)
    slices, found = _zero_columns(rhs, found, white, slices, scaled.exact)
    c = placed(
        (found.hi, found.lo, found.radius), (back + scaled.right[:, None])[..., None], slices
    )
    sides = (found.residual_hi, found.residual_lo, found.residual_radius)
    t = placed(sides, scaled.right[:, None, None], slices)
    if wide:
        x, residual = Enclosure(-t.hi, -t.lo, t.radius, t.exponent), _multiple(c, damping)
    else:
        x, residual = c, t
    inverse, exponent = inverse_norm(white.root, white.defect, back)
    return Certified(x, residual, inverse, exponent, slices)


def _equilibrated(tall: Array, rhs: Array, damping: float, wide: bool) -> _Scaled:
    size = np.abs(tall)
    columns = np.frexp(fold(np.maximum, size, -2)[:, 0])[1].astype(np.int64)
    if damping:
        columns = np.maximum(columns, (np.frexp(damping)[1] + 1) // 2)
    exact = np.abs(columns).max(axis=1) <= EXPONENTS
    columns = np.where(exact[:, None], columns, 0)
    factor = np.ldexp(1.0, -columns)
    scaled = np.where(exact[:, None, None], tall, 0.0) * factor[:, None, :]
    exact &= unrounded(tall, scaled)
    right = rhs
    if wide:
        with np.errstate(over="ignore"):
            right = rhs * factor[..., None]
        exact &= unrounded(rhs, right)
    exponent = exact_scale(right)
    exact &= np.abs(exponent) <= EXPONENTS
    right = right * np.ldexp(1.0, -np.where(exact, exponent, 0))[:, None, None]
    exact &= unrounded(rhs, right)
    weights = None
    if damping:
        weights = np.where(exact[:, None], damping * factor * factor, 0.0)
        exact &= weights.min(axis=1) >= NORMAL
    if not exact.all():
        scaled, right = (np.where(exact[:, None, None], side, 0.0) for side in (scaled, right))
    system = System(scaled, weights, None if wide else right, right if wide else None)
    return _Scaled(system, columns, exponent, exact)


def _zero_columns(
    rhs: Array, found: Solution, white: Whitening, slices: Integers, exact: NDArray[np.bool_]
) -> tuple[Integers, Solution]:
    """Right-hand sides of zeros have answers of zeros, exactly, where the rank is full."""
    zero = ~rhs.any(axis=1, keepdims=True)
    if not zero.any():
        return slices, found
    every = ~rhs.reshape(len(rhs), -1).any(axis=1) & exact & (white.defect < USABLE)
    proved = (every | (slices > 0))[:, None, None] & zero
    sides = [np.where(proved, 0.0, side) for side in found[:6]]
    slices = np.where(every & (slices == 0), 2, slices)
    return slices, Solution._make([*sides, slices])


def _multiple(part: Enclosure, factor: float) -> Enclosure:
    """An enclosure times a number that is not negative, to one float64 an entry."""
    if not factor:
        zero = np.zeros_like(part.hi)
        radius = np.where(np.isinf(part.radius), np.inf, 0.0)
        return Enclosure(zero, zero, radius, np.zeros_like(part.exponent))
    fraction, power = np.frexp(factor)
    hi = fraction * part.hi
    radius = (fraction * (part.radius + np.abs(part.lo)) + 2 * UNIT * np.abs(hi)) * (1 + 4 * UNIT)
    return Enclosure(hi, np.zeros_like(hi), radius + 8 * SMALLEST, part.exponent + int(power))

"""Batched certificates of pseudo-inverses of full column rank, through a preconditioner.

P ~ R^-1 from A = Q R makes the columns of B = A P nearly orthonormal, and for any regular P
A^+ = P (B^T B)^-1 B^T exactly. B and B^T B - I = G are formed from slices, (I + G)^-1 by its
Neumann series. docs/references.md derives the radius.

Stacks are float64, scaled by the caller so that the largest entry of each member is near 1. What
is not proved has an infinite radius.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from references.certificates import Approximation, approximate_inverse, inverses
from references.columns import TINY, UP, adjoint, lengths, rounding, total
from references.doubledouble import UNIT, two_sum
from references.interval import Interval, sqrt
from references.norms import clipped, largest_eigenvalue
from references.slices import cut, multiply, product

Array = NDArray[np.float64]
TERMS = 8  # of the Neumann series
USABLE = 2.0**-8  # largest norm of G for which that many terms are enough
MENDABLE = 0.25  # largest norm of G from which a second preconditioner is made


def pseudo_inverses(a: Array) -> Approximation:
    """A^+ for a stack (B, m, n) of m >= n, of the members that are proved to have full rank."""
    if a.shape[1] > a.shape[2]:
        return _preconditioned(a)
    found = inverses(a)
    rest = np.flatnonzero(~found.tight)
    if len(rest):
        _replace(found, rest, _preconditioned(a[rest]))
    return found


def _preconditioned(a: Array) -> Approximation:
    preconditioner, usable = approximate_inverse(np.asarray(np.linalg.qr(a, mode="r")))
    found = _inverted(_near_orthonormal(a, preconditioner, None, usable, 2))
    rest = np.flatnonzero(usable & ~found.tight)
    if len(rest):
        part, p = a[rest], preconditioner[rest]
        g = _near_orthonormal(part, p, None, usable[rest], 2).g
        # (I + G)^-1/2 to third order: P loses what it lacks of orthonormal, and gains a tail
        p, tail = two_sum(p, p @ (g @ (0.375 * g - 0.3125 * (g @ g)) - 0.5 * g))
        _replace(found, rest, _inverted(_near_orthonormal(part, p, tail, usable[rest], 3)))
    return found


def _replace(found: Approximation, members: NDArray[np.int64], better: Approximation) -> None:
    for field, value in zip(found, better, strict=True):
        field[members] = value


class Near(NamedTuple):
    """B = A P within `wrong_b` of `b` + `b_tail`, whose columns have G = B^T B - I near zero.

    `wrong_g` bounds the error of `g` (B, n, n); both errors are Frobenius norms (B,).
    """

    p: Array
    p_tail: Array | None
    b: Array
    b_tail: Array
    wrong_b: Array
    g: Array
    wrong_g: Array
    usable: NDArray[np.bool_]


def _near_orthonormal(
    a: Array, p: Array, p_tail: Array | None, usable: NDArray[np.bool_], count: int
) -> Near:
    head, tail, lost = product(a, p, count=count, b_tail=p_tail)
    b, b_tail = two_sum(head, tail)
    wrong_b = total(lengths(lost))
    left, right = cut(adjoint(b), -1, count, adjoint(b_tail)), cut(b, -2, count, b_tail)
    head, tail, lost = multiply(left, right, -np.eye(a.shape[-1]))
    g = head + tail
    size = total(lengths(g))
    wrong_g = (total(lengths(lost)) + 2 * UNIT * size) * UP
    usable = usable & (size < MENDABLE) & (wrong_b + wrong_g < USABLE)
    g = np.where(usable[:, None, None], g, 0.0)
    wrong_b, wrong_g = (np.where(usable, side, np.inf) for side in (wrong_b, wrong_g))
    return Near(p, p_tail, b, b_tail, wrong_b, g, wrong_g, usable)


def _inverted(near: Near) -> Approximation:
    """P (I + F) B^T with I + F the Neumann series of (I + G)^-1."""
    n = near.g.shape[-1]
    norm = total(lengths(near.g))
    usable = near.usable & (norm < USABLE)
    series = -near.g
    for _ in range(TERMS - 2):
        series = -(near.g + near.g @ series)
    across = adjoint(near.b)
    low = adjoint(near.b_tail) + series @ across
    hi, lo = two_sum(across, low)
    head, tail, lost = product(near.p, hi, a_tail=near.p_tail, b_tail=lo)
    hi, lo = two_sum(head, tail)
    size = np.sqrt(n) * UP + 1  # of B, a generous bound of its Frobenius norm
    wrong = 1.5 * near.wrong_b + 1.1 * (near.wrong_g + norm**TERMS) * size
    wrong = (wrong + 4 * rounding(n) * norm * size + 4 * UNIT * total(lengths(low))) * UP
    rows = lengths(adjoint(near.p)) * UP
    radius = (lost + rows[:, :, None] * wrong[:, None, None] + 2 * UNIT * np.abs(lo)) * UP + TINY
    return Approximation(hi, lo, np.where(usable[:, None, None], radius, np.inf))


def largest_singular(found: Approximation) -> Interval:
    """||X|| in the 2-norm: (B, n, m) with entries near 1 at most, to (B,); n is at most m."""
    m = found.hi.shape[-1]
    size = total(lengths(found.hi))
    off = total(lengths(found.radius)) + total(lengths(found.lo))
    noise = (rounding(m) * size**2 + off * (2 * size + off)) * UP
    return clipped(sqrt(largest_eigenvalue(found.hi @ adjoint(found.hi), noise)))

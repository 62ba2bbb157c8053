"""A second certificate of systems, for graded matrices: rows and columns scaled by powers of two.

A = D_r E D_c with the largest entry of each row, then of each column of E in [1/2, 1). What
scaling to subnormal numbers may lose is part of the certificate.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from references.balls import TIGHT
from references.certificates import solved
from references.scaling import placed
from references.truth import Enclosure

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
LOWEST = -10000  # below every exponent
GOAL = 2.0**-100  # radii that are far below what is needed stay small when rows are scaled back


def solved_evenly(a: Array, rhs: Array) -> Enclosure:
    """The solutions of A x = rhs for finite stacks (B, n, n) and (B, n, k).

    The radius is infinite where they are not proved, or not tight in every column.
    """
    even, rows, columns = equilibrated(a)
    places = np.where(rhs == 0, LOWEST, np.frexp(rhs)[1] - rows)
    top = _top(places, (1, 2))
    right = _scaled(rhs, -rows - top)
    found, _ = solved(even, right, np.ones(len(a), dtype=bool), goal=GOAL)
    back = _placed(found, top - np.swapaxes(columns, 1, 2))
    size, wide = np.abs(back.hi).max(axis=1), back.radius.max(axis=1)
    return _kept(back, (wide <= TIGHT[0] * size).all(axis=1))


def inverted_evenly(a: Array) -> Enclosure:
    """Inverses of finite stacks (B, n, n); infinite radii where not proved or not tight."""
    even, rows, columns = equilibrated(a)
    identity = np.broadcast_to(np.eye(a.shape[1]), a.shape)
    found, _ = solved(even, identity, np.ones(len(a), dtype=bool), goal=GOAL)
    back = _placed(found, -np.swapaxes(columns, 1, 2) - np.swapaxes(rows, 1, 2))
    size, wide = (x.reshape(len(a), -1).max(axis=1) for x in (np.abs(back.hi), back.radius))
    return _kept(back, wide <= TIGHT[0] * size)


def equilibrated(a: Array) -> tuple[Array, Integers, Integers]:
    """E and the exponents of D_r (B, n, 1) and of D_c (B, 1, n); 0 where all entries are zero."""
    places = np.where(a == 0, LOWEST, np.frexp(a)[1])
    rows = _top(places, 2)
    columns = _top(np.where(a == 0, LOWEST, places - rows), 1)
    return _scaled(a, -rows - columns), rows, columns


def _placed(found: Enclosure, powers: Integers) -> Enclosure:
    proved: Flags = np.logical_and.reduce(np.isfinite(found.radius), axis=(1, 2))
    together: Integers = np.add(powers, found.exponent[:, None, None])
    return placed((found.hi, found.lo, found.radius), together, proved)


def _kept(part: Enclosure, members: Flags) -> Enclosure:
    """The enclosure of these members, nothing known of the others."""
    chosen = members[:, None, None]
    return Enclosure(
        np.where(chosen, part.hi, 0.0),
        np.where(chosen, part.lo, 0.0),
        np.where(chosen, part.radius, np.inf),
        np.where(members, part.exponent, 0),
    )


def _top(places: Integers, axis: int | tuple[int, ...]) -> Integers:
    top = places.max(axis=axis, keepdims=True, initial=LOWEST)
    return np.where(top == LOWEST, 0, top).astype(np.int64)


def _scaled(a: Array, powers: Integers) -> Array:
    with np.errstate(over="ignore", under="ignore"):
        scaled: Array = np.ldexp(a, powers)
    return scaled

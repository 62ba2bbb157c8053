"""Points of Sobol's sequence, bit by bit, from the direction numbers of Joe and Kuo (2008).

Coordinate j of point k is the sum over the bits b of the Gray code of k, modulo 2 in every digit,
of v_b = m_b / 2^b, b = 1, 2 ... The m_b of the first coordinate are 1; those of the others follow
from s odd numbers by a recurrence whose coefficients are those of a primitive polynomial of degree
s (Bratley and Fox 1988, Algorithm 659; Antonov and Saleev 1979 for the Gray code).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from references.statistics import told
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
BITS = 32  # of coordinates, and of places
# The coefficients between the first and the last of the polynomial, as bits, and m_1 ... m_s.
JOE_KUO: tuple[tuple[int, tuple[int, ...]], ...] = (
    (0, (1,)), (1, (1, 3)), (1, (1, 3, 1)), (2, (1, 1, 1)), (1, (1, 1, 3, 3)), (4, (1, 3, 5, 13)),
    (2, (1, 1, 5, 5, 17)), (4, (1, 1, 5, 5, 5)), (7, (1, 1, 7, 11, 19)), (11, (1, 1, 5, 1, 1)),
    (13, (1, 1, 1, 3, 11)), (14, (1, 3, 5, 5, 31)), (1, (1, 3, 3, 9, 7, 49)),
    (13, (1, 1, 1, 15, 21, 21)), (16, (1, 3, 1, 13, 27, 49)), (19, (1, 1, 1, 15, 7, 5)),
    (22, (1, 3, 1, 15, 13, 25)), (25, (1, 1, 5, 5, 19, 61)), (1, (1, 3, 7, 11, 23, 15, 103)),
    (4, (1, 3, 7, 13, 13, 15, 69)),
)  # fmt: skip


@cache
def directions(coordinate: int) -> tuple[int, ...]:
    """v_1 ... v_32 of a coordinate, from 0, times 2^32."""
    if coordinate == 0:
        return tuple(1 << (BITS - b) for b in range(1, BITS + 1))
    middle, numbers = JOE_KUO[coordinate - 1]
    s, m = len(numbers), list(numbers)
    while len(m) < BITS:
        new = m[-s] ^ (m[-s] << s)
        for i in range(1, s):
            if middle >> (s - 1 - i) & 1:
                new ^= m[-i] << i
        m.append(new)
    return tuple(number << (BITS - b) for b, number in enumerate(m, 1))


def point(index: int, dim: int) -> list[int]:
    """The coordinates of one point, 0 being the origin, times 2^32."""
    code = index ^ (index >> 1)
    found = [0] * dim
    for b in range(BITS):
        if code >> b & 1:
            found = [x ^ directions(j)[b] for j, x in enumerate(found)]
    return found


def sobol_sample(
    skip: Array, *, dim: int, num_results: int, eps: float = 0.0, level: int = 0
) -> Truth:
    """Points after as many as `skip` (B, 1) tells and the origin: (B, num_results, dim).

    A number of up to 32 bits is rounded once, to nearest, if the dtype of `eps` holds fewer.
    Quantity: `places` (B,), the number of the last point.
    """
    finite = np.isfinite(skip[:, 0])
    places = np.where(finite, skip[:, 0], 0).astype(np.int64)
    exact = np.zeros((len(skip), num_results, dim))
    for member, first in enumerate(places.tolist()):
        exact[member] = [point(first + 1 + k, dim) for k in range(num_results)]
    exact = np.ldexp(exact, -BITS)
    if eps > 2.0**-BITS:  # float32: coordinates near 1 round to it
        exact = exact.astype(np.float32).astype(np.float64)
    radius = np.where(finite[:, None, None], np.zeros_like(exact), np.inf)
    part = Enclosure(exact, np.zeros_like(exact), radius, np.zeros(len(skip), np.int64))
    return told((part,), {"places": (places + num_results).astype(np.float64)}, finite)

"""How large the inverses of A + mu I get for mu >= 0: what moves a logarithm.

log (A + E) - log A is the integral of (A + mu I)^-1 E (A + E + mu I)^-1 over mu >= 0 (Higham 2008,
11.1, and the resolvents' identity), as long as no eigenvalue crosses the negative axis on the way.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
STEPS = 400  # then a matrix is as good as singular
SLACK = 64.0  # n units of roundoff: how far off a least singular value may be
UNIT = 2.0**-53


def resolvents(a: NDArray[np.complex128]) -> tuple[Array, Array]:
    """The integral of ||(A + mu I)^-1||^2 and the largest of these norms: (k, n, n) to (k,) each.

    Large enough: the least singular value g of A + mu I moves no faster than mu. Between two
    places h apart it is at least max(g - t, g' - h + t), whose inverse square has the integral 4 /
    (g + g' - h) - 1/g - 1/g'; beyond twice the norm it is at least mu - ||A||. Steps of half of g
    meet the integral where g grows with mu, and are a third too large where it stays.
    """
    count = len(a)
    size = np.sqrt((np.abs(a) ** 2).sum(axis=(1, 2))) * (1 + 2.0**-40)
    total, most = np.zeros(count), np.zeros(count)
    place = np.zeros(count)
    least = _least(a, place, size)
    going = np.arange(count)
    for _ in range(STEPS):
        now = least[going]
        going, now = going[now > 0], now[now > 0]
        if not len(going):
            break
        step = now / 2
        there = place[going] + step
        ahead = _least(a[going], there, size[going])
        both = now + ahead - step
        with np.errstate(divide="ignore"):
            total[going] += np.where(both > 0, 4 / both - 1 / now - 1 / ahead, np.inf)
            most[going] = np.maximum(most[going], np.where(both > 0, 2 / both, np.inf))
        place[going], least[going] = there, ahead
        done = there >= 2 * size[going]
        ended = going[done]
        total[ended] += 1 / (place[ended] - size[ended])
        least[ended] = np.inf
        going = going[~done]
    unknown = ~np.isinf(least)
    total[unknown], most[unknown] = np.inf, np.inf
    return total * (1 + 2.0**-40), most * (1 + 2.0**-40)


def _least(a: NDArray[np.complex128], place: Array, size: Array) -> Array:
    """The least singular value of A + mu I, rounded down; not positive where it is not known."""
    moved = a + place[:, None, None] * np.eye(a.shape[1])
    values = np.linalg.svd(moved, compute_uv=False)[:, -1]
    return np.asarray(values - SLACK * a.shape[1] * UNIT * (size + place))

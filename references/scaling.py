"""Between certificates, which want entries near 1, and truths: powers of two, without rounding."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from references import norms
from references.doubledouble import UNIT, exact_scale
from references.interval import Interval
from references.truth import Enclosure
from references.whitening import gamma, gram_of, squared

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
SMALLEST = 2.0**-1074
NORMAL = 2.0**-1022
USABLE = 2.0**-4  # largest defect that is worked with: conditions are as blurred as it is


def unrounded(before: Array, after: Array) -> NDArray[np.bool_]:
    """Members in which nothing but zero has left the normal numbers."""
    size = np.abs(after)
    lost = ((size < NORMAL) & (before != 0)) | ~(size < np.inf)
    return ~lost.reshape(len(lost), -1).any(axis=1)


def placed(sides: tuple[Array, Array, Array], powers: Integers, proved: Integers) -> Enclosure:
    """hi + lo within radius times 2^`powers`, normalised; nothing where `proved` (B,) is zero.

    `powers`: one for each row (B, m, 1), column (B, 1, n) or member (B, 1, 1).
    """
    hi, lo, radius = sides
    present = hi != 0
    places = np.where(present, np.frexp(hi)[1] + powers, np.iinfo(np.int32).min)
    top = places.reshape(len(hi), -1).max(axis=1, initial=np.iinfo(np.int32).min)
    top = np.where(present.reshape(len(hi), -1).any(axis=1), top, 0).astype(np.int64)
    lift = np.clip(powers - top[:, None, None], -4000, 4000)
    with np.errstate(over="ignore", under="ignore"):
        hi, lo, wide = (np.ldexp(side, lift) for side in (hi, lo, radius))
    wide = np.where(radius == 0, 0.0, wide * (1 + 4 * UNIT) + 8 * SMALLEST)
    known = (proved > 0)[:, None, None]
    return Enclosure(
        np.where(known, hi, 0.0),
        np.where(known, lo, 0.0),
        np.where(known, wide, np.inf),
        np.where(proved > 0, top, 0),
    )


def inverse_norm(root: Array, defect: Array, powers: Integers) -> tuple[Interval, Integers]:
    """||C^-1||_2 without 2^e, and e: C = (D S)^-T (I - E) (D S)^-1, D = diag(2^`powers`).

    It is ||D S||_2^2 / (1 + e'), |e'| <= ||E|| <= `defect` (B,); unknown where that is not small.
    """
    largest = powers.max(axis=1, keepdims=True)
    usable = defect < USABLE
    root = np.ldexp(1.0, (powers - largest))[..., None] * root
    own = exact_scale(root)
    root = root * np.ldexp(1.0, -own)[:, None, None]
    noise = 2 * gamma(root.shape[-1] + 2) * squared(root) + 2.0**-900
    found = norms.largest_eigenvalue(gram_of(root), noise)
    defect = np.where(usable, defect, 0.5)
    found = found * Interval(1 / (1 + defect), 1 / (1 - defect)) + 0.0
    return norms.known(norms.clipped(found), usable), 2 * (largest[:, 0] + own)

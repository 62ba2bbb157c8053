"""Between certificates, which want entries near 1, and truths: powers of two, without rounding."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from references.compiled import in_place, kernel
from references.members import UNIT
from references.truth import Enclosure

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
SMALLEST = 2.0**-1074
NORMAL = 2.0**-1022
USABLE = 2.0**-4  # largest defect that is worked with: conditions are as blurred as it is
FAR = 4000  # powers of two beyond leave nothing, or infinity


@in_place
def place(hi: Array, lo: Array, radius: Array, powers: Integers) -> int:
    """Multiply a member (m, k) by 2^powers and divide by the power of its largest, returned.

    `powers` broadcasts to (m, k). A radius of zero stays zero.
    """
    rows, columns = powers.shape[0] - 1, powers.shape[1] - 1
    found, top = False, 0
    for i in range(hi.shape[0]):
        for j in range(hi.shape[1]):
            if hi[i, j] != 0:
                at = math.frexp(hi[i, j])[1] + powers[min(i, rows), min(j, columns)]
                top, found = max(top, at) if found else at, True
    for i in range(hi.shape[0]):
        for j in range(hi.shape[1]):
            lift = max(-FAR, min(powers[min(i, rows), min(j, columns)] - top, FAR))
            hi[i, j], lo[i, j] = math.ldexp(hi[i, j], lift), math.ldexp(lo[i, j], lift)
            if radius[i, j] != 0:
                wide = math.ldexp(radius[i, j], lift)
                radius[i, j] = wide * (1 + 4 * UNIT) + 8 * SMALLEST
    return top


@kernel
def place_members(
    hi: Array, lo: Array, radius: Array, powers: Integers, proved: Flags, exponents: Integers
) -> None:
    """The same for stacks (B, m, k); zeros and infinite radii where not `proved` (B,)."""
    for member in range(len(hi)):
        if proved[member]:
            exponents[member] = place(hi[member], lo[member], radius[member], powers[member])
        else:
            hi[member] = lo[member] = 0.0
            radius[member], exponents[member] = np.inf, 0


def placed(sides: tuple[Array, Array, Array], powers: Integers, proved: Flags) -> Enclosure:
    """hi + lo within radius times 2^`powers`, normalised; nothing where not `proved` (B,).

    `powers`: one for each entry, row (B, m, 1), column (B, 1, n) or member (B, 1, 1).
    """
    hi, lo, radius = (side.copy() for side in sides)
    exponents = np.empty(len(hi), np.int64)
    place_members(hi, lo, radius, np.ascontiguousarray(powers, np.int64), proved, exponents)
    return Enclosure(hi, lo, radius, exponents)

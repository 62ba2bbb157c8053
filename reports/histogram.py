"""Histograms of shares: bins of a quarter of an octave, found from the bits of a number."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

OCTAVES = 64  # the histogram reaches from 2^-64 to 2^64; its end bins take what lies beyond
BINS = 8 * OCTAVES + 1
BIAS = 4 * (1023 - OCTAVES)  # four times the exponent field of a float64, less that of bin 0
FRACTION = 2**52 - 1
QUARTERS = tuple(int(np.float64(2 * 2.0**-q).view(np.int64)) & FRACTION for q in (0.75, 0.5, 0.25))


def bins(share: NDArray[np.float64]) -> NDArray[np.int64]:
    """The bin of each positive share: bin i holds (2^((i-1)/4 - 64), 2^(i/4 - 64)].

    The last one holds infinity too. Found from the bits of the number, not by a logarithm, whose
    last bit varies with processors.
    """
    bits = np.ascontiguousarray(share).view(np.int64)
    fraction = bits & FRACTION
    quarter = (fraction > 0).view(np.int8)
    for upper in QUARTERS:
        quarter = quarter + (fraction > upper)
    index = ((bits >> 52) << 2) + quarter - BIAS
    return np.minimum(np.maximum(index, 0, out=index), BINS - 1, out=index)


def edge(index: int) -> float:
    """The largest share that a bin can hold."""
    return 2.0 ** (index / 4 - OCTAVES) if index < BINS - 1 else math.inf

"""Histograms of shares: bins of a quarter of an octave, found from the bits of a number."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

OCTAVES = 64  # the histogram reaches from 2^-64 to 2^64; its end bins take what lies beyond
BINS = 8 * OCTAVES + 1
LARGEST = float(np.finfo(np.float64).max)
QUARTERS = (2.0**-0.75, 2.0**-0.5, 2.0**-0.25)


def bins(share: NDArray[np.float64]) -> NDArray[np.int64]:
    """The bin of each positive share: bin i holds (2^((i-1)/4 - 64), 2^(i/4 - 64)].

    The last one holds infinity too.
    Found from the bits of the number, not by a logarithm, whose last bit varies with processors.
    """
    mantissa, exponent = np.frexp(np.minimum(share, LARGEST))
    index = 4 * (exponent.astype(np.int64) - 1 + OCTAVES) + (mantissa > 0.5)
    for quarter in QUARTERS:
        index += mantissa > quarter
    return np.minimum(np.maximum(index, 0, out=index), BINS - 1, out=index)


def edge(index: int) -> float:
    """The largest share that a bin can hold."""
    return 2.0 ** (index / 4 - OCTAVES) if index < BINS - 1 else math.inf

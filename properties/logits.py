"""Rows of logits for softmax and its kin, whole stacks at once.

Every function takes the bits of the members, a number of rows and their length, and the grid;
it gives float64 entries (B, rows, n) that `matrices.on_grid` then rounds.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from properties.bits import Bits
from properties.dtypes import Dtype

Array = NDArray[np.float64]


def equal(bits: Bits, rows: int, n: int, grid: Dtype) -> Array:
    """All entries of a row alike."""
    return np.repeat(bits.odds("value", (rows, 1), 64), n, axis=2)


def ramp(bits: Bits, rows: int, n: int, grid: Dtype) -> Array:
    """An arithmetic progression, up or down, by a power of two from 1/8 to 8."""
    steps = np.ldexp(bits.signs("signs", (rows, 1)), bits.integers("step", (rows, 1), -3, 3))
    return steps * np.arange(n)


def ties(bits: Bits, rows: int, n: int, grid: Dtype) -> Array:
    """Two values a row."""
    return _choice(bits, bits.odds("values", (rows, 2), 8), n)


def whole(bits: Bits, rows: int, n: int, grid: Dtype) -> Array:
    """Whole numbers from -20 to 20."""
    return bits.integers("whole", (rows, n), -20, 20).astype(np.float64)


def narrow(bits: Bits, rows: int, n: int, grid: Dtype) -> Array:
    """Full significands between -1 and 1."""
    return bits.dyadics("narrow", (rows, n), grid.bits)


def ordinary(bits: Bits, rows: int, n: int, grid: Dtype) -> Array:
    """Full significands between -8 and 8."""
    return 8.0 * bits.dyadics("ordinary", (rows, n), grid.bits)


def signed_zeros(bits: Bits, rows: int, n: int, grid: Dtype) -> Array:
    """Zeros of both signs among ones."""
    zeros = 0.0 * bits.signs("signs", (rows, n))
    return np.where(bits.integers("which", (rows, n), 0, 3) == 0, 1.0, zeros)


def neighbours(bits: Bits, rows: int, n: int, grid: Dtype) -> Array:
    """Entries that differ by a few units in the last place."""
    steps = bits.integers("steps", (rows, n), 0, 3) * grid.eps
    return bits.signs("sign", (rows, 1)) * (1.0 + steps) * _magnitude(bits, rows, 0, 6)


def offset(bits: Bits, rows: int, n: int, grid: Dtype) -> Array:
    """A large shift that leaves a few bits for ordinary differences."""
    shift = 2.0 ** (grid.bits - 3)
    return bits.signs("sign", (rows, 1)) * shift + bits.integers("entry", (rows, n), 0, 31) / 4.0


def dominant(bits: Bits, rows: int, n: int, grid: Dtype) -> Array:
    """One entry far above, or far below, the others."""
    near = bits.dyadics("near", (rows, n), 8)
    chosen = bits.integers("chosen", (rows, 1), 0, n - 1) == np.arange(n)
    far = bits.signs("sign", (rows, 1)) * _magnitude(bits, rows, 3, 7)
    return np.where(chosen, far, near)


def underflow(bits: Bits, rows: int, n: int, grid: Dtype) -> Array:
    """Differences around the one whose exponential is the smallest normal number."""
    edge = -grid.min_exponent * 0.6931471805599453  # log 2
    low = -edge * (0.875 + bits.integers("part", (rows, n), 0, 63) / 256.0)
    top = bits.integers("top", (rows, 1), 0, n - 1) == np.arange(n)
    return np.where(top, 0.0, low) + bits.integers("shift", (rows, 1), 0, 8)


def spread(bits: Bits, rows: int, n: int, grid: Dtype) -> Array:
    """Magnitudes from 1/8 to near the largest number, of both signs."""
    exponents = bits.integers("exponents", (rows, n), -3, grid.max_exponent - 1)
    return np.ldexp(bits.signs("signs", (rows, n)), exponents)


def near_max(bits: Bits, rows: int, n: int, grid: Dtype) -> Array:
    """Entries within a few units in the last place of the largest number, of one sign."""
    steps = bits.integers("steps", (rows, n), 1, 8) * grid.eps
    return bits.signs("sign", (rows, 1)) * (2.0 - steps) * 2.0**grid.max_exponent


def both_ends(bits: Bits, rows: int, n: int, grid: Dtype) -> Array:
    """Entries near the largest number of either sign: their difference overflows."""
    return bits.signs("signs", (rows, n)) * grid.max


CHAPTER = np.array([12345.0, 67890.0, 99999999.0])


def chapter(bits: Bits, rows: int, n: int, grid: Dtype) -> Array:
    """The chapter's logits for underflow and overflow, over and over, in random order."""
    order = bits.integers("order", (rows, n), 0, 2) if n != 3 else bits.permutations("order", n)
    values = CHAPTER[order if order.ndim == 3 else order[:, None, :]]
    return np.minimum(values, grid.max) * bits.signs("sign", (rows, 1))


LOG_2 = 0.6931471805599453


def cancelling(bits: Bits, rows: int, n: int, grid: Dtype) -> Array:
    """Multiples -k log 2 in random order with sum 2^-k = 1, moved a little: logsumexp near 0."""
    steps = np.minimum(np.arange(1, n + 1), max(n - 1, 0))
    order = np.argsort(bits.words("order", (rows, n)), axis=2, kind="stable")
    move = np.ldexp(1.0, -bits.integers("move", (rows, 1), 1, grid.bits + 8))
    return bits.integers("whether", (rows, 1), -1, 1) * move - LOG_2 * steps[order]


def _choice(bits: Bits, values: Array, n: int) -> Array:
    which = bits.integers("choice", (values.shape[1], n), 0, values.shape[2] - 1)
    return np.take_along_axis(values, which, axis=2)


def _magnitude(bits: Bits, rows: int, low: int, high: int) -> Array:
    magnitude: Array = np.ldexp(1.0, bits.integers("magnitude", (rows, 1), low, high))
    return magnitude


LOGITS: dict[str, Callable[[Bits, int, int, Dtype], Array]] = {
    "equal": equal,
    "ramp": ramp,
    "ties": ties,
    "whole": whole,
    "narrow": narrow,
    "ordinary": ordinary,
    "signed zeros": signed_zeros,
    "neighbours": neighbours,
    "offset": offset,
    "dominant": dominant,
    "chapter": chapter,
    "underflow": underflow,
    "spread": spread,
    "near max": near_max,
    "both ends": both_ends,
}
SUMMANDS = LOGITS | {"cancelling": cancelling}

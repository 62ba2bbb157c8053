"""Floating-point formats, and the one place where underflow is forgiven."""

from __future__ import annotations

from dataclasses import dataclass

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

from references.compiled import kernel

FRACTION, BIAS, SPECIAL = 52, 1023, np.uint64(0x7FF)  # of float64; the exponent field of NaN


@dataclass(frozen=True)
class Dtype:
    """A binary format: `bits` of precision, `eps` the spacing at 1, `tiny` the smallest normal."""

    name: str
    numpy: np.dtype
    bits: int
    min_exponent: int  # of the smallest normal number
    max_exponent: int  # of the largest finite number

    @property
    def is_complex(self) -> bool:
        """Whether a number is a pair of these, real and imaginary part."""
        return self.numpy.kind == "c"

    @property
    def eps(self) -> float:
        """The spacing at 1: the unit of all errors and bounds."""
        return 2.0 ** (1 - self.bits)

    @property
    def tiny(self) -> float:
        """The smallest normal number: what one operation may lose absolutely.

        TensorFlow flushes subnormal numbers to zero on its own threads and XLA may do so too,
        hence the smallest normal and not the smallest subnormal number. A product of complex
        numbers, six operations, loses less than eight of them.
        """
        return 2.0 ** (self.min_exponent + (3 if self.is_complex else 0))

    @property
    def max(self) -> float:
        """The largest finite number."""
        return (2.0 - self.eps) * 2.0**self.max_exponent

    def of(self, array: NDArray) -> np.dtype:
        """The format of an array of an answer: that of its parts for real ones beside complex."""
        if self.is_complex and not np.iscomplexobj(array):
            return np.dtype(f"f{self.numpy.itemsize // 2}")
        return self.numpy

    def round(self, array: NDArray) -> NDArray[np.float64]:
        """Entries rounded to nearest even in this format, as float64 or complex128."""
        with np.errstate(over="ignore"):
            return array.astype(self.of(array)).astype(wide(array))

    def holds(self, array: NDArray) -> bool:
        """Whether every entry is a number of this format, subnormal ones left out.

        Complex formats hold complex arrays, and no other formats do: a problem is of one field.
        """
        if np.iscomplexobj(array) != self.is_complex:
            return False
        words = np.ascontiguousarray(array, wide(array)).reshape(-1).view(np.uint64)
        lowest, highest = (e + BIAS for e in (self.min_exponent, self.max_exponent))
        dropped = np.uint64((1 << FRACTION - (self.bits - 1)) - 1)
        return bool(_held(words, dropped, np.uint64(lowest), np.uint64(highest)))


def wide(array: NDArray) -> type:
    """The format that holds every entry: float64, or complex128 of complex arrays."""
    return np.complex128 if np.iscomplexobj(array) else np.float64


@kernel
def _held(
    words: NDArray[np.uint64], dropped: np.uint64, lowest: np.uint64, highest: np.uint64
) -> bool:
    """Whether the bits of float64 numbers (k,) hold none of `dropped` and exponents in between.

    Zero, NaN and infinities are in every format.
    """
    for word in words:
        exponent = (word >> np.uint64(FRACTION)) & SPECIAL
        if exponent == SPECIAL or word << np.uint64(1) == 0:
            continue
        if word & dropped or exponent < lowest or exponent > highest:
            return False
    return True


BFLOAT16 = Dtype("bfloat16", np.dtype(ml_dtypes.bfloat16), 8, -126, 127)
FLOAT16 = Dtype("float16", np.dtype(np.float16), 11, -14, 15)
FLOAT32 = Dtype("float32", np.dtype(np.float32), 24, -126, 127)
FLOAT64 = Dtype("float64", np.dtype(np.float64), 53, -1022, 1023)
COMPLEX64 = Dtype("complex64", np.dtype(np.complex64), 24, -126, 127)
COMPLEX128 = Dtype("complex128", np.dtype(np.complex128), 53, -1022, 1023)
DTYPES = {
    dtype.name: dtype for dtype in (BFLOAT16, FLOAT16, FLOAT32, FLOAT64, COMPLEX64, COMPLEX128)
}

# Underflow as a relative backward error in units of eps. An operation that underflows loses at
# most `tiny`. Elimination loses 2n of them in each entry, 2n^2 in a row sum of the matrix; each
# substitution loses 2n in each entry of its right-hand side, the second one multiplied by |L|,
# whose row sums are at most n; an entry of the answer loses one, which |L||U| multiplies. Each
# counts against ||A|| ||x|| + ||b||, which is no less than ||b||; for an inverse the columns of the
# identity are n right-hand sides, and ||A|| ||X|| >= 1. docs/bounds.md derives all of them.
UNDERFLOW_SYSTEM = "(2*n**2*(1/norm_a + 1/norm_b) + growth*norm_a/norm_b)*tiny/eps"
UNDERFLOW_INVERSE = "(2*n**2*(1/norm_a + n) + n*growth*norm_a)*tiny/eps"
UNDERFLOW_MATRIX = "10*order**2*tiny/eps/norm"
UNDERFLOW_RECTANGLE = "10*small*large*tiny/eps/norm"
UNDERFLOW_DETERMINANT = "n**2*fragile*tiny/eps"
UNDERFLOW_DIAGONAL = "2*n*(1 + 1/least)*tiny/eps"

"""Linear operators written out: floats for opinions, mpmath's numbers for audits.

As in references/numeric.py: one member at a time.
"""

from __future__ import annotations

from functools import reduce

import numpy as np
from numpy.typing import NDArray

from references.numeric import Answer


def kronecker(*inputs: NDArray) -> Answer:
    """The Kronecker product of all but the last, times the last."""
    *factors, x = inputs
    return (reduce(_kron, factors) @ x,)


def _kron(a: NDArray, b: NDArray) -> NDArray:
    product = a[:, None, :, None] * b[None, :, None, :]
    return np.asarray(product.reshape(len(a) * len(b), -1))

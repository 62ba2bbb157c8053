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


def kronecker_by_factors(*inputs: NDArray) -> Answer:
    """The same factor by factor: products of factors leave the range where the answer does not."""
    *factors, x = inputs
    found = x.reshape(*(a.shape[1] for a in factors), -1)
    for axis, a in enumerate(factors):
        found = np.moveaxis(np.tensordot(a, found, (1, axis)), 0, axis)
    return (found.reshape(-1, x.shape[1]),)


def _kron(a: NDArray, b: NDArray) -> NDArray:
    product = a[:, None, :, None] * b[None, :, None, :]
    return np.asarray(product.reshape(len(a) * len(b), -1))

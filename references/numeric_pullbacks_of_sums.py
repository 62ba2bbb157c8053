"""What comes from above on its way back through polynomials, lbeta and moments: for opinions.

As in references/numeric.py: one member at a time, with the arguments of TensorFlow's call; of
mpmath's numbers for audits.
"""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
from numpy.typing import NDArray
from scipy import special

from references.numeric import Answer, alone


def polyval(*inputs: NDArray) -> Answer:
    """What comes from above times x again and again, and Horner's scheme of the derivative."""
    *coefficients, x, above = inputs
    given, value, slope = [above], x * 0, x * 0
    for c in coefficients:
        value, slope = value * x + c, slope * x + value
    for _ in coefficients[1:]:
        given.append(given[-1] * np.conj(x))
    return np.stack(given[::-1]), np.asarray(above * np.conj(slope))


def lbeta(x: NDArray, above: NDArray) -> Answer:
    """SciPy's or mpmath's digamma."""
    slopes = special.digamma if x.dtype != object else np.frompyfunc(mpmath.digamma, 1, 1)
    given = np.asarray(above)[..., None]
    return (given * slopes(x) - given * slopes(x.sum(axis=-1, keepdims=True)),)


def normalize_moments(
    counts: NDArray, mean_ss: NDArray, variance_ss: NDArray, shift: NDArray, above_mean: NDArray,
    above: NDArray, *, shifted: bool = True,
) -> Answer:  # fmt: skip
    """As it is written, with quotients."""
    near = mean_ss / counts
    through = (above_mean - above * near * 2) / counts
    by_counts = above * (near * near * 2) - above_mean * near - above * (variance_ss / counts)
    return by_counts / counts, through, above / counts, above_mean * (1 if shifted else 0)


def weighted_moments(
    x: NDArray, frequency_weights: NDArray, above_mean: NDArray, above: NDArray, *,
    axes: Any = -1, keepdims: bool = False,
) -> Answer:  # fmt: skip
    """As it is written, of entries less their mean."""
    over, w = alone(axes), frequency_weights + x * 0
    total = w.sum(axis=over, keepdims=True)
    off = x - (w * x).sum(axis=over, keepdims=True) / total
    variance = (w * off * off).sum(axis=over, keepdims=True) / total
    a, b = (y.reshape(total.shape) for y in (above_mean, above))
    by_weights = (a * off + b * (off * off - variance)) / total
    axes = tuple(i for i, n in enumerate(frequency_weights.shape) if n != x.shape[i])
    by_weights = np.asarray(by_weights.sum(axis=axes, keepdims=True)) if axes else by_weights
    return (a + b * off * 2) * (w / total), by_weights

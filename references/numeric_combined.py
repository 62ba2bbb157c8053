"""Polynomials, products by segment, normalised batches: floats for opinions, mpmath's for audits.

As in references/numeric.py: one member at a time, with the arguments of TensorFlow's call.
"""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
from numpy.typing import NDArray

from references.numeric import Answer, alone, conjugate
from references.numeric_statistics import unsorted_segment_sum


def polyval(*inputs: NDArray) -> Answer:
    """Power by power, from the lowest."""
    *coefficients, x = inputs
    total, power = x * 0, x * 0 + 1
    for c in reversed(coefficients):
        total, power = total + c * power, power * x
    return (total,)


def add_n(x: NDArray) -> Answer:
    """One after another."""
    return (np.asarray(sum(x[1:], x[0])),)


def bias_add(x: NDArray) -> Answer:
    """The last row to all the others."""
    return (x[:-1] + x[-1],)


def batch_normalization(
    x: NDArray, mean: NDArray, variance: NDArray, offset: NDArray, scale: NDArray, *,
    variance_epsilon: float,
) -> Answer:  # fmt: skip
    """As it is written, without the difference first, which would be more accurate."""
    inverse = scale / (np.abs(variance) + x.flat[0] * 0 + variance_epsilon) ** 0.5
    return (x * inverse + (offset - mean * inverse),)


def householder(v: NDArray, x: NDArray) -> Answer:
    """By a vector whose largest entry is one."""
    near = v / np.abs(v).max()
    along = conjugate(near)
    return (x - near * (along.dot(x) * 2 / along.dot(near)),)


def log_poisson_loss(targets: NDArray, log_input: NDArray) -> Answer:
    """As it is written."""
    with np.errstate(over="ignore"):
        return (_function("exp", log_input) - log_input * targets,)


def cumulative_logsumexp(x: NDArray, *, axis: int = -1, reverse: bool = False) -> Answer:
    """One entry after another, the larger of two taken out: numpy.logaddexp, of numbers."""
    rows = np.moveaxis(x, alone(axis)[0], -1).copy()
    rows = rows[..., ::-1] if reverse else rows
    if rows.dtype != object:
        with np.errstate(over="ignore"):
            total = np.logaddexp.accumulate(rows, axis=-1)
    else:
        found = [rows[..., 0]]
        for k in range(1, rows.shape[-1]):
            low, high = np.minimum(found[-1], rows[..., k]), np.maximum(found[-1], rows[..., k])
            found.append(high + _function("log1p", _function("exp", low - high)))
        total = np.stack(found, axis=-1)
    total = total[..., ::-1] if reverse else total
    return (np.moveaxis(total, -1, alone(axis)[0]),)


def unsorted_segment_prod(data: NDArray, *, segment_ids: Any, num_segments: int) -> Answer:
    """One entry after another."""
    found = np.stack([data[0] * 0 + 1] * num_segments)
    with np.errstate(over="ignore", under="ignore"):
        for place, row in zip(segment_ids, data, strict=True):
            found[place] = found[place] * row
    return (found,)


def segment_prod(data: NDArray, *, segment_ids: Any) -> Answer:
    """The same of segments whose numbers ascend."""
    return unsorted_segment_prod(data, segment_ids=segment_ids, num_segments=max(segment_ids) + 1)


def unsorted_segment_sqrt_n(data: NDArray, *, segment_ids: Any, num_segments: int) -> Answer:
    """The sums over roots of numbers of entries."""
    (total,) = unsorted_segment_sum(data, segment_ids=segment_ids, num_segments=num_segments)
    counts = [max(list(segment_ids).count(k), 1) for k in range(num_segments)]
    rows = [
        row / (row.flat[0] * 0 + number) ** 0.5
        for row, number in zip(total.reshape(num_segments, -1), counts, strict=True)
    ]
    return (np.stack(rows).reshape(total.shape),)


def _function(name: str, x: NDArray) -> NDArray:
    x = np.asarray(x)
    if x.dtype != object:
        return np.asarray(getattr(np, name)(x))
    return np.asarray(np.vectorize(getattr(mpmath, name), otypes=[object])(x))

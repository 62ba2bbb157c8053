"""Variances and what is made of them, by NumPy's functions of arrays of any entries.

As in references/numeric.py: one member at a time, floats for opinions and mpmath's numbers for
audits, with the arguments of TensorFlow's call on the whole stack.
"""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
from numpy.typing import NDArray

from references.numeric import (
    Answer,
    alone,
    conjugate,
    real_parts,
    reduce_mean,
    reduce_sum,
)


def reduce_variance(input_tensor: NDArray, *, axis: Any = -1, keepdims: bool = False) -> Answer:
    """The mean of |x - mean|^2, in two passes, of entries that a power of two brings near 1."""
    x, power = _near_one(input_tensor)
    (mean,) = reduce_mean(x, axis=axis, keepdims=True)
    off = x - mean
    (found,) = reduce_mean(real_parts(off * conjugate(off)), axis=axis, keepdims=keepdims)
    return (found if not power else _shifted(found, 2 * power),)


def reduce_std(input_tensor: NDArray, *, axis: Any = -1, keepdims: bool = False) -> Answer:
    """Its square root."""
    x, power = _near_one(input_tensor)
    (variance,) = reduce_variance(x, axis=axis, keepdims=keepdims)
    root = np.asarray(variance**0.5)
    return (root if not power else _shifted(root, power),)


def moments(x: NDArray, *, axes: Any = -1, keepdims: bool = False) -> Answer:
    """The mean and the variance, a complex number of complex ones."""
    near, power = _near_one(x)
    (mean,) = reduce_mean(near, axis=axes, keepdims=keepdims)
    mean = mean if not power else _shifted(mean, power)
    (variance,) = reduce_variance(x, axis=axes, keepdims=keepdims)
    return mean, variance.astype(x.dtype) if np.iscomplexobj(x) else variance


def reduce_euclidean_norm(
    input_tensor: NDArray, *, axis: Any = -1, keepdims: bool = False
) -> Answer:
    """The root of the sum of squares, a complex number of complex ones."""
    x, power = _near_one(input_tensor)
    squares = real_parts(x * conjugate(x)).sum(axis=alone(axis), keepdims=keepdims)
    root = np.asarray(np.asarray(squares) ** 0.5)
    found = root if not power else _shifted(root, power)
    return (found.astype(x.dtype) if np.iscomplexobj(x) else found,)


def l2_normalize(x: NDArray, *, axis: Any = -1, epsilon: float = 1e-12) -> Answer:
    """x over the root of the sum of squares, or over that of epsilon where it is larger."""
    near, power = _near_one(x)
    squares = real_parts(near * conjugate(near)).sum(axis=alone(axis), keepdims=True)
    least = (squares * 0 + epsilon) ** 0.5
    least = least if not power else _shifted(least, -power)
    return (near / np.maximum(squares**0.5, least),)


def unsorted_segment_sum(data: NDArray, *, segment_ids: Any, num_segments: int) -> Answer:
    """One entry after another; a number of ids is that of segments of equal length."""
    if isinstance(segment_ids, int):
        return reduce_sum(data.reshape(segment_ids, -1, *data.shape[1:]), axis=2)
    found = np.stack([data[0] * 0] * num_segments)
    for place, row in zip(segment_ids, data, strict=True):
        found[place] = found[place] + row
    return (found,)


def unsorted_segment_mean(data: NDArray, *, segment_ids: Any, num_segments: int) -> Answer:
    """The sums over the number of entries, or over one."""
    if isinstance(segment_ids, int):
        return reduce_mean(data.reshape(segment_ids, -1, *data.shape[1:]), axis=2)
    (total,) = unsorted_segment_sum(data, segment_ids=segment_ids, num_segments=num_segments)
    counts = [max(list(segment_ids).count(k), 1) for k in range(num_segments)]
    rows = [row / number for row, number in zip(total, counts, strict=True)]
    return (np.stack([np.asarray(row, dtype=total.dtype) for row in rows]),)


def segment_sum(data: NDArray, *, segment_ids: Any) -> Answer:
    """The same of segments whose numbers ascend."""
    return unsorted_segment_sum(data, segment_ids=segment_ids, num_segments=_number(segment_ids))


def segment_mean(data: NDArray, *, segment_ids: Any) -> Answer:
    """The same of segments whose numbers ascend."""
    return unsorted_segment_mean(data, segment_ids=segment_ids, num_segments=_number(segment_ids))


def _number(segment_ids: Any) -> int:
    return segment_ids if isinstance(segment_ids, int) else max(segment_ids) + 1


def bincount(weights: NDArray, *, arr: Any, by_row: bool = True, **arguments: int) -> Answer:
    """The same by number, of those that have a bin."""
    count = max(arguments.get("minlength", 0), max(arr) + 1)
    count = min(count, arguments.get("maxlength", count))
    (sums,) = unsorted_segment_sum(weights, segment_ids=arr, num_segments=max(count, max(arr) + 1))
    return (sums[:count],)


def zero_fraction(value: NDArray) -> Answer:
    """The zeros over the number of entries, in the precision of these."""
    zeros = sum(x == 0 for x in value.reshape(-1).tolist())
    if value.dtype != object:
        return (np.asarray(zeros / value.size, dtype=value.real.dtype),)
    return (np.asarray(mpmath.mpf(zeros) / value.size, dtype=object),)


def _near_one(x: NDArray) -> tuple[NDArray, int]:
    """Floats times 2^-power; mpmath's numbers, which need none, as they are."""
    if x.dtype == object:
        return x, 0
    power = int(np.frexp(np.abs(x).max(initial=0.0))[1])
    return _shifted(x, -power), power


def _shifted(x: NDArray, power: int) -> NDArray:
    if np.iscomplexobj(x):
        return np.asarray(_shifted(x.real, power) + 1j * _shifted(x.imag, power), dtype=x.dtype)
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(np.ldexp(x, power), dtype=x.dtype)

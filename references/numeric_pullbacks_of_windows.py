"""Pullbacks of convolutions and pools window by window: floats for opinions, mpmath's for audits.

As in references/numeric.py: one member at a time, with the arguments of TensorFlow's call.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from references.numeric import Answer
from references.numeric_windows import Shape, Steps, _windows


def convolution(
    x: NDArray, above: NDArray, *, filter_shape: Shape, strides: Steps, padding: str,
    dilations: Steps = 1,
) -> Answer:  # fmt: skip
    """What each window meets times what comes from above of it."""
    *window, channels, _ = filter_shape
    found = np.zeros(filter_shape, dtype=x.dtype) + x.reshape(-1)[0] * 0
    for output, pairs in _windows(x.shape[:-1], tuple(window), strides, padding, dilations):
        for place, inner in pairs:
            found[inner] = found[inner] + x[place].reshape(channels, 1) * above[output]
    return (found,)


def avg_pool(x: NDArray, above: NDArray, *, ksize: Shape, strides: Steps, padding: str) -> Answer:
    """A share of what comes from above of each window to each of its entries."""
    found = x * 0
    for output, pairs in _windows(x.shape[:-1], ksize, strides, padding, 1):
        for place, _ in pairs:
            found[place] = found[place] + above[output] / len(pairs)
    return (found,)


def max_pool(x: NDArray, above: NDArray, *, ksize: Shape, strides: Steps, padding: str) -> Answer:
    """To the first of the largest entries of each window."""
    found = x * 0
    for output, pairs in _windows(x.shape[:-1], ksize, strides, padding, 1):
        rows = np.stack([x[place] for place, _ in pairs])
        for channel, first in enumerate(rows.argmax(axis=0)):
            at = (*pairs[first][0], channel)
            found[at] = found[at] + above[output][channel]
    return (found,)


def dilation2d(
    x: NDArray, filters: NDArray, above: NDArray, *, strides: Steps, padding: str,
    dilations: Steps, eps: float = 0.0,
) -> Answer:  # fmt: skip
    """To the first entry of each window with the largest sum, and to its place in the filter."""
    found, slots = x * 0, filters * 0
    for output, pairs in _windows(x.shape[:-1], filters.shape[:-1], strides, padding, dilations):
        with np.errstate(over="ignore"):
            rows = np.stack([x[place] + filters[inner] for place, inner in pairs])
        for channel, first in enumerate(rows.argmax(axis=0)):
            place, inner = ((*where, channel) for where in pairs[first])
            found[place] = found[place] + above[output][channel]
            slots[inner] = slots[inner] + above[output][channel]
    return found, slots

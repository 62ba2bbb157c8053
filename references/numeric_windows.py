"""Pools and convolutions place by place, by loops: floats for opinions, mpmath's for audits.

As in references/numeric.py: one member at a time, with the arguments of TensorFlow's call.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from references.numeric import Answer

Shape = tuple[int, ...]
Steps = int | Sequence[int]


def _windows(
    places: Shape, window: Shape, strides: Steps, padding: str, dilations: Steps
) -> Iterator[tuple[Shape, list[tuple[Shape, Shape]]]]:
    """Each output with the pairs of a place of x and of its window that meet there."""
    rank = range(len(places))
    steps = [strides] * len(places) if isinstance(strides, int) else list(strides)
    apart = [dilations] * len(places) if isinstance(dilations, int) else list(dilations)
    reach = [(window[i] - 1) * apart[i] for i in rank]
    if padding == "SAME":
        counts = [(places[i] + steps[i] - 1) // steps[i] for i in rank]
        pads = [max(0, (counts[i] - 1) * steps[i] + reach[i] + 1 - places[i]) // 2 for i in rank]
    else:
        counts = [(places[i] - reach[i] - 1) // steps[i] + 1 for i in rank]
        pads = [0 for _ in rank]
    for output in product(*map(range, counts)):
        pairs = []
        for inner in product(*map(range, window)):
            place = tuple(output[i] * steps[i] - pads[i] + inner[i] * apart[i] for i in rank)
            if all(0 <= place[i] < places[i] for i in rank):
                pairs.append((place, inner))
        yield output, pairs


def avg_pool(x: NDArray, *, ksize: Shape, strides: Steps, padding: str) -> Answer:
    """The sum of what a window meets over its number."""
    found = {}
    for output, pairs in _windows(x.shape[:-1], ksize, strides, padding, 1):
        found[output] = sum((x[place] for place, _ in pairs), x[pairs[0][0]] * 0) / len(pairs)
    return (_gathered(found),)


def dilation2d(
    x: NDArray, filters: NDArray, *, strides: Steps, padding: str, dilations: Steps
) -> Answer:
    """The largest of the sums."""
    found = {}
    with np.errstate(over="ignore"):
        for output, pairs in _windows(
            x.shape[:-1], filters.shape[:-1], strides, padding, dilations
        ):
            found[output] = np.stack([x[p] + filters[k] for p, k in pairs]).max(axis=0)
    return (_gathered(found),)


def erosion2d(
    x: NDArray, filters: NDArray, *, strides: Steps, padding: str, dilations: Steps
) -> Answer:
    """The smallest of the differences to the filter read backwards."""
    turned = filters[::-1, ::-1]
    (found,) = dilation2d(-x, turned, strides=strides, padding=padding, dilations=dilations)
    return (-found,)


def convolution(
    x: NDArray, filters: NDArray, *, strides: Steps, padding: str, dilations: Steps = 1
) -> Answer:
    """The sum of the products of what meets, channels by channels."""
    found = {}
    zero = x.reshape(-1)[0] * filters.reshape(-1, filters.shape[-1])[0] * 0
    for output, pairs in _windows(x.shape[:-1], filters.shape[:-2], strides, padding, dilations):
        found[output] = sum((x[p].dot(filters[k]) for p, k in pairs), zero)
    return (_gathered(found),)


def transposed(
    y: NDArray, filters: NDArray, *, output_shape: Shape, strides: Steps, padding: str
) -> Answer:
    """Each output spread over the places that it came from."""
    found = np.zeros(output_shape, dtype=y.dtype) + y.reshape(-1)[0] * 0
    window = filters.shape[:-2]
    for output, pairs in _windows(tuple(output_shape[:-1]), window, strides, padding, 1):
        for place, inner in pairs:
            found[place] = found[place] + filters[inner].dot(y[output])
    return (found,)


def depthwise(
    x: NDArray, filters: NDArray, *, strides: Steps, padding: str, dilations: Steps = 1
) -> Answer:
    """Channel by channel."""
    options = {"strides": strides, "padding": padding, "dilations": dilations}
    parts = [
        convolution(x[..., c : c + 1], filters[..., c : c + 1, :], **options)[0]  # type: ignore[arg-type]
        for c in range(x.shape[-1])
    ]
    return (np.concatenate(parts, axis=-1),)


def depthwise_input(
    y: NDArray, filters: NDArray, *, output_shape: Shape, strides: Steps, padding: str
) -> Answer:
    """The transpose of that in x."""
    *_, channels, each = filters.shape
    one = (*output_shape[:-1], 1)
    parts = [
        transposed(
            y[..., c * each : (c + 1) * each], filters[..., c : c + 1, :],
            output_shape=one, strides=strides, padding=padding,
        )[0]
        for c in range(channels)
    ]  # fmt: skip
    return (np.concatenate(parts, axis=-1),)


def depthwise_filter(
    x: NDArray, y: NDArray, *, filter_shape: Shape, strides: Steps, padding: str
) -> Answer:
    """The transpose of that in the filter."""
    *window, channels, each = filter_shape
    found = np.zeros(filter_shape, dtype=x.dtype) + x.reshape(-1)[0] * 0
    for output, pairs in _windows(x.shape[:-1], tuple(window), strides, padding, 1):
        rows = y[output].reshape(channels, each)
        for place, inner in pairs:
            found[inner] = found[inner] + x[place][:, None] * rows
    return (found,)


def _gathered(found: dict[Shape, NDArray]) -> NDArray:
    """What was found for each output, as an array."""
    shape = tuple(max(output[i] for output in found) + 1 for i in range(len(next(iter(found)))))
    rows = np.stack([found[output] for output in sorted(found)])
    return rows.reshape(*shape, -1)

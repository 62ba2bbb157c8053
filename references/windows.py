"""Exact pools and convolutions: largest entries, means and sums of products of windows.

Arrays and keyword arguments are those of TensorFlow's calls on stacks: x (B, *places, channels),
filters (B, *window, ...), one for each member. A window meets the places that `at` tells, and
zeros beside them; "SAME" pads as evenly as can be, the odd one at the end, as TensorFlow does.
Quantities of sums as in references/contractions.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from references import norms
from references.arrangements import moved
from references.contractions import contracted, shaped
from references.doubledouble import shift, two_sum
from references.interval import Interval
from references.members import finite_members
from references.sums import over
from references.truth import Enclosure, Truth

Shape = tuple[int, ...]
Whole = NDArray[np.int64]
Steps = int | Sequence[int]


def at(
    places: Shape, window: Shape, strides: Steps, padding: str, dilations: Steps = 1
) -> tuple[Whole, Shape]:
    """The places that windows meet (outputs, size of a window), -1 beside x; the outputs' shape."""
    rank = len(places)
    steps, apart = (
        (each,) * rank if isinstance(each, int) else tuple(each) for each in (strides, dilations)
    )
    lines = []
    for n, k, step, far in zip(places, window, steps, apart, strict=True):
        reach = (k - 1) * far + 1
        count = -(-n // step) if padding == "SAME" else (n - reach) // step + 1
        before = max((count - 1) * step + reach - n, 0) // 2 if padding == "SAME" else 0
        line = np.arange(count)[:, None] * step - before + np.arange(k) * far
        lines.append(np.where((line >= 0) & (line < n), line, -1))
    shape = tuple(len(line) for line in lines)
    found = np.zeros((*shape, *window), np.int64)
    inside = np.ones(found.shape, dtype=bool)
    for i, (line, n) in enumerate(zip(lines, places, strict=True)):
        own = [1] * (2 * rank)
        own[i], own[rank + i] = line.shape
        found = found * n + line.reshape(own)
        inside &= line.reshape(own) >= 0
    size = int(np.prod(shape, dtype=int))
    return np.where(inside, found, -1).reshape(size, -1), shape


def _met(x: NDArray, where: Whole, beside: float) -> NDArray:
    """What windows meet of x (B, *places, channels): (B, outputs, window, channels)."""
    flat = x.reshape(len(x), -1, x.shape[-1])
    padded = np.concatenate([flat, np.full_like(flat[:, :1], beside)], axis=1)
    return padded[:, where]


def max_pool(x: NDArray, *, ksize: Shape, strides: Shape, padding: str, level: int = 0) -> Truth:
    """The largest entry of each window, channel by channel."""
    where, shape = at(x.shape[1:-1], ksize, strides, padding)
    largest = _met(x, where, -np.inf).max(axis=2)
    return moved(largest.reshape(len(x), *shape, -1), x)


def avg_pool(x: NDArray, *, ksize: Shape, strides: Shape, padding: str, level: int = 0) -> Truth:
    """The mean of the entries that each window meets, padding not among them."""
    where, shape = at(x.shape[1:-1], ksize, strides, padding)
    met = np.swapaxes(_met(x, where, 0.0), 2, 3)
    rows = met.reshape(len(x), -1, met.shape[-1])
    truth = contracted(rows, np.ones((len(x), rows.shape[2], 1), dtype=x.dtype))
    truth = shaped(truth, lambda side: side.reshape(len(x), *shape, -1))
    count = (where >= 0).sum(axis=1).reshape(*shape, 1).astype(np.float64)
    part, size = truth.parts[0], truth.quantities["size"]
    whole = np.broadcast_to(count, size.upper.shape)
    known = {"size": size / Interval.exact(whole), "terms": Interval.exact(whole - 1)}
    return replace(truth, parts=(over(part, count),), quantities={**truth.quantities, **known})


def dilation2d(
    x: NDArray, filters: NDArray, *, strides: Shape, padding: str, dilations: Shape, level: int = 0
) -> Truth:
    """The largest sum of an entry and its place's in the filter (B, *window, channels).

    Sums in two parts, exactly, of halves where they might overflow: the larger head is of the
    larger sum, and of equal ones the larger tail. Quantities: `size`, the absolute values of the
    answer; `top` (B,), the largest sum of absolute values.
    """
    where, shape = at(x.shape[1:-1], filters.shape[1:-1], strides, padding, dilations)
    finite = finite_members(x, filters)
    keep = finite.reshape(-1, 1, 1, 1)
    x, filters = np.where(keep, x, 0.0), np.where(keep, filters, 0.0)
    most = np.abs(x).max(axis=(1, 2, 3)), np.abs(filters).max(axis=(1, 2, 3))
    halved = (np.maximum(*most) > 2.0**1000).astype(np.int64)
    x, filters = shift(x, -halved), shift(filters, -halved)
    flat = filters.reshape(len(x), 1, -1, filters.shape[-1])
    met = _met(x, where, 0.0)
    head, tail = two_sum(met, np.broadcast_to(flat, met.shape))
    inside = (where >= 0)[None, :, :, None]
    hi = np.where(inside, head, -np.inf).max(axis=2)
    lo = np.where(inside & (head == hi[:, :, None]), tail, -np.inf).max(axis=2)
    sides = [side.reshape(len(x), *shape, -1) for side in (hi, lo)]
    radius = np.where(halved > 0, 2.0**-1073, 0.0).reshape(-1, 1, 1, 1)  # what a half may lose
    wide = np.where(keep, np.broadcast_to(radius, sides[0].shape), np.inf)
    part = Enclosure(sides[0], sides[1], wide, halved)
    near = norms.clipped(Interval.around(np.abs(hi), np.abs(lo) + radius[..., 0]), zero=hi == 0)
    size = norms.scaled(Interval(*(e.reshape(part.hi.shape) for e in (near.lower, near.upper))),
                        halved)  # fmt: skip
    top = norms.scaled(Interval.around(np.abs(most[0] / 2) + np.abs(most[1] / 2), 2.0**-1060),
                       np.ones_like(halved))  # fmt: skip
    quantities = {"size": norms.known(size, keep), "top": norms.known(top, finite)}
    words = np.where(finite, "double-double", "not finite")
    return Truth((part,), quantities, finite, tuple(words.tolist()))


def erosion2d(
    x: NDArray, filters: NDArray, *, strides: Shape, padding: str, dilations: Shape, level: int = 0
) -> Truth:
    """The smallest difference of an entry and its place's in the filter turned round."""
    turned = filters[:, ::-1, ::-1]
    truth = dilation2d(-x, turned, strides=strides, padding=padding, dilations=dilations)
    part = truth.parts[0]
    return replace(truth, parts=(replace(part, hi=-part.hi, lo=-part.lo),))


def convolution(
    x: NDArray, filters: NDArray, *, strides: Steps, padding: str, dilations: Steps = 1,
    level: int = 0,
) -> Truth:  # fmt: skip
    """Sums over windows and channels with filters (B, *window, channels, outputs)."""
    matrix, terms, shape = _matrix(x.shape[1:-1], filters, strides, padding, dilations)
    truth = _product(np.swapaxes(matrix, 1, 2), x.reshape(len(x), -1, 1), terms.sum(axis=0))
    return shaped(truth, lambda side: side.reshape(len(x), *shape, -1))


def transposed(
    y: NDArray, filters: NDArray, *, output_shape: Shape, strides: Steps, padding: str,
    level: int = 0,
) -> Truth:  # fmt: skip
    """The transpose of that linear map, from outputs y to x (B, *output_shape)."""
    matrix, terms, _ = _matrix(tuple(output_shape[:-1]), filters, strides, padding, 1)
    truth = _product(matrix, y.reshape(len(y), -1, 1), terms.sum(axis=1))
    return shaped(truth, lambda side: side.reshape(len(y), *output_shape))


def depthwise(
    x: NDArray, filters: NDArray, *, strides: Steps, padding: str, dilations: Steps = 1,
    level: int = 0,
) -> Truth:  # fmt: skip
    """Channel by channel, with filters (B, *window, channels, outputs of each)."""
    return convolution(x, _apart(filters), strides=strides, padding=padding, dilations=dilations)


def depthwise_input(
    y: NDArray, filters: NDArray, *, output_shape: Shape, strides: Steps, padding: str,
    level: int = 0,
) -> Truth:  # fmt: skip
    """The transpose of that."""
    return transposed(
        y, _apart(filters), output_shape=output_shape, strides=strides, padding=padding
    )


def depthwise_filter(
    x: NDArray, y: NDArray, *, filter_shape: Shape, strides: Steps, padding: str, level: int = 0
) -> Truth:
    """The transpose in the filter: sums over outputs of what their windows meet times y."""
    *window, channels, each = filter_shape
    where, _ = at(x.shape[1:-1], tuple(window), strides, padding)
    met = np.transpose(_met(x, where, 0.0), [0, 3, 2, 1])  # (B, channels, window, outputs)
    count, size = met.shape[3], met.shape[2]
    right = y.reshape(len(y), count, channels, each).transpose(0, 2, 1, 3)
    left = np.zeros((len(x), channels, size, channels, count))
    for c in range(channels):
        left[:, c, :, c] = met[:, c]
    inside = np.tile((where >= 0).sum(axis=0)[None, :, None], (channels, 1, each))
    truth = contracted(
        left.reshape(len(x), channels * size, -1), right.reshape(len(x), channels * count, each)
    )
    truth = _counted(truth, inside.reshape(-1, each))
    return shaped(
        truth,
        lambda s: s.reshape(len(s), channels, size, each).transpose(0, 2, 1, 3).reshape(
            len(s), *filter_shape),
    )  # fmt: skip


def _apart(filters: NDArray) -> NDArray:
    """Filters that meet one channel as filters that meet all: zeros are no terms."""
    *front, channels, each = filters.shape
    result = np.full((*front, channels, channels, each), np.nan)
    for c in range(channels):
        result[..., c, c, :] = filters[..., c, :]
    return result.reshape(*front, channels, channels * each)


def _matrix(
    places: Shape, filters: NDArray, strides: Steps, padding: str, dilations: Steps
) -> tuple[NDArray, Whole, Shape]:
    """The map as matrices (B, places channels, outputs), which entries count, and the shape.

    What filters leave out, NaN in them, is no entry.
    """
    *window, channels, each = filters.shape[1:]
    where, shape = at(places, tuple(window), strides, padding, dilations)
    left_out = np.isnan(filters).all(axis=0).reshape(-1, channels, each)
    flat = filters.reshape(len(filters), -1, channels, each)
    size = int(np.prod(places, dtype=int))
    matrix = np.zeros((len(filters), size, channels, len(where), each))
    counts = np.zeros((size, channels, len(where), each), np.int64)
    for output, row in enumerate(where):
        for k in np.flatnonzero(row >= 0).tolist():
            matrix[:, row[k], :, output] = np.where(left_out[k], 0.0, flat[:, k])
            counts[row[k], :, output] = ~left_out[k]
    return (
        matrix.reshape(len(filters), size * channels, -1),
        counts.reshape(size * channels, -1),
        shape,
    )


def _product(left: NDArray, right: NDArray, terms: Whole) -> Truth:
    return _counted(contracted(left, right), terms[:, None])


def _counted(truth: Truth, terms: Whole) -> Truth:
    """The truth with so many terms in each entry; a sum of none is zero."""
    part = truth.parts[0]
    whole = np.broadcast_to(terms.astype(np.float64), part.hi.shape)
    none = (whole == 0) & np.isfinite(part.radius)
    part = replace(part, radius=np.where(none, 0.0, part.radius))
    known = {**truth.quantities, "terms": Interval.exact(whole)}
    return replace(truth, parts=(part,), quantities=known)

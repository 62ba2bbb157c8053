"""Calls of tf.nn that slide a window: pools of a stack, convolutions of each member with its own.

Filters belong to a whole stack in TensorFlow. Where channels are apart, members become channels;
elsewhere every member meets the filters of all as further channels of the answer, and keeps those
of its own. The child process runs this module: it needs TensorFlow only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

Tensor = Any  # tf.Tensor; TensorFlow ships no types
Whole = Sequence[int]


def max_pool(x: Tensor, *, ksize: Whole, strides: Whole, padding: str) -> Tensor:
    """tf.nn.max_pool along two places or three."""
    return tf.nn.max_pool(x, list(ksize), list(strides), padding)


def avg_pool(x: Tensor, *, ksize: Whole, strides: Whole, padding: str) -> Tensor:
    """tf.nn.avg_pool along two places or three."""
    return tf.nn.avg_pool(x, list(ksize), list(strides), padding)


def max_pool_with_argmax(x: Tensor, *, ksize: Whole, strides: Whole, padding: str) -> Tensor:
    """What stands at the places that tf.nn.max_pool_with_argmax answers beside the entries."""
    _, places = tf.nn.max_pool_with_argmax(
        x, list(ksize), list(strides), padding, include_batch_in_index=True
    )
    return tf.gather(tf.reshape(x, [-1]), places)


def dilation2d(
    x: Tensor, filters: Tensor, *, strides: Whole, padding: str, dilations: Whole
) -> Tensor:
    """tf.nn.dilation2d of each member with its filter."""
    apart = [1, *dilations, 1]
    found = tf.nn.dilation2d(
        _beside(x)[None], _beside(filters), [1, *strides, 1], padding, "NHWC", apart
    )
    return _members(found[0], x.shape[0])


def erosion2d(
    x: Tensor, filters: Tensor, *, strides: Whole, padding: str, dilations: Whole
) -> Tensor:
    """tf.nn.erosion2d of each member with its filter."""
    apart = [1, *dilations, 1]
    found = tf.nn.erosion2d(
        _beside(x)[None], _beside(filters), [1, *strides, 1], padding, "NHWC", apart
    )
    return _members(found[0], x.shape[0])


def _beside(x: Tensor, tail: int = 1) -> Tensor:
    """(B, ..., *tail) with the members among the first axis of the tail: (..., B first, ...)."""
    rank = x.shape.rank
    order = [*range(1, rank - tail), 0, *range(rank - tail, rank)]
    first, *rest = x.shape[rank - tail :]
    front = x.shape[1 : rank - tail]
    return tf.reshape(tf.transpose(x, order), [*front, x.shape[0] * first, *rest])


def _members(x: Tensor, count: int, tail: int = 1) -> Tensor:
    """The way back."""
    rank = x.shape.rank
    first, *rest = x.shape[rank - tail :]
    split = tf.reshape(x, [*x.shape[: rank - tail], count, first // count, *rest])
    order = [rank - tail, *range(rank - tail), *range(rank - tail + 1, rank + 1)]
    return tf.transpose(split, order)


def _own(call: Any, x: Tensor, filters: Tensor, axis: int) -> Tensor:
    """Each member with its own filters, whose axis of outputs is `axis` from the end."""
    count, rank = x.shape[0], filters.shape.rank
    front = [i for i in range(1, rank) if i != rank + axis]
    places = [*front, 0, rank + axis] if axis == -1 else [*front[:-1], 0, rank + axis, front[-1]]
    shape = [filters.shape[i] for i in places]
    at = len(shape) + axis - 1
    shape[at : at + 2] = [shape[at] * shape[at + 1]]
    found = call(x, tf.reshape(tf.transpose(filters, places), shape))
    apart = tf.reshape(found, [*found.shape[:-1], count, -1])
    return tf.gather(apart, tf.range(count), axis=apart.shape.rank - 2, batch_dims=1)


def conv1d(x: Tensor, filters: Tensor, *, strides: int, padding: str, dilations: int) -> Tensor:
    """tf.nn.conv1d of each member with its filters."""
    return _own(
        lambda a, b: tf.nn.conv1d(a, b, strides, padding, dilations=dilations), x, filters, -1
    )


def conv2d(x: Tensor, filters: Tensor, *, strides: Whole, padding: str, dilations: Whole) -> Tensor:
    """tf.nn.conv2d of each member with its filters."""
    options = {"strides": list(strides), "padding": padding, "dilations": list(dilations)}
    return _own(lambda a, b: tf.nn.conv2d(a, b, **options), x, filters, -1)


def conv3d(x: Tensor, filters: Tensor, *, strides: Whole, padding: str) -> Tensor:
    """tf.nn.conv3d of each member with its filters."""
    return _own(lambda a, b: tf.nn.conv3d(a, b, [1, *strides, 1], padding), x, filters, -1)


def atrous_conv2d(x: Tensor, filters: Tensor, *, dilations: int, padding: str) -> Tensor:
    """tf.nn.atrous_conv2d of each member with its filters."""
    return _own(lambda a, b: tf.nn.atrous_conv2d(a, b, dilations, padding), x, filters, -1)


def conv1d_transpose(
    y: Tensor, filters: Tensor, *, output_shape: Whole, strides: int, padding: str
) -> Tensor:
    """tf.nn.conv1d_transpose of each member with its filters."""
    shape = _wide(y, output_shape)
    return _own(lambda a, b: tf.nn.conv1d_transpose(a, b, shape, strides, padding), y, filters, -2)


def conv2d_transpose(
    y: Tensor, filters: Tensor, *, output_shape: Whole, strides: Whole, padding: str
) -> Tensor:
    """tf.nn.conv2d_transpose of each member with its filters."""
    shape = _wide(y, output_shape)
    return _own(
        lambda a, b: tf.nn.conv2d_transpose(a, b, shape, list(strides), padding), y, filters, -2
    )


def conv3d_transpose(
    y: Tensor, filters: Tensor, *, output_shape: Whole, strides: Whole, padding: str
) -> Tensor:
    """tf.nn.conv3d_transpose of each member with its filters."""
    shape = _wide(y, output_shape)
    return _own(
        lambda a, b: tf.nn.conv3d_transpose(a, b, shape, list(strides), padding), y, filters, -2
    )


def _wide(y: Tensor, shape: Whole) -> list[int]:
    """The shape of an answer with the channels of all members."""
    return [y.shape[0], *shape[:-1], shape[-1] * y.shape[0]]


def depthwise_conv2d(x: Tensor, filters: Tensor, *, strides: Whole, padding: str) -> Tensor:
    """tf.nn.depthwise_conv2d of each member with its filters."""
    steps = [1, *strides, 1]
    found = tf.nn.depthwise_conv2d(_beside(x)[None], _beside(filters, 2), steps, padding)
    return _members(found[0], x.shape[0])


def depthwise_conv2d_backprop_input(
    y: Tensor, filters: Tensor, *, output_shape: Whole, strides: Whole, padding: str
) -> Tensor:
    """tf.nn.depthwise_conv2d_backprop_input of each member with its filters."""
    shape = [1, *output_shape[:-1], output_shape[-1] * y.shape[0]]
    found = tf.nn.depthwise_conv2d_backprop_input(
        shape, _beside(filters, 2), _beside(y)[None], [1, *strides, 1], padding
    )
    return _members(found[0], y.shape[0])


def depthwise_conv2d_backprop_filter(
    x: Tensor, y: Tensor, *, filter_shape: Whole, strides: Whole, padding: str
) -> Tensor:
    """tf.nn.depthwise_conv2d_backprop_filter of each pair of members."""
    *window, channels, each = filter_shape
    found = tf.nn.depthwise_conv2d_backprop_filter(
        _beside(x)[None], [*window, channels * x.shape[0], each], _beside(y)[None],
        [1, *strides, 1], padding,
    )  # fmt: skip
    return _members(found, x.shape[0], 2)

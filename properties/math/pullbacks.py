"""Gradients of reductions of tf.math by a tape, of what comes from above.

The child process runs this module: it needs TensorFlow only. Segments are the same for all members.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

Tensor = Any  # tf.Tensor; TensorFlow ships no types
Axis = int | Sequence[int]


def reduce_prod(x: Tensor, above: Tensor, *, axis: Axis, keepdims: bool) -> Tensor:
    """What `above` becomes on its way through tf.math.reduce_prod."""
    return _pulled(lambda a: tf.math.reduce_prod(a, axis, keepdims), x, above)


def cumprod(x: Tensor, above: Tensor, **arguments: Any) -> Tensor:
    """What `above` becomes on its way through tf.math.cumprod."""
    return _pulled(lambda a: tf.math.cumprod(a, **arguments), x, above)


def unsorted_segment_prod(
    data: Tensor, above: Tensor, *, segment_ids: Sequence[int], num_segments: int
) -> Tensor:
    """What `above` becomes on its way through tf.math.unsorted_segment_prod of each member."""
    ids = list(segment_ids)
    return _by_segments(lambda a: tf.math.unsorted_segment_prod(a, ids, num_segments), data, above)


def segment_prod(data: Tensor, above: Tensor, *, segment_ids: Sequence[int]) -> Tensor:
    """What `above` becomes on its way through tf.math.segment_prod of each member."""
    ids = list(segment_ids)
    return _by_segments(lambda a: tf.math.segment_prod(a, ids), data, above)


def segment_max(data: Tensor, above: Tensor, *, segment_ids: Sequence[int]) -> Tensor:
    """What `above` becomes on its way through tf.math.segment_max of each member."""
    ids = list(segment_ids)
    return _by_segments(lambda a: tf.math.segment_max(a, ids), data, above)


def segment_min(data: Tensor, above: Tensor, *, segment_ids: Sequence[int]) -> Tensor:
    """What `above` becomes on its way through tf.math.segment_min of each member."""
    ids = list(segment_ids)
    return _by_segments(lambda a: tf.math.segment_min(a, ids), data, above)


def unsorted_segment_max(
    data: Tensor, above: Tensor, *, segment_ids: Sequence[int], num_segments: int
) -> Tensor:
    """What `above` becomes on its way through tf.math.unsorted_segment_max of each member."""
    ids = list(segment_ids)
    return _by_segments(lambda a: tf.math.unsorted_segment_max(a, ids, num_segments), data, above)


def unsorted_segment_min(
    data: Tensor, above: Tensor, *, segment_ids: Sequence[int], num_segments: int
) -> Tensor:
    """What `above` becomes on its way through tf.math.unsorted_segment_min of each member."""
    ids = list(segment_ids)
    return _by_segments(lambda a: tf.math.unsorted_segment_min(a, ids, num_segments), data, above)


def reduce_variance(x: Tensor, above: Tensor, *, axis: Axis, keepdims: bool) -> Tensor:
    """What `above` becomes on its way through tf.math.reduce_variance."""
    return _pulled(lambda a: tf.math.reduce_variance(a, axis, keepdims), x, above)


def reduce_std(x: Tensor, above: Tensor, *, axis: Axis, keepdims: bool) -> Tensor:
    """What `above` becomes on its way through tf.math.reduce_std."""
    return _pulled(lambda a: tf.math.reduce_std(a, axis, keepdims), x, above)


def reduce_euclidean_norm(x: Tensor, above: Tensor, *, axis: Axis, keepdims: bool) -> Tensor:
    """What `above` becomes on its way through tf.math.reduce_euclidean_norm."""
    return _pulled(lambda a: tf.math.reduce_euclidean_norm(a, axis, keepdims), x, above)


def reduce_max(x: Tensor, above: Tensor, *, axis: Axis, keepdims: bool) -> Tensor:
    """What `above` becomes on its way through tf.math.reduce_max."""
    return _pulled(lambda a: tf.math.reduce_max(a, axis, keepdims), x, above)


def reduce_min(x: Tensor, above: Tensor, *, axis: Axis, keepdims: bool) -> Tensor:
    """What `above` becomes on its way through tf.math.reduce_min."""
    return _pulled(lambda a: tf.math.reduce_min(a, axis, keepdims), x, above)


def reduce_logsumexp(x: Tensor, above: Tensor, *, axis: Axis, keepdims: bool) -> Tensor:
    """What `above` becomes on its way through tf.math.reduce_logsumexp."""
    return _pulled(lambda a: tf.math.reduce_logsumexp(a, axis, keepdims), x, above)


def cumulative_logsumexp(x: Tensor, above: Tensor, **arguments: Any) -> Tensor:
    """What `above` becomes on its way through tf.math.cumulative_logsumexp."""
    return _pulled(lambda a: tf.math.cumulative_logsumexp(a, **arguments), x, above)


def lbeta(x: Tensor, above: Tensor) -> Tensor:
    """What `above` becomes on its way through tf.math.lbeta."""
    return _pulled(tf.math.lbeta, x, above)


def polyval(*inputs: Tensor) -> tuple[Tensor, Tensor]:
    """By the coefficients of tf.math.polyval, side by side (B, k, ...), and by x."""
    *given, above = inputs
    with tf.GradientTape() as tape:
        tape.watch(given)
        value = tf.math.polyval(given[:-1], given[-1])
    *coefficients, by_x = tape.gradient(value, given, output_gradients=above)
    return tf.stack(coefficients, 1), by_x


def _pulled(function: Callable[[Tensor], Tensor], x: Tensor, above: Tensor) -> Tensor:
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = function(x)
    return tape.gradient(value, x, output_gradients=above)


def _by_segments(function: Callable[[Tensor], Tensor], data: Tensor, above: Tensor) -> Tensor:
    """A function of the first axis of members: of the stack with its first two axes exchanged."""
    order = [1, 0, *range(2, data.shape.rank)]

    def within(a: Tensor) -> Tensor:
        return tf.transpose(function(tf.transpose(a, order)), order)

    return _pulled(within, data, above)

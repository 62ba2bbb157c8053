"""Calls of tf.math that know no stacks or answer in whole numbers: segments, and what is picked.

The child process runs this module: it needs TensorFlow only. Segments are the same for all members.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

Tensor = Any  # tf.Tensor; TensorFlow ships no types
Ids = Sequence[int]


def _ids(data: Tensor, segment_ids: Ids | int) -> Any:
    """The ids as they are, or those of so many segments of equal length."""
    if not isinstance(segment_ids, int):
        return list(segment_ids)
    return tf.range(data.shape[0]) // (data.shape[0] // segment_ids)


def segment_sum(data: Tensor, *, segment_ids: Ids | int) -> Tensor:
    """tf.math.segment_sum of each member."""
    return tf.map_fn(lambda x: tf.math.segment_sum(x, _ids(x, segment_ids)), data)


def segment_mean(data: Tensor, *, segment_ids: Ids | int) -> Tensor:
    """tf.math.segment_mean of each member."""
    return tf.map_fn(lambda x: tf.math.segment_mean(x, _ids(x, segment_ids)), data)


def unsorted_segment_sum(data: Tensor, *, segment_ids: Ids | int, num_segments: int) -> Tensor:
    """tf.math.unsorted_segment_sum of each member."""
    return tf.map_fn(
        lambda x: tf.math.unsorted_segment_sum(x, _ids(x, segment_ids), num_segments), data
    )


def unsorted_segment_mean(data: Tensor, *, segment_ids: Ids | int, num_segments: int) -> Tensor:
    """tf.math.unsorted_segment_mean of each member."""
    return tf.map_fn(
        lambda x: tf.math.unsorted_segment_mean(x, _ids(x, segment_ids), num_segments), data
    )


def bincount(weights: Tensor, *, arr: Ids, by_row: bool = True, **arguments: int) -> Tensor:
    """tf.math.bincount of weights, each member a row, or an array by itself."""
    if not by_row:
        return tf.map_fn(lambda x: tf.math.bincount(list(arr), weights=x, **arguments), weights)
    numbers = tf.tile(tf.constant([list(arr)]), [weights.shape[0], 1])
    return tf.math.bincount(numbers, weights=weights, axis=-1, **arguments)


def zero_fraction(value: Tensor) -> Tensor:
    """tf.math.zero_fraction of each member, float32 cast to the dtype of its real parts.

    What is no number counts as one that is not zero; here it stays NaN.
    """

    def fraction(x: Tensor) -> Tensor:
        nothing = tf.reduce_sum(tf.math.real(x - x))  # or NaN
        return tf.cast(tf.math.zero_fraction(x), nothing.dtype) + nothing

    return tf.map_fn(fraction, value, fn_output_signature=value.dtype.real_dtype)


def segment_max(data: Tensor, *, segment_ids: Ids) -> Tensor:
    """tf.math.segment_max of each member."""
    return _within(lambda x: tf.math.segment_max(x, list(segment_ids)), data)


def segment_min(data: Tensor, *, segment_ids: Ids) -> Tensor:
    """tf.math.segment_min of each member."""
    return _within(lambda x: tf.math.segment_min(x, list(segment_ids)), data)


def unsorted_segment_max(data: Tensor, *, segment_ids: Ids, num_segments: int) -> Tensor:
    """tf.math.unsorted_segment_max of each member."""
    return _within(lambda x: tf.math.unsorted_segment_max(x, list(segment_ids), num_segments), data)


def unsorted_segment_min(data: Tensor, *, segment_ids: Ids, num_segments: int) -> Tensor:
    """tf.math.unsorted_segment_min of each member."""
    return _within(lambda x: tf.math.unsorted_segment_min(x, list(segment_ids), num_segments), data)


def _within(call: Any, data: Tensor) -> Tensor:
    """A call on the first axis of members: of the stack with its first two axes exchanged."""
    order = [1, 0, *range(2, data.shape.rank)]
    return tf.transpose(call(tf.transpose(data, order)), order)


def argmax(x: Tensor, *, axis: int) -> Tensor:
    """What stands where tf.math.argmax finds the largest entries."""
    return _standing(x, tf.math.argmax(x, axis), axis)


def argmin(x: Tensor, *, axis: int) -> Tensor:
    """What stands where tf.math.argmin finds the smallest entries."""
    return _standing(x, tf.math.argmin(x, axis), axis)


def _standing(x: Tensor, places: Tensor, axis: int) -> Tensor:
    axis %= x.shape.rank
    last = tf.experimental.numpy.moveaxis(x, axis, -1)
    return tf.gather(last, places, axis=-1, batch_dims=x.shape.rank - 1)


def top_k(x: Tensor, *, k: int) -> tuple[Tensor, Tensor]:
    """tf.math.top_k, the places as numbers."""
    values, places = tf.math.top_k(x, k)
    return values, tf.cast(places, x.dtype)


def in_top_k(targets: Tensor, predictions: Tensor, *, k: int) -> Tensor:
    """tf.math.in_top_k of classes given as numbers: 1 or 0."""
    found = tf.math.in_top_k(tf.cast(targets, tf.int32), predictions, k)
    return tf.cast(found, predictions.dtype)


def segment_prod(data: Tensor, *, segment_ids: Ids) -> Tensor:
    """tf.math.segment_prod of each member."""
    return _within(lambda x: tf.math.segment_prod(x, list(segment_ids)), data)


def unsorted_segment_prod(data: Tensor, *, segment_ids: Ids, num_segments: int) -> Tensor:
    """tf.math.unsorted_segment_prod of each member."""
    return _within(
        lambda x: tf.math.unsorted_segment_prod(x, list(segment_ids), num_segments), data
    )


def unsorted_segment_sqrt_n(data: Tensor, *, segment_ids: Ids, num_segments: int) -> Tensor:
    """tf.math.unsorted_segment_sqrt_n of each member."""
    return _within(
        lambda x: tf.math.unsorted_segment_sqrt_n(x, list(segment_ids), num_segments), data
    )


def add_n(x: Tensor) -> Tensor:
    """tf.math.add_n of the arrays that stand along the first axis of members."""
    return tf.math.add_n(tf.unstack(x, axis=1))


def polyval(*inputs: Tensor) -> Tensor:
    """tf.math.polyval at the last input, of the coefficients before it."""
    return tf.math.polyval(list(inputs[:-1]), inputs[-1])


def angle(y: Tensor, x: Tensor) -> Tensor:
    """tf.math.angle of complex numbers given by their imaginary and real parts."""
    return tf.math.angle(tf.complex(x, y))


def sobol_sample(skip: Tensor, *, dim: int, num_results: int) -> Tensor:
    """tf.math.sobol_sample after as many points as the only entry of each member tells.

    What is no number is not cast, which gives any whole number, but stays.
    """

    def points(number: Tensor) -> Tensor:
        whole = tf.cast(tf.where(tf.math.is_finite(number[0]), number[0], 0), tf.int32)
        return tf.math.sobol_sample(dim, num_results, whole, skip.dtype) + (number[0] - number[0])

    return tf.map_fn(points, skip)


def gradient(*inputs: Tensor, of: str, by: int = 0, **arguments: Any) -> Tensor:
    """The derivative of a function of numbers, named below tf, by one of its arguments: by a tape.

    A tape differentiates the sum of what is given, so each entry gets its own derivative.
    """
    function = tf
    for part in of.split("."):
        function = getattr(function, part)
    with tf.GradientTape() as tape:
        tape.watch(inputs[by])
        values = function(*inputs, **arguments)
    return tape.gradient(values, inputs[by])

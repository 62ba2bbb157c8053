"""Calls of tf.math that know no stacks: sums and means by segment.

The child process runs this module: it needs TensorFlow only. Segments are the same for all members.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

Tensor = Any  # tf.Tensor; TensorFlow ships no types
Ids = Sequence[int]


def segment_sum(data: Tensor, *, segment_ids: Ids) -> Tensor:
    """tf.math.segment_sum of each member."""
    return tf.map_fn(lambda x: tf.math.segment_sum(x, list(segment_ids)), data)


def segment_mean(data: Tensor, *, segment_ids: Ids) -> Tensor:
    """tf.math.segment_mean of each member."""
    return tf.map_fn(lambda x: tf.math.segment_mean(x, list(segment_ids)), data)


def unsorted_segment_sum(data: Tensor, *, segment_ids: Ids, num_segments: int) -> Tensor:
    """tf.math.unsorted_segment_sum of each member."""
    return tf.map_fn(
        lambda x: tf.math.unsorted_segment_sum(x, list(segment_ids), num_segments), data
    )


def unsorted_segment_mean(data: Tensor, *, segment_ids: Ids, num_segments: int) -> Tensor:
    """tf.math.unsorted_segment_mean of each member."""
    return tf.map_fn(
        lambda x: tf.math.unsorted_segment_mean(x, list(segment_ids), num_segments), data
    )

"""Calls of tf.nn that take more than a stack: classes, and losses of whole tensors.

The child process runs this module: it needs TensorFlow only. What crosses is floating point alone,
so classes arrive as numbers of the dtype.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

Tensor = Any  # tf.Tensor; TensorFlow ships no types


def sparse_softmax_cross_entropy_with_logits(labels: Tensor, logits: Tensor) -> Tensor:
    """tf.nn.sparse_softmax_cross_entropy_with_logits of classes given as numbers."""
    whole = tf.cast(labels, tf.int32)
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=whole, logits=logits)


def l2_loss(t: Tensor) -> Tensor:
    """tf.nn.l2_loss of each member: it knows no stacks."""
    return tf.map_fn(tf.nn.l2_loss, t)


def batch_normalization(
    x: Tensor, mean: Tensor, variance: Tensor, offset: Tensor, scale: Tensor, *,
    variance_epsilon: float,
) -> Tensor:  # fmt: skip
    """tf.nn.batch_normalization, the variance being the absolute value of what is given."""
    return tf.nn.batch_normalization(x, mean, tf.abs(variance), offset, scale, variance_epsilon)


def bias_add(x: Tensor) -> Tensor:
    """tf.nn.bias_add of the last row of each member to the others: members become channels."""
    beside = tf.transpose(x, [1, 0, 2])
    rows = tf.reshape(beside, [x.shape[1], -1])
    found = tf.nn.bias_add(rows[:-1], rows[-1])
    return tf.transpose(tf.reshape(found, beside[:-1].shape), [1, 0, 2])


def normalize_moments(
    counts: Tensor, mean_ss: Tensor, variance_ss: Tensor, shift: Tensor, *, shifted: bool
) -> tuple[Tensor, Tensor]:
    """tf.nn.normalize_moments with the shift or without one."""
    return tf.nn.normalize_moments(counts, mean_ss, variance_ss, shift if shifted else None)


def isotonic_regression(
    inputs: Tensor, *, decreasing: bool = True, axis: int = -1
) -> tuple[Tensor, Tensor]:
    """tf.nn.isotonic_regression, the numbers of steps as numbers of the dtype."""
    levels, steps = tf.nn.isotonic_regression(inputs, decreasing=decreasing, axis=axis)
    return levels, tf.cast(steps, inputs.dtype)


def weighted_moments(
    x: Tensor, frequency_weights: Tensor, *, axes: Any, keepdims: bool = False
) -> tuple[Tensor, Tensor]:
    """tf.nn.weighted_moments, whose arguments come in another order."""
    return tf.nn.weighted_moments(x, axes, frequency_weights, keepdims=keepdims)


def ctc_loss(
    logits: Tensor, labels: Tensor, label_length: Tensor, logit_length: Tensor, *, blank_index: int
) -> Tensor:
    """tf.nn.ctc_loss of dense labels, members first."""
    return _dense(logits, labels, label_length, logit_length, blank_index=blank_index)


def _dense(logits: Tensor, labels: Tensor, *lengths: Tensor, blank_index: int) -> Tensor:
    words, count, frames = _whole(labels, *lengths)
    return tf.nn.ctc_loss(
        words, logits, count[:, 0], frames[:, 0], logits_time_major=False, blank_index=blank_index
    )


def ctc_loss_sparse(
    logits: Tensor, labels: Tensor, label_length: Tensor, logit_length: Tensor, *, blank_index: int
) -> Tensor:
    """tf.nn.ctc_loss of sparse labels."""
    return _sparse(logits, labels, label_length, logit_length, blank_index=blank_index)


def _sparse(logits: Tensor, labels: Tensor, *lengths: Tensor, blank_index: int) -> Tensor:
    words, count, frames = _whole(labels, *lengths)
    places = tf.where(tf.sequence_mask(count[:, 0], labels.shape[1]))
    shape = tf.constant(labels.shape.as_list(), tf.int64)
    sparse = tf.SparseTensor(places, tf.gather_nd(words, places), shape)
    return tf.nn.ctc_loss(
        sparse, logits, None, frames[:, 0], logits_time_major=False, blank_index=blank_index
    )


def ctc_greedy_decoder(
    logits: Tensor, logit_length: Tensor, *, blank_index: int, merge_repeated: bool
) -> tuple[Tensor, Tensor]:
    """tf.nn.ctc_greedy_decoder, members first; -1 where a sequence has ended."""
    (frames,) = _whole(logit_length)
    (found,), total = tf.nn.ctc_greedy_decoder(
        tf.transpose(logits, [1, 0, 2]), frames[:, 0], merge_repeated, blank_index
    )
    return _padded(found, logits), total[:, 0]


def ctc_beam_search_decoder(
    logits: Tensor, logit_length: Tensor, *, beam_width: int, top_paths: int
) -> tuple[Tensor, Tensor]:
    """tf.nn.ctc_beam_search_decoder, members first, then paths; -1 where a sequence has ended."""
    (frames,) = _whole(logit_length)
    several, logs = tf.nn.ctc_beam_search_decoder(
        tf.transpose(logits, [1, 0, 2]), frames[:, 0], beam_width, top_paths
    )
    return tf.stack([_padded(found, logits) for found in several], 1), logs


def _padded(found: Tensor, logits: Tensor) -> Tensor:
    """Sparse sequences (B, ...) as numbers (B, T), -1 where they have ended."""
    wide = tf.sparse.reset_shape(found, tf.shape(logits, tf.int64)[:2])
    return tf.cast(tf.sparse.to_dense(wide, -1), logits.dtype)


def _whole(*arrays: Tensor) -> list[Tensor]:
    """Whole numbers of numbers, 0 of what is none."""
    return [tf.cast(tf.where(tf.math.is_finite(a), a, 0), tf.int32) for a in arrays]

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

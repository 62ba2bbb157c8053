"""Gradients of tf.nn by a tape: of softmax and its kin given what comes from above, and of losses.

Of vectors brought to length one, too, which tf.math and tf.nn have in common.

The child process runs this module: it needs TensorFlow only. A tape differentiates the sum of all
losses, so each gets its own derivative.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from properties.nn.calls import _dense, _sparse

Tensor = Any  # tf.Tensor; TensorFlow ships no types


def softmax(x: Tensor, above: Tensor, *, axis: int) -> Tensor:
    """What `above` becomes on its way through tf.nn.softmax."""
    return _pulled(lambda y: tf.nn.softmax(y, axis=axis), x, above)


def log_softmax(x: Tensor, above: Tensor, *, axis: int) -> Tensor:
    """What `above` becomes on its way through tf.nn.log_softmax."""
    return _pulled(lambda y: tf.nn.log_softmax(y, axis=axis), x, above)


def l2_normalize(x: Tensor, above: Tensor, *, axis: Any, epsilon: float) -> Tensor:
    """What `above` becomes on its way through tf.math.l2_normalize."""
    return _pulled(lambda y: tf.math.l2_normalize(y, axis=axis, epsilon=epsilon), x, above)


def local_response_normalization(x: Tensor, above: Tensor, **arguments: Any) -> Tensor:
    """What `above` becomes on its way through tf.nn.local_response_normalization."""
    return _pulled(lambda y: tf.nn.local_response_normalization(y, **arguments), x, above)


def batch_normalization(
    x: Tensor, mean: Tensor, variance: Tensor, offset: Tensor, scale: Tensor, above: Tensor, *,
    variance_epsilon: float,
) -> tuple[Tensor, ...]:  # fmt: skip
    """By all five arguments of tf.nn.batch_normalization, the variance given by its size."""
    given = [x, mean, tf.abs(variance), offset, scale]
    with tf.GradientTape() as tape:
        tape.watch(given)
        value = tf.nn.batch_normalization(*given, variance_epsilon)
    return tuple(tape.gradient(value, given, output_gradients=above))


def moments(x: Tensor, above_mean: Tensor, above: Tensor, *, axes: Any, keepdims: bool) -> Tensor:
    """What is above of means and of variances becomes on its way through tf.nn.moments."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        parts = tf.nn.moments(x, axes, keepdims=keepdims)
    return tape.gradient(parts, x, output_gradients=[above_mean, above])


def weighted_moments(
    x: Tensor, weights: Tensor, above_mean: Tensor, above: Tensor, *, axes: Any, keepdims: bool
) -> tuple[Tensor, ...]:
    """By both arrays of tf.nn.weighted_moments, of what is above of means and of variances."""
    given = [x, weights]
    with tf.GradientTape() as tape:
        tape.watch(given)
        parts = tf.nn.weighted_moments(x, axes, weights, keepdims=keepdims)
    return tuple(tape.gradient(parts, given, output_gradients=[above_mean, above]))


def normalize_moments(
    counts: Tensor, mean_ss: Tensor, variance_ss: Tensor, shift: Tensor, *above: Tensor,
    shifted: bool,
) -> tuple[Tensor, ...]:  # fmt: skip
    """By all four arguments of tf.nn.normalize_moments; zeros by a shift that is left out."""
    given = [counts, mean_ss, variance_ss, shift]
    with tf.GradientTape() as tape:
        tape.watch(given)
        parts = tf.nn.normalize_moments(*given[:3], shift if shifted else None)
    unused = tf.UnconnectedGradients.ZERO
    found = tape.gradient(parts, given, output_gradients=list(above), unconnected_gradients=unused)
    return tuple(found)


def isotonic_regression(x: Tensor, above: Tensor, **arguments: Any) -> Tensor:
    """What `above` becomes on its way through the levels of tf.nn.isotonic_regression."""
    return _pulled(lambda y: tf.nn.isotonic_regression(y, **arguments)[0], x, above)


def ctc_loss(logits: Tensor, *labels: Tensor, blank_index: int) -> Tensor:
    """The gradient of tf.nn.ctc_loss of dense labels by logits."""
    return _pulled(lambda x: _dense(x, *labels, blank_index=blank_index), logits)


def ctc_loss_sparse(logits: Tensor, *labels: Tensor, blank_index: int) -> Tensor:
    """The same of sparse labels."""
    return _pulled(lambda x: _sparse(x, *labels, blank_index=blank_index), logits)


def softmax_cross_entropy_with_logits(
    labels: Tensor, logits: Tensor, *, axis: int
) -> tuple[Tensor, Tensor]:
    """The gradients by labels and by logits."""
    with tf.GradientTape() as tape:
        tape.watch([labels, logits])
        losses = tf.nn.softmax_cross_entropy_with_logits(labels, logits, axis=axis)
    return tuple(tape.gradient(losses, [labels, logits]))


def sparse_softmax_cross_entropy_with_logits(labels: Tensor, logits: Tensor) -> Tensor:
    """The gradient by logits, of classes given as numbers."""
    whole = tf.cast(labels, tf.int32)
    return _pulled(
        lambda x: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=whole, logits=x), logits
    )


def sigmoid_cross_entropy_with_logits(labels: Tensor, logits: Tensor) -> Tensor:
    """The gradient by logits."""
    return _pulled(
        lambda x: tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=x), logits
    )


def weighted_cross_entropy_with_logits(
    labels: Tensor, logits: Tensor, *, pos_weight: float
) -> Tensor:
    """The gradient by logits."""
    return _pulled(
        lambda x: tf.nn.weighted_cross_entropy_with_logits(labels, x, pos_weight), logits
    )


def _pulled(function: Callable[[Tensor], Tensor], x: Tensor, above: Any = None) -> Tensor:
    """The gradient of a function, given what comes from above of its value: ones unless told."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = function(x)
    return tape.gradient(value, x, output_gradients=above)

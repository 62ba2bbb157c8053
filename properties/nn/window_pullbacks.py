"""Gradients by a tape of calls of tf.nn that slide a window, of what comes from above.

Filters belong to a whole stack in TensorFlow. Where channels are apart members become channels, as
in properties/nn/windows.py; convolutions are taken member by member, so that what one holds reaches
no other. By their input convolutions go back by what the transposes call. The child process runs
this module: it needs TensorFlow only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from properties.nn.windows import Tensor, Whole, _beside, _members


def conv1d(
    x: Tensor, above: Tensor, *, filter_shape: Whole, strides: int, **options: Any
) -> Tensor:
    """The gradient of tf.nn.conv1d by the filters of each member."""
    return _by_filters(lambda a, f: tf.nn.conv1d(a, f, strides, **options), x, above, filter_shape)


def conv2d(x: Tensor, above: Tensor, *, filter_shape: Whole, **options: Any) -> Tensor:
    """The gradient of tf.nn.conv2d by the filters of each member."""
    options = {name: value if isinstance(value, str) else list(value)
               for name, value in options.items()}  # fmt: skip
    return _by_filters(lambda a, f: tf.nn.conv2d(a, f, **options), x, above, filter_shape)


def conv3d(
    x: Tensor, above: Tensor, *, filter_shape: Whole, strides: Whole, padding: str
) -> Tensor:
    """The gradient of tf.nn.conv3d by the filters of each member."""
    steps = [1, *strides, 1]
    return _by_filters(lambda a, f: tf.nn.conv3d(a, f, steps, padding), x, above, filter_shape)


def max_pool(x: Tensor, above: Tensor, *, ksize: Whole, strides: Whole, padding: str) -> Tensor:
    """What `above` becomes on its way through tf.nn.max_pool."""
    return _pulled(lambda a: tf.nn.max_pool(a, list(ksize), list(strides), padding), x, above)


def max_pool_with_argmax(x: Tensor, above: Tensor, **arguments: Any) -> Tensor:
    """What `above` of the entries becomes on its way through tf.nn.max_pool_with_argmax."""
    options = {name: value if isinstance(value, str) else list(value)
               for name, value in arguments.items()}  # fmt: skip
    return _pulled(lambda a: tf.nn.max_pool_with_argmax(a, **options)[0], x, above)


def avg_pool(x: Tensor, above: Tensor, *, ksize: Whole, strides: Whole, padding: str) -> Tensor:
    """What `above` becomes on its way through tf.nn.avg_pool."""
    return _pulled(lambda a: tf.nn.avg_pool(a, list(ksize), list(strides), padding), x, above)


def dilation2d(
    x: Tensor, filters: Tensor, above: Tensor, *, strides: Whole, padding: str, dilations: Whole
) -> tuple[Tensor, Tensor]:
    """What `above` becomes on its way through tf.nn.dilation2d: by the arrays, by the filters."""
    steps, apart = [1, *strides, 1], [1, *dilations, 1]
    wide, window = _beside(x)[None], _beside(filters)
    with tf.GradientTape() as tape:
        tape.watch([wide, window])
        value = tf.nn.dilation2d(wide, window, steps, padding, "NHWC", apart)
    found = tape.gradient(value, [wide, window], output_gradients=_beside(above)[None])
    return _members(found[0][0], x.shape[0]), _members(found[1], x.shape[0])


def _by_filters(call: Callable[..., Tensor], x: Tensor, above: Tensor, shape: Whole) -> Tensor:
    """By filters, each member for itself; linear in them, so it does not matter what they hold."""

    def pulled(pair: tuple[Tensor, Tensor]) -> Tensor:
        filters = tf.zeros(list(shape), x.dtype)
        return _pulled(lambda f: call(pair[0][None], f), filters, pair[1][None])

    return tf.map_fn(pulled, (x, above), fn_output_signature=x.dtype)


def _pulled(function: Callable[[Tensor], Tensor], x: Tensor, above: Tensor) -> Tensor:
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = function(x)
    return tape.gradient(value, x, output_gradients=above)

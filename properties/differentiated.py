"""What a tape makes of calls: by which inputs it has gradients, and those of linear calls.

The child process runs this module: it needs TensorFlow only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from properties.child import lookup

Tensor = Any  # tf.Tensor; TensorFlow ships no types


def offered(*inputs: Tensor, of: str, **arguments: Any) -> Tensor:
    """For each input 1 where a tape has a gradient by it that is not zero, 0 where a zero, -1 none.

    The answer has a row for each member, all the same: (B, inputs).
    """
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        values = lookup(of)(*inputs, **arguments)
    slopes = tape.gradient(values, inputs)
    kinds = [-1.0 if slope is None else float(tf.reduce_any(slope != 0)) for slope in slopes]
    return tf.tile(tf.constant([kinds]), [inputs[0].shape[0], 1])


def adjoint(
    *inputs: Tensor,
    of: str,
    by: int,
    shape: Sequence[int],
    beside: Sequence[Sequence[int]] = (),
    **arguments: Any,
) -> Tensor:
    """What the last input, from above, becomes on its way back to an operand of a call.

    The call is linear in that operand, of `shape`, so nothing depends on its entries: it is zero.
    The other inputs are the call's other operands; those `beside` do not matter, and are zero too.
    """  # fmt: skip
    *others, above = inputs
    x, *zeros = (tf.zeros([above.shape[0], *size], above.dtype) for size in (shape, *beside))
    others = others or zeros
    with tf.GradientTape() as tape:
        tape.watch(x)
        values = lookup(of)(*others[:by], x, *others[by:], **arguments)
    return tape.gradient(values, x, output_gradients=above)

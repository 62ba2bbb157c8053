"""What the faults of routines are made of, and where the child finds them.

A fault is `wrong(tf, call, *inputs, **arguments)` and gives the answer of a wrong routine. Those
that any routine can have need no TensorFlow: they are in `properties/plants.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def coarse(tf: Any, x: Any) -> Any:
    """The entries rounded to the next coarser dtype and back."""
    if x.dtype.is_complex:
        return tf.complex(coarse(tf, tf.math.real(x)), coarse(tf, tf.math.imag(x)))
    halves = {tf.float64: tf.float32, tf.float32: tf.bfloat16, tf.float16: tf.bfloat16}
    if x.dtype not in halves:  # bfloat16 has 8 bits; multiples of 1/4 keep about 3 of them
        return tf.round(x * 4) / 4
    return tf.cast(tf.cast(x, halves[x.dtype]), x.dtype)


def find(routine: str, fault: str) -> Callable[..., Any]:
    """The function of a fault by name; KeyError where there is none."""
    from properties.registry import routines  # the registry imports the files that import us

    return {known.name: known.wrong for known in routines()[routine].faults}[fault]

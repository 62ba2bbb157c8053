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


def of_answers(change: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """A fault of each array of the answer: `change(tf, array)`."""

    def wrong(tf: Any, call: Any, *inputs: Any, **arguments: Any) -> Any:
        return tuple(change(tf, y) for y in call(*inputs, **arguments))

    return wrong


def of_input(which: int, change: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """A fault of one of the inputs, counted from the end where `which` is negative."""

    def wrong(tf: Any, call: Any, *inputs: Any, **arguments: Any) -> Any:
        place = which % len(inputs)
        changed = [change(tf, x) if i == place else x for i, x in enumerate(inputs)]
        return call(*changed, **arguments)

    return wrong


def of_part(which: int, change: Callable[..., Any]) -> Callable[..., Any]:
    """A fault of one array of the answer: `change(array, *inputs)`."""

    def wrong(_: Any, call: Any, *inputs: Any, **arguments: Any) -> Any:
        found = call(*inputs, **arguments)
        return tuple(change(y, *inputs) if i == which else y for i, y in enumerate(found))

    return wrong


def find(routine: str, fault: str) -> Callable[..., Any]:
    """The function of a fault by name; KeyError where there is none."""
    from properties.registry import routines  # the registry imports the files that import us

    return {known.name: known.wrong for known in routines()[routine].faults}[fault]

"""Faults that any routine can have, and what faults are made of; the rest stand with routines.

A fault is `wrong(tf, call, *inputs, **arguments)` and gives the answer of a wrong routine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from properties.dtypes import DTYPES
from properties.routine import Fault


def each(answer: Any, change: Callable[[Any], Any]) -> Any:
    """The answer with every array of it changed."""
    if isinstance(answer, (tuple, list)):
        return tuple(change(part) for part in answer)
    return change(answer)


def after(change: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """A fault that calls the routine and changes every array of its answer: change(tf, part)."""

    def wrong(tf: Any, call: Callable, *inputs: Any, **arguments: Any) -> Any:
        return each(call(*inputs, **arguments), lambda part: change(tf, part))

    return wrong


def coarse(tf: Any, x: Any) -> Any:
    """The entries rounded to the next coarser dtype and back."""
    if x.dtype.is_complex:
        return tf.complex(coarse(tf, tf.math.real(x)), coarse(tf, tf.math.imag(x)))
    halves = {tf.float64: tf.float32, tf.float32: tf.bfloat16, tf.float16: tf.bfloat16}
    if x.dtype not in halves:  # bfloat16 has 8 bits; multiples of 1/4 keep about 3 of them
        return tf.round(x * 4) / 4
    return tf.cast(tf.cast(x, halves[x.dtype]), x.dtype)


def first_entry_off(tf: Any, x: Any, relative: float = 0.03125) -> Any:
    """The first entry of each member enlarged by 1/32, which every dtype can see."""
    flat = tf.reshape(x, [x.shape[0], -1])
    flat = tf.concat([flat[:, :1] * (1 + relative), flat[:, 1:]], 1)
    return tf.reshape(flat, x.shape)


def _last_member_lost(tf: Any, x: Any) -> Any:
    return tf.concat([x[:-1], tf.zeros_like(x[-1:])], 0)


GENERIC = (
    Fault("stack reversed", after(lambda tf, x: tf.reverse(x, [0]))),
    Fault("last member lost", after(_last_member_lost)),
    Fault("not a number", after(lambda tf, x: x * float("nan"))),
    Fault("doubled", after(lambda tf, x: x + x)),
    Fault("first entry off", after(first_entry_off)),
)


def worsened(k: int) -> Callable[[Any, Any], Any]:
    """Every entry of the answer off by k eps of itself, signs in turn: k eps in any norm too.

    Within most bounds: what a baseline must see and a theorem cannot.
    """

    def change(tf: Any, x: Any) -> Any:
        flat = tf.reshape(x, [x.shape[0], -1])
        signs = np.where(np.arange(flat.shape[1]) % 2, -1.0, 1.0) * k * DTYPES[x.dtype.name].eps
        return tf.reshape(flat + flat * tf.constant(signs, x.dtype), x.shape)

    return change


PLANTS = {f"{k} eps": after(worsened(k)) for k in (1, 2, 4, 8, 16, 32, 64)}


def find(routine: str, fault: str) -> Callable[..., Any]:
    """The function of a fault by name; KeyError where there is none."""
    from properties.registry import routines  # the registry imports the files that import us

    known = {f.name: f.wrong for f in (*routines()[routine].faults, *GENERIC)} | PLANTS
    return known[fault]

"""Convolutions of tf.nn and their transposes: sums of products over windows and channels."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from hypothesis.strategies import SearchStrategy

from properties.faults import coarse
from properties.linalg.matmul import ENTRYWISE, TERMS
from properties.placed import Place, placed
from properties.routine import Fault, Problem, Routine
from properties.verify import verify
from references import numeric_windows, windows
from references.audits_numeric import audited

Shape = tuple[int, ...]


def _place(first: Shape, second: Shape, **arguments: Any) -> Place:
    """The shapes of two operands, and the arguments."""
    return (first, second), tuple(arguments.items())


PLACES: dict[str, tuple[Place, ...]] = {
    "conv1d": (
        _place((8, 2), (3, 2, 3), strides=1, padding="VALID", dilations=2),
        _place((7, 2), (3, 2, 2), strides=2, padding="SAME", dilations=1),
    ),
    "conv2d": (
        _place((5, 5, 2), (3, 3, 2, 2), strides=(1, 1), padding="SAME", dilations=(1, 1)),
        _place((6, 5, 1), (2, 3, 1, 3), strides=(2, 1), padding="VALID", dilations=(1, 1)),
        _place((6, 5, 2), (2, 2, 2, 1), strides=(1, 1), padding="SAME", dilations=(2, 1)),
    ),
    "conv3d": (
        _place((3, 3, 4, 2), (2, 2, 2, 2, 2), strides=(1, 1, 2), padding="SAME"),
        _place((3, 4, 2, 1), (3, 2, 1, 1, 2), strides=(1, 1, 1), padding="VALID"),
    ),
    "atrous_conv2d": (
        _place((6, 5, 2), (2, 2, 2, 2), dilations=2, padding="VALID"),
        _place((5, 5, 1), (3, 3, 1, 2), dilations=2, padding="SAME"),
    ),
    "depthwise_conv2d": (
        _place((5, 5, 2), (3, 3, 2, 2), strides=(1, 1), padding="SAME"),
        _place((6, 6, 3), (2, 3, 3, 1), strides=(2, 2), padding="VALID"),
    ),
    "conv1d_transpose": (
        _place((4, 2), (3, 3, 2), output_shape=(8, 3), strides=2, padding="SAME"),
        _place((6, 2), (3, 2, 2), output_shape=(8, 2), strides=1, padding="VALID"),
    ),
    "conv2d_transpose": (
        _place((3, 5, 2), (3, 3, 2, 2), output_shape=(5, 5, 2), strides=(2, 1), padding="SAME"),
        _place((2, 3, 1), (2, 3, 2, 1), output_shape=(4, 5, 2), strides=(2, 1), padding="VALID"),
    ),
    "conv3d_transpose": (
        _place((3, 3, 2, 2), (2, 2, 2, 1, 2), output_shape=(3, 3, 4, 1), strides=(1, 1, 2),
               padding="SAME"),
    ),
    "depthwise_conv2d_backprop_input": (
        _place((5, 5, 4), (3, 3, 2, 2), output_shape=(5, 5, 2), strides=(1, 1), padding="SAME"),
        _place((2, 2, 3), (2, 3, 3, 1), output_shape=(5, 6, 3), strides=(2, 2), padding="VALID"),
    ),
    "depthwise_conv2d_backprop_filter": (
        _place((5, 5, 2), (5, 5, 4), filter_shape=(3, 3, 2, 2), strides=(1, 1), padding="SAME"),
        _place((5, 6, 3), (2, 2, 3), filter_shape=(2, 3, 3, 1), strides=(2, 2), padding="VALID"),
    ),
}  # fmt: skip


def pairs(depth: int, *, name: str) -> SearchStrategy[Problem]:
    """Two operands of a routine's shapes, with its arguments."""
    return placed(depth, PLACES[name], degree=2)


def _turned(tf, call, a, b, **arguments):
    """The window turned round, as convolutions of mathematics have it."""
    return call(a, tf.reverse(b, [1]), **arguments)


def _channels(tf, call, a, b, **arguments):
    """The channels of the first operand in another order, or half of the only one."""
    return call(tf.reverse(a, [-1]) if a.shape[-1] > 1 else a / 2, b, **arguments)


def _shifted(tf, call, a, b, **arguments):
    """Off by one place."""
    return call(tf.roll(a, 1, 1), b, **arguments)


def _edges(tf, call, a, b, **arguments):
    """The first place does not count."""
    return call(tf.concat([tf.zeros_like(a[:, :1]), a[:, 1:]], 1), b, **arguments)


FAULTS = (
    Fault("half the digits of the first operand",
          lambda tf, call, a, b, **k: call(coarse(tf, a), b, **k)),
    Fault("half the digits of the answer", lambda tf, call, a, b, **k: coarse(tf, call(a, b, **k))),
    Fault("window turned", _turned),
    Fault("channels in another order", _channels),
    Fault("one place off", _shifted),
    Fault("edge left out", _edges),
)  # fmt: skip


SUMS = replace(ENTRYWISE, bound="max(gamma*size + lost, 0)")  # some entries are sums of none


def _row(name: str, engine: str) -> Routine:
    """A routine of the table, with the reference, opinion and audit of that name."""
    return Routine(
        name=f"nn.{name}",
        call=f"properties.nn.windows:{name}",
        problems=partial(pairs, name=name),
        reference=partial(getattr(windows, engine), **_implied(name)),
        rival=partial(getattr(numeric_windows, engine), **_implied(name)),
        audit=audited(partial(getattr(numeric_windows, engine), **_implied(name))),
        terms=TERMS,
        excused="4*top/huge",
        claims=(SUMS,),
        faults=FAULTS,
        volume=0.1,
    )


def _implied(name: str) -> dict[str, Any]:
    """What the call does not say."""
    return {"strides": 1} if name == "atrous_conv2d" else {}


CONV1D = _row("conv1d", "convolution")
CONV2D = _row("conv2d", "convolution")
CONV3D = _row("conv3d", "convolution")
ATROUS_CONV2D = _row("atrous_conv2d", "convolution")
DEPTHWISE_CONV2D = _row("depthwise_conv2d", "depthwise")
CONV1D_TRANSPOSE = _row("conv1d_transpose", "transposed")
CONV2D_TRANSPOSE = _row("conv2d_transpose", "transposed")
CONV3D_TRANSPOSE = _row("conv3d_transpose", "transposed")
BACKPROP_INPUT = _row("depthwise_conv2d_backprop_input", "depthwise_input")
BACKPROP_FILTER = _row("depthwise_conv2d_backprop_filter", "depthwise_filter")

test_conv1d = verify(CONV1D)
test_conv2d = verify(CONV2D)
test_conv3d = verify(CONV3D)
test_atrous_conv2d = verify(ATROUS_CONV2D)
test_depthwise_conv2d = verify(DEPTHWISE_CONV2D)
test_conv1d_transpose = verify(CONV1D_TRANSPOSE)
test_conv2d_transpose = verify(CONV2D_TRANSPOSE)
test_conv3d_transpose = verify(CONV3D_TRANSPOSE)
test_depthwise_conv2d_backprop_input = verify(BACKPROP_INPUT)
test_depthwise_conv2d_backprop_filter = verify(BACKPROP_FILTER)

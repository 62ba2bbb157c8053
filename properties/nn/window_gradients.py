"""Gradients of convolutions of tf.nn by their filters, by a tape, of what comes from above.

By their input convolutions go back by what their transposes call.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from hypothesis.strategies import SearchStrategy

from properties.linalg.gradients import NEGATED
from properties.linalg.matmul import TERMS
from properties.math.product_gradients import by_above
from properties.nn import convolutions
from properties.placed import Place, placed
from properties.routine import Problem, Routine
from properties.verify import verify
from references import numeric_pullbacks_of_windows as opinions
from references import pullbacks_of_windows as pullbacks
from references.audits_numeric import audited
from references.windows import at

HERE = "properties.nn.window_pullbacks"


def by_filters(place: Place) -> Place:
    """Arrays, and what comes from above of their convolutions, in place of the filters."""
    (x, filters), arguments = place
    told = dict(arguments)
    options = told["strides"], told["padding"], told.get("dilations", 1)
    _, shape = at(x[:-1], filters[:-2], *options)
    return (x, (*shape, filters[-1])), (*arguments, ("filter_shape", filters))


def _dense(place: Place) -> bool:
    """Whether windows are not dilated: of the others TensorFlow refuses some on a CPU."""
    return dict(place[1]).get("dilations", 1) in (1, (1, 1))


CONVOLVED = {
    name: tuple(map(by_filters, filter(_dense, convolutions.PLACES[name])))
    for name in ("conv1d", "conv2d", "conv3d")
}
CONVOLVED["conv1d"] += (
    by_filters((((8, 2), (3, 2, 3)), (("strides", 1), ("padding", "VALID"), ("dilations", 1)))),
)


def pairs(depth: int, *, name: str) -> SearchStrategy[Problem]:
    """Arrays (B, *places, channels) and of a convolution what comes from above."""
    return placed(depth, CONVOLVED[name], degree=2)


def row(name: str, **fields: Any) -> Routine:
    """A routine of the table: its call has its own name."""
    return Routine(
        name=f"nn.{name}",
        call=f"{HERE}:{name.partition('.')[0]}",
        volume=0.1,  # each shape is traced and compiled
        pullback=True,
        **{"excused": "4*top/huge", **fields},
    )


def _convolution(name: str) -> Routine:
    return row(
        f"{name}.gradient_filter",
        problems=partial(pairs, name=name),
        reference=pullbacks.convolution,
        rival=opinions.convolution,
        audit=audited(opinions.convolution),
        terms=TERMS,
        claims=(convolutions.SUMS,),
        faults=(*convolutions.FAULTS, NEGATED, *by_above()),
    )


CONV1D, CONV2D, CONV3D = map(_convolution, ("conv1d", "conv2d", "conv3d"))
test_conv1d = verify(CONV1D)
test_conv2d = verify(CONV2D)
test_conv3d = verify(CONV3D)

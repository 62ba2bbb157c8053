"""The steps of a program over all values that rounding leaves possible.

Each step gets an interval that holds its exact and its computed value, a bound on their distance,
and for every partial derivative the largest size and a bound on its error: what
references/running.py makes path sums of.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from references.arithmetic import Intervals
from references.interval import Interval
from references.primitives import Local
from references.program import PRIMITIVES, Program, Step, flowing

Array = NDArray[np.float64]
FORMULA_UNDERFLOWS = 2.0  # how often the formula of a partial derivative may underflow
ROUNDED = 2.0**-51  # of a float64 number: more than a difference and a sum lose
EXACT = (1.0, -1.0, 0.5, -0.5)  # coefficients whose products are no rounding


class Format(NamedTuple):
    """What the bound needs to know of a dtype, by its eps."""

    tiny: float
    max: float


FORMATS = {
    2.0**-7: Format(2.0**-126, (2 - 2.0**-7) * 2.0**127),
    2.0**-10: Format(2.0**-14, 65504.0),
    2.0**-23: Format(2.0**-126, (2 - 2.0**-23) * 2.0**127),
    2.0**-52: Format(2.0**-1022, (2 - 2.0**-52) * 2.0**1023),
}


class Edge(NamedTuple):
    """From a step to one argument: largest partial and its error, roundings in units of u.

    Sizes and errors are (B,), or () where all members share them.
    """

    argument: int
    size: Array
    error: Array
    roundings: float


class Pair(NamedTuple):
    """A second partial at two arguments: largest size and its error, (B,) or ()."""

    left: int
    right: int
    size: Array
    error: Array


class Node(NamedTuple):
    """One step over all values that rounding leaves possible."""

    value: Interval  # holds the exact and the computed value, (B,) or ()
    size: Array  # its largest magnitude
    error: Array  # |computed - exact|
    edges: list[Edge]
    pairs: list[Pair]


def nodes(
    program: Program, columns: Array, eps: float, *, roundings: float, order: int
) -> list[Node]:
    """Every step at inputs (n, B); `order` is that of the derivative.

    `roundings`: what each edge is charged beyond the one product and the sums of its step.
    """
    found: list[Node] = []
    active: list[bool] = []  # whether a derivative passes through the step
    for step in program.steps:
        if step.name in ("input", "constant"):
            value = columns[step.data] if step.name == "input" else np.array(step.data)
            found.append(Node(Interval.exact(value), np.abs(value), np.array(0.0), [], []))
            active.append(step.name == "input")
            continue
        passes = [active[i] and step.name != "shift" for i in step.arguments]
        found.append(_node(program, step, found, passes, eps, roundings, order))
        active.append(any(passes))
    return found


def _node(
    program: Program,
    step: Step,
    known: list[Node],
    passes: list[bool],
    eps: float,
    roundings: float,
    order: int,
) -> Node:
    tiny = FORMATS[eps].tiny
    primitive, arguments = PRIMITIVES[step.name], step.arguments
    local = primitive.local(Intervals, [known[i].value for i in arguments], step.data, order + 1)
    sizes = Local(
        magnitude(local.value),
        [magnitude(x) for x in local.first],
        [(p, q, magnitude(x)) for p, q, x in local.second],
        [(p, q, r, magnitude(x)) for p, q, r, x in local.third],
    )
    own = primitive.roundings([known[i].size for i in arguments], sizes, step.data)
    errors = [known[i].error for i in arguments]
    if step.name == "shift":  # a constant: any value serves, so it has no error of its own
        errors = [np.zeros_like(error) for error in errors]
    lost = own.value
    if step.name == "select" and arguments[1] == arguments[2]:  # no branch is the wrong one
        lost = 0.0
    rounding = eps * lost + _flushed(local.value, sizes.value, tiny)
    error = _propagated(rounding, zip(sizes.first, errors, strict=True))
    reach = rounding + ROUNDED * sizes.value
    value = Interval(local.value.lower - reach, local.value.upper + reach)

    edges = []
    for p in flowing(step):
        if not passes[p]:
            continue
        change = _formula(own.first[p], eps, tiny)
        change = _propagated(change, ((s, errors[q]) for i, q, s in sizes.second if i == p))
        plain = step.name == "select" or (step.name == "linear" and step.data[p] in EXACT)
        sums = sum(passes) - 1 + program.uses[arguments[p]] - 1
        rounded = sums + (0 if plain else 1) + roundings
        edges.append(Edge(arguments[p], sizes.first[p], change, rounded))

    pairs = []
    if order > 1:
        for (p, q, size), formula in zip(sizes.second, own.second, strict=True):
            if not (passes[p] and passes[q]):
                continue
            terms = ((s, errors[r]) for i, j, r, s in sizes.third if (i, j) == (p, q))
            change = _propagated(_formula(formula, eps, tiny), terms)
            if np.any(size + change > 0):
                pairs.append(Pair(arguments[p], arguments[q], size, change))
    return Node(value, sizes.value + reach, error, edges, pairs)


def _propagated(error: Array, terms: Iterable[tuple[Array, Array]]) -> Array:
    """An error, and the products of sizes with errors of arguments; most inputs have none."""
    for size, other in terms:
        if not is_zero(other):
            error = error + size * other
    return error


def _formula(own: Array | float, eps: float, tiny: float) -> Array:
    """What the rounding of its formula may do to a partial derivative."""
    if is_zero(own):
        return np.array(0.0)
    return eps * np.asarray(own) + np.where(np.greater(own, 0), FORMULA_UNDERFLOWS * tiny, 0.0)


def is_zero(x: Array | float) -> bool:
    """Whether a number that all members share is zero."""
    return np.ndim(x) == 0 and x == 0


def magnitude(x: Interval) -> Array:
    """The largest absolute value."""
    return np.maximum(np.abs(x.lower), np.abs(x.upper))


def _flushed(x: Interval, size: Array, tiny: float) -> Array:
    """What underflow may take from a result: itself at most, and nothing above `tiny`."""
    near = (x.lower < tiny) & (x.upper > -tiny)
    if not np.any(near):
        return np.array(0.0)
    return np.where(near, np.minimum(tiny, size), 0.0)

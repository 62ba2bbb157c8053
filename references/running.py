"""How far automatic differentiation may be off: a running error bound for any order of it.

Forward, reverse or mixed, automatic differentiation computes each entry of a Jacobian as a sum
over paths of products of local partial derivatives, each evaluated at computed values, and each
entry of a Hessian as a sum over steps k and pairs of its arguments p, q of

    (derivative of the output by k) (second partial of k at p, q) (path sum of p) (path sum of q).

With E_k >= |computed - exact value of k|, every partial is off by at most
delta = sup |second partials| E + its formula's own rounding, suprema taken over all values
between exact and computed ones. Each path then carries, per edge, the factor
(|partial| + delta) (1 + u)^r, r the products and sums it may take part in: that one product, the
sum over the arguments (forward) and over the consumers (reverse) of a step. The bound is the sum
over paths with these factors less the sum over paths without, both of absolute values. It is
evaluated without cancellation, and not only to first order (compare Higham 2002, 3.3, and
Griewank and Walther 2008, 3.4). Every operation may lose the smallest normal number besides.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from references.arithmetic import Intervals
from references.interval import Interval
from references.primitives import Local
from references.program import PRIMITIVES, Program, Step

Array = NDArray[np.float64]
OWN_ROUNDING = 1 + 2.0**-30  # this module's float64 sums of nonnegative terms, with ease
SECOND_ORDER = 3.0  # further sums that an adjoint takes part in when a gradient is differentiated
FORMULA_UNDERFLOWS = 2.0  # how often the formula of a partial derivative may underflow
EXACT_PARTIALS = ("linear", "select")  # by 1, -1 or 0: no product to round


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
    """From a step to one argument: largest partial and its error (B,), roundings in units of u."""

    argument: int
    size: Array
    error: Array
    roundings: float


class Pair(NamedTuple):
    """A second partial at two arguments: largest size and its error (B,)."""

    left: int
    right: int
    size: Array
    error: Array


class Node(NamedTuple):
    """One step over all values that rounding leaves possible."""

    value: Interval  # holds the exact and the computed value
    error: Array  # |computed - exact|, (B,)
    edges: list[Edge]
    pairs: list[Pair]


class Sums(NamedTuple):
    """Path sums of absolute values, and how much roundings may add to them."""

    exact: Array
    excess: Array

    @property
    def total(self) -> Array:
        """What a computed path sum may reach."""
        return self.exact + self.excess


def running_jacobian(program: Program, points: Array, eps: float) -> Sums:
    """Absolute path sums of each entry, and bounds on the error of the entry: (B, m, n) both.

    `points` (B, n). The bound is infinite where rounding may reach a kink or leave the domain of
    a function, and where an intermediate number may overflow the dtype.
    """
    tiny, most = FORMATS[eps]
    with np.errstate(all="ignore"):
        nodes = _nodes(program, points, eps, roundings=0.0)
        paths = _forward(program, nodes, points, eps)
        reach = _amplification(nodes, len(points))
        exact, bounds = [], []
        for output in program.outputs:
            members = _ancestors(program, output)
            edges = [edge for k in members for edge in nodes[k].edges]
            lost = tiny * sum((paths[e.argument].total for e in edges), np.zeros(points.shape))
            fits = reach[output] < most
            for k in members:
                fits &= (magnitude(nodes[k].value) < most) & (paths[k].total.max(1) < most)
            bound = paths[output].excess + lost
            fits &= (paths[output].exact + bound).max(1) < most
            exact.append(paths[output].exact)
            bounds.append(_finite(bound, fits[:, None]))
    return Sums(np.stack(exact, axis=1), np.stack(bounds, axis=1))


def running_hessian(program: Program, points: Array, eps: float) -> Sums:
    """The same for the Hessian of the only output: (B, n, n)."""
    tiny, most = FORMATS[eps]
    shape = (len(points), program.inputs, program.inputs)
    exact, bound = np.zeros(shape), np.zeros(shape)
    fits = np.ones(len(points), dtype=bool)
    with np.errstate(all="ignore"):
        nodes = _nodes(program, points, eps, roundings=SECOND_ORDER)
        paths = _forward(program, nodes, points, eps)
        adjoints = _reverse(program, nodes, len(points), eps)
        growth = np.expm1((2 + SECOND_ORDER) * eps / 2)
        for node, adjoint in zip(nodes, adjoints, strict=True):
            fits &= (magnitude(node.value) < most) & (adjoint.total < most)
            for p, q, size, error in node.pairs:
                left, right = paths[p], paths[q]
                term, whole = adjoint.exact * size, adjoint.total * (size + error)
                excess = adjoint.excess * (size + error) + adjoint.exact * error + whole * growth
                lost = tiny * (1 + adjoint.total) * (1 + size + error)
                exact += _outer(term, left.exact, right.exact)
                bound += _outer(excess, left.total, right.total)
                bound += _outer(term, left.excess, right.total)
                bound += _outer(term, left.exact, right.excess)
                bound += _outer(lost, 1 + left.total, 1 + right.total)
                peak = np.maximum(1, left.total.max(1)) * np.maximum(1, right.total.max(1))
                fits &= np.maximum(whole, size + error) * peak < most
        fits &= (exact + bound).max((1, 2)) < most
        return Sums(exact, _finite(bound, fits[:, None, None]))


def _nodes(program: Program, points: Array, eps: float, roundings: float) -> list[Node]:
    nodes: list[Node] = []
    active: list[bool] = []  # whether a derivative passes through the step
    for step in program.steps:
        if step.name in ("input", "constant"):
            column = points[:, step.data] if step.name == "input" else [step.data] * len(points)
            nodes.append(Node(Interval.exact(column), np.zeros(len(points)), [], []))
            active.append(step.name == "input")
            continue
        local = PRIMITIVES[step.name].local(
            Intervals, [nodes[i].value for i in step.arguments], step.data, 3
        )
        flowing = [active[i] and step.name != "shift" for i in step.arguments]
        nodes.append(_node(program, step, local, nodes, flowing, eps, roundings))
        active.append(any(flowing))
    return nodes


def _node(
    program: Program,
    step: Step,
    local: Local,
    nodes: list[Node],
    flowing: list[bool],
    eps: float,
    roundings: float,
) -> Node:
    tiny = FORMATS[eps].tiny
    arguments = step.arguments
    shape = nodes[0].error.shape

    def size_of(x: Interval) -> Array:
        return np.broadcast_to(magnitude(x), shape)

    sizes = Local(
        size_of(local.value),
        [size_of(x) for x in local.first],
        [(p, q, size_of(x)) for p, q, x in local.second],
        [(p, q, r, size_of(x)) for p, q, r, x in local.third],
    )
    own = PRIMITIVES[step.name].roundings(
        [magnitude(nodes[i].value) for i in arguments], sizes, step.data
    )
    errors = [nodes[i].error for i in arguments]
    if step.name == "shift":  # a constant: any value serves, so it has no error of its own
        errors = [np.zeros_like(error) for error in errors]
    rounding = eps * own.value + _flushed(local.value, tiny)
    error = rounding + sum(a * e for a, e in zip(sizes.first, errors, strict=True))
    value = local.value + Interval(-rounding, rounding)

    edges = []
    for p, size in enumerate(sizes.first):
        if not flowing[p]:
            continue
        change = sum((s * errors[q] for i, q, s in sizes.second if i == p), np.zeros_like(error))
        formula = np.asarray(own.first[p])
        change = change + eps * formula + np.where(formula > 0, FORMULA_UNDERFLOWS * tiny, 0.0)
        plain = step.name in EXACT_PARTIALS and bool(np.all(size <= 1))
        sums = sum(flowing) - 1 + program.uses[arguments[p]] - 1
        edges.append(Edge(arguments[p], size, change, sums + (0 if plain else 1) + roundings))

    pairs = []
    for (p, q, size), own_error in zip(sizes.second, own.second, strict=True):
        if not (flowing[p] and flowing[q]):
            continue
        change = sum(
            (s * errors[r] for i, j, r, s in sizes.third if (i, j) == (p, q)),
            np.zeros_like(error),
        )
        formula = np.asarray(own_error)
        change = change + eps * formula + np.where(formula > 0, FORMULA_UNDERFLOWS * tiny, 0.0)
        if np.any(size + change > 0):
            pairs.append(Pair(arguments[p], arguments[q], size, change))
    return Node(value, error, edges, pairs)


def _forward(program: Program, nodes: list[Node], points: Array, eps: float) -> list[Sums]:
    """Path sums from every input to every step: (B, n) each."""
    tiny = FORMATS[eps].tiny
    paths: list[Sums] = []
    for step, node in zip(program.steps, nodes, strict=True):
        exact, excess = np.zeros(points.shape), np.zeros(points.shape)
        if step.name == "input":
            exact[:, step.data] = 1.0
        for argument, size, error, roundings in node.edges:
            below = paths[argument]
            whole = (size + error)[:, None] * below.total
            exact += size[:, None] * below.exact
            excess += size[:, None] * below.excess + error[:, None] * below.total
            excess += np.expm1(roundings * eps / 2) * whole + np.minimum(tiny, whole)
        paths.append(Sums(exact, excess))
    return paths


def _reverse(program: Program, nodes: list[Node], count: int, eps: float) -> list[Sums]:
    """Path sums from every step to the only output: (B,) each."""
    tiny = FORMATS[eps].tiny
    exact = [np.zeros(count) for _ in nodes]
    excess = [np.zeros(count) for _ in nodes]
    exact[program.outputs[0]] += 1.0
    for k in reversed(range(len(nodes))):
        total = exact[k] + excess[k]
        for argument, size, error, roundings in nodes[k].edges:
            whole = (size + error) * total
            exact[argument] += size * exact[k]
            excess[argument] += size * excess[k] + error * total
            excess[argument] += np.expm1(roundings * eps / 2) * whole + np.minimum(tiny, whole)
    return [Sums(a, b) for a, b in zip(exact, excess, strict=True)]


def _amplification(nodes: list[Node], count: int) -> list[Array]:
    """At least the size of every derivative of a step by a step below it: (B,) each."""
    reach: list[Array] = []
    for node in nodes:
        passed = sum(((e.size + e.error) * reach[e.argument] for e in node.edges), np.zeros(count))
        reach.append(np.maximum(1.0, passed))
    return reach


def _ancestors(program: Program, output: int) -> list[int]:
    """The steps that one output depends on, itself included."""
    found, waiting = {output}, [output]
    while waiting:
        for argument in program.steps[waiting.pop()].arguments:
            if argument not in found:
                found.add(argument)
                waiting.append(argument)
    return sorted(found)


def magnitude(x: Interval) -> Array:
    """The largest absolute value."""
    return np.maximum(np.abs(x.lower), np.abs(x.upper))


def _flushed(x: Interval, tiny: float) -> Array:
    """What underflow may take from a result: itself at most, and nothing above `tiny`."""
    near = (x.lower < tiny) & (x.upper > -tiny)
    return np.where(near, np.minimum(tiny, magnitude(x)), 0.0)


def _outer(factor: Array, left: Array, right: Array) -> Array:
    return (factor[:, None] * left)[:, :, None] * right[:, None, :]


def _finite(bound: Array, fits: NDArray[np.bool_]) -> Array:
    bound = bound * OWN_ROUNDING
    return np.where(fits & np.isfinite(bound), bound, np.inf)

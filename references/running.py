"""How far automatic differentiation may be off: a running error bound for any order of it.

Forward, reverse or mixed, automatic differentiation computes each entry of a Jacobian as a sum
over paths of products of local partial derivatives, each evaluated at computed values, and each
entry of a Hessian as a sum over steps k and pairs of its arguments p, q of

    (derivative of the output by k) (second partial of k at p, q) (path sum of p) (path sum of q).

With E_k >= |computed - exact value of k|, every partial is off by at most
delta = sup |second partials| E + its formula's own rounding, suprema taken over all values
between exact and computed ones (references/nodes.py). Each path then carries, per edge, the factor
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

from references.nodes import FORMATS, Edge, Node, Pair, is_zero, nodes
from references.program import Program
from references.rows import Inputs, added, places, spread

Array = NDArray[np.float64]
OWN_ROUNDING = 1 + 2.0**-30  # this module's float64 sums of nonnegative terms, with ease
SECOND_ORDER = 3.0  # further sums that an adjoint takes part in when a gradient is differentiated


class Sums(NamedTuple):
    """Path sums of absolute values, and how much roundings may add to them."""

    exact: Array
    excess: Array

    @property
    def total(self) -> Array:
        """What a computed path sum may reach."""
        return self.exact + self.excess


class Paths(NamedTuple):
    """From some inputs to a step, or from a step to the output: sums (k, B) or (B,)."""

    exact: Array
    excess: Array
    total: Array
    inputs: Inputs


def running_jacobian(program: Program, points: Array, eps: float) -> Sums:
    """Absolute path sums of each entry, and bounds on the error of the entry: (B, m, n) both.

    `points` (B, n). The bound is infinite where rounding may reach a kink or leave the domain of
    a function, and where an intermediate number may overflow the dtype.
    """
    tiny, most = FORMATS[eps]
    columns = np.ascontiguousarray(points.T)
    count, everywhere = columns.shape[1], tuple(range(program.inputs))
    shape = (len(program.outputs), *columns.shape)
    exact, bounds = np.zeros(shape), np.zeros(shape)
    with np.errstate(all="ignore"):
        steps = nodes(program, columns, eps, roundings=0.0, order=1)
        paths = _forward(program, steps, count, eps)
        reach = _amplification(steps)
        peaks = [
            np.maximum(node.size, path.total.max(0, initial=0.0))
            for node, path in zip(steps, paths, strict=True)
        ]
        for i, output in enumerate(program.outputs):
            lost = _lost(program.ancestors[i], steps, paths, columns.shape)
            exact[i] = spread(paths[output].exact, paths[output].inputs, everywhere)
            bounds[i] = spread(paths[output].excess, paths[output].inputs, everywhere) + tiny * lost
            peak = np.maximum(reach[output], (exact[i] + bounds[i]).max(0))
            for k in program.ancestors[i]:
                peak = np.maximum(peak, peaks[k])
            bounds[i] = _finite(bounds[i], peak < most)
    return Sums(_members_first(exact), _members_first(bounds))


def running_hessian(program: Program, points: Array, eps: float) -> Sums:
    """The same for the Hessian of the only output: (B, n, n)."""
    tiny, most = FORMATS[eps]
    columns = np.ascontiguousarray(points.T)
    n, count = columns.shape
    exact, bound, work = np.zeros((3, n, n, count))
    peak = np.zeros(count)
    with np.errstate(all="ignore"):
        steps = nodes(program, columns, eps, roundings=SECOND_ORDER, order=2)
        paths = _forward(program, steps, count, eps)
        adjoints = _reverse(program, steps, count, eps)
        heights = [np.maximum(1, path.total.max(0, initial=0.0)) for path in paths]
        by_left: dict[int, list[tuple[Pair, Paths]]] = {}
        for node, adjoint in zip(steps, adjoints, strict=True):
            peak = np.maximum(np.maximum(peak, node.size), adjoint.total)
            for pair in node.pairs:
                by_left.setdefault(pair.left, []).append((pair, adjoint))
                whole = (pair.size + pair.error) * np.maximum(1, adjoint.total)
                height = heights[pair.left] * heights[pair.right]
                peak = np.maximum(peak, whole * height)
        for left, pairs in by_left.items():
            _add_products(exact, bound, work, paths, left, pairs, eps, tiny)
        peak = np.maximum(peak, (exact + bound).max((0, 1)))
        bound = _finite(bound, peak < most)
    return Sums(_members_first(exact), _members_first(bound))


def _add_products(
    exact: Array,
    bound: Array,
    work: Array,
    paths: list[Paths],
    left: int,
    pairs: list[tuple[Pair, Paths]],
    eps: float,
    tiny: float,
) -> None:
    """All second partials at one left argument: one product of path sums for each kind of term."""
    growth = np.expm1((2 + SECOND_ORDER) * eps / 2)
    n, _, count = exact.shape
    everywhere = tuple(range(n))
    terms, exact_by, excess_by, lost = (np.zeros((n, count)) for _ in range(4))
    for pair, adjoint in pairs:
        p, reach = paths[pair.right], pair.size + pair.error
        term, whole = adjoint.exact * pair.size, adjoint.total * reach
        excess = adjoint.excess * reach + adjoint.exact * pair.error + whole * growth
        terms += spread(term * p.exact, p.inputs, everywhere)
        exact_by += spread(excess * p.total + term * p.excess, p.inputs, everywhere)
        excess_by += spread((excess + term) * p.total, p.inputs, everywhere)
        unit = (1 + adjoint.total) * (1 + reach)
        lost += unit * (1 + spread(p.total, p.inputs, everywhere))
    p = paths[left]
    here = list(p.inputs)
    block = work[: len(here)]
    exact[here] += np.multiply(p.exact[:, None], terms, out=block)
    bound[here] += np.multiply(p.exact[:, None], exact_by, out=block)
    bound[here] += np.multiply(p.excess[:, None], excess_by, out=block)
    full = 1 + spread(p.total, p.inputs, everywhere)
    bound += np.multiply(full[:, None], tiny * lost, out=work)


def _forward(program: Program, steps: list[Node], count: int, eps: float) -> list[Paths]:
    """Path sums from every input to every step."""
    found: list[Paths] = []
    for step, node, inputs in zip(program.steps, steps, program.reach, strict=True):
        if step.name == "input":
            one, zero = np.ones((1, count)), np.zeros((1, count))
            found.append(Paths(one, zero, one, inputs))
            continue
        through = [_through(found[edge.argument], edge, eps) for edge in node.edges]
        exact = added([(sums, given) for sums, _, given in through], inputs, count)
        excess = added([(sums, given) for _, sums, given in through], inputs, count)
        found.append(Paths(exact, excess, exact + excess, inputs))
    return found


def _through(path: Paths, edge: Edge, eps: float) -> tuple[Array, Array, Inputs]:
    """Path sums along one more edge: exact and excess."""
    _, size, error, roundings = edge
    tiny = FORMATS[eps].tiny
    unit = np.ndim(size) == 0 and size == 1
    exact = path.exact if unit else size * path.exact
    excess = path.excess if unit else size * path.excess
    if is_zero(error):
        whole = path.total if unit else size * path.total
    else:
        excess = excess + error * path.total
        whole = (size + error) * path.total
    if roundings:
        excess = excess + np.expm1(roundings * eps / 2) * whole
    return exact, excess + np.minimum(tiny, whole), path.inputs


def _reverse(program: Program, steps: list[Node], count: int, eps: float) -> list[Paths]:
    """Path sums from every step to the only output."""
    zero = np.zeros(count)
    found = [Paths(zero, zero, zero, ()) for _ in steps]
    found[program.outputs[0]] = Paths(zero + 1.0, zero, zero + 1.0, ())
    for k in reversed(range(len(steps))):
        for edge in steps[k].edges:
            exact, excess, _ = _through(found[k], edge, eps)
            known = found[edge.argument]
            exact, excess = exact + known.exact, excess + known.excess
            found[edge.argument] = Paths(exact, excess, exact + excess, ())
    return found


def _lost(
    members: tuple[int, ...], steps: list[Node], paths: list[Paths], shape: tuple[int, ...]
) -> Array:
    """How often underflow may take `tiny`, and what becomes of it: path sums of all arguments."""
    total, everywhere = np.zeros(shape), tuple(range(shape[0]))
    for edge in (edge for k in members for edge in steps[k].edges):
        path = paths[edge.argument]
        total[places(path.inputs, everywhere)] += path.total
    return total


def _amplification(steps: list[Node]) -> list[Array]:
    """At least the size of every derivative of a step by a step below it: (B,) or () each."""
    reach: list[Array] = []
    for node in steps:
        passed = sum((e.size + e.error) * reach[e.argument] for e in node.edges)
        reach.append(np.maximum(1.0, passed))
    return reach


def _members_first(x: Array) -> Array:
    return np.ascontiguousarray(np.moveaxis(x, -1, 0))


def _finite(bound: Array, fits: NDArray[np.bool_]) -> Array:
    bound = bound * OWN_ROUNDING
    return np.where(fits & np.isfinite(bound), bound, np.inf)

"""Rules of derivatives as laws: what the derivatives of f, g, f + g and f g have in common.

Four answers of one routine and no true derivative: with f and g enclosed in balls at each point,

    D(f + g) = Df + Dg            D(f g) = g Df + f Dg
    H(f + g) = Hf + Hg            H(f g) = g Hf + f Hg + Df' Dg + Dg' Df

hold for exact derivatives. Each answer is within its own forward bound (references/running.py) of
one, so both sides differ by no more than the bounds of all answers together, each times what it is
multiplied by. An entry is judged where all of that is finite.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray

from properties.dtypes import Dtype
from properties.examine import truth_of
from properties.modes import Outcomes
from properties.registry import routines
from properties.routine import Array, Problem, Routine
from references.operations import Tree, lower
from references.series import derivatives

BITS = 200
Ask = Callable[[Routine, Problem], Outcomes]


@dataclass(frozen=True)
class Derived:
    """Derivatives as they were answered (B, m, n), and how far each entry may be off."""

    answer: Array
    bound: Array


@dataclass(frozen=True)
class Rule:
    """One rule: which operation joins f and g, and of which routine."""

    name: str
    joined: str
    routine: str


RULES = (
    Rule("sum of Jacobians", "add", "calculus.jacobian"),
    Rule("product of Jacobians", "multiply", "calculus.jacobian"),
    Rule("sum of Hessians", "add", "calculus.hessian"),
    Rule("product of Hessians", "multiply", "calculus.hessian"),
)


def partner(n: int) -> Tree:
    """g: the sine of the first input and the square of the last, one value."""
    return ("add", ("sin", ("at", 0)), ("square", ("at", n - 1)))


def derived(routine: Routine, problem: Problem, dtype: Dtype, ask: Ask) -> Derived:
    """What is answered of one function, and its bound in the dtype."""
    running = truth_of(routine, problem, dtype, 0).quantities["running"]
    got = ask(routine, problem)
    shape = np.shape(running.upper)
    answer = got.arrays[0].reshape(shape) if got.arrays else np.full(shape, np.nan)
    return Derived(answer, np.asarray(running.upper) * dtype.eps)


def broken(
    rule: Rule, problem: Problem, dtype: Dtype, ask: Ask
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The entries (B, m, n) that break a rule, and those that were judged."""
    routine, n = routines()[rule.routine], problem.sizes["n"]
    f, g = problem.arguments["tree"], partner(n)
    trees = [(rule.joined, f, g), f, g]
    whole, left, right = (derived(routine, _of(problem, tree), dtype, ask) for tree in trees)
    first = None
    if rule.name == "product of Hessians":
        jacobian = routines()["calculus.jacobian"]
        path = {"path": "batch_jacobian"}
        first = [derived(jacobian, _of(problem, tree, path), dtype, ask) for tree in (f, g)]
    wrong = np.zeros(whole.answer.shape, bool)
    judged = np.zeros(whole.answer.shape, bool)
    before, ctx.prec = ctx.prec, BITS
    try:
        for i, point in enumerate(problem.inputs[0].tolist()):
            values = [derivatives(lower(tree, n), point).values for tree in (f, g)]
            for j, k in np.ndindex(whole.answer.shape[1:]):
                row = 0 if len(values[0]) == 1 else j
                terms = _terms(rule, values[0][row], values[1][0], left, right, (i, j, k))
                terms += _crossed(first, i, j, k) if first else []
                wrong[i, j, k], judged[i, j, k] = _judged(whole, (i, j, k), terms)
    finally:
        ctx.prec = before
    return wrong, judged


def _of(problem: Problem, tree: Tree, more: dict[str, Any] | None = None) -> Problem:
    return replace(problem, arguments={**problem.arguments, "tree": tree, **(more or {})})


Term = tuple[arb, arb]  # what a term is, and how far it may be off


def _terms(
    rule: Rule, f: arb, g: arb, left: Derived, right: Derived, at: tuple[int, int, int]
) -> list[Term]:
    """The terms that derivatives of one factor make, of this entry."""
    factors = (arb(1), arb(1)) if rule.joined == "add" else (g, f)
    found = []
    for factor, one in zip(factors, (left, right), strict=True):
        place = at if one.answer.shape[1] > at[1] else (at[0], 0, at[2])  # g has one value
        answer, bound = float(one.answer[place]), float(one.bound[place])
        found.append((factor * arb(answer), abs(factor) * arb(bound)))
    return found


def _crossed(first: list[Derived], i: int, j: int, k: int) -> list[Term]:
    """The products of first derivatives in a Hessian of a product."""
    found = []
    for row, column in ((j, k), (k, j)):
        one, other = (
            (arb(float(d.answer[i, 0, at])), arb(float(d.bound[i, 0, at])))
            for d, at in zip(first, (row, column), strict=True)
        )
        off = one[1] * (abs(other[0]) + other[1]) + (abs(one[0]) + one[1]) * other[1]
        found.append((one[0] * other[0], off))
    return found


def _judged(whole: Derived, at: tuple[int, int, int], terms: list[Term]) -> tuple[bool, bool]:
    """Whether the sum of the terms is proved to be too far from an entry, and if it was judged."""
    total, allowed = arb(0), arb(float(whole.bound[at]))
    for term, off in terms:
        total, allowed = total + term, allowed + off
    far = abs(arb(float(whole.answer[at])) - total)
    if not (far.is_finite() and allowed.is_finite()):
        return False, False
    return bool(far > allowed), True

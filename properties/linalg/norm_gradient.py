"""The gradient of tf.norm: of vectors and matrices, along every axis, with corners and ties."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from hypothesis.strategies import SearchStrategy
from numpy.typing import NDArray

from properties.linalg.gradients import HALVES, HERE, NEGATED
from properties.linalg.norm import LARGE, MATRICES, ROOTS, STRUCTURES, VECTORS
from properties.measures import entrywise, magnitude, product, ratio
from properties.placed import placed
from properties.routine import Case, Claim, Fault, Problem, Routine
from properties.verify import verify
from references import pullbacks_of_factors_opinions as opinions
from references import pullbacks_of_norms as pullbacks
from references.audits_numeric import audited
from references.doubledouble import exact_scale, shift
from references.interval import Interval, largest
from references.magnitudes import laid_out

PLACES = tuple(place for place in (*VECTORS, *MATRICES) if dict(place[1])["ord"] != 3)


def arrays(depth: int) -> SearchStrategy[Problem]:
    """Arrays (B, ...), with the order of a norm and one axis, or two."""
    return placed(depth, PLACES, LARGE, structures=STRUCTURES, degree=2)


def _are_squares(problem: Problem, *, wanted: bool) -> NDArray[np.bool_]:
    """Members of problems whose norm is a root of squares, or is not."""
    squares = problem.arguments["ord"] in pullbacks.SQUARES
    return np.full(len(problem), squares == wanted)


def _rows(case: Case) -> tuple[NDArray, NDArray, NDArray]:
    """Entries near 1, answer and subgradient as rows (B k, terms) of a norm each."""
    (x,), axis = case.problem.inputs, case.problem.arguments["axis"]
    sides = (shift(x, -exact_scale(x)), case.answer[0], case.truth.parts[0].hi)
    one, two, three = (laid_out(side, axis)[0] for side in sides)
    terms = one.shape[2]
    return one.reshape(-1, terms), two.reshape(-1, terms), three.reshape(-1, terms)


def gap(case: Case) -> Interval:
    """|<G, x> - || x ||| / || x ||, the largest of a member: (B,), in eps."""
    x, answer, signs = _rows(case)
    twice = np.concatenate([x, x], axis=1)[:, :, None]
    left = magnitude(product(np.concatenate([answer, -signs], axis=1)[:, None, :], twice))
    size = magnitude(product(signs[:, None, :], x[:, :, None]))
    return _worst(ratio(left, size, case.dtype.eps), len(case))


def beyond(case: Case) -> Interval:
    """What the dual norm of G has beyond 1, the largest of a member: (B,), in eps.

    Of order 1 the largest entry, of "inf" the sum; of matrices the sum of the largest of columns,
    or of rows.
    """
    order, axis = (case.problem.arguments[name] for name in ("ord", "axis"))
    sizes = np.abs(_rows(case)[1])
    if isinstance(axis, tuple):
        shape = [case.answer[0].shape[i] for i in laid_out(case.answer[0], axis)[2]]
        sizes = sizes.reshape(-1, *shape).max(axis=1 if order == 1 else 2)
    elif order == 1:
        sizes = sizes.max(axis=1, keepdims=True)
    ones = np.ones((len(sizes), sizes.shape[1], 1))
    over = product(sizes[:, None, :], ones, -np.ones((len(sizes), 1, 1)))
    over = Interval(np.maximum(over.lower, 0.0), np.maximum(over.upper, 0.0))
    return _worst(ratio(over, Interval.exact(np.ones(over.upper.shape)), case.dtype.eps), len(case))


def _worst(error: Interval, members: int) -> Interval:
    sides = (side.reshape(members, -1) for side in (error.lower, error.upper))
    return largest(Interval(*sides))


def _conjugate_order(tf, call, x, ord, axis):  # noqa: A002
    """The 1-norm for the largest, and the largest for the 1-norm."""
    return call(x, ord={1: "inf", "inf": 1}.get(ord, 1), axis=axis)


def _last_left_out(tf, call, x, **arguments):
    """The last entry along the last axis does not count."""
    kept = tf.concat([x[..., :-1], tf.zeros_like(x[..., -1:])], -1)
    return call(kept, **arguments)


def _of_squares(tf, call, x, ord, axis):  # noqa: A002
    """The gradient of half the square, which is easier to have."""
    found = call(x, ord=ord, axis=axis)
    return found * tf.norm(
        x, ord=np.inf if ord == "inf" else ord, axis=axis, keepdims=True
    )  # fmt: skip


def _every_tie(tf, call, x, ord, axis):  # noqa: A002
    """Whole signs wherever the gradient is not zero, as if each of equal ones counted alone."""
    found = call(x, ord=ord, axis=axis)
    return tf.sign(found) if ord in (1, "inf") else found


def _sizes(tf, call, x, **arguments: Any):
    return tf.abs(call(x, **arguments))


GRADIENT = Routine(
    name="linalg.norm.gradient",
    call=f"{HERE}:norm",
    problems=arrays,
    reference=pullbacks.norm,
    rival=opinions.norm,
    audit=audited(opinions.norm),
    terms={**ROOTS, "beyond": "1.01*largest/huge"},
    excused="beyond",
    claims=(
        Claim(
            name="quotients",
            measure=entrywise(),
            bound="(squares + 1.01)/(1 - 2*squares*eps)",
            unless="max(4*max(terms, squares)*eps, beyond)",
            only=partial(_are_squares, wanted=True),
            because="x / || x ||, of norms off by `squares` as those of linalg.norm: the slope of "
            "the root is half of a quotient, which rounds, and so does its product with x; twice "
            "of it is exact",
        ),
        Claim(
            name="reaches the norm",
            measure=gap,
            bound="1.01*additions/(1 - 2*terms*eps) + 0.51",
            unless="max(4*terms*eps, beyond)",
            only=partial(_are_squares, wanted=False),
            because="<G, x> is || x || of every subgradient G (Rockafellar 1970, 23): of sums off "
            "by gamma of additions one is taken for the largest that is below it by twice that at "
            "most; k that are equally large get 1/k each, rounded once",
        ),
        Claim(
            name="dual norm",
            measure=beyond,
            bound="0.51",
            unless="max(4*terms*eps, beyond)",
            only=partial(_are_squares, wanted=False),
            because="a subgradient has a dual norm of 1 at most: signs are exact, and k times 1/k, "
            "rounded once, is off by half an eps",
        ),
    ),
    faults=(
        *HALVES,
        NEGATED,
        Fault("1-norm for largest", _conjugate_order),
        Fault("last entries left out", _last_left_out),
        Fault("of half the square", _of_squares),
        Fault("every tie counts in full", _every_tie),
        Fault("without signs", _sizes),
    ),
    volume=0.4,  # each shape is traced and compiled
    pullback=True,
)

test_norm = verify(GRADIENT)

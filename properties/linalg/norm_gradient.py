"""The gradient of tf.norm: of vectors and matrices, along every axis, with corners and ties."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from hypothesis.strategies import SearchStrategy
from numpy.typing import NDArray

from properties.entries import entrywise_moduli
from properties.linalg.gradients import CONJUGATED, HALVES, HERE, NEGATED
from properties.linalg.norm import LARGE, MATRICES, ROOTS, STRUCTURES, VECTORS
from properties.measures import magnitude, product, ratio
from properties.placed import placed
from properties.routine import Case, Claim, Fault, Problem, Routine
from properties.verify import verify
from references import pullbacks_of_factors_opinions as opinions
from references import pullbacks_of_norms as pullbacks
from references.audits_numeric import audited
from references.doubledouble import exact_scale, shift
from references.interval import Interval, largest
from references.magnitudes import laid_out

Array = NDArray[np.float64]
PLACES = tuple(place for place in (*VECTORS, *MATRICES) if dict(place[1])["ord"] != 3)


def arrays(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """Arrays (B, ...), with the order of a norm and one axis, or two."""
    return placed(depth, PLACES, LARGE, in_complex=in_complex, structures=STRUCTURES, degree=2)


def _are_squares(problem: Problem, *, wanted: bool) -> NDArray[np.bool_]:
    """Members of problems whose norm is a root of squares, or is not."""
    squares = problem.arguments["ord"] in pullbacks.SQUARES
    return np.full(len(problem), squares == wanted)


def _rows(case: Case, side: NDArray) -> Array:
    """An array as rows (B, k, terms), one of each norm; of complex numbers both parts."""
    laid = laid_out(side, case.problem.arguments["axis"])[0]
    return np.ascontiguousarray(laid).view(np.float64)


def gap(case: Case) -> Interval:
    """|Re <G, x> - || x ||| / || x ||, the largest of a member: (B,), in eps."""
    part, members = case.truth.parts[0], len(case)
    x = _rows(case, case.problem.inputs[0])
    hi, lo = (shift(_rows(case, side), part.exponent) for side in (part.hi, part.lo))
    wide = shift(part.radius.reshape(members, -1).max(axis=1), part.exponent)
    x, answer, hi, lo = (
        side.reshape(-1, 1, side.shape[2])
        for side in (shift(x, -exact_scale(x)), _rows(case, case.answer[0]), hi, lo)
    )
    known = np.repeat(wide, len(x) // members) * np.abs(x).sum(axis=(1, 2)) * (1 + 2.0**-40)
    spread = Interval(-known, known)
    column = np.swapaxes(x, 1, 2)
    tail = np.concatenate([np.zeros_like(answer), -lo], axis=2)
    both = product(
        np.concatenate([answer, -hi], axis=2), np.concatenate([column] * 2, axis=1), a_tail=tail
    )
    size = product(hi, column, a_tail=lo)
    error, norm = (magnitude(side[:, 0, 0] + spread) for side in (both, size))
    return _worst(ratio(error, norm, case.dtype.eps), members)


def beyond(case: Case) -> Interval:
    """What the dual norm of G has beyond 1, the largest of a member: (B,), in eps.

    Of order 1 the largest entry, of "inf" the sum; of matrices the sum of the largest of columns,
    or of rows.
    """
    order, axis = (case.problem.arguments[name] for name in ("ord", "axis"))
    sizes, tails = _moduli(_rows(case, case.answer[0]), parts=1 + case.dtype.is_complex)
    if isinstance(axis, tuple):
        shape = [case.answer[0].shape[i] for i in laid_out(case.answer[0], axis)[2]]
        sizes, tails = _largest_along(sizes, tails, shape, 0 if order == 1 else 1)
    elif order == 1:
        sizes, tails = _largest_along(sizes, tails, [sizes.shape[1]], 0)
    ones = np.ones((len(sizes), sizes.shape[1], 1))
    over = product(sizes[:, None, :], ones, -np.ones((len(sizes), 1, 1)))[:, 0, 0]
    over += Interval(*(side.sum(axis=1) for side in (tails.lower, tails.upper)))
    over = Interval(np.maximum(over.lower, 0.0), np.maximum(over.upper, 0.0))
    return _worst(ratio(over, Interval.exact(np.ones(len(sizes))), case.dtype.eps), len(case))


def _moduli(rows: Array, parts: int) -> tuple[Array, Interval]:
    """Moduli of the numbers of rows (B, k, terms), near 1 at most, and what they lack: (B k, .).

    |z| - m is (|z|^2 - m^2) / (|z| + m), the difference in double-double; of numbers of one part m
    is |z|.
    """
    pairs = rows.reshape(-1, rows.shape[2] // parts, parts)
    size = np.abs(pairs[:, :, 0]) if parts == 1 else np.hypot(pairs[:, :, 0], pairs[:, :, 1])
    if parts == 1:
        return size, Interval.exact(np.zeros_like(size))
    three = np.concatenate([pairs, size[:, :, None]], axis=2).reshape(-1, 1, 3)
    gone = product(three, np.swapaxes(three * [1.0, 1.0, -1.0], 1, 2))[:, 0, 0]
    near = size.ravel() > 2.0**-300
    whole = np.where(near, size.ravel(), 1.0)
    least, most = (np.where(near, end / (2 * whole), 0.0) for end in (gone.lower, gone.upper))
    slack = 2.0**-48 * np.maximum(np.abs(least), np.abs(most)) + np.where(near, 0.0, 2.0**-290)
    ends = [side.reshape(size.shape) for side in (least - slack, most + slack)]
    return size, Interval(*ends)


def _largest_along(
    sizes: Array, tails: Interval, shape: Sequence[int], axis: int
) -> tuple[Array, Interval]:
    """The largest of rows that are laid out in this shape, along an axis of it."""
    sizes, lower, upper = (side.reshape(-1, *shape) for side in (sizes, tails.lower, tails.upper))
    top = sizes.max(axis=axis + 1, keepdims=True)
    close = sizes >= top * (1 - 2.0**-50)
    found = [np.where(close, end, -1.0).max(axis=axis + 1) for end in (lower, upper)]
    top = np.squeeze(top, axis + 1).reshape(len(sizes), -1)
    return top, Interval(*(end.reshape(top.shape) for end in found))


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
    size = tf.norm(x, ord=np.inf if ord == "inf" else ord, axis=axis, keepdims=True)
    return found * tf.cast(size, x.dtype)


def _every_tie(tf, call, x, ord, axis):  # noqa: A002
    """Whole signs wherever the gradient is not zero, as if each of equal ones counted alone."""
    found = call(x, ord=ord, axis=axis)
    return tf.sign(found) if ord in (1, "inf") else found


def _sizes(tf, call, x, **arguments: Any):
    return tf.cast(tf.abs(call(x, **arguments)), x.dtype)


def _by_parts(tf, call, x, **arguments):
    """Signs of both parts for z/|z|."""
    found = call(x, **arguments)
    parts = (tf.sign(part) for part in (tf.math.real(found), tf.math.imag(found)))
    return tf.complex(*parts)


DIRECTIONS = (
    "; in complex 1/k times z rounds, half an eps, |z| is off by 9/4 and a quotient by 2.83 "
    "(Higham 2002, 3.6)"
)
GRADIENT = Routine(
    name="linalg.norm.gradient",
    call=f"{HERE}:norm",
    problems=arrays,
    complex_problems=partial(arrays, in_complex=True),
    reference=pullbacks.norm,
    rival=opinions.norm,
    audit=audited(opinions.norm),
    terms={**ROOTS, "beyond": "1.01*largest/huge"},
    excused="beyond",
    claims=(
        Claim(
            name="quotients",
            measure=entrywise_moduli(),
            bound="(squares + 1.01 + 3.3*complex)/(1 - 2*squares*eps)",
            unless="max(4*max(terms, squares)*eps, beyond)",
            only=partial(_are_squares, wanted=True),
            because="x / || x ||, of norms off by `squares` as those of linalg.norm: the slope of "
            "the root is half of a quotient, which rounds, and so does its product with x; twice "
            "of it is exact; a complex quotient is off by 2.83 eps, a product by 1.42 (3.6)",
        ),
        Claim(
            name="reaches the norm",
            measure=gap,
            bound="1.01*additions/(1 - 2*terms*eps) + 0.51 + (6 + 4.6)*complex",
            unless="max(4*terms*eps, beyond)",
            only=partial(_are_squares, wanted=False),
            because="<G, x> is || x || of every subgradient G (Rockafellar 1970, 23): of sums off "
            "by gamma of additions one is taken for the largest that is below it by twice that at "
            "most; k that are equally large get 1/k each, rounded once",
        ),
        Claim(
            name="dual norm",
            measure=beyond,
            bound="0.51 + 6*complex",
            unless="max(4*terms*eps, beyond)",
            only=partial(_are_squares, wanted=False),
            because="a subgradient has a dual norm of 1 at most: signs are exact, and k times 1/k, "
            "rounded once, is off by half an eps" + DIRECTIONS,
        ),
    ),
    faults=(
        *HALVES,
        NEGATED,
        CONJUGATED,
        Fault("1-norm for largest", _conjugate_order),
        Fault("last entries left out", _last_left_out),
        Fault("of half the square", _of_squares),
        Fault("every tie counts in full", _every_tie),
        Fault("without signs", _sizes),
        Fault("signs of both parts", _by_parts, complex=True),
    ),
    volume=0.4,  # each shape is traced and compiled
    pullback=True,
)

test_norm = verify(GRADIENT)

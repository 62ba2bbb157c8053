"""tf.norm, tf.linalg.normalize and global_norm: every order, vectors and matrices, every axis."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from hypothesis.strategies import SearchStrategy
from numpy.typing import NDArray

from properties.entries import entrywise_moduli
from properties.faults import coarse
from properties.placed import placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import magnitudes, numeric
from references.audits_numeric import audited

STRUCTURES = ("dense", "integers", "graded", "positive")


def _place(shape: tuple[int, ...], order: Any, axis: Any) -> Any:
    return (shape,), (("ord", order), ("axis", axis))


VECTORS = (
    _place((3,), "euclidean", -1), _place((8,), 1, 1), _place((3, 5), "inf", -1),
    _place((3, 5), "euclidean", 1), _place((5, 3), 2, -1), _place((3, 5), 3, -1),
)  # fmt: skip
MATRICES = (
    _place((3, 5), "euclidean", (-2, -1)), _place((3, 5), "fro", (1, 2)),
    _place((3, 5), 1, (-2, -1)), _place((5, 3), "inf", (1, 2)), _place((2, 3, 4), "inf", (3, 1)),
)  # fmt: skip
LARGE = (_place((257,), "euclidean", -1), _place((64,), 1, 1), _place((16, 16), "fro", (1, 2)))


def arrays(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """Arrays (B, ...), with the order of a norm and one axis, or two."""
    places = (*VECTORS, *MATRICES)
    return placed(depth, places, LARGE, in_complex=in_complex, structures=STRUCTURES, degree=1)


def rows(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """Arrays (B, ...), with the order of a norm and its axis."""
    return placed(
        depth, VECTORS[:-1], LARGE[:2], in_complex=in_complex, structures=STRUCTURES, degree=1
    )


def lists(depth: int) -> SearchStrategy[Problem]:
    """Two arrays (B, ...) of different shapes."""
    shapes = ((((3,), (2, 2)), ()), (((8,), (3,)), ()))
    return placed(depth, shapes, structures=STRUCTURES, degree=1)


def _are_squares(problem: Problem, *, wanted: bool) -> NDArray[np.bool_]:
    """Members of problems whose norm is a root of squares, or is not."""
    squares = problem.arguments["ord"] in ("euclidean", "fro", 2)
    return np.full(len(problem), squares == wanted)


SQUARES = (
    "squares and their sum are off by gamma_terms of what is a sum of positive numbers, of which "
    "the root takes half, and rounds by one eps at most (Higham 2002, 3.1)"
)
MODULI = "; moduli of complex numbers are off by 9/4 eps, their quotients by 3 (3.6)"
ROOTS = {
    "squares": "0.505*((terms + 3*complex)/2 + 2 + 2*complex)/(1 - (terms + 3*complex)*eps)",
}
TERMS = {**ROOTS, "moduli": "2.3*complex"}
CLAIMS = (
    Claim(
        name="squares",
        measure=entrywise_moduli(),
        bound="squares",
        unless="2*(terms + 3*complex)*eps",
        because=SQUARES,
        only=partial(_are_squares, wanted=True),
    ),
    Claim(
        name="other orders",
        measure=entrywise_moduli(),
        bound="max(0.505*additions/(1 - terms*eps)*(1 - powered*2/3) "
        "+ powered*(6 + 0.505*logarithm) + moduli, 0)",
        unless="2*terms*eps",
        because="a sum of positive numbers in any order is off by gamma_terms-1 of itself (Higham "
        "2002, 4.2), and the largest entry is what it is; of order 3, powers are within 4 eps of "
        "themselves, of which and of the sum a third remains, and 1/3 is off by eps/2 of itself, "
        "which is log(norm) times as much in the power" + MODULI,
        only=partial(_are_squares, wanted=False),
    ),
)


def _conjugate_order(tf, call, x, ord, axis):  # noqa: A002
    """The 1-norm for the largest, and the largest for the 1-norm."""
    return call(x, ord={1: "inf", "inf": 1}.get(ord, 1), axis=axis)


def _other_axis(tf, call, x, ord, axis):  # noqa: A002
    """Axes in opposite order: rows for columns."""
    if isinstance(axis, tuple):
        return call(x, ord={1: "inf", "inf": 1}.get(ord, ord), axis=axis)
    return call(tf.reverse(x, [-1]) * 2, ord=ord, axis=axis)


def _parts(tf, call, x, **arguments):
    """Of real parts alone."""
    return call(tf.cast(tf.math.real(x), x.dtype), **arguments)


def _mean(tf, call, x, ord, axis):  # noqa: A002
    """The root of the mean of squares, and means for sums."""
    return call(x, ord=ord, axis=axis) / 2


def _coarse_entries(tf, call, x, *others, **arguments):
    return call(coarse(tf, x), *others, **arguments)


def _coarse_answer(tf, call, *inputs, **arguments):
    found = call(*inputs, **arguments)
    return (
        tuple(coarse(tf, part) for part in found) if isinstance(found, tuple) else coarse(tf, found)
    )


def _last_left_out(tf, call, x, *others, **arguments):
    """The last entry along the last axis does not count."""
    kept = tf.concat([x[..., :-1], tf.zeros_like(x[..., -1:])], -1)
    return call(kept, *others, **arguments)


COMMON = (
    Fault("half the digits", _coarse_entries),
    Fault("half the digits of the answer", _coarse_answer),
    Fault("last entries left out", _last_left_out),
    Fault("real parts alone", _parts, complex=True),
)
HERE = "properties.linalg.calls"
NORM = Routine(
    name="linalg.norm",
    call=f"{HERE}:norm",
    problems=arrays,
    complex_problems=partial(arrays, in_complex=True),
    reference=magnitudes.norm,
    rival=numeric.norm,
    audit=audited("norm"),
    terms=TERMS,
    claims=CLAIMS,
    faults=(*COMMON, Fault("1-norm for largest", _conjugate_order), Fault("mean", _mean)),
    volume=0.6,
)
NORMALIZE = Routine(
    name="linalg.normalize",
    call=f"{HERE}:normalize",
    problems=rows,
    complex_problems=partial(rows, in_complex=True),
    reference=magnitudes.normalize,
    rival=numeric.normalize,
    audit=audited("normalize"),
    terms=TERMS,
    claims=(
        Claim(
            name="quotients",
            measure=entrywise_moduli(0),
            bound="(squares + 0.505*additions + moduli + 1 + 2*complex)/(1 - 2*squares*eps)",
            unless="4*max(terms, squares)*eps",
            because="the error of the norm, by squares or by sums, and one division" + MODULI,
        ),
        Claim(
            name="norms",
            measure=entrywise_moduli(1),
            bound="squares + 0.505*additions + moduli",
            unless="2*terms*eps",
            because=SQUARES + "; sums by gamma_terms-1" + MODULI,
        ),
    ),
    faults=(*COMMON, Fault("1-norm for largest", _conjugate_order)),
    volume=0.4,
)
GLOBAL_NORM = Routine(
    name="linalg.global_norm",
    call=f"{HERE}:global_norm",
    problems=lists,
    reference=magnitudes.global_norm,
    rival=numeric.global_norm,
    audit=audited("global_norm"),
    terms=ROOTS,
    claims=(
        Claim(
            name="squares",
            measure=entrywise_moduli(),
            bound="squares",
            unless="2*terms*eps",
            because=SQUARES,
        ),
    ),
    faults=(
        *COMMON,
        Fault("first array alone", lambda tf, call, x, y: call(x, tf.zeros_like(y))),
        Fault("sum of norms", lambda tf, call, x, y: call(x, x * 0) + call(x * 0, y)),
    ),
    volume=0.3,
)

test_norm = verify(NORM)
test_normalize = verify(NORMALIZE)
test_global_norm = verify(GLOBAL_NORM)

"""Every measure against errors of exactly k eps: one table, at every scale.

A row makes an answer that is off by k eps in a way that its measure is about, and says what the
measure is then, as a rational or as the square of what is a root of one. Answers without a number
in them, and errors of nothing at all, have the same table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pytest

from properties import measures
from properties.calculus import errors
from properties.dtypes import FLOAT32, FLOAT64, Dtype
from properties.linalg import cholesky, det, eigh, inv, lstsq, qr, slogdet, solve, svd
from properties.math import reduce_logsumexp
from properties.nn import log_softmax, softmax
from properties.routine import Case, Problem
from references.interval import Interval
from references.truth import Enclosure, Truth
from tests.test_measures import SIZES, SLICED, contains, contains_root, one

SCALES = (0, -1, 7, -100, 100)  # log2, and the ends of the dtype's range
NOTHING = 1e-100  # what the root of an interval around zero may reach, in eps
EYE, ORDER = np.eye(2), {"axis": -1}


class Made(NamedTuple):
    """Inputs, arrays of the answer and of the truth, one member of each; keyword arguments."""

    inputs: Sequence[object]
    answer: Sequence[object]
    truth: Sequence[object] = ()
    arguments: dict[str, object] = {}  # noqa: RUF012 (never changed)


class Row(NamedTuple):
    """`made(t, s)`: an error of t, at a scale of s. `expected(k, eps, s)`: what is measured then.

    `root`: what is expected is the square of it. `scales`: whether s may be other than 1;
    `reach`: the part of the exponents of the dtype that s may have. `rounded`: a quotient that is
    taken for exact, as the bound is zero and all that counts is whether it is.
    """

    measure: Callable[[Case], Interval]
    made: Callable[[float, float], Made]
    expected: Callable[[Fraction, Fraction, Fraction], Fraction]
    root: bool = False
    scales: bool = True
    reach: int = 1
    rounded: bool = False


def grown(t: float, s: float) -> list[list[float]]:
    return [[s * (1 + t), 0.0], [0.0, 2 * s]]


def norm(t: float, s: float) -> Made:
    """A column of which the larger entry is off."""
    return Made([], [[[s * (1 + t)], [s / 2]]], [[[1.0], [0.5]]])


def spectrum(t: float, s: float) -> Made:
    """A diagonal matrix of which the smaller eigenvalue is off."""
    w = [s * (1 + t), 2 * s]
    return Made([np.diag([s, 2 * s])], [w, EYE], [[1.0, 2.0], EYE])


def turned(t: float, s: float) -> Made:
    """The second eigenvector turned towards the first by an angle of t."""
    return Made([np.diag([s, 2 * s])], [[s, 2 * s], [[1.0, t], [0.0, 1.0]]], [[1.0, 2.0], EYE])


def long(t: float, s: float) -> Made:
    """The first column of an orthogonal factor too long; left and right, with values before."""
    q = np.diag([1 + t, 1.0])
    return Made([EYE * s], [q, q, q])


def decomposed(t: float, s: float) -> Made:
    return Made([np.diag([2 * s, s])], [[2 * s, s * (1 + t)], EYE, EYE], [[2.0, 1.0], EYE, EYE])


def factored(t: float, s: float) -> Made:
    return Made([[[s]]], [[[1.0]], [[s * (1 + t)]]], [[[1.0]], [[1.0]]])


def root_of(t: float, s: float) -> Made:
    return Made([[[s * s]]], [[[s * (1 + t)]]], [[[1.0]]])


TABLE = {
    "matrixwise": Row(measures.matrixwise, norm, lambda k, e, s: k),
    "columnwise": Row(measures.columnwise, norm, lambda k, e, s: k),
    "columnwise euclidean": Row(
        measures.columnwise_euclidean, norm, lambda k, e, s: k**2 / Fraction(5, 4), root=True
    ),
    "frobenius": Row(measures.frobenius, norm, lambda k, e, s: k**2 / Fraction(5, 4), root=True),
    "absolute": Row(
        measures.absolute(), lambda t, s: Made([], [[s * (1 + t)]], [[1.0]]), lambda k, e, s: k * s,
        reach=2,
    ),
    "solve backward": Row(
        solve.backward, lambda t, s: Made([[[s]], [[s]]], [[[1 + t]]]),
        lambda k, e, s: k / (2 + k * e),
    ),
    "inv backward": Row(
        inv.backward, lambda t, s: Made([[[s]]], [[[(1 + t) / s]]]), lambda k, e, s: k / (1 + k * e)
    ),
    "lstsq gradient": Row(
        lstsq.gradient, lambda t, s: Made([[[s]], [[s]]], [[[1 + t]]]),
        lambda k, e, s: k / (2 + k * e),
    ),
    "eigh residual": Row(eigh.residuals, spectrum, lambda k, e, s: k**2 / 5, root=True),
    "eigh values": Row(eigh.values, spectrum, lambda k, e, s: k**2 / 5, root=True),
    "eigh vectors": Row(eigh.vectors, turned, lambda k, e, s: k**2 / 5, root=True),
    "eigh orthogonality": Row(eigh.orthogonality, long, lambda k, e, s: 2 * k + k**2 * e),
    "eigh ascending": Row(
        eigh.ascending, lambda t, s: Made([], [[s, s * (1 - t)]]), lambda k, e, s: k
    ),
    "svd reconstruction": Row(svd.reconstruction, decomposed, lambda k, e, s: k**2 / 5, root=True),
    "svd values": Row(svd.values, decomposed, lambda k, e, s: k**2 / 5, root=True),
    "svd left": Row(svd.left_orthogonality, long, lambda k, e, s: 2 * k + k**2 * e),
    "svd right": Row(svd.right_orthogonality, long, lambda k, e, s: 2 * k + k**2 * e),
    "svd descending": Row(
        svd.descending, lambda t, s: Made([], [[s * (1 - t), s]]), lambda k, e, s: k
    ),
    "cholesky residual": Row(
        cholesky.residual, root_of, lambda k, e, s: 2 * k + k**2 * e, reach=2
    ),
    "cholesky forward": Row(cholesky.by_rows, root_of, lambda k, e, s: k, reach=2),
    "cholesky zeros": Row(
        cholesky.zeros, lambda t, s: Made([], [[[s, s * t], [0.0, s]]]), lambda k, e, s: k
    ),
    "qr residual": Row(qr.residual, factored, lambda k, e, s: k),
    "qr orthogonality": Row(qr.orthogonality, long, lambda k, e, s: 2 * k + k**2 * e),
    "qr zeros": Row(
        qr.zeros, lambda t, s: Made([], [EYE, [[s, 0.0], [s * t, s]]]), lambda k, e, s: k
    ),
    "qr triangle": Row(qr.triangle, factored, lambda k, e, s: k),
    "slogdet sign": Row(
        slogdet.sign, lambda t, s: Made([], [1 + t, s], [1.0, 1.0]), lambda k, e, s: k, scales=False
    ),
    "slogdet logarithm": Row(
        measures.absolute(1), lambda t, s: Made([], [1.0, s * (1 + t)], [1.0, 1.0]),
        lambda k, e, s: k * s, reach=2,
    ),
    "det forward": Row(
        det.forward, lambda t, s: Made([], [1 + t], [1.0]), lambda k, e, s: k, scales=False
    ),
    "derivatives entrywise": Row(
        errors.absolute, lambda t, s: Made([], [[[s * (1 + t)]]], [[[1.0]]]),
        lambda k, e, s: k * s, reach=2,
    ),
    "derivatives normwise": Row(
        errors.normwise, lambda t, s: Made([], [grown(t, s)], [[[1.0, 0.0], [0.0, 2.0]]]),
        lambda k, e, s: k / 2,
    ),
    "hessian asymmetry": Row(
        errors.asymmetry, lambda t, s: Made([], [[[0.0, s], [s * (1 + t), 0.0]]]),
        lambda k, e, s: k * s, reach=2,
    ),
    "softmax mass": Row(
        softmax.mass, lambda t, s: Made([[1.0, 2.0]], [[0.5, 0.5 + t]], (), ORDER),
        lambda k, e, s: k, scales=False,
    ),
    "log_softmax order": Row(
        log_softmax.order, lambda t, s: Made([[1.0, 2.0]], [[-s, -s * (1 + t)]], (), ORDER),
        lambda k, e, s: k / (1 + k * e), rounded=True,
    ),
    "logsumexp floor": Row(
        reduce_logsumexp.below_largest,
        lambda t, s: Made([[s, 0.0]], [s - max(s, 1.0) * t], (), {**ORDER, "keepdims": False}),
        lambda k, e, s: k,
    ),
}  # fmt: skip
every_row = pytest.mark.parametrize("name", TABLE)
both = pytest.mark.parametrize("dtype", [FLOAT32, FLOAT64], ids=lambda dtype: dtype.name)


def case(made: Made, dtype: Dtype, exponent: int) -> Case:
    """One member. Arrays of a truth near 1 that the scale is of have its exponent."""
    stacks = [np.asarray(part, np.float64)[None] for part in (*made.inputs, *made.answer)]
    inputs, answer = stacks[: len(made.inputs)], stacks[len(made.inputs) :]
    parts = []
    for part, got in zip(made.truth, answer, strict=False):
        hi = np.asarray(part, np.float64)[None]
        scaled = bool(np.abs(got).max() > 2.0**20 or np.abs(got).max() < 2.0**-20)
        near = np.abs(got).max() > 1.5 * np.abs(hi).max() or np.abs(got).max() < np.abs(hi).max()
        power = exponent if scaled or near else 0
        parts.append(Enclosure(hi, 0 * hi, 0 * hi, np.array([power])))
    problem = Problem(tuple(inputs), {"n": 2}, {}, (), made.arguments)
    return Case(
        problem, tuple(answer), Truth(tuple(parts), {}, np.ones(1, bool), ("hand",)), dtype, "eager"
    )


def exponents(row: Row, dtype: Dtype) -> list[int]:
    """The scales of a row, the ends of the range among them, as far as its squares go."""
    if not row.scales:
        return [0]
    low, high = dtype.min_exponent // row.reach + 2, dtype.max_exponent // row.reach - 2
    return [*(e for e in SCALES if low <= e <= high), low, high]


@both
@every_row
def test_an_error_of_k_eps_measures_as_k(name, dtype):
    row, eps = TABLE[name], Fraction(dtype.eps)
    for exponent in exponents(row, dtype):
        for k in SIZES:
            made = row.made(k * dtype.eps, 2.0**exponent)
            expected = row.expected(Fraction(k), eps, Fraction(2) ** exponent)
            found = row.measure(case(made, dtype, exponent))
            told = (k, exponent, one(found), float(expected))
            if row.rounded:
                assert abs(Fraction(one(found)[0]) / expected - 1) < Fraction(1, 2**50), told
            else:
                assert (contains_root if row.root else contains)(found, expected, SLICED), told


@both
@every_row
def test_no_error_measures_as_zero(name, dtype):
    row = TABLE[name]
    for exponent in exponents(row, dtype):
        found = row.measure(case(row.made(0.0, 2.0**exponent), dtype, exponent))
        lower, upper = one(found)
        assert lower == 0 and upper < NOTHING, (exponent, upper)


# Which of two entries is larger is no question where one is no number; finite answers alone reach
# these, and the others are honesty's.
COMPARISONS = (
    "eigh ascending", "svd descending", "cholesky zeros", "qr zeros", "log_softmax order",
    "logsumexp floor",
)  # fmt: skip


@pytest.mark.parametrize("what", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", [name for name in TABLE if name not in COMPARISONS])
def test_what_is_no_number_never_measures_as_little(name, what):
    """Answers of this kind are honesty's; were one measured, no bound would hold it."""
    row = TABLE[name]
    sound = row.made(0.0, 1.0)
    wrong = row.made(FLOAT64.eps, 1.0)
    with np.errstate(all="ignore"):
        answer = [
            np.where(np.asarray(was) == np.asarray(now), now, what)
            for was, now in zip(sound.answer, wrong.answer, strict=True)
        ]
        upper = one(row.measure(case(wrong._replace(answer=answer), FLOAT64, 0)))[1]
    assert not upper < 1 / FLOAT64.eps, upper


@pytest.mark.parametrize("power", [-1074, -1060, -1040])
@pytest.mark.parametrize("name", ["matrixwise", "columnwise", "frobenius", "eigh values"])
def test_subnormal_answers_measure_as_what_is_left_of_them(name, power):
    """One unit in the last place of a subnormal number, 2^-1074, is 2^(-1074 - power) of it."""
    row, t = TABLE[name], 2.0 ** (-1074 - power)
    made = row.made(t, 2.0**power) if t < 1 else row.made(1.0, 2.0**power)
    k = Fraction(min(t, 1.0)) / Fraction(FLOAT64.eps)
    if name in ("matrixwise", "columnwise", "frobenius"):  # half of the scale is a number too
        made = made._replace(answer=[[[2.0**power * (1 + min(t, 1.0))], [0.0]]],
                             truth=[[[1.0], [0.0]]])  # fmt: skip
        expected = k**2 if row.root else k
    else:
        expected = row.expected(k, Fraction(FLOAT64.eps), Fraction(2) ** power)
    found = row.measure(case(made, FLOAT64, power))
    assert (contains_root if row.root else contains)(found, expected, SLICED), one(found)

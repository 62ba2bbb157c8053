"""Measures against answers whose errors are known exactly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest

from properties import measures
from properties.dtypes import FLOAT32, FLOAT64, Dtype
from properties.linalg import svd
from properties.linalg.eigh import orthogonality, residuals, values
from properties.linalg.inv import backward as backward_of_inverse
from properties.linalg.lstsq import gradient
from properties.linalg.solve import backward as backward_of_solution
from properties.routine import Array, Case, Problem
from references.interval import Interval, largest
from references.truth import Enclosure, Truth

SIZES = [2**i for i in range(11)]  # errors in eps
SCALES = [0, -1, 7, -100, 100]  # log2 of the answer, in the range of every wide dtype
SLICED = 1e-4  # of residuals of one or two 2^-53, in which exact products cancel
NORMS = {
    "entrywise": measures.entrywise(),
    "matrixwise": measures.matrixwise,
    "columnwise": measures.columnwise,
    "columnwise euclidean": measures.columnwise_euclidean,
    "frobenius": measures.frobenius,
}
every_norm = pytest.mark.parametrize("name", NORMS)


def case(
    inputs: Sequence[Array],
    answer: Sequence[Array],
    true: Array | None = None,
    *,
    exponent: int = 0,
    radius: float = 0.0,
    dtype: Dtype = FLOAT32,
    **arguments: object,
) -> Case:
    """One member: exact inputs, an answer, and a truth times 2^exponent; axes as in one call."""
    stack = tuple(np.asarray(part, np.float64)[None] for part in answer)
    exact = stack[0] if true is None else np.asarray(true, np.float64)[None]
    zero = np.zeros_like(exact)
    part = Enclosure(exact, zero, zero + radius, np.array([exponent]))
    return Case(
        Problem(tuple(np.asarray(a, np.float64)[None] for a in inputs), {}, {}, (), arguments),
        stack,
        Truth((part,), {}, np.array([True]), ("hand",)),
        dtype,
        "eager",
    )


def one(interval: Interval) -> tuple[float, float]:
    """Both ends of the largest entry of the only member."""
    worst = largest(interval) if interval.upper.ndim > 1 else interval
    return float(worst.lower[0]), float(worst.upper[0])


def contains(interval: Interval, exact: Fraction, slack: float = 1e-10) -> bool:
    """Whether the interval of the only member holds a rational, and is tight."""
    lower, upper = one(interval)
    inside = Fraction(lower) <= exact <= Fraction(upper)
    return inside and upper - lower <= slack * float(exact)


def contains_root(interval: Interval, square: Fraction, slack: float = 1e-10) -> bool:
    """The same for the square root of a rational."""
    lower, upper = one(interval)
    inside = Fraction(lower) ** 2 <= square <= Fraction(upper) ** 2
    return inside and upper - lower <= slack * upper


def exact_matrix(array: Array) -> list[list[Fraction]]:
    """A matrix of rationals."""
    return [[Fraction(x) for x in row] for row in np.asarray(array).tolist()]


def times(a: list[list[Fraction]], b: list[list[Fraction]]) -> list[list[Fraction]]:
    """The exact product."""
    columns = list(zip(*b, strict=True))
    return [[sum(map(Fraction.__mul__, row, column)) for column in columns] for row in a]


def minus(a: list[list[Fraction]], b: list[list[Fraction]]) -> list[list[Fraction]]:
    """The exact difference."""
    return [[x - y for x, y in zip(*rows, strict=True)] for rows in zip(a, b, strict=True)]


def row_sum(a: list[list[Fraction]]) -> Fraction:
    """The infinity norm."""
    return max(sum(map(abs, row), Fraction(0)) for row in a)


def squares(a: list[list[Fraction]]) -> Fraction:
    """The square of the Frobenius norm."""
    return sum((x * x for row in a for x in row), Fraction(0))


# Errors of k eps.


@every_norm
@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT64], ids=lambda dtype: dtype.name)
@pytest.mark.parametrize("scale", [*SCALES, "smallest", "largest"])
def test_an_error_of_k_eps_measures_as_k(name, dtype, scale):
    ends = {"smallest": dtype.min_exponent, "largest": dtype.max_exponent}
    exponent = ends.get(scale, scale)
    truth = np.array([[1.0, 0.0], [0.0, -1.0]])
    for k in SIZES:
        answer = np.ldexp(truth * (1 + k * dtype.eps), exponent)
        measured = NORMS[name](case([], [answer], truth, exponent=exponent, dtype=dtype))
        lost = 1 / dtype.eps if name == "entrywise" and scale == "smallest" else 0
        if lost > 0:  # one underflow is forgiven entry by entry
            assert one(measured) == (0.0, 0.0)
        else:
            forgiven = Fraction(dtype.tiny) / Fraction(2) ** exponent / Fraction(dtype.eps)
            exact = max(Fraction(k) - (forgiven if name == "entrywise" else 0), Fraction(0))
            assert contains(measured, exact), (k, one(measured))


def test_the_tail_of_a_truth_counts():
    made = case([], [[[1.0]]], [[1.0]], dtype=FLOAT64)
    tail = Enclosure(np.ones((1, 1, 1)), np.full((1, 1, 1), 2.0**-55), np.zeros((1, 1, 1)),
                     np.zeros(1, np.int64))  # fmt: skip
    made = Case(made.problem, made.answer, Truth((tail,), {}, made.truth.exists, ("hand",)),
                FLOAT64, "eager")  # fmt: skip
    exact = Fraction(1, 8) / (1 + Fraction(2) ** -55)
    assert contains(measures.frobenius(made), exact)


def test_a_radius_opens_the_interval_by_itself():
    measured = measures.matrixwise(
        case([], [[[1.0 + 4 * FLOAT32.eps]]], [[1.0]], radius=FLOAT32.eps)
    )
    lower, upper = one(measured)
    assert 2.99 < lower < 3.0001 and 4.999 < upper < 5.01


@every_norm
def test_no_error_is_zero_even_of_zero(name):
    assert one(NORMS[name](case([], [[[0.0]]], [[0.0]]))) == (0.0, 0.0)
    third = [[1 / 3, 0.0], [5.0, 0.1]]
    assert one(NORMS[name](case([], [third], third, dtype=FLOAT64))) == (0.0, 0.0)


@every_norm
def test_something_instead_of_zero_has_no_finite_error(name):
    lower, upper = one(NORMS[name](case([], [[[1.0]]], [[0.0]])))
    assert upper == math.inf
    assert lower > 1 / FLOAT32.eps


def test_entries_that_underflow_are_forgiven_and_larger_ones_are_not():
    tiny = FLOAT32.tiny
    truth = [1.0, 0.0, 0.0]  # of which the last two are exactly zero, and so may be tiny
    measured = measures.entrywise()(case([], [[1.0, tiny, 2 * tiny]], truth))
    assert measured.upper[0, :2].tolist() == [0.0, 0.0]
    assert measured.upper[0, 2] == math.inf


@every_norm
def test_an_answer_out_of_the_range_of_its_truth_is_far(name):
    lower, _ = one(NORMS[name](case([], [[[1e300]]], [[1.0]], exponent=-1000, dtype=FLOAT64)))
    assert lower > 2.0**500  # squares saturate at the largest number


@every_norm
def test_nothing_is_known_where_nothing_is_proved(name):
    lower, upper = one(NORMS[name](case([], [[[1.0]]], [[0.0]], radius=np.inf)))
    assert (lower, upper) == (0.0, np.inf)


def test_columns_are_measured_by_themselves():
    truth = [[1.0, 2.0**-40], [0.0, 0.0]]
    answer = [[1.0, 2.0**-40 * (1 + 8 * FLOAT32.eps)], [0.0, 0.0]]
    assert contains(measures.columnwise(case([], [answer], truth)), Fraction(8))
    assert contains(measures.columnwise_euclidean(case([], [answer], truth)), Fraction(8))
    assert one(measures.matrixwise(case([], [answer], truth)))[1] < 1e-10


# Residuals, against rationals.

A = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, -2.0], [0.25, -2.0, 5.0]])
SHIFTS = pytest.mark.parametrize("by", [(0, 0), (-500, 300), (1000, -20), (-1000, -60)])


@SHIFTS
@pytest.mark.parametrize("adjoint", [False, True])
def test_backward_error_of_a_solution(by, adjoint):
    b = np.array([[1.0], [2.0], [-0.125]])
    x = np.linalg.solve(A.T if adjoint else A, b)
    a, right, answer = exact_matrix(A.T if adjoint else A), exact_matrix(b), exact_matrix(x)
    norm = max(abs(entry[0]) for entry in minus(right, times(a, answer)))
    size = row_sum(a) * row_sum(answer) + row_sum(right)
    measured = backward_of_solution(
        case(
            [np.ldexp(A, by[0]), np.ldexp(b, by[1])],
            [np.ldexp(x, by[1] - by[0])] if abs(by[1] - by[0]) < 960 else [x * 0],
            dtype=FLOAT64,
            adjoint=adjoint,
        )
    )
    if abs(by[1] - by[0]) < 960:
        assert contains(measured, norm / size / Fraction(FLOAT64.eps), SLICED)
    else:  # the answer underflows: nothing is left of it
        assert contains(measured, 1 / Fraction(FLOAT64.eps))


@SHIFTS
def test_backward_error_of_an_inverse(by):
    x = np.linalg.inv(A)
    a, answer = exact_matrix(A), exact_matrix(x)
    identity = exact_matrix(np.eye(3))
    sides = [row_sum(minus(identity, times(*pair))) for pair in ((a, answer), (answer, a))]
    exact = min(sides) / (row_sum(a) * row_sum(answer)) / Fraction(FLOAT64.eps)
    made = case([np.ldexp(A, by[0])], [np.ldexp(x, -by[0])], dtype=FLOAT64)
    assert contains(backward_of_inverse(made), exact, SLICED)


def test_residual_orthogonality_and_values_of_eigenvectors():
    symmetric = (A + A.T) / 2
    with_garbage = symmetric + np.triu(np.full((3, 3), 9.0), 1)
    w, v = np.linalg.eigh(symmetric)
    a, vectors = exact_matrix(symmetric), exact_matrix(v)
    off = minus(times(a, vectors), times(vectors, exact_matrix(np.diag(w))))
    made = case([with_garbage], [w, v], w, dtype=FLOAT64)
    eps = Fraction(FLOAT64.eps)
    assert contains_root(residuals(made), squares(off) / squares(a) / eps**2, SLICED)
    gram = times(exact_matrix(v.T), vectors)
    exact = squares(minus(gram, exact_matrix(np.eye(3)))) / eps**2
    assert contains_root(orthogonality(made), exact, SLICED)
    made = case([with_garbage], [w + np.array([0, 3 * FLOAT64.eps, 0]), v], w, dtype=FLOAT64)
    change = Fraction(w[1] + 3 * FLOAT64.eps) - Fraction(w[1])
    assert contains_root(values(made), change**2 / squares(a) / eps**2, 1e-9)


@SHIFTS
def test_reconstruction_orthogonality_and_values_of_singular_vectors(by):
    tall = np.hstack([A, A[:, :1] ** 2 + 1.0]).T
    u, s, across = np.linalg.svd(tall)
    s[1] += 3 * FLOAT64.eps
    eps = Fraction(FLOAT64.eps)
    a, thin = exact_matrix(tall), exact_matrix(u[:, :3])
    built = times(times(thin, exact_matrix(np.diag(s))), exact_matrix(across))
    answer = [np.ldexp(s, by[0]), u, across.T]
    made = case([np.ldexp(tall, by[0])], answer, np.ldexp(s, by[0]), dtype=FLOAT64)
    off = squares(minus(a, built)) / squares(a) / eps**2
    assert contains_root(svd.reconstruction(made), off, SLICED)
    for measure, q in ((svd.left_orthogonality, u), (svd.right_orthogonality, across.T)):
        gram = times(exact_matrix(q.T), exact_matrix(q))
        exact = squares(minus(gram, exact_matrix(np.eye(len(q))))) / eps**2
        assert contains_root(measure(made), exact, SLICED)
    known = s - np.array([0, 4 * FLOAT64.eps, 0])
    made = case([np.ldexp(tall, by[0])], answer, np.ldexp(known, by[0]), dtype=FLOAT64)
    change = Fraction(s[1]) - Fraction(known[1])
    assert contains_root(svd.values(made), change**2 / squares(a) / eps**2, 1e-9)
    assert one(svd.descending(made)) == (0.0, 0.0)
    made = case([tall], [np.array([1.0, 2.0, -0.5])], s, dtype=FLOAT64)
    assert one(svd.descending(made)) == (0.5 / FLOAT64.eps,) * 2


def test_gradient_of_least_squares():
    a = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.5]])
    b = np.array([[1.0], [-1.0], [2.0]])
    x = np.linalg.lstsq(a, b, rcond=None)[0]
    exact_a, exact_b, answer = exact_matrix(a), exact_matrix(b), exact_matrix(x)
    slope = times(exact_matrix(a.T), minus(exact_b, times(exact_a, answer)))
    lower, upper = one(gradient(case([a, b], [x], dtype=FLOAT64)))
    norm_a, norm_x, norm_b = (math.sqrt(squares(m)) for m in (exact_a, answer, exact_b))
    expected = math.sqrt(squares(slope)) / (norm_a * (norm_a * norm_x + norm_b)) / FLOAT64.eps
    assert lower <= expected * (1 + 1e-14) and expected * (1 - 1e-14) <= upper
    assert upper - lower <= SLICED * upper

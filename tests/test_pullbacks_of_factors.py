"""Gradients of factors, norms, exponentials and least squares, against rationals and by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from flint import fmpq, fmpq_mat

from properties.dtypes import FLOAT64
from properties.protocol import Request
from properties.registry import routines
from properties.routine import Case, Problem
from properties.workers import Worker
from references import (
    pullbacks_of_exponentials,
    pullbacks_of_factors,
    pullbacks_of_least_squares,
    pullbacks_of_norms,
)
from references.audits import disagreement
from references.truth import Enclosure
from tests.test_pullbacks import A, W, holds, rational


def test_factors_of_definite_matrices_by_rationals():
    lower = np.tril(A)
    lower[2, 2] = 3.0
    read = np.tril(lower @ lower.T) + np.triu(np.full((3, 3), 77.0), 1)
    middle = rational(lower.T) * rational(np.tril(W))
    half = fmpq_mat(3, 3, [middle[i, j] / (1 + (i == j)) * (i >= j) for i in range(3)
                           for j in range(3)])  # fmt: skip
    inverse = rational(lower).inv()
    whole = inverse.transpose() * (half + half.transpose()) * inverse
    found = pullbacks_of_factors.cholesky(read[None], W[None])
    assert holds(found.parts[0], whole / 2)
    assert not pullbacks_of_factors.cholesky(-read[None], W[None]).exists[0]


def test_factors_of_complex_matrices_move_as_their_pullback_says():
    """Re <G, dA> is Re <W, dL> for Hermitian dA, by differences of NumPy's factors."""
    chance = np.random.default_rng(5)
    x, w, d = chance.standard_normal((3, 4, 4)) + 1j * chance.standard_normal((3, 4, 4))
    a, d = x @ x.conj().T + np.eye(4), (d + d.conj().T) / 2
    part = pullbacks_of_factors.cholesky(a[None], w[None]).parts[0]
    moved = np.vdot((part.hi[0] + part.lo[0]) * 2.0 ** part.exponent[0], d).real
    step = 2.0**-16
    ends = [np.vdot(w, np.linalg.cholesky(a + sign * step * d)).real for sign in (1, -1)]
    assert abs(moved - (ends[0] - ends[1]) / (2 * step)) < 1e-7 * np.linalg.norm(w)


@pytest.mark.parametrize("regulariser", [0.0, 0.25])
@pytest.mark.parametrize("wide", [False, True])
def test_least_squares_move_by_rationals(wide, regulariser):
    """The slopes of all entries, from what the solution becomes of a small change of each."""
    a, b = (A[:2], W[:2, :2]) if wide else (A[:, :2], W[:, :2])
    above = W[: a.shape[1], 1:]
    found = pullbacks_of_least_squares.lstsq(
        a[None], b[None], above[None], l2_regularizer=regulariser
    )
    step = fmpq(1, 10**40)
    for given, part in ((0, found.parts[0]), (1, found.parts[1])):
        for place in np.ndindex((a, b)[given].shape):
            ends = []
            for sign in (1, -1):
                sides = [rational(a), rational(b)]
                sides[given][place] += sign * step
                ends.append(
                    _weighted(*sides, rational(above), fmpq(*regulariser.as_integer_ratio()))
                )
            exact = fmpq_mat(1, 1, [(ends[0] - ends[1]) / (2 * step)])
            at = (slice(None), slice(place[0], place[0] + 1), slice(place[1], place[1] + 1))
            entry = Enclosure(part.hi[at], part.lo[at], part.radius[at] + 1e-30, part.exponent)
            assert holds(entry, exact)


def _weighted(a: fmpq_mat, b: fmpq_mat, above: fmpq_mat, damping: fmpq) -> fmpq:
    """The sum of `above` times the solution of least squares, exactly."""
    n = a.ncols()
    ridge = fmpq_mat(n, n, [damping * (i == j) for i in range(n) for j in range(n)])
    if a.nrows() < n:
        m = a.nrows()
        ridge = fmpq_mat(m, m, [damping * (i == j) for i in range(m) for j in range(m)])
        x = a.transpose() * (a * a.transpose() + ridge).inv() * b
    else:
        x = (a.transpose() * a + ridge).inv() * a.transpose() * b
    pairs = zip(x.entries(), above.entries(), strict=True)
    return sum((one * two for one, two in pairs), fmpq(0))


def test_the_exponential_of_a_nilpotent_matrix_moves_by_rationals():
    """Taylor's sum of the derivative ends with it: sums of A^i W A^j / (i + j + 1)!."""
    a = np.triu(A, 1)
    turned, w, total = rational(a.T), rational(W), fmpq_mat(3, 3)
    power = [fmpq_mat(3, 3, [int(i == j) for i in range(3) for j in range(3)]), turned]
    power.append(turned * turned)
    for i in range(3):
        for j in range(3):
            total += power[i] * w * power[j] / math.factorial(i + j + 1)
    found = pullbacks_of_exponentials.expm(a[None], W[None])
    assert holds(found.parts[0], total)
    assert np.isfinite([found.quantities[name].upper[0] for name in found.quantities]).all()


@pytest.mark.parametrize(
    ("order", "axis", "expected"),
    [
        ("euclidean", (1, 2), [[0.5, -0.5], [0.5, 0.5]]),
        (1, -1, [[1.0, -1.0], [1.0, 1.0]]),
        ("inf", 1, [[1.0, -1.0], [0.0, 0.0]]),  # the first of two that are equally large
        (1, (1, 2), [[1.0, 0.0], [1.0, 0.0]]),
        ("inf", (1, 2), [[1.0, -1.0], [0.0, 0.0]]),
        ("inf", (2, 1), [[1.0, 0.0], [1.0, 0.0]]),
    ],
)
def test_norms_have_known_gradients(order, axis, expected):
    a = np.array([[[3.0, -3.0], [3.0, 3.0]]])
    found = pullbacks_of_norms.norm(a, ord=order, axis=axis)
    assert holds(found.parts[0], rational(np.array(expected)))
    audited = routines()["linalg.norm.gradient"].audit(a[0], ord=order, axis=axis)
    assert disagreement(audited, found, 0) == 0
    zero = pullbacks_of_norms.norm(0 * a, ord=order, axis=axis)
    assert zero.exists[0] == (order != "euclidean")


def test_of_equal_norms_any_mean_of_signs_is_a_gradient():
    """And no other: the claims of norms with corners, on answers made by hand."""
    x, routine = np.array([[3.0, -3.0, 1.0]]), routines()["linalg.norm.gradient"]
    given = Problem((x,), {"n": 3}, {}, (), {"ord": "inf", "axis": -1})
    truth = routine.reference(x, ord="inf", axis=-1)
    judged = {claim.name: claim.measure for claim in routine.claims}
    for answer, right in (
        ([0.5, -0.5, 0.0], True), ([1.0, 0.0, 0.0], True), ([0.25, -0.75, 0.0], True),
        ([0.5, 0.5, 0.0], False), ([0.0, 0.0, 1.0], False), ([1.0, -1.0, 0.0], False),
        ([2.0, 1.0, 0.0], False),
    ):  # fmt: skip
        case = Case(given, (np.array([answer]),), truth, FLOAT64, "eager")
        errors = [judged[name](case) for name in ("reaches the norm", "dual norm")]
        assert all(error.upper[0] <= 0.1 for error in errors) == right
        assert any(error.lower[0] > 1e6 for error in errors) != right


def test_large_stacks_of_tall_complex_matrices_get_another_gradient():
    """`law-lstsq-gradient-alone` of the ledger: where this fails, TensorFlow has mended it."""
    inputs = ([[1 + 1j, 0.5], [0.25j, 2], [1, -1j]], [[1], [1j], [2]], [[1j], [1]])
    worker = Worker()
    try:
        alone, copied = (
            worker.ask(
                Request(
                    call=routines()["linalg.lstsq.gradient"].call,
                    fault=None,
                    mode="eager",
                    device="CPU:0",
                    dtype="complex128",
                    arguments={"l2_regularizer": 0.0},
                    inputs=tuple(np.array([x] * copies, complex) for x in inputs),
                )
            ).arrays[0][0]
            for copies in (1, 6000)
        )
    finally:
        worker.stop()
    stacks = (np.array([x], complex) for x in inputs)
    true = pullbacks_of_least_squares.lstsq(*stacks, l2_regularizer=0.0).parts[0].hi[0]
    assert np.abs(alone - true).max() < 1e-13
    assert np.abs(copied - true).max() > 0.5

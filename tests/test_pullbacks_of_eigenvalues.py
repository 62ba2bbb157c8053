"""Gradients of eigenvalues and of three diagonals: by hand, rationals, differences and mpmath."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from properties import recipes
from properties.protocol import Request
from properties.registry import routines
from properties.workers import Worker
from references import pullbacks_of_eigenvalues
from references.audits import disagreement
from references.truth import Enclosure
from tests.test_layers import first_problem
from tests.test_pullbacks import W, holds, rational

EIG, TRIDIAGONAL = "linalg.eig.gradient", "linalg.eigh_tridiagonal.gradient"


def value(part: Enclosure, member: int = 0) -> Any:
    """The centre of a member."""
    return (part.hi[member] + part.lo[member]) * 2.0 ** part.exponent[member]


def half_the_squares(a: np.ndarray) -> float:
    """Half the sum of |w|^2, by NumPy."""
    return float((np.abs(np.linalg.eigvals(a)) ** 2).sum() / 2)


def test_of_real_eigenvalues_it_is_the_transpose():
    """The sum of their squares is the trace of the square, whatever the vectors."""
    for a in (np.array([[2.0, 1.0], [0.0, 5.0]]), np.diag([3.0, -3.0, 0.5]), np.array([[-7.0]])):
        found = pullbacks_of_eigenvalues.eig(a[None])
        assert holds(found.parts[0], rational(a.T))


def test_of_a_pair_it_is_the_gradient_of_the_determinant():
    """Half of |w|^2 and half of its conjugate's make w w*, which is ad - bc: [[d, -c], [-b, a]]."""
    a = np.array([[1.0, -5.0], [2.0, 3.0]])
    assert np.iscomplex(np.linalg.eigvals(a)).all()
    exact = rational(np.array([[3.0, -2.0], [5.0, 1.0]]))
    for scale in (0, 600, -700):
        found = pullbacks_of_eigenvalues.eig(np.ldexp(a, scale)[None]).parts[0]
        found.exponent[:] -= scale
        assert holds(found, exact)


def test_unitary_vectors_leave_a_matrix_alone():
    """A circulant matrix is normal: what A is with conjugate eigenvalues is its adjoint."""
    row = np.array([1 + 2j, 3 - 1j, -2 + 0.5j])
    a = np.array([np.roll(row, k) for k in range(3)])
    assert value(pullbacks_of_eigenvalues.eig(a[None]).parts[0]) == pytest.approx(a, rel=1e-15)
    known = pullbacks_of_eigenvalues.eig(a[None]).quantities
    assert 1 - 1e-9 < known["kappa"].lower[0] <= known["kappa"].upper[0] < 3**0.25 + 1e-9


@pytest.mark.parametrize("in_complex", [False, True])
def test_eigenvalues_move_as_their_pullback_says(in_complex):
    chance, step = np.random.default_rng(5), 2.0**-16
    a, d = chance.standard_normal((2, 5, 5)) + 1j * in_complex * chance.standard_normal((2, 5, 5))
    a, d = (a, d) if in_complex else (a.real, d.real)
    ends = [half_the_squares(a + sign * step * d) for sign in (1, -1)]
    moved = np.vdot(value(pullbacks_of_eigenvalues.eig(a[None]).parts[0]), d).real
    assert moved == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("a", [np.eye(2), np.array([[1.0, 1.0], [0.0, 1.0]]), np.zeros((3, 3))])
def test_of_equal_eigenvalues_nothing_is_said(a):
    found = pullbacks_of_eigenvalues.eig(a[None])
    assert np.isinf(found.parts[0].radius).all()
    assert np.isinf(found.quantities["near"].upper[0])


def test_no_gap_divides_what_it_moves_by():
    """Close eigenvalues, orthonormal vectors: G moves no more than A, to all orders."""
    a, e = np.diag([1.0, 1.0 + 2.0**-30, -2.0]), np.zeros((3, 3))
    e[0, 1], e[1, 0], e[2, 0] = 2.0**-36, -(2.0**-36), 2.0**-40
    was, now = (value(pullbacks_of_eigenvalues.eig(x[None]).parts[0]) for x in (a, a + e))
    assert np.linalg.norm(now - was) <= 1.1 * np.linalg.norm(e)


def test_three_diagonals_have_themselves_and_twice_what_is_beside():
    alpha, beta = np.array([[1.0, -2.0, 0.0]]), np.array([[3.0, 2.0**-40]])
    found = pullbacks_of_eigenvalues.eigh_tridiagonal(alpha, beta)
    assert holds(found.parts[0], rational(alpha))
    assert (value(found.parts[1]) == [6.0, 2.0**-39]).all()
    assert found.quantities["norm"].lower[0] <= 23**0.5 <= found.quantities["norm"].upper[0]
    wide = pullbacks_of_eigenvalues.eigh_tridiagonal(alpha + 5j, beta * 1j)
    assert (value(wide.parts[0]) == alpha).all()
    assert (value(wide.parts[1]) == [6j, 2.0**-39 * 1j]).all()
    far = pullbacks_of_eigenvalues.eigh_tridiagonal(alpha, np.array([[2.0**1000, 2.0**-1074]]))
    assert 0 < far.parts[1].radius[0, 1] <= 2.0**-1073  # what two powers of two have no room for
    assert not pullbacks_of_eigenvalues.eigh_tridiagonal(alpha + np.inf, beta).exists.any()


@pytest.mark.parametrize("structure", ["geometric", "dense", "clustered", "hilbert"])
def test_balls_and_mpmath_agree(structure):
    compared = 0
    for kind in ("general", "complex general"):
        given = recipes.problem((kind, 4, (4,), structure, 20, 3, "float32", 3))
        truth, routine = routines()[EIG].reference(*given.inputs), routines()[EIG]
        assert routine.audit is not None
        for member in range(len(given)):
            known = np.isfinite(truth.parts[0].radius[member]).all()
            if known:
                audited = routine.audit(given.inputs[0][member], vectors=True)
                assert disagreement(audited, truth, member) == 0
            compared += known
    assert compared >= 3


def test_mpmath_agrees_on_what_is_exact():
    routine = routines()[TRIDIAGONAL]
    given = first_problem(routine)
    truth = routine.reference(*given.inputs, **given.arguments)
    assert routine.audit is not None
    for member in range(len(given)):
        audited = routine.audit(*(x[member] for x in given.inputs))
        assert disagreement(audited, truth, member) == 0


def test_mpmath_takes_diagonals_that_lie_far_apart():
    alpha, beta = np.array([1.0, 2.0, -5.0]) * 2.0**-700, np.array([3.0, 1.0]) * 2.0**300
    truth = pullbacks_of_eigenvalues.eigh_tridiagonal(alpha[None], beta[None])
    audit = routines()[TRIDIAGONAL].audit
    assert audit is not None
    assert disagreement(audit(alpha, beta), truth, 0) == 0


def test_sharper_levels_stay_within():
    first, last = (pullbacks_of_eigenvalues.eig(W[None], level=k).parts[0] for k in (0, 2))
    assert (last.radius <= first.radius).all()
    off = np.abs((last.hi - first.hi) + (last.lo - first.lo))
    assert (off <= (last.radius + first.radius) * (1 + 2.0**-40)).all()


def test_tensorflow_bisects_where_it_should_differentiate():
    """Of `eigh-tridiagonal-gradient-*` of the ledger: where this fails, TensorFlow has mended it.

    diag(1, 2, 4) has the eigenvalues 1, 2 and 4, which are the gradient; TensorFlow gives that of
    the ends of the first interval, 1 and 4, between which they are found.
    """
    worker = Worker()
    try:
        call = routines()[TRIDIAGONAL].call
        alpha, beta = np.array([[1.0, 2.0, 4.0]]), np.zeros((1, 2))
        reply = worker.ask(Request(call, None, "eager", "CPU:0", "float64", {}, (alpha, beta)))
    finally:
        worker.stop()
    assert reply.outcome == "answer"
    assert reply.arrays[0][0] == pytest.approx([7 / 3, 0.0, 14 / 3], rel=1e-12)

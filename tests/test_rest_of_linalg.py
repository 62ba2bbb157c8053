"""References, audits and measures of products, substitutions, norms and general eigenvalues."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from properties.dtypes import FLOAT64
from properties.entries import unmet, unmet_by_factors
from properties.linalg.eig import EIGVALS, distance_to_singular, traces
from properties.registry import routines
from properties.routine import Case, Problem, Routine
from references import arrangements, contractions, factored, magnitudes, structured, sums
from references.audits import disagreement
from references.truth import Truth

NAMES = (
    "linalg.matmul", "linalg.matvec", "linalg.tensordot", "linalg.einsum", "linalg.trace",
    "linalg.cross", "linalg.tridiagonal_matmul", "linalg.lu_reconstruct", "linalg.triangular_solve",
    "linalg.banded_triangular_solve", "linalg.tridiagonal_solve", "linalg.lu_solve",
    "linalg.lu_matrix_inverse", "linalg.cholesky_solve", "linalg.norm", "linalg.normalize",
    "linalg.global_norm", "math.reduce_sum", "math.reduce_mean", "math.cumsum",
    "math.reduce_prod", "math.cumprod", "math.reduce_variance", "math.reduce_std", "nn.moments",
    "math.reduce_euclidean_norm", "math.l2_normalize",
    "linalg.spectral_norm", "linalg.eigh_tridiagonal",
    "math.segment_sum", "math.segment_mean", "math.unsorted_segment_sum",
    "math.unsorted_segment_mean", "math.bincount", "math.zero_fraction",
)  # fmt: skip
QUIET = settings(
    max_examples=6, database=None, deadline=None, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
EPS = FLOAT64.eps


def problems(routine: Routine, *, in_complex: bool = False) -> list[Problem]:
    """A few problems of four members."""
    drawn: list[Problem] = []
    strategy = routine.complex_problems if in_complex else routine.problems
    assert strategy is not None

    @seed(3)
    @QUIET
    @given(problem=strategy(4))
    def run(problem: Problem) -> None:
        drawn.append(problem)

    run()
    return drawn


def audited(routine: Routine, problem: Problem) -> int:
    """How many members mpmath computed again; it must agree with the truth, and with no other."""
    assert routine.audit is not None
    truth = routine.reference(*problem.inputs, **problem.arguments)
    count = 0
    for i in np.flatnonzero(truth.exists):
        parts = routine.audit(*(array[i] for array in problem.inputs), **problem.arguments)
        assert disagreement(parts, truth, i) == 0
        if np.isfinite(truth.parts[0].radius[i]).all() and np.abs(truth.parts[0].hi[i]).max() > 0:
            assert disagreement(parts, nudged(truth, i), i) > 2.0**-42
            count += 1
    return count


def nudged(truth: Truth, member: int) -> Truth:
    """The truth with one member's first part off by 2^-40 of itself."""
    part = truth.parts[0]
    hi = part.hi.copy()
    hi[member] *= 1 + 2.0**-40
    return replace(truth, parts=(replace(part, hi=hi), *truth.parts[1:]))


@pytest.mark.parametrize("name", NAMES)
def test_mpmath_lies_within_the_truth(name):
    routine = routines()[name]
    assert sum(audited(routine, problem) for problem in problems(routine)) >= 4
    if routine.complex_problems is not None:
        given_ = problems(routine, in_complex=True)
        assert sum(audited(routine, problem) for problem in given_) >= 4


def test_sums_of_products_are_exact_where_nearly_all_cancels():
    a = np.array([[[1.0, 2.0**-60, 2.0**60, -(2.0**60)]]])
    b = np.array([[[1.0], [1.0], [1.0], [1.0]]])
    truth = contractions.matmul(a, b)
    part = truth.parts[0]
    exact = 1 + Fraction(1, 2**60)
    found = (Fraction(part.hi.item()) + Fraction(part.lo.item())) * Fraction(2) ** int(
        part.exponent[0]
    )
    assert abs(found - exact) <= Fraction(part.radius.item()) * Fraction(2) ** int(part.exponent[0])
    assert truth.quantities["size"].lower.item() <= 2.0**61 + 1 <= truth.quantities["size"].upper
    assert truth.quantities["terms"].upper.item() == 4


def test_packed_factors_are_solved_and_multiplied_by_hand():
    packed = np.array([[[2.0, 1.0], [0.5, 4.0]]])  # L = [1 0; .5 1], U = [2 1; 0 4]
    perm, rhs = np.array([[1.0, 0.0]]), np.array([[[4.5], [3.0]]])
    whole = contractions.lu_reconstruct(packed, perm)
    part = whole.parts[0]
    product = np.ldexp(part.hi + part.lo, part.exponent[:, None, None])
    assert product.tolist() == [[[1.0, 4.5], [2.0, 1.0]]]
    x = factored.lu_solve(packed, perm, rhs).parts[0]
    assert np.ldexp(x.hi, x.exponent[:, None, None]).tolist() == [[[1.125], [0.75]]]
    inverse = factored.lu_matrix_inverse(packed, perm).parts[0]
    found = np.ldexp(inverse.hi, inverse.exponent[:, None, None])
    assert np.allclose(found @ product, np.eye(2), rtol=0, atol=1e-15)


def test_a_zero_pivot_has_no_solution():
    truth = factored.lu_solve(np.zeros((1, 2, 2)), np.array([[0.0, 1.0]]), np.ones((1, 2, 1)))
    assert not truth.exists.any()


def test_bands_and_diagonals_are_where_tensorflow_documents_them():
    bands = np.array([[[2.0, 3.0, 4.0], [9.0, 2.0, 3.0]]])
    assert structured.banded(bands, lower=True)[0].tolist() == [[2, 0, 0], [2, 3, 0], [0, 3, 4]]
    upper = np.array([[[2.0, 3.0, 4.0, 5.0], [-1.0, -2.0, -3.0, -4.0]]])
    assert structured.banded(upper, lower=False)[0].tolist() == [
        [-1, 2, 0, 0], [0, -2, 3, 0], [0, 0, -3, 4], [0, 0, 0, -4],
    ]  # fmt: skip
    three = np.array([[[1.0, 2.0, 9.0], [4.0, 5.0, 6.0], [9.0, 7.0, 8.0]]])
    assert contractions.tridiagonal(three)[0].tolist() == [[4, 1, 0], [7, 5, 2], [0, 8, 6]]


@pytest.mark.parametrize(("align", "last"), [("RIGHT_LEFT", [4, 8, 0]), ("LEFT_RIGHT", [0, 4, 8])])
def test_several_diagonals_are_aligned_as_documented(align, last):
    a = np.arange(1.0, 10.0).reshape(1, 3, 3)
    rows = arrangements.diag_part(a, k=(-1, 0), align=align).parts[0].hi[0]
    assert rows.tolist() == [[1, 5, 9], last]


def test_norms_and_sums_by_hand():
    x = np.array([[[3.0, 4.0], [5.0, 12.0]]])
    for order, axis, expected in (
        ("euclidean", -1, [5.0, 13.0]), (1, 1, [8.0, 16.0]), ("inf", 2, [4.0, 12.0]),
        ("inf", (1, 2), 17.0), (1, (-2, -1), 16.0),
    ):  # fmt: skip
        part = magnitudes.norm(x, ord=order, axis=axis).parts[0]
        found = np.ldexp(part.hi, part.exponent.reshape(-1, *(1,) * (part.hi.ndim - 1)))
        assert found[0].tolist() == expected
    mean = sums.reduce_mean(np.array([[1.0, 1.0, 2.0]])).parts[0]
    found = Fraction(mean.hi.item()) + Fraction(mean.lo.item())
    off = found * Fraction(2) ** int(mean.exponent[0]) - Fraction(4, 3)
    assert abs(off) < Fraction(1, 2**100)


def test_what_substitution_leaves_is_measured_row_by_row():
    a = np.array([[[1.0, 0.0], [1.0, 2.0**-900]]])
    x = np.array([[[1.0], [2.0**900]]])
    b = a @ x
    nothing = unmet(a, x, b, np.zeros(1), EPS)
    assert nothing.upper.max() < 1e-10
    b[0, 0, 0] *= 1 + 4 * EPS
    off = unmet(a, x, b, np.zeros(1), EPS)
    assert 3.99 < off.lower[0, 0, 0] <= 4 <= off.upper[0, 0, 0] < 4.01
    twice = unmet_by_factors((a, a), x, a @ (a @ x) * (1 + 8 * EPS), np.zeros(1), EPS)
    assert (twice.lower > 1).any()
    assert (twice.upper < 9).all()


def test_eigenvalues_are_held_to_the_matrix():
    a = np.array([[[2.0, 1.0], [0.0, 3.0]]])
    truth = EIGVALS.reference(a)
    problem = Problem((a,), {"n": 2}, {}, ())
    right = Case(problem, (np.array([[2.0, 3.0]]), np.zeros((1, 2))), truth, FLOAT64, "eager")
    assert distance_to_singular(right).upper.max() < 2
    assert traces(right).upper.max() < 2
    twice = replace(right, answer=(np.array([[2.0, 2.0]]), np.zeros((1, 2))))
    assert distance_to_singular(twice).upper.max() < 2
    assert traces(twice).lower.max() > 1e14
    wrong = replace(right, answer=(np.array([[2.5, 2.5]]), np.zeros((1, 2))))
    assert distance_to_singular(wrong).lower.max() > 1e13

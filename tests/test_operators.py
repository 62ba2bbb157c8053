"""Circulant, Toeplitz, Kronecker, block lower triangular and updated matrices, known by hand."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from properties.dtypes import DTYPES, UNDERFLOW_MATRIX, UNDERFLOW_RECTANGLE
from properties.protocol import Request
from properties.registry import routines
from properties.routine import Problem, evaluate, names_of
from properties.workers import Worker
from references import blocks, conjugate, convolutions, kronecker, low_rank
from references.interval import Interval
from tests.test_rest_of_linalg import audited, problems

AUDITED = (
    "linalg.LinearOperatorCirculant", "linalg.LinearOperatorCirculant.solve",
    "linalg.LinearOperatorCirculant2D", "linalg.LinearOperatorCirculant3D",
    "linalg.LinearOperatorToeplitz", "linalg.LinearOperatorKronecker",
    "linalg.LinearOperatorBlockLowerTriangular", "linalg.LinearOperatorLowRankUpdate",
    "linalg.experimental.conjugate_gradient",
)  # fmt: skip


def plain(truth):
    """The numbers of the only member."""
    part = truth.parts[0]
    return ((part.hi[0] + part.lo[0]) * 2.0 ** part.exponent[0]).tolist()


def within(interval, value):
    """Whether an interval of the only member is tight around a number."""
    low, high = interval.lower[0], interval.upper[0]
    return low <= value <= high and high - low <= 1e-12 * abs(value) + 1e-300


def test_a_circulant_matrix_shifts():
    shift = np.array([[0.0, 1.0, 0.0, 0.0]])
    truth = convolutions.circulant(shift, np.array([[[1.0], [2.0], [3.0], [4.0]]]))
    assert plain(truth) == [[4], [1], [2], [3]]
    known = truth.quantities
    assert all(within(known[name], 1) for name in ("peak", "least", "kernel"))
    assert within(known["length"], 30**0.5)
    assert plain(convolutions.circulant_solve(shift, np.array([[[4.0], [1.0], [2.0], [3.0]]]))) == [
        [1], [2], [3], [4],
    ]  # fmt: skip


def test_blocks_of_a_circulant_matrix_are_circulant():
    kernel = np.array([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]])
    matrix = convolutions.matrices(kernel)[0]
    first = np.array([[1, 3, 2], [2, 1, 3], [3, 2, 1]])
    second = np.array([[4, 6, 5], [5, 4, 6], [6, 5, 4]])
    assert matrix.tolist() == np.block([[first, second], [second, first]]).tolist()
    assert within(convolutions.circulant(kernel, np.ones((1, 6, 1))).quantities["peak"], 21)


def test_toeplitz_matrices_are_corners_of_circulant_ones():
    diagonals = np.array([[1.0, 2.0, 3.0, 4.0, 5.0]])
    matrix = convolutions.toeplitz_matrices(diagonals)[0]
    assert matrix.tolist() == [[3, 2, 1], [4, 3, 2], [5, 4, 3]]
    around = convolutions.matrices(convolutions.around(diagonals))[0]
    assert around[:3, :3].tolist() == matrix.tolist()


@pytest.mark.parametrize("shape", [(1,), (5,), (8,), (2, 3), (2, 1, 7)])
def test_eigenvalues_of_kernels(shape):
    rng = np.random.default_rng(5)
    kernel = rng.standard_normal((3, *shape)) + 1j * rng.standard_normal((3, *shape))
    axes = range(1, kernel.ndim)
    found = convolutions.spectrum(kernel * 2.0**-900)
    size = np.abs(np.fft.fftn(kernel, axes=axes)).reshape(3, -1)
    assert np.allclose(found.lower * 2.0**900, size, rtol=0, atol=1e-13)
    assert np.all((found.lower <= found.upper) & (found.upper <= found.lower * (1 + 2.0**-48)))


def test_an_eigenvalue_of_zero_is_not_taken_for_another_number():
    found = convolutions.spectrum(np.array([[1.0, -1.0, 1.0, -1.0, 1.0, -1.0]]))
    assert np.all(found.lower[0, [0, 1, 2, 4, 5]] == 0)
    assert np.all(found.upper[0, [0, 1, 2, 4, 5]] < 1e-27)
    assert found.lower[0, 3] <= 6 <= found.upper[0, 3]


def test_transforms_count_their_stages():
    assert convolutions.stages((1, 1)) == 0
    assert convolutions.stages((4, 2)) == pytest.approx(3 * 7.7)
    assert convolutions.stages((15,)) == pytest.approx(3**0.5 * 8 + 5**0.5 * 10 + 9.8)


@pytest.mark.parametrize("phase", [1, 1j])
def test_a_kronecker_product_is_not_rounded(phase):
    factors = np.array([[[1 + 2.0**-40, 2.0**-30]]]) * phase, np.array([[[1 - 2.0**-40], [3.0]]])
    x = np.array([[[1.0], [2.0**20]]])
    factors = tuple(a.astype(np.result_type(phase, float)) for a in factors)
    truth = kronecker.kronecker(*factors, x.astype(factors[0].dtype))
    part, exact = truth.parts[0], (1 + Fraction(2) ** -40 + Fraction(2) ** -10)
    for i, last in enumerate((1 - Fraction(2) ** -40, 3)):
        hi, lo = ((side[0, i, 0] / phase).real for side in (part.hi, part.lo))
        found = (Fraction(hi) + Fraction(lo)) * Fraction(2) ** int(part.exponent[0])
        wide = Fraction(part.radius[0, i, 0]) * Fraction(2) ** int(part.exponent[0])
        assert abs(found - exact * last) <= wide <= Fraction(2) ** -95
    assert truth.quantities["terms"].upper[0, 0, 0] == 3


def test_kronecker_products_of_zeros_are_zero():
    zero, x = np.zeros((1, 2, 2)), np.full((1, 4, 1), 2.0**900)
    truth = kronecker.kronecker(zero, np.full((1, 2, 2), 2.0**100), x)
    assert plain(truth) == [[0], [0], [0], [0]]
    assert truth.parts[0].radius.max() == 0
    assert truth.quantities["size"].upper.max() == 0


def test_what_stands_above_the_blocks_is_not_read():
    a = np.array([[[2.0, np.inf], [4.0, 1.0]]])
    truth = blocks.block_lower_triangular(
        np.where(np.isinf(a), 7.0, a), np.array([[[2.0], [5.0]]]), blocks=(1, 1)
    )
    assert plain(truth) == [[1], [1]]
    assert blocks.read((1, 2)).tolist() == [[1, 0, 0], [1, 1, 1], [1, 1, 1]]


def test_an_update_of_rank_one():
    inputs = [np.array([x]) for x in ([1.0, 2.0], [[1.0], [0.0]], [[1.0], [1.0]], [0.5])]
    truth = low_rank.low_rank(*inputs, np.array([[[2.0], [2.0]]]))
    assert plain(truth) == [[1], [1]]  # [[1.5, 0.5], [0, 2]]
    known = truth.quantities
    expected = {
        "first": 2, "projected": 3, "capacitance": 3, "inverse": 1 / 3, "inner": 1, "back": 1,
    }  # fmt: skip
    assert all(within(known[name], value) for name, value in expected.items())


def test_an_update_to_a_singular_matrix_is_recognised():
    inputs = [np.array([x]) for x in ([1.0, 1.0], [[1.0], [0.0]], [[1.0], [0.0]], [-1.0])]
    truth = low_rank.low_rank(*inputs, np.array([[[2.0], [2.0]]]))
    assert not truth.exists[0]
    whole = low_rank.low_rank(*inputs, np.array([[[2.0], [2.0]]]), symmetric=True)
    assert plain(whole) == [[1], [2]]


@pytest.mark.parametrize("in_complex", [False, True])
@pytest.mark.parametrize("name", AUDITED)
def test_mpmath_agrees_on_what_is_drawn(name, in_complex):
    routine = routines()[name]
    if not in_complex or routine.complex_problems is not None:
        assert sum(audited(routine, p) for p in problems(routine, in_complex=in_complex)) >= 6


def test_what_conjugate_gradients_are_promised():
    a, b = np.array([[[2.0, 0.0], [0.0, 1.0]]] * 2), np.array([[[2.0], [3.0]]] * 2)
    a[1, 1, 1] = -1
    truth = conjugate.conjugate_gradient(a, b, tol=2.0**-10, max_iter=4)
    assert truth.exists.tolist() == [True, False]  # one is not definite
    known = truth.quantities
    for name, value in {"frobenius": 5**0.5, "length": 10**0.5, "given": 13**0.5}.items():
        assert within(known[name], value)
    assert known["late"].upper[0] == pytest.approx(2 * 2 * (1 / 3) ** 4 * 2**10)  # of condition 4
    x, r = conjugate.rival(a[0], b[0], tol=2.0**-10, max_iter=4)
    assert np.allclose(x, [[1], [3]])
    assert np.abs(r).max() < 1e-14


@pytest.mark.parametrize("mode", ["eager", "graph", "xla"])
def test_members_of_a_stack_that_are_done_are_still_iterated_into_nothing(mode):
    """As seen in TensorFlow 2.21.0: conjugate_gradient stops when the last member has converged."""
    a = np.array([[[1.0, 0.0], [0.0, 1.0]], [[2.0, 1.0], [1.0, 2.0]]])
    inputs = a, np.array([[[1.0], [1.0]], [[3.0], [1.0]]])
    worker = Worker()
    try:
        x, _ = worker.ask(_request(mode, inputs)).arrays
        alone, _ = worker.ask(_request(mode, tuple(part[:1] for part in inputs))).arrays
    finally:
        worker.stop()
    assert np.isnan(x[0]).all()
    assert alone.tolist() == [[[1], [1]]]
    assert np.allclose(x[1], [[5 / 3], [-1 / 3]])


def _request(mode: str, inputs: tuple[np.ndarray, ...]) -> Request:
    call = "properties.linalg.operators:conjugate_gradients"
    limits = {"tol": 2.0**-16, "max_iter": 20}
    return Request(call, None, mode, "CPU:0", "float64", limits, inputs)


@pytest.mark.parametrize("power", [-900, 0, 830, 1023])
def test_bounds_of_kernels_and_vectors_near_the_ends_of_the_range(power: int):
    kernel = np.array([[1.0, 0.5, 0.0, 0.0, 0.0]]) * 2.0**power
    for name, other in (("", -power // 2), (".solve", min(power + 1000, 1022))):
        routine = routines()[f"linalg.LinearOperatorCirculant{name}"]
        x = np.array([[[2.0**other]] + [[0.0]] * 4])
        problem = Problem((kernel, x), {"n": 5}, {}, (), {})
        truth = routine.reference(kernel, x)
        names = names_of(routine, problem, truth, DTYPES["float64"], "eager")
        bound = evaluate(routine.claims[0].bound, names)
        assert 0 < bound.lower[0] <= bound.upper[0] <= bound.lower[0] * (1 + 1e-12) < np.inf


def test_allowances_for_underflow_are_tight_next_to_underflow():
    names = {"order": 3, "small": 2, "large": 3, "tiny": 2.0**-1022, "eps": 2.0**-52}
    for formula in (UNDERFLOW_MATRIX, UNDERFLOW_RECTANGLE):
        bound = evaluate(formula, {**names, "norm": Interval.exact([2.0**-1016])})
        assert bound.upper[0] <= bound.lower[0] * (1 + 1e-12)

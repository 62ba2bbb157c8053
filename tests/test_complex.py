"""Complex problems: made, embedded, proved, measured, told and set again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from flint import acb, acb_mat, ctx

from properties.complex_generators import COMPLEX_GENERATORS
from properties.complex_matrices import CONDITIONED, STRUCTURES
from properties.dtypes import COMPLEX64, COMPLEX128, FLOAT32, FLOAT64
from properties.embedding import MATRIX, SYSTEM
from properties.embedding import embedded as as_real
from properties.findings import decimals, short
from properties.linalg.solve import SOLVE, backward
from properties.measures import columnwise
from properties.modes import collect
from properties.protocol import Reply
from properties.recipes import Recipe, problem
from properties.routine import Case
from references import audits, audits_exponential, embedded, linear
from reports.cases import array_of, exact


def made(structure, n, condition=40, scale=20, count=12, grid="float32", *, adjoint=False):
    arguments = (("adjoint", adjoint),)
    recipe = Recipe(
        "complex systems", count, (n, 2), structure, condition, scale, grid, 3, arguments
    )
    return problem(recipe)


def gap(part, member, true):
    """How far exact balls lie outside of a member's radius, over its largest entry."""
    scale = acb(2) ** int(part.exponent[member])
    worst = 0.0
    for i, row in enumerate(true.tolist()):
        for j, entry in enumerate(row):
            hi, lo = part.hi[member, i, j], part.lo[member, i, j]
            centre = acb(hi.real, hi.imag) + acb(lo.real, lo.imag)
            far = abs(entry - centre * scale).upper() - part.radius[member, i, j] * abs(scale)
            worst = max(worst, float(far))
    return worst


def balls(array):
    return acb_mat([[acb(z.real, z.imag) for z in row] for row in array.tolist()])


@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize("structure", STRUCTURES)
def test_no_radius_is_too_small(structure, n):
    saved = ctx.prec
    ctx.prec = 1000
    try:
        for adjoint in (False, True):
            p = made(structure, n, adjoint=adjoint)
            a, b = p.inputs
            solution, inverse = (
                embedded.solve(a, b, adjoint=adjoint),
                embedded.inv(a, adjoint=adjoint),
            )
            assert (solution.exists == inverse.exists).all()
            for i in np.flatnonzero(solution.exists):
                left = balls(np.conj(a[i].T) if adjoint else a[i])
                assert gap(solution.parts[0], i, left.solve(balls(b[i]))) <= 0
                assert gap(inverse.parts[0], i, left.inv()) <= 0
    finally:
        ctx.prec = saved


@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize("structure", COMPLEX_GENERATORS)
def test_no_radius_of_an_exponential_is_too_small(structure, n):
    p = problem(Recipe("complex generators", 8, (n,), structure, 0, 4, "float32", n))
    truth, saved = embedded.expm(p.inputs[0]), ctx.prec
    ctx.prec = 2000
    try:
        for i in range(len(p)):
            assert gap(truth.parts[0], i, balls(p.inputs[0][i]).exp()) <= 0
            parts = audits_exponential.expm(p.inputs[0][i])
            assert audits.disagreement(parts, truth, i) == 0
    finally:
        ctx.prec = saved


def test_exponentials_of_skew_hermitian_matrices_are_unitary():
    a = problem(Recipe("complex generators", 8, (4,), "skew-hermitian", 0, 4, "float32", 1)).inputs[
        0
    ]
    part = embedded.expm(a).parts[0]
    got = part.hi * np.exp2(part.exponent[:, None, None])
    assert (a == -np.conj(np.swapaxes(a, 1, 2))).all()
    assert np.allclose(got @ np.conj(np.swapaxes(got, 1, 2)), np.eye(4), rtol=0, atol=1e-14)


@pytest.mark.parametrize("shape", [(5, 3, 2), (3, 5, 2), (3, 3, 1)])
@pytest.mark.parametrize("regularizer", [0.0, 0.5])
def test_mpmath_agrees_on_least_squares(shape, regularizer):
    for structure in CONDITIONED:
        recipe = Recipe("complex least squares", 4, shape, structure, 12, 0, "float32", 3)
        a, b = problem(recipe).inputs
        truth = linear.lstsq(a, b, l2_regularizer=regularizer)
        for i in range(len(a)):
            parts = audits.lstsq(a[i], b[i], l2_regularizer=regularizer)
            assert audits.disagreement(parts, truth, i) == 0


def test_singular_members_are_recognised():
    p = made("rank deficient", 4)
    assert embedded.solve(*p.inputs).engine == ("integers",) * 12


def test_mpmath_agrees_and_knows_nothing_of_the_embedding():
    p = made("gaussian integers", 3, adjoint=True)
    a, b = p.inputs
    truth = embedded.solve(a, b, adjoint=True)
    for i in range(3):
        parts = audits.solve(a[i], b[i], adjoint=True)
        assert audits.disagreement(parts, truth, i) == 0
        assert audits.disagreement(audits.solve(a[i], b[i]), truth, i) > 1e-3


def test_real_systems_are_what_they_were():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((5, 4, 4)), rng.standard_normal((5, 4, 1))
    one, other = embedded.solve(a, b), linear.solve(a, b)
    assert (one.parts[0].hi == other.parts[0].hi).all() and one.engine == other.engine


def test_complex_growth_of_a_real_matrix_is_that_of_reals():
    a = np.random.default_rng(2).standard_normal((20, 6, 6))
    real = linear.solve(a, np.ones((20, 6, 1))).quantities["growth"].lower
    assert np.allclose(embedded.growth(a.astype(np.complex128)), embedded.ROOT * real, rtol=1e-12)


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize("grid", ["float32", "float64"])
def test_problems_are_exact_on_their_grid_and_stand_by_themselves(structure, grid):
    p = made(structure, 3, grid=grid)
    names = [d.name for d in p.dtypes]
    assert names == (["complex64", "complex128"] if grid == "float32" else ["complex128"])
    again = problem(Recipe(*p.recipe)._replace(members=(7,)))
    assert (again.inputs[0][0] == p.inputs[0][7]).all()
    assert again.digests[0] == p.digests[7]


def test_the_condition_is_as_asked():
    p = made("geometric", 5, condition=20, scale=0, count=40, grid="float64")
    asked = np.exp2(p.traits["log2_condition"])
    assert np.allclose(np.linalg.cond(p.inputs[0]), asked, rtol=1e-6)
    assert np.abs(p.inputs[0].imag).min() > 0


def test_formats_hold_arrays_of_their_own_field():
    x = np.array([1.5 + 2.0**-20 * 1j])
    assert COMPLEX64.holds(x) and COMPLEX128.holds(x) and not FLOAT64.holds(x)
    assert not COMPLEX64.holds(np.array([1j * (1 + 2.0**-30)]))
    assert FLOAT32.holds(x.real) and not COMPLEX64.holds(x.real)
    assert COMPLEX64.round(x * (1 + 2.0**-40)).dtype == np.complex128


def case_of(a, x, b):
    p = replace(made("dense", 1, count=1), inputs=(a[None], b[None]))
    truth = embedded.solve(a[None], b[None])
    return as_real(Case(p, (x[None],), truth, COMPLEX128, "eager"), SYSTEM)


def test_measures_by_known_answers():
    a, b = np.array([[2.0j]]), np.array([[2.0 + 2.0j]])
    eps = 2.0**-52
    for wrong in (4 * eps, 4j * eps):
        case = case_of(a, np.array([[1.0 - 1.0j + wrong]]), b)
        error = columnwise(case)
        assert error.lower[0] <= 4 <= error.upper[0] and error.upper[0] < 4.001
        left = backward(replace(case, problem=replace(case.problem, arguments={})))
        assert left.lower[0] <= 2 <= left.upper[0] and left.upper[0] < 2.001
    conjugate = columnwise(case_of(a, np.array([[1.0 + 1.0j]]), b))
    assert conjugate.lower[0] * eps > 1.9


def test_embeddings_multiply_as_matrices_do():
    rng = np.random.default_rng(5)
    z = rng.integers(-9, 9, (2, 3, 3, 3)) + 1j * rng.integers(-9, 9, (2, 3, 3, 3))
    (embed,) = MATRIX.inputs
    assert (embed(z[0]) @ embed(z[1]) == embed(z[0] @ z[1])).all()
    assert (np.swapaxes(embed(z[0]), 1, 2) == embed(np.conj(np.swapaxes(z[0], 1, 2)))).all()
    assert (embedded.folded(embedded.column(z[0])) == z[0]).all()


def test_complex_arrays_are_told_and_read_again():
    x = np.array([[1.5 - 2.0j, 2.0**-140 * 1j]])
    part = exact(x, "complex64")
    assert (array_of(part) == x).all()
    assert short(part).startswith("complex64(1, 2) 1.5 -2, 0 ")
    truth = embedded.solve(np.array([[[2.0 + 0j]]]), np.array([[[1.0 - 4.0j]]]))
    (text,) = decimals(truth.parts[0], 0)
    assert [float(side) for side in text.split(" ")] == [0.5, -2.0]


def test_answers_keep_their_imaginary_parts():
    truth = embedded.solve(np.array([[[2.0 + 0j]], [[1j]]]), np.ones((2, 1, 1), complex))
    answer = np.array([[[0.5 + 2j]], [[-1j]]], np.complex64)
    whole = collect([(np.arange(2), Reply("answer", (answer,), ""))], truth, COMPLEX64)
    halves = [(np.array([i]), Reply("answer", (answer[i : i + 1],), "")) for i in range(2)]
    for outcomes in (whole, collect(halves, truth, COMPLEX64)):
        assert (outcomes.arrays[0] == answer).all() and outcomes.finite.all()


def test_the_routine_says_what_it_sets():
    assert SOLVE.complex_problems is not None and SOLVE.embedding is SYSTEM

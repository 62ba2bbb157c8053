"""The pullback of the square root: by hand, by differences, by mpmath; and complex problems."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
import scipy.linalg
from mpmath import mp

from properties import recipes
from properties.examine import examine
from properties.registry import routines
from properties.roots import GRADED, ROOTS, WITHOUT_IMAGINARY
from references.audits import disagreement
from references.pullbacks_of_roots import sqrtm
from references.roots import sqrtm as root
from references.truth import Enclosure
from reports.record import BROKEN
from tests.implementations import ROUNDED_TRUTH

NAME = "linalg.sqrtm.gradient"


def value(part: Enclosure) -> np.ndarray:
    """The centre of the first member."""
    return (part.hi[0] + part.lo[0]) * 2.0 ** part.exponent[0]


@pytest.mark.parametrize("roots", [(1.0, 2.0, 5.0), (3 + 1j, 2 - 1j, 4 + 0j)])
def test_a_diagonal_matrix_divides_by_sums_of_roots(roots):
    """G_ij = w_ij / (conj r_i + conj r_j)."""
    r = np.array(roots)
    w = np.arange(9.0).reshape(3, 3) + (1j * np.eye(3) if np.iscomplexobj(r) else 0)
    found = sqrtm(np.diag(r * r)[None], w[None])
    exact = w / (r.conj()[:, None] + r.conj()[None, :])
    assert value(found.parts[0]) == pytest.approx(exact, rel=2.0**-52, abs=0)
    # what complex matrices are embedded as has every number twice, so K has sums with conjugates
    sums = np.abs(np.add.outer(np.append(r, r.conj()), np.append(r, r.conj())))
    least, most = sums.min(), sums.max()
    assert found.quantities["reach"].lower[0] <= most / least <= found.quantities["reach"].upper[0]


@pytest.mark.parametrize("kind", ["squares and above", "complex squares and above"])
@pytest.mark.parametrize("structure", [*ROOTS, GRADED])
def test_mpmath_agrees(kind, structure):
    recipe = (kind, 2, (3,), structure, 0, 8, "float64", 7)
    given = recipes.problem(recipe)
    routine = routines()[NAME]
    truth = routine.reference(*given.inputs)
    assert np.isfinite(truth.parts[0].radius).all()
    assert routine.audit is not None
    compared = 0
    for member in range(len(given)):
        with suppress(mp.NoConvergence):  # of roots whose rows lie far apart
            audited = routine.audit(*(x[member] for x in given.inputs))
            assert disagreement(audited, truth, member) <= 1e-12
            compared += 1
    assert compared or structure == GRADED


@pytest.mark.parametrize("kind", ["squares and above", "complex squares and above"])
def test_it_is_the_derivative(kind):
    """Re <G, dA> = Re <W, dR>, by a central difference of SciPy's root."""
    a, w = (x[0] for x in recipes.problem((kind, 1, (3,), "full", 0, 0, "float64", 5)).inputs)
    w = w / np.abs(w).max()
    bits = np.random.default_rng(0)
    step = bits.standard_normal(a.shape) * 1e-5 * np.abs(a).max()
    if np.iscomplexobj(a):
        step = step + 1j * bits.standard_normal(a.shape) * 1e-5 * np.abs(a).max()
    change = scipy.linalg.sqrtm(a + step) - scipy.linalg.sqrtm(a - step)
    wanted = np.vdot(w, change).real
    got = np.vdot(value(sqrtm(a[None], w[None]).parts[0]), 2 * step).real
    assert got == pytest.approx(wanted, rel=1e-7)


@pytest.mark.parametrize("structure", [*ROOTS, GRADED, WITHOUT_IMAGINARY])
@pytest.mark.parametrize("grid", ["float32", "float64"])
def test_complex_squares_have_proved_roots(structure, grid):
    given = recipes.problem(("complex squares", 16, (3,), structure, 0, 60, grid, 3))
    a = given.inputs[0]
    assert np.iscomplexobj(a)
    truth = root(a)
    assert (truth.parts[0].radius == 0).all()
    for member in range(len(given)):
        part = truth.parts[0]
        found = part.hi[member] * 2.0 ** float(part.exponent[member])
        assert (found @ found == a[member]).all()  # of Gaussian integers below 2^53
        assert (np.linalg.eigvals(found).real > 0).all()
    audited = routines()["linalg.sqrtm"].audit
    assert audited is not None
    assert disagreement(audited(a[0]), truth, 0) <= 1e-12


def test_nothing_is_proved_of_other_matrices():
    a, w = np.array([[[2.0, 1.0], [0.0, 3.0]]]), np.ones((1, 2, 2))
    found = sqrtm(a, w)
    assert np.isinf(found.parts[0].radius).all()
    assert np.isinf(found.quantities["worn"].upper).all()


def test_an_answer_below_the_range_may_be_zero():
    """Which is what it rounds to: an audit met A near 2^118 and 2^-102 from above in float32."""
    recipe = ("squares and above", 128, (3,), "symmetric", 0, 127, "float32", 1214476093)
    member = recipes.problem(recipe).select(np.array([109]))
    found = examine(routines()[NAME], member, [ROUNDED_TRUTH], dtypes=("float32",))
    (outcomes,) = found.outcomes.values()
    assert not np.any(outcomes.arrays[0]), "not below the range"
    assert not any((records.verdict == BROKEN).any() for records in found.records)


def test_mpmath_takes_what_lies_at_opposite_ends_of_the_range():
    a, w = np.eye(2) * 2.0**1000, np.full((2, 2), 2.0**-1000)
    truth = sqrtm(a[None], w[None])
    audited = routines()[NAME].audit(a, w)
    assert disagreement(audited, truth, 0) <= 1e-12

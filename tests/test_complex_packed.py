"""Packed factors of complex matrices: against products and solutions that are exact."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from properties.dtypes import COMPLEX128
from properties.linalg import factored_systems as routine
from properties.recipes import Recipe, problem
from properties.routine import Case
from references import audits, contractions, factored
from references.audits_numeric import audited
from references.audits_structured import lu_matrix_inverse, lu_solve
from references.interval import Interval

# L = [[1, 0], [(1 + i)/2, 1]], U = [[2, 1 - i], [0, i]]; rows in the order 1, 0
LOWER_UPPER = np.array([[[2, 1 - 1j], [0.5 + 0.5j, 1j]]])
PERM = np.array([[1.0 + 0j, 0]])
X = np.array([[[1j], [2 - 1j]]])
B = np.array([[[2 + 2j], [1 - 1j]]])  # L U X is (1 - i, 2 + 2i), which P exchanges


def packed(structure, n, k):
    return problem(Recipe("complex packed", 6, (n, k), structure, 20, 8, "float32", n))


def value(truth):
    part = truth.parts[0]
    return part.hi * 2.0 ** part.exponent[:, None, None]


def test_answers_known_by_hand():
    assert (value(factored.lu_solve(LOWER_UPPER, PERM, B)) == X).all()
    whole = value(contractions.lu_reconstruct(LOWER_UPPER, PERM))
    assert (whole == np.array([[[1 + 1j, 1 + 1j], [2, 1 - 1j]]])).all()
    inverse = value(factored.lu_matrix_inverse(LOWER_UPPER, PERM))
    assert np.allclose(inverse @ whole, np.eye(2), atol=1e-15)


@pytest.mark.parametrize("structure", routine.COMPLEX_PACKED)
def test_mpmath_agrees(structure):
    p, inverses = packed(structure, 3, 2), packed(structure, 3, 0)
    rows = (
        (factored.lu_solve, lu_solve, p.inputs),
        (factored.lu_matrix_inverse, lu_matrix_inverse, inverses.inputs),
        (contractions.lu_reconstruct, audited("lu_reconstruct"), inverses.inputs),
    )
    for reference, audit, inputs in rows:
        truth = reference(*inputs)
        for i in np.flatnonzero(truth.exists)[:2]:
            found = audit(*(array[i] for array in inputs))
            assert audits.disagreement(found, truth, int(i)) == 0


def test_the_residual_is_of_moduli_and_of_permuted_rows():
    p = replace(packed("dense", 2, 2), inputs=(LOWER_UPPER, PERM, B))
    truth = factored.lu_solve(*p.inputs)
    eps = COMPLEX128.eps

    def error(x: NDArray) -> Interval:
        return routine.backward(Case(p, (x,), truth, COMPLEX128, "eager"))

    assert error(X).upper.max() < 1e-12
    # 8i eps in x_1 is 8 (1 - i)(-i) eps in row 1, beside 2 + root 10
    off = error(X + np.array([[[0], [8j * eps]]]))
    assert off.upper[0, 0, 0] == pytest.approx(8 * 2**0.5 / (2 + 10**0.5), rel=1e-6)
    assert error(X.conj()).lower.max() * eps > 0.1

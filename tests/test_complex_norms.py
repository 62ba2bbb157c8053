"""Norms and reflections of complex arrays: answers known by hand, mpmath, moduli of errors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from properties.dtypes import COMPLEX128
from properties.entries import entrywise_moduli
from properties.linalg.norm import MATRICES, VECTORS
from properties.linalg.spectral_norm import PLACES
from properties.recipes import problem
from properties.routine import Case
from references import audits, combinations, magnitudes, numeric_combined
from references.audits_numeric import audited

A = np.array([[[3 + 4j, 0, 12], [5j, 8 + 6j, 0]]])  # moduli 5, 0, 12 and 5, 10, 0


def stack(place):
    shapes, arguments = place
    return problem(("complex operands", 4, shapes, "dense", 0, 0, "float32", 3, arguments))


def value(part):
    return part.hi * 2.0 ** part.exponent.reshape(-1, *(1,) * (part.hi.ndim - 1))


@pytest.mark.parametrize(
    ("order", "axis", "known", "in_complex"),
    [
        ("euclidean", -1, [[13, 125**0.5]], True),
        (2, 1, [[50**0.5, 10, 12]], True),
        (1, -1, [[17, 15]], False),
        ("inf", -1, [[12, 10]], False),
        (3, -1, [[1853 ** (1 / 3), 1125 ** (1 / 3)]], False),
        ("fro", (-2, -1), [294**0.5], True),
        (1, (-2, -1), [12], False),
        ("inf", (1, 2), [17], False),
        (2, (1, 2), [(147 + 1109**0.5) ** 0.5], False),
    ],
)
def test_norms_known_by_hand(order, axis, known, in_complex):
    part = magnitudes.norm(A, ord=order, axis=axis).parts[0]
    assert np.iscomplexobj(part.hi) == in_complex
    assert value(part) == pytest.approx(np.array(known), rel=1e-15)


def test_quotients_are_complex_and_zero_has_none():
    truth = magnitudes.normalize(A, axis=2)
    quotients, norms = map(value, truth.parts)
    assert norms.shape == (1, 2, 1) and np.iscomplexobj(norms)
    assert np.allclose(quotients * norms, A, rtol=1e-15)
    zero = magnitudes.normalize(np.array([[[0j, 0], [1j, 2]]]), axis=2)
    assert not zero.exists.any()


@pytest.mark.parametrize("place", [*VECTORS, *MATRICES, *PLACES])
def test_mpmath_agrees(place):
    p = stack(place)
    rows = [(magnitudes.norm, "norm")]
    if place in VECTORS:
        rows.append((magnitudes.normalize, "normalize"))
    for reference, name in rows:
        truth = reference(*p.inputs, **p.arguments)
        for i in range(len(p)):
            found = audited(name)(p.inputs[0][i], **p.arguments)
            assert audits.disagreement(found, truth, i) == 0


def test_reflections_known_by_hand():
    # v = (1, i), x = (i, 3): v^H x = -2i, v^H v = 2, so that x' = x + 2i v = (3i, 1)
    v, x = np.array([[1, 1j]]), np.array([[1j, 3]])
    truth = combinations.householder(v, x)
    assert value(truth.parts[0]) == pytest.approx(np.array([[3j, 1]]), abs=1e-30)
    assert truth.quantities["size"].upper[0] == pytest.approx([1 + 4, 3 + 4], rel=1e-9)
    assert truth.quantities["squares"].upper[0] == pytest.approx(2, rel=1e-9)
    p = problem(("complex operands", 4, ((5,), (5,)), "dense", 0, 0, "float32", 3, ()))
    known, audit = combinations.householder(*p.inputs), audited(numeric_combined.householder)
    for i in range(4):
        found = audit(p.inputs[0][i], p.inputs[1][i])
        assert audits.disagreement(found, known, i) == 0


def test_what_is_wrong_is_measured_by_its_modulus():
    p = replace(stack(VECTORS[0]), inputs=(A,))
    truth = magnitudes.norm(A, axis=-1)
    off = np.array([[13 + (24 + 32j) * COMPLEX128.eps, 125**0.5]])
    error = entrywise_moduli()(Case(p, (off,), truth, COMPLEX128, "eager"))
    assert error.lower[0, 0] <= 40 / 13 <= error.upper[0, 0] < 3.1
    assert error.upper[0, 1] <= 1

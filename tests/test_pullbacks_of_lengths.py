"""The gradient of vectors of length one, by rationals, by hand and by mpmath."""

from __future__ import annotations

import numpy as np
import pytest
from flint import fmpq, fmpq_mat

from references import pullbacks_of_lengths
from references import pullbacks_of_softmax_opinions as opinions
from references.audits import disagreement
from references.audits_numeric import audited
from tests.exactness import normal
from tests.test_pullbacks import holds

X = np.concatenate([normal(1, 3, 2, 4), 1e-3 * normal(2, 1, 2, 4), 1e300 * normal(3, 1, 2, 4)])
ABOVE = np.concatenate([normal(4, 3, 2, 4), 1e290 * normal(5, 2, 2, 4)])


@pytest.mark.parametrize("level", [0, 2])
@pytest.mark.parametrize(("axis", "epsilon"), [(-1, 2.0**-10), (1, 0.25), ((1, 2), 2.0**-10)])
def test_mpmath_lies_within_the_truth(axis, epsilon, level):
    arguments = {"axis": axis, "epsilon": epsilon}
    truth = pullbacks_of_lengths.l2_normalize(X, ABOVE, level=level, **arguments)
    for i in range(len(X)):
        parts = audited(opinions.l2_normalize)(X[i], ABOVE[i], **arguments)
        assert disagreement(parts, truth, i) == 0
        assert np.isfinite(truth.parts[0].radius[i]).all()
        (opinion,) = opinions.l2_normalize(X[i], ABOVE[i], **arguments)
        found = np.ldexp(truth.parts[0].hi[i], int(truth.parts[0].exponent[i]))
        assert (np.abs(opinion - found) <= 1e-14 * np.abs(found).max()).all()


def test_what_is_along_the_vector_is_taken_off():
    x, w = np.array([[3.0, 4.0]]), np.array([[1.0, -0.5]])
    found = pullbacks_of_lengths.l2_normalize(x, w, epsilon=0.25)
    assert holds(found.parts[0], fmpq_mat(1, 2, [fmpq(22, 125), fmpq(-33, 250)]))
    along = pullbacks_of_lengths.l2_normalize(x, 7 * x, epsilon=0.25).parts[0]
    assert (np.abs(along.hi) <= along.radius).all()
    assert along.radius.max() < 2.0**-60


def test_short_vectors_are_divided_by_the_root_of_epsilon():
    w = np.array([[1.0, -0.5]])
    for x in ([0.25, 0.125], [0.0, 0.0]):
        found = pullbacks_of_lengths.l2_normalize(np.array([x]), w, epsilon=0.25)
        assert found.parts[0].hi.tolist() == [[2.0, -1.0]]
        assert found.quantities["across"].upper.max() == 0
    edge = pullbacks_of_lengths.l2_normalize(np.array([[0.5, 0.0]]), w, epsilon=0.25)
    assert np.isinf(edge.parts[0].radius).all()
    assert edge.quantities["margin"].lower.max() < 1e-15


def test_quantities_are_of_the_terms():
    x, w = np.array([[3.0, 4.0]]), np.array([[1.0, -0.5]])
    found = pullbacks_of_lengths.l2_normalize(x, w, epsilon=0.25).quantities
    known = {"direct": [0.2, 0.1], "across": [0.12, 0.16], "total": 1.5, "reciprocal": 0.2,
             "margin": 99.0, "terms": 2.0, "highest": 25.0, "faint": 0.008, "top": 1.5}  # fmt: skip
    for name, value in known.items():
        assert np.abs(found[name].upper - value).max() < 1e-10

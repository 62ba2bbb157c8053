"""Gradients of complex matrices, against matrices known by hand and differences of NumPy's values.

A gradient G of a real function f is that for which f moves by Re <G, dA>; that of a holomorphic one
is what moves its real part so, for a real 1 from above.
"""

from __future__ import annotations

import numpy as np
import pytest

from properties.protocol import Request
from properties.workers import Worker
from references import pullbacks, pullbacks_of_spectra
from references.truth import Enclosure

CHANCE = np.random.default_rng(11)
SQUARE, TALL, MOVED = (
    CHANCE.standard_normal((4, n)) + 1j * CHANCE.standard_normal((4, n)) for n in (4, 3, 4)
)
HERMITIAN = SQUARE + SQUARE.conj().T


def value(part: Enclosure) -> np.ndarray:
    """The first member, as complex128."""
    return (part.hi[0] + part.lo[0]) * 2.0 ** part.exponent[0]


def test_the_determinant_of_one_row_is_its_entry():
    for number in (1j, 3 - 4j, -(2.0**-40j)):
        part = pullbacks.det(np.array([[[number]]])).parts[0]
        assert abs(value(part) - 1) < 2.0**-100
        assert part.radius.max() < 2.0**-100


def test_cofactors_of_gaussian_integers():
    a, b, c, d = 2 + 1j, 1 - 3j, -1j, 4 + 2j
    truth = pullbacks.det(np.array([[[a, b], [c, d]]]))
    assert np.array_equal(value(truth.parts[0]), np.conj([[d, -c], [-b, a]]))
    size = abs(a * d - b * c)
    for name, known in (("size", size), ("slant", abs((a * d - b * c).imag) / size)):
        found = truth.quantities[name]
        assert found.lower[0] <= known * (1 + 1e-15)
        assert found.upper[0] >= known * (1 - 1e-15)
        assert found.upper[0] - found.lower[0] < 1e-14 * size


def test_eigenvalues_give_the_lower_triangle_and_a_real_diagonal():
    a = np.array([[[2 + 7j, 99.0], [1 - 3j, -1.0]]])
    assert np.array_equal(value(pullbacks_of_spectra.eigvalsh(a).parts[0]), [[2, 0], [2 - 6j, -1]])
    norm = pullbacks_of_spectra.eigvalsh(a).quantities["norm"]
    assert norm.lower[0] <= np.sqrt(2 * (4 + 20 + 1)) <= norm.upper[0]


def test_singular_values_of_a_diagonal_give_its_phases():
    a = np.array([[[3.0, 0.0], [0.0, -4.0j], [0.0, 0.0]]])
    for given, turned in ((a, False), (np.conj(np.swapaxes(a, 1, 2)), True)):
        part = pullbacks_of_spectra.nuclear(given).parts[0]
        phases = np.array([[1.0, 0.0], [0.0, -1.0j], [0.0, 0.0]])
        expected = phases.conj().T if turned else phases
        assert np.abs(value(part) - expected).max() < 1e-25
        assert part.radius.max() < 2.0**-60


def triangular(a: np.ndarray) -> float:
    """The sum of log |r_ii|."""
    return float(np.log(np.abs(np.diagonal(np.linalg.qr(a)[1]))).sum())


@pytest.mark.parametrize(
    ("reference", "function", "a"),
    [
        (pullbacks.det, lambda a: np.linalg.det(a).real, SQUARE),
        (pullbacks_of_spectra.nuclear, lambda a: np.linalg.svd(a)[1].sum(), TALL),
        (pullbacks_of_spectra.nuclear, lambda a: np.linalg.svd(a)[1].sum(), TALL.conj().T),
        (pullbacks_of_spectra.qr, triangular, TALL),
    ],
)
def test_functions_move_as_their_gradients_say(reference, function, a):
    gradient = value(reference(a[None]).parts[0])
    step = MOVED[: a.shape[0], : a.shape[1]] * 2.0**-20
    moved = function(a + step) - function(a - step)
    assert abs(moved / 2 - np.vdot(gradient, step).real) < 1e-9 * np.abs(gradient).max()


def test_half_the_squares_of_eigenvalues_move_with_the_lower_triangle():
    gradient = value(pullbacks_of_spectra.eigvalsh(HERMITIAN[None]).parts[0])
    step = np.tril(MOVED) * 2.0**-20
    ends = [
        (np.linalg.eigvalsh(np.tril(HERMITIAN) + sign * step) ** 2).sum() / 2 for sign in (1, -1)
    ]
    assert abs((ends[0] - ends[1]) / 2 - np.vdot(gradient, step).real) < 1e-9


def test_compiled_eigenvalues_of_hermitian_matrices_are_of_another_format():
    """`eigvalsh-gradient-complex-xla` of the ledger: where this fails, TensorFlow has mended it."""
    a = np.array([[[2, 0], [-1j, 3]]])
    worker = Worker()
    try:
        eager, compiled = (
            worker.ask(
                Request(
                    call="linalg.eigvalsh",
                    fault=None,
                    mode=mode,
                    device="CPU:0",
                    dtype="complex128",
                    arguments={},
                    inputs=(a,),
                )
            ).arrays[0][0]
            for mode in ("eager", "xla")
        )
    finally:
        worker.stop()
    true = (5 - 5**0.5) / 2, (5 + 5**0.5) / 2
    assert np.abs(eager - true).max() < 1e-14
    # real numbers, one behind the other, read as one complex number; what follows is not theirs
    assert abs(compiled[0] - complex(*true)) < 1e-14

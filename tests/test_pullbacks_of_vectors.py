"""Gradients through vectors of eigenproblems: by hand, rationals, differences and mpmath."""

from __future__ import annotations

import numpy as np
import pytest
from flint import fmpq, fmpq_mat

from properties import recipes
from properties.dtypes import FLOAT64
from properties.protocol import Request
from properties.registry import routines
from properties.workers import Worker
from references import pullbacks_of_vectors as pullbacks
from references import pullbacks_of_vectors_opinions as opinions
from references.audits import disagreement
from references.truth import Enclosure
from tests.test_pullbacks import A, W, holds, rational

PROJECTOR, FACTOR = "linalg.eigh.gradient", "linalg.svd.gradient_vectors"


def value(part: Enclosure) -> np.ndarray:
    """The centre of the first member."""
    return (part.hi[0] + part.lo[0]) * 2.0 ** part.exponent[0]


def first_vectors(a: np.ndarray, count: int) -> np.ndarray:
    """The projector on the vectors of the smallest eigenvalues, by NumPy."""
    vectors = np.linalg.eigh(a)[1][:, :count]
    return vectors @ vectors.T


def polar(a: np.ndarray) -> np.ndarray:
    """U V^T by NumPy."""
    left, _, across = np.linalg.svd(a, full_matrices=False)
    return left @ across


def test_a_diagonal_matrix_divides_by_its_gaps():
    """Vectors of the units: (w_ij + w_ji) / (d_i - d_j), in the lower triangle, of pairs alone."""
    a = np.diag([5.0, -3.0, 1.0, 2.0]) + np.triu(np.full((4, 4), 9.0), 1)  # garbage above
    w = np.arange(16.0).reshape(4, 4) ** 2
    values, inside = np.diagonal(a), {1, 2}  # of -3 and 1
    exact = fmpq_mat(4, 4)
    for i in range(4):
        for j in range(i):
            if (i in inside) != (j in inside):
                one, other = (i, j) if i in inside else (j, i)
                both = fmpq(int(w[i, j] + w[j, i]))
                exact[i, j] = both / fmpq(int(values[one] - values[other]))
    found = pullbacks.projector(a[None], w[None], half=True)
    assert holds(found.parts[0], exact)
    assert found.quantities["near"].lower[0] <= 0.25 <= found.quantities["near"].upper[0]
    assert found.quantities["divisor"].lower[0] <= 1 <= found.quantities["divisor"].upper[0]


def test_equal_values_on_one_side_are_no_matter():
    """What is not unique are vectors: the projector is as smooth as the gap beside it is wide."""
    a, w = np.diag([1.0, 1.0, 2.0, 2.0]), np.outer([1.0, 2.0, 3.0, 4.0], [1.0, 0.0, -1.0, 2.0])
    found = pullbacks.projector(a[None], w[None], half=True)
    both = w + w.T
    exact = np.zeros((4, 4))
    exact[2:, :2] = -both[2:, :2]
    assert holds(found.parts[0], rational(exact))
    assert np.isinf(found.quantities["near"].upper[0])
    alone = pullbacks.projector(a[None], w[None], half=False)
    assert np.isinf(alone.parts[0].radius).all()


@pytest.mark.parametrize("half", [False, True])
def test_projectors_move_as_their_pullback_says(half):
    """<G, dA> is <W, dP> for changes of the lower triangle, by differences of NumPy's vectors."""
    chance, n, step = np.random.default_rng(3), 6, 2.0**-16
    a, w, d = chance.standard_normal((3, n, n))
    a, d = np.tril(a) + np.tril(a, -1).T, np.tril(d)
    whole = d + np.tril(d, -1).T
    count = n // 2 if half else 1
    ends = [np.vdot(w, first_vectors(a + sign * step * whole, count)) for sign in (1, -1)]
    moved = np.vdot(value(pullbacks.projector(a[None], w[None], half=half).parts[0]), d)
    assert abs(moved - (ends[0] - ends[1]) / (2 * step)) < 1e-6 * np.linalg.norm(w)


@pytest.mark.parametrize("shape", [(3, 3), (5, 3), (2, 6), (4, 1)])
def test_polar_factors_move_as_their_pullback_says(shape):
    chance, step = np.random.default_rng(4), 2.0**-16
    a, w, d = chance.standard_normal((3, *shape))
    ends = [np.vdot(w, polar(a + sign * step * d)) for sign in (1, -1)]
    moved = np.vdot(value(pullbacks.factor(a[None], w[None]).parts[0]), d)
    assert abs(moved - (ends[0] - ends[1]) / (2 * step)) < 1e-6 * np.linalg.norm(w)


def test_a_rotation_times_a_diagonal_divides_by_sums():
    """Q D, Q a rotation by 3/5, 4/5: Q of (N_ij / (d_i + d_j)), N = Q^T W - W^T Q."""
    q = fmpq_mat(2, 2, [fmpq(3, 5), fmpq(-4, 5), fmpq(4, 5), fmpq(3, 5)])
    a = np.array([[3.0, -12.0], [4.0, 9.0]])  # Q diag(5, 15)
    w = rational(W[:2, :2])
    skew = q.transpose() * w - w.transpose() * q
    middle = fmpq_mat(2, 2, [skew[i, j] / 20 for i in range(2) for j in range(2)])
    found = pullbacks.factor(a[None], W[None, :2, :2])
    assert holds(found.parts[0], q * middle)


def test_a_vector_turns_with_what_is_orthogonal_to_it():
    """Of one column the polar factor is x / |x|: (I - x x^T / |x|^2) w / |x|, of a row the same."""
    x, w = np.array([[2.0], [3.0], [6.0]]), np.array([[1.0], [-2.0], [5.0]])
    across = fmpq(int((x * w).sum()), 49)
    exact = fmpq_mat(3, 1, [(fmpq(int(w[i, 0])) - across * int(x[i, 0])) / 7 for i in range(3)])
    assert holds(pullbacks.factor(x[None], w[None]).parts[0], exact)
    turned = pullbacks.factor(x.T[None], w.T[None])
    assert holds(turned.parts[0], exact.transpose())
    assert turned.quantities["near"].upper[0] < 1e-300


def test_equal_singular_values_are_no_matter():
    found = pullbacks.factor(np.eye(3)[None], A[None])
    assert holds(found.parts[0], rational((A - A.T) / 2))
    assert np.isinf(found.quantities["near"].upper[0])
    less = pullbacks.factor(np.array([[[1.0, 2.0], [2.0, 4.0]]]), A[None, :2, :2])
    assert np.isinf(less.parts[0].radius).all()


@pytest.mark.parametrize("structure", ["geometric", "clustered", "pairs"])
@pytest.mark.parametrize(
    ("name", "kind", "sizes", "arguments"),
    [
        (PROJECTOR, "symmetric and above", (5,), (("half", True),)),
        (PROJECTOR, "symmetric and above", (4,), (("half", False),)),
        (FACTOR, "rectangular and above", (5, 3), ()),
        (FACTOR, "rectangular and above", (2, 4), ()),
    ],
)
def test_balls_and_mpmath_agree(name, kind, sizes, arguments, structure):
    routine, compared = routines()[name], 0
    given = recipes.problem((kind, 6, sizes, structure, 20, 3, "float32", 3, arguments))
    truth = routine.reference(*given.inputs, **given.arguments)
    for member in range(len(given)):
        audited = routine.audit(*(x[member] for x in given.inputs), **given.arguments)
        assert disagreement(audited, truth, member) == 0
        compared += np.isfinite(truth.parts[0].radius[member]).all()
    assert compared >= 3


def test_sharper_levels_stay_within():
    a, w = (A + A.T)[None], W[None]
    for reference in (lambda level: pullbacks.projector(a, w, half=True, level=level),
                      lambda level: pullbacks.factor(a, w, level=level)):  # fmt: skip
        first, last = reference(0).parts[0], reference(2).parts[0]
        assert (last.radius <= first.radius).all()
        off = np.abs((last.hi - first.hi) + (last.lo - first.lo))
        assert (off <= first.radius + last.radius + 2.0**-100).all()


@pytest.mark.parametrize("name", [PROJECTOR, FACTOR])
def test_small_matrices_lose_their_gradient(name):
    """`_SafeReciprocal` of the ledger: where this fails, TensorFlow has mended it.

    Gradients are inverse to the scale of a matrix; x / (x^2 + 1e-20) is so of ordinary x alone.
    """
    routine, scale = routines()[name], 2.0**-40
    arguments = {"half": False} if name == PROJECTOR else {}
    worker = Worker()
    try:
        found = {}
        for times in (1.0, scale):
            reply = worker.ask(
                Request(
                    call=routine.call,
                    fault=None,
                    mode="eager",
                    device="CPU:0",
                    dtype="float64",
                    arguments=arguments,
                    inputs=((A + A.T)[None] * times, W[None]),
                )
            )
            found[times] = reply.arrays[0][0] * times
    finally:
        worker.stop()
    truth = routine.reference((A + A.T)[None], W[None], **arguments)
    assert np.abs(found[1.0] - value(truth.parts[0])).max() < 1e5 * FLOAT64.eps
    assert np.linalg.norm(found[scale]) < 0.1 * np.linalg.norm(found[1.0])
    opinion = opinions.projector if name == PROJECTOR else opinions.factor
    (other,) = opinion((A + A.T) * scale, W, **arguments)
    assert np.abs(other * scale - value(truth.parts[0])).max() < 1e5 * FLOAT64.eps

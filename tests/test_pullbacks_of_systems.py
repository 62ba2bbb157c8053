"""Pullbacks of systems: closed forms in balls, against rationals, differences and mpmath."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from flint import fmpq_mat

from properties import recipes
from properties.dtypes import FLOAT64
from properties.linalg.triangular_gradients import TRIANGULAR_SOLVE
from properties.protocol import Request
from properties.registry import routines
from properties.routine import Case, Problem
from properties.workers import Worker
from references import pullbacks_of_systems as pullbacks
from references import structured
from references.audits import disagreement
from references.contractions import tridiagonal, unpacked
from references.truth import Enclosure
from tests.test_pullbacks import A, W, holds, rational

CHANCE = np.random.default_rng(3)
B = W[:, :2]
LOWER, LOWER_ADJOINT = {"lower": True, "adjoint": False}, {"lower": True, "adjoint": True}
UPPER, UPPER_ADJOINT = {"lower": False, "adjoint": False}, {"lower": False, "adjoint": True}
ORDER = np.array([[2.0, 0.0, 1.0]])
KINDS: dict[str, tuple[str, tuple[Any, ...], str, dict[str, Any]]] = {
    "triangular_solve": ("systems and above", (4, 2), "geometric", UPPER_ADJOINT),
    "tridiagonal_solve": (
        "tridiagonal and above", (4, 2), "dense",
        {"partial_pivoting": True, "diagonals_format": "compact"},
    ),
    "cholesky_solve": ("systems and above", (4, 2), "geometric", {}),
    "lu_solve": ("packed and above", (4, 2), "geometric", {}),
    "banded_triangular_solve": ("operands", ((2, 4), (4, 2), (4, 2)), "dense", LOWER_ADJOINT),
}  # fmt: skip


def value(part: Enclosure) -> np.ndarray:
    """The first member's numbers."""
    return (part.hi[0] + part.lo[0]) * 2.0 ** part.exponent[0]


def kept(whole: fmpq_mat, away: Callable[[int, int], bool]) -> fmpq_mat:
    """The entries that a matrix has of its own."""
    n = whole.nrows()
    return fmpq_mat(n, n, [whole[i, j] if away(i, j) else 0 for i in range(n) for j in range(n)])


@pytest.mark.parametrize("ways", [LOWER, LOWER_ADJOINT, UPPER, UPPER_ADJOINT])
def test_triangles_by_rationals(ways):
    whole = rational(structured.triangle(A[None], lower=ways["lower"])[0])
    one, other = (whole.transpose(), whole) if ways["adjoint"] else (whole, whole.transpose())
    x, y = one.inv() * rational(B), other.inv() * rational(A[:, :2])
    product = x * y.transpose() if ways["adjoint"] else y * x.transpose()
    found = pullbacks.triangular_solve(A[None], B[None], A[None, :, :2], **ways)
    side = (lambda i, j: i >= j) if ways["lower"] else (lambda i, j: i <= j)
    assert holds(found.parts[0], fmpq_mat(3, 3) - kept(product, side))
    assert holds(found.parts[1], y)
    assert holds(found.parts[2], x)


def test_three_diagonals_and_factors_by_rationals():
    above = A[:, :2]
    whole = rational(tridiagonal(A[None])[0])
    x, y = whole.inv() * rational(B), whole.transpose().inv() * rational(above)
    product = y * x.transpose()
    diagonals = [[product[0, 1], product[1, 2], 0], [product[i, i] for i in range(3)],
                 [0, product[1, 0], product[2, 1]]]  # fmt: skip
    found = pullbacks.tridiagonal_solve(A[None], B[None], above[None])
    assert holds(found.parts[0], fmpq_mat(3, 3) - fmpq_mat(diagonals))
    lower = rational(np.tril(A))
    gram = (lower * lower.transpose()).inv()
    x, y = gram * rational(B), gram * rational(above)
    product = (y * x.transpose() + x * y.transpose()) * lower
    found = pullbacks.cholesky_solve(A[None], B[None], above[None])
    assert holds(found.parts[0], fmpq_mat(3, 3) - kept(product, lambda i, j: i >= j))
    assert holds(found.parts[1], y)


def test_packed_factors_by_rationals():
    lower, upper = (rational(side[0]) for side in unpacked(A[None]))
    order = ORDER[0].astype(int)
    x = (lower * upper).inv() * rational(B[order])
    y = (lower * upper).transpose().inv() * rational(A[:, :2])
    product = y * x.transpose()
    below = kept(product * upper.transpose(), lambda i, j: i > j)
    others = kept(lower.transpose() * product, lambda i, j: i <= j)
    found = pullbacks.lu_solve(A[None], ORDER, B[None], A[None, :, :2])
    assert holds(found.parts[0], fmpq_mat(3, 3) - below - others)
    back = fmpq_mat([[y[i, j] for j in range(2)] for i in np.argsort(order).tolist()])
    assert holds(found.parts[1], back)


def _dense(name: str, given: np.ndarray, ways: dict[str, Any]) -> np.ndarray:
    """The matrix that a system is of."""
    if name == "tridiagonal_solve":
        return tridiagonal(given[None])[0]
    if name == "lu_solve":
        lower, upper = (side[0] for side in unpacked(given[None]))
        return lower @ upper
    if name == "cholesky_solve":
        return np.tril(given) @ np.tril(given).conj().T
    of = structured.triangle if name == "triangular_solve" else structured.banded
    whole = of(given[None], lower=ways["lower"])[0]
    return whole.conj().T if ways["adjoint"] else whole


@pytest.mark.parametrize("name", KINDS)
def test_complex_systems_move_as_their_pullbacks_say(name):
    """Re <G, dF> is Re <W, dx>, by differences of NumPy's solutions."""
    ways = KINDS[name][3] if name.endswith("triangular_solve") else {}
    rows = {"tridiagonal_solve": 3, "banded_triangular_solve": 2}.get(name, 4)
    a, step = (_random(rows, 4) for _ in range(2))
    b, w = _random(4, 2), _random(4, 2)
    perm = [np.arange(4.0)[None]] * (name == "lu_solve")
    truth = getattr(pullbacks, name)(a[None], *perm, b[None], w[None], **ways)
    size = 2.0**-20
    ends = [
        np.vdot(w, np.linalg.solve(_dense(name, a + sign * size * step, ways), b)).real
        for sign in (1, -1)
    ]
    moved = np.vdot(value(truth.parts[0]), step).real
    assert moved == pytest.approx((ends[0] - ends[1]) / (2 * size), rel=1e-6)
    assert value(truth.parts[2]) == pytest.approx(np.linalg.solve(_dense(name, a, ways), b))


def _random(*shape: int) -> np.ndarray:
    return CHANCE.standard_normal(shape) + 1j * CHANCE.standard_normal(shape)


@pytest.mark.parametrize("in_complex", [False, True])
@pytest.mark.parametrize("name", KINDS)
def test_balls_and_mpmath_agree(name, in_complex):
    routine, (kind, sizes, structure, ways) = routines()[f"linalg.{name}.gradient"], KINDS[name]
    if in_complex:
        kind = f"complex {kind}"
        if name == "tridiagonal_solve":
            kind, sizes = "complex operands", ((3, 4), (4, 2), (4, 2))
    recipe = (kind, 6, sizes, structure, 20, 3, "float32", 7, tuple(ways.items()))
    given = recipes.problem(recipe)
    truth = routine.reference(*given.inputs, **ways)
    assert routine.audit is not None
    compared = 0
    for member in np.flatnonzero(truth.exists).tolist():
        audited = routine.audit(*(x[member] for x in given.inputs), **ways)
        assert disagreement(audited, truth, member) == 0
        compared += all(np.isfinite(part.radius[member]).all() for part in truth.parts)
    assert compared >= 4


def test_nothing_is_said_of_singular_systems():
    singular = A * (1 - np.diag([0.0, 1.0, 0.0]))
    for truth in (
        pullbacks.triangular_solve(singular[None], B[None], B[None]),
        pullbacks.cholesky_solve(singular[None], B[None], B[None]),
        pullbacks.tridiagonal_solve(0 * A[None], B[None], B[None]),
    ):
        assert not truth.exists[0]
        assert np.isinf(truth.quantities["worn"].upper[0])
    unknown = pullbacks.triangular_solve(A[None], B[None] * np.nan, B[None])
    assert unknown.exists[0]
    assert np.isinf(unknown.parts[0].radius).all()


def test_what_errors_of_one_unit_do_is_at_least_what_they_do():
    """`worn` and `moved`, against what a change of every entry does to NumPy's answers."""
    a, b, w = (CHANCE.standard_normal((1, 5, n)) for n in (5, 2, 2))
    truth = pullbacks.triangular_solve(a, b, w)
    unit = 2.0**-30
    changed = a * (1 + unit * CHANCE.choice([-1.0, 1.0], a.shape))
    again = pullbacks.triangular_solve(changed, b, w)
    for part, name in ((0, "worn"), (1, "moved")):
        one, other = (value(side.parts[part]) for side in (truth, again))
        off = np.abs(one - other).max(axis=0) / np.abs(one).max(axis=0)
        off = off.max() if part else np.abs(one - other).max() / np.abs(one).max()
        assert 0 < off <= truth.quantities[name].upper[0] * unit * (1 + 2.0**-15)


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ([[-0.5, 0.0], [-1.0, -2.0]], True),
        ([[-0.5, 0.0], [-1.0, -2.0000001]], False),
        ([[-0.5, 2.0**-60], [-1.0, -2.0]], False),  # no entry of the triangle
    ],
)
def test_the_product_is_told_without_the_truth(answer, right):
    a, x, y = np.eye(2)[None], np.array([[[0.5], [1.0]]]), np.array([[[1.0], [2.0]]])
    given = Problem((a, x, y), {"n": 2, "k": 1}, {}, (), LOWER)
    truth = pullbacks.triangular_solve(*given.inputs, **LOWER)
    case = Case(given, (np.array([answer]), y, x), truth, FLOAT64, "eager")
    (product,) = (claim for claim in TRIANGULAR_SOLVE.claims if claim.name == "product")
    error = product.measure(case).upper.max()
    assert (error < 1e-9) == right
    assert right or error > 1e6


def test_complex_tridiagonal_systems_get_transposes_for_adjoints():
    """`tridiagonal-solve-gradient-*` of the ledger: where this fails, TensorFlow has mended it."""
    d, one = np.array([[[0], [1 + 1j], [0]]]), np.ones((1, 1, 1), complex)
    worker = Worker()
    try:
        reply = worker.ask(
            Request(
                call=routines()["linalg.tridiagonal_solve.gradient"].call,
                fault=None,
                mode="eager",
                device="CPU:0",
                dtype="complex128",
                arguments={},
                inputs=(d, one, one),
            )
        )
    finally:
        worker.stop()
    of_d, of_b, x = (array.ravel() for array in reply.arrays)
    true = 1 / np.conj(1 + 1j)
    assert x[0] == pytest.approx(1 / (1 + 1j))
    assert of_b[0] == pytest.approx(np.conj(true))  # 1/conj(d) is right
    assert of_d[1] == pytest.approx(-np.conj(true) / (1 + 1j))  # -1/conj(d)^2

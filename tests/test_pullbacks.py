"""Gradients of functions of matrices: closed forms in balls, against rationals and mpmath."""

from __future__ import annotations

from functools import partial
from typing import Any

import mpmath
import numpy as np
import pytest
from flint import arb, ctx, fmpq, fmpq_mat

from properties import recipes
from properties.linalg.gradients import adjoint
from properties.registry import routines
from references import pullbacks, pullbacks_of_spectra
from references.audits import disagreement
from references.elementwise_audits import FUNCTIONS
from references.partials import PARTIALS
from references.partials_audits import PARTIALS as AUDITS
from references.truth import Enclosure

A = np.array([[4.0, -2.0, 1.0], [3.0, 7.0, -1.0], [0.5, 2.0, -3.0]])
W = np.array([[1.0, 5.0, -2.0], [0.25, 3.0, 8.0], [-6.0, 2.0, 0.5]])
NAMES = tuple(
    f"linalg.{name}.gradient" for name in ("inv", "solve", "det", "slogdet", "logdet", "eigvalsh",
    "svd", "pinv", "qr", "cholesky", "expm", "lstsq")
)  # fmt: skip
KINDS = {
    "linalg.inv.gradient": ("systems", (4, 4), "complex systems"),
    "linalg.solve.gradient": ("systems", (4, 2), "complex systems"),
    "linalg.det.gradient": ("general", (4,), "complex general"),
    "linalg.slogdet.gradient": ("general", (4,), "complex general"),
    "linalg.logdet.gradient": ("definite", (4,), "complex definite"),
    "linalg.eigvalsh.gradient": ("symmetric", (4,), "complex definite"),
    "linalg.svd.gradient": ("rectangular", (5, 3), "complex rectangular"),
    "linalg.pinv.gradient": ("rectangular", (5, 3), ""),
    "linalg.qr.gradient": ("rectangular", (5, 3), "complex rectangular"),
    "linalg.lstsq.gradient": (
        "least squares and above",
        (5, 3, 2),
        "complex least squares and above",
    ),
    "linalg.expm.gradient": ("generators and above", (4,), "complex generators and above"),
    "linalg.cholesky.gradient": ("definite and above", (4,), "complex definite and above"),
}

TOLD = {"linalg.svd.gradient": {"compute_uv": False}}
STRUCTURES = {"linalg.expm.gradient": ("dense", "jordan")}


def rational(x: np.ndarray) -> fmpq_mat:
    return fmpq_mat(*x.shape, [fmpq(*float(y).as_integer_ratio()) for y in x.ravel()])


def holds(part: Enclosure, exact: fmpq_mat) -> bool:
    """Whether the first member's enclosure contains the exact matrix, and tightly."""
    saved, ctx.prec = ctx.prec, 300
    try:
        scale = arb(2) ** int(part.exponent[0])
        for place, value in zip(np.ndindex(part.hi.shape[1:]), exact.entries(), strict=True):
            centre = (arb(float(part.hi[0][place])) + arb(float(part.lo[0][place]))) * scale
            radius = arb(float(part.radius[0][place])) * scale
            if not abs(centre - arb(value)) <= radius or not radius < arb(2) ** -60 * scale:
                return False
    finally:
        ctx.prec = saved
    return True


def test_inverse_solution_and_determinant_by_rationals():
    x, w = rational(A).inv(), rational(W)
    turned = x.transpose()
    assert holds(pullbacks.inv(A[None], W[None]).parts[0], fmpq_mat(3, 3) - turned * w * turned)
    found = pullbacks.solve(A[None], W[None])
    y = turned * w
    assert holds(found.parts[0], fmpq_mat(3, 3) - y * (x * w).transpose())
    assert holds(found.parts[1], y)
    scaled = fmpq_mat(3, 3, [rational(A).det() * entry for entry in turned.entries()])
    assert holds(pullbacks.det(A[None]).parts[0], scaled)


def test_definite_matrices_have_their_inverse():
    gram = A.T @ A
    read = np.tril(gram) + np.triu(np.full((3, 3), 77.0), 1)  # above the diagonal nobody looks
    assert holds(pullbacks.logdet(read[None]).parts[0], rational(gram).inv())
    assert not pullbacks.logdet(-read[None]).exists[0]


def test_eigenvalues_give_the_lower_triangle():
    part = pullbacks_of_spectra.eigvalsh(W[None]).parts[0]
    assert holds(part, rational(np.tril(W) + np.tril(W, -1)))


@pytest.mark.parametrize(
    ("a", "polar"),
    [
        ([[3.0, 0.0], [0.0, -4.0]], [[1.0, 0.0], [0.0, -1.0]]),
        ([[0.0, -2.0], [5.0, 0.0]], [[0.0, -1.0], [1.0, 0.0]]),
        ([[0.0, 2.0**-30], [2.0**20, 0.0], [0.0, 0.0]], [[0.0, 1.0], [1.0, 0.0], [0.0, 0.0]]),
        ([[3.0, 4.0]], [[0.6, 0.8]]),
    ],
)
def test_singular_values_give_the_polar_factor(a, polar):
    exact = fmpq_mat(len(a), len(a[0]), [fmpq(round(10 * y), 10) for row in polar for y in row])
    assert holds(pullbacks_of_spectra.nuclear(np.array([a])).parts[0], exact)


def test_of_a_smaller_rank_nothing_is_said():
    truth = pullbacks_of_spectra.nuclear(np.array([[[1.0, 2.0], [2.0, 4.0]]]))
    assert np.isinf(truth.parts[0].radius).all()
    assert np.isinf(truth.quantities["kappa"].upper).all()


@pytest.mark.parametrize("in_complex", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_balls_and_mpmath_agree(name, in_complex):
    routine = routines()[name]
    kind, sizes, of_complex = KINDS[name]
    if in_complex and not of_complex:
        pytest.skip("real only")
    compared = 0
    structures = STRUCTURES.get(name, ("geometric", "clustered"))
    for structure in structures:
        for seed in (3, 4):
            given = recipes.problem((
                of_complex if in_complex else kind, 6, sizes, structure, 20, 3, "float32", seed,
                (),
            ))  # fmt: skip
            truth = routine.reference(*given.inputs)
            told = TOLD.get(name, {})
            for member in np.flatnonzero(truth.exists).tolist():
                audited = routine.audit(*(x[member] for x in given.inputs), **told)
                assert disagreement(audited, truth, member) == 0
                compared += np.isfinite(truth.parts[0].radius[member]).all()
    assert compared >= 8


def test_terms_of_the_adjoint_name_its_own_quantities():
    terms = adjoint({"gamma": "1.5*n", "eta": {"": "gamma*growth + 1", "xla": "columns + kappa"}})
    assert terms == {
        "gamma_t": "1.5*n",
        "eta_t": {"": "gamma_t*growth_t + 1", "xla": "columns_t + kappa_t"},
    }


POINTS = {
    "floormod by y": ((7.25, 2.0), (-3.5, 0.75)),
    "betainc by x": ((2.0, 3.5, 0.25), (0.5, 0.75, 0.875)),
    "polygamma by x": ((0.0, 1.5), (3.0, 4.25)),
    "zeta by q": ((1.5, 0.75), (4.0, 9.5)),
}


@pytest.mark.parametrize("name", PARTIALS)
def test_formulas_are_partial_derivatives(name):
    """Of mpmath's values of the function, by differences."""
    function, _, argument = name.partition(" by ")
    value = FUNCTIONS[function]
    saved, ctx.prec = ctx.prec, 160
    try:
        with mpmath.workdps(40):
            for point in POINTS.get(name, ((0.75, 1.5), (2.5, 0.375))):
                place = {"x": len(point) - 1, "y": 1, "q": 1, "a": 0}[argument]
                if function in ("pow", "xlogy", "xlog1py", "xdivy", "divide", "squared_difference"):
                    place = {"x": 0, "y": 1}[argument]
                if function == "atan2":
                    place = {"y": 0, "x": 1}[argument]
                moving = partial(_at, value, point, place)
                known = mpmath.diff(moving, point[place])
                ball = PARTIALS[name](*map(arb, point))
                gap = abs(mpmath.mpf(ball.mid().str(40, radius=False)) - known)
                assert gap <= mpmath.mpf(10) ** -25 * (1 + abs(known)), point
    finally:
        ctx.prec = saved
    assert set(PARTIALS) == set(AUDITS)


def _at(value: Any, point: tuple[float, ...], place: int, moved: Any) -> Any:
    numbers = [mpmath.mpf(x) for x in point]
    numbers[place] = moved
    return value(*numbers)

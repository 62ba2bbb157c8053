"""tf.linalg.triangular_solve and banded_triangular_solve: substitution, either way, or adjoint."""

from __future__ import annotations

from functools import partial

import numpy as np
from hypothesis.strategies import SearchStrategy
from numpy.typing import NDArray

from properties import complex_matrices
from properties.draws import (
    FEW_ORDERS,
    FINE,
    GENERAL,
    LARGE_ORDERS,
    ORDERS,
    PARTS,
    by_depth,
    drawn,
)
from properties.dtypes import Dtype
from properties.entries import columnwise_moduli, unmet
from properties.faults import coarse
from properties.placed import placed
from properties.routine import Case, Claim, Fault, Problem, Routine
from properties.verify import verify
from references import opinions_structured as opinions
from references import structured
from references.audits_structured import banded_triangular_solve, triangular_solve
from references.interval import Interval

WAYS = tuple(
    (("lower", lower), ("adjoint", adjoint))
    for lower, adjoint in ((True, False), (False, False), (True, True), (False, True))
)
BANDS = tuple(
    (((d, n), (n, 2)), way)
    for (d, n), way in zip(((1, 3), (2, 3), (2, 5), (3, 5)), (WAYS[0], *WAYS[:3]), strict=True)
)
LARGE_BANDS = ((((3, 32), (32, 2)), WAYS[0]), (((2, 16), (16, 1)), WAYS[1]))


def triangles(depth: int) -> SearchStrategy[Problem]:
    """Square A (B, n, n), of which one triangle counts, and b (B, n, k), with both arguments."""
    sizes = [(n, 1 if n == 3 else 3) for (n,) in by_depth(depth, ORDERS[1:], LARGE_ORDERS)]
    return drawn("systems", depth, sizes, GENERAL, FINE, WAYS)


def complex_triangles(depth: int) -> SearchStrategy[Problem]:
    """Complex A (B, n, n), of which one triangle counts, and b (B, n, k), with both arguments."""
    sizes = [(n, 2) for (n,) in by_depth(depth, FEW_ORDERS[1:], LARGE_ORDERS)]
    return drawn("complex systems", depth, sizes, complex_matrices.STRUCTURES, PARTS, WAYS)


def bands(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """Diagonals (B, d, n) of a triangle, its unused corner filled too, and b (B, n, k)."""
    return placed(depth, BANDS, LARGE_BANDS, in_complex=in_complex)


def substituted(case: Case, a: NDArray) -> Interval:
    """|b - T x| / (|T||x|) entry by entry, T or T^H as the arguments say; in eps."""
    if case.problem.arguments["adjoint"]:
        a = np.swapaxes(a.conj(), 1, 2)
    return unmet_by_triangle(a, case.answer[0], case.problem.inputs[1], case.dtype)


def unmet_by_triangle(a: NDArray, x: NDArray, b: NDArray, dtype: Dtype) -> Interval:
    """|b - T x| / (|T||x|) entry by entry, what underflow does to substitution forgiven; in eps."""
    n, tiny = a.shape[1], dtype.tiny
    top = np.maximum(np.abs(a.real), np.abs(a.imag)).max(axis=(1, 2))
    lost = n * (2 * tiny + 1.5 * (top * tiny))  # moduli are at most sqrt 2 of their parts
    return unmet(a, x, b, lost, dtype.eps)


def backward(case: Case) -> Interval:
    """Of the triangle that counts."""
    a = structured.triangle(case.problem.inputs[0], lower=case.problem.arguments["lower"])
    return substituted(case, a)


def backward_of_bands(case: Case) -> Interval:
    """Of the matrix of the diagonals."""
    a = structured.banded(case.problem.inputs[0], lower=case.problem.arguments["lower"])
    return substituted(case, a)


BECAUSE = (
    "substitution gives the exact solution of a triangle with each entry off by gamma_n of itself, "
    "in any order (Higham 2002, 8.5); one more for pivots whose reciprocals are multiplied by; six "
    "more for both in complex arithmetic (3.6)"
)
CLAIMS = (
    Claim(name="backward", measure=backward, bound="gamma", because=BECAUSE),
    Claim(
        name="forward",
        measure=columnwise_moduli,
        bound="reach/(1 - reach*eps)",
        unless="2*reach*eps",
        because=BECAUSE + "; so x is off by gamma |T^-1||T||x|, skeel in the norm (8.2)",
    ),
)


def _other(tf, call, a, b, lower, adjoint):
    """The other triangle read."""
    return call(a, b, lower=not lower, adjoint=adjoint)


def _forgotten(tf, call, a, b, lower, adjoint):
    """T x = b solved where T^H x = b is asked for."""
    return call(a, b, lower=lower, adjoint=False)


def _conjugated(tf, call, a, b, **ways):
    return call(tf.math.conj(a), b, **ways)


def _unit(tf, call, a, b, **ways):
    """Ones for the diagonal, as for the L of an LU decomposition."""
    ones = tf.ones_like(tf.linalg.diag_part(a))
    return call(tf.linalg.set_diag(a, ones), b, **ways)


def _unit_bands(tf, call, a, b, lower, adjoint):
    ones = tf.ones_like(a[..., :1, :])
    parts = (ones, a[..., 1:, :]) if lower else (a[..., :-1, :], ones)
    return call(tf.concat(parts, -2), b, lower=lower, adjoint=adjoint)


FAULTS = (
    Fault("other triangle", _other),
    Fault("adjoint forgotten", _forgotten),
    Fault("conjugated", _conjugated, complex=True),
    Fault("half the digits of the matrix", lambda tf, call, a, b, **k: call(coarse(tf, a), b, **k)),
    Fault("half the digits of b", lambda tf, call, a, b, **k: call(a, coarse(tf, b), **k)),
    Fault("half the digits of the answer", lambda tf, call, a, b, **k: coarse(tf, call(a, b, **k))),
)
TERMS = {
    "steps": "n + 1 + 6*complex",
    "gamma": "0.505*steps/(1 - 0.5*steps*eps)",
    "reach": "gamma*skeel + n*(2 + norm_a)*kappa/(norm_a*norm_x)*tiny/eps",
}
EXCUSED = "max(2*reach*eps, 4*top/huge)"
TRIANGULAR_SOLVE = Routine(
    name="linalg.triangular_solve",
    call="linalg.triangular_solve",
    problems=triangles,
    complex_problems=complex_triangles,
    reference=structured.triangular_solve,
    rival=opinions.triangular_solve,
    audit=triangular_solve,
    terms=TERMS,
    excused=EXCUSED,
    claims=CLAIMS,
    faults=(*FAULTS, Fault("unit diagonal", _unit)),
    volume=0.5,
)
BANDED_TRIANGULAR_SOLVE = Routine(
    name="linalg.banded_triangular_solve",
    call="linalg.banded_triangular_solve",
    problems=bands,
    complex_problems=partial(bands, in_complex=True),
    reference=structured.banded_triangular_solve,
    rival=opinions.banded_triangular_solve,
    audit=banded_triangular_solve,
    terms=TERMS,
    excused=EXCUSED,
    claims=(
        Claim(name="backward", measure=backward_of_bands, bound="gamma", because=BECAUSE),
        CLAIMS[1],
    ),
    faults=(*FAULTS, Fault("unit diagonal", _unit_bands)),
    volume=0.3,
)

test_triangular_solve = verify(TRIANGULAR_SOLVE)
test_banded_triangular_solve = verify(BANDED_TRIANGULAR_SOLVE)

"""Gradients of tf.linalg.triangular_solve and banded_triangular_solve: both ways, and adjoint."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from hypothesis.strategies import SearchStrategy
from numpy.typing import NDArray

from properties import complex_matrices
from properties.draws import FEW_ORDERS, FINE, GENERAL, LARGE_ORDERS, PARTS, by_depth, drawn
from properties.linalg.gradients import HERE
from properties.linalg.through_systems import (
    FAULTS,
    FORWARD,
    PRODUCT,
    SAME_SYSTEM,
    TRANSPOSED,
    beside,
    kept_alone,
    product_left,
    turned,
)
from properties.linalg.triangular_solve import BANDS, LARGE_BANDS, WAYS, unmet_by_triangle
from properties.placed import placed
from properties.routine import Case, Claim, Fault, Problem, Routine
from properties.verify import verify
from references import pullbacks_of_systems as pullbacks
from references import pullbacks_of_systems_opinions as opinions
from references import structured
from references.interval import Interval

ORDERS = ((2,), (3,), (5,))
WrittenOut = Callable[..., NDArray]


def triangles(depth: int) -> SearchStrategy[Problem]:
    """A (B, n, n), of which one triangle counts, b (B, n, k), and of its shape what is above."""
    sizes = [(n, 1 if n == 3 else 3) for (n,) in by_depth(depth, ORDERS, LARGE_ORDERS[:2])]
    return drawn("systems and above", depth, sizes, GENERAL, FINE, WAYS)


def complex_triangles(depth: int) -> SearchStrategy[Problem]:
    """The same of complex numbers."""
    sizes = [(n, 2) for (n,) in by_depth(depth, FEW_ORDERS[2:], LARGE_ORDERS[:2])]
    structures = complex_matrices.STRUCTURES
    return drawn("complex systems and above", depth, sizes, structures, PARTS, WAYS)


def bands(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """Diagonals (B, d, n), their unused corner filled too, b (B, n, k), and what is above."""
    small, large = (
        [((*shapes, shapes[1]), way) for shapes, way in places] for places in (BANDS, LARGE_BANDS)
    )
    if in_complex:  # what is drawn first is no single band, whose gradient has an axis too few
        small.reverse()
    return placed(depth, small, large, in_complex=in_complex)


def _whole(case: Case, side: NDArray, written_out: WrittenOut) -> NDArray:
    return written_out(side, lower=case.problem.arguments["lower"])


def backward(case: Case, written_out: WrittenOut) -> Interval:
    """|b - T x| / (|T||x|) and |w - T^H y| / (|T^H||y|), or of T^H and T, entry by entry."""
    a, rhs, above = case.problem.inputs
    one = _whole(case, a, written_out)
    sides = (one, turned(one))[:: -1 if case.problem.arguments["adjoint"] else 1]
    solved = ((case.answer[2], rhs), (case.answer[1], above))
    return beside(
        *(unmet_by_triangle(t, x, b, case.dtype) for t, (x, b) in zip(sides, solved, strict=True))
    )


def product(case: Case, written_out: WrittenOut) -> Interval:
    """|G + y x^H| / (|y||x^H|), or of x y^H, where T has entries; G is zero elsewhere."""
    given, y, x = case.answer
    whole = _whole(case, given, written_out)
    kept = _whole(case, np.ones((1, *given.shape[1:])), written_out) != 0
    left, right = (x, y) if case.problem.arguments["adjoint"] else (y, x)
    return kept_alone(product_left(whole, left, right, case.dtype), given, whole, kept)


def _claims(written_out: WrittenOut) -> tuple[Claim, ...]:
    return (
        Claim(
            name="backward",
            measure=partial(backward, written_out=written_out),
            bound="gamma",
            because="both solutions are those of triangles with each entry off by gamma_n of "
            "itself, as linalg.triangular_solve's (Higham 2002, 8.5)",
        ),
        Claim(
            name="product",
            measure=partial(product, written_out=written_out),
            bound="0.505*(terms + 3 + 2*complex)",
            because=PRODUCT,
        ),
        *FORWARD,
    )


def _whole_product(tf, call, a, b, above, lower, adjoint):
    """With the entries beyond the triangle."""
    _, y, x = call(a, b, above, lower=lower, adjoint=adjoint)
    return -tf.linalg.matmul(*((x, y) if adjoint else (y, x)), adjoint_b=True), y, x


def _turned_product(tf, call, a, b, above, lower, adjoint):
    """The product of the other order, within the triangle."""
    _, y, x = call(a, b, above, lower=lower, adjoint=adjoint)
    found = -tf.linalg.matmul(*((y, x) if adjoint else (x, y)), adjoint_b=True)
    return tf.linalg.band_part(found, *((-1, 0) if lower else (0, -1))), y, x


def _bands_turned(tf, call, a, b, above, lower, adjoint):
    """As if both were asked for the other way round."""
    of_a, y, x = call(a, b, above, lower=lower, adjoint=adjoint)
    return tf.reverse(of_a, [-1]), y, x


def _without_diagonal(tf, call, a, b, above, **ways):
    """As of a unit triangle."""
    of_a, *rest = call(a, b, above, **ways)
    return of_a - tf.linalg.diag(tf.linalg.diag_part(of_a)), *rest


def _without_main(tf, call, a, b, above, lower, adjoint):
    """The same of the main diagonal, which stands first or last."""
    of_a, *rest = call(a, b, above, lower=lower, adjoint=adjoint)
    zero = tf.zeros_like(of_a[..., :1, :])
    parts = (zero, of_a[..., 1:, :]) if lower else (of_a[..., :-1, :], zero)
    return tf.concat(parts, -2), *rest


TERMS = {
    "steps": "n + 1 + 6*complex",
    "gamma": "0.505*steps/(1 - 0.5*steps*eps)",
    "off": "gamma*worn + 0.505*(terms + 2*complex)*formed + lost*tiny/eps",
    "strayed": "gamma*moved + flushed*tiny/eps",
    "doubt": "2*eps*max(off, strayed, gamma*astray)",
}
EXCUSED = "max(doubt, 4*peak/huge)"
TRIANGULAR_SOLVE = Routine(
    name="linalg.triangular_solve.gradient",
    call=f"{HERE}:triangular_solve",
    problems=triangles,
    complex_problems=complex_triangles,
    reference=pullbacks.triangular_solve,
    rival=opinions.triangular_solve,
    audit=opinions.audit_triangular_solve,
    terms=TERMS,
    excused=EXCUSED,
    claims=_claims(structured.triangle),
    faults=(
        *FAULTS,
        TRANSPOSED,
        SAME_SYSTEM,
        Fault("entries beyond the triangle", _whole_product),
        Fault("product of the other order", _turned_product),
        Fault("without the diagonal", _without_diagonal),
    ),
    volume=0.25,  # each shape is traced and compiled, and its truths come from balls
    pullback=True,
)
BANDED_TRIANGULAR_SOLVE = Routine(
    name="linalg.banded_triangular_solve.gradient",
    call=f"{HERE}:banded_triangular_solve",
    problems=bands,
    complex_problems=partial(bands, in_complex=True),
    reference=pullbacks.banded_triangular_solve,
    rival=opinions.banded_triangular_solve,
    audit=opinions.audit_banded_triangular_solve,
    terms=TERMS,
    excused=EXCUSED,
    claims=_claims(structured.banded),
    faults=(
        *FAULTS,
        TRANSPOSED,
        SAME_SYSTEM,
        Fault("diagonals backwards", _bands_turned),
        Fault("without the diagonal", _without_main),
    ),
    volume=0.25,
    pullback=True,
)

test_triangular_solve = verify(TRIANGULAR_SOLVE)
test_banded_triangular_solve = verify(BANDED_TRIANGULAR_SOLVE)

"""tf.linalg.experimental.conjugate_gradient: what its residual says, and when it may stop."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis.strategies import SearchStrategy

from properties.draws import FINE, by_depth, drawn
from properties.faults import coarse
from properties.matrices import SYMMETRIC
from properties.measures import euclidean, product, ratio
from properties.routine import Case, Claim, Fault, Problem, Routine
from properties.verify import verify
from references import conjugate as references
from references.doubledouble import exact_scale, shift
from references.interval import Interval
from references.norms import scaled

ORDERS = ((2, 1), (3, 1), (8, 1))
LARGE_ORDERS = ((16, 1), (32, 1))
LIMITS = (
    (("max_iter", 20), ("tol", 2.0**-16)),
    (("max_iter", 100), ("tol", 2.0**-10)),
    (("max_iter", 3), ("tol", 2.0**-16)),
)


def systems(depth: int) -> SearchStrategy[Problem]:
    """Positive definite matrices (B, n, n), b (B, n, 1); `tol` and `max_iter`."""
    orders = by_depth(depth, ORDERS, LARGE_ORDERS)
    return drawn("definite systems", depth, orders, SYMMETRIC, FINE, LIMITS,
                 lambda chosen: min(16, chosen.grid.bits - 8))  # fmt: skip


def _left(case: Case, r: np.ndarray) -> tuple[Interval, np.ndarray]:
    """The length of b - A x - r, without a power of two, which comes with it."""
    a, b = case.problem.inputs
    x = case.answer[0]
    whole = np.where(np.isfinite(x), x, 0.0)
    of_a, of_x = exact_scale(a), exact_scale(whole)
    power = np.maximum(of_a + of_x, np.maximum(exact_scale(b), exact_scale(r)))
    one = np.broadcast_to(np.eye(a.shape[1]), a.shape)
    left = np.concatenate([shift(a, -of_a), one, one], axis=2)
    parts = [shift(x, of_a - power), shift(r, -power), shift(-b, -power)]
    return euclidean(product(left, np.concatenate(parts, axis=1)), (-2, -1)), power


def gap(case: Case) -> Interval:
    """||(b - A x) - r|| / (||A|| ||x*||): Euclidean norms, Frobenius' of A, x* the solution."""
    error, power = _left(case, np.nan_to_num(case.answer[1], posinf=0.0, neginf=0.0))
    known = case.truth.quantities
    size = scaled(known["frobenius"], -power) * known["length"]
    return ratio(error, size, case.dtype.eps)


def remaining(case: Case) -> Interval:
    """||b - A x|| / ||b||, Euclidean norms."""
    error, power = _left(case, np.zeros_like(case.answer[1]))
    return ratio(error, scaled(case.truth.quantities["given"], -power), case.dtype.eps)


def _sooner(tf: Any, call: Any, a: Any, b: Any, *, tol: float, max_iter: int) -> Any:
    """A tolerance that is taken for that of the square."""
    return call(a, b, tol=tol**0.5, max_iter=max_iter)


def _fewer(tf: Any, call: Any, a: Any, b: Any, *, tol: float, max_iter: int) -> Any:
    return call(a, b, tol=tol, max_iter=1)


def _believed(tf: Any, call: Any, a: Any, b: Any, **limits: Any) -> Any:
    """The residual of a step too late."""
    x, r = call(a, b, **limits)
    return x - r / tf.linalg.trace(a)[..., None, None], r


def _descent(tf: Any, call: Any, a: Any, b: Any, *, tol: float, max_iter: int) -> Any:
    """The steepest descent: directions that forget those before."""
    x, r = tf.zeros_like(b), b
    for _ in range(min(max_iter, 8)):
        z = tf.matmul(a, r)
        step = tf.math.divide_no_nan(tf.reduce_sum(r * r, -2, keepdims=True),
                                     tf.reduce_sum(r * z, -2, keepdims=True))  # fmt: skip
        x, r = x + step * r, r - step * z
    return x, r


CONJUGATE_GRADIENT = Routine(
    name="linalg.experimental.conjugate_gradient",
    call="properties.linalg.operators:conjugate_gradient",
    problems=systems,
    reference=references.conjugate_gradient,
    rival=references.rival,
    audit=references.audit,
    terms={
        "apart": "1.01*max_iter*(9 + 2*n)",
        "weight": "frobenius*length/given",
        "lost": "8*n*max_iter*tiny/eps",
        "most": "8*n**2*given*max(1, frobenius)/huge*max(1, given)",
        "range": "max(most, 8*n*length/huge, 16*n*tiny/(eps**3*min(1, frobenius)*given*given))",
    },
    excused="max(late, 2*apart*eps*weight, range)",
    claims=(
        Claim(
            name="gap",
            measure=gap,
            bound="apart + lost*(1/(frobenius*length) + 1/length)",
            unless="max(2*apart*eps, range)",
            because="x and r are updated side by side: a step rounds x by u ||x|| and by u of "
            "what is added, r by u ||r|| and by (n + 2) u ||A|| of the same; norms of iterates "
            "rise to that of the solution (Hestenes and Stiefel 1952), steps are at most twice, "
            "residuals at most ||A|| times twice that: (9 + 2 n) u ||A|| ||x|| a step, doubled "
            "for norms that rounding lets exceed it (Greenbaum 1997; van der Vorst and Ye 2000)",
        ),
        Claim(
            name="remaining",
            measure=remaining,
            bound="1.01*tol/eps + apart*weight + lost/given*(1 + frobenius)",
            unless="max(late, apart*weight*eps, range)",
            because="the iteration ends where ||r|| <= tol ||b||, or after max_iter steps, by "
            "which time 2 sqrt(kappa) ((sqrt(kappa) - 1)/(sqrt(kappa) + 1))^max_iter is below tol "
            "with twice the condition: rounded, the method does as the exact one of a matrix "
            "whose eigenvalues are spread a little (Greenbaum 1989); r is the gap from the truth",
        ),
    ),
    faults=(
        Fault("tolerance of the square", _sooner),
        Fault("one step", _fewer),
        Fault("a step too late", _believed),
        Fault("steepest descent", _descent),
        Fault("half the digits of the matrix",
              lambda tf, call, a, b, **k: call(coarse(tf, a), b, **k)),
        Fault("half the digits of the answer",
              lambda tf, call, a, b, **k: tuple(coarse(tf, y) for y in call(a, b, **k))),
    ),
    dtypes=("float32", "float64"),
    volume=0.3,
)  # fmt: skip

test_conjugate_gradient = verify(CONJUGATE_GRADIENT)

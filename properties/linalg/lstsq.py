"""tf.linalg.lstsq: least squares and least norm, by factors or by normal equations."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from properties.draws import complex_least_squares, least_squares
from properties.embedding import SYSTEM
from properties.faults import coarse
from properties.measures import columnwise_euclidean, ratio
from properties.residuals import gradient as slope
from properties.routine import Case, Claim, Fault, Problem, Routine
from properties.verify import verify
from references import audits, opinions
from references.interval import Interval, largest
from references.linear import lstsq


def gradient(case: Case) -> Interval:
    """||A^T (b - A x)|| / (||A|| (||A|| ||x|| + ||b||)), Frobenius and Euclidean norms.

    The residual enters with its rounding error, as the double-double that it is.
    """
    a, b = case.problem.inputs
    found = slope(a, case.answer[0], b)
    norm_a = Interval(found.a.lower[:, None], found.a.upper[:, None])
    size = norm_a * (norm_a * found.x + found.b)
    return largest(ratio(found.r, size, case.dtype.eps))


def _fast(problem: Problem) -> NDArray[np.bool_]:
    return np.full(len(problem), bool(problem.arguments.get("fast", True)))


def _by_factors(problem: Problem) -> NDArray[np.bool_]:
    return ~_fast(problem)


def _tall(problem: Problem) -> NDArray[np.bool_]:
    """Overdetermined, without regulariser: where the gradient is A^T r."""
    plain = not (problem.arguments.get("fast", True) and problem.arguments.get("l2_regularizer"))
    return np.full(len(problem), plain and problem.sizes["m"] >= problem.sizes["n"])


def _tall_by_factors(problem: Problem) -> NDArray[np.bool_]:
    return _tall(problem) & _by_factors(problem)


def _tall_fast(problem: Problem) -> NDArray[np.bool_]:
    return _tall(problem) & _fast(problem)


def _regulariser_ignored(tf, call, a, b, fast=True, l2_regularizer=0.0):
    return call(a, b, fast=fast)


def _unscaled_rows(tf, call, a, b, **arguments):
    """The last equation counted twice."""
    return call(tf.concat([a, a[..., -1:, :]], -2), tf.concat([b, b[..., -1:, :]], -2), **arguments)


def _normal_always(tf, call, a, b, fast=True, l2_regularizer=0.0):
    return call(a, b, fast=True, l2_regularizer=l2_regularizer)


LSTSQ = Routine(
    name="linalg.lstsq",
    call="linalg.lstsq",
    problems=least_squares,
    complex_problems=complex_least_squares,
    embedding=SYSTEM,
    reference=lstsq,
    compiled=16,  # or XLA meets few structures
    rival=opinions.lstsq,
    audit=audits.lstsq,
    terms={
        "small": "min(m, n)*(1 + complex)",
        "large": "max(m, n)*(1 + complex)",
        "underflow": "6*small*large*tiny/eps*(1/norm_a + (1 + norm_a)/norm_b + 1/norm_x)",
        "eta": "2*small*(sqrt(large) + 5) + underflow",
        "spread": "eta*kappa",
        "lost": "2*small*large*tiny/eps*((1/norm_a + 1/norm_b)/norm_a + norm_a/norm_x)",
        "gram": "(large + 3*small + 2)/2 + underflow + lost",
        "normal": "small*gram*kappa**2*(2 + incompatibility)",
        "overflow": "large*max(norm_a*max(norm_a, largest_b), kappa*largest_x/norm_a)/huge",
    },
    excused="max(2*eps*spread, fast*min(max(2*normal*eps, overflow), 1))",
    claims=(
        Claim(
            name="forward",
            measure=columnwise_euclidean,
            bound="spread*(2 + (kappa + 1)*incompatibility)/(1 - eps*spread)",
            unless="2*eps*spread",
            only=_by_factors,
            because="Wedin's theorem (Higham 2002, 20.1; least norm 21.1) for a backward error of "
            "n reflectors on either side, each off by (sqrt m + 5) eps and, roundings being "
            "independent, adding as sqrt n (Connolly and Higham 2023); sqrt n passes from the "
            "Frobenius to the 2-norm",
        ),
        Claim(
            name="gradient",
            measure=gradient,
            bound="2*eta",
            only=_tall_by_factors,
            because="A^T r of the computed x is the backward error applied to r, A x and b "
            "(Higham 2002, 20.7), which are no longer than ||A|| ||x|| + ||b||, twice",
        ),
        Claim(
            name="forward, normal equations",
            measure=columnwise_euclidean,
            bound="2*normal/(1 - normal*eps)",
            unless="max(2*normal*eps, overflow)",
            only=_fast,
            because="fast=True is documented to form A^T A (A A^T where A is wide): gamma_m from "
            "the product, gamma_3n+1 from Cholesky (Higham 2002, 20.4 and 10.4), amplified by "
            "kappa squared; squares may underflow, which `lost` allows, and overflow, where it "
            "promises nothing",
        ),
        Claim(
            name="gradient, normal equations",
            measure=gradient,
            bound="gram",
            unless="overflow",
            only=_tall_fast,
            because="the residual of the normal equations: gamma_m from the product, gamma_3n+1 "
            "from Cholesky (Higham 2002, 20.4 and 10.4), relative to ||A||^2 ||x|| + ||A|| ||b||",
        ),
    ),
    faults=(
        Fault("normal equations always", _normal_always),
        Fault("regulariser ignored", _regulariser_ignored),
        Fault("last equation twice", _unscaled_rows),
        Fault("half the digits of the matrix",
              lambda tf, call, a, b, **k: call(coarse(tf, a), b, **k)),
        Fault("half the digits of the answer",
              lambda tf, call, a, b, **k: coarse(tf, call(a, b, **k))),
        Fault("first right-hand side for all",
              lambda tf, call, a, b, **k: tf.tile(
                  call(a, b[..., :1], **k), [1, 1, b.shape[-1]])),
    ),
)  # fmt: skip

test_lstsq = verify(LSTSQ)

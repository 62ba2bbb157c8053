"""What the claims about derivatives share: absolute errors, entry by entry, in units of eps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from properties.measures import distance, ratio, value
from properties.routine import Array, Case, Claim
from references.interval import Interval
from references.interval_norms import row_norm

DERIVATION = (
    "any automatic differentiation sums, over paths, products of local partial derivatives at "
    "computed values; the sum over paths with every factor perturbed by its own error and "
    "(1 + eps/2) to the power of its products and sums, less the sum without, bounds the error "
    "(running error analysis, Higham 2002, 3.3; references/running.py)"
)


def absolute(case: Case) -> Interval:
    """|answer - truth| / eps: (B, m, n); zero, not nearly zero, where both are the same number.

    Derivatives of linear functions are exact, and so is their bound of zero.
    """
    part, answer = case.truth.parts[0], case.answer[0]
    powers = part.exponent.astype(np.int32).reshape(-1, 1, 1)
    error = distance(answer, part)
    lower = np.nextafter(np.ldexp(error.lower, powers), -np.inf)
    upper = np.nextafter(np.ldexp(error.upper, powers), np.inf)
    same = (answer == np.ldexp(part.hi, powers)) & (part.lo == 0) & (part.radius == 0)
    return _in_eps(np.maximum(lower, 0.0), upper, same, case)


def normwise(case: Case) -> Interval:
    """||answer - truth|| / ||truth|| in the infinity norm: (B,); zero where both are the same."""
    part = case.truth.parts[0]
    found = ratio(row_norm(distance(case.answer[0], part)), row_norm(value(part)), case.dtype.eps)
    same = (absolute(case).upper == 0).all(axis=(1, 2))
    return Interval(np.where(same, 0.0, found.lower), np.where(same, 0.0, found.upper))


def asymmetry(case: Case) -> Interval:
    """|H - H'| / eps of the answer itself: (B, n, n)."""
    answer, mirrored = case.answer[0], np.swapaxes(case.answer[0], 1, 2)
    size = np.abs(answer - mirrored)
    lower, upper = np.nextafter(size, -np.inf), np.nextafter(size, np.inf)
    return _in_eps(lower, upper, answer == mirrored, case)


def _in_eps(lower: Array, upper: Array, same: NDArray[np.bool_], case: Case) -> Interval:
    """Both ends over eps, a power of two: exact; zero where two numbers are the same."""
    eps = case.dtype.eps
    return Interval(np.where(same, 0.0, lower) / eps, np.where(same, 0.0, upper) / eps)


CLAIMS = (
    Claim(
        name="entrywise",
        measure=absolute,
        bound="running",
        relative=False,
        because=DERIVATION,
    ),
    Claim(
        name="normwise",
        measure=normwise,
        bound="running_norm",
        because=f"the norm of the entrywise bounds over the norm of the derivative: {DERIVATION}",
    ),
)

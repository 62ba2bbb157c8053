"""What the claims about derivatives share: absolute errors, entry by entry, in units of eps."""

from __future__ import annotations

import numpy as np

from properties.measures import distance, ratio, row_norm, value
from properties.routine import Case, Claim
from references.interval import Interval

DERIVATION = (
    "any automatic differentiation sums, over paths, products of local partial derivatives at "
    "computed values; the sum over paths with every factor perturbed by its own error and "
    "(1 + eps/2) to the power of its products and sums, less the sum without, bounds the error "
    "(running error analysis, Higham 2002, 3.3; references/running.py)"
)


def absolute(case: Case) -> Interval:
    """|answer - truth| / eps: (B, m, n)."""
    part = case.truth.parts[0]
    return _unscaled(distance(case.answer[0], part), part.exponent) / case.dtype.eps


def normwise(case: Case) -> Interval:
    """||answer - truth|| / ||truth|| in the infinity norm: (B,)."""
    part = case.truth.parts[0]
    return ratio(
        row_norm(distance(case.answer[0], part)), row_norm(value(part)), case.dtype.eps
    )


def asymmetry(case: Case) -> Interval:
    """|H - H'| / eps of the answer itself: (B, n, n)."""
    answer = Interval.exact(case.answer[0])
    difference = answer - Interval.exact(np.swapaxes(case.answer[0], 1, 2))
    same = case.answer[0] == np.swapaxes(case.answer[0], 1, 2)
    size = np.maximum(np.abs(difference.lower), np.abs(difference.upper))
    return Interval(np.where(same, 0.0, size), np.where(same, 0.0, size)) / case.dtype.eps


def _unscaled(x: Interval, exponent: np.ndarray) -> Interval:
    """Times 2^exponent of each member, rounded outward."""
    powers = exponent.astype(np.int32).reshape(-1, 1, 1)
    lower, upper = np.ldexp(x.lower, powers), np.ldexp(x.upper, powers)
    return Interval(
        np.maximum(np.nextafter(lower, -np.inf), 0.0), np.where(upper == 0, 0.0, np.nextafter(upper, np.inf))
    )


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

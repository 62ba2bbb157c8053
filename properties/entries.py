"""Errors of single entries, real or complex, and right-hand sides that answers leave unmet.

Complex numbers are measured by their moduli, without embedding.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from properties.distances import distance
from properties.measures import in_eps, magnitude, product, ratio
from properties.routine import Case
from references.doubledouble import UNIT
from references.embedded import column, matrix
from references.interval import Interval, largest, sqrt
from references.norms import clipped, scaled
from references.truth import Enclosure


def deviation(part: int = 0) -> Callable[[Case], Interval]:
    """|answer - truth| of each entry, in units of eps: (B, ...)."""

    def measure(case: Case) -> Interval:
        truth = case.truth.parts[part]
        return in_eps(scaled(_far(case.answer[part], truth), truth.exponent), case.dtype.eps)

    return measure


def _far(answer: NDArray, part: Enclosure) -> Interval:
    """|answer - truth| in units of 2^exponent of the member, in moduli."""
    if not np.iscomplexobj(part.hi):
        return distance(answer, part)
    hi, lo, found = (_parts(x) for x in (part.hi, part.lo, answer))
    radius = np.repeat(part.radius[..., None], 2, axis=-1)
    far = distance(found, Enclosure(hi, lo, radius, part.exponent))
    return modulus(far[..., 0], far[..., 1])


def _parts(x: NDArray) -> NDArray[np.float64]:
    return np.stack([x.real, x.imag], axis=-1)


def modulus(re: Interval, im: Interval) -> Interval:
    """Moduli of complex numbers from the magnitudes of their parts; zero of zeros."""
    return clipped(sqrt(re * re + im * im), zero=(re.upper == 0) & (im.upper == 0))


def columnwise_moduli(case: Case) -> Interval:
    """The largest ||x' - x|| / ||x|| of a column of (B, n, k): infinity norms, of moduli."""
    truth = case.truth.parts[0]
    far, size = _far(case.answer[0], truth), sizes(truth.hi)
    wide = truth.radius + 2 * UNIT * (sizes(truth.lo).upper + truth.radius)
    lower = np.maximum(size.lower - sizes(truth.lo).upper - wide, 0.0).max(axis=1)
    upper = (size.upper + sizes(truth.lo).upper + wide).max(axis=1)
    top = Interval(far.lower.max(axis=1), far.upper.max(axis=1))
    return largest(ratio(top, Interval(lower, upper), case.dtype.eps))


def sizes(x: NDArray) -> Interval:
    """Absolute values, of complex numbers rounded outward."""
    if not np.iscomplexobj(x):
        return Interval.exact(np.abs(x))
    size = np.hypot(x.real, x.imag)
    return Interval(size * (1 - 4 * UNIT), size * (1 + 4 * UNIT) + 2.0**-1074 * (size > 0))


def unmet(
    a: NDArray, x: NDArray, b: NDArray, weights: NDArray, lost: NDArray | float, eps: float
) -> Interval:
    """|b - A x| / (W |x|) entry by entry, in eps, real or complex: (B, n, k).

    `weights` W (B, n, n), not negative; |A| for a substitution. `lost` (B,): what underflow may do
    to an entry absolutely, which is forgiven. Columns of A, then rows, then columns of x and b are
    brought near 1 by powers of two, so that answers whose entries lie far apart are measured too.
    """
    columns = _powers(weights, 1)
    rows = _powers(np.ldexp(weights, -columns), 2)
    x = times(x, np.swapaxes(columns, 1, 2))
    right = _powers(x, 1)
    x, b = times(x, -right), times(b, -rows - right)
    a, weights = times(a, -columns - rows), np.ldexp(weights, -columns - rows)
    total = weights @ sizes(x).upper
    slack = (4 * a.shape[2] + 16) * UNIT
    size = clipped(Interval(total * (1 - slack), total * (1 + slack)), zero=total == 0)
    lost = np.broadcast_to(lost, len(a))[:, None, None]
    with np.errstate(over="ignore"):
        forgiven = np.ldexp(lost, np.clip(-rows - right, -2000, 2000))
    left_over = clipped(residue(a, x, b) - Interval.exact(forgiven))
    return ratio(left_over, size, eps)


def residue(a: NDArray, x: NDArray, b: NDArray) -> Interval:
    """|b - A x| of entries near 1, in moduli."""
    if not np.iscomplexobj(a):
        return magnitude(product(a, x, -b))
    both = magnitude(product(matrix(a), column(x), -column(b)))
    n = a.shape[1]
    return modulus(both[:, :n], both[:, n:])


def times(x: NDArray, exponents: NDArray[np.int64]) -> NDArray:
    """x 2^exponents, real or complex, exact but for what leaves the range."""
    with np.errstate(over="ignore", under="ignore"):
        if not np.iscomplexobj(x):
            return np.ldexp(x, exponents)
        result = np.empty(np.broadcast_shapes(x.shape, exponents.shape), np.complex128)
        result.real, result.imag = np.ldexp(x.real, exponents), np.ldexp(x.imag, exponents)
        return result


def _powers(x: NDArray, axis: int) -> NDArray[np.int64]:
    """The exponents of the largest parts along an axis, kept; zero of zeros."""
    top = np.abs(x) if not np.iscomplexobj(x) else np.maximum(np.abs(x.real), np.abs(x.imag))
    return np.frexp(top.max(axis=axis, keepdims=True, initial=0.0))[1].astype(np.int64)

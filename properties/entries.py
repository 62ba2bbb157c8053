"""Errors of single entries, real or complex, and right-hand sides that answers leave unmet.

Complex numbers are measured by their moduli, without embedding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from properties.distances import distance
from properties.measures import entrywise, euclidean, in_eps, magnitude, product, ratio
from properties.routine import Case
from references.doubledouble import UNIT, matmul
from references.embedded import column, matrix
from references.interval import Interval, largest, sqrt
from references.norms import clipped, scaled
from references.truth import Enclosure


def deviation(part: int = 0) -> Callable[[Case], Interval]:
    """|answer - truth| of each entry, in units of eps: (B, ...)."""

    def measure(case: Case) -> Interval:
        truth = case.truth.parts[part]
        far = _far(case.answer[part], truth)
        if truth.exponent.any():  # nothing is rounded otherwise, down to the last subnormal number
            far = scaled(far, truth.exponent)
        return in_eps(far, case.dtype.eps)

    return measure


def lengthwise(case: Case) -> Interval:
    """The Frobenius norm of answer - truth, (B, n, k), itself in units of eps: (B,)."""
    truth = case.truth.parts[0]
    far = euclidean(_far(case.answer[0], truth), (-2, -1))
    return in_eps(scaled(far, truth.exponent), case.dtype.eps)


def moduli(case: Case) -> Interval:
    """|answer - truth| / |truth| of each entry, in eps, one underflow forgiven: (B, ...)."""
    return _moduli(case, 0)


def nearer_moduli(mirror: Callable[[NDArray], NDArray]) -> Callable[[Case], Interval]:
    """The same against the truth or its mirror image, whichever is nearer to the answer."""

    def measure(case: Case) -> Interval:
        part = case.truth.parts[0]
        other = Enclosure(mirror(part.hi), mirror(part.lo), part.radius, part.exponent)
        turned = replace(case, truth=replace(case.truth, parts=(other,)))
        here, there = moduli(case), moduli(turned)
        return Interval(np.minimum(here.lower, there.lower), np.minimum(here.upper, there.upper))

    return measure


def entrywise_moduli(part: int = 0) -> Callable[[Case], Interval]:
    """The same of any part of an answer: what `measures.entrywise` is of real numbers."""
    of_real = entrywise(part)

    def measure(case: Case) -> Interval:
        in_complex = np.iscomplexobj(case.truth.parts[part].hi)
        return _moduli(case, part) if in_complex else of_real(case)

    return measure


def _moduli(case: Case, part: int) -> Interval:
    truth, dtype = case.truth.parts[part], case.dtype
    far = _far(case.answer[part], truth)
    forgiven = times(
        np.full((len(case), *(1,) * (far.upper.ndim - 1)), dtype.tiny),
        -truth.exponent.reshape(-1, *(1,) * (far.upper.ndim - 1)),
    )
    left = clipped(far - Interval.exact(forgiven), zero=far.upper == 0)
    size, rest = sizes(truth.hi), sizes(truth.lo).upper + truth.radius
    wide = rest * (1 + 4 * UNIT)
    return ratio(left, Interval(np.maximum(size.lower - wide, 0.0), size.upper + wide), dtype.eps)


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
    """Moduli of complex numbers from the magnitudes of their parts; zero of zeros.

    Of parts brought near 1 by a power of two, so that no square leaves the range; what is so much
    smaller than the other that its does counts as zero from below, and is within the rounding from
    above. max(|re|, |im|) <= |z| <= |re| + |im| holds of infinite ones, too.
    """
    top = np.maximum(re.upper, im.upper)
    power = np.where(np.isfinite(top), np.frexp(top)[1], 0)
    with np.errstate(over="ignore", under="ignore"):
        low = [np.ldexp(x.lower, -power) for x in (re, im)]
        near = [
            Interval(np.where(below < 2.0**-500, 0.0, below), np.ldexp(x.upper, -power))
            for below, x in zip(low, (re, im), strict=True)
        ]
        root = sqrt(near[0] * near[0] + near[1] * near[1])
        # outward once more, for what comes back to subnormal numbers
        root = Interval(
            np.nextafter(np.ldexp(root.lower, power), 0.0),
            np.nextafter(np.ldexp(root.upper, power), np.inf),
        )
    lower = np.maximum(root.lower, np.maximum(re.lower, im.lower))
    upper = np.minimum(root.upper, (re + im).upper)
    return clipped(Interval(lower, upper), zero=(re.upper == 0) & (im.upper == 0))


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


def unmet(a: NDArray, x: NDArray, b: NDArray, lost: NDArray, eps: float) -> Interval:
    """|b - A x| / (|A||x|) entry by entry, in eps, real or complex: (B, n, k).

    `lost` (B,): what underflow may do to an entry absolutely, which is forgiven. Columns of A, then
    rows, then columns of x and b are brought near 1 by powers of two, so that answers whose entries
    lie far apart are measured too.
    """
    columns = _powers(a, 0, 1)
    rows = _powers(a, -columns, 2)
    across = np.swapaxes(columns, 1, 2)
    right = _powers(x, across, 1)
    a, x, b = times(a, -columns - rows), times(x, across - right), times(b, -rows - right)
    total = sizes(a).upper @ sizes(x).upper
    slack = (4 * a.shape[2] + 16) * UNIT
    size = clipped(Interval(total * (1 - slack), total * (1 + slack)), zero=total == 0)
    forgiven = times(lost[:, None, None], -rows - right)
    far, given = residue(a, x, b), sizes(b)
    empty = total == 0  # nothing is added up: b itself is left
    far = Interval(np.where(empty, given.lower, far.lower), np.where(empty, given.upper, far.upper))
    left_over = clipped(far - Interval.exact(forgiven), zero=far.upper == 0)
    return ratio(left_over, size, eps)


def unmet_by_factors(
    factors: tuple[NDArray, NDArray], x: NDArray, b: NDArray, lost: NDArray, eps: float
) -> Interval:
    """|b - L U x| / (|L||U||x|) entry by entry, in eps, real or complex: (B, n, k).

    U x is formed in double-double; `lost` (B,) is forgiven, and powers of two are as in `unmet`.
    """
    lower, upper = factors
    columns = _powers(upper, 0, 1)
    rows = _powers(upper, -columns, 2)
    across, through = np.swapaxes(columns, 1, 2), np.swapaxes(rows, 1, 2)
    right = _powers(x, across, 1)
    down = _powers(lower, through, 2)
    upper, x = times(upper, -columns - rows), times(x, across - right)
    lower, b = times(lower, through - down), times(b, -down - right)
    total = sizes(lower).upper @ (sizes(upper).upper @ sizes(x).upper)
    slack = (8 * lower.shape[2] + 32) * UNIT
    size = clipped(Interval(total * (1 - slack), total * (1 + slack)), zero=total == 0)
    forgiven = times(lost[:, None, None], -down - right)
    far, given = _threefold(lower, upper, x, b), sizes(b)
    empty = total == 0
    far = Interval(np.where(empty, given.lower, far.lower), np.where(empty, given.upper, far.upper))
    return ratio(clipped(far - Interval.exact(forgiven), zero=far.upper == 0), size, eps)


def _threefold(lower: NDArray, upper: NDArray, x: NDArray, b: NDArray) -> Interval:
    """|b - L U x| of entries near 1, in moduli."""
    n, wide = lower.shape[1], np.iscomplexobj(lower)
    if wide:
        lower, upper, x, b = matrix(lower), matrix(upper), column(x), column(b)
    hi, lo, radius = matmul(upper, x)
    twice = np.concatenate([lower, lower], axis=2)
    both = product(twice, np.concatenate([hi, lo], axis=1), -b)
    spread = np.abs(lower) @ radius * (1 + 2.0**-40)
    found = magnitude(Interval(both.lower - spread, both.upper + spread))
    return modulus(found[:, :n], found[:, n:]) if wide else found


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


def _powers(x: NDArray, plus: NDArray[np.int64] | int, axis: int) -> NDArray[np.int64]:
    """The exponents of the largest parts of x 2^plus along an axis, kept; zero of zeros."""
    top = np.abs(x) if not np.iscomplexobj(x) else np.maximum(np.abs(x.real), np.abs(x.imag))
    exponents = np.where(top > 0, np.frexp(top)[1].astype(np.int64) + plus, -(10**6))
    most = exponents.max(axis=axis, keepdims=True)
    return np.where(most > -(10**6), most, 0)

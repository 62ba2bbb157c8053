"""Exact moments with weights, lbeta, local responses and isotonic fits: balls and rationals.

Arrays and keyword arguments are those of TensorFlow's calls on stacks (B, ...). Quantities are of
the shape of the answer unless told otherwise, each within 1e-12 of itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

import numpy as np
from flint import arb, arb_mat, fmpq
from numpy.typing import NDArray

from references.balls import (
    TARGET,
    TIGHT,
    Pieces,
    adaptive,
    engines,
    finite_members,
    pieces,
    store,
    unproved,
)
from references.embedded import folded_enclosure
from references.interval import MAX, Interval
from references.magnitudes import Axis, laid_out
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
SLACK = 1e-12
Parts = Sequence[Sequence[arb]]


def normalize_moments(
    counts: Array, mean_ss: Array, variance_ss: Array, shift: Array, *,
    shifted: bool = True, level: int = 0,
) -> Truth:  # fmt: skip
    """mean_ss / counts + shift and variance_ss / counts - (mean_ss / counts)^2, entry by entry.

    Quantities: `data` and `squares`, the sizes of the two quotients, and `moved`, that of the
    shift; `top` (B,), the largest of what is formed.
    """
    inputs = counts, mean_ss, variance_ss, shift
    finite = finite_members(*inputs)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore"):
        data, squares = np.abs(mean_ss / counts), np.abs(variance_ss / counts)
        moved = np.abs(shift) * shifted
        top = np.maximum(np.maximum(data + moved, squares), data * data)
    flat = [x.reshape(len(x), -1) for x in inputs]

    def compute(i: int) -> Parts:
        means, variances = list[arb](), list[arb]()
        for c, m, v, s in zip(*(x[i].tolist() for x in flat), strict=True):
            near = arb(m) / arb(c)
            means.append(near + arb(s) if shifted else near)
            variances.append(arb(v) / arb(c) - near * near)
        return means, variances

    shape = counts.shape[1:]
    parts = enclosed(compute, finite & (counts != 0).all(axis=1), (shape, shape), level)
    return told(parts, {"data": data, "squares": squares, "moved": moved}, finite, top=top)


def weighted_moments(
    x: Array, frequency_weights: Array, *, axes: Axis = -1, keepdims: bool = False, level: int = 0
) -> Truth:
    """Means and variances by weights that are not negative and broadcast against x.

    Quantities: `size`, the weighted mean of |x|; `variance`; `terms`, how many are summed; (B,):
    `top` and `high`, the largest sums of w |x| and of max(w, 1) (x - mean)^2. Of complex numbers:
    of moduli, with weights that are real, and both answers are complex.
    """
    wide, frequency_weights = np.iscomplexobj(x), frequency_weights.real
    w = np.broadcast_to(frequency_weights, x.shape)
    finite = finite_members(x, frequency_weights)
    shape = x.mean(axis=axes, keepdims=keepdims).shape
    rows, weights = laid_out(x, axes)[0], laid_out(np.ascontiguousarray(w), axes)[0]
    with np.errstate(all="ignore"):
        whole = weights.sum(axis=2)
        size = (weights * np.abs(rows)).sum(axis=2) / whole
        off = np.abs(rows - ((weights * rows).sum(axis=2) / whole)[..., None])
        high = (np.maximum(weights, 1.0) * off * off).sum(axis=2)

    sides = (rows.real, rows.imag) if wide else (rows,)

    def compute(i: int) -> Parts:
        means, variances = list[arb](), [arb(0) for _ in range(rows.shape[1])]
        for side in sides:
            for k, (numbers, shares) in enumerate(
                zip(side[i].tolist(), weights[i].tolist(), strict=True)
            ):
                ws, xs = [arb(s) for s in shares], [arb(v) for v in numbers]
                total = sum(ws, arb(0))
                centre = sum((s * v for s, v in zip(ws, xs, strict=True)), arb(0))
                off = ((s, total * v - centre) for s, v in zip(ws, xs, strict=True))
                means.append(centre / total)
                variances[k] = variances[k] + sum((s * d * d for s, d in off), arb(0)) / total**3
        return means, variances

    shapes = (len(sides), *shape[1:]), shape[1:]
    first, second = enclosed(compute, finite & (whole > 0).all(axis=1), shapes, level)
    parts = _complex(first, second) if wide else (_only(first), second)
    with np.errstate(over="ignore"):
        spread = np.ldexp(second.hi, second.exponent.reshape(-1, *(1,) * (len(shape) - 1)))
    terms = np.full(shape, float(rows.shape[2]))
    known = {"size": size.reshape(shape), "variance": np.abs(spread), "terms": terms}
    return told(parts, known, finite, top=size * whole, high=high)


def _only(part: Enclosure) -> Enclosure:
    """Of (B, 1, ...)."""
    return Enclosure(part.hi[:, 0], part.lo[:, 0], part.radius[:, 0], part.exponent)


def _complex(means: Enclosure, variances: Enclosure) -> tuple[Enclosure, Enclosure]:
    """Means (B, 2, ...) and variances (B, ...) as complex numbers."""
    first = _only(folded_enclosure(means))
    hi, lo = variances.hi + 0j, variances.lo + 0j
    return first, Enclosure(hi, lo, variances.radius, variances.exponent)


def lbeta(x: Array, *, level: int = 0) -> Truth:
    """Sums of log gamma of the positive entries of (B, ..., n), less log gamma of their sum.

    Quantities: `logs` and `whole`, sums of |log gamma| of entries and that of their sum; `turn`
    and `turned`, the same of |x digamma(x)|, by how much an eps of the arguments moves them;
    `total`, the sum.
    """
    finite = finite_members(x)
    rows = x.reshape(len(x), -1, x.shape[-1])
    names = ("logs", "whole", "turn", "turned", "total")
    known = {name: np.full(rows.shape[:2], np.inf) for name in names}

    def compute(i: int) -> Parts:
        found = list[arb]()
        for j, row in enumerate(rows[i].tolist()):
            numbers = [arb(v) for v in row]
            total = sum(numbers, arb(0))
            logs, whole = [v.lgamma() for v in numbers], total.lgamma()
            found.append(sum(logs, arb(0)) - whole)
            slopes = [abs(v * v.digamma()) for v in numbers]
            sizes = (
                sum(map(abs, logs), arb(0)), abs(whole), sum(slopes, arb(0)),
                abs(total * total.digamma()), total,
            )  # fmt: skip
            for name, size in zip(names, sizes, strict=True):
                known[name][i, j] = float(size.abs_upper())
        return (found,)

    exists = (rows > 0).all(axis=(1, 2)) & finite
    (part,) = enclosed(compute, exists, (x.shape[1:-1],), level)
    quantities = {name: value.reshape(x.shape[:-1]) for name, value in known.items()}
    return told((part,), quantities, finite, exists=exists | ~finite, top=quantities["whole"])


def local_response_normalization(
    x: Array, *, depth_radius: int, bias: float, alpha: float, beta: float, level: int = 0
) -> Truth:
    """x over (bias + alpha times the sum of squares of channels near by) to the power of beta.

    Quantities: `size`, of the answer; (B,): `top`, the largest of what is summed up.
    """
    finite = finite_members(x)
    rows = x.reshape(len(x), -1, x.shape[-1])

    def compute(i: int) -> Parts:
        found = list[arb]()
        for row in rows[i].tolist():
            numbers = [arb(v) for v in row]
            for k, v in enumerate(numbers):
                near = numbers[max(k - depth_radius, 0) : k + depth_radius + 1]
                base = arb(bias) + arb(alpha) * sum((y * y for y in near), arb(0))
                found.append(v * (-base.log() * arb(beta)).exp())
        return (found,)

    (part,) = enclosed(compute, finite, (x.shape[1:],), level)
    with np.errstate(all="ignore"):
        size = np.abs(np.ldexp(part.hi, part.exponent.reshape(-1, 1, 1, 1)))
        top = bias + max(alpha, 1.0) * (x * x).sum(axis=-1)  # of all channels: no less
    return told((part,), {"size": size}, finite, top=top)


def isotonic_regression(
    inputs: Array, *, decreasing: bool = True, axis: int = -1, level: int = 0
) -> Truth:
    """The nearest monotone rows along an axis, and the numbers of their steps, from 0.

    By pooling adjacent violators in rationals (Barlow et al. 1972, 1.2): exact, and equal
    neighbours are one step. Quantity: `largest` (B,), of |x|.
    """
    finite = finite_members(inputs)
    rows = np.moveaxis(inputs, axis, -1)
    flat = rows.reshape(len(rows), -1, rows.shape[-1])

    def put(part: Enclosure) -> Enclosure:
        hi, lo, radius = (
            np.ascontiguousarray(np.moveaxis(side.reshape(rows.shape), -1, axis))
            for side in (part.hi, part.lo, part.radius)
        )
        return Enclosure(hi, lo, radius, part.exponent)

    def compute(i: int) -> Parts:
        levels, steps = list[arb](), list[arb]()
        for row in flat[i].tolist():
            for step, (mean, count) in enumerate(pooled(row, decreasing=decreasing)):
                ball = arb(fmpq(mean.numerator, mean.denominator))
                levels += [ball] * count
                steps += [arb(step)] * count
        return levels, steps

    parts = tuple(map(put, enclosed(compute, finite, (flat.shape[1:],) * 2, level)))
    largest = np.abs(flat).max(axis=(1, 2), initial=0.0)
    return told(parts, {"largest": largest}, finite, top=largest * flat.shape[2])


def pooled(row: Sequence[float], *, decreasing: bool) -> list[tuple[Fraction, int]]:
    """The levels of the nearest monotone sequence, strictly monotone, and their lengths."""
    sign = 1 if decreasing else -1
    blocks = list[tuple[Fraction, int]]()
    for number in row:
        total, count = Fraction(number), 1
        while blocks and sign * blocks[-1][0] * count <= sign * total * blocks[-1][1]:
            before = blocks.pop()
            total, count = total + before[0], count + before[1]
        blocks.append((total, count))
    return [(total / count, count) for total, count in blocks]


def enclosed(
    compute: Callable[[int], Parts],
    where: NDArray[np.bool_],
    shapes: Sequence[tuple[int, ...]],
    level: int,
) -> tuple[Enclosure, ...]:
    """Enclosures (B, *shape) of the arrays that are computed of each member `where` (B,)."""
    parts = tuple(unproved(len(where), *shape) for shape in shapes)
    for i in np.flatnonzero(where).tolist():

        def found(i: int = i) -> tuple[Pieces, ...]:
            return tuple(pieces(arb_mat(1, len(row), list(row))) for row in compute(i))

        answer = adaptive(found, TARGET[level] + 64, lambda several: all(map(_sharp, several)))
        if answer is None:
            continue
        for part, shape, sides in zip(parts, shapes, answer, strict=True):
            hi, lo, radius = (side.reshape(shape) for side in sides[:3])
            store(part, i, Pieces(hi, lo, radius, sides.exponent))
    return parts


def _sharp(found: Pieces) -> bool:
    """Whether every entry is known to the digits of the highest level, or what underflow leaves."""
    return bool(np.all(found.radius <= TIGHT[-1] * np.abs(found.hi) + 2.0**-1060))


def faint(part: Enclosure) -> Array:
    """1 where an entry lies too far below the largest of its member to be told from zero."""
    blurred = (part.radius > 2.0**-60 * np.abs(part.hi)) & np.isfinite(part.radius)
    return blurred.astype(np.float64)


def told(
    parts: tuple[Enclosure, ...],
    known: Mapping[str, Array],
    finite: NDArray[np.bool_],
    *,
    exists: NDArray[np.bool_] | None = None,
    **tops: Array,
) -> Truth:
    """A truth with its quantities as intervals; of `tops` the largest of each member (B,)."""
    quantities = {name: _near(value) for name, value in known.items()}
    for name, value in tops.items():
        most = value.reshape(len(finite), -1).max(axis=1, initial=0.0)
        quantities[name] = _near(np.where(finite, most, np.inf))
    there = finite if exists is None else exists
    return Truth(parts, quantities, there, engines(parts[-1], there | ~finite, finite))


def _near(x: Array) -> Interval:
    """Numbers that are not negative, from what NumPy computed; unknown where that is NaN."""
    low = np.where(np.isnan(x), 0.0, np.where(np.isinf(x), MAX, x * (1 - SLACK)))
    high = np.where(np.isnan(x), np.inf, x * (1 + SLACK) + 2.0**-1070 * (x > 0))
    return Interval(low, high)

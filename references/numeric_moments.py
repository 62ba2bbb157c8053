"""Moments with weights, lbeta, local responses, isotonic fits: for opinions, and for audits.

As in references/numeric.py: one member at a time, with the arguments of TensorFlow's call.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any

import mpmath
import numpy as np
from numpy.typing import NDArray
from scipy import special

from references.numeric import Answer, alone, conjugate, real_parts


def normalize_moments(
    counts: NDArray, mean_ss: NDArray, variance_ss: NDArray, shift: NDArray, *, shifted: bool = True
) -> Answer:
    """As it is written, with quotients."""
    near = mean_ss / counts
    return near + shift if shifted else near, variance_ss / counts - near * near


def weighted_moments(
    x: NDArray, frequency_weights: NDArray, *, axes: Any = -1, keepdims: bool = False
) -> Answer:
    """In two passes."""
    over, w = alone(axes), frequency_weights + x * 0
    total = w.sum(axis=over, keepdims=True)
    mean = (w * x).sum(axis=over, keepdims=True) / total
    off = x - mean
    variance = (w * (off * conjugate(off))).sum(axis=over, keepdims=True) / total
    if keepdims:
        return mean, variance
    return tuple(np.asarray(part).squeeze(axis=over) for part in (mean, variance))


def moments_gradient(
    x: NDArray, above_mean: NDArray, above: NDArray, *, axes: Any = -1, keepdims: bool = False
) -> Answer:
    """As it is written, of entries less their mean."""
    over = alone(axes)
    kept = x.sum(axis=over, keepdims=True).shape
    count = x.size // int(np.prod(kept))
    w, v = above_mean.reshape(kept), real_parts(np.asarray(above)).reshape(kept)
    off = x - x.sum(axis=over, keepdims=True) / count
    return (w / count + v * off * 2 / count + x * 0,)


def batch_gradient(
    x: NDArray, mean: NDArray, variance: NDArray, offset: NDArray, scale: NDArray, above: NDArray,
    *, variance_epsilon: float,
) -> Answer:  # fmt: skip
    """Entry by entry over powers of the variance, then summed."""
    base = np.abs(variance) + x.flat[0] * 0 + variance_epsilon
    root = base**0.5
    slope = above * scale / root
    parts = (
        slope, -slope, -(slope * ((x - mean) / base)) / 2, above + 0 * slope,
        above * ((x - mean) / root),
    )  # fmt: skip
    found = []
    for part, array in zip(parts, (x, mean, variance, offset, scale), strict=True):
        axes = tuple(i for i in range(x.ndim) if array.shape[i] != x.shape[i])
        found.append(np.asarray(part.sum(axis=axes, keepdims=True)) if axes else part)
    return tuple(found)


def lbeta(x: NDArray) -> Answer:
    """SciPy's or mpmath's logarithms of gamma."""
    logs = special.gammaln if x.dtype != object else np.frompyfunc(mpmath.loggamma, 1, 1)
    return (np.asarray(logs(x).sum(axis=-1) - logs(x.sum(axis=-1))),)


def local_response_normalization(
    x: NDArray, *, depth_radius: int, bias: float, alpha: float, beta: float
) -> Answer:
    """Window by window."""
    found = x * 0
    for k in range(x.shape[-1]):
        near = x[..., max(k - depth_radius, 0) : k + depth_radius + 1]
        with np.errstate(over="ignore"):
            base = (near * near).sum(axis=-1) * alpha + bias
            found[..., k] = x[..., k] / base**beta
    return (found,)


def local_response_gradient(
    x: NDArray, above: NDArray, *, depth_radius: int, bias: float, alpha: float, beta: float
) -> Answer:
    """By the Jacobian, channel by channel of the answer: row by row of what it depends on."""
    found, n = x * 0, x.shape[-1]
    for j in range(n):
        around = range(max(j - depth_radius, 0), min(j + depth_radius + 1, n))
        with np.errstate(all="ignore"):
            near = x[..., around.start : around.stop]
            base = (near * near).sum(axis=-1) * alpha + bias
            share = above[..., j] / base**beta
            found[..., j] = found[..., j] + share
            for k in around:
                slope = x[..., k] * (x[..., j] / base) * (2 * alpha * beta)
                found[..., k] = found[..., k] - slope * share
    return (found,)


def isotonic_regression(inputs: NDArray, *, decreasing: bool = True, axis: int = -1) -> Answer:
    """The largest of the smallest means of stretches (Barlow et al. 1972, 1.4), and its steps."""
    (over,) = alone(axis)
    rows = np.moveaxis(inputs, over, -1)
    levels = rows * 0
    for place in np.ndindex(rows.shape[:-1]):
        levels[place] = _levels(rows[place] if decreasing else -rows[place])
    steps = levels * 0
    steps[..., 1:] = (levels[..., 1:] != levels[..., :-1]).cumsum(axis=-1)
    levels = levels if decreasing else -levels
    return np.moveaxis(levels, -1, over), np.moveaxis(steps, -1, over)


def isotonic_gradient(
    inputs: NDArray, above: NDArray, *, decreasing: bool = True, axis: int = -1
) -> Answer:
    """Means of what comes from above over entries with one level, by the min-max formula."""
    (over,) = alone(axis)
    levels = np.moveaxis(isotonic_regression(inputs, decreasing=decreasing, axis=axis)[0], over, -1)
    given = np.moveaxis(above, over, -1)
    found = given * 0
    for place in np.ndindex(given.shape[:-1]):
        for one in set(levels[place].tolist()):
            where = np.array([y == one for y in levels[place]])
            found[(*place, where)] = given[place][where].sum() / int(where.sum())
    return (np.moveaxis(found, -1, over),)


def pooled(inputs: NDArray, *, decreasing: bool = True, axis: int = -1) -> Answer:
    """The same of float64 numbers: steps by rational numbers, the level of each a sum divided."""
    (over,) = alone(axis)
    rows = np.moveaxis(inputs, over, -1)
    levels, steps = rows * 0, rows * 0
    for place in np.ndindex(rows.shape[:-1]):
        row = rows[place] if decreasing else -rows[place]
        ends = _ends(row.tolist())
        for number, (first, last) in enumerate(pairwise(ends)):
            levels[(*place, slice(first, last))] = row[first:last].sum() / (last - first)
            steps[(*place, slice(first, last))] = number
    levels = levels if decreasing else -levels
    return np.moveaxis(levels, -1, over), np.moveaxis(steps, -1, over)


def _ends(row: list[float]) -> list[int]:
    """Where the steps of descending levels begin, and the length of the row."""
    sums: list[tuple[Fraction, int]] = []  # of what is pooled so far, and how many these are
    for number in row:
        total, count = Fraction(number), 1
        while sums and sums[-1][0] * count <= total * sums[-1][1]:
            before, many = sums.pop()
            total, count = total + before, count + many
        sums.append((total, count))
    return [0, *accumulate(count for _, count in sums)]


def _levels(row: NDArray) -> NDArray:
    """Descending levels: at i the least over j <= i of the largest mean from j to a k >= i."""
    n = len(row)
    means = {(j, k): row[j : k + 1].sum() / (k + 1 - j) for j in range(n) for k in range(j, n)}
    found = row * 0
    for i in range(n):
        found[i] = min(max(means[j, k] for k in range(i, n)) for j in range(i + 1))
    return found


def sobol_sample(skip: NDArray, *, dim: int, num_results: int, eps: float) -> Answer:
    """By SciPy's table of direction numbers, of numbers of points up to 2^32."""
    from scipy.stats import qmc  # which takes half a second

    table = getattr(qmc.Sobol(dim, scramble=False, bits=32), "_sv").astype(object)  # noqa: B009
    found = np.zeros((num_results, dim), dtype=object)
    for k in range(num_results):
        index = int(skip[0]) + 1 + k
        for b in range(32):
            if (index ^ (index >> 1)) >> b & 1:
                found[k] ^= table[:, b]
    points = found / 2.0**32
    return (points.astype(np.float32).astype(float) if eps > 2.0**-32 else points,)

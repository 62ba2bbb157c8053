"""Exact sums, means and running sums along axes, real or complex.

Short rows are contracted with ones (references/contractions.py), long ones accumulated
(references/long_rows.py).

Arrays and keyword arguments are those of TensorFlow's calls on stacks (B, ...); axes count the
stack as 0, or from the end. `terms` is how many additions a sum takes.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from references import norms
from references.contractions import contracted, shaped
from references.doubledouble import UNIT, exact_scale, shift, two_product, two_sum
from references.interval import Interval, largest
from references.long_rows import LONG, long_sizes, long_sums, parts_of
from references.magnitudes import Axis, laid_out, put_back
from references.members import finite_members
from references.truth import Enclosure, Truth


def reduce_sum(
    input_tensor: NDArray, *, axis: Axis = -1, keepdims: bool = False, level: int = 0
) -> Truth:
    """Sums over one axis or several."""
    rows, kept, where = laid_out(input_tensor, axis)
    if rows.shape[2] > LONG:
        truth = accumulated(rows)
    else:
        ones = np.ones((len(rows), rows.shape[2], 1), dtype=rows.dtype)
        truth = contracted(rows, ones, rows.shape[2] - 1)
    if keepdims:
        rank = range(1, input_tensor.ndim)
        kept = tuple(1 if i in where else input_tensor.shape[i] for i in rank)
    return shaped(truth, lambda x: x.reshape(len(x), *kept))


def reduce_mean(
    input_tensor: NDArray, *, axis: Axis = -1, keepdims: bool = False, level: int = 0
) -> Truth:
    """The same sums over their number of terms."""
    truth = reduce_sum(input_tensor, axis=axis, keepdims=keepdims)
    count = float(laid_out(input_tensor, axis)[0].shape[2])
    part, size = truth.parts[0], truth.quantities["size"]
    mean = over(part, count)
    share = {"size": size / count}
    return replace(truth, parts=(mean,), quantities={**truth.quantities, **share})


def over(part: Enclosure, count: NDArray | float) -> Enclosure:
    """An array over whole numbers that align with it."""
    if np.iscomplexobj(part.hi):
        sides = [_shared(side, count) for side in (part.hi.real, part.hi.imag)]
        low = [_shared(side, count)[0] for side in (part.lo.real, part.lo.imag)]
        hi = sides[0][0] + 1j * sides[1][0]
        lo = sides[0][1] + low[0] + 1j * (sides[1][1] + low[1])
    else:
        hi, rest = _shared(part.hi, count)
        lo = rest + part.lo / count
    radius = (part.radius / count + 8 * UNIT**2 * (np.abs(hi) + np.abs(lo))) * (1 + 2.0**-40)
    return Enclosure(hi, lo, radius, part.exponent)


def _shared(x: NDArray, count: NDArray | float) -> tuple[NDArray, NDArray]:
    """x over a whole number, in two parts: rounded, and what that leaves, rounded."""
    quotient = x / count
    head, tail = two_product(quotient, np.broadcast_to(count, x.shape).astype(x.dtype))
    total, error = two_sum(x, -head)
    return quotient, (total + (error - tail)) / count


def cumsum(
    x: NDArray,
    *,
    axis: int = -1,
    exclusive: bool = False,
    reverse: bool = False,
    level: int = 0,
) -> Truth:
    """Sums of all entries up to each, or from it on; without itself if `exclusive`."""
    rows, _, where = laid_out(x, axis)
    n = rows.shape[2]
    if n > LONG:
        turned = rows[:, :, ::-1] if reverse else rows
        truth = accumulated(turned, running=True, without=exclusive)
        return shaped(truth, lambda s: put_back(s[:, :, ::-1] if reverse else s, x.shape, where))
    before = np.triu(np.ones((n, n)), 1 if exclusive else 0)
    weights = np.broadcast_to(before.T if reverse else before, (len(x), n, n)).astype(x.dtype)
    truth = contracted(rows, weights, n - 1)
    return shaped(truth, lambda side: put_back(side, x.shape, where))


def accumulated(rows: NDArray, *, running: bool = False, without: bool = False) -> Truth:
    """Sums of long rows: (B, k, n) to (B, k, 1), or of all entries up to each, or before it."""
    finite = finite_members(rows)
    keep = finite[:, None, None]
    rows = np.where(keep, rows, 0)
    exponent = exact_scale(np.stack([rows.real, rows.imag], axis=1))
    near = [shift(side, -exponent) for side in parts_of(rows)]
    found = np.stack([long_sums(side, running=running, without=without) for side in near])
    lost = np.where(exponent > 0, rows.shape[2] * 2.0**-1074, 0.0)  # by entries made smaller
    radius = found[:, 2].sum(axis=0) * (1 + 4 * UNIT) + 2 * lost[:, None, None]
    hi, lo = (found[0, i] + 1j * found[1, i] if len(near) > 1 else found[0, i] for i in (0, 1))
    part = Enclosure(hi, lo, np.where(keep, radius, np.inf), exponent)
    size = long_sizes(np.hypot(*near) if len(near) > 1 else np.abs(near[0]), running, without)
    size = norms.scaled(size, exponent)
    terms = np.full(hi.shape, rows.shape[2] - 1.0)
    quantities = {
        "size": Interval(size.lower, np.where(keep, size.upper, np.inf)),
        "top": norms.known(largest(size), finite),
        "terms": Interval.exact(terms),
    }
    words = np.where(finite, "double-double", "not finite")
    return Truth((part,), quantities, finite, tuple(words.tolist()))


def add_n(x: NDArray, *, level: int = 0) -> Truth:
    """Sums of the arrays that stand along the first axis of members, entry by entry."""
    return reduce_sum(x, axis=1)


def bias_add(x: NDArray, *, level: int = 0) -> Truth:
    """The last row of (B, m, n) added to all the others."""
    rows = x[:, :-1]
    return reduce_sum(np.stack([rows, np.broadcast_to(x[:, -1:], rows.shape)], axis=-1), axis=-1)

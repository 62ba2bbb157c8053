"""Exact products along axes, and running ones: balls, entry by entry (python-flint).

Arrays and keyword arguments are those of TensorFlow's calls on stacks (B, ...), real or complex;
axes count the stack as 0, or from the end. Quantities, (B,): `terms`, how many factors there are;
`top` and `bottom`, powers of two between which all products of some of the factors lie, or their
moduli, in any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from flint import acb, arb, arb_mat
from numpy.typing import NDArray

from references.balls import (
    SMALLEST,
    TARGET,
    Pieces,
    adaptive,
    engines,
    finite_members,
    pieces,
    store,
    unproved,
)
from references.doubledouble import shift
from references.embedded import folded_enclosure
from references.interval import Interval
from references.long_rows import LONG, products, running_products
from references.magnitudes import Axis, laid_out, put_back
from references.truth import Enclosure, Truth

Array = NDArray[Any]  # float64 or complex128
OWN = 2.0**-42  # more than NumPy's logarithms of any numbers are off by


def reduce_prod(
    input_tensor: Array, *, axis: Axis = -1, keepdims: bool = False, level: int = 0
) -> Truth:
    """Products over one axis or several."""
    rows, kept, where = laid_out(input_tensor, axis)
    part, finite = _products(rows, level, running=False)
    if keepdims:
        rank = range(1, input_tensor.ndim)
        kept = tuple(1 if i in where else input_tensor.shape[i] for i in rank)
    sides = [side.reshape(len(rows), *kept) for side in (part.hi, part.lo, part.radius)]
    return _truth(Enclosure(sides[0], sides[1], sides[2], part.exponent), rows, finite)


def cumprod(
    x: Array, *, axis: int = -1, exclusive: bool = False, reverse: bool = False, level: int = 0
) -> Truth:
    """Products of all entries up to each, or from it on; without itself if `exclusive`."""
    rows, _, where = laid_out(x, axis)
    given = rows[:, :, ::-1] if reverse else rows
    if exclusive:
        given = np.concatenate([np.ones_like(given[:, :, :1]), given[:, :, :-1]], axis=2)
    part, finite = _products(given, level, running=True)
    sides = [side.reshape(rows.shape) for side in (part.hi, part.lo, part.radius)]
    sides = [side[:, :, ::-1] if reverse else side for side in sides]
    sides = [put_back(side, x.shape, where) for side in sides]
    return _truth(Enclosure(sides[0], sides[1], sides[2], part.exponent), rows, finite)


def unsorted_segment_prod(
    data: Array, *, segment_ids: Sequence[int], num_segments: int, level: int = 0
) -> Truth:
    """Products (B, num_segments, ...) of the entries of each segment; ones of an empty one.

    `terms`, here entry by entry, is how many factors there are, `most` (B,) the largest of them;
    `least` is `bottom` entry by entry.
    """
    members = np.arange(num_segments)[:, None] == np.asarray(segment_ids)
    count = members.sum(axis=1)
    spread = members.reshape(1, *members.shape, *(1,) * (data.ndim - 2))
    factors = np.where(spread, data[:, None], 1.0)
    truth = reduce_prod(factors, axis=2, level=level)
    part, few = truth.parts[0], (count <= 1).reshape(-1, *(1,) * (data.ndim - 2))
    with np.errstate(all="ignore"):
        alone = np.prod(factors, axis=2)  # of no more than one factor, exactly
    same = few & _equal(part, alone) & (part.lo == 0)
    same &= truth.exists.reshape(-1, *(1,) * (part.hi.ndim - 1))
    part = replace(part, radius=np.where(same, 0.0, part.radius))
    terms = count.reshape(-1, *(1,) * (data.ndim - 2)).astype(np.float64)
    bottom = truth.quantities["bottom"].lower.reshape(-1, *(1,) * (part.hi.ndim - 1))
    known = {
        "terms": Interval.exact(np.broadcast_to(terms, truth.parts[0].hi.shape)),
        "least": Interval.exact(np.broadcast_to(bottom, part.hi.shape)),
        "most": Interval.exact(np.full(len(data), float(count.max()))),
    }
    return replace(truth, parts=(part,), quantities={**truth.quantities, **known})


def segment_prod(data: Array, *, segment_ids: Sequence[int], level: int = 0) -> Truth:
    """The same of segments whose numbers ascend."""
    return unsorted_segment_prod(
        data, segment_ids=segment_ids, num_segments=max(segment_ids) + 1, level=level
    )


def _equal(part: Enclosure, exact: Array) -> NDArray[np.bool_]:
    """Whether numbers without their tails are these, in both parts."""
    same = shift(part.hi.real, part.exponent) == exact.real
    return np.asarray(same & (shift(part.hi.imag, part.exponent) == exact.imag))


def _products(rows: Array, level: int, *, running: bool) -> tuple[Enclosure, NDArray[np.bool_]]:
    """Of rows (B, k, terms): (B, k), or all the way (B, k terms)."""
    if rows.shape[2] > LONG and not np.iscomplexobj(rows):
        return _long_products(rows, running=running)
    count, wide = rows.shape[1] * (rows.shape[2] if running else 1), np.iscomplexobj(rows)
    ball = acb if wide else arb
    part, finite = unproved(len(rows), count * (1 + wide)), finite_members(rows)
    for i in map(int, np.flatnonzero(finite)):

        def compute(i: int = i) -> Pieces:
            found: list[Any] = []
            for row in rows[i].tolist():
                total = ball(1)
                for x in row:
                    total = total * ball(x)
                    if running:
                        found.append(total)
                if not running:
                    found.append(total)
            if wide:
                found = [z.real for z in found] + [z.imag for z in found]
            return pieces(arb_mat(1, len(found), found))

        answer = adaptive(compute, 53 * rows.shape[2] + TARGET[level], lambda x: x.tight(level))
        if answer is not None:
            store(part, i, answer)
    return folded_enclosure(part) if wide else part, finite


def _long_products(rows: Array, *, running: bool) -> tuple[Enclosure, NDArray[np.bool_]]:
    """The same of long rows of real numbers."""
    finite = finite_members(rows)
    keep = finite[:, None]
    flat = np.where(finite[:, None, None], rows, 1.0).reshape(-1, rows.shape[2])
    if running:
        found = np.empty((3, *flat.shape))
        running_products(flat, found)
        powers = np.zeros(len(rows), np.int64)
    else:
        found, exponents = np.empty((3, len(flat))), np.empty(len(flat), np.int64)
        products(flat, found, exponents)
        own = exponents.reshape(len(rows), -1)
        powers = own.max(axis=1)
        found = np.ldexp(found.reshape(3, *own.shape), own - powers[:, None])
        found[2] += SMALLEST * (own < powers[:, None])
    hi, lo, radius = found.reshape(3, len(rows), -1)
    return Enclosure(hi, lo, np.where(keep, radius, np.inf), powers), finite


def _truth(part: Enclosure, rows: Array, finite: NDArray[np.bool_]) -> Truth:
    quantities = reached(rows, finite)
    return Truth((part,), quantities, finite, engines(part, finite | ~finite, finite & False))


def reached(rows: Array, finite: NDArray[np.bool_]) -> dict[str, Interval]:
    """How many factors rows (B, k, terms) have, and between what products of some of them lie."""
    keep, room = finite[:, None, None], 0.0
    sizes = np.abs(np.where(keep, rows.real, 1.0))
    if np.iscomplexobj(rows):  # the larger part of z is from |z|/sqrt(2) to |z|
        sizes, room = np.maximum(sizes, np.abs(np.where(keep, rows.imag, 0.0))), 0.5
    logs = np.where(sizes > 0, np.frexp(sizes)[1], 0)
    least = logs - 1
    if rows.shape[2] > LONG:  # by exponents alone 10^7 numbers near 1 would leave every range
        logs = np.log2(np.where(sizes > 0, sizes, 1.0)) + OWN * (sizes != 1)
        least = logs - 2 * OWN * (sizes != 1) - room
    high = np.ceil(np.maximum(logs + room, 0).sum(axis=2).max(axis=1)).astype(np.int64)
    low = np.floor(np.minimum(least, 0).sum(axis=2).min(axis=1)).astype(np.int64)
    with np.errstate(over="ignore", under="ignore"):
        return {
            "terms": Interval.exact(np.full(len(rows), float(rows.shape[2]))),
            "top": Interval.exact(np.ldexp(1.0, high)),
            "bottom": Interval.exact(np.ldexp(1.0, low)),
        }

"""What comes from above on its way back through products: of rows, running ones, by segment.

Arrays, keyword arguments and what comes from above, of the shape of the answer, are those of
TensorFlow's calls on stacks (B, ...), real or complex. An entry of a gradient is a sum of products
of the other entries, none of which is divided by. Of complex numbers the conjugates are taken, as
TensorFlow's gradients of holomorphic functions have them. Quantities: `terms`, how many factors
there are, and `size`, the sum of the absolute values of what is added up, entry by entry; `top` and
`bottom`, (B,), between which all products lie, and `least`, which is `bottom` entry by entry.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from flint import acb, arb
from numpy.typing import NDArray

from references import norms
from references.balls import engines, finite_members
from references.combinations import enclosed
from references.interval import Interval
from references.magnitudes import Axis, laid_out, put_back
from references.powers import reached
from references.truth import Enclosure, Truth

Array = NDArray[Any]  # float64 or complex128
Pull = Callable[[list[Any], list[Any]], list[Any]]


def reduce_prod(
    input_tensor: Array, above: Array, *, axis: Axis = -1, keepdims: bool = False, level: int = 0
) -> Truth:
    """What comes from above times the product of the other entries."""
    rows, _, where = laid_out(input_tensor, axis)
    given = above.reshape(*rows.shape[:2], 1)

    def pull(row: list[Any], w: list[Any]) -> list[Any]:
        return [other * w[0] for other in _others(row)]

    return _pulled(rows, given, pull, level, put_in(input_tensor, where))


def cumprod(
    x: Array, above: Array, *, axis: int = -1, exclusive: bool = False, reverse: bool = False,
    level: int = 0,
) -> Truth:  # fmt: skip
    """What comes from above of all later products, times the other entries of each."""
    (rows, _, where), (given, _, _) = laid_out(x, axis), laid_out(above, axis)
    back = put_in(x, where)
    if reverse:
        rows, given = rows[:, :, ::-1], given[:, :, ::-1]
    if exclusive:  # the products are those of one entry less
        given = np.concatenate([given[:, :, 1:], np.zeros_like(given[:, :, :1])], axis=2)
    return _pulled(
        rows, given, _running, level, lambda side: back(side[:, :, ::-1] if reverse else side)
    )


def unsorted_segment_prod(
    data: Array, above: Array, *, segment_ids: Sequence[int], num_segments: int, level: int = 0
) -> Truth:
    """Of each segment as of a row; zero of entries whose number is negative, which are in none."""
    ids = np.asarray(segment_ids)
    flat = np.swapaxes(data.reshape(*data.shape[:2], -1), 1, 2)
    given = np.swapaxes(above.reshape(*above.shape[:2], -1), 1, 2)

    def pull(row: list[Any], w: list[Any]) -> list[Any]:
        found = [w[0] * 0] * len(row)
        for segment in range(num_segments):
            places = np.flatnonzero(ids == segment).tolist()
            others = _others([row[i] for i in places])
            for i, other in zip(places, others, strict=True):
                found[i] = other * w[segment]
        return found

    def back(side: Array) -> Array:
        return np.ascontiguousarray(np.swapaxes(side, 1, 2)).reshape(data.shape)

    members = ids == np.arange(num_segments)[:, None]
    factors = np.where(members, flat[:, :, None, :], 1.0)
    groups = np.concatenate([factors, given[..., None]], axis=3)
    count = np.where(ids >= 0, members.sum(axis=1)[np.maximum(ids, 0)], 0).astype(np.float64)
    return _pulled(flat, given, pull, level, back, groups.reshape(len(data), -1, len(ids) + 1),
                   count)  # fmt: skip


def segment_prod(data: Array, above: Array, *, segment_ids: Sequence[int], level: int = 0) -> Truth:
    """The same of segments whose numbers ascend."""
    return unsorted_segment_prod(
        data, above, segment_ids=segment_ids, num_segments=max(segment_ids) + 1, level=level
    )


def put_in(x: Array, where: tuple[int, ...]) -> Callable[[Array], Array]:
    """What brings rows back into the places of x."""
    return lambda rows: put_back(rows, x.shape, where)


def _others(row: list[Any]) -> list[Any]:
    """The product of all entries but each."""
    left, right = [arb(1)], [arb(1)]
    for one, other in zip(row, reversed(row), strict=True):
        left.append(left[-1] * one)
        right.append(right[-1] * other)
    return [a * b for a, b in zip(left[:-1], reversed(right[:-1]), strict=True)]


def _running(row: list[Any], above: list[Any]) -> list[Any]:
    """By Horner's rule: the products before an entry, times w + x' (w' + x'' (...)) after it."""
    rest, found = above[-1] * 0, []
    for x, w in zip([*row[1:], row[0] * 0][::-1], above[::-1], strict=True):
        rest = w + x * rest
        found.append(rest)
    before = arb(1)
    for i, x in enumerate(row):
        found[len(row) - 1 - i] *= before
        before = before * x
    return found[::-1]


def _pulled(
    rows: Array,
    above: Array,
    pull: Pull,
    level: int,
    back: Callable[[Array], Array],
    groups: Array | None = None,
    count: Array | None = None,
) -> Truth:
    """The truth of a pullback of rows (B, k, n) by what comes from above (B, k, m).

    `back` brings rows into their places; `groups` (B, ..., m): factors of one product each, if
    those are not rows; `count` (n,): of how many factors each entry is one.
    """
    finite, wide = finite_members(rows, above), np.iscomplexobj(rows)
    keep = finite[:, None, None]
    ball = acb if wide else arb

    def values(i: int) -> list[Any]:
        pairs = zip(rows[i].conj().tolist(), above[i].tolist(), strict=True)
        return [y for row, w in pairs for y in pull(list(map(ball, row)), list(map(ball, w)))]

    def moduli(i: int) -> list[arb]:
        pairs = zip(rows[i].tolist(), above[i].tolist(), strict=True)
        sides = [[[abs(ball(x)) for x in side] for side in pair] for pair in pairs]
        return [y for row, w in sides for y in pull(row, w)]

    known = np.where(keep, rows, np.nan)  # a member with NaN anywhere has none
    part, total = (
        _placed(enclosed(compute, x, rows.shape[1:], level)[0], back)
        for compute, x in ((values, known), (moduli, known.real))
    )
    if groups is None:
        groups = np.concatenate([rows, _extremes(above)], axis=2)
    ends = reached(groups, finite)
    size = norms.scaled(norms.absolute(total), total.exponent)
    number = np.full(rows.shape[2], float(rows.shape[2])) if count is None else count
    least = ends["bottom"].lower[:, None, None]
    told = {
        "size": norms.known(size, finite.reshape(-1, *(1,) * (part.hi.ndim - 1))),
        "terms": Interval.exact(back(np.broadcast_to(number, rows.shape))),
        "least": Interval.exact(back(np.broadcast_to(least, rows.shape))),
        "most": Interval.exact(np.full(len(rows), float(number.max()))),
    }
    words = engines(part, finite | ~finite, finite)
    return Truth((part,), {**ends, **told}, finite, words)


def _extremes(above: Array) -> Array:
    """What any product holds one of: of several from above the largest and the smallest."""
    if above.shape[2] == 1:
        return above
    size = np.abs(above)
    top = size.max(axis=2, keepdims=True)
    return np.concatenate([top, np.where(size > 0, size, top).min(axis=2, keepdims=True)], axis=2)


def _placed(part: Enclosure, back: Callable[[Array], Array]) -> Enclosure:
    hi, lo, radius = (back(side) for side in (part.hi, part.lo, part.radius))
    return Enclosure(hi, lo, radius, part.exponent)

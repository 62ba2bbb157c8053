"""What comes from above on its way back through convolutions and pools, to filters and to arrays.

Arrays and keyword arguments are those of TensorFlow's calls on stacks (B, ...), with what comes
from above, of the shape of the answer, last; windows as in references/windows.py. Nothing is
multiplied but by one over a number, so sums are those of references/contractions.py. Where several
entries of a window are the largest, each may get any part of what comes from above: the truth gives
it to the first, and entry by entry `tied` is how far others may be from that, `terms` from how many
windows it may get something, `size` the sum of the absolute values of that. Of channels `whole`
(B, channels) is the sum of |above|, and of their shape `windows`, `pairs` and `most` are how many
windows there are, of what they meet, and around one entry; (B,): `top`, the largest of `whole`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from references import norms
from references.combinations import near
from references.contractions import contracted, shaped
from references.doubledouble import shift, two_sum
from references.interval import Interval
from references.members import finite_members
from references.sums import over
from references.truth import Enclosure, Truth
from references.windows import Shape, Steps, Whole, _counted, _met, at

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


def convolution(
    x: Array, above: Array, *, filter_shape: Shape, strides: Steps, padding: str,
    dilations: Steps = 1, level: int = 0,
) -> Truth:  # fmt: skip
    """By filters (*window, channels, outputs): sums over places of what is met times above."""
    *window, channels, each = filter_shape
    where, _ = at(x.shape[1:-1], tuple(window), strides, padding, dilations)
    met = np.transpose(_met(x, where, 0.0), [0, 2, 3, 1]).reshape(len(x), -1, len(where))
    inside = np.repeat((where >= 0).sum(axis=0), channels)[:, None]
    truth = _counted(contracted(met, above.reshape(len(x), -1, each)), inside)
    return shaped(truth, lambda side: side.reshape(len(x), *filter_shape))


def avg_pool(
    x: Array, above: Array, *, ksize: Shape, strides: Steps, padding: str, level: int = 0
) -> Truth:
    """Sums over the windows of an entry of what comes from above over their numbers of entries."""
    where, _ = at(x.shape[1:-1], tuple(ksize), strides, padding)
    count = (where >= 0).sum(axis=1)
    common = int(np.lcm.reduce(count))  # so that weights are whole
    inside = np.zeros((len(where), int(np.prod(x.shape[1:-1]))))
    for output, row in enumerate(where):
        inside[output, row[row >= 0]] = 1.0
    weights = np.broadcast_to((inside * (common / count)[:, None]).T, (len(x), *inside.T.shape))
    truth = _counted(contracted(weights, above.reshape(len(x), len(where), -1)),
                     inside.sum(axis=0).astype(np.int64)[:, None])  # fmt: skip
    finite = finite_members(x, above)
    part, known = over(truth.parts[0], float(common)), dict(truth.quantities)
    wide = np.where(finite[:, None, None], part.radius, np.inf)
    known |= {name: known[name] / float(common) for name in ("size", "top")}
    truth = Truth((replace(part, radius=wide),), known, finite, truth.engine)
    return shaped(truth, lambda side: side.reshape(x.shape))


def max_pool(
    x: Array, above: Array, *, ksize: Shape, strides: Steps, padding: str, level: int = 0
) -> Truth:
    """Sums over the windows in which an entry is the largest, or one of the largest."""
    where, _ = at(x.shape[1:-1], tuple(ksize), strides, padding)
    met = _met(x, where, -np.inf)
    chosen = (met == met.max(axis=2, keepdims=True)) & (where >= 0)[None, :, :, None]
    first = _first(chosen)
    finite = finite_members(x, above)
    size = int(np.prod(x.shape[1:-1]))
    part, told = _picked(chosen, first, above, where, size, finite, "")
    part, told = _placed(part, told, x.shape)
    return Truth((part,), {**told, **_channels(above, where, finite)}, finite,
                 _words(finite))  # fmt: skip


def dilation2d(
    x: Array, filters: Array, above: Array, *, strides: Steps, padding: str, dilations: Steps,
    eps: float, level: int = 0,
) -> Truth:  # fmt: skip
    """By arrays and by filters, from sums that may be the largest once they are rounded to `eps`.

    Sums round by half an eps of themselves at most, or underflow: those that are less than the
    largest by more than an eps of both cannot come out as large. Quantities have names that end in
    _x and _f; (B,): `high`, what no sum is above.
    """
    window = filters.shape[1:-1]
    where, _ = at(x.shape[1:-1], window, strides, padding, dilations)
    finite = finite_members(x, filters, above)
    keep = finite.reshape(-1, 1, 1, 1)
    x, filters = np.where(keep, x, 0.0), np.where(keep, filters, 0.0)
    first, chosen = _perhaps_largest(x, filters, where, eps)
    size = int(np.prod(x.shape[1:-1]))
    by_place = _picked(chosen, first, above, where, size, finite, "_x")
    slots = np.where(where >= 0, np.arange(where.shape[1]), -1)
    by_slot = _picked(chosen, first, above, slots, where.shape[1], finite, "_f")
    ours, told = _placed(*by_place, x.shape)
    theirs, more = _placed(*by_slot, filters.shape)
    with np.errstate(over="ignore"):
        high = np.abs(x).max(axis=(1, 2, 3)) + np.abs(filters).max(axis=(1, 2, 3))
    told |= {**more, **_channels(above, where, finite), "high": near(high)}
    return Truth((ours, theirs), told, finite, _words(finite))


def _first(flags: Flags) -> Flags:
    """The first of the flagged entries of each window (B, outputs, window, channels)."""
    return flags & (np.cumsum(flags, axis=2) == 1)


def _perhaps_largest(x: Array, filters: Array, where: Whole, eps: float) -> tuple[Flags, Flags]:
    """The first entry of each window with the largest sum, and all whose rounded one may be it."""
    most = np.maximum(*(np.abs(a).max(axis=(1, 2, 3)) for a in (x, filters)))
    halved = (most > 2.0**1000).astype(np.int64)
    met = _met(shift(x, -halved), where, 0.0)
    flat = shift(filters, -halved).reshape(len(x), 1, -1, filters.shape[-1])
    head, tail = two_sum(met, np.broadcast_to(flat, met.shape))
    inside = (where >= 0)[None, :, :, None]
    top = np.where(inside, head, -np.inf).max(axis=2, keepdims=True)
    rest = np.where(inside & (head == top), tail, -np.inf).max(axis=2, keepdims=True)
    behind = (top - head) + (rest - tail)
    tiny = TINY[eps]
    apart = eps * np.maximum(np.abs(top), np.abs(head)) * (1 + 2.0**-8)
    alike = behind <= np.maximum(apart, 2 * np.ldexp(tiny, -halved).reshape(-1, 1, 1, 1))
    return _first(inside & (behind == 0)), np.asarray(inside & ((behind == 0) | alike))


TINY = {2.0**-7: 2.0**-126, 2.0**-10: 2.0**-14, 2.0**-23: 2.0**-126, 2.0**-52: 2.0**-1022}


def _picked(
    chosen: Flags, first: Flags, above: Array, where: Whole, size: int, finite: Flags, end: str
) -> tuple[Enclosure, dict[str, Interval]]:
    """Sums of what comes from above by place, (B, channels, size), of equal entries to the first.

    `where` (outputs, window): the place of each entry of a window, -1 for none; `first` and
    `chosen` (B, outputs, window, channels): who gets it here, and who may.
    """
    given = np.moveaxis(above.reshape(len(above), len(where), -1), 2, 1)
    certain = first & (chosen.sum(axis=2, keepdims=True) == 1)
    spread, own, others = (
        _spread(np.moveaxis(flags, 3, 1), where, size)
        for flags in (first, first & ~certain, chosen & ~first)
    )
    part = _sums(spread, np.where(finite[:, None, None], given, 0.0), finite)
    terms = (spread + others).sum(axis=3)
    with np.errstate(all="ignore"):
        up, down = np.maximum(given, 0)[..., None], np.maximum(-given, 0)[..., None]
        sides = (others @ a + own @ b for a, b in ((up, down), (down, up)))
        told = {
            f"tied{end}": near(np.maximum(*sides)[..., 0]),
            f"size{end}": near(((spread + others) @ np.abs(given)[..., None])[..., 0]),
            f"terms{end}": Interval.exact(terms),
        }
    return part, told


def _spread(flags: Flags, where: Whole, size: int) -> Array:
    """Flags (B, channels, outputs, window) by place: ones (B, channels, size, outputs)."""
    found = np.zeros((*flags.shape[:2], size, len(where)))
    for output, row in enumerate(where):
        inside = np.flatnonzero(row >= 0)
        found[:, :, row[inside], output] = flags[:, :, output, inside]
    return found


def _sums(spread: Array, given: Array, finite: Flags) -> Enclosure:
    """Sums of what is given (B, channels, outputs) by place: exact in two floats, or nearly so."""
    down = np.where(np.abs(given).max(axis=(1, 2)) > 2.0**1000, 64, 0).astype(np.int64)
    rows = shift(given, -down)[:, :, None]
    total, low, left = (np.zeros(spread.shape[:3]) for _ in range(3))
    for output in range(spread.shape[3]):
        total, error = two_sum(total, spread[..., output] * rows[..., output])
        low, error = two_sum(low, error)
        left += np.abs(error)
    hi, lo = two_sum(total, low)
    whole = (shift(rows, down) == given[:, :, None]).all(axis=(1, 2, 3))
    lost = ~whole.reshape(-1, 1, 1) * spread.sum(axis=3) * 2.0**-1074
    radius = np.where(left > 0, left * (1 + 2.0**-40) + 2.0**-1074, 0.0) + lost
    return Enclosure(hi, lo, np.where(finite[:, None, None], radius, np.inf), down)


def _placed(
    part: Enclosure, told: dict[str, Interval], shape: Shape
) -> tuple[Enclosure, dict[str, Interval]]:
    """(B, channels, places) as (B, *places, channels)."""

    def back(side: NDArray) -> NDArray:
        return np.ascontiguousarray(np.moveaxis(side, 1, 2)).reshape(shape)

    whole = Enclosure(back(part.hi), back(part.lo), back(part.radius), part.exponent)
    return whole, {name: Interval(back(x.lower), back(x.upper)) for name, x in told.items()}


def _channels(above: Array, where: Whole, finite: Flags) -> dict[str, Interval]:
    """What is known of channels, and of windows."""
    rows = np.abs(above.reshape(len(above), len(where), -1))
    with np.errstate(over="ignore"):
        total = rows.sum(axis=1)
    whole = near(total)
    most = np.full(total.shape, float(np.bincount(where[where >= 0]).max()))
    top = norms.known(Interval.exact(np.where(finite, whole.upper.max(axis=1), 0.0)), finite)
    return {
        "whole": norms.known(whole, finite[:, None]),
        "top": top,
        "most": Interval.exact(most),
        "windows": Interval.exact(np.full(total.shape, float(len(where)))),
        "pairs": Interval.exact(np.full(total.shape, float((where >= 0).sum()))),
    }


def _words(finite: Flags) -> tuple[str, ...]:
    return tuple(np.where(finite, "double-double", "not finite").tolist())

"""Exact polynomials, normalised batches, running logsumexps and the like: balls, entry by entry.

Arrays and keyword arguments are those of TensorFlow's calls on stacks (B, ...). Quantities are of
the shape of the answer, told within 1e-12 of themselves: `size`, the sum of the absolute values of
what is added up; `reach`, what becomes of underflow; `top` (B,), the largest of what is formed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from flint import acb, arb, arb_mat
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
from references.doubledouble import shift
from references.embedded import folded_enclosure
from references.interval import MAX, Interval
from references.long_logits import running_logsumexp
from references.long_rows import LONG
from references.row_balls import powers
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
SLACK = 1e-12


def polyval(*inputs: Array, level: int = 0) -> Truth:
    """Polynomials at the last input; the coefficients (B, ...) before it, the highest first."""
    *coefficients, x = inputs
    size, reach = np.zeros(x.shape), np.zeros(x.shape)
    wide = np.iscomplexobj(x)
    lost = 6 if wide else 2  # tiny, by a product and a sum
    with np.errstate(over="ignore", invalid="ignore"):
        for c in coefficients:
            size, reach = size * np.abs(x) + np.abs(c), reach * np.abs(x) + lost
    known = {"size": size, "reach": reach, "degree": np.full(x.shape, len(inputs) - 2.0)}

    def value(*numbers: Any) -> Any:
        ball: Any = acb if wide else arb
        *cs, at = map(ball, numbers)
        total = ball(0)
        for c in cs:
            total = total * at + c
        return total

    return _truth(value, inputs, known, level)


def batch_normalization(
    x: Array, mean: Array, variance: Array, offset: Array, scale: Array, *,
    variance_epsilon: float, level: int = 0,
) -> Truth:  # fmt: skip
    """(x - mean) scale / sqrt(|variance| + epsilon) + offset."""
    inputs = tuple(np.broadcast_arrays(x, mean, variance, offset, scale))
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        inverse = np.abs(inputs[4]) / np.sqrt(np.abs(inputs[2]) + variance_epsilon)
        known = {
            "data": np.abs(inputs[0]) * inverse,
            "middle": np.abs(inputs[1]) * inverse,
            "shift": np.abs(inputs[3]),
            "reach": np.abs(inputs[0]) + np.abs(inputs[1]) + 4,
        }
        known["size"] = np.maximum(
            known["data"] + known["middle"] + known["shift"], np.abs(inputs[2])
        )

    def value(*numbers: float) -> arb:
        a, m, v, b, s = map(arb, numbers)
        return (a - m) * s / (abs(v) + arb(variance_epsilon)).sqrt() + b

    return _truth(value, inputs, known, level)


def cumulative_logsumexp(
    x: Array, *, axis: int = -1, reverse: bool = False, level: int = 0
) -> Truth:
    """Logarithms of the sums of exponentials of all entries up to each, or from it on.

    Quantities: `steps`, how many were added before; `peak`, the largest absolute value that a
    logarithm of any of them together may have.
    """
    rows = np.moveaxis(x, axis, -1)
    rows = rows[..., ::-1] if reverse else rows
    steps = np.broadcast_to(np.arange(rows.shape[-1]), rows.shape).astype(np.float64)
    peak = np.maximum.accumulate(np.abs(rows), axis=-1) + np.log(steps + 1)

    def put(side: Array) -> Array:
        turned = side[..., ::-1] if reverse else side
        return np.ascontiguousarray(np.moveaxis(turned, -1, axis))

    def compute(row: Sequence[float]) -> list[arb]:
        top, total, found = arb(row[0]), arb(0), []
        for number in row:
            at = arb(number)
            if at > top:
                total, top = total * powers([top - at])[0], at
            total += powers([at - top])[0]
            found.append(top + total.log())
        return found

    flat = rows.reshape(len(rows), -1, rows.shape[-1])
    if rows.shape[-1] > LONG:
        part, finite = _running(flat)
    else:
        part, finite = enclosed(
            lambda i: [y for row in flat[i].tolist() for y in compute(row)],
            x,
            flat.shape[1:],
            level,
        )
    sides = [put(s.reshape(rows.shape)) for s in (part.hi, part.lo, part.radius)]
    whole = Enclosure(sides[0], sides[1], sides[2], part.exponent)
    known = {"steps": put(steps), "peak": put(peak)}
    return _told(whole, known, finite)


def _running(rows: Array) -> tuple[Enclosure, NDArray[np.bool_]]:
    """Running logsumexps of long rows (B, k, n)."""
    finite = finite_members(rows)
    keep = finite[:, None, None]
    found = running_logsumexp(np.where(keep, rows, 0.0).reshape(-1, rows.shape[2]))
    hi, lo, radius = found.reshape(3, *rows.shape)
    return Enclosure(hi, lo, np.where(keep, radius, np.inf), np.zeros(len(rows), np.int64)), finite


def unsorted_segment_sqrt_n(
    data: Array, *, segment_ids: Sequence[int], num_segments: int, level: int = 0
) -> Truth:
    """Sums of segments over the roots of their numbers of entries; zeros of empty ones."""
    where = np.asarray(segment_ids)
    counts = np.bincount(where, minlength=num_segments)
    flat = data.reshape(*data.shape[:2], -1)
    shape = (num_segments, *data.shape[2:])
    share = np.stack([np.abs(flat[:, where == s]).sum(axis=1) for s in range(num_segments)], 1)
    share = share / np.sqrt(np.maximum(counts, 1))[:, None]
    terms = np.broadcast_to(np.maximum(counts - 1.0, 0)[:, None], share.shape)

    def compute(i: int) -> list[arb]:
        found = []
        for s in range(num_segments):
            rows = flat[i, where == s].tolist()
            for column in range(flat.shape[2]):
                total = sum((arb(row[column]) for row in rows), arb(0))
                found.append(total / arb(max(int(counts[s]), 1)).sqrt())
        return found

    part, finite = enclosed(compute, data, share.shape[1:], level)
    sides = [s.reshape(len(data), *shape) for s in (part.hi, part.lo, part.radius)]
    whole = Enclosure(sides[0], sides[1], sides[2], part.exponent)
    known = {"size": share, "terms": terms}
    return _told(whole, {k: v.reshape(len(data), *shape) for k, v in known.items()}, finite)


def householder(v: NDArray, x: NDArray, *, level: int = 0) -> Truth:
    """x - 2 v (v^H x) / (v^H v) of (B, n), real or complex; none where v is zero.

    Quantities: `size`, |x| + 2 |v| (|v|^T |x|) / (v^H v); (B,): `squares`, v^H v.
    """
    finite, wide = finite_members(v, x), np.iscomplexobj(v)
    keep = finite[:, None]
    sides = [np.where(keep, side, 0.0) for side in ((v.real, v.imag) if wide else (v,))]
    power = np.frexp(np.max([np.abs(side).max(axis=1) for side in sides], axis=0))[1]
    power = power.astype(np.int64)
    near = [shift(side, -power) for side in sides]
    unit = np.hypot(*near) if wide else np.abs(near[0])
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        squares = (unit * unit).sum(axis=1, keepdims=True)
        along = (unit * np.abs(x)).sum(axis=1, keepdims=True) / squares
        size = np.abs(x) + 2 * unit * along
        whole = shift(squares[:, 0], 2 * power)

    def compute(i: int) -> list[arb]:
        axis, numbers = [acb(y) for y in v[i].tolist()], [acb(y) for y in x[i].tolist()]
        dot = sum((a.conjugate() * b for a, b in zip(axis, numbers, strict=True)), acb(0))
        share = 2 * dot / sum((a.real * a.real + a.imag * a.imag for a in axis), arb(0))
        found = [b - share * a for a, b in zip(axis, numbers, strict=True)]
        return [y.real for y in found] + [y.imag for y in found if wide]

    exists = ~(finite & (v == 0).all(axis=1))
    known = np.where((finite & exists)[:, None], 0.0, np.nan) + np.zeros(x.shape)
    part, _ = enclosed(compute, known, (x.shape[1] * (1 + wide),), level)
    part = folded_enclosure(part) if wide else part
    truth = _told(part, {"size": size, "squares": whole}, finite)
    return Truth(truth.parts, truth.quantities, exists, truth.engine)


def enclosed(
    compute: Callable[[int], list[Any]], x: Array, shape: tuple[int, ...], level: int
) -> tuple[Enclosure, NDArray[np.bool_]]:
    """The enclosure (B, *shape) of what is computed of each finite member, complex as x is."""
    wide = np.iscomplexobj(x)
    sides = (2, *shape) if wide else shape  # real and imaginary parts
    finite, part = finite_members(x), unproved(len(x), *sides)
    for i in np.flatnonzero(finite).tolist():

        def found(i: int = i) -> Pieces:
            values = compute(i)
            if wide:
                values = [z.real for z in values] + [z.imag for z in values]
            return pieces(arb_mat(1, len(values), values))

        answer = adaptive(found, TARGET[level] + 64, _sharp)
        if answer is not None:
            one, two, radius = (side.reshape(sides) for side in answer[:3])
            store(part, i, Pieces(one, two, radius, answer.exponent))
    if not wide:
        return part, finite
    both = folded_enclosure(part)
    return Enclosure(both.hi[:, 0], both.lo[:, 0], both.radius[:, 0], part.exponent), finite


def _sharp(found: Pieces) -> bool:
    """Whether every entry is known to the digits of the highest level, or what underflow leaves."""
    return bool(np.all(found.radius <= TIGHT[-1] * np.abs(found.hi) + 2.0**-1060))


def _truth(
    value: Callable[..., Any], inputs: Sequence[Array], known: Mapping[str, Array], level: int
) -> Truth:
    """The truth of a function of aligned entries."""
    shape = inputs[-1].shape[1:]
    finite = finite_members(*inputs)
    keep = finite.reshape(-1, *(1,) * len(shape))
    first = np.where(keep, inputs[0], np.nan)  # a member with NaN anywhere has none
    flat = [np.where(keep, x, 0.0).reshape(len(x), -1).tolist() for x in inputs]

    def compute(i: int) -> list[arb]:
        return [value(*numbers) for numbers in zip(*(x[i] for x in flat), strict=True)]

    part, finite = enclosed(compute, first, shape, level)
    return _told(part, known, finite)


def _told(part: Enclosure, known: Mapping[str, Array], finite: NDArray[np.bool_]) -> Truth:
    """A truth with its quantities as intervals."""
    quantities = {name: near(value) for name, value in known.items()}
    if "size" in known:
        top = known["size"].reshape(len(finite), -1).max(axis=1)
        quantities["top"] = near(np.where(finite, top, np.inf))
    return Truth((part,), quantities, finite, engines(part, finite | ~finite, finite))


def near(x: Array) -> Interval:
    """Numbers that are not negative, from what NumPy computed; unknown where that is NaN."""
    low = np.where(np.isnan(x), 0.0, np.where(np.isinf(x), MAX, x * (1 - SLACK)))
    with np.errstate(over="ignore"):
        high = np.where(np.isnan(x), np.inf, x * (1 + SLACK) + 2.0**-1070 * (x > 0))
    return Interval(low, high)

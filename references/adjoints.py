"""Adjoints of linear maps: what comes from above, taken back to an operand that enters linearly.

The matrix of such a map is not computed with: its entries are entries of the other operand, as they
are, negated or conjugated, or 0 and 1. Which they are is read off a second opinion once for each
shape, by an operand of powers of two. As TensorFlow has it, what comes back is J^H w; of a map that
is linear in the conjugate of its operand, J^T conj(w).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from flint import arb
from numpy.typing import NDArray

from references.arrangements import moved
from references.combinations import enclosed, near
from references.contractions import contracted, shaped
from references.doubledouble import exact_scale
from references.embedded import shifted
from references.interval import Interval
from references.numeric_adjoints import forward
from references.sums import over
from references.truth import Enclosure, Truth

Shape = tuple[int, ...]


class Pattern(NamedTuple):
    """The matrix (m, n) of a map: signs, places in the other operand, which are conjugated.

    `turned`: linear in the conjugate.
    """

    sign: NDArray[np.float64]
    place: NDArray[np.int64]
    conjugated: NDArray[np.bool_]
    turned: bool


class Call(NamedTuple):
    """A call, the operand it is linear in by place and shape, and the shapes of the others."""

    of: str
    by: int
    shape: Shape
    known: tuple[Shape, ...]
    beside: tuple[Shape, ...]
    arguments: tuple[tuple[str, Any], ...]


def pulled(
    *inputs: NDArray,
    of: str,
    by: int,
    shape: Sequence[int],
    beside: Sequence[Shape] = (),
    level: int = 0,
    **arguments: Any,
) -> Truth:
    """The gradient (B, *shape) by operand `by` of the call `of`: a sum of products for each entry.

    `inputs`: the call's other operand if it has one, and what comes from above. Quantities as of
    references/contractions.py: `terms` is how many products an entry is the sum of. Where nothing
    but 1 is multiplied by, and once, entries are copies. `beside`: the shapes of other operands
    that do not matter.
    """  # fmt: skip
    *others, above = inputs
    known = tuple(x.shape[1:] for x in others)
    call = Call(of, by, tuple(shape), known, tuple(beside), tuple(arguments.items()))
    pattern = _pattern(call)
    count = np.abs(pattern.sign).sum(axis=0)
    weights = np.broadcast_to(pattern.sign, (len(above), *pattern.sign.shape)).astype(above.dtype)
    given = above.reshape(len(above), -1, 1)
    if not others and count.max(initial=0) <= 1:
        finite = np.where(np.isfinite(given), given, 0)
        back = (np.swapaxes(weights, 1, 2) @ finite).reshape(len(above), *shape)
        truth = moved(np.conj(back) if pattern.turned else back, above)
        return replace(truth, quantities={
            "size": near(np.abs(back)), "top": near(np.abs(finite).max(axis=(1, 2))),
            "terms": Interval.exact(np.broadcast_to(count.reshape(shape), back.shape)),
        })  # fmt: skip
    if others:
        entries = others[0].reshape(len(above), -1)[:, pattern.place]
        weights = weights * np.where(pattern.conjugated, np.conj(entries), entries)
    left = np.swapaxes(weights, 1, 2)
    truth = contracted(*((left, given.conj()) if pattern.turned else (left.conj(), given)))
    terms = np.broadcast_to(count[:, None], truth.parts[0].hi.shape)
    truth = replace(truth, quantities={**truth.quantities, "terms": Interval.exact(terms)})
    truth = _certain(truth, terms <= (0 if others else 1))
    return shaped(truth, lambda x: x.reshape(len(x), *shape))


def _certain(truth: Truth, copied: NDArray[np.bool_]) -> Truth:
    """A truth whose entries that are sums of nothing, or copies, have no radius."""
    part = truth.parts[0]
    radius = np.where(copied & truth.exists[:, None, None] & (part.lo == 0), 0.0, part.radius)
    return replace(truth, parts=(replace(part, radius=radius),))


def shared(
    above: NDArray,
    *,
    of: str,
    by: int,
    shape: Sequence[int],
    root: bool = False,
    level: int = 0,
    **arguments: Any,
) -> Truth:
    """The same of means, in which each entry counts once: over their numbers of entries.

    Or over the roots of these. Quantities: `size`, the absolute values.
    """  # fmt: skip
    told = tuple(shape)
    matrix = _columns(Call(of, by, told, (), (), tuple(arguments.items()))).real
    count = np.rint(matrix.max(axis=0) ** (-2.0 if root else -1.0)).reshape(told)
    given = above.reshape(len(above), -1)[:, np.argmax(matrix, axis=0)]
    copied = moved(given.reshape(len(above), *told), above)
    with np.errstate(under="ignore"):
        size = near(np.abs(copied.parts[0].hi) / (np.sqrt(count) if root else count))
    return replace(over_counts(copied, count, root=root, level=level), quantities={"size": size})


def over_counts(
    truth: Truth, count: NDArray[np.float64], *, root: bool = False, level: int = 0
) -> Truth:
    """A truth that is exact over whole numbers that align with it, or over their roots."""
    whole = truth.parts[0]
    scale = exact_scale(np.maximum(np.abs(whole.hi.real), np.abs(whole.hi.imag)))
    near_one = shifted(whole.hi, -scale)
    part = over(replace(whole, hi=near_one, exponent=scale), count)
    if root:
        part = _over_roots(near_one, count, level, scale)
    known = truth.exists.reshape(-1, *(1,) * (near_one.ndim - 1))
    radius = np.where(count == 1, 0.0, part.radius)  # over one they are what they are
    return replace(truth, parts=(replace(part, radius=np.where(known, radius, np.inf)),))


def _over_roots(
    given: NDArray, count: NDArray[np.float64], level: int, scale: NDArray[np.int64]
) -> Enclosure:
    flat, counts = given.reshape(len(given), -1), count.reshape(-1).tolist()

    def compute(i: int) -> list[arb]:
        return [arb(w) / arb(n).sqrt() for w, n in zip(flat[i].tolist(), counts, strict=True)]

    part, _ = enclosed(compute, flat, flat.shape[1:], level)
    hi, lo, radius = (side.reshape(given.shape) for side in (part.hi, part.lo, part.radius))
    return Enclosure(hi, lo, radius, part.exponent + scale)


@lru_cache(maxsize=256)
def _pattern(call: Call) -> Pattern:
    """Read off the columns; ValueError where they are no entries of the other operand."""
    columns = _columns(call)
    turned = bool(np.any(_columns(call, 1j) != 1j * columns))
    fraction, power = np.frexp(np.abs(columns.real))
    if not np.isin(fraction, (0.0, 0.5)).all():
        raise ValueError(f"{call.of} computes with its other operand")
    place = np.where(columns != 0, power - 1, 0)
    sign = np.sign(columns.real)
    return Pattern(sign, place, np.sign(columns.imag) == -sign, turned)


def _columns(call: Call, unit: complex = 1.0) -> NDArray[np.complex128]:
    """What the map makes of each unit of its operand, the other one being powers of two, 1 + i."""
    others = [((1 + 1j) * np.exp2(np.arange(np.prod(x)))).reshape(x) for x in call.known]
    others = others or [np.zeros(x, complex) for x in call.beside]
    n = int(np.prod(call.shape))
    units = unit * np.eye(n, dtype=complex).reshape(n, *call.shape)
    operands = ((*others[: call.by], x, *others[call.by :]) for x in units)
    found = [forward(call.of)(*values, **dict(call.arguments))[0] for values in operands]
    return np.stack([np.asarray(y, dtype=complex).reshape(-1) for y in found], axis=1)

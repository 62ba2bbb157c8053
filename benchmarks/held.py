"""Whether one truth of a stack holds what a sharper one, or mpmath, says of the same members."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from properties.routine import Problem, Routine
from references import audits
from references.interval import Interval
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
PAIR = 2.0**-103  # what two numbers of 106 bits, and their difference, are rounded by
VECTORS = {"linalg.eigh": (1,), "linalg.svd": (1, 2)}  # parts whose columns have a free sign


def shares(name: str, truth: Truth, sharp: Truth) -> Array:
    """The largest distance of an entry from the sharper truth over both radii, by member (B,).

    Infinite where a quantity or the existence of an answer is told differently.
    """
    worst = np.zeros(len(truth))
    told = np.array([word != "nothing" for word in sharp.engine])
    for k, (part, given) in enumerate(zip(truth.parts, sharp.parts, strict=True)):
        other = aligned(part, given) if k in VECTORS.get(name, ()) else given
        worst = np.maximum(worst, units(part, other))
    fine = truth.exists == sharp.exists
    for quantity, interval in truth.quantities.items():
        fine &= meet(interval, sharp.quantities[quantity])
    result: Array = np.where(told & ~fine, np.inf, worst)
    return result


def units(part: Enclosure, sharp: Enclosure) -> Array:
    """Distances in units of both radii, the largest of each member (B,)."""
    power = np.clip(sharp.exponent - part.exponent, -4000, 4000)
    by = power.reshape(-1, *(1,) * (part.hi.ndim - 1))
    hi, lo = (shifted(side, by) for side in (sharp.hi, sharp.lo))
    with np.errstate(all="ignore"):
        allowed = part.radius + np.ldexp(sharp.radius, by)
        size = np.abs(part.hi).reshape(len(part.hi), -1).max(axis=1, initial=0.0)
        noise = PAIR * size.reshape(by.shape)
        apart = np.abs((part.hi - hi) + (part.lo - lo)) - noise
        found = np.where(apart > 0, apart / allowed, 0.0)
    found = np.where(np.isfinite(allowed), np.where(np.isnan(found), np.inf, found), 0.0)
    most: Array = found.reshape(len(found), -1).max(axis=1, initial=0.0)
    return most


def shifted(side: NDArray[Any], by: NDArray[np.int64]) -> NDArray[Any]:
    """Real or complex numbers times 2^by."""
    with np.errstate(over="ignore", under="ignore"):
        if not np.iscomplexobj(side):
            return np.ldexp(side, by)
        result = np.empty(side.shape, np.complex128)
        result.real, result.imag = np.ldexp(side.real, by), np.ldexp(side.imag, by)
        return result


def aligned(part: Enclosure, sharp: Enclosure) -> Enclosure:
    """The sharper vectors with the signs of the others, column by column."""
    products = np.einsum("bij,bij->bj", part.hi, sharp.hi)
    sign = np.where(products < 0, -1.0, 1.0)[:, None, :]
    return Enclosure(sharp.hi * sign, sharp.lo * sign, sharp.radius, sharp.exponent)


def meet(one: Interval, other: Interval) -> Flags:
    """Whether intervals (B, ...) have a number in common, by member (B,)."""
    fine = (one.lower <= other.upper) & (other.lower <= one.upper)
    every: Flags = fine.reshape(len(fine), -1).all(axis=1)
    return every


def by_mpmath(routine: Routine, problem: Problem, truth: Truth, extra: dict[str, Any]) -> Array:
    """How far mpmath lies outside of each member (B,), over its largest entry; 0 where it agrees.

    Members without an answer are not asked for.
    """
    found = np.zeros(len(truth))
    for i in np.flatnonzero(truth.exists):
        member = (array[i] for array in problem.inputs)
        parts = routine.audit(*member, **extra, **problem.arguments)  # type: ignore[misc]
        found[i] = audits.disagreement(parts, truth, int(i))
    return found

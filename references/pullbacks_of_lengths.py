"""Gradients of vectors that are brought to length one: balls, vector by vector (python-flint)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from flint import arb
from numpy.typing import NDArray

from references import row_balls
from references.balls import engines, finite_members
from references.complex_parts import apart, axes_of, together
from references.interval import Interval
from references.losses import near_to
from references.magnitudes import Axis, laid_out, put_back
from references.row_norms import square
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
HUGE = 2.0**900  # what comes from above, and is divided by a root of epsilon
SHRUNK = 64  # the power of two of members with larger numbers


def l2_normalize(
    x: Array, above: Array, *, axis: Axis = -1, epsilon: float = 1e-12, level: int = 0
) -> Truth:
    """What `above`, w, becomes: (w - u <u, w>)/||x||, u = x/||x||, or w over the root of epsilon.

    The latter where ||x||^2 is below epsilon. Quantities, entry by entry: terms, how many there are
    of a vector; reciprocal, of the root; floor, ||x||^2 or epsilon; direct and across, the absolute
    values of w and of u <|u|, |w|> times the reciprocal; total, sum |w_j|; margin,
    | ||x||^2/epsilon - 1 |, by which either side is missed. (B,), the largest of a member: highest,
    of floors; top, of direct and total; and faint, the smallest of the cube of the reciprocal and
    of its square times <|u|, |w|>, of vectors that are longer than epsilon. Of complex numbers
    <u, w> is a real part, terms counts them, and direct and across are moduli.
    """
    if np.iscomplexobj(x):
        axes = (*axes_of(axis, x.ndim), x.ndim)
        truth = l2_normalize(apart(x), apart(above), axis=axes, epsilon=epsilon, level=level)
        truth = together(truth, lambda name: name in ("direct", "across"))
        count = Interval.exact(truth.quantities["terms"].upper.round() / 2)
        return replace(truth, quantities={**truth.quantities, "terms": count})
    finite = finite_members(x, above)
    keep = finite.reshape(-1, *(1,) * (x.ndim - 1))
    rows, _, where = laid_out(np.where(keep, x, 0.0), axis)
    weights = laid_out(np.where(keep, above, 0.0), axis)[0]
    large = np.abs(weights).reshape(len(x), -1).max(axis=1, initial=0.0) > HUGE
    exponent = np.where(large, SHRUNK, 0)
    told = _quantities(rows, weights, epsilon)
    with np.errstate(under="ignore"):
        near = (told["direct"] + told["across"]) * np.ldexp(1.0, -exponent)[:, None, None]
    sides = np.zeros((3, *rows.shape))
    sides[2] = np.inf
    for i in np.flatnonzero(finite).tolist():
        for k, row in enumerate(rows[i]):

            def compute(i: int = i, k: int = k, row: Array = row) -> list[arb]:
                return _pulled(row.tolist(), weights[i, k].tolist(), epsilon)

            sides[:, i, k] = row_balls.known(compute, level, int(exponent[i]), near[i, k])
    part = Enclosure(*(put_back(side, x.shape, where) for side in sides), exponent)  # type: ignore[call-arg]
    whole = {
        "highest": told["floor"],
        "top": np.maximum(told["direct"], told["total"]),
    }
    faint = told.pop("faint").reshape(len(x), -1).min(axis=1)
    quantities = {
        name: near_to(put_back(np.broadcast_to(value, rows.shape), x.shape, where))
        for name, value in told.items()
    }
    quantities |= {
        name: near_to(value.reshape(len(x), -1).max(axis=1)) for name, value in whole.items()
    }
    quantities["faint"] = near_to(faint)
    return Truth((part,), quantities, finite, engines(part, finite | True, finite))


def _pulled(row: list[float], weights: list[float], epsilon: float) -> list[arb]:
    """One vector; of what is epsilon long nothing is known."""
    total = sum((square(y) for y in row), arb(0))
    if total < epsilon:
        return [arb(w) / arb(epsilon).sqrt() for w in weights]
    if not total > epsilon:
        return [arb(0, float("inf"))] * len(row)
    length = total.sqrt()
    mean = sum((arb(y) * w for y, w in zip(row, weights, strict=True)), arb(0)) / total
    return [(w - arb(y) * mean) / length for y, w in zip(row, weights, strict=True)]


def _quantities(rows: Array, weights: Array, epsilon: float) -> dict[str, Array]:
    """By NumPy, of entries that a power of two brings near 1: no square leaves the range."""
    top = np.abs(rows).max(axis=2, keepdims=True)
    power = np.where(top > 0, np.frexp(top)[1], 0)
    scaled = np.ldexp(rows, -power)
    with np.errstate(over="ignore", under="ignore"):
        length = np.ldexp(np.sqrt((scaled**2).sum(axis=2, keepdims=True)), power)
        root = np.maximum(length, np.sqrt(epsilon))
        long = length > np.sqrt(epsilon) * (1 - 1e-12)
        unit, size = np.abs(rows) / root * long, np.abs(weights)
        mean = (unit * size).sum(axis=2, keepdims=True)
        return {
            "terms": np.array(float(rows.shape[2])),
            "reciprocal": 1 / root,
            "floor": root * root,
            "direct": size / root,
            "across": unit * (mean / root),
            "total": size.sum(axis=2, keepdims=True),
            "margin": np.abs((length / np.sqrt(epsilon)) ** 2 - 1),
            "faint": np.where(long, root**-2 * np.minimum(1 / root, np.where(mean, mean, 1)), 1),
        }

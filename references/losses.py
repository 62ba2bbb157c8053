"""Exact losses of logits against labels: balls, row by row or entry by entry (python-flint).

Arrays and keyword arguments are those of TensorFlow's calls on stacks (B, ...); an axis counts the
stack as 0, or from the end. Labels come first, as there. Members with logits beyond HUGE are
divided by a power of two. Quantities are of the shape of the answer; those that need an
exponential or a sum are told within 1e-12 of themselves, far more than NumPy is off by.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from flint import arb
from numpy.typing import NDArray

from references import norms, row_balls
from references.balls import engines, finite_members
from references.contractions import contracted, shaped
from references.interval import Interval
from references.long_logits import weighted
from references.long_rows import LONG
from references.reductions import HUGE, SHRUNK, Rows, log_softmax
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
SLACK = 1e-12


def softmax_cross_entropy(labels: Array, logits: Array, *, axis: int = -1, level: int = 0) -> Truth:
    """sum_j p_j (log sum exp(x) - x_j), p the labels along the axis, which have sum 1.

    Quantities: labelled, sum_j p_j (max x - x_j); mean_distance and logarithm as for log_softmax;
    size, the loss.
    """
    finite = finite_members(labels, logits)
    keep = finite.reshape(-1, *(1,) * (logits.ndim - 1))
    shares = Rows.of(np.where(keep, labels, 0.0), axis).values
    rows = Rows.of(np.where(keep, logits, np.nan), axis)
    exponent = exponents(rows.values.reshape(len(logits), -1))
    near = log_softmax(logits, axis=axis)
    sides = np.zeros((3, len(rows.values)))
    sides[2] = np.inf
    long = shares.shape[1] > LONG
    if long:
        each = near.parts[0]
        exponent = each.exponent
        hi, lo, radius = (Rows.of(side, axis).values for side in (each.hi, each.lo, each.radius))
        weighted(shares, -hi, -lo, radius, sides)
    for i in np.flatnonzero(rows.finite[rows.members] & (not long)).tolist():

        def compute(i: int = i) -> list[arb]:
            top = arb(float(rows.values[i].max()))
            steps = [arb(x) - top for x in rows.values[i].tolist()]
            total = row_balls.logarithm(steps)
            weights = shares[i].tolist()
            return [
                sum((arb(p) * (total - t) for p, t in zip(weights, steps, strict=True)), arb(0))
            ]

        found = row_balls.known(compute, level, int(exponent[rows.members[i]]))
        sides[:, i] = [side[0] for side in found]
    with np.errstate(over="ignore", invalid="ignore"):
        distance = rows.values.max(axis=1, keepdims=True) - rows.values
        labelled = np.where(shares > 0, shares * distance, 0.0).sum(axis=1)
    part = rows.part((sides[0], sides[1], sides[2]), exponent, keepdims=False)
    given = near.quantities
    quantities = {
        name: Interval(*(np.squeeze(end, axis) for end in (given[name].lower, given[name].upper)))
        for name in ("mean_distance", "logarithm")
    }
    quantities |= {
        "labelled": near_to(rows.stacked(labelled, 0.0, keepdims=False)),
        "size": size_of(part, rows.finite),
    }
    return told(part, quantities, rows.finite)


def sparse_softmax_cross_entropy(labels: Array, logits: Array, *, level: int = 0) -> Truth:
    """log sum exp(x) - x_c along the last axis, c the class."""
    n = logits.shape[-1]
    chosen = np.where(np.isfinite(labels), labels, 0.0)[..., None] == np.arange(n)
    return softmax_cross_entropy(chosen.astype(np.float64), logits, axis=-1, level=level)


def sigmoid_cross_entropy(labels: Array, logits: Array, *, level: int = 0) -> Truth:
    """max(x, 0) - x z + log(1 + exp(-|x|)), z the labels.

    Quantities: product, |x z|; step, |max(x, 0) - x z|; tail, the logarithm; size, the loss.
    """

    def formula(z: float, x: float) -> arb:
        return arb(max(x, 0.0)) - arb(x) * z + _tail(x)

    def quantities(z: Array, x: Array) -> dict[str, Array]:
        product = np.abs(x * z)
        return {"product": product, "step": np.abs(np.maximum(x, 0) - x * z)}

    return by_entry(labels, logits, formula, quantities, level)


def weighted_cross_entropy(
    labels: Array, logits: Array, *, pos_weight: float = 1.0, level: int = 0
) -> Truth:
    """(1 - z) x + (1 + (q - 1) z) (log(1 + exp(-|x|)) + max(-x, 0)), z the labels, q the weight.

    Quantities: first, |(1 - z) x|; factor, |q - 1| z; weight, 1 + (q - 1) z; below, max(-x, 0);
    tail, the logarithm; size, the loss.
    """

    def formula(z: float, x: float) -> arb:
        weight = 1 + (arb(pos_weight) - 1) * z
        return (1 - arb(z)) * x + weight * (_tail(x) + max(-x, 0.0))

    def quantities(z: Array, x: Array) -> dict[str, Array]:
        return {
            "first": np.abs((1 - z) * x),
            "factor": abs(pos_weight - 1) * z,
            "weight": 1 + (pos_weight - 1) * z,
            "below": np.maximum(-x, 0),
        }

    return by_entry(labels, logits, formula, quantities, level)


def log_poisson_loss(targets: Array, log_input: Array, *, level: int = 0) -> Truth:
    """exp(x) - x t, without the term of Stirling that depends on targets alone.

    Quantities: exponential, exp(x); product, |x t|; (B,): top, the largest exponential.
    """

    def formula(t: float, x: float) -> arb:
        if x > row_balls.NEGLIGIBLE:  # no dtype holds it
            return arb(0, arb(2) ** 3000)
        return row_balls.powers([arb(x)])[0] - arb(x) * t

    def quantities(t: Array, x: Array) -> dict[str, Array]:
        with np.errstate(over="ignore", under="ignore"):
            return {"exponential": np.exp(x), "product": np.abs(x * t)}

    truth = by_entry(targets, log_input, formula, quantities, level)
    known = truth.quantities["exponential"]
    ends = (end.reshape(len(end), -1).max(axis=1) for end in (known.lower, known.upper))
    return replace(truth, quantities={**truth.quantities, "top": Interval(*ends)})


def l2_loss(t: Array, *, level: int = 0) -> Truth:
    """Half of the sum of squares of all entries: (B,). Quantities as for sums of products."""
    flat = t.reshape(len(t), 1, -1)
    truth = contracted(flat, np.swapaxes(flat, 1, 2) * 0.5)
    return shaped(truth, lambda side: side.reshape(len(side)))


def _tail(x: float) -> arb:
    """log(1 + exp(-|x|))."""
    return row_balls.powers([arb(-abs(x))])[0].log1p()


def by_entry(
    labels: Array,
    logits: Array,
    formula: Callable[[float, float], arb],
    quantities: Callable[[Array, Array], Mapping[str, Array]],
    level: int,
) -> Truth:
    """One number for each logit, whose members share a power of two."""
    finite = finite_members(labels, logits)
    keep = finite.reshape(-1, *(1,) * (logits.ndim - 1))
    z, x = np.where(keep, labels, 0.0), np.where(keep, logits, 0.0)
    exponent = exponents(x.reshape(len(x), -1))
    sides = np.zeros((3, *x.shape))
    sides[2] = np.inf
    for i in np.flatnonzero(finite).tolist():
        pairs = list(zip(z[i].reshape(-1).tolist(), x[i].reshape(-1).tolist(), strict=True))

        def compute(pairs: list[tuple[float, float]] = pairs) -> list[arb]:
            return [formula(*pair) for pair in pairs]

        found = row_balls.known(compute, level, int(exponent[i]))
        for side, one in zip(sides, found, strict=True):
            side[i] = one.reshape(x.shape[1:]) if len(one) == len(pairs) else one[0]
    part = Enclosure(sides[0], sides[1], sides[2], exponent)
    known = {name: near_to(value) for name, value in quantities(z, x).items()}
    known |= {"tail": near_to(np.log1p(np.exp(-np.abs(x)))), "size": size_of(part, finite)}
    return told(part, known, finite)


def exponents(values: Array) -> NDArray[np.int64]:
    """The powers of two that members (B, k) are divided by."""
    return np.where(np.abs(values).max(axis=1, initial=0.0) > HUGE, SHRUNK, 0)


def near_to(x: Array) -> Interval:
    """Numbers that are not negative, from what NumPy computed."""
    return Interval(x * (1 - SLACK), x * (1 + SLACK) + 2.0**-1074 * (x > 0))


def faintest(x: Array, chosen: NDArray[np.bool_]) -> Interval:
    """The smallest of the entries of each member that are chosen, one where none is: (B,)."""
    return near_to(np.where(chosen, x, 1.0).reshape(len(x), -1).min(axis=1, initial=1.0))


def size_of(part: Enclosure, finite: NDArray[np.bool_]) -> Interval:
    """Absolute values of an answer, entry by entry."""
    wide = (np.abs(part.lo) + part.radius) * (1 + SLACK) + SLACK * np.abs(part.hi)
    near = norms.clipped(Interval.around(np.abs(part.hi), wide), zero=(part.hi == 0) & (wide == 0))
    known = finite.reshape(-1, *(1,) * (part.hi.ndim - 1))
    return norms.known(norms.scaled(near, part.exponent), known)


def told(part: Enclosure, quantities: dict[str, Interval], finite: NDArray[np.bool_]) -> Truth:
    """The truth of members that are all known but where they are not finite."""
    return Truth((part,), quantities, finite, engines(part, finite | True, finite))

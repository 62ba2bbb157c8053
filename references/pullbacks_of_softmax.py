"""Gradients of softmax, of its logarithm and of cross-entropies: balls, row by row (python-flint).

Arrays and keyword arguments are those of TensorFlow's calls on stacks (B, ...); an axis counts the
stack as 0, or from the end. Members with numbers beyond HUGE are divided by a power of two. With s
the softmax of x, quantities of the shape of x are share, s_i; stretch, half of |x_i - max x| and of
the mean of such distances, weighted by s, zero where s_i is below all numbers; size, the answer's
absolute value. They are told within 1e-12 of themselves, far more than NumPy is off by.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from flint import arb
from numpy.typing import NDArray

from references import row_balls
from references.balls import engines, finite_members
from references.interval import Interval
from references.losses import faintest, near_to, size_of
from references.reductions import HUGE, Rows
from references.reductions import log_softmax as logarithms
from references.reductions import softmax as shares_of
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
Formula = Callable[[list[arb], list[arb]], list[arb]]  # of shares and of what comes beside them
SHRUNK = 16  # the power of two of members with larger numbers: sums of them are in the range


def softmax(x: Array, above: Array, *, axis: int = -1, level: int = 0) -> Truth:
    """What `above`, w, becomes on its way through softmax: s_i (w_i - sum_j s_j w_j).

    Quantities, beside those of all: beside, |w_i|; of the rank of x with length 1 on the axis:
    total, sum_j |w_j|, and its mean weighted by s, plain, times the stretch and times its square:
    mean, moved, moved_twice; (B,): top, the largest |w_i|.
    """

    def formula(shares: list[arb], weights: list[arb]) -> list[arb]:
        mean = sum((s * w for s, w in zip(shares, weights, strict=True)), arb(0))
        return [s * (w - mean) for s, w in zip(shares, weights, strict=True)]

    finite, x, above = _cleaned(x, above)
    share, stretch = _known(x, axis)
    size = np.abs(above)
    with np.errstate(over="ignore"):
        mean, moved, twice = (
            (size * share * stretch**k).sum(axis=axis, keepdims=True) for k in range(3)
        )
        total = size.sum(axis=axis, keepdims=True)
    part = _rows(formula, (x, above), axis, level, finite, share * (size + mean))
    told = {
        "share": near_to(share), "stretch": near_to(stretch), "size": size_of(part, finite),
        "beside": Interval.exact(size), "total": near_to(total), "mean": near_to(mean),
        "moved": near_to(moved), "moved_twice": near_to(twice), "top": _largest(size),
    }  # fmt: skip
    return _truth(part, told, finite)


def log_softmax(x: Array, above: Array, *, axis: int = -1, level: int = 0) -> Truth:
    """What `above`, w, becomes on its way through log_softmax: w_i - s_i sum_j w_j.

    Quantities, beside those of all: total, sum_j |w_j|, of the rank of x with length 1 on the axis;
    (B,): top, the largest of those.
    """

    def formula(shares: list[arb], weights: list[arb]) -> list[arb]:
        whole = sum(weights, arb(0))
        return [w - s * whole for s, w in zip(shares, weights, strict=True)]

    finite, x, above = _cleaned(x, above)
    share, stretch = _known(x, axis)
    size = np.abs(above)
    with np.errstate(over="ignore"):
        total = size.sum(axis=axis, keepdims=True)
    part = _rows(formula, (x, above), axis, level, finite, size + share * total)
    told = {
        "share": near_to(share), "stretch": near_to(stretch), "size": size_of(part, finite),
        "total": near_to(total), "top": _largest(total),
    }  # fmt: skip
    return _truth(part, told, finite)


def softmax_cross_entropy(labels: Array, logits: Array, *, axis: int = -1, level: int = 0) -> Truth:
    """The gradients of all losses by labels p, max x - x_i + log sum exp(x - max x), and by logits.

    These are s_i - p_i for labels of sum 1, or (1 - p_i) s_i - p_i sum s_j over all others.
    Quantities: those of all for the latter, and others, that sum, plain, times stretches and times
    their squares: others, moved, moved_twice; distance, mean_distance and logarithm as for
    log_softmax; (B,): faint, the smallest of those sums beside a label of one, or one.
    """

    def formula(shares: list[arb], weights: list[arb]) -> list[arb]:
        return [(1 - p) * s - p * sum(shares[:i] + shares[i + 1 :], arb(0)) if p != 0 else s
                for i, (s, p) in enumerate(zip(shares, weights, strict=True))]  # fmt: skip

    finite, x, p = _cleaned(logits, labels)
    share, stretch = _known(x, axis)
    others, moved, twice = (_others(share * stretch**k, axis) for k in range(3))
    part = _rows(formula, (x, p), axis, level, finite, (1 - p) * share + p * others)
    by_labels = logarithms(np.where(_stacked(finite, x.ndim), x, np.nan), axis=axis, level=level)
    first = by_labels.parts[0]
    told = {
        "share": near_to(share), "stretch": near_to(stretch), "size": size_of(part, finite),
        "others": near_to(others), "moved": near_to(moved), "moved_twice": near_to(twice),
        "faint": faintest(others, p == 1), **by_labels.quantities,
    }  # fmt: skip
    negative = Enclosure(-first.hi, -first.lo, first.radius, first.exponent)
    return _truth(part, told, finite, negative)


def sparse_softmax_cross_entropy(labels: Array, logits: Array, *, level: int = 0) -> Truth:
    """The gradient of all losses by logits, s_i less 1 for the class; along the last axis."""
    classes = np.where(np.isfinite(labels), labels, 0.0)[..., None]
    chosen = (classes == np.arange(logits.shape[-1])).astype(np.float64)
    both = softmax_cross_entropy(chosen, logits, axis=-1, level=level)
    unused = {"distance", "mean_distance", "logarithm"}
    told = {name: value for name, value in both.quantities.items() if name not in unused}
    return Truth(both.parts[1:], told, both.exists, both.engine)


def _others(x: Array, axis: int) -> Array:
    """The sums of all numbers along an axis but the one that stands there; nothing cancels."""
    rows = np.moveaxis(x, axis, -1)
    found = np.zeros_like(rows)
    found[..., 1:] = np.cumsum(rows[..., :-1], axis=-1)
    found[..., :-1] += np.cumsum(rows[..., :0:-1], axis=-1)[..., ::-1]
    return np.moveaxis(found, -1, axis)


def _cleaned(x: Array, beside: Array) -> tuple[NDArray[np.bool_], Array, Array]:
    """Members that are finite, and both arrays with zeros for the others."""
    finite = finite_members(x, beside)
    keep = _stacked(finite, x.ndim)
    return finite, np.where(keep, x, 0.0), np.where(keep, beside, 0.0)


def _stacked(members: NDArray, ndim: int) -> NDArray:
    """(B,) along arrays (B, ...) of so many axes."""
    return members.reshape(-1, *(1,) * (ndim - 1))


def _known(x: Array, axis: int) -> tuple[Array, Array]:
    """Shares and stretches, of the shape of x."""
    truth = shares_of(x, axis=axis)
    share = truth.parts[0].hi
    return share, np.where(share > 0, truth.quantities["spread"].upper, 0.0)


def _rows(
    formula: Formula,
    arrays: tuple[Array, Array],
    axis: int,
    level: int,
    finite: NDArray[np.bool_],
    sizes: Array,
) -> Enclosure:
    """A formula of the shares of logits x and of numbers w along an axis, for x and w (B, ...).

    `sizes`: of what its terms are, by which it need be known.
    """
    x, w = arrays
    rows, beside = Rows.of(x, axis), Rows.of(w, axis).values
    exponent = np.where(np.abs(w).reshape(len(w), -1).max(axis=1, initial=0.0) > HUGE, SHRUNK, 0)
    near = Rows.of(sizes * _stacked(np.ldexp(1.0, -exponent), x.ndim), axis).values
    sides = np.zeros((3, *rows.values.shape))
    sides[2] = np.inf
    for i in np.flatnonzero(finite[rows.members]).tolist():

        def compute(i: int = i) -> list[arb]:
            top = arb(float(rows.values[i].max()))
            shares = row_balls.softmax([arb(y) - top for y in rows.values[i].tolist()], top)
            return formula(shares, [arb(y) for y in beside[i].tolist()])

        sides[:, i] = row_balls.known(compute, level, int(exponent[rows.members[i]]), near[i])
    return rows.part((sides[0], sides[1], sides[2]), exponent)


def _largest(sizes: Array) -> Interval:
    top = sizes.reshape(len(sizes), -1).max(axis=1, initial=0.0)
    return near_to(top)


def _truth(
    part: Enclosure, told: dict[str, Interval], finite: NDArray[np.bool_], *before: Enclosure
) -> Truth:
    return Truth((*before, part), told, finite, engines(part, finite | True, finite))

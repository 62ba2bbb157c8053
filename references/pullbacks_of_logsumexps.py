"""What comes from above on its way back through logsumexps, of rows and running ones: balls.

Arrays, keyword arguments and what comes from above, of the shape of the answer, are those of
TensorFlow's calls on stacks (B, ...). The derivative of a logsumexp is the softmax of its entries.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from flint import arb
from numpy.typing import NDArray

from references import norms, reductions, row_balls
from references.balls import engines, finite_members
from references.combinations import enclosed, near
from references.interval import Interval
from references.magnitudes import laid_out, put_back
from references.pullbacks_of_reductions import Rows
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
Shares = list[list[arb]]  # of exponentials: those of the first k entries, k = 1, 2 ...


def reduce_logsumexp(
    input_tensor: Array, above: Array, *, axis: int = -1, keepdims: bool = False, level: int = 0
) -> Truth:
    """w softmax(x); `spread` is as that of softmax."""

    def pull(row: list[float], w: float) -> list[arb]:
        top = arb(max(row))
        return [x * arb(w) for x in row_balls.softmax([arb(x) - top for x in row], top)]

    rows = Rows.of(input_tensor, above, axis)
    truth = rows.truth(pull, {}, level, rows.finite)
    spread = reductions.softmax(input_tensor, axis=axis).quantities["spread"]
    told = {**truth.quantities, "spread": spread}
    return Truth(truth.parts, told, truth.exists, truth.engine)


def cumulative_logsumexp(
    x: Array, above: Array, *, axis: int = -1, exclusive: bool = False, reverse: bool = False,
    level: int = 0,
) -> Truth:  # fmt: skip
    """The sum over k of w_k times the share of an entry among the first k, or the last.

    Quantities of the shape of x: `terms`, how many entries a row has; `size`, the sum of |w_k|
    times these shares; `sway`, that of |w_k| times a share times one and its spread, half the sum
    of the distance from the largest of the k and of its mean; `worst`, no less than any spread;
    `weights`, the sum of all |w_k|; `peak`, the largest |x|, and `far` (B,), that of a member.
    """
    (rows, _, where), (given, _, _) = laid_out(x, axis), laid_out(above, axis)
    if reverse:
        rows, given = rows[:, :, ::-1], given[:, :, ::-1]
    if exclusive:  # the sums are those of one entry less
        given = np.concatenate([given[:, :, 1:], np.zeros_like(given[:, :, :1])], axis=2)
    finite = finite_members(x, above)

    def back(side: Array) -> Array:
        return put_back(side[:, :, ::-1] if reverse else side, x.shape, where)

    def sums(of: Callable[[list[float], list[float]], list[arb]]) -> Enclosure:
        def compute(i: int) -> list[arb]:
            pairs = zip(rows[i].tolist(), given[i].tolist(), strict=True)
            return [y for row, w in pairs for y in of(row, w)]

        known = np.where(finite[:, None, None], rows, np.nan)
        return enclosed(compute, known, rows.shape[1:], level)[0]

    part = sums(lambda row, w: _weighted(_shares(row), list(map(arb, w))))
    size = sums(lambda row, w: _weighted(_shares(row), [arb(abs(y)) for y in w]))
    sway = sums(lambda row, w: _weighted(_swayed(row), [arb(abs(y)) for y in w]))
    n = rows.shape[2]
    with np.errstate(over="ignore", invalid="ignore"):
        told = {
            "terms": np.full(rows.shape, float(n)),
            "worst": (rows.max(axis=2, keepdims=True) - rows) / 2 + n / 5,  # d exp(-d) < 0.37
            "weights": np.abs(given).sum(axis=2, keepdims=True) + np.zeros(rows.shape),
            "peak": np.abs(rows).max(axis=2, keepdims=True) + np.zeros(rows.shape),
        }
    quantities = {name: _put(near(side), back) for name, side in told.items()}
    for name, found in (("size", size), ("sway", sway)):
        ends = norms.scaled(norms.absolute(found), found.exponent)
        quantities[name] = _put(norms.known(ends, finite[:, None, None]), back)
    quantities["far"] = norms.known(near(np.abs(rows).max(axis=(1, 2))), finite)
    hi, lo, radius = (back(side) for side in (part.hi, part.lo, part.radius))
    words = engines(part, finite | ~finite, finite)
    return Truth((Enclosure(hi, lo, radius, part.exponent),), quantities, finite, words)


def _put(value: Interval, back: Callable[[Array], Array]) -> Interval:
    return Interval(back(value.lower), back(value.upper))


def _steps(row: list[float]) -> list[list[arb]]:
    """The distances of the first k entries from the largest of them, none positive."""
    held = [arb(x) for x in row]
    return [[x - arb(max(row[:k])) for x in held[:k]] for k in range(1, len(row) + 1)]


def _shares(row: list[float]) -> Shares:
    return [row_balls.softmax(steps, arb(0)) for steps in _steps(row)]


def _swayed(row: list[float]) -> Shares:
    """Each share times one and its spread."""
    found = []
    for steps in _steps(row):
        shares = row_balls.softmax(steps, arb(0))
        mean = sum((p * step for p, step in zip(shares, steps, strict=True)), arb(0))
        found.append([p * (2 - step - mean) / 2 for p, step in zip(shares, steps, strict=True)])
    return found


def _weighted(shares: Shares, weights: list[arb]) -> list[arb]:
    n = len(weights)
    return [sum((weights[k] * shares[k][i] for k in range(i, n)), arb(0)) for i in range(n)]

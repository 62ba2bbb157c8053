"""Multiplier ascent for least squares within the unit ball, and the best step along a gradient.

Exact in balls; beside them what a dtype allows, as in references/iterations.py. docs/bounds.md
derives both.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np
from flint import arb, arb_mat
from numpy.typing import NDArray

from references import norms
from references.balls import (
    Pieces,
    adaptive,
    engines,
    finite_members,
    identity,
    matrix,
    pieces,
    store,
    unproved,
)
from references.interval import Interval
from references.iterations import BITS, CACHED, FINEST, SLACK, Stack, extremes
from references.nodes import FORMATS
from references.singular import svd
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]


class Climb(NamedTuple):
    """The last multiplier (B, 1, 1); of every step (steps + 1, B) multipliers, lengths of x.

    `smallest` (B,): a lower bound of the least eigenvalue of A^T A.
    """

    last: Enclosure
    multipliers: Array
    lengths: Array
    smallest: Array


def multiplier_ascent(
    a: Array, b: Array, rate: Array, *, steps: int, eps: float = FINEST, level: int = 0
) -> Truth:
    """l after so many steps l + rate (x^T x - 1), at least 0, (A^T A + 2 l I) x = A^T b.

    a (B, m, n), b (B, m, 1), rate (B, 1, 1). Quantities: running (B,), the distance that a dtype of
    this `eps` allows, in eps; infinite where Cholesky factors need not exist, and excuse is 1.
    """
    finite = finite_members(a, b, rate)
    climb = _climbed(Stack.of(a, b, rate), steps, level)
    running = _running(a, b, rate[:, 0, 0], climb, eps)
    quantities = {
        "running": Interval.exact(running),
        "excuse": Interval.exact(np.isinf(running).astype(np.float64)),
    }
    return Truth((climb.last,), quantities, finite, engines(climb.last, finite, finite))


def optimal_step(a: Array, b: Array, x: Array, *, level: int = 0) -> Truth:
    """g^T g / g^T A g with g = A x - b: a (B, n, n), b and x (B, n, 1); one part (B, 1, 1).

    Quantities: square = g^T g and curve = g^T A g; gain, (||A|| ||x|| + ||b||)/||g||, and stretch,
    ||A|| square/curve, with Frobenius norms: both infinite unless A is positive definite.
    """
    finite = finite_members(a, b, x)
    part = unproved(len(a), 1, 1)
    found = np.full((4, len(a)), np.inf)
    exists = finite.copy()
    for i in np.flatnonzero(finite):
        got = adaptive(partial(_best, a[i], b[i], x[i]), BITS[level], _tight)
        exists[i] = got is not None
        if got is not None:
            store(part, i, got[0])
            found[:, i] = got[1]
    found[2:, ~(extremes(a)[0].lower > 0)] = np.inf
    wide = [Interval(f * (1 - SLACK), f * (1 + SLACK)) for f in found]
    names = ("square", "curve", "gain", "stretch")
    quantities = dict(zip(names, wide, strict=True))
    return Truth((part,), quantities, exists, engines(part, finite, finite))


def _best(a: Array, b: Array, x: Array) -> tuple[Pieces, list[float]]:
    """The step, and the quantities in their order."""
    left, right, point = matrix(a), matrix(b), matrix(x)
    g = left * point - right
    turned = g.transpose()
    square, curve = (turned * g)[0, 0], (turned * left * g)[0, 0]
    size = float(np.sqrt((a * a).sum()))
    pulled = size * np.sqrt((x * x).sum()) + np.sqrt((b * b).sum())
    gain, stretch = pulled / float(square) ** 0.5, size * float(abs(square / curve))
    one = arb_mat(1, 1, [square / curve])
    return pieces(one), [float(square), float(abs(curve)), gain, stretch]


def _tight(found: tuple[Pieces, object]) -> bool:
    return found[0].tight(0)


@lru_cache(maxsize=CACHED)
def _climbed(stack: Stack, steps: int, level: int) -> Climb:
    a, b, rate = stack.arrays
    last = unproved(*rate.shape)
    multipliers, lengths = (np.full((steps + 1, len(a)), np.inf) for _ in range(2))
    values = svd(a).parts[0]
    least = norms.scaled(norms.smallest(norms.absolute(values)), values.exponent).lower
    for i in np.flatnonzero(finite_members(a, b, rate)):
        compute = partial(_climb, a[i], b[i], float(rate[i, 0, 0]), steps)
        found = adaptive(compute, BITS[level], lambda got: got[0].tight(0) or not got[0].hi.any())
        if found is not None:
            store(last, i, found[0])
            multipliers[:, i], lengths[:, i] = found[1:]
    return Climb(last, multipliers, lengths, least * least * (1 - SLACK))


def _climb(a: Array, b: Array, rate: float, steps: int) -> tuple[Pieces, list[float], list[float]]:
    left = matrix(a)
    turned = left.transpose()
    gram, side = turned * left, turned * matrix(b)
    unit, multiplier = identity(a.shape[1]), arb(0)
    multipliers, lengths = [], []
    for _ in range(steps + 1):
        x = (gram + unit * (2 * multiplier)).solve(side)
        squared = sum(entry * entry for entry in x.entries())
        multipliers.append(float(multiplier) * (1 + SLACK))
        lengths.append(float(squared) ** 0.5 * (1 + SLACK))
        last = multiplier
        multiplier = multiplier + arb(rate) * (squared - 1)
        multiplier = multiplier if multiplier > 0 else arb(0)
    return pieces(arb_mat(1, 1, [last])), multipliers, lengths


def _running(a: Array, b: Array, rate: Array, climb: Climb, eps: float) -> Array:
    """e_steps in eps: (B,)."""
    (m, n), u, tiny = a.shape[1:], eps / 2, FORMATS[eps].tiny
    with np.errstate(all="ignore"):
        size = (a * a).sum(axis=(1, 2)) * (1 + SLACK)
        side = np.sqrt(size * (b * b).sum(axis=(1, 2))) * (1 + SLACK)
        off = np.zeros(len(a))
        for j in range(len(climb.multipliers) - 1):
            multiplier, length = climb.multipliers[j] + off, climb.lengths[j]
            # everything is taken at the computed multiplier, `off` from the exact one at most
            lowest = climb.multipliers[j] * (1 - 2 * SLACK) - off
            least = climb.smallest + 2 * np.maximum(lowest, 0.0)
            moved = length + 2 * off * length / least  # of x there, at most
            whole = size + 2 * np.sqrt(n) * multiplier
            gamma = (m + 1 + n * (3 * n + 1)) * u / (1 - (m + 1 + n * (3 * n + 1)) * u)
            change = gamma * whole + 4 * n * n * (m + n) * tiny
            safe = change < least / 2
            x_off = (change * moved + m * u * side / (1 - m * u) + 2 * m * n * tiny) / least
            x_off = x_off / (1 - change / least)
            squares = 2 * moved * x_off + x_off**2
            squares = squares + (n + 1) * u * (moved + x_off) ** 2 + u + n * tiny
            far = (moved + x_off) ** 2 + 1
            rho = np.maximum(1.0, np.abs(4 * rate * moved**2 / least - 1))
            local = rate * (squares + 2 * u * far) + u * (climb.multipliers[j + 1] + tiny)
            off = np.where(safe, (rho * off + local) / (1 - u) * (1 + SLACK) + 2 * tiny, np.inf)
        return np.where(np.isfinite(off), off / eps, np.inf)

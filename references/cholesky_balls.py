"""Cholesky factors in balls, one member at a time: what the certificate leaves open."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from flint import arb, arb_mat
from numpy.typing import NDArray

from references.balls import TARGET, TIGHT, Pieces, adaptive, floats, identity, pieces, power_of_two
from references.cholesky_certificate import OPEN, PROVED, REFUTED, Factored
from references.exact import positive_definite, rank

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
LARGEST = 2.0**900


class Found(NamedTuple):
    """L of B, the inverse of L in float64 with radii, and log det A, each by balls."""

    lower: Pieces
    inverse: tuple[Array, Array]
    log: Pieces


def by_balls(
    a: Array,
    powers: Integers,
    level: int,
    gram: bool,
    found: Factored,
    member: int | np.signedinteger,
) -> None:
    """One member of the stacks of `factor_members` into `found`, rows in units of 2^-powers."""
    n = a.shape[1]
    symmetric = a if gram else np.tril(a) + np.tril(a, -1).T
    definite = rank(a) == n if gram else positive_definite(symmetric)
    found.state[member] = REFUTED
    if not definite:
        return
    entries = zip(symmetric.ravel().tolist(), _scales(a, powers, gram).tolist(), strict=True)
    m = len(symmetric)
    balls = arb_mat(m, n, [arb(x) * power_of_two(-e) for x, e in entries])

    def compute() -> Found:
        lower = factor(balls.transpose() * balls if gram else balls)
        if not lower.entries() or not all(entry.is_finite() for entry in lower.entries()):
            raise ZeroDivisionError
        inverse = lower.solve(identity(n), algorithm="lu")
        log = 2 * sum((lower[i, i].log() for i in range(n)), arb(0))
        log += 2 * int(powers.sum()) * arb(2).log()
        return Found(pieces(lower), floats(inverse), pieces(arb_mat(1, 1, [log])))

    def accept(result: Found) -> bool:
        near = np.ldexp(result.log.radius, result.log.exponent).item() <= TIGHT[level]
        return result.lower.tight(level) and (near or result.log.tight(level))

    result = adaptive(compute, TARGET[level] + 60 + 2.2 * n, accept)
    found.state[member] = OPEN if result is None else PROVED
    if result is not None:
        _store(found, member, powers, result, a, gram)


def factor(balls: arb_mat) -> arb_mat:
    """L of a matrix, column by column; ZeroDivisionError where a pivot may not be positive."""
    n = balls.nrows()
    lower = arb_mat(n, n)
    for j in range(n):
        for i in range(j, n):
            value = balls[i, j]
            for k in range(j):
                value -= lower[i, k] * lower[j, k]
            if i == j and not value > 0:
                raise ZeroDivisionError
            lower[i, j] = value.sqrt() if i == j else value / lower[j, j]
    return lower


def _scales(a: Array, powers: Integers, gram: bool) -> Integers:
    """The power of two that each entry is divided by, flat."""
    rows = np.zeros(len(a), np.int64) if gram else powers
    return np.add.outer(rows, powers).ravel()


def _store(
    found: Factored,
    member: int | np.signedinteger,
    powers: Integers,
    result: Found,
    a: Array,
    gram: bool,
) -> None:
    lower, (inverse, radius), log = result
    hi, lo, wide = (np.ldexp(side, lower.exponent) for side in lower[:3])
    found.hi[member], found.lo[member] = hi, lo
    found.radius[member] = wide.max(axis=1)
    found.log[member], found.log_lo[member] = (
        np.ldexp(side.item(), log.exponent) for side in log[:2]
    )
    found.log_radius[member] = np.ldexp(log.radius.item(), log.exponent)
    found.logs[member] = 2 * np.abs(np.log(np.diagonal(hi)) + powers * np.log(2.0)).sum()
    with np.errstate(over="ignore", under="ignore"):
        if gram:
            lengths = np.sqrt((np.ldexp(a, -powers) ** 2).sum(axis=0))
        else:
            lengths = np.sqrt(np.ldexp(np.diagonal(a), -2 * powers))
        size = np.abs(inverse)
        weights = np.ldexp(1.0, np.maximum(powers.min() - powers, -500))
        squares = float((size**2).sum())
        sums = [((size @ lengths) ** 2).sum(), ((size * lengths) ** 2).sum(), 0.0]
        sums[2] = ((size * weights) ** 2).sum()
        off = 4 * len(size) * np.sqrt((radius**2).sum() / max(squares, 1e-300))
    usable = squares < LARGEST
    found.slack[member] = 2.0**-40 + off if usable else np.inf
    for side, total in zip((found.spread, found.trace, found.inverse), sums, strict=True):
        side[member] = total if usable else 1.0  # of which nothing is known then

"""What systems of triangles, factors and diagonals do to what comes from above, in balls.

Of F x = b, or F1 F2 x = b, and w from above: y solves the adjoint system for w, which is what w
becomes on its way to b, and a factor gets -y z^H where it has entries of its own, z being what it
solves for and y what its adjoint does (Giles 2008, 2.2.3). Numbers are real or complex, sizes
moduli.

Quantities, (B,), of the largest entry of what the matrix gets: `worn`, what errors of one unit in
what each system is solved for exactly do to it, `formed`, the sizes its products are of, and
`lost`, what an underflow in each operation does. Of the largest entry of a column: `moved` and
`flushed`, what both do to y; `astray`, the larger of what the first does to x and to y. Then
`peak`, no less than anything on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from operator import add
from typing import NamedTuple

import numpy as np
from flint import arb
from numpy.typing import NDArray

from references import embedded, structured
from references.balls import engines, finite_members
from references.carried import (
    Factor,
    Gain,
    Known,
    Mask,
    by_norms,
    exact,
    factor,
    filled,
    gained,
    halves,
    largest,
    moved,
    over,
    through,
)
from references.contractions import tridiagonal, unpacked
from references.interval import Interval
from references.pullbacks_of_factors import Pulled, absolute, each
from references.truth import Enclosure, Truth

NAMES = ("worn", "formed", "lost", "moved", "flushed", "astray", "peak")


class Member(NamedTuple):
    """One member: its factors, all that is solved for, x first and y last, and the products."""

    factors: tuple[Factor, ...]
    solved: tuple[Known, ...]
    gains: tuple[Gain, ...]


def triangular_solve(
    matrix: NDArray,
    rhs: NDArray,
    above: NDArray,
    *,
    lower: bool = True,
    adjoint: bool = False,
    level: int = 0,
) -> Truth:
    """What T gets of above, (B, n, n), what rhs gets, and x: of T x = rhs, or T^H x = rhs."""
    whole = structured.triangle(matrix, lower=lower)
    kept = structured.triangle(np.ones(whole.shape[1:]), lower=lower) != 0
    return _triangular(whole, rhs, above, kept, adjoint, level)


def banded_triangular_solve(
    bands: NDArray,
    rhs: NDArray,
    above: NDArray,
    *,
    lower: bool = True,
    adjoint: bool = False,
    level: int = 0,
) -> Truth:
    """The same of T of its diagonals (B, d, n), which get zero in the corner that is not read."""
    whole, count = structured.banded(bands, lower=lower), bands.shape[1]
    kept = structured.banded(np.ones((1, *bands.shape[1:])), lower=lower)[0] != 0
    away = [-k for k in range(count)] if lower else list(range(count))[::-1]
    return _by_diagonals(_triangular(whole, rhs, above, kept, adjoint, level), away)


def tridiagonal_solve(
    diagonals: NDArray,
    rhs: NDArray,
    above: NDArray,
    *,
    partial_pivoting: bool = True,
    diagonals_format: str = "compact",
    level: int = 0,
) -> Truth:
    """What diagonals (B, 3, n) and rhs get of above, and x; unused entries get zero.

    Units of errors are those of residuals, || A || || x || + || b || in infinity norms. Quantities
    as for both systems beside the others, those of the adjoint one with _t at the end.
    """
    whole, n = tridiagonal(diagonals), diagonals.shape[2]
    one, other = (
        embedded.solve(whole, side, adjoint=way, level=level)
        for side, way in ((rhs, False), (above, True))
    )
    kept = np.abs(np.subtract.outer(np.arange(n), np.arange(n))) <= 1

    def member(i: int) -> Member:
        given = factor(whole[i])
        x, y = by_norms(given, rhs[i]), by_norms(given.adjoint, above[i])
        return Member((given,), (x, y), (Gain(y, x, kept),))

    truth = _truth(whole, rhs, above, one.exists, member, level)
    told = {**one.quantities, **{f"{name}_t": x for name, x in other.quantities.items()}}
    found = replace(truth, quantities={**told, **truth.quantities})
    return _by_diagonals(found, [1, 0, -1])


def cholesky_solve(chol: NDArray, rhs: NDArray, above: NDArray, *, level: int = 0) -> Truth:
    """What L, the lower triangle of (B, n, n), and rhs get of above, and x: of L L^H x = rhs."""
    lower = np.tril(chol)
    kept = np.tri(lower.shape[1]) != 0

    def member(i: int) -> Member:
        given = factor(lower[i])
        z, v = (through(given, exact(side[i])) for side in (rhs, above))
        x, y = (through(given.adjoint, side) for side in (z, v))
        return Member((given,), (x, z, v, y), (Gain(y, z, kept), Gain(x, v, kept)))

    return _truth(lower, rhs, above, _regular(lower), member, level)


def lu_solve(
    lower_upper: NDArray, perm: NDArray, rhs: NDArray, above: NDArray, *, level: int = 0
) -> Truth:
    """What packed factors (B, n, n) and rhs get of above, and x: of L U x = P rhs."""
    lower, upper = unpacked(lower_upper)
    order = perm.real.astype(np.int64)[:, :, None]
    moved = np.take_along_axis(rhs, order, axis=1)
    below = np.tri(lower.shape[1], k=-1) != 0

    def member(i: int) -> Member:
        first, second = factor(lower[i]), factor(upper[i])
        z = through(first, exact(moved[i]))
        x = through(second, z)
        v = through(second.adjoint, exact(above[i]))
        y = through(first.adjoint, v)
        return Member((first, second), (x, z, v, y), (Gain(y, z, below), Gain(v, x, ~below)))

    truth = _truth(np.tril(lower, -1) + upper, rhs, above, _regular(upper), member, level)
    of_factors, of_rhs, x = truth.parts
    back = np.argsort(order, axis=1)
    of_rhs = _laid_out(of_rhs, lambda side: np.take_along_axis(side, back, axis=1))
    return replace(truth, parts=(of_factors, of_rhs, x))


def _triangular(
    whole: NDArray, rhs: NDArray, above: NDArray, kept: Mask, adjoint: bool, level: int
) -> Truth:
    def member(i: int) -> Member:
        given = factor(whole[i])
        one, other = (given.adjoint, given) if adjoint else (given, given.adjoint)
        x, y = through(one, exact(rhs[i])), through(other, exact(above[i]))
        return Member((given,), (x, y), (Gain(x, y, kept) if adjoint else Gain(y, x, kept),))

    return _truth(whole, rhs, above, _regular(whole), member, level)


def _by_diagonals(truth: Truth, away: Sequence[int]) -> Truth:
    """What matrices get as TensorFlow stores diagonals, zeros where it reads nothing."""

    def laid(side: NDArray) -> NDArray:
        found = np.zeros((len(side), len(away), side.shape[2]), dtype=side.dtype)
        for row, k in enumerate(away):
            along = np.diagonal(side, k, 1, 2)
            found[:, row, max(-k, 0) : max(-k, 0) + along.shape[1]] = along
        return found

    first, *rest = truth.parts
    return replace(truth, parts=(_laid_out(first, laid), *rest))


def _laid_out(part: Enclosure, laid: Callable[[NDArray], NDArray]) -> Enclosure:
    return Enclosure(laid(part.hi), laid(part.lo), laid(part.radius), part.exponent)


def _regular(triangles: NDArray) -> NDArray[np.bool_]:
    return (np.einsum("bii->bi", triangles) != 0).all(axis=1)


def _truth(
    whole: NDArray,
    rhs: NDArray,
    above: NDArray,
    exists: NDArray[np.bool_],
    member: Callable[[int], Member],
    level: int,
) -> Truth:
    """What the matrix gets, (B, n, n), what rhs gets, and x."""
    wide, finite = np.iscomplexobj(whole), finite_members(whole, rhs, above)
    shapes = [(len(x), x.shape[1] * (1 + wide), x.shape[2]) for x in (whole, rhs, rhs)]

    def pulled(i: int) -> Pulled:
        return _pulled(member(i))

    parts, told = each(shapes, finite & exists, pulled, len(NAMES), level)
    quantities = dict(zip(NAMES, told, strict=True))
    return Truth(
        tuple(map(embedded.folded_enclosure, parts)) if wide else tuple(parts),
        {**quantities, "terms": Interval.exact(np.full(len(whole), float(rhs.shape[2])))},
        exists | ~finite,
        engines(parts[0], exists | ~finite, finite),
    )


def _pulled(member: Member) -> Pulled:
    x, *_, y = member.solved
    value, off, formed, lost = (
        reduce(add, sums) for sums in zip(*map(gained, member.gains), strict=True)
    )
    size = largest(absolute(value))
    told = (
        *(over(largest(total), size) for total in (off, formed, lost)),
        moved(y.off, y.value),
        moved(y.lost, y.value),
        moved(x.off, x.value).max(moved(y.off, y.value)),
        largest(formed) + _rows(member.factors) * _sum_of_largest(member.solved),
    )
    return Pulled(tuple(map(halves, (value, y.value, x.value))), told)


def _rows(factors: Sequence[Factor]) -> arb:
    """1 and the largest sums of rows and of columns of all factors."""
    ways = [way.size for one in factors for way in (one, one.adjoint)]
    return reduce(add, (largest(way * filled(way.nrows(), 1, arb(1))) for way in ways), arb(1))


def _sum_of_largest(solved: Sequence[Known]) -> arb:
    return reduce(add, (largest(absolute(one.value)) for one in solved))

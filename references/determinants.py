"""Determinants of square matrices, their signs and logarithms, with their conditions.

Stacks of float64, exact numbers, by layers: certificates, also of matrices whose rows and columns
are scaled first, then balls; that a determinant is zero is decided by exact integers.
"""

from __future__ import annotations

import numpy as np
from flint import arb, arb_mat
from numpy.typing import NDArray

from references import norms
from references.balls import (
    TARGET,
    TIGHT,
    Pieces,
    adaptive,
    finite_members,
    pieces,
    power_of_two,
)
from references.determinant_certificate import Found, certified
from references.doubledouble import UNIT, shift
from references.equilibration import equilibrated
from references.interval import Interval, maximum
from references.linear import inv
from references.magnification import magnify
from references.regular import USABLE
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


def det(a: Array, *, level: int = 0) -> Truth:
    """The determinants (B,) of a (B, n, n); of singular matrices zero, exactly.

    Quantities: condition = trace(|A^-1||A|), the relative change of the determinant where entries
    change by a relative one each; amplified and reach, the trace and the infinity norm of
    |A^-1| P^T |L||U|, by which rounding errors are multiplied, for the factors P A = L U of float64
    (reach for E = A 2^-columns with largest entries of columns near 1, which changes neither traces
    nor pivots); fragile = ||E^-1|| (2 / the smallest 2^columns + || |L||U| ||), by which underflow
    is; logs, the sum of |log |u_ii||; kappa, growth, norm_a, norm_inverse as for `inv`. All but
    logs, growth and norm_a are infinite for a singular matrix.
    """
    found, quantities, words = _known(a, level)
    value = Enclosure(found.sign * found.hi, found.sign * found.lo, found.radius, found.exponent)
    return Truth((value,), quantities, finite_members(a), words)


def slogdet(a: Array, *, level: int = 0) -> Truth:
    """The signs of the determinants and the logarithms of their sizes: (B,) each.

    Quantities as for `det`. A singular matrix has no finite answer.
    """
    found, quantities, words = _known(a, level)
    nothing, ones = np.zeros(len(a)), np.zeros(len(a), np.int64)
    known = np.isfinite(found.radius)
    sign = Enclosure(found.sign, nothing, np.where(known, 0.0, np.inf), ones)
    log = Enclosure(found.log, found.log_lo, found.log_radius, ones)
    return Truth((sign, log), quantities, known & (found.sign != 0), words)


def _known(a: Array, level: int) -> tuple[Found, dict[str, Interval], tuple[str, ...]]:
    """All of a stack, with the engine of each member."""
    finite = finite_members(a)
    even, columns = _by_columns(a)
    found = certified(even, columns, finite)
    known = _quantities(found, a, columns, finite)
    words = np.where(finite, "certificate", "not finite").astype("U12")
    open_ = np.flatnonzero(finite & (np.isinf(found.radius) | (level > 0)))
    if len(open_):
        part, own, words[open_] = _opened(a[open_], even[open_], columns[open_], level)
        for name in VALUES:
            getattr(found, name)[open_] = getattr(part, name)
        for name, interval in own.items():
            known[name][open_] = interval
    known["kappa"] = maximum(known["norm_a"] * known["norm_inverse"], 1.0)
    zero = finite & (found.sign == 0) & np.isfinite(found.radius)
    for name in OF_INVERSE:
        known[name] = norms.infinite(norms.known(known[name], finite), zero)
    return found, known, tuple(words.tolist())


VALUES = ("hi", "lo", "radius", "log", "log_lo", "log_radius", "sign", "exponent")
OF_INVERSE = ("condition", "amplified", "reach", "fragile", "norm_inverse", "kappa")


def _by_columns(a: Array) -> tuple[Array, Integers]:
    """A = E 2^columns, the largest entry of each column of E in [1/2, 1): columns (B, n)."""
    with np.errstate(invalid="ignore"):
        columns = np.frexp(np.abs(a).max(axis=1))[1].astype(np.int64)
        return np.ldexp(a, -columns[:, None, :]), columns


def _quantities(found: Found, a: Array, columns: Integers, finite: Flags) -> dict[str, Interval]:
    """Enclosures from sums of float64: |E^-1| is within |H||R| of |R|, ||H|| <= norm/(1 - norm)."""
    n = a.shape[1]
    proved = found.norm < USABLE
    norm = np.where(proved, found.norm, 0.0)
    share = norm / (1 - norm)
    rounding = (4 * n + 8) * UNIT

    def enclosed(value: Array, off: Array, floor: float) -> Interval:
        wide = (off * share + value * rounding) * (1 + 8 * UNIT)
        ends = Interval(np.maximum(value - wide, floor), np.maximum(value + wide, floor))
        return norms.known(ends, proved)

    top, bottom = columns.max(axis=1), columns.min(axis=1)
    size = norms.infinity_norm(norms.entries(shift(a, -top)))
    inverse = Interval(found.least * (1 - rounding), found.most * (1 + rounding))
    growth = np.where(size.lower > 0, found.size / np.where(size.lower > 0, size.lower, 1), 1)
    with np.errstate(over="ignore"):
        lost = found.inverse * (2 * np.ldexp(1.0, -bottom) + found.whole) * (1 + rounding)
    return {
        "fragile": norms.known(Interval(np.zeros(len(a)), lost), proved),
        "condition": enclosed(found.trace_x, found.peaks_x, n),  # trace(A^-1 A) is n
        "amplified": enclosed(found.trace_y, found.peaks_y, 0.0),
        "reach": enclosed(found.rows_y, found.rows_y, 0.0),
        "logs": norms.known(
            Interval(found.logs * (1 - 2.0**-40), found.logs * (1 + 2.0**-40)), finite
        ),
        "growth": norms.known(Interval(growth, 1.01 * growth), finite),
        "norm_a": norms.known(norms.scaled(size, top), finite),
        "norm_inverse": norms.scaled(norms.known(norms.clipped(inverse), proved), -top),
    }


def _opened(
    a: Array, even: Array, columns: Integers, level: int
) -> tuple[Found, dict[str, Interval], NDArray[np.str_]]:
    """Finite members once more: with rows scaled too, or in balls; and what proved them."""
    better, rows, more = equilibrated(a)
    scales = rows + more
    found = certified(better, more[:, 0], np.ones(len(a), dtype=bool), rows.sum(axis=(1, 2)))
    inverse, whole = inv(better), inv(a)
    words = np.where(whole.exists, "certificate", "integers").astype("U12")
    for i in range(len(a)):
        if not whole.exists[i]:
            for name in VALUES:
                getattr(found, name)[i] = 0
            found.log_radius[i] = np.inf
        elif level > 0 or np.isinf(found.radius[i]):
            words[i] = _by_balls(a[i], scales[i], level, found, i)
    own = _amplified(even, better, rows, more - columns[:, None, :], inverse.parts[0])
    with np.errstate(over="ignore"):
        narrow = 2 * np.ldexp(1.0, -columns.min(axis=1))
    own["fragile"] = own.pop("inverse") * (own.pop("whole") + Interval.exact(narrow))
    return found, own | {"norm_inverse": whole.quantities["norm_x"]}, words


def _by_balls(a: Array, scales: Integers, level: int, found: Found, member: int) -> str:
    """The determinant of one regular member, scaled while it is computed; the engine."""
    n = len(a)
    entries = zip(a.ravel().tolist(), scales.ravel().tolist(), strict=True)
    balls = arb_mat(n, n, [arb(x) * power_of_two(-power) for x, power in entries])
    even = np.ldexp(a, -scales)
    bits = TARGET[level] + min(norms.log2_condition(even[None])[0], 4000.0) + 2.2 * n + 8
    back = power_of_two(int(np.diagonal(scales).sum()))

    def compute() -> tuple[Pieces, Pieces, bool]:
        value = balls.det() * back
        if value.contains(0):
            raise ZeroDivisionError
        size = abs(value)
        log = pieces(arb_mat(1, 1, [size.log()]))
        return pieces(arb_mat(1, 1, [size])), log, bool(value < arb(0))

    def accept(pair: tuple[Pieces, Pieces, bool]) -> bool:
        value, log, _ = pair
        near = np.ldexp(log.radius, log.exponent).item() <= TIGHT[level]
        return value.tight(level) and (near or log.tight(level))

    with np.errstate(under="ignore"):
        pair = adaptive(compute, bits, accept)
    if pair is None:
        found.radius[member] = found.log_radius[member] = np.inf
        return "nothing"
    value, log, negative = pair
    found.sign[member] = -1.0 if negative else 1.0
    found.exponent[member] = value.exponent
    sides = (found.hi, found.lo, found.radius)
    for side, entry in zip(sides, value[:3], strict=True):
        side[member] = entry.item()
    with np.errstate(under="ignore"):
        for side, entry in zip((found.log, found.log_lo), log[:2], strict=True):
            side[member] = np.ldexp(entry.item(), log.exponent)
        wide = np.ldexp(log.radius.item(), log.exponent)
        found.log_radius[member] = wide + 2.0**-1070 if log.radius.item() else 0.0
    return "balls"


def _amplified(
    even: Array, better: Array, rows: Integers, columns: Integers, inverse: Enclosure
) -> dict[str, Interval]:
    """From E = 2^rows F 2^columns, F and F^-1: traces change with neither."""
    n = even.shape[1]
    scales = rows + columns
    products = np.empty(even.shape)
    magnify(np.ascontiguousarray(even), products)
    whole = norms.infinity_norm(norms.entries(products))
    with np.errstate(over="ignore", under="ignore"):
        products = np.ldexp(products, -scales)
    size = norms.absolute(inverse)
    slack, floor = (6 * n + 8) * UNIT, n * 2.0**-1000

    def times(right: Array) -> list[Array]:
        with np.errstate(over="ignore", invalid="ignore"):
            return [
                np.nan_to_num(side @ right, nan=np.inf, posinf=np.inf)
                for side in (size.lower, size.upper)
            ]

    def ends_of(ends: list[Array]) -> Interval:
        low, high = ends[0] * (1 - slack) - floor, ends[1] * (1 + slack) + floor
        return norms.scaled(norms.clipped(Interval(low, high)), inverse.exponent)

    def trace(x: list[Array]) -> Interval:
        with np.errstate(over="ignore"):
            return ends_of([np.trace(side, axis1=1, axis2=2) for side in x])

    y = times(products)
    condition = trace(times(np.abs(better)))
    back = columns - np.swapaxes(columns, 1, 2)  # E^-1 P^T L U = 2^-columns F^-1 ... 2^columns
    with np.errstate(over="ignore", under="ignore"):
        reach = ends_of([np.ldexp(side, back).sum(axis=2).max(axis=1) for side in y])
        sides = (np.ldexp(side, -np.swapaxes(scales, 1, 2)) for side in (size.lower, size.upper))
        inverse_norm = norms.scaled(norms.infinity_norm(Interval(*sides)), inverse.exponent)
    return {
        "inverse": inverse_norm,
        "whole": whole,
        "condition": maximum(condition, float(n)),
        "amplified": trace(y),
        "reach": reach,
    }

"""Determinants of complex matrices, their phases and logarithms, with their conditions.

Stacks of complex128, exact numbers, by layers: certificates (references/complex_certificate.py),
also of matrices whose rows and columns are scaled first, then balls. The inverse that both rest on
is that of the real matrix that a complex one is embedded as (references/embedded.py); that a
determinant is zero is decided by exact integers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from flint import acb, acb_mat, arb, arb_mat
from numpy.typing import NDArray

from references import determinants as real
from references import linear, norms
from references.balls import TARGET, TIGHT, Pieces, adaptive, pieces, power_of_two
from references.complex_certificate import Found, certified
from references.doubledouble import UNIT
from references.embedded import ROOT, Complex, eliminated, inv, left_half, matrix
from references.equilibration import equilibrated
from references.interval import Interval, maximum
from references.members import finite_members
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
OF_INVERSE = ("condition", "amplified", "reach", "fragile", "norm_inverse", "kappa")
LOST = 2.0**-200  # more than entries that become subnormal change of the inverse, by its largest
FLOOR = 2.0**-1000  # more than underflow takes from a sum, the largest term being near 1
Three = tuple[Pieces, Pieces, Pieces]  # of the determinant, its phase, the logarithm of its size


class Known(NamedTuple):
    """All that is known of a stack (B,): which members are finite, which of them regular."""

    found: Found
    quantities: dict[str, Interval]
    finite: Flags
    regular: Flags
    words: tuple[str, ...]


def det(a: NDArray, *, level: int = 0) -> Truth:
    """The determinants (B,) of real or complex a (B, n, n); of singular matrices zero, exactly.

    Quantities as for real matrices, in moduli and for the factors of complex128; kappa, growth,
    norm_a and norm_inverse as for `inv`.
    """
    if not np.iscomplexobj(a):
        return real.det(a, level=level)
    found, quantities, finite, _, words = _known(a, level)
    value = Enclosure(found.hi, found.lo, found.radius, found.exponent)
    return Truth((value,), quantities, finite, words)


def slogdet(a: NDArray, *, level: int = 0) -> Truth:
    """The phases of the determinants and the logarithms of their sizes: (B,) each.

    Both are complex for complex matrices, as TensorFlow's are. A singular one has no finite answer.
    """
    if not np.iscomplexobj(a):
        return real.slogdet(a, level=level)
    found, quantities, _, regular, words = _known(a, level)
    ones = np.zeros(len(a), np.int64)
    phase = Enclosure(found.phase, found.phase_lo, found.turn, ones)
    hi, lo = found.log.astype(np.complex128), found.log_lo.astype(np.complex128)
    log = Enclosure(hi, lo, found.log_radius, ones)
    return Truth((phase, log), quantities, regular, words)


def _known(a: NDArray, level: int) -> Known:
    """All of a stack, with the engine of each member."""
    finite = finite_members(a)
    given = np.where(finite[:, None, None], a, 0)
    columns = np.frexp(_larger(given).max(axis=1))[1].astype(np.int64)
    even = _shifted(given, -columns[:, None, :])
    factors, order = eliminated(even)
    inverse = _inverse(even)
    product = _products(factors, order)
    quantities = _conditions(even, inverse, columns, factors, product)
    quantities |= _norms(given, inverse, columns, product)
    found = _certified(even, order, columns.sum(axis=1), inverse, quantities["condition"].lower)
    exists = finite.copy()
    words = np.where(finite, "certificate", "not finite").astype("U12")
    found.radius[~finite] = found.turn[~finite] = found.log_radius[~finite] = np.inf
    open_ = np.flatnonzero(finite & (np.isinf(found.radius) | (level > 0)))
    if len(open_):
        whole = inv(a[open_])
        exists[open_] = whole.exists
        quantities["norm_inverse"][open_] = whole.quantities["norm_x"]
        condition = quantities["condition"].lower[open_]
        part, words[open_] = _opened(a[open_], columns[open_], level, whole, condition)
        found.put(open_, part)
    quantities["kappa"] = maximum(quantities["norm_a"] * quantities["norm_inverse"], 1.0)
    for name in OF_INVERSE:
        ends = norms.known(quantities[name], finite)
        quantities[name] = norms.infinite(ends, finite & ~exists)
    for name in ("growth", "norm_a"):
        quantities[name] = norms.known(quantities[name], finite)
    return Known(found, quantities, finite, exists, tuple(words.tolist()))


def _inverse(even: Complex) -> Enclosure:
    """An enclosure of E^-1; its radius is infinite where nothing is proved."""
    return left_half(linear.inv(matrix(even)).parts[0])


def _larger(a: Complex) -> Array:
    """The larger of |re| and |im|."""
    return np.maximum(np.abs(a.real), np.abs(a.imag))


def _shifted(a: Complex, powers: Integers) -> Complex:
    """A times powers of two: exact but for entries that become subnormal."""
    result = np.empty(a.shape, np.complex128)
    result.real, result.imag = np.ldexp(a.real, powers), np.ldexp(a.imag, powers)
    return result


def _certified(
    even: Complex, order: Integers, powers: Integers, inverse: Enclosure, condition: Array
) -> Found:
    """The certificate of E 2^powers, given an enclosure of E^-1."""
    centre, off = _moduli(inverse)
    with np.errstate(over="ignore", under="ignore"):
        sizes = np.ldexp(centre + off, inverse.exponent[:, None, None]) + FLOOR
    return certified(even, order, powers, sizes, condition)


def _opened(
    a: Complex, columns: Integers, level: int, whole: Truth, condition: Array
) -> tuple[Found, NDArray[np.str_]]:
    """Finite members once more: with rows scaled too, or in balls; and what proved them."""
    _, rows, more = equilibrated(_larger(a))
    better = _shifted(a, -rows - more)
    _, order = eliminated(better)
    powers = (rows + np.swapaxes(more, 1, 2)).sum(axis=(1, 2))
    found = _certified(better, order, powers, _inverse(better), condition)
    words = np.where(whole.exists, "certificate", "integers").astype("U12")
    spent = np.log2(np.clip(whole.quantities["kappa"].upper, 1.0, 2.0**1000))
    for i in np.flatnonzero(~whole.exists | np.isinf(found.radius) | (level > 0)):
        known = _by_balls(a[i], columns[i], level, float(spent[i])) if whole.exists[i] else None
        for side, nothing in zip(found, Found.of(1), strict=True):
            side[i] = nothing[0]
        if not whole.exists[i]:
            found.radius[i] = found.turn[i] = 0.0
        else:
            words[i] = "nothing" if known is None else "balls"
        if known is not None:
            _store(found, i, known)
    return found, words


def _store(found: Found, member: np.signedinteger, known: Three) -> None:
    """One member from pieces of real and imaginary parts; radii are added."""
    value, phase, log = known
    wide = [piece.radius.sum() * (1 + 2 * UNIT) for piece in known]
    found.hi[member], found.lo[member] = complex(*value.hi.ravel()), complex(*value.lo.ravel())
    found.phase[member] = complex(*phase.hi.ravel())
    found.phase_lo[member] = complex(*phase.lo.ravel())
    found.log[member], found.log_lo[member] = log.hi.item(), log.lo.item()
    found.radius[member], found.turn[member], found.log_radius[member] = wide
    found.exponent[member] = value.exponent


def _by_balls(a: Complex, columns: Integers, level: int, spent: float) -> Three | None:
    """The determinant, its phase and its logarithm, columns divided by 2^columns meanwhile."""
    n = len(a)
    scales = [power_of_two(-int(c)) for c in columns]
    entries = [
        acb(arb(z.real) * scale, arb(z.imag) * scale)
        for row in a.tolist()
        for z, scale in zip(row, scales, strict=True)
    ]
    balls, back = acb_mat(n, n, entries), power_of_two(int(columns.sum()))

    def compute() -> Three:
        value = balls.det()
        size = abs(value)
        if not size > 0:
            raise ZeroDivisionError
        log = (size * back).log()
        pairs = ((value * back), (value / size))
        value_, phase = (pieces(arb_mat(2, 1, [x.real, x.imag])) for x in pairs)
        return value_, _unscaled(phase), _unscaled(pieces(arb_mat(1, 1, [log])))

    def accept(found: Three) -> bool:
        near = found[2].radius.max() <= TIGHT[level]
        return all(x.tight(level) for x in found[:2]) and bool(near or found[2].tight(level))

    return adaptive(compute, TARGET[level] + spent + 2.2 * n + 8, accept)


def _unscaled(found: Pieces) -> Pieces:
    """Numbers without a power of two, in which no more than 2^-1070 underflows."""
    with np.errstate(under="ignore"):
        hi, lo, radius = (np.ldexp(side, found.exponent) for side in found[:3])
    return Pieces(hi, lo, np.where(found.radius > 0, radius + 2.0**-1070, 0.0), 0)


def _moduli(inverse: Enclosure) -> tuple[Array, Array]:
    """Moduli of E^-1 without its power of two, and how far they are off.

    E is that from before any entry became subnormal.
    """
    centre = np.abs(inverse.hi)
    off = np.abs(inverse.lo) + inverse.radius + 4 * UNIT * centre
    return centre, off + LOST * centre.max(axis=(1, 2), keepdims=True)


def _products(factors: Complex, order: Integers) -> Array:
    """P^T |L||U| in moduli."""
    n = factors.shape[1]
    lower, upper = np.abs(np.tril(factors, -1)) + np.eye(n), np.abs(np.triu(factors))
    product = np.empty(factors.shape)
    with np.errstate(all="ignore"):  # where pivots are lost, nothing is known
        whole = np.nan_to_num(lower @ upper, nan=np.inf, posinf=np.inf)
    np.put_along_axis(product, order[:, :, None], whole, axis=1)
    return product


def _norms(
    a: Complex, inverse: Enclosure, columns: Integers, product: Array
) -> dict[str, Interval]:
    """Of A = E 2^columns: its norm, that of its inverse, its growth, of what it is embedded as."""
    n, top = a.shape[1], columns.max(axis=1)
    slack = (4 * n + 8) * UNIT
    scaled = _shifted(a, -top[:, None, None])
    size = (np.abs(scaled.real) + np.abs(scaled.imag)).sum(axis=2).max(axis=1)
    with np.errstate(under="ignore"):
        whole = np.ldexp(product, (columns - top[:, None])[:, None, :]).sum(axis=2).max(axis=1)
    grown = ROOT * np.divide(whole, size, out=np.ones_like(whole), where=size > 0)
    grown = np.maximum(grown, 1.0)
    parts = np.abs(inverse.hi.real) + np.abs(inverse.hi.imag)
    off = ROOT * _moduli(inverse)[1]
    powers = -columns
    most = powers.max(axis=1)
    with np.errstate(under="ignore"):
        sides = [
            np.ldexp(side.sum(axis=2), powers - most[:, None]).max(axis=1)
            for side in (np.maximum(parts - off, 0.0), parts + off)
        ]
    ends = Interval(sides[0] * (1 - slack) - FLOOR, sides[1] * (1 + slack) + FLOOR)
    return {
        "growth": Interval(grown, 1.01 * grown),
        "norm_a": norms.scaled(
            norms.clipped(
                Interval(size * (1 - slack) - FLOOR, size * (1 + slack) + FLOOR), zero=size == 0
            ),
            top,
        ),
        "norm_inverse": norms.scaled(norms.clipped(ends), inverse.exponent + most),
    }


def _conditions(
    even: Complex, inverse: Enclosure, columns: Integers, factors: Complex, product: Array
) -> dict[str, Interval]:
    """Of E = A 2^-columns and its inverse, in moduli; of regular members."""
    n = even.shape[1]
    centre, off = _moduli(inverse)
    sides = np.maximum(centre - off, 0.0), centre + off
    slack = (6 * n + 8) * UNIT

    def ends(low: Array, high: Array) -> Interval:
        wide = Interval(low * (1 - slack), high * (1 + slack))
        return norms.scaled(norms.clipped(wide), inverse.exponent)

    with np.errstate(all="ignore"):
        x = [np.nan_to_num(side @ np.abs(even), nan=np.inf, posinf=np.inf) for side in sides]
        y = [np.nan_to_num(side @ product, nan=np.inf, posinf=np.inf) for side in sides]
        traces = [ends(*(np.trace(side, axis1=1, axis2=2) for side in both)) for both in (x, y)]
        reach = ends(*(side.sum(axis=2).max(axis=1) for side in y))
        norm = ends(*(side.sum(axis=2).max(axis=1) for side in sides))
        whole = product.sum(axis=2).max(axis=1) + 2 * np.ldexp(1.0, -columns.min(axis=1))
        size = np.abs(np.einsum("bii->bi", factors))
        logs = np.abs(np.log(size) + columns * np.log(2.0)).sum(axis=1)
        logs = np.where(np.isnan(logs), np.inf, logs)
    return {
        "condition": maximum(traces[0], float(n)),
        "amplified": traces[1],
        "reach": reach,
        "fragile": norm * Interval(whole * (1 - slack), whole * (1 + slack)),
        "logs": Interval(logs * (1 - 2.0**-40), logs * (1 + 2.0**-40)),
    }

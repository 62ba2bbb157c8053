"""Determinants of complex matrices, their phases and logarithms, with their conditions.

Values come from balls, member by member; that a matrix is regular, its inverse and what conditions
need of it from certificates of the real matrix that it is embedded as (references/embedded.py).
"""

from __future__ import annotations

import numpy as np
from flint import acb, acb_mat, arb, arb_mat
from numpy.typing import NDArray

from references import determinants as real
from references import norms
from references.balls import TARGET, TIGHT, Pieces, adaptive, pieces, power_of_two
from references.doubledouble import UNIT
from references.embedded import Complex, eliminated, inv
from references.interval import Interval, maximum
from references.members import finite_members
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
OF_INVERSE = ("condition", "amplified", "reach", "fragile", "norm_inverse", "kappa")
Three = tuple[Pieces, Pieces, Pieces]  # of the determinant, its phase, the logarithm of its size


def det(a: NDArray, *, level: int = 0) -> Truth:
    """The determinants (B,) of real or complex a (B, n, n); of singular matrices zero, exactly.

    Quantities as for real matrices, in moduli and for the factors of complex128; kappa, growth,
    norm_a and norm_inverse as for `inv`.
    """
    if not np.iscomplexobj(a):
        return real.det(a, level=level)
    parts, quantities, finite, words, _ = _known(a, level)
    return Truth(parts[:1], quantities, finite, words)


def slogdet(a: NDArray, *, level: int = 0) -> Truth:
    """The phases of the determinants and the logarithms of their sizes: (B,) each.

    Both are complex for complex matrices, as TensorFlow's are. A singular one has no finite answer.
    """
    if not np.iscomplexobj(a):
        return real.slogdet(a, level=level)
    parts, quantities, _, words, regular = _known(a, level)
    return Truth(parts[1:], quantities, regular, words)


def _known(
    a: Complex, level: int
) -> tuple[
    tuple[Enclosure, ...],
    dict[str, Interval],
    NDArray[np.bool_],
    tuple[str, ...],
    NDArray[np.bool_],
]:
    finite = finite_members(a)
    given = np.where(finite[:, None, None], a, 0)
    columns = np.frexp(np.maximum(np.abs(given.real), np.abs(given.imag)).max(axis=1))[1]
    columns = columns.astype(np.int64)
    even = np.empty(given.shape, np.complex128)
    for side, given_side in ((even.real, given.real), (even.imag, given.imag)):
        side[...] = np.ldexp(given_side, -columns[:, None, :])
    whole, inverse = inv(a), inv(even)
    regular = finite & whole.exists
    parts = tuple(_room(len(a)) for _ in range(3))
    words = np.where(finite, "integers", "not finite").astype("U12")
    for part in parts:
        part.radius[finite & ~regular] = 0.0
    parts[2].radius[~regular] = np.inf
    spent = np.log2(np.clip(whole.quantities["kappa"].upper, 1.0, 2.0**1000))
    for i in np.flatnonzero(regular):
        found = _by_balls(a[i], columns[i], level, float(spent[i]))
        words[i] = "nothing" if found is None else "balls"
        for part, piece in zip(parts, found or (), strict=False):
            _store(part, i, piece)
    quantities = _conditions(even, inverse.parts[0], columns)
    quantities |= {name: whole.quantities[name] for name in ("kappa", "growth", "norm_a")}
    quantities["norm_inverse"] = whole.quantities["norm_x"]
    for name in OF_INVERSE:
        ends = norms.known(quantities[name], finite)
        quantities[name] = norms.infinite(ends, finite & ~regular)
    return parts, quantities, finite, tuple(words.tolist()), regular


def _room(count: int) -> Enclosure:
    zeros = np.zeros(count, np.complex128)
    return Enclosure(zeros, zeros.copy(), np.full(count, np.inf), np.zeros(count, np.int64))


def _store(part: Enclosure, member: np.signedinteger, found: Pieces) -> None:
    """One member from pieces of its real and its imaginary part; radii are added."""
    for side, piece in ((part.hi, found.hi), (part.lo, found.lo)):
        side[member] = complex(*piece.ravel())
    part.radius[member] = found.radius.sum() * (1 + 2 * UNIT)
    part.exponent[member] = found.exponent


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
        pairs = ((value * back), (value / size), acb(log))
        value_, phase, log_ = (pieces(arb_mat(2, 1, [x.real, x.imag])) for x in pairs)
        return value_, _unscaled(phase), log_

    def accept(found: Three) -> bool:
        near = np.ldexp(found[2].radius, found[2].exponent).max() <= TIGHT[level]
        return all(x.tight(level) for x in found[:2]) and bool(near or found[2].tight(level))

    return adaptive(compute, TARGET[level] + spent + 2.2 * n + 8, accept)


def _unscaled(found: Pieces) -> Pieces:
    """Numbers near 1 without a power of two, which takes no rounding."""
    hi, lo, radius = (np.ldexp(side, found.exponent) for side in found[:3])
    return Pieces(hi, lo, radius, 0)


def _conditions(even: Complex, inverse: Enclosure, columns: Integers) -> dict[str, Interval]:
    """Of E = A 2^-columns and its inverse, in moduli; of regular members."""
    n = even.shape[1]
    factors, order = eliminated(even)
    lower, upper = np.abs(np.tril(factors, -1)) + np.eye(n), np.abs(np.triu(factors))
    product = np.empty(even.shape)
    np.put_along_axis(product, order[:, :, None], lower @ upper, axis=1)
    centre = np.abs(inverse.hi)
    off = np.abs(inverse.lo) + inverse.radius + 4 * UNIT * centre
    sides = np.maximum(centre - off, 0.0), centre + off
    slack = (6 * n + 8) * UNIT

    def ends(low: Array, high: Array) -> Interval:
        wide = Interval(low * (1 - slack), high * (1 + slack))
        return norms.scaled(norms.clipped(wide), inverse.exponent)

    with np.errstate(all="ignore"):
        x = [np.nan_to_num(side @ np.abs(even), nan=np.inf) for side in sides]
        y = [np.nan_to_num(side @ product, nan=np.inf) for side in sides]
        traces = [ends(*(np.trace(side, axis1=1, axis2=2) for side in both)) for both in (x, y)]
        reach = ends(*(side.sum(axis=2).max(axis=1) for side in y))
        norm = ends(*(side.sum(axis=2).max(axis=1) for side in sides))
        whole = product.sum(axis=2).max(axis=1) + 2 * np.ldexp(1.0, -columns.min(axis=1))
        size = np.abs(np.einsum("bii->bi", upper))
        logs = np.abs(np.log(size) + columns * np.log(2.0)).sum(axis=1)
    return {
        "condition": maximum(traces[0], float(n)),
        "amplified": traces[1],
        "reach": reach,
        "fragile": norm * Interval(whole * (1 - slack), whole * (1 + slack)),
        "logs": Interval(logs * (1 - 2.0**-40), logs * (1 + 2.0**-40)),
    }

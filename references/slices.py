"""Products of stacks through BLAS, to more than its precision: error-free slices.

An operand is cut along the axis that is summed over: A = A_0 + A_1 + ... + rest, where A_p holds
whole multiples of 2^(e - (p+1) b), e being the exponent of a row (a column of the right operand).
Products of slices are sums of integers below 2^53 and hence exact, in any order of summation and
with or without fma; the rest is so small that rounding it does no harm (Ozaki, Ogita, Oishi and
Rump 2012). docs/references.md derives the radius.

Assumed: IEEE 754 double precision rounding to nearest, no fast matrix multiplication of Strassen's
kind, no overflow: callers scale each member by a power of two first, so that entries stay below
2^400. Underflow enters the radius as an absolute term.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from references.doubledouble import UNDERFLOW, UNIT, two_sum

Array = NDArray[np.float64]


class Sliced(NamedTuple):
    """One operand, cut: `slices` sum up to all but `rests[-1]`, `rests[q]` is what q slices leave.

    `reach`: 2^e of each row or column, of length 1 along the axis that is summed over. `bits`: the
    width b of a slice.
    """

    slices: tuple[Array, ...]
    rests: tuple[Array, ...]
    reach: Array
    bits: int


def width(terms: int, count: int) -> int:
    """Bits of a slice such that a sum of `terms` products of two slices is exact in float64.

    Levels of i + j < `count` are summed by themselves; slices after the first are half as large.
    """
    return int((53 - np.ceil(np.log2(max(terms, 1) * max(count - 1, 1)))) // 2)


def cut(array: Array, axis: int, count: int, tail: Array | None = None) -> Sliced:
    """Cut `array` + `tail` (B, ...) into `count` slices along `axis`, -1 (left) or -2 (right).

    `tail`: what a double-double carries below `array`, at most its unit roundoff; slices go on into
    it.
    """
    bits = width(array.shape[axis], count)
    top = np.frexp(fold(np.maximum, np.abs(array), axis))[1]
    slices, rests, rest = [], [array if tail is None else array + tail], array
    for p in range(1, count + 1):
        # adding and subtracting rounds to multiples of 2^(top - p bits)
        anchor = np.ldexp(1.5, top + (52 - p * bits))
        piece = (rest + anchor) - anchor
        rest = rest - piece
        if tail is not None:
            rest, tail = two_sum(rest, tail)
        slices.append(piece)
        rests.append(rest)
    return Sliced(tuple(slices), tuple(rests), np.ldexp(1.0, top), bits)


def multiply(a: Sliced, b: Sliced, plus: Array | None = None) -> tuple[Array, Array, Array]:
    """a b + plus for operands cut into equally many slices: hi, lo, radius (B, m, n).

    |hi + lo - a b - plus| <= radius entry by entry. `plus` takes part from the first sum on, so
    that a residual keeps the digits that cancellation leaves.
    """
    count, terms = len(a.slices), a.slices[0].shape[-1]
    hi, lo, lost = a.slices[0] @ b.slices[0], None, None
    heads = [a.slices[i] @ b.slices[p - i] for p in range(1, count) for i in range(p + 1)]
    for head in heads if plus is None else [plus, *heads]:
        hi, error = two_sum(hi, head)
        lo = error if lo is None else lo + error
        lost = np.abs(lo) if lost is None else lost + np.abs(lo)
    for i in range(count):
        term = a.slices[i] @ b.rests[count - i]
        lo = term if lo is None else lo + term
    assert lo is not None
    lo = lo + a.rests[count] @ b.rests[0]
    radius = _radius(terms, count, a.bits) * (a.reach * b.reach) + terms * UNDERFLOW
    if lost is not None:
        radius = radius + (1.01 * UNIT) * (lost + (count + 1) * np.abs(lo))
    return hi, lo, radius


def product(
    a: Array, b: Array, *, count: int = 1, a_tail: Array | None = None, b_tail: Array | None = None
) -> tuple[Array, Array, Array]:
    """(a + a_tail) (b + b_tail) for stacks (B, m, k), (B, k, n), real or complex: hi, lo, radius.

    |hi + lo - a b| <= radius entry by entry; the radius is about k^2 2^(-53 - 26 count) times the
    largest of the row of a and the largest of the column of b.
    """
    if np.iscomplexobj(a) or np.iscomplexobj(b):
        return _complex_product(a, b, count, a_tail, b_tail)
    return multiply(cut(a, -1, count, a_tail), cut(b, -2, count, b_tail))


def _complex_product(
    a: Array, b: Array, count: int, a_tail: Array | None, b_tail: Array | None
) -> tuple[Array, Array, Array]:
    """Four real products as two, of twice as many terms."""
    left = [cut(_beside(a, 1), -1, count, None if a_tail is None else _beside(a_tail, 1))]
    left.append(cut(_beside(a, -1), -1, count, None if a_tail is None else _beside(a_tail, -1)))
    tail = None if b_tail is None else np.concatenate([b_tail.real, b_tail.imag], axis=-2)
    flipped = None if b_tail is None else np.concatenate([b_tail.imag, b_tail.real], axis=-2)
    real = multiply(left[1], cut(np.concatenate([b.real, b.imag], axis=-2), -2, count, tail))
    crossed = np.concatenate([b.imag, b.real], axis=-2)
    imaginary = multiply(left[0], cut(crossed, -2, count, flipped))
    hi, lo = (x + 1j * y for x, y in zip(real[:2], imaginary[:2], strict=True))
    return hi, lo, (real[2] + imaginary[2]) * (1 + 2 * UNIT)


def _beside(a: Array, sign: int) -> Array:
    return np.concatenate([a.real, sign * a.imag], axis=-1)


def _radius(terms: int, count: int, bits: int) -> float:
    """What rounding the rests may do, in units of reach times reach: docs/references.md."""
    return 1.01 * (count + 1) * terms * UNIT * (terms + 2 * count + 4) * 2.0 ** (-count * bits)


def fold(function: np.ufunc, array: Array, axis: int) -> Array:
    """`function` reduced along `axis`, which is kept with length 1, in a fixed order by halves.

    Ten times as fast as NumPy's own reduction of short axes, and the same bits everywhere.
    """
    array = np.moveaxis(array, axis, 0)
    if not len(array):
        raise ValueError("nothing to fold")
    while len(array) > 1:
        half = len(array) // 2
        folded = function(array[:half], array[half : 2 * half])
        if len(array) % 2:
            folded[0] = function(folded[0], array[-1])
        array = folded
    return np.moveaxis(array, 0, axis)

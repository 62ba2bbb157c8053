"""Exact products of Kronecker products, one factor after another.

A_1 x A_2 x ... takes x, read as an array of as many axes, to the contraction of each axis with its
factor: the matrix is never written out, for products of its factors are no numbers of float64.
"""

from __future__ import annotations

from math import prod

import numpy as np
from numpy.typing import NDArray

from references import norms
from references.doubledouble import UNDERFLOW, UNIT, exact_scale, matmul, shift
from references.embedded import column, folded_enclosure, matrix
from references.interval import Interval, largest, maximum
from references.members import finite_members
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
Pair = tuple[Array, Array, Array]  # hi, lo and radius


def kronecker(*inputs: NDArray, level: int = 0) -> Truth:
    """(A_1 x ... x A_d) x of factors (B, m_i, n_i), then x (B, n_1 ... n_d, k).

    Quantities, of the shape of the answer: `size`, (|A_1| x ... x |A_d|) |x|; one for each member:
    `terms`, the sum of the n_i; `factors`, d; `reach`, the product of the infinity norms that
    exceed 1; `top`, that times the largest entry of x, which bounds what is formed on the way.
    """
    *factors, x = inputs
    finite = finite_members(*inputs)
    keep = finite[:, None, None]
    factors, x = [np.where(keep, a, 0.0) for a in factors], np.where(keep, x, 0.0)
    wide = np.iscomplexobj(x)
    scales = [exact_scale(column(a) if wide else a) for a in (*factors, x)]
    near = [shift(matrix(a) if wide else a, -e) for a, e in zip(factors, scales[:-1], strict=True)]
    start = shift(column(x) if wide else x, -scales[-1])
    counts = [a.shape[2] for a in factors]
    pair = start, np.zeros_like(start), np.zeros_like(start)
    for i, a in enumerate(near):
        shape = [1 + wide, *(f.shape[1] for f in factors[:i]), *counts[i:]]
        pair = _contracted(a, pair, shape, 1 + i)
    sizes = [
        shift(np.hypot(a.real, a.imag), -e) for a, e in zip((*factors, x), scales, strict=True)
    ]
    size = through(sizes[:-1], sizes[-1])
    none = through([a != 0 for a in factors], x != 0) == 0  # nothing is added up
    slack = (8 * sum(counts) + 32) * UNIT
    floor = sum(counts) * UNDERFLOW * max(1, prod(counts))
    power = sum(scales[1:], scales[0])
    both = norms.clipped(Interval(size * (1 - slack) - floor, size * (1 + slack) + floor), none)
    known = norms.scaled(both, power)
    zero = np.concatenate([none, none], axis=1) if wide else none
    hi, lo, radius = (np.where(zero, 0.0, side) for side in pair)
    part = Enclosure(hi, lo, radius, power)
    part = folded_enclosure(part) if wide else part
    part.radius[~finite] = np.inf
    told = _told(factors, x, finite)
    quantities = {"size": Interval(known.lower, np.where(keep, known.upper, np.inf)), **told}
    words = np.where(finite, "double-double", "not finite")
    return Truth((part,), quantities, finite, tuple(words.tolist()))


def _contracted(a: Array, pair: Pair, shape: list[int], axis: int) -> Pair:
    """A (B, m, n) times axis `axis` of arrays (B, rows, k), of `shape` and k; parts run first."""
    count, k = len(a), pair[0].shape[2]
    rows = []
    for side in pair:
        whole = np.moveaxis(side.reshape(count, *shape, k), 1 + axis, 2)
        rows.append(whole.reshape(count, a.shape[2], -1))
    high, low, wide = rows
    hi, lo, radius = matmul(np.concatenate([a, a], axis=2), np.concatenate([high, low], axis=1))
    radius = radius + (np.abs(a) @ wide) * (1 + 2.0**-40)
    rest = [n for i, n in enumerate(shape) if i not in (0, axis)]
    inner = shape[0], a.shape[1] // shape[0], *rest, k
    return tuple(
        np.moveaxis(side.reshape(count, *inner), 2, 1 + axis).reshape(count, -1, k)
        for side in (hi, lo, radius)
    )  # type: ignore[return-value]


def through(factors: list[NDArray], x: NDArray) -> Array:
    """(A_1 x ... x A_d) x in float64, of one member or of stacks (..., n, k)."""
    counts = [a.shape[-1] for a in factors]
    found = x.astype(np.result_type(x, np.float64))
    for i, a in enumerate(factors):
        shape = [*(f.shape[-2] for f in factors[:i]), *counts[i:], x.shape[-1]]
        whole = np.moveaxis(found.reshape(*x.shape[:-2], *shape), x.ndim - 2 + i, x.ndim - 2)
        flat = whole.reshape(*x.shape[:-2], counts[i], -1)
        new = np.asarray(a @ flat).reshape(*x.shape[:-2], a.shape[-2], *whole.shape[x.ndim - 1 :])
        found = np.moveaxis(new, x.ndim - 2, x.ndim - 2 + i)
    return found.reshape(*x.shape[:-2], -1, x.shape[-1])


def _told(factors: list[NDArray], x: NDArray, finite: NDArray[np.bool_]) -> dict[str, Interval]:
    reach = Interval.exact(np.ones(len(x)))
    for a in factors:
        norm = norms.infinity_norm(norms.entries(np.abs(a.real) + np.abs(a.imag)))
        reach = reach * maximum(norm, 1.0)
    exact = {"terms": float(sum(a.shape[2] for a in factors)), "factors": float(len(factors))}
    top = reach * largest(norms.entries(np.abs(x.real) + np.abs(x.imag)))
    return {
        "reach": norms.known(reach, finite)[:, None, None],
        "top": norms.known(norms.clipped(top), finite),
        **{name: Interval.exact(np.full((len(x), 1, 1), value)) for name, value in exact.items()},
    }

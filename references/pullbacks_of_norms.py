"""Gradients of norms: quotients by balls, and exact subgradients where norms have corners."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from flint import arb, arb_mat
from numpy.typing import NDArray

from references import magnitudes, norms
from references.balls import (
    TARGET,
    Pieces,
    adaptive,
    engines,
    finite_members,
    pieces,
    store,
    unproved,
)
from references.interval import Interval
from references.magnitudes import Axis, laid_out, put_back
from references.row_norms import SQUARES, Order, size_of
from references.truth import Enclosure, Truth


def norm(tensor: NDArray, *, ord: Order, axis: Axis, level: int = 0) -> Truth:  # noqa: A002
    """The gradient of the sum of all norms along one axis or two, of (B, ...): of that shape.

    Roots of sums of squares: the array over its norms, none where a norm is zero. The largest
    entry, and sums of a matrix of order 1 or inf: signs along the first that is largest, of complex
    numbers z/|z|, and 0 of 0: a subgradient S of many: Re <S, x> = || x ||, of dual norm 1
    (Rockafellar 1970, 23). Quantities (B,): terms, how many entries a norm is of; additions, of a
    sum among which the largest is taken; logarithm, the largest |log(norm)|; largest, the largest
    norm, and least, the smallest modulus of an entry but zero.
    """
    known = magnitudes.norm(tensor, ord=ord, axis=axis, level=level)
    told = {name: known.quantities[name] for name in ("terms", "additions", "logarithm")}
    part = known.parts[0]  # complex numbers without imaginary part, of roots of their squares
    sizes = norms.absolute(replace(part, hi=part.hi.real, lo=part.lo.real))
    flat = Interval(*(side.reshape(len(tensor), -1) for side in (sizes.lower, sizes.upper)))
    told["largest"] = norms.scaled(norms.largest(flat), part.exponent)
    told["least"] = _least(tensor)
    if ord in SQUARES:
        found = magnitudes.normalize(tensor, ord=ord, axis=axis, level=level)
        return Truth((found.parts[0],), told, found.exists, found.engine)
    rows, _, where = laid_out(tensor, axis)
    matrix = tuple(tensor.shape[i] for i in where) if len(where) == 2 else ()
    finite = finite_members(tensor)
    of = _directions if np.iscomplexobj(tensor) else _signs
    part = of(rows, ord, matrix, finite, level)
    sides = (put_back(side, tensor.shape, where) for side in (part.hi, part.lo, part.radius))
    whole = Enclosure(*sides, part.exponent)  # type: ignore[call-arg]
    count = float(matrix[0 if ord == 1 else 1] - 1) if matrix else 0.0
    told["additions"] = Interval.exact(np.full(len(tensor), count))
    if np.iscomplexobj(tensor):
        return Truth((whole,), told, finite, engines(whole, finite, finite))
    words = tuple(np.where(finite, "integers", "not finite").tolist())
    return Truth((whole,), told, finite, words)


def _least(tensor: NDArray) -> Interval:
    """The smallest modulus of an entry but zero: (B,)."""
    sizes = np.abs(tensor).reshape(len(tensor), -1)
    least = np.where(sizes > 0, sizes, np.inf).min(axis=1, initial=np.inf)
    return Interval(least * (1 - 2.0**-50), least * (1 + 2.0**-50))


def _signs(
    rows: NDArray, order: Order, matrix: tuple[int, ...], finite: NDArray[np.bool_], level: int
) -> Enclosure:
    """Of real rows (B, k, terms), exactly."""
    part = unproved(*rows.shape)
    for i in np.flatnonzero(finite).tolist():
        part.radius[i] = 0.0
        for k, row in enumerate(rows[i]):
            sizes = [Fraction(abs(x)) for x in row.tolist()]
            part.hi[i, k] = np.where(_chosen(sizes, order, matrix), np.sign(row), 0.0)
    return part


def _directions(
    rows: NDArray, order: Order, matrix: tuple[int, ...], finite: NDArray[np.bool_], level: int
) -> Enclosure:
    """z/|z| of complex rows (B, k, terms): by balls, which tell the first that may be largest."""
    part = unproved(*rows.shape, 2)

    def compute(i: int) -> Pieces:
        found = list[arb]()
        for row in rows[i]:
            sizes = [size_of(z) for z in row.tolist()]
            chosen = _chosen(sizes, order, matrix).tolist()
            for z, size, taken in zip(row.tolist(), sizes, chosen, strict=True):
                found += [arb(y) / size if taken and z else arb(0) for y in (z.real, z.imag)]
        return pieces(arb_mat(len(found), 1, found))

    for i in np.flatnonzero(finite).tolist():
        answer = adaptive(
            partial(compute, i), TARGET[level] + 64, partial(Pieces.tight, level=level)
        )
        if answer is not None:
            one, two, wide = (side.reshape(part.hi.shape[1:]) for side in answer[:3])
            store(part, i, Pieces(one, two, wide, answer.exponent))
    hi, lo = (side[..., 0] + 1j * side[..., 1] for side in (part.hi, part.lo))
    return Enclosure(hi, lo, part.radius.sum(axis=-1) * (1 + 2.0**-40), part.exponent)


def _chosen(sizes: list[Any], order: Order, matrix: tuple[int, ...]) -> NDArray[np.bool_]:
    """The entries that the norm is the sum of: of the first that none is surely larger than."""
    if not matrix:
        every = np.ones(len(sizes), bool)
        return every if order == 1 else np.arange(len(sizes)) == _first(sizes)
    along = 0 if order == 1 else 1
    sums = np.array(sizes, dtype=object).reshape(matrix).sum(axis=along)
    lines = np.arange(matrix[1 - along]) == _first(sums.tolist())
    return np.broadcast_to(lines if along == 0 else lines[:, None], matrix).ravel()


def _first(sizes: list[Any]) -> int:
    return next(i for i, size in enumerate(sizes) if not any(other > size for other in sizes))

"""Exact solutions of systems with diagonal matrices that are updated by one of low rank: balls.

A = L + U D V^H of diagonals L and D. By Woodbury's formula x = f - L^-1 U C^-1 V^H f, f = L^-1 b,
C = D^-1 + V^H L^-1 U, and the quantities are those that its errors are multiplied by, infinity
norms of matrices and largest entries of columns: `first` of f, `projected` of |V|^H |L^-1| |b|,
`capacitance` of |D^-1| + |V|^H |L^-1| |U|, `inverse` of C^-1, `inner` of C^-1 V^H f, `back` of
|L^-1| |U|; `growth`, the most that elimination of order `rank` lets |L||U| grow; `reach`, what a
loss to underflow is multiplied by at most.
"""

from __future__ import annotations

from typing import NamedTuple

import mpmath
import numpy as np
from flint import acb, acb_mat, arb, arb_mat, fmpq, fmpq_mat
from numpy.typing import NDArray

from references import audits, embedded, norms
from references.audits import Audited
from references.balls import (
    TARGET,
    Pieces,
    adaptive,
    engines,
    finite_members,
    interval,
    pieces,
    store,
    unproved,
)
from references.embedded import folded_enclosure
from references.interval import Interval
from references.numeric import Answer
from references.truth import Truth

NAMES = ("first", "projected", "capacitance", "inverse", "inner", "back", "reach")
WORST = 4096  # bits that no system of distinct entries of float64 was seen to need


class Update(NamedTuple):
    """One member: L and D as diagonals, U and V, in NumPy's numbers or in balls."""

    base: NDArray
    left: NDArray
    right: NDArray
    middle: NDArray


def read(
    base: NDArray, left: NDArray, right: NDArray, middle: NDArray, *, symmetric: bool
) -> Update:
    """What is meant: U for V, and absolute values of real parts, where `symmetric`."""
    if not symmetric:
        return Update(base, left, right, middle)
    sizes = [np.abs(x.real).astype(x.dtype) for x in (base, middle)]
    return Update(sizes[0], left, left, sizes[1])


def low_rank(
    base: NDArray, left: NDArray, right: NDArray, middle: NDArray, rhs: NDArray, *,
    symmetric: bool = False, level: int = 0,
) -> Truth:  # fmt: skip
    """The x of A x = rhs: L (B, n), U and V (B, n, k), D (B, k), rhs (B, n, m)."""
    inputs = (base, left, right, middle, rhs)
    finite, wide = finite_members(*inputs), np.iscomplexobj(rhs)
    count, (n, m), k = len(rhs), rhs.shape[1:], left.shape[2]
    part, exists = unproved(count, n * (1 + wide), m), finite.copy()
    sides = {name: np.tile([0.0, np.inf], (count, 1)) for name in NAMES}
    for i in np.flatnonzero(finite).tolist():
        update = read(*(x[i] for x in inputs[:4]), symmetric=symmetric)
        if not update.middle.all():
            continue  # the matrix may be regular: no claim is made of it, nor is it solved
        if not _regular(update):
            exists[i] = False
            continue
        found = adaptive(
            lambda u=update, i=i: _solved(u, rhs[i]), TARGET[level] + 80,  # type: ignore[misc]
            lambda pair: pair[0].tight(level), WORST,
        )  # fmt: skip
        if found is None:
            continue
        store(part, i, found[0])
        if update.base.all():
            for name, low, high in zip(NAMES, found[1].lower, found[1].upper, strict=True):
                sides[name][i] = max(low, 0.0), high  # a ball around zero has a negative end
    told = {name: Interval(*side.T.copy()) for name, side in sides.items()}
    told["rank"] = Interval.exact(np.full(count, float(k)))
    told["growth"] = Interval.exact(np.full(count, k * 2.0 ** (k - 1)))
    part = folded_enclosure(part) if wide else part
    known = {name: norms.known(value, exists) for name, value in told.items()}
    return Truth((part,), known, exists | ~finite, engines(part, exists | ~finite, finite))


def _regular(update: Update) -> bool:
    """Whether A has a determinant other than zero, by rational numbers."""
    parts = Update(*(embedded.matrix(x[None])[0] for x in (
        np.diag(update.base), update.left, update.right, np.diag(update.middle)
    )))  # fmt: skip
    base, left, right, middle = (_rational(x) for x in parts)
    return bool((base + left * middle * right.transpose()).det() != 0)


def _rational(x: NDArray) -> fmpq_mat:
    entries = [fmpq(*float(y).as_integer_ratio()) for y in x.reshape(-1)]
    return fmpq_mat(x.shape[0], x.shape[1], entries)


def _balls(x: NDArray) -> acb_mat:
    entries = [acb(arb(float(y.real)), arb(float(y.imag))) for y in x.reshape(-1)]
    return acb_mat(x.shape[0], x.shape[1], entries)


def _sizes(x: acb_mat) -> arb_mat:
    return arb_mat(x.nrows(), x.ncols(), [abs(y) for y in x.entries()])


def _top(x: arb_mat) -> arb:
    return max(x.entries(), key=float)


def _rows(x: arb_mat) -> arb:
    return _top(x * arb_mat(x.ncols(), 1, [1] * x.ncols()))


def _solved(update: Update, rhs: NDArray) -> tuple[Pieces, Interval]:
    """The solution, real parts above imaginary ones if there are any, and the quantities."""
    b, u, vh = _balls(rhs), _balls(update.left), _balls(np.conj(update.right).T)
    base, middle = (_balls(np.diag(x)) for x in (update.base, update.middle))
    x = (base + u * middle * vh).solve(b)
    half = [y.real for y in x.entries()]
    half += [y.imag for y in x.entries()] * np.iscomplexobj(rhs)
    solution = pieces(arb_mat(len(half) // x.ncols(), x.ncols(), half))
    if not update.base.all():
        return solution, Interval.exact(np.zeros(len(NAMES)))
    inverse_l, inverse_d = base.inv(), middle.inv()
    first = inverse_l * b
    inverse_c = (inverse_d + vh * inverse_l * u).inv()
    size_l, size_u, size_v = _sizes(inverse_l), _sizes(u), _sizes(vh)
    inner = inverse_c * (vh * first)
    found = [
        _top(_sizes(first)),
        _top(size_v * size_l * _sizes(b)),
        _rows(_sizes(inverse_d) + size_v * size_l * size_u),
        _rows(_sizes(inverse_c)),
        _top(_sizes(inner)),
        _rows(size_l * size_u),
    ]
    reach = (1 + _rows(size_l)) * (1 + _rows(size_u)) * (1 + _rows(size_v)) * (1 + found[3])
    with np.errstate(invalid="ignore"):  # of what is beyond the range nothing is known
        return solution, interval([*found, reach * (1 + found[4] + found[0])])


def rival(
    base: NDArray, left: NDArray, right: NDArray, middle: NDArray, rhs: NDArray, *,
    symmetric: bool = False,
) -> Answer:  # fmt: skip
    """Woodbury's formula in NumPy."""
    update = read(base, left, right, middle, symmetric=symmetric)
    adjoint, first = np.conj(update.right).T, rhs / update.base[:, None]
    through = update.left / update.base[:, None]
    inner = np.linalg.solve(np.diag(1 / update.middle) + adjoint @ through, adjoint @ first)
    return (first - through @ inner,)


def audit(
    base: NDArray, left: NDArray, right: NDArray, middle: NDArray, rhs: NDArray, *,
    symmetric: bool = False,
) -> tuple[Audited, ...]:  # fmt: skip
    """mpmath's solver of the matrix written out, in sixteen times as many digits.

    Where one of the two terms is negligible in the other even those are all needed.
    """
    update = read(base, left, right, middle, symmetric=symmetric)

    def compute() -> list:
        with mpmath.workdps(16 * mpmath.mp.dps):
            numbers = [audits.matrix(x if x.ndim == 2 else np.diag(x)) for x in update]
            whole = numbers[0] + numbers[1] * numbers[3] * numbers[2].H
            return [audits.by_columns(whole, audits.matrix(rhs))]

    return audits.twice(compute, base, left, right, middle, rhs)

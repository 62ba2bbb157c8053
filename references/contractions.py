"""Exact sums of products: matrix products and what else contracts two arrays.

Each function takes the arrays and the keyword arguments of TensorFlow's call, for stacks (B, ...)
of float64 or complex128. Values are summed in double-double (references/doubledouble.py). Beside
them stand the quantities of every bound on a sum of products (Higham 2002, 3.1): `size`, the sum of
the absolute values of the products, and `terms`, how many products there are, both entry by entry;
and `top` (B,), the largest size. A member with NaN or an infinity has no answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from references import norms
from references.doubledouble import UNDERFLOW, UNIT, exact_scale, shift
from references.doubledouble import matmul as exact_product
from references.embedded import column, folded_enclosure, matrix
from references.interval import Interval, largest
from references.members import finite_members
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
Shape = tuple[int, ...]


def contracted(left: NDArray, right: NDArray, terms: int | None = None) -> Truth:
    """Left times right, (B, m, k) and (B, k, n), both real or both complex; sizes in moduli.

    `terms`: how many products of a sum are not zero by construction, k unless told.
    """
    finite = finite_members(left, right)
    keep = finite[:, None, None]
    left, right = np.where(keep, left, 0.0), np.where(keep, right, 0.0)
    wide = column if np.iscomplexobj(left) else np.asarray
    scales = exact_scale(wide(left)), exact_scale(wide(right))
    a = shift(matrix(left) if np.iscomplexobj(left) else left, -scales[0])
    b = shift(wide(right), -scales[1])
    hi, lo, radius = exact_product(a, b)
    whole = _far_from_zero(a) & _far_from_zero(b)  # nothing underflows
    radius = np.where(whole[:, None, None], radius - a.shape[2] * UNDERFLOW, radius)
    part = Enclosure(hi, lo, np.where(keep, radius, np.inf), scales[0] + scales[1])
    if np.iscomplexobj(left):
        part = folded_enclosure(part)
    count = left.shape[2] if terms is None else terms
    size = norms.scaled(_sizes(left, right, scales, whole), part.exponent)
    quantities = {
        "size": Interval(size.lower, np.where(keep, size.upper, np.inf)),
        "top": norms.known(largest(size), finite),
        "terms": Interval.exact(np.full(size.upper.shape, float(count))),
    }
    words = np.where(finite, "double-double", "not finite")
    return Truth((part,), quantities, finite, tuple(words.tolist()))


def _far_from_zero(x: Array) -> NDArray[np.bool_]:
    """Members whose entries, near 1 at most, are zero or above 2^-450: (B,)."""
    least: NDArray[np.bool_] = ((x == 0) | (np.abs(x) > 2.0**-450)).all(axis=(1, 2))
    return least


def _sizes(
    left: NDArray, right: NDArray, scales: tuple[NDArray[np.int64], ...], whole: NDArray[np.bool_]
) -> Interval:
    """|left| |right|, both scaled first, rounded outward."""
    sides = [
        np.hypot(shift(x.real, -e), shift(x.imag, -e))
        if np.iscomplexobj(x)
        else shift(np.abs(x), -e)
        for x, e in zip((left, right), scales, strict=True)
    ]
    total = sides[0] @ sides[1]
    slack = (4 * left.shape[2] + 16) * UNIT
    floor = np.where(whole, 0.0, left.shape[2] * UNDERFLOW)[:, None, None]
    return norms.clipped(Interval(total * (1 - slack) - floor, total * (1 + slack) + floor))


def shaped(truth: Truth, change: Callable[[NDArray], NDArray]) -> Truth:
    """The truth of an answer of another shape: `change` takes (B, m, n) to it."""
    part, known = truth.parts[0], truth.quantities
    sides = (change(side) for side in (part.hi, part.lo, part.radius))
    changed = {
        name: Interval(change(known[name].lower), change(known[name].upper))
        for name in ("size", "terms")
    }
    return replace(
        truth,
        parts=(Enclosure(*sides, part.exponent),),  # type: ignore[call-arg]
        quantities={**known, **changed},
    )


def matmul(
    a: NDArray,
    b: NDArray,
    *,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    level: int = 0,
) -> Truth:
    """A B of stacks (B, m, k) and (B, k, n), either of them transposed or adjoint if asked."""
    return contracted(
        turned(a, transposed=transpose_a, adjoint=adjoint_a),
        turned(b, transposed=transpose_b, adjoint=adjoint_b),
    )


def turned(a: NDArray, *, transposed: bool, adjoint: bool) -> NDArray:
    """A, A^T or A^H."""
    if not transposed and not adjoint:
        return a
    return np.swapaxes(a.conj() if adjoint else a, -1, -2)


def matvec(
    a: NDArray,
    b: NDArray,
    *,
    transpose_a: bool = False,
    adjoint_a: bool = False,
    level: int = 0,
) -> Truth:
    """A b of stacks (B, m, k) and (B, k): (B, m)."""
    left = turned(a, transposed=transpose_a, adjoint=adjoint_a)
    return shaped(contracted(left, b[:, :, None]), lambda x: x[:, :, 0])


def tensordot(
    a: NDArray, b: NDArray, *, axes: int | tuple[tuple[int, ...], ...], level: int = 0
) -> Truth:
    """The contraction of each pair of members over `axes`, which do not count the stack."""
    first, second = _axes(axes, a.ndim - 1)
    left = _with_last(a, [x + 1 for x in first])
    right = _with_last(b, [x + 1 for x in second])
    kept = (*_others(a.shape[1:], first), *_others(b.shape[1:], second))
    truth = contracted(left, np.swapaxes(right, 1, 2))
    return shaped(truth, lambda x: x.reshape(len(x), *kept))


def _axes(axes: int | tuple[tuple[int, ...], ...], rank: int) -> tuple[list[int], list[int]]:
    if isinstance(axes, int):
        return list(range(rank - axes, rank)), list(range(axes))
    return list(axes[0]), list(axes[1])


def _others(shape: Shape, axes: list[int]) -> Shape:
    return tuple(n for i, n in enumerate(shape) if i not in axes)


def _with_last(x: NDArray, axes: list[int]) -> NDArray:
    """(B, all other entries, those along the axes)."""
    kept = [i for i in range(1, x.ndim) if i not in axes]
    count = int(np.prod([x.shape[i] for i in axes], dtype=int))
    return np.transpose(x, [0, *kept, *axes]).reshape(len(x), -1, count)


def einsum(*operands: NDArray, equation: str, level: int = 0) -> Truth:
    """A sum over indices of one or two operands, the first index of all being the stack's."""
    inputs, output = equation.split("->")
    names = inputs.split(",")
    if len(operands) == 1:
        return _summed(operands[0], names[0], output)
    a, b = operands
    shared = [c for c in names[0][1:] if c in names[1][1:] and c not in output]
    if any(c in names[1] and c in output for c in names[0][1:]):
        raise ValueError(f"{equation} multiplies entry by entry")
    left = _with_last(a, [names[0].index(c) for c in shared])
    right = _with_last(b, [names[1].index(c) for c in shared])
    kept = [c for word in names for c in word[1:] if c not in shared]
    sizes = dict(zip("".join(names), (*a.shape, *b.shape), strict=True))
    truth = contracted(left, np.swapaxes(right, 1, 2))
    shape, order = [sizes[c] for c in kept], [1 + kept.index(c) for c in output[1:]]
    return shaped(truth, lambda x: x.reshape(len(x), *shape).transpose(0, *order))


def _summed(a: NDArray, name: str, output: str) -> Truth:
    """A diagonal or an axis summed up, or axes in another order."""
    if len(set(name)) < len(name):
        return trace(a)
    rest = [c for c in name[1:] if c not in output]
    left = _with_last(a, [name.index(c) for c in rest])
    kept = [c for c in name[1:] if c in output]
    shape = [a.shape[name.index(c)] for c in kept]
    order = [1 + kept.index(c) for c in output[1:]]
    ones = np.ones((len(a), left.shape[2], 1), dtype=a.dtype)
    return shaped(contracted(left, ones), lambda x: x.reshape(len(x), *shape).transpose(0, *order))


def trace(a: NDArray, *, level: int = 0) -> Truth:
    """The sums of the diagonals of (B, m, n): (B,)."""
    diagonal = np.einsum("bii->bi", a[:, : a.shape[2], : a.shape[1]])
    ones = np.ones((*diagonal.shape, 1), dtype=a.dtype)
    return shaped(contracted(diagonal[:, None, :], ones), lambda x: x[:, 0, 0])


def cross(a: NDArray, b: NDArray, *, level: int = 0) -> Truth:
    """Vector products of (B, ..., 3): the skew-symmetric matrix of a times b."""
    x, y, z = np.moveaxis(a, -1, 0)
    zero = np.zeros_like(x)
    rows = [zero, -z, y, z, zero, -x, -y, x, zero]
    skew = np.stack(rows, axis=-1).reshape(*a.shape, 3)
    count = int(np.prod(a.shape[1:-1], dtype=int))
    left = np.zeros((len(a), 3 * count, 3 * count))
    blocks = skew.reshape(len(a), count, 3, 3)
    for i in range(count):
        left[:, 3 * i : 3 * i + 3, 3 * i : 3 * i + 3] = blocks[:, i]
    truth = contracted(left, b.reshape(len(b), -1, 1), 2)
    return shaped(truth, lambda v: v.reshape(a.shape))


def tridiagonal(diagonals: NDArray) -> NDArray:
    """Matrices (B, n, n) of their diagonals (B, 3, n): above, main, below; two entries are unused.

    As TensorFlow has them: above_i stands right of the diagonal in row i, below_i left of it.
    """
    above, main, below = np.moveaxis(diagonals, 1, 0)
    n = diagonals.shape[2]
    result = np.zeros((len(diagonals), n, n), dtype=diagonals.dtype)
    i = np.arange(n)
    result[:, i, i] = main
    result[:, i[:-1], i[1:]] = above[:, :-1]
    result[:, i[1:], i[:-1]] = below[:, 1:]
    return result


def tridiagonal_matmul(diagonals: NDArray, rhs: NDArray, *, level: int = 0) -> Truth:
    """T X of the diagonals of T (B, 3, n) and X (B, n, k)."""
    return contracted(tridiagonal(diagonals), rhs, min(3, diagonals.shape[2]))


def lu_reconstruct(lower_upper: NDArray, perm: NDArray, *, level: int = 0) -> Truth:
    """P^T L U of packed factors (B, n, n) and the rows of A in the order of P (B, n), numbers."""
    lower, upper = unpacked(lower_upper)
    back = np.argsort(perm.real, axis=1, kind="stable")[:, :, None]
    truth = contracted(lower, upper)
    return shaped(truth, lambda x: np.take_along_axis(x, back, axis=1))


def unpacked(lower_upper: NDArray) -> tuple[NDArray, NDArray]:
    """L, its diagonal of ones not stored, and U, from one array (B, n, n)."""
    n = lower_upper.shape[1]
    return np.tril(lower_upper, -1) + np.eye(n, dtype=lower_upper.dtype), np.triu(lower_upper)

"""NumPy's own functions of arrays, of any entries: floats for opinions, mpmath's for audits.

One member at a time, with the arguments of TensorFlow's call on the whole stack; each gives a tuple
of arrays. What is summed at the precision of its entries is a second opinion in float32 and
float64, and an audit in numbers of a hundred digits.
"""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
from numpy.typing import NDArray

Answer = tuple[NDArray[Any], ...]


def matmul(
    a: NDArray,
    b: NDArray,
    *,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
) -> Answer:
    """op(A) op(B)."""
    left = a.T if transpose_a else conjugate(a).T if adjoint_a else a
    right = b.T if transpose_b else conjugate(b).T if adjoint_b else b
    return (np.matmul(left, right),)


def conjugate(a: NDArray) -> NDArray:
    """Conjugates, of objects too."""
    return (
        a.conj() if a.dtype != object else np.vectorize(lambda x: x.conjugate(), otypes=[object])(a)
    )


def real_parts(a: NDArray) -> NDArray:
    """Real parts, of objects too."""
    return a.real if a.dtype != object else np.vectorize(lambda x: x.real, otypes=[object])(a)


def matvec(a: NDArray, b: NDArray, *, transpose_a: bool = False, adjoint_a: bool = False) -> Answer:
    """op(A) b."""
    product = matmul(a, b[:, None], transpose_a=transpose_a, adjoint_a=adjoint_a)[0]
    return (product[:, 0],)


def tensordot(a: NDArray, b: NDArray, *, axes: Any) -> Answer:
    """Over axes that do not count the stack."""
    return (np.asarray(np.tensordot(a, b, axes=axes)),)


def einsum(*operands: NDArray, equation: str) -> Answer:
    """Without the index of the stack, which is the first of all."""
    inputs, output = equation.split("->")
    alone = ",".join(word[1:] for word in inputs.split(","))
    return (np.asarray(np.einsum(f"{alone}->{output[1:]}", *operands)),)


def trace(a: NDArray) -> Answer:
    """The sum of the diagonal."""
    return (np.asarray(np.diagonal(a).sum()),)


def cross(a: NDArray, b: NDArray) -> Answer:
    """The vector product along the last axis."""
    return (np.cross(a, b),)


def tridiagonal_matmul(diagonals: NDArray, rhs: NDArray) -> Answer:
    """Each row of T X from the three rows of X that it meets."""
    above, main, below = diagonals[:, :, None]
    result = main * rhs
    result[:-1] += above[:-1] * rhs[1:]
    result[1:] += below[1:] * rhs[:-1]
    return (result,)


def lu_reconstruct(lower_upper: NDArray, perm: NDArray) -> Answer:
    """P^T L U of packed factors."""
    n = len(lower_upper)
    lower = np.tril(lower_upper, -1) + np.eye(n, dtype=lower_upper.dtype)
    rows = np.matmul(lower, np.triu(lower_upper))
    return (rows[np.argsort(perm.astype(complex).real)],)


def norm(
    tensor: NDArray,
    *,
    ord: Any = "euclidean",  # noqa: A002 - TensorFlow's name
    axis: Any = -1,
    keepdims: bool = False,
) -> Answer:
    """By the formulas of the documentation, of entries that a power of two brings near 1."""
    axes = alone(axis)
    spectral = ord == 2 and len(axes) == 2
    size = tensor if spectral else np.abs(tensor)
    power = 0 if tensor.dtype == object else int(np.frexp(np.abs(size).max(initial=0.0))[1])
    size = _shifted(size, -power) if power else size
    with np.errstate(over="ignore", under="ignore"):
        if spectral:
            found = _spectral(size, axes)
        elif ord in (1, "inf") and len(axes) == 2:
            by, across = axes if ord == 1 else axes[::-1]
            found = size.sum(axis=by, keepdims=True).max(axis=across, keepdims=True)
        elif ord == "inf":
            found = size.max(axis=axes, keepdims=True)
        elif ord == 1:
            found = size.sum(axis=axes, keepdims=True)
        elif ord == 3:
            found = _cube_root((size * size * size).sum(axis=axes, keepdims=True))
        else:
            found = (size * size).sum(axis=axes, keepdims=True) ** 0.5
        found = np.ldexp(found, power) if power else found
    if np.iscomplexobj(tensor) and ord in ("euclidean", "fro", 2) and not spectral:
        found = found.astype(tensor.dtype)  # as TensorFlow has roots of squares
    return (found if keepdims else np.asarray(found).squeeze(axes),)


def _shifted(x: NDArray, power: int) -> NDArray:
    if not np.iscomplexobj(x):
        return np.ldexp(x, power)
    result = np.empty_like(x)
    result.real, result.imag = np.ldexp(x.real, power), np.ldexp(x.imag, power)
    return result


def _spectral(x: NDArray, axes: tuple[int, ...]) -> NDArray:
    """The largest singular value of each matrix along two axes, which stay with length 1."""
    stack = np.moveaxis(x, axes, (-2, -1))
    rest = stack.shape[:-2]
    flat = stack.reshape(-1, *stack.shape[-2:])
    if x.dtype == object:
        of = mpmath.svd_c if any(isinstance(y, mpmath.mpc) for y in x.flat) else mpmath.svd_r
        values = [max(of(mpmath.matrix(a.tolist()), compute_uv=False)) for a in flat]
        found = np.empty(len(values), dtype=object)
        found[:] = values
    else:
        found = np.linalg.svd(flat, compute_uv=False)[:, 0]
    return np.moveaxis(found.reshape(*rest, 1, 1), (-2, -1), axes)


def _cube_root(x: NDArray) -> NDArray:
    if x.dtype != object:
        return np.cbrt(x)
    return np.vectorize(mpmath.cbrt, otypes=[object])(x)


def normalize(tensor: NDArray, *, ord: Any = "euclidean", axis: Any = -1) -> Answer:  # noqa: A002
    """The quotients, and the norms."""
    (size,) = norm(tensor, ord=ord, axis=axis, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        return tensor / size, size.astype(tensor.dtype)


def global_norm(*tensors: NDArray) -> Answer:
    """Of all entries."""
    return norm(np.concatenate([x.reshape(-1) for x in tensors]), axis=-1)


def reduce_sum(input_tensor: NDArray, *, axis: Any = -1, keepdims: bool = False) -> Answer:
    """numpy.sum, by pairs."""
    return (np.asarray(input_tensor.sum(axis=alone(axis), keepdims=keepdims)),)


def reduce_mean(input_tensor: NDArray, *, axis: Any = -1, keepdims: bool = False) -> Answer:
    """numpy.sum, by pairs, over the number of terms."""
    (total,) = reduce_sum(input_tensor, axis=axis, keepdims=keepdims)
    count = input_tensor.size // max(total.size, 1)
    return (np.asarray(total / count, dtype=total.dtype),)


def cumsum(x: NDArray, *, axis: int = -1, exclusive: bool = False, reverse: bool = False) -> Answer:
    """numpy.cumsum, one term after another."""
    rows = np.moveaxis(x, alone(axis)[0], -1)
    rows = rows[..., ::-1] if reverse else rows
    total = np.cumsum(rows, axis=-1)
    if exclusive:
        total = np.concatenate([rows[..., :1] * 0, total[..., :-1]], axis=-1)
    total = total[..., ::-1] if reverse else total
    return (np.moveaxis(total, -1, alone(axis)[0]),)


def reduce_prod(input_tensor: NDArray, *, axis: Any = -1, keepdims: bool = False) -> Answer:
    """numpy.prod, one factor after another."""
    with np.errstate(over="ignore", under="ignore"):
        return (np.asarray(np.prod(input_tensor, axis=alone(axis), keepdims=keepdims)),)


def cumprod(
    x: NDArray, *, axis: int = -1, exclusive: bool = False, reverse: bool = False
) -> Answer:
    """numpy.cumprod, one factor after another."""
    rows = np.moveaxis(x, alone(axis)[0], -1)
    rows = rows[..., ::-1] if reverse else rows
    with np.errstate(over="ignore", under="ignore"):
        total = np.cumprod(rows, axis=-1)
    if exclusive:
        total = np.concatenate([rows[..., :1] * 0 + 1, total[..., :-1]], axis=-1)
    total = total[..., ::-1] if reverse else total
    return (np.moveaxis(total, -1, alone(axis)[0]),)


def alone(axis: Any) -> tuple[int, ...]:
    """Axes that count the stack as axes of one member."""
    return tuple(i - 1 if i > 0 else i for i in (axis if isinstance(axis, tuple) else (axis,)))

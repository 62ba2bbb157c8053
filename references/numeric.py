"""NumPy's own functions of arrays, of any entries: floats for opinions, mpmath's for audits.

One member at a time, with the arguments of TensorFlow's call on the whole stack; each gives a tuple
of arrays. What is summed at the precision of its entries is a second opinion in float32 and
float64, and an audit in numbers of a hundred digits.
"""

from __future__ import annotations

from typing import Any

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

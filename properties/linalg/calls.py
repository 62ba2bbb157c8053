"""Calls of tf.linalg that take more than a stack: equations, pairs, permutations as numbers.

The child process runs this module: it needs TensorFlow and NumPy only. What crosses is floating
point alone, so permutations arrive and leave as numbers of the dtype, and complex answers to real
matrices as real and imaginary parts.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import tensorflow as tf

Tensor = Any  # tf.Tensor; TensorFlow ships no types


def einsum(*operands: Tensor, equation: str) -> Tensor:
    """tf.einsum over stacks."""
    return tf.einsum(equation, *operands)


def tensordot(a: Tensor, b: Tensor, *, axes: Any) -> Tensor:
    """tf.tensordot of each pair of members: it knows no stacks."""
    return tf.map_fn(
        lambda pair: tf.tensordot(*pair, axes=axes), (a, b), fn_output_signature=a.dtype
    )


def lu(a: Tensor) -> tuple[Tensor, Tensor]:
    """tf.linalg.lu, the permutation as numbers."""
    factors, order = tf.linalg.lu(a)
    return factors, tf.cast(order, a.dtype)


def lu_reconstruct(lower_upper: Tensor, perm: Tensor) -> Tensor:
    """tf.linalg.lu_reconstruct of a permutation given as numbers."""
    return tf.linalg.lu_reconstruct(lower_upper, _whole(perm))


def lu_solve(lower_upper: Tensor, perm: Tensor, rhs: Tensor) -> Tensor:
    """tf.linalg.lu_solve of a permutation given as numbers."""
    return tf.linalg.lu_solve(lower_upper, _whole(perm), rhs)


def lu_matrix_inverse(lower_upper: Tensor, perm: Tensor) -> Tensor:
    """tf.linalg.lu_matrix_inverse of a permutation given as numbers."""
    return tf.linalg.lu_matrix_inverse(lower_upper, _whole(perm))


def norm(tensor: Tensor, *, ord: Any, axis: Any) -> Tensor:  # noqa: A002 - TensorFlow's name
    """tf.norm, the largest entry being the norm "inf"."""
    return tf.norm(tensor, ord=np.inf if ord == "inf" else ord, axis=axis)


def normalize(tensor: Tensor, *, ord: Any, axis: Any) -> tuple[Tensor, Tensor]:  # noqa: A002
    """tf.linalg.normalize, the same."""
    return tf.linalg.normalize(tensor, ord=np.inf if ord == "inf" else ord, axis=axis)


def global_norm(*tensors: Tensor) -> Tensor:
    """tf.linalg.global_norm of each list of members: it knows no stacks."""
    return tf.map_fn(
        lambda members: tf.linalg.global_norm(list(members)),
        tensors,
        fn_output_signature=tensors[0].dtype,
    )


def eig(a: Tensor) -> tuple[Tensor, ...]:
    """tf.linalg.eig in parts: values, then vectors."""
    values, vectors = tf.linalg.eig(a)
    return *_parts(values), *_parts(vectors)


def eigvals(a: Tensor) -> tuple[Tensor, ...]:
    """tf.linalg.eigvals in parts."""
    return _parts(tf.linalg.eigvals(a))


def _parts(x: Tensor) -> tuple[Tensor, Tensor]:
    return tf.math.real(x), tf.math.imag(x)


def _whole(perm: Tensor) -> Tensor:
    return tf.cast(tf.math.real(perm), tf.int32)


def matrix_rank(a: Tensor, *, tol: float | None = None) -> Tensor:
    """tf.linalg.matrix_rank, as a number of the dtype."""
    return tf.cast(tf.linalg.matrix_rank(a, tol=tol), a.dtype)


def _each_bisected(alpha: Tensor, beta: Tensor) -> Tensor:
    return tf.map_fn(
        lambda pair: tf.linalg.eigh_tridiagonal(*pair),
        (alpha, beta),
        fn_output_signature=alpha.dtype.real_dtype,
    )


def eigh_tridiagonal(alpha: Tensor, beta: Tensor) -> Tensor:
    """tf.linalg.eigh_tridiagonal of each pair of members: it knows no stacks.

    Always as a graph, for eager execution of its loops takes a tenth of a second a member; one for
    each size serves all stacks, for it takes most of a second to trace.
    """
    return _bisected(alpha.dtype, alpha.shape[1], beta.shape[1])(alpha, beta)


@cache
def _bisected(dtype: Any, *sizes: int) -> Any:
    stacks = [tf.TensorSpec((None, size), dtype) for size in sizes]
    return tf.function(_each_bisected, stacks, autograph=False)


def householder(v: Tensor, x: Tensor) -> Tensor:
    """tf.linalg.LinearOperatorHouseholder of vectors, times vectors."""
    return tf.linalg.LinearOperatorHouseholder(v).matvec(x)

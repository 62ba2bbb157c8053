"""Calls of tf.linalg that take more than a stack: equations, pairs, permutations as numbers.

The child process runs this module: it needs TensorFlow and NumPy only. What crosses is floating
point alone, so permutations arrive and leave as numbers of the dtype, and complex answers to real
matrices as real and imaginary parts.
"""

from __future__ import annotations

from typing import Any

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


def _whole(perm: Tensor) -> Tensor:
    return tf.cast(tf.math.real(perm), tf.int32)

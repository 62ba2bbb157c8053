"""Calls of linear operators, each of which is made anew of arrays.

The child process runs this module: it needs TensorFlow and NumPy only.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

Tensor = Any  # tf.Tensor; TensorFlow ships no types


def circulant(kernel: Tensor, x: Tensor) -> Tensor:
    """The product of circulant matrices, of their kernels (B, n), and matrices."""
    return _circulant(kernel).matmul(x)


def circulant_solve(kernel: Tensor, rhs: Tensor) -> Tensor:
    """The solution of systems with circulant matrices."""
    return _circulant(kernel).solve(rhs)


def circulant_2d(kernel: Tensor, x: Tensor) -> Tensor:
    """The same product, of kernels (B, m, n)."""
    spectrum = tf.signal.fft2d(_complex(kernel))
    return tf.linalg.LinearOperatorCirculant2D(spectrum, x.dtype).matmul(x)


def circulant_3d(kernel: Tensor, x: Tensor) -> Tensor:
    """The same product, of kernels (B, l, m, n)."""
    spectrum = tf.signal.fft3d(_complex(kernel))
    return tf.linalg.LinearOperatorCirculant3D(spectrum, x.dtype).matmul(x)


def toeplitz(diagonals: Tensor, x: Tensor) -> Tensor:
    """The product of Toeplitz matrices, of their diagonals from the upper right, and matrices."""
    n = x.shape[-2]
    column, row = diagonals[..., n - 1 :], tf.reverse(diagonals[..., :n], [-1])
    return tf.linalg.LinearOperatorToeplitz(column, row).matmul(x)


def _circulant(kernel: Tensor) -> Any:
    spectrum = tf.signal.fft(_complex(kernel))
    return tf.linalg.LinearOperatorCirculant(spectrum, kernel.dtype)


def _complex(kernel: Tensor) -> Tensor:
    double = kernel.dtype in (tf.float64, tf.complex128)
    return tf.cast(kernel, tf.complex128 if double else tf.complex64)


def kronecker(*inputs: Tensor) -> Tensor:
    """The product of Kronecker products of the first inputs, and matrices, the last one."""
    *factors, x = inputs
    operators = [tf.linalg.LinearOperatorFullMatrix(a) for a in factors]
    return tf.linalg.LinearOperatorKronecker(operators).matmul(x)


def block_lower_triangular(a: Tensor, rhs: Tensor, *, blocks: tuple[int, ...]) -> Tensor:
    """The solution of systems with matrices whose blocks above the diagonal are not read."""
    operators = [
        [tf.linalg.LinearOperatorFullMatrix(block) for block in tf.split(row, blocks, -1)[: i + 1]]
        for i, row in enumerate(tf.split(a, blocks, -2))
    ]
    return tf.linalg.LinearOperatorBlockLowerTriangular(operators).solve(rhs)


def low_rank_update(
    base: Tensor, left: Tensor, right: Tensor, middle: Tensor, rhs: Tensor, *, symmetric: bool
) -> Tensor:
    """The solution of systems with diagonal matrices that are updated by one of low rank.

    `symmetric`: with absolute values of the real parts of both diagonals and without `right`, told
    to be positive definite, so that Cholesky factors are taken.
    """
    if symmetric:
        base, middle = (tf.cast(tf.abs(tf.math.real(x)), x.dtype) for x in (base, middle))
    told = {"is_self_adjoint": True, "is_positive_definite": True} if symmetric else {}
    return tf.linalg.LinearOperatorLowRankUpdate(
        tf.linalg.LinearOperatorDiag(base, **told),
        left,
        diag_update=middle,
        v=None if symmetric else right,
        is_diag_update_positive=True if symmetric else None,
        **told,
    ).solve(rhs)


def conjugate_gradient(
    a: Tensor, rhs: Tensor, *, tol: float, max_iter: int
) -> tuple[Tensor, Tensor]:
    """The iterates x and r of systems with one right-hand side each, (B, n, 1), where they end.

    Each member by itself: of a stack, those that are done are iterated on, into 0/0.
    """
    return tf.map_fn(
        lambda pair: conjugate_gradients(*pair, tol=tol, max_iter=max_iter),
        (a, rhs),
        fn_output_signature=(a.dtype, a.dtype),
    )


def conjugate_gradients(
    a: Tensor, rhs: Tensor, *, tol: float, max_iter: int
) -> tuple[Tensor, Tensor]:
    """The same of a whole stack at once."""
    operator = tf.linalg.LinearOperatorFullMatrix(
        a, is_self_adjoint=True, is_positive_definite=True
    )
    state = tf.linalg.experimental.conjugate_gradient(
        operator, rhs[..., 0], tol=tol, max_iter=max_iter
    )
    return state.x[..., None], state.r[..., None]

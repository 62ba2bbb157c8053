"""Gradients of tf.linalg by a tape: what comes from above is given, or that of a named function.

The child process runs this module: it needs TensorFlow only. A tape differentiates the sum of all
members, so each gets its own derivative.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import tensorflow as tf

Tensor = Any  # tf.Tensor; TensorFlow ships no types


def inv(a: Tensor, above: Tensor) -> Tensor:
    """What `above` becomes on its way through tf.linalg.inv."""
    return _pulled(tf.linalg.inv, a, lambda _: above)


def solve(a: Tensor, rhs: Tensor) -> tuple[Tensor, Tensor]:
    """What the right-hand side, from above, becomes on its way through tf.linalg.solve."""
    with tf.GradientTape() as tape:
        tape.watch([a, rhs])
        solution = tf.linalg.solve(a, rhs)
    return tuple(tape.gradient(solution, [a, rhs], output_gradients=tf.identity(rhs)))


def det(a: Tensor) -> Tensor:
    """The gradient of tf.linalg.det."""
    return _pulled(tf.linalg.det, a)


def slogdet(a: Tensor) -> Tensor:
    """The gradient of the logarithm of tf.linalg.slogdet."""
    return _pulled(lambda x: tf.linalg.slogdet(x)[1], a)


def logdet(a: Tensor) -> Tensor:
    """The gradient of tf.linalg.logdet."""
    return _pulled(tf.linalg.logdet, a)


def cholesky(a: Tensor, above: Tensor) -> Tensor:
    """What `above` becomes on its way through tf.linalg.cholesky."""
    return _pulled(tf.linalg.cholesky, a, lambda _: above)


def sqrtm(a: Tensor, above: Tensor) -> Tensor:
    """What `above` becomes on its way through tf.linalg.sqrtm."""
    return _pulled(tf.linalg.sqrtm, a, lambda _: above)


def eigvalsh(a: Tensor) -> Tensor:
    """The gradient of half the sum of squares of tf.linalg.eigvalsh."""
    return _pulled(tf.linalg.eigvalsh, a, lambda values: values)


def eig(a: Tensor, *, vectors: bool) -> Tensor:
    """The gradient of half the sum of |w|^2 of tf.linalg.eigvals, or of the values of eig."""
    values = (lambda x: tf.linalg.eig(x)[0]) if vectors else tf.linalg.eigvals
    return _pulled(values, a, lambda found: found)


def eigh_tridiagonal(alpha: Tensor, beta: Tensor) -> tuple[Tensor, Tensor]:
    """The gradients of half the sum of squares of tf.linalg.eigh_tridiagonal, by members.

    Always as a graph, as properties/linalg/calls.py has its values.
    """
    return tuple(_bisected(alpha.dtype, alpha.shape[1], beta.shape[1])(alpha, beta))


@cache
def _bisected(dtype: Any, *sizes: int) -> Any:
    def both(pair: tuple[Tensor, Tensor]) -> tuple[Tensor, ...]:
        with tf.GradientTape() as tape:
            tape.watch(pair)
            values = tf.linalg.eigh_tridiagonal(*pair)
        return tuple(tape.gradient(values, pair, output_gradients=values))

    def each(alpha: Tensor, beta: Tensor) -> tuple[Tensor, ...]:
        return tf.map_fn(both, (alpha, beta), fn_output_signature=(dtype, dtype))

    stacks = [tf.TensorSpec((None, size), dtype) for size in sizes]
    return tf.function(each, stacks, autograph=False)


def nuclear(a: Tensor, *, compute_uv: bool) -> Tensor:
    """The gradient of the sum of singular values of tf.linalg.svd."""

    def values(x: Tensor) -> Tensor:
        found = tf.linalg.svd(x, compute_uv=compute_uv)
        return found[0] if compute_uv else found

    return _pulled(values, a)


def projector(a: Tensor, above: Tensor, *, half: bool) -> Tensor:
    """What `above` becomes on its way through V V^T, V the first vectors of tf.linalg.eigh.

    Of the smaller half of the eigenvalues, or of the smallest alone.
    """
    count = max(1, a.shape[-1] // 2) if half else 1

    def projected(x: Tensor) -> Tensor:
        vectors = tf.linalg.eigh(x)[1][..., :count]
        return tf.linalg.matmul(vectors, vectors, transpose_b=True)

    return _pulled(projected, a, lambda _: above)


def polar(a: Tensor, above: Tensor) -> Tensor:
    """What `above` becomes on its way through U V^T of tf.linalg.svd."""

    def product(x: Tensor) -> Tensor:
        _, u, v = tf.linalg.svd(x)
        return tf.linalg.matmul(u, v, transpose_b=True)

    return _pulled(product, a, lambda _: above)


def pinv(a: Tensor) -> Tensor:
    """The gradient of the sum of the entries of tf.linalg.pinv."""
    return _pulled(tf.linalg.pinv, a)


def qr(a: Tensor) -> Tensor:
    """The gradient of the sum of the logarithms of |r_ii| of tf.linalg.qr."""
    return _pulled(lambda x: tf.math.log(tf.abs(tf.linalg.diag_part(tf.linalg.qr(x)[1]))), a)


def expm(a: Tensor, above: Tensor) -> Tensor:
    """What `above` becomes on its way through tf.linalg.expm."""
    return _pulled(tf.linalg.expm, a, lambda _: above)


def lstsq(a: Tensor, rhs: Tensor, above: Tensor, *, l2_regularizer: float) -> tuple[Tensor, Tensor]:
    """What `above` becomes on its way through tf.linalg.lstsq by normal equations."""
    with tf.GradientTape() as tape:
        tape.watch([a, rhs])
        solution = tf.linalg.lstsq(a, rhs, l2_regularizer=l2_regularizer)
    return tuple(tape.gradient(solution, [a, rhs], output_gradients=above))


def triangular_solve(
    matrix: Tensor, rhs: Tensor, above: Tensor, **ways: bool
) -> tuple[Tensor, ...]:
    """What `above` becomes on its way through tf.linalg.triangular_solve, and the solution."""
    return _through_solution(
        lambda a, b: tf.linalg.triangular_solve(a, b, **ways), (matrix, rhs), above
    )


def banded_triangular_solve(
    bands: Tensor, rhs: Tensor, above: Tensor, **ways: bool
) -> tuple[Tensor, ...]:
    """The same of tf.linalg.banded_triangular_solve."""
    return _through_solution(
        lambda a, b: tf.linalg.banded_triangular_solve(a, b, **ways), (bands, rhs), above
    )


def tridiagonal_solve(
    diagonals: Tensor,
    rhs: Tensor,
    above: Tensor,
    *,
    partial_pivoting: bool = True,
    diagonals_format: str = "compact",
) -> tuple[Tensor, ...]:
    """The same of tf.linalg.tridiagonal_solve, of diagonals as one array, three, or a matrix."""

    def solved(d: Tensor, b: Tensor) -> Tensor:
        forms = {
            "compact": lambda: d,
            "sequence": lambda: tuple(tf.unstack(d, axis=-2)),
            "matrix": lambda: tf.linalg.diag(d, k=(-1, 1), align="LEFT_RIGHT"),
        }
        return tf.linalg.tridiagonal_solve(
            forms[diagonals_format](), b, diagonals_format, partial_pivoting=partial_pivoting
        )

    return _through_solution(solved, (diagonals, rhs), above)


def cholesky_solve(chol: Tensor, rhs: Tensor, above: Tensor) -> tuple[Tensor, ...]:
    """The same of tf.linalg.cholesky_solve."""
    return _through_solution(tf.linalg.cholesky_solve, (chol, rhs), above)


def lu_solve(lower_upper: Tensor, perm: Tensor, rhs: Tensor, above: Tensor) -> tuple[Tensor, ...]:
    """The same of tf.linalg.lu_solve, of a permutation given as numbers."""
    order = tf.cast(tf.math.real(perm), tf.int32)
    return _through_solution(
        lambda factors, b: tf.linalg.lu_solve(factors, order, b), (lower_upper, rhs), above
    )


def norm(tensor: Tensor, *, ord: Any, axis: Any) -> Tensor:  # noqa: A002 - TensorFlow's name
    """The gradient of the sum of tf.norm along an axis or two, the largest entry being "inf"."""
    order = float("inf") if ord == "inf" else ord
    return _pulled(lambda x: tf.norm(x, ord=order, axis=axis), tensor)


def _through_solution(
    function: Callable[[Tensor, Tensor], Tensor], inputs: tuple[Tensor, Tensor], above: Tensor
) -> tuple[Tensor, ...]:
    """What both inputs get of what comes from above of a solution, and the solution."""
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        solution = function(*inputs)
    return *tape.gradient(solution, inputs, output_gradients=above), solution


def _pulled(function: Callable[[Tensor], Tensor], a: Tensor, above: Any = None) -> Tensor:
    """The gradient of a function, given what comes from above of its value: ones unless told."""
    with tf.GradientTape() as tape:
        tape.watch(a)
        value = function(a)
    return tape.gradient(value, a, output_gradients=above(value) if above else None)

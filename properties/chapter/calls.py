"""What the chapter writes in TensorFlow, over stacks: its one-liners and its algorithms.

The child process runs this module: it needs TensorFlow and NumPy only. The first axis is the
stack's; a loop of a fixed number of steps is `tf.while_loop`, which compiles as one step does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

Tensor = Any  # tf.Tensor; TensorFlow ships no types


def three_times_less(x: Tensor, y: Tensor) -> Tensor:
    """(x + x + x) - y, which the chapter asks whether it is zero."""
    return (x + x + x) - y


def softmax_as_printed(x: Tensor) -> Tensor:
    """exp(x) over its sum, along the last axis."""
    numerator = tf.math.exp(x)
    return tf.divide(numerator, tf.math.reduce_sum(numerator, axis=-1, keepdims=True))


def softmax_of_differences(x: Tensor) -> Tensor:
    """The same of x less its largest entry."""
    return softmax_as_printed(x - tf.math.reduce_max(x, axis=-1, keepdims=True))


def inverse_times(a: Tensor, b: Tensor) -> Tensor:
    """A^-1 b by way of the inverse: a (B, n, n), b (B, n, k)."""
    return tf.linalg.matmul(tf.linalg.inv(a), b)


def condition(a: Tensor) -> Tensor:
    """||A|| ||A^-1|| in the Frobenius norm, which tf.norm is of a matrix: (B, n, n) to (B,)."""
    sizes = [tf.norm(part, axis=(-2, -1)) for part in (a, tf.linalg.inv(a))]
    return tf.math.multiply(*sizes)


def normal_equations(a: Tensor, b: Tensor) -> Tensor:
    """(A^T A)^-1 A^T b, multiplied from the left as the chapter does: a (B, m, n), b (B, m, k)."""
    inverse = tf.linalg.inv(tf.matmul(a, a, transpose_a=True))
    return tf.matmul(tf.matmul(inverse, a, transpose_b=True), b)


def column_sums(points: Tensor) -> Tensor:
    """What the chapter prints as the Hessian of x^3 - 2xy - y^6 at points (B, 2).

    The gradient of a Jacobian adds the Hessian up along its columns.
    """
    with tf.GradientTape() as outer:
        outer.watch(points)
        with tf.GradientTape() as inner:
            inner.watch(points)
            x, y = points[:, 0], points[:, 1]
            out = tf.pow(x, 3) - 2 * x * y - tf.pow(y, 6)
        jacobian = inner.gradient(out, points)
    return outer.gradient(jacobian, points)


def bowl_descent(x: Tensor, y: Tensor, rate: Tensor, *, steps: int) -> Tensor:
    """Gradient descent on x^2 + y^2 + x sin y + y sin x along x alone: all are (B, n)."""

    def gradient(x: Tensor) -> Tensor:
        with tf.GradientTape() as tape:
            tape.watch(x)
            squares = tf.pow(x, 2) + tf.pow(y, 2)
            out = squares + tf.multiply(x, tf.math.sin(y)) + tf.multiply(y, tf.math.sin(x))
        return tape.gradient(out, x)

    return _repeated(lambda x: x - rate * gradient(x), x, steps)


def bowl_path(x: Tensor, y: Tensor, rate: Tensor, *, at: Sequence[int]) -> Tensor:
    """x after each number of steps in `at`: (B, n) becomes (B, n, len(at))."""
    return tf.stack([bowl_descent(x, y, rate, steps=steps) for steps in at], axis=-1)


def descent(a: Tensor, b: Tensor, x: Tensor, rate: Tensor, *, steps: int) -> Tensor:
    """Gradient descent on x^T A x/2 - b^T x: a (B, n, n), b and x (B, n, 1), rate (B, 1, 1)."""
    return _repeated(lambda x: x - rate * _slope(a, b, x), x, steps)


def newton(a: Tensor, b: Tensor, x: Tensor) -> Tensor:
    """One step of Newton's method on the same function, gradient and Hessian by tapes."""
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        gradient = _slope(a, b, x)
    # without pfor, which converts the tape anew in every eager call
    hessian = tape.batch_jacobian(gradient, x, experimental_use_pfor=False)[:, :, 0, :, 0]
    return x - tf.linalg.solve(hessian, gradient)


def _slope(a: Tensor, b: Tensor, x: Tensor) -> Tensor:
    """The gradient of x^T A x/2 - b^T x by x, by a tape."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        out = 0.5 * tf.reduce_sum(x * tf.matmul(a, x)) - tf.reduce_sum(b * x)
    return tape.gradient(out, x)


def _repeated(step: Callable[[Tensor], Tensor], x: Tensor, steps: int) -> Tensor:
    """A step taken again and again."""
    _, x = tf.while_loop(
        lambda i, _: i < steps, lambda i, x: (i + 1, step(x)), (tf.constant(0), x),
        maximum_iterations=steps,
    )  # fmt: skip
    return x


def optimal_step(a: Tensor, b: Tensor, x: Tensor) -> Tensor:
    """g^T g / g^T A g with the gradient g, by a tape: the best step of the Taylor expansion."""
    g = _slope(a, b, x)
    return tf.matmul(g, g, transpose_a=True) / tf.matmul(g, tf.matmul(a, g), transpose_a=True)


def multiplier_ascent(a: Tensor, b: Tensor, rate: Tensor, *, steps: int) -> Tensor:
    """Least squares with x^T x <= 1: the multiplier l after so many steps uphill from 0.

    Each solves (A^T A + 2 l I) x = A^T b by Cholesky factors and adds rate (x^T x - 1) to l, which
    stays at least 0: a (B, m, n), b (B, m, 1), rate (B, 1, 1). Gives l, (B, 1, 1).
    """
    gram, side = tf.matmul(a, a, transpose_a=True), tf.matmul(a, b, transpose_a=True)
    identity = tf.eye(a.shape[2], dtype=a.dtype)

    def step(multiplier: Tensor) -> Tensor:
        factor = tf.linalg.cholesky(gram + 2 * multiplier * identity)
        x = tf.linalg.cholesky_solve(factor, side)
        excess = tf.matmul(x, x, transpose_a=True) - 1
        return tf.maximum(multiplier + rate * excess, 0)

    return _repeated(step, tf.zeros_like(rate), steps)


def decimal_sum(i: Tensor, j: Tensor) -> tuple[Tensor, Tensor]:
    """i/10 + j/10 of whole numbers (B, n), as it is and rounded to one decimal afterwards."""
    ten = tf.constant(10, i.dtype)
    total = i / ten + j / ten
    return total, tf.round(total * ten) / ten


def gradient_change(a: Tensor, b: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """The gradient of x^T A x/2 - b^T x at x less that at y, both by tapes."""
    return _slope(a, b, x) - _slope(a, b, y)

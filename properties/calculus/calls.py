"""Jacobians and Hessians of expression trees, every way that TensorFlow offers.

The child process runs this module: it needs TensorFlow and NumPy only. A tree becomes the Python
source that a bug report would print, and that source is what runs. The members of a stack of
points are independent, so one trace serves the stack: the gradient of a sum over members is the
stack of the members' own gradients, exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import tensorflow as tf

from references.operations import Tree, source

Tensor = Any  # tf.Tensor; TensorFlow ships no types


@lru_cache(maxsize=256)
def function(tree: Tree) -> Callable[[Tensor], Tensor]:
    """The tree as a function from points (B, n) to values (B, m)."""
    code = compile(f"lambda tf, x, constant: {source(tree)}", "<tree>", "eval")
    body = eval(code, {"__builtins__": {}})
    return lambda x: body(tf, x, lambda value: tf.constant(value, x.dtype))


def jacobian(points: Tensor, *, tree: Tree, path: str = "batch_jacobian") -> Tensor:
    """d tree_i / d x_j for points (B, n): (B, m, n).

    `path` "batch_jacobian" asks the tape for it; "jacobian" takes `tape.jacobian` of the sum over
    the members, (m, B, n), and turns it around; ValueError for any other path.
    """
    if path not in ("batch_jacobian", "jacobian"):
        raise ValueError(f"no such path: {path}")
    with tf.GradientTape() as tape:
        tape.watch(points)
        values = function(tree)(points)
        total = tf.reduce_sum(values, axis=0) if path == "jacobian" else None
    if total is None:
        return tape.batch_jacobian(values, points)
    rows = tape.jacobian(total, points, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return tf.transpose(rows, [1, 0, 2])


def hessian(points: Tensor, *, tree: Tree, path: str = "nested tapes") -> Tensor:
    """d2 tree / d x_i d x_j of a scalar tree for points (B, n): (B, n, n).

    `path` "nested tapes" takes `batch_jacobian` of a gradient; "forward over reverse" takes the
    directional derivatives of the gradient along each input, all in one forward accumulator;
    ValueError for any other path.
    """
    if path == "nested tapes":
        with tf.GradientTape() as outer:
            outer.watch(points)
            gradient = _gradient(points, tree)
        return outer.batch_jacobian(gradient, points)
    if path != "forward over reverse":
        raise ValueError(f"no such path: {path}")
    # Every point once for each input, with a tangent along it: the trace does not grow with n.
    count, n = points.shape
    spread = tf.repeat(points, n, axis=0)
    tangents = tf.tile(tf.eye(n, dtype=points.dtype), [count, 1])
    with tf.autodiff.ForwardAccumulator(spread, tangents) as accumulator:
        gradient = _gradient(spread, tree)
    columns = accumulator.jvp(gradient, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return tf.linalg.matrix_transpose(tf.reshape(columns, [count, n, n]))


def _gradient(points: Tensor, tree: Tree) -> Tensor:
    with tf.GradientTape() as tape:
        tape.watch(points)
        values = function(tree)(points)
    return tape.gradient(values, points, unconnected_gradients=tf.UnconnectedGradients.ZERO)

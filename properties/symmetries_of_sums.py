"""Symmetries of sums, norms, moments and losses, for the table in properties/symmetries.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from properties.planted import Call, rows_of
from properties.symmetry import Symmetry, scaling

OPPOSITE = "minus x, and what is left of a target to one: the same two terms, of the other class"
TRANSPOSED = "a matrix and its transpose have the same singular values"


def _complement_exact(call: Call) -> NDArray[np.bool_]:
    """Members of which one less each target, and that taken from one again, rounds nothing."""
    targets = call.problem.inputs[0]
    other = 1.0 - targets
    held = (call.dtype.round(other) == other) & (1.0 - other == targets)
    return np.asarray(rows_of(np.asarray(held)).all(axis=1))


def _swapped(array: NDArray[Any]) -> NDArray[Any]:
    return np.ascontiguousarray(np.swapaxes(array, -1, -2))


LINEAR = scaling((1,), (1,))
SQUARED = scaling((1,), (2,))
SLOPE = scaling((1, 2), (2,))  # of an answer that is as large as the array, by the array
PRODUCT = scaling((1, 2), (3,))
# Gradients of what is linear: copies, sums and shares of what comes from above; products of it.
COPIED = (
    "linalg.adjoint.gradient", "linalg.band_part.gradient", "linalg.diag.gradient",
    "linalg.diag_part.gradient", "linalg.matrix_transpose.gradient",
    "linalg.set_diag.gradient_diagonal", "linalg.set_diag.gradient_input",
    "linalg.trace.gradient", "math.cumsum.gradient", "math.reduce_mean.gradient",
    "math.reduce_sum.gradient", "math.segment_mean.gradient", "math.segment_sum.gradient",
    "math.unsorted_segment_mean.gradient", "math.unsorted_segment_sqrt_n.gradient",
    "math.unsorted_segment_sum.gradient",
)  # fmt: skip
MULTIPLIED = (
    "linalg.cross.gradient_a", "linalg.cross.gradient_b", "linalg.einsum.gradient_second",
    "linalg.matmul.gradient_a", "linalg.matmul.gradient_b", "linalg.matvec.gradient_a",
    "linalg.matvec.gradient_b", "linalg.tensordot.gradient_a", "linalg.tensordot.gradient_b",
    "linalg.tridiagonal_matmul.gradient_diagonals", "linalg.tridiagonal_matmul.gradient_rhs",
)  # fmt: skip
PICKED = (
    "math.segment_max.gradient", "math.segment_min.gradient",
    "math.unsorted_segment_max.gradient", "math.unsorted_segment_min.gradient",
)  # fmt: skip
OF_SUMS: Mapping[str, tuple[Symmetry, ...]] = {
    "linalg.spectral_norm": (
        Symmetry("transposed", lambda x: (_swapped(x[0]),), lambda y, _: y, TRANSPOSED),
    ),
    **dict.fromkeys(COPIED, (LINEAR,)),
    **dict.fromkeys(MULTIPLIED, (PRODUCT,)),
    **dict.fromkeys(PICKED, (SLOPE,)),
    "math.cumsum": (LINEAR,),
    "math.reduce_std": (LINEAR,),
    "math.reduce_variance": (SQUARED,),
    "math.reduce_euclidean_norm": (LINEAR,),
    "math.reduce_std.gradient": (SLOPE,),
    "math.reduce_variance.gradient": (scaling((1, 2), (3,)),),
    "math.reduce_euclidean_norm.gradient": (SLOPE,),
    "math.reduce_max.gradient": (SLOPE,),
    "math.reduce_min.gradient": (SLOPE,),
    "math.segment_sum": (LINEAR,),
    "math.segment_mean": (LINEAR,),
    "math.unsorted_segment_sum": (LINEAR,),
    "math.bincount": (LINEAR,),
    "math.unsorted_segment_mean": (LINEAR,),
    "nn.moments": (scaling((1,), (1, 2)),),
    "nn.moments.gradient": (scaling((1, 3, 2), (3,)),),
    "nn.conv1d.gradient_filter": (PRODUCT,),
    "nn.conv2d.gradient_filter": (PRODUCT,),
    "nn.conv3d.gradient_filter": (PRODUCT,),
    "nn.avg_pool.gradient": (SLOPE,),
    "nn.max_pool.gradient": (SLOPE,),
    "nn.max_pool_with_argmax.gradient": (SLOPE,),
    "nn.dilation2d.gradient": (scaling((1, 1, 2), (2, 2)),),
    "nn.isotonic_regression.gradient": (SLOPE,),
    "nn.l2_loss": (SQUARED,),
    "nn.sigmoid_cross_entropy_with_logits": (
        Symmetry("opposite", lambda x: (1.0 - x[0], -x[1]), lambda y, _: y, OPPOSITE,
                 exact=_complement_exact),
    ),
}  # fmt: skip

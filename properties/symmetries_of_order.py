"""Symmetries of order and of sign: entries the other way round, transposes, odd and even functions.

For the table in properties/symmetries.py. To reverse every axis but that of the stack is a
permutation, exact for any input: P A Q, P and Q reversals. What sums, products, norms, spectra and
shares of entries say of A they say of P A Q, and each bound that is named here is of sizes, norms
and condition numbers, which are those of A. So bits are not promised, for sums run the other way,
but every claim is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from properties.planted import Call, rows_of
from properties.symmetry import Stack, Stacks, Symmetry, in_the_middle, scaling

REVERSED = "entries in reverse order along every axis: the same sums, norms and shares, in order"
TURNED = "P A P', P the reversal, has the spectrum and the norms of A"
BOTH = "P A Q, P and Q reversals, has the singular values and the norms of A"
TRANSPOSED = "the transpose has the norms and singular values of the matrix"
ODD = "the function is odd: f(-x) = -f(x)"
EVEN = "the function is even: f(-x) = f(x)"
SQUARED = "eigenvalues of a tridiagonal matrix depend on its couplings by their moduli alone"
ROWS = "rows of a system in another order: the same unknowns, the same condition"
MOVED = "a logit that all others move with is of no account"


def flipped(array: Stack) -> Stack:
    """Every axis of each member reversed."""
    return np.flip(array, tuple(range(1, array.ndim)))


def _all(arrays: Stacks) -> Stacks:
    return tuple(map(flipped, arrays))


def _swapped(array: Stack) -> Stack:
    return np.ascontiguousarray(np.swapaxes(array, -1, -2))


def _vectors(answers: Stacks) -> Stacks:
    """Values as they are, and the rows of what vectors there are reversed."""
    first, *rest = answers
    return first, *(np.flip(array, -2) for array in rest)


def _other_classes(x: Stacks) -> Stacks:
    """Classes counted from the end, and the logits of each in that place."""
    return flipped(x[1].shape[-1] - 1 - x[0]), flipped(x[1])


def _whole(array: Stack) -> Stack:
    """The matrix that its lower triangle stands for, which alone is read."""
    return np.tril(array) + np.swapaxes(np.tril(array, -1), -1, -2).conj()


def _largest(x: Stack) -> Stack:
    most: Stack = x.max(axis=tuple(range(1, x.ndim)), keepdims=True)
    return most


def _moves_exactly(call: Call) -> NDArray[np.bool_]:
    x = call.problem.inputs[1]
    moved = x - _largest(x)
    with np.errstate(over="ignore"):
        held = (call.dtype.round(moved) == moved) & (moved + _largest(x) == x)
    return np.asarray(rows_of(np.asarray(held)).all(axis=1))


def _longer_than_epsilon(call: Call) -> NDArray[np.bool_]:
    """Members whose vectors all have a square of their length well above epsilon."""
    axis, epsilon = call.problem.arguments["axis"], call.problem.arguments["epsilon"]
    squares = (np.abs(call.problem.inputs[0]) ** 2).sum(axis=axis, keepdims=True)
    long = rows_of(squares > 2 * epsilon).all(axis=1)
    return np.asarray(in_the_middle(call) & long)


def _without_powers(call: Call) -> NDArray[np.bool_]:
    """Of order 3 powers are taken through logarithms, which do not commute with powers of two."""
    return in_the_middle(call) & (call.problem.arguments["ord"] != 3)


reverse = Symmetry("entries reversed", _all, lambda y, _: _all(y), REVERSED)
turned = Symmetry("turned", _all, lambda y, _: _all(y), TURNED)
same_value = Symmetry("turned", _all, lambda y, _: y, TURNED)
both = Symmetry("turned", _all, lambda y, _: _all(y), BOTH)
transposed = Symmetry(
    "transposed", lambda x: (_swapped(x[0]),), lambda y, _: (_swapped(y[0]),), TRANSPOSED
)
rank = Symmetry("transposed", lambda x: (_swapped(x[0]),), lambda y, _: y, TRANSPOSED)
odd = Symmetry("odd", lambda x: (-x[0],), lambda y, _: (-y[0],), ODD)
even = Symmetry("even", lambda x: (-x[0],), lambda y, _: y, EVEN)
moved = Symmetry(
    "shifted", lambda x: (x[0], x[1] - _largest(x[1])), lambda y, _: y, MOVED, exact=_moves_exactly
)
OF_VECTORS = (
    "linalg.LinearOperatorHouseholder", "linalg.adjoint", "linalg.diag", "linalg.einsum",
    "linalg.global_norm", "linalg.matmul", "linalg.matrix_transpose", "linalg.matvec",
    "linalg.norm", "linalg.normalize", "linalg.tensordot", "linalg.trace", "math.add_n",
    "math.l2_normalize", "math.reduce_euclidean_norm", "math.reduce_logsumexp", "math.reduce_max",
    "math.reduce_mean", "math.reduce_min", "math.reduce_std", "math.reduce_sum",
    "math.reduce_variance", "nn.l2_loss", "nn.log_softmax", "nn.moments",
    "nn.sigmoid_cross_entropy_with_logits", "nn.softmax", "nn.softmax_cross_entropy_with_logits",
    "nn.weighted_cross_entropy_with_logits",
)  # fmt: skip
ODD_FUNCTIONS = (
    "math.asin", "math.asinh", "math.atan", "math.atanh", "math.erf", "math.erfinv",
    "math.negative", "math.reciprocal", "math.rint", "math.sign", "math.sin", "math.sinh",
    "math.special.bessel_i1", "math.special.bessel_i1e", "math.special.bessel_j1",
    "math.softsign", "math.special.dawsn", "math.special.fresnel_cos",
    "math.special.fresnel_sin", "math.tan", "math.tanh",
)  # fmt: skip
EVEN_FUNCTIONS = (
    "math.abs", "math.cos", "math.cosh", "math.special.bessel_i0", "math.special.bessel_i0e",
    "math.special.bessel_j0", "math.square",
)  # fmt: skip
OF_ORDER: Mapping[str, tuple[Symmetry, ...]] = {
    **dict.fromkeys(OF_VECTORS, (reverse,)),
    **dict.fromkeys(ODD_FUNCTIONS, (odd,)),
    **dict.fromkeys(EVEN_FUNCTIONS, (even,)),
    "linalg.eigh": (
        Symmetry("turned", lambda x: (flipped(_whole(x[0])),), lambda y, _: _vectors(y), TURNED),
    ),
    "linalg.eig": (
        Symmetry("turned", _all, lambda y, _: (y[0], *_vectors(y[1:])), TURNED),
        scaling((1,), (1, 1, 0, 0)),
    ),
    "linalg.eigvals": (same_value, scaling((1,), (1, 1))),
    "linalg.svd": (Symmetry("turned", _all, lambda y, _: _vectors(y), BOTH),),
    "linalg.pinv": (both,),
    "linalg.spectral_norm": (same_value, scaling((1,), (1,))),
    "linalg.matrix_rank": (same_value, rank),
    "linalg.sqrtm": (turned, transposed, scaling((2,), (1,))),
    "linalg.expm": (turned,),
    "linalg.logdet": (same_value,),
    "linalg.lstsq": (
        Symmetry("rows reversed", lambda x: tuple(np.flip(part, -2) for part in x),
                 lambda y, _: y, ROWS),
    ),
    "linalg.eigh_tridiagonal": (
        same_value,
        scaling((1, 1), (1,)),
        Symmetry("signs", lambda x: (x[0], -x[1]), lambda y, _: y, SQUARED, bits=True),
    ),
    "linalg.matvec": (reverse, scaling((1, 2), (3,))),
    "linalg.einsum": (reverse,),
    "linalg.norm": (reverse, replace(scaling((1,), (1,)), exact=_without_powers)),
    "linalg.normalize": (reverse, replace(scaling((1,), (0, 1)), exact=_without_powers)),
    "linalg.global_norm": (reverse, scaling((1, 1), (1,))),
    "linalg.banded_triangular_solve": (scaling((1, 3), (2,)),),
    "linalg.cholesky_solve": (scaling((1, 4), (2,)),),
    "linalg.tridiagonal_solve": (scaling((1, 3), (2,)),),
    "math.add_n": (reverse, scaling((1, 1, 1), (1,))),
    "math.l2_normalize": (
        reverse, replace(scaling((1,), (0,)), exact=_longer_than_epsilon),
    ),
    "math.add": (scaling((1, 1), (1,)),),
    "math.subtract": (scaling((1, 1), (1,)),),
    "math.divide": (scaling((1, 3), (-2,)),),
    "math.squared_difference": (scaling((1, 1), (2,)),),
    "nn.softmax_cross_entropy_with_logits": (reverse, moved, scaling((1, 0), (1,))),
    "nn.sparse_softmax_cross_entropy_with_logits": (
        moved, Symmetry("entries reversed", _other_classes, lambda y, _: _all(y), REVERSED),
    ),
}  # fmt: skip

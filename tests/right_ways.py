"""Right ways where SciPy's own lose digits or leave the range: of numbers near 1, in its precision.

Each takes one member, as routines' rivals do.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from properties.routine import Array
from references import (
    opinions,
    opinions_structured,
    pullbacks_of_roots_opinions,
    pullbacks_opinions,
    structured,
)
from references.doubledouble import exact_scale, shift
from references.embedded import column, folded


def shifted(array: NDArray[Any], exponents: NDArray[np.int64]) -> NDArray[Any]:
    """Each member times its own 2^exponent, of complex numbers by parts."""
    if np.iscomplexobj(array):
        whole = column(array.reshape(len(array), -1))
        return folded(shift(whole, exponents)).reshape(array.shape)
    return shift(array, exponents)


def _eigh(a: Array) -> tuple[Array, ...]:
    return tuple(scipy.linalg.eigh(a, lower=True, driver="ev"))


def _lstsq(a: Array, b: Array, *, fast: bool = True, l2_regularizer: float = 0.0) -> tuple[Array]:
    if not fast:
        return opinions.lstsq(a, b, fast=False)
    m, n = a.shape
    ridge = l2_regularizer * np.eye(min(m, n))
    across = a.conj().T
    if m >= n:
        return (scipy.linalg.solve(across @ a + ridge, across @ b, assume_a="pos"),)
    return (across @ scipy.linalg.solve(a @ across + ridge, b, assume_a="pos"),)


def _expm(a: Array) -> tuple[Array]:
    """Taylor's sum and squarings: SciPy 1.17 loses a thousand eps at norms of 3 to 6."""
    steps = max(0, int(np.frexp(np.abs(a).sum(axis=0).max())[1]) + 1)
    near = a * 0.5**steps
    total = term = np.eye(len(a))
    for k in range(1, 20):
        term = term @ near / k
        total = total + term
    for _ in range(steps):
        total = total @ total
    return (total,)


def _expm_gradient(a: Array, above: Array) -> tuple[Array]:
    """The block of the doubled matrix, whose second half is small beside the first."""
    turned, n = a.conj().T, len(a)
    power = exact_scale(above[None])
    whole = np.block([[turned, shifted(above[None], -power)[0]], [np.zeros_like(a), turned]])
    return (shifted(_expm(whole)[0][None, :n, n:], power)[0],)


def _inv_gradient(a: Array, above: Array) -> tuple[Array]:
    """Of A and what comes from above near 1: an elimination adds up, beyond the range perhaps."""
    powers = exact_scale(a[None]), exact_scale(above[None])
    one, two = (shifted(x[None], -p)[0] for x, p in zip((a, above), powers, strict=True))
    return (shifted(pullbacks_opinions.inv(one, two)[0][None], powers[1] - 2 * powers[0])[0],)


def _solve_gradient(a: Array, rhs: Array) -> tuple[Array, ...]:
    """Of A and the right-hand side near 1."""
    powers = exact_scale(a[None]), exact_scale(rhs[None])
    one, two = (shifted(x[None], -p)[0] for x, p in zip((a, rhs), powers, strict=True))
    found, power = pullbacks_opinions.solve(one, two), powers[1] - powers[0]
    return shifted(found[0][None], 2 * power)[0], shifted(found[1][None], power)[0]


def _sqrtm_gradient(a: Array, above: Array) -> tuple[Array]:
    """Of A and what comes from above near 1, A by an even power of two."""
    half, power = exact_scale(a[None]) // 2, exact_scale(above[None])
    one, two = shifted(a[None], -2 * half)[0], shifted(above[None], -power)[0]
    return (shifted(pullbacks_of_roots_opinions.sqrtm(one, two)[0][None], power - half)[0],)


def _horner(*inputs: Array) -> tuple[Array]:
    """By Horner's rule: powers by themselves may leave the range."""
    *coefficients, x = inputs
    total = np.zeros_like(x)
    for c in coefficients:
        total = total * x + c
    return (total,)


def _softmax_cross_entropy(labels: Array, logits: Array, *, axis: int = -1) -> tuple[Array]:
    """By halves of distances from the largest logit, which stay in the range."""
    where = axis - (axis > 0)  # of one member
    halves = logits / 2 - logits.max(axis=where, keepdims=True) / 2
    total = np.log(np.exp(2 * halves).sum(axis=where, keepdims=True))
    return (np.asarray((labels * total - 2 * (labels * halves)).sum(axis=where)),)


def _weighted_cross_entropy(labels: Array, logits: Array, *, pos_weight: float) -> tuple[Array]:
    """By the definition, whose terms have one sign."""
    tail = np.log1p(np.exp(-np.abs(logits)))
    below, above = tail + np.maximum(-logits, 0), tail + np.maximum(logits, 0)
    return ((pos_weight * labels) * below + (1 - labels) * above,)


def _lu(a: Array) -> tuple[Array, ...]:
    """Of A near 1: OpenBLAS does not divide by pivots that are subnormal."""
    power = exact_scale(a[None])
    factors, order = opinions_structured.lu(shifted(a[None], -power)[0])
    return np.tril(factors, -1) + shifted(np.triu(factors)[None], power)[0], order


def _banded(
    bands: Array, rhs: Array, *, lower: bool = True, adjoint: bool = False
) -> tuple[Array, ...]:
    """Substitution by pivots near 1: BLAS takes complex ones near 2^1024 for infinite."""
    a = structured.banded(bands[None], lower=lower)[0]
    a, lower = (a.conj().T, not lower) if adjoint else (a, lower)
    x = np.array(rhs)
    for i in range(len(a)) if lower else reversed(range(len(a))):
        pivot = a[None, i : i + 1, i : i + 1]
        power = exact_scale(np.maximum(np.abs(pivot.real), np.abs(pivot.imag)))
        left = (x[i] - a[i, :i] @ x[:i]) if lower else (x[i] - a[i, i + 1 :] @ x[i + 1 :])
        x[i] = shifted((left / shifted(pivot, -power)[0, 0])[None], -power)[0]
    return (x,)


OURS = {
    "linalg.lu": _lu,
    "linalg.banded_triangular_solve": _banded,
    "linalg.eigh": _eigh,
    "linalg.expm": _expm,
    "linalg.expm.gradient": _expm_gradient,
    "linalg.inv.gradient": _inv_gradient,
    "linalg.lstsq": _lstsq,
    "linalg.solve.gradient": _solve_gradient,
    "linalg.sqrtm.gradient": _sqrtm_gradient,
    "math.polyval": _horner,
    "nn.softmax_cross_entropy_with_logits": _softmax_cross_entropy,
    "nn.weighted_cross_entropy_with_logits": _weighted_cross_entropy,
}

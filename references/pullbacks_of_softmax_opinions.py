"""Second opinions of gradients of softmax, losses and unit vectors: functions of any entries.

As in references/numeric_losses.py: one member at a time, floats for opinions by the formulas that
are in use, mpmath's numbers for audits by all entries of the Jacobian or by definitions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from references import numeric_statistics
from references.numeric import Answer, alone, conjugate, real_parts
from references.numeric_losses import exp, log


def softmax(x: NDArray, above: NDArray, *, axis: int = -1) -> Answer:
    """s_i (w_i - sum_j s_j w_j); by the Jacobian s_i (delta_ij - s_j)."""
    (where,) = alone(axis)
    share = _shares(x, where)
    if x.dtype != object:
        return (share * (above - (share * above).sum(axis=where, keepdims=True)),)
    s, w = np.moveaxis(share, where, -1), np.moveaxis(above, where, -1)
    jacobian = s[..., :, None] * (np.eye(s.shape[-1], dtype=int) - s[..., None, :])
    return (np.moveaxis((jacobian * w[..., None, :]).sum(axis=-1), -1, where),)


def log_softmax(x: NDArray, above: NDArray, *, axis: int = -1) -> Answer:
    """w_i - s_i sum_j w_j; by the Jacobian delta_ij - s_j, transposed."""
    (where,) = alone(axis)
    share = _shares(x, where)
    if x.dtype != object:
        return (above - share * above.sum(axis=where, keepdims=True),)
    s, w = np.moveaxis(share, where, -1), np.moveaxis(above, where, -1)
    jacobian = np.eye(s.shape[-1], dtype=int) - s[..., :, None]
    return (np.moveaxis((jacobian * w[..., None, :]).sum(axis=-1), -1, where),)


def softmax_cross_entropy(labels: NDArray, logits: NDArray, *, axis: int = -1) -> Answer:
    """log sum exp(x - max x) - (x_i - max x), and s_i - p_i."""
    (where,) = alone(axis)
    steps = logits - logits.max(axis=where, keepdims=True)
    of = np.log if logits.dtype != object else log
    total = np.asarray(of(_exp(steps).sum(axis=where, keepdims=True)))
    return total - steps, _less(_shares(logits, where), labels, where)


def sparse_softmax_cross_entropy(labels: NDArray, logits: NDArray) -> Answer:
    """s_i, less one for the class."""
    numbers = np.asarray(labels.tolist(), dtype=object)
    places = np.vectorize(int, otypes=[np.int64])(numbers)
    chosen = (places[..., None] == np.arange(logits.shape[-1])).astype(logits.dtype)
    return (_less(_shares(logits, -1), chosen, -1),)


def sigmoid_cross_entropy(labels: NDArray, logits: NDArray) -> Answer:
    """s(x) - z."""
    return weighted_cross_entropy(labels, logits)


def weighted_cross_entropy(labels: NDArray, logits: NDArray, *, pos_weight: float = 1.0) -> Answer:
    """(1 - z) s(x) - q z s(-x)."""
    if logits.dtype == object:
        below, above = exp(-logits), exp(logits)
        return ((1 - labels) / (1 + below) - pos_weight * labels / (1 + above),)
    small = np.exp(-np.abs(logits))
    near, far = 1 / (1 + small), small / (1 + small)
    positive, negative = np.where(logits >= 0, [near, far], [far, near])
    weight = np.asarray(pos_weight, dtype=logits.dtype)
    return ((1 - labels) * positive - weight * labels * negative,)


def l2_normalize(x: NDArray, above: NDArray, *, axis: Any = -1, epsilon: float = 1e-12) -> Answer:
    """(w - u <u, w>)/||x||, u = x/||x||; by definition w/||x|| - x <x, w>/||x||^3."""
    where, part = alone(axis), 2.0**-8  # of a vector whose length may be beyond the range
    (length,) = numeric_statistics.reduce_euclidean_norm(x * part, axis=axis, keepdims=True)
    length = real_parts(length)
    least = part * (length * 0 + epsilon) ** 0.5
    long = np.maximum(length, least)
    if x.dtype == object:
        mean = real_parts((conjugate(x) * above).sum(axis=where, keepdims=True)) * part * part
        return ((above / long - np.where(length > least, x * mean / long**3, 0)) * part,)
    (unit,) = numeric_statistics.l2_normalize(x, axis=axis, epsilon=epsilon)
    mean = np.where(
        length > least, real_parts((conjugate(unit) * above).sum(axis=where, keepdims=True)), 0
    )
    with np.errstate(over="ignore", under="ignore"):
        return (np.asarray((above - unit * mean) * part / long, dtype=x.dtype),)


def _shares(x: NDArray, where: int) -> NDArray[Any]:
    powers = _exp(x - x.max(axis=where, keepdims=True))
    return np.asarray(powers / powers.sum(axis=where, keepdims=True))


def _less(share: NDArray, labels: NDArray, where: int) -> NDArray[Any]:
    """Shares less labels of sum one; beside those of one without a difference that cancels."""
    rows = np.moveaxis(share, where, -1)
    others = np.moveaxis(rows @ (1 - np.eye(rows.shape[-1], dtype=rows.dtype)), -1, where)
    beside = share * (1 - labels) - labels * others
    return np.asarray(np.where(share * 2 > 1, beside, share - labels))


def _exp(x: NDArray) -> NDArray[Any]:
    return np.asarray(np.exp(x) if x.dtype != object else exp(x))

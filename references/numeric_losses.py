"""Losses by NumPy's functions of arrays of any entries: floats for opinions, mpmath's for audits.

One member at a time, with the arguments of TensorFlow's call on the whole stack. Floats go by the
stable formulas that TensorFlow documents, mpmath's numbers by definitions.
"""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
from numpy.typing import NDArray

from references.numeric import Answer, alone

exp = np.frompyfunc(mpmath.exp, 1, 1)
log = np.frompyfunc(mpmath.log, 1, 1)


def softmax_cross_entropy(labels: NDArray, logits: NDArray, *, axis: int = -1) -> Answer:
    """sum_j p_j (log sum exp(x - max x) - (x_j - max x))."""
    (where,) = alone(axis)
    steps = logits - logits.max(axis=where, keepdims=True)
    total = _log(_exp(steps).sum(axis=where, keepdims=True))
    return (np.asarray(np.where(labels == 0, labels * 0, labels * (total - steps)).sum(where)),)


def sparse_softmax_cross_entropy(labels: NDArray, logits: NDArray) -> Answer:
    """The same of one class."""
    numbers = np.asarray(labels.tolist(), dtype=object)
    places = np.vectorize(int, otypes=[np.int64])(numbers)
    chosen = (places[..., None] == np.arange(logits.shape[-1])) * (logits * 0 + 1)
    return softmax_cross_entropy(chosen, logits)


def sigmoid_cross_entropy(labels: NDArray, logits: NDArray) -> Answer:
    """max(x, 0) - x z + log(1 + exp(-|x|)); by definition z log(1 + exp(-x)) + (1 - z) ..."""
    if logits.dtype == object:
        below, above = log(1 + exp(-logits)), log(1 + exp(logits))
        return (labels * below + (1 - labels) * above,)
    return (np.maximum(logits, 0) - logits * labels + np.log1p(np.exp(-np.abs(logits))),)


def weighted_cross_entropy(labels: NDArray, logits: NDArray, *, pos_weight: float = 1.0) -> Answer:
    """(1 - z) x + (1 + (q - 1) z) (log(1 + exp(-|x|)) + max(-x, 0)), or the definition."""
    if logits.dtype == object:
        below, above = log(1 + exp(-logits)), log(1 + exp(logits))
        return (pos_weight * labels * below + (1 - labels) * above,)
    weight = 1 + (pos_weight - 1) * labels
    tail = np.log1p(np.exp(-np.abs(logits))) + np.maximum(-logits, 0)
    return ((1 - labels) * logits + weight * tail,)


def l2_loss(t: NDArray) -> Answer:
    """Half of the sum of squares."""
    with np.errstate(over="ignore", under="ignore"):
        return (np.asarray((t * t).sum() / 2, dtype=t.dtype),)


def _exp(x: NDArray) -> NDArray[Any]:
    return np.asarray(np.exp(x) if x.dtype != object else exp(x))


def _log(x: NDArray) -> NDArray[Any]:
    return np.asarray(np.log(x) if x.dtype != object else log(x))

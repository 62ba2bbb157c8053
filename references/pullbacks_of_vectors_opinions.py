"""Second opinions of pullbacks of functions of vectors: by sums over pairs of vectors.

By SciPy at the precision of its inputs, and audits by mpmath; both of one member at a time.
"""

from __future__ import annotations

import mpmath
import numpy as np
from numpy.typing import NDArray

from references import audits, opinions
from references.audits import Audited
from references.opinions import Answer


def projector(a: NDArray, above: NDArray, *, half: bool) -> Answer:
    """By dsyevr: pairs of one vector of the projector and one that is not in it, and no others."""
    values, vectors = opinions.eigh(a)
    k = max(1, len(a) // 2) if half else 1
    first, others = vectors[:, :k], vectors[:, k:]
    weights = first.T @ (above + above.T) @ others
    with np.errstate(all="ignore"):
        weights = weights / (values[:k, None] - values[None, k:])
        whole = first @ weights @ others.T
    return (np.tril(whole + whole.T, -1) + np.diag(np.diagonal(whole)),)


def factor(a: NDArray, above: NDArray) -> Answer:
    """By dgesdd: sums of singular values, and their reciprocals outside of the range."""
    if a.shape[0] < a.shape[1]:
        return (np.ascontiguousarray(factor(a.T, above.T)[0].T),)
    values, left, right = opinions.svd(np.ascontiguousarray(a), compute_uv=True)
    middle = left.T @ above @ right
    with np.errstate(all="ignore"):
        turned = (middle - middle.T) / (values[:, None] + values[None, :])
        beside = (above @ right - left @ middle) / values
    return ((left @ turned + beside) @ right.T,)


def audit_projector(a: NDArray, above: NDArray, *, half: bool) -> tuple[Audited, ...]:
    """The same pairs by mpmath's eigenvalues and vectors."""
    n, k = len(a), max(1, len(a) // 2) if half else 1

    def compute() -> list:
        whole, above_ = audits.matrix(np.tril(a) + np.tril(a, -1).T), audits.matrix(above)
        values, vectors = mpmath.mp.eigsy(whole)
        weights = vectors.T * (above_ + above_.T) * vectors
        found = mpmath.zeros(n)
        for i in range(k):
            for j in range(k, n):
                if values[i] == values[j]:
                    continue  # there is no answer, and the reference proves none
                weight = weights[i, j] / (values[i] - values[j]) / 2
                pair = vectors[:, i] * vectors[:, j].T
                found += weight * (pair + pair.T)
        return [mpmath.matrix(
            [[(0, 1, 2)[(i >= j) + (i > j)] * found[i, j] for j in range(n)] for i in range(n)]
        )]  # fmt: skip

    return audits.twice(compute, a, above)


def audit_factor(a: NDArray, above: NDArray) -> tuple[Audited, ...]:
    """The same sums by mpmath's singular values and vectors."""
    wide = a.shape[0] < a.shape[1]
    tall, weight = (a.T, above.T) if wide else (a, above)
    n = tall.shape[1]

    def compute() -> list:
        u, s, turned = mpmath.mp.svd_r(audits.matrix(tall))
        w, v = audits.matrix(weight), turned.T
        middle = u.T * w * v
        pairs = mpmath.matrix(
            [[(middle[i, j] - middle[j, i]) / (s[i] + s[j]) for j in range(n)] for i in range(n)]
        )
        beside = (w * v - u * middle) * mpmath.diag([1 / value for value in s])
        found = (u * pairs + beside) * v.T
        return [found.T if wide else found]

    return audits.twice(compute, a, above)

"""What products of three diagonals and a matrix make of what comes from above: exact sums."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from references.contractions import contracted, shaped, tridiagonal, turned
from references.interval import Interval, maximum
from references.members import finite_members
from references.truth import Truth


def tridiagonal_matmul(
    diagonals: NDArray, rhs: NDArray, above: NDArray, *, level: int = 0
) -> Truth:
    """The three diagonals of W X^H and T^H W, of T (B, 3, n), X (B, n, k) and W = above.

    Zero at the two entries of the diagonals that are not used. Quantities: size and terms, as of
    the product itself, of the first with _d at the end and of the second with _x; top, the larger.
    """
    finite = finite_members(diagonals, rhs, above)
    across = turned(tridiagonal(diagonals), transposed=False, adjoint=True)
    of_rhs = contracted(across, above, min(3, diagonals.shape[2]))
    of_all = contracted(above, turned(rhs, transposed=False, adjoint=True))
    of_diagonals = shaped(of_all, _three)
    told = {
        f"{name}_{word}": truth.quantities[name]
        for word, truth in (("d", of_diagonals), ("x", of_rhs))
        for name in ("size", "terms")
    }
    columns = np.full(of_diagonals.parts[0].radius.shape, float(rhs.shape[2]))
    told["terms_d"] = Interval.exact(columns)  # of entries that are not used, too
    told["top"] = maximum(of_all.quantities["top"], of_rhs.quantities["top"])
    parts = []
    for part in (of_diagonals.parts[0], of_rhs.parts[0]):
        keep = finite.reshape(-1, *(1,) * (part.radius.ndim - 1))
        parts.append(replace(part, radius=np.where(keep, part.radius, np.inf)))
    words = tuple(np.where(finite, "double-double", "not finite").tolist())
    return Truth(tuple(parts), told, finite, words)


def _three(whole: NDArray) -> NDArray:
    """(B, n, n) to (B, 3, n): what stands right of the diagonal, on it, and left of it."""
    found = np.zeros((len(whole), 3, whole.shape[1]), whole.dtype)
    for row, offset in enumerate((1, 0, -1)):
        side = np.diagonal(whole, offset, 1, 2)
        found[:, row, max(-offset, 0) : whole.shape[1] - max(offset, 0)] = side
    return found

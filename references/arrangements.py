"""Where entries go: transposes, bands and diagonals, exactly.

Arrays and keyword arguments are those of TensorFlow's calls, for stacks, real or complex. Nothing
is computed, so truths have no radius.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from references.members import finite_members
from references.truth import Enclosure, Truth

Bands = int | tuple[int, int]


def moved(result: NDArray, *inputs: NDArray) -> Truth:
    """The truth whose only part is `result` (B, ...), exactly."""
    finite = finite_members(*inputs)
    known = finite.reshape(-1, *(1,) * (result.ndim - 1))
    shape = result.shape
    radius = np.where(np.broadcast_to(known, shape), 0.0, np.inf)
    part = Enclosure(
        np.where(known, result, 0.0), np.zeros_like(result), radius, np.zeros(len(result), np.int64)
    )
    return Truth((part,), {}, finite, tuple(np.where(finite, "copied", "not finite").tolist()))


def matrix_transpose(a: NDArray, *, conjugate: bool = False, level: int = 0) -> Truth:
    """(B, m, n) turned over, its entries conjugated if asked."""
    return moved(np.swapaxes(a.conj() if conjugate else a, 1, 2), a)


def adjoint(matrix: NDArray, *, level: int = 0) -> Truth:
    """Conjugate transposes of (B, m, n)."""
    return moved(np.swapaxes(matrix.conj(), 1, 2), matrix)


def band_part(a: NDArray, *, num_lower: int, num_upper: int, level: int = 0) -> Truth:
    """(B, m, n) with zeros further than so far below or above the diagonal; -1 is no limit."""
    m, n = a.shape[1:]
    below = np.arange(m)[:, None] - np.arange(n)
    kept = ((num_lower < 0) | (below <= num_lower)) & ((num_upper < 0) | (-below <= num_upper))
    return moved(np.where(kept, a, 0.0), a)


def diag_part(a: NDArray, *, k: Bands = 0, align: str = "RIGHT_LEFT", level: int = 0) -> Truth:
    """One diagonal of (B, m, n), (B, d), or several as rows, the highest first, padded by zeros."""
    low, high = (k, k) if isinstance(k, int) else k
    rows = [np.diagonal(a, away, 1, 2) for away in range(high, low - 1, -1)]
    if isinstance(k, int):
        return moved(rows[0].copy(), a)
    longest = max(row.shape[1] for row in rows)
    result = np.zeros((len(a), len(rows), longest), dtype=a.dtype)
    for i, row in enumerate(rows):
        start = _start(high - i, longest - row.shape[1], align)
        result[:, i, start : start + row.shape[1]] = row
    return moved(result, a)


def set_diag(
    a: NDArray, diagonal: NDArray, *, k: Bands = 0, align: str = "RIGHT_LEFT", level: int = 0
) -> Truth:
    """(B, m, n) with one diagonal (B, d), or several as rows (B, r, d), in place of its own."""
    result = np.array(a)
    low, high = (k, k) if isinstance(k, int) else k
    rows = diagonal[:, None] if isinstance(k, int) else diagonal
    m, n = a.shape[1:]
    for i, away in enumerate(range(high, low - 1, -1)):
        count = min(m + min(away, 0), n - max(away, 0))
        start = _start(away, rows.shape[2] - count, align)
        at = np.arange(count)
        result[:, at - min(away, 0), at + max(away, 0)] = rows[:, i, start : start + count]
    return moved(result, a, diagonal)


def _start(away: int, spare: int, align: str) -> int:
    """Where a diagonal begins in its row: `align` names superdiagonals, then the others."""
    side = align.split("_")[0 if away > 0 else 1]
    return spare if side == "RIGHT" else 0


def diag(diagonal: NDArray, *, k: int = 0, level: int = 0) -> Truth:
    """Matrices with (B, d) on the diagonal k places above the main one, zeros elsewhere."""
    n = diagonal.shape[1] + abs(k)
    zeros = np.zeros((len(diagonal), n, n), dtype=diagonal.dtype)
    return set_diag(zeros, diagonal, k=k)

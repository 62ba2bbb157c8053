"""Exact eigenvalues of Hermitian matrices of three diagonals, by those of the whole matrices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from references import norms
from references.interval import Interval
from references.spectral import eigvalsh
from references.truth import Enclosure, Truth


def whole(alpha: NDArray, beta: NDArray) -> NDArray:
    """The matrices (B, n, n) of diagonals (B, n) and (B, n - 1) above; the diagonal counts as real.

    Below it stand the conjugates.
    """
    n = alpha.shape[1]
    result = np.zeros((*alpha.shape, n), dtype=np.result_type(alpha, beta))
    place, above = np.arange(n), np.arange(n - 1)
    result[:, place, place] = alpha.real
    result[:, above, above + 1] = beta
    result[:, above + 1, above] = beta.conj()
    return result


def eigh_tridiagonal(alpha: NDArray, beta: NDArray, *, level: int = 0) -> Truth:
    """Eigenvalues, ascending (B, n).

    Quantities, (B,): size, the largest row sum of absolute values; off, the largest absolute
    value of beta; start, that of its first entry.
    """
    truth = eigvalsh(whole(alpha, beta), level=level)
    known = truth.exists & np.isfinite(alpha).all(axis=1)
    parts = (_ascending(truth.parts[0]),)
    return replace(truth, parts=parts, quantities=sizes(alpha, beta, known))


def sizes(alpha: NDArray, beta: NDArray, known: NDArray[np.bool_]) -> dict[str, Interval]:
    """The quantities of eigh_tridiagonal, of the members that are known."""
    side = np.abs(beta)
    rows = np.abs(alpha.real)
    with np.errstate(over="ignore", invalid="ignore"):
        rows[:, 1:] += side
        rows[:, :-1] += side
        found = {
            "size": rows.max(axis=1),
            "off": side.max(axis=1, initial=0.0),
            "start": side[:, :1].max(axis=1, initial=0.0),
        }
        return {
            name: norms.known(Interval(x * (1 - 2.0**-48), x * (1 + 2.0**-48)), known)
            for name, x in found.items()
        }


def _ascending(part: Enclosure) -> Enclosure:
    """The same numbers, whose centres are in order where those of equal ones were not."""
    hi, lo, radius = (side.copy() for side in (part.hi, part.lo, part.radius))
    for j in range(1, hi.shape[1]):
        fall = np.maximum(hi[:, j - 1] - hi[:, j], 0.0)
        moved = fall + np.abs(lo[:, j - 1] - lo[:, j])
        low = fall > 0
        radius[:, j] = np.where(low, (radius[:, j] + moved) * (1 + 2.0**-40), radius[:, j])
        hi[:, j] = np.where(low, hi[:, j - 1], hi[:, j])
        lo[:, j] = np.where(low, lo[:, j - 1], lo[:, j])
    return Enclosure(hi, lo, radius, part.exponent)

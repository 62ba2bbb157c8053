"""Exact solutions of systems with block lower triangular matrices, solved as any other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from references import audits, embedded, norms, opinions
from references.audits import Audited
from references.interval import Interval, maximum
from references.opinions import Answer
from references.truth import Truth


def read(blocks: tuple[int, ...]) -> NDArray[np.bool_]:
    """Which entries of a matrix stand in its blocks on and below the diagonal: (n, n)."""
    row = np.repeat(np.arange(len(blocks)), blocks)
    return row[:, None] >= row


def block_lower_triangular(
    a: NDArray, rhs: NDArray, *, blocks: tuple[int, ...], level: int = 0
) -> Truth:
    """The x of A x = rhs, (B, n, k): blocks above the diagonal of A (B, n, n) are not read.

    Quantities as of `embedded.solve`, but growth and columns, which are the largest of a block on
    the diagonal, for those are solved with, and so is the condition `block`.
    """
    truth = embedded.solve(np.where(read(blocks), a, 0.0), rhs, level=level)
    growth = columns = block = Interval.exact(np.ones(len(a)))
    ends = np.cumsum(blocks)
    for start, end in zip(ends - blocks, ends, strict=True):
        known = embedded.inv(a[:, start:end, start:end]).quantities
        growth, columns = maximum(growth, known["growth"]), maximum(columns, known["columns"])
        block = maximum(block, known["kappa"])
    told = {"growth": growth, "columns": norms.clipped(columns), "block": block}
    return replace(truth, quantities={**truth.quantities, **told})


def rival(a: NDArray, rhs: NDArray, *, blocks: tuple[int, ...]) -> Answer:
    """SciPy's solver of the whole matrix."""
    return opinions.solve(np.where(read(blocks), a, 0), rhs)


def audit(a: NDArray, rhs: NDArray, *, blocks: tuple[int, ...]) -> tuple[Audited, ...]:
    """mpmath's solver of the whole matrix."""
    return audits.solve(np.where(read(blocks), a, 0.0), rhs)

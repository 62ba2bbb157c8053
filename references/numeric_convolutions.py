"""Products with circulant and Toeplitz matrices and their systems, the matrices written out.

As in references/numeric.py: one member, floats for opinions, mpmath's numbers for audits.
"""

from __future__ import annotations

from numpy.typing import NDArray

from references import audits, numeric, opinions
from references.audits import Audited
from references.convolutions import matrices, toeplitz_matrices
from references.numeric import Answer


def circulant(kernel: NDArray, x: NDArray) -> Answer:
    """C x."""
    return numeric.matmul(matrices(kernel[None])[0], x)


def toeplitz(diagonals: NDArray, x: NDArray) -> Answer:
    """T x."""
    return numeric.matmul(toeplitz_matrices(diagonals[None])[0], x)


def circulant_solve(kernel: NDArray, rhs: NDArray) -> Answer:
    """C^-1 rhs, in floats."""
    return opinions.solve(matrices(kernel[None])[0], rhs)


def circulant_solve_audit(kernel: NDArray, rhs: NDArray) -> tuple[Audited, ...]:
    """C^-1 rhs by mpmath."""
    return audits.solve(matrices(kernel[None])[0], rhs)

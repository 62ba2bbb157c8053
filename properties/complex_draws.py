"""Complex problems of factorizations, as properties/draws.py draws real ones."""

from __future__ import annotations

from hypothesis.strategies import SearchStrategy

from properties import complex_definite, complex_matrices
from properties.draws import (
    FACTORS,
    FEW_ORDERS,
    FULL,
    LARGE_ORDERS,
    LARGE_SHAPES,
    PARTS,
    SHAPES,
    by_depth,
    drawn,
)
from properties.routine import Problem


def definite(depth: int) -> SearchStrategy[Problem]:
    """Hermitian, mostly positive definite (B, n, n), some with garbage above the diagonal."""
    sizes = by_depth(depth, FEW_ORDERS, LARGE_ORDERS)
    return drawn("complex definite", depth, sizes, complex_definite.STRUCTURES, PARTS, ((),))


def hermitian(depth: int) -> SearchStrategy[Problem]:
    """Hermitian matrices (B, n, n) of any signs, some with garbage above the diagonal."""
    sizes = by_depth(depth, FEW_ORDERS, LARGE_ORDERS)
    return drawn("complex hermitian", depth, sizes, complex_definite.ANY_SIGNS, PARTS, ((),))


def square(depth: int) -> SearchStrategy[Problem]:
    """Square complex matrices A (B, n, n), singular ones too."""
    sizes = by_depth(depth, FEW_ORDERS, LARGE_ORDERS)
    return drawn("complex general", depth, sizes, complex_matrices.STRUCTURES, PARTS, ((),))


def factored(depth: int) -> SearchStrategy[Problem]:
    """Complex A (B, m, n) of any condition and rank, with `full_matrices`."""
    sizes = by_depth(depth, SHAPES[-4:], LARGE_SHAPES)
    return drawn("complex rectangular", depth, sizes, complex_matrices.RECTANGULAR, PARTS, FULL)


def decomposed(depth: int) -> SearchStrategy[Problem]:
    """The same, with what is wanted of their singular values and vectors."""
    sizes = by_depth(depth, SHAPES[-4:], LARGE_SHAPES)
    return drawn("complex rectangular", depth, sizes, complex_matrices.RECTANGULAR, PARTS, FACTORS)

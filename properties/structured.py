"""Problems of systems: packed factors with a permutation, three diagonals, definite matrices."""

from __future__ import annotations

import numpy as np

from properties.bits import Bits
from properties.dtypes import DTYPES
from properties.makers import Made, Recipe, condition_of, matrix, right_hand_sides, scale_of
from properties.matrices import STEPS, on_grid, symmetric
from properties.operands import OPERANDS
from references.contractions import tridiagonal


def packed(recipe: Recipe, bits: Bits) -> Made:
    """Packed factors (B, n, n), the rows in the order of P (B, n) and, if k > 0, b (B, n, k).

    U is the upper triangle of a matrix of the structure; entries of L below the diagonal are at
    most 1, as partial pivoting leaves them.
    """
    n, k = recipe.sizes
    a, traits = matrix(recipe, bits, n, n)
    below = bits.dyadics("below", (n, n), 4)
    packed = np.triu(a) + np.tril(below, -1)
    perm = bits.permutations("rows", n).astype(np.float64)
    if not k:
        return Made((packed, perm), {"n": n}, traits)
    b, sides = right_hand_sides(recipe, bits, a, traits["log2_scale"], k)
    return Made((packed, perm, b), {"n": n, "k": k}, traits | sides)


def diagonals(recipe: Recipe, bits: Bits) -> Made:
    """Diagonals (B, 3, n), two unused entries filled, and b (B, n, k).

    Without pivoting the main diagonal dominates: at least 16 where neighbours are below 8.
    """
    n, k = recipe.sizes
    grid = DTYPES[recipe.grid]
    d = OPERANDS[recipe.structure](bits, "diagonals", (3, n), grid)
    if not dict(recipe.arguments)["partial_pivoting"]:
        d[:, 1] = np.where(d[:, 1] < 0, -16.0, 16.0) + d[:, 1]
    d, scale = on_grid(d, grid, scale_of(recipe, bits, "scale"))
    b, sides = right_hand_sides(recipe, bits, tridiagonal(d), scale, k)
    return Made((d, b), {"n": n, "k": k}, {"log2_scale": scale} | sides)


def definite_systems(recipe: Recipe, bits: Bits) -> Made:
    """Matrices (B, n, n) that are positive definite unless rounded otherwise, and b (B, n, k).

    Where `symmetric` draws signs there is the second difference.
    """
    n, k = recipe.sizes
    condition, grid = condition_of(recipe, bits, n), DTYPES[recipe.grid]
    a = symmetric(bits, n, recipe.structure, condition, grid, definite=True)
    signed = bits.one_in("indefinite", 8)
    second = 2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)
    a, scale = on_grid(
        np.where(signed[:, None, None], second, a), grid, scale_of(recipe, bits, "scale")
    )
    b, sides = right_hand_sides(recipe, bits, a, scale, k)
    asked = np.where(signed, np.nan, condition / STEPS)
    return Made((a, b), {"n": n, "k": k}, {"log2_condition": asked, "log2_scale": scale} | sides)

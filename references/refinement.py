"""Eigenvalues and eigenvectors of one symmetric matrix, refined from float64 and proved.

The columns of an approximate basis X, from LAPACK, are corrected at the precision in force:
pairs of columns whose Rayleigh quotients are apart by the first-order formula of Ogita and
Aishima (2018), pairs that are not by a float64 eigensolver on the block that they belong to.
Nothing is trusted: the proof rests on the last X alone, whatever led to it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from flint import arb, arb_mat
from numpy.typing import NDArray

from references.balls import diagonal, floats, identity, matrix

Array = NDArray[np.float64]
STEPS = 20
# Largest rotation that the first-order formula is used for: it tilts the columns by its square,
# and the square of that must not reach the gaps within a cluster.
SMALL_ANGLE = 2.0**-27
ROUND_UP = 1 + 2.0**-40  # covers the rounding of a few hundred float64 operations


class Basis(NamedTuple):
    """X = `vectors` (exact), d = `values`, S = X^T A X, with proved bounds in the 2-norm.

    `columns` (n,): of each column of S - diag(d); `coupling` of all of it; `skew` of X^T X - I.
    The columns are in ascending order of d.
    """

    vectors: arb_mat
    values: list[arb]
    columns: Array
    coupling: float
    skew: float

    def value_radius(self) -> Array:
        """How far each true eigenvalue may be from its d, in ascending order.

        With X = Q K, Q orthogonal, K^2 = X^T X: A is similar to K^-1 S K^-1, so its eigenvalues
        are those of S times factors in [1 / (1 + skew), 1 / (1 - skew)] (Ostrowski), and those
        of S are within `coupling` of d (Weyl).
        """
        size = np.abs(np.array([float(value) for value in self.values])) * ROUND_UP
        return (self.coupling + size * self.skew) / (1 - self.skew) * ROUND_UP

    def apart(self) -> Array:
        """Lower bounds (n,) of the distance of d_i from all true eigenvalues but its own."""
        # the true eigenvalues ascend as well: to look at the two neighbours is enough
        steps = [float(b - a) for a, b in pairwise(self.values)]
        above, below = np.array([*steps, np.inf]), np.array([np.inf, *steps])
        return np.minimum(above, below) / ROUND_UP - self.value_radius().max()

    def vector_radius(self) -> Array:
        """How far each normalised eigenvector may be from its column, up to sign; or infinity.

        The residual A x - d x is X (X^T X)^-1 (S - X^T X d), hence at most 1.01 times the column
        of S - diag(d) plus |d| skew while skew is below 10^-3; over the distance to the other
        eigenvalues it bounds the sine of the angle (Davis and Kahan), and sqrt(2) times that
        the distance of unit vectors. The column itself has norm 1 up to skew.
        """
        size = np.abs(np.array([float(value) for value in self.values])) * ROUND_UP
        apart = self.apart()
        sine = 1.01 * (self.columns + size * self.skew) / np.where(apart > 0, apart, 1.0)
        usable = (apart > 0) & (sine < 1) & (self.skew < 1e-3)
        return np.where(usable, 1.5 * sine + self.skew, np.inf)


def measure(a: arb_mat, x: arb_mat) -> tuple[Basis, Array, Array]:
    """The basis with its proved bounds, and the float64 centres of S - diag(d) and X^T X - I."""
    n = a.nrows()
    across = x.transpose()
    quotient = across * (a * x)
    values = [quotient[i, i].mid() for i in range(n)]
    off, off_radius = floats(quotient - diagonal(values))
    skew, skew_radius = floats(across * x - identity(n))
    columns = _lengths(np.abs(off) + off_radius)
    coupling = float(_lengths(columns[:, None])[0])
    tilt = float(_lengths(_lengths(np.abs(skew) + skew_radius)[:, None])[0])
    return Basis(x, values, columns, coupling, tilt), off, skew


def ascending(basis: Basis) -> Basis:
    """The same with columns in ascending order of d."""
    order = sorted(range(len(basis.values)), key=lambda i: _key(basis.values[i]))
    if order == list(range(len(order))):
        return basis
    rows = basis.vectors.tolist()
    return basis._replace(
        vectors=arb_mat([[row[i] for i in order] for row in rows]),
        values=[basis.values[i] for i in order],
        columns=basis.columns[order],
    )


def refine(a: arb_mat, start: Array, enough: float) -> Basis:
    """The best basis found for symmetric balls `a` from the float64 columns of `start`.

    Stops once `coupling` and `skew` are below `enough`, or when steps stop helping.
    """
    x = matrix(start)
    best: Basis | None = None
    for _ in range(STEPS):
        basis, off, skew = measure(a, x)
        if best is None or basis.coupling + basis.skew < best.coupling + best.skew:
            best = basis
        error = basis.coupling + basis.skew
        if error <= enough or not error < 1e100:
            break
        x = _corrected(basis, off, skew, enough)
    assert best is not None
    return ascending(best)


def _corrected(basis: Basis, off: Array, skew: Array, enough: float) -> arb_mat:
    """One step: first-order rotations between columns far apart, blocks solved for the rest."""
    n = len(off)
    value = np.array([float(d) for d in basis.values])
    tilt = value * np.diag(skew)
    difference = _differences(basis.values, value) - (tilt[None, :] - tilt[:, None])
    # what couples two columns once X is made orthonormal to first order
    coupling = off - 0.5 * (value[None, :] + value[:, None]) * skew
    np.fill_diagonal(coupling, 0.0)
    # noise is left alone: to turn by noise over a tiny difference would only unsettle X
    matters = np.abs(coupling) > enough / n
    separate = np.abs(coupling) <= SMALL_ANGLE * np.abs(difference)
    turn = np.divide(coupling, difference, out=np.zeros_like(off), where=separate & matters)
    x = basis.vectors
    x = (x + x * matrix(turn - 0.5 * skew)).mid()
    blocks = _blocks(matters & ~separate)
    if blocks:
        rotation = np.eye(n)
        for block in blocks:
            first = basis.values[block[0]]
            inner = coupling[np.ix_(block, block)].copy()
            shifts = [float(basis.values[j] - first) for j in block]
            inner[np.diag_indices(len(block))] = shifts - (tilt[block] - tilt[block[0]])
            size = np.abs(inner).max()
            if size > 0:
                rotation[np.ix_(block, block)] = np.linalg.eigh((inner + inner.T) / (2 * size))[1]
        x = (x * _orthonormal(matrix(rotation))).mid()
    return x


def _orthonormal(x: arb_mat) -> arb_mat:
    """Two Newton steps from a float64 rotation: its columns tilt by less than 2^-200."""
    for _ in range(2):
        x = (x + x * (identity(x.nrows()) - x.transpose() * x) * arb(0.5)).mid()
    return x


def _differences(values: list[arb], rounded: Array) -> Array:
    """d_j - d_i for all i, j; differences that would cancel are taken before rounding."""
    difference = rounded[None, :] - rounded[:, None]
    near = np.abs(difference) < 1e-6 * np.abs(rounded).max(initial=0)
    for i, j in zip(*np.nonzero(np.triu(near, 1)), strict=True):
        difference[i, j] = float(values[j] - values[i])
        difference[j, i] = -difference[i, j]
    return difference


def _blocks(joined: NDArray[np.bool_]) -> list[list[int]]:
    """Connected components with more than one column."""
    label = np.arange(len(joined))
    for i, j in zip(*np.nonzero(np.triu(joined | joined.T, 1)), strict=True):
        label[label == label[j]] = label[i]
    groups = [np.flatnonzero(label == name).tolist() for name in np.unique(label)]
    return [group for group in groups if len(group) > 1]


def _lengths(size: Array) -> Array:
    """Upper bounds of the 2-norms of non-negative columns: (m, n) to (n,)."""
    length = np.sqrt((size**2).sum(axis=0)) * ROUND_UP
    return np.where(size.max(axis=0) > 0, length + 2.0**-500, 0.0)  # squares may underflow


def _key(value: arb) -> tuple[float, float]:
    high = float(value)
    return high, float(value - arb(high))

"""What the principal square root of a matrix does to what comes from above, by balls.

Of A = R R and dA = R dR + dR R: the G for which Re <G, dA> is Re <W, dR> solves R^H G + G R^H = W
(Higham 2008, Functions of Matrices, 3.3 and 6.1).
"""

from __future__ import annotations

import numpy as np
import scipy.linalg
from flint import arb, arb_mat
from numpy.typing import NDArray

from references import embedded, norms
from references.balls import (
    TARGET,
    Pieces,
    adaptive,
    engines,
    finite_members,
    matrix,
    pieces,
    power_of_two,
    store,
    unproved,
)
from references.doubledouble import exact_scale, shift
from references.interval import Interval
from references.roots import root_of
from references.truth import Truth

Array = NDArray[np.float64]
SLACK = 1e-6  # of what floating point tells of conditions
QUANTITIES = ("norm_a", "sensitivity", "reach", "worn", "norm_g", "peak")


def sqrtm(a: NDArray, above: NDArray, *, level: int = 0) -> Truth:
    """G (B, n, n) of A whose root is known exactly, and above = W; real or complex.

    Quantities, (B,), of what is embedded, within 1e-6 as floating point tells them: norm_a and
    sensitivity as for the root; of the system K of order n^2 whose solution G is, reach, the
    largest || K ||_2 over its smallest singular value, worn, || |L||U| ||_F of its factors over
    that; norm_g, || G ||_F; peak, || |L||U| ||_F || G ||_F, more than any entry on the way.
    """
    wide = np.iscomplexobj(a)
    real_a, real_w = (embedded.matrix(x) if wide else x for x in (a, above))
    finite = finite_members(a, above)
    half = -(-exact_scale(np.where(finite[:, None, None], real_a, 0.0)) // 2)
    near = shift(np.where(finite[:, None, None], real_a, 0.0), -2 * half)
    part = unproved(*real_a.shape)
    numbers = np.full((len(QUANTITIES), len(a)), np.inf)
    proved = np.zeros(len(a), dtype=bool)
    for i in np.flatnonzero(finite).tolist():
        root = root_of(near[i])
        if root is None:
            continue
        rows, power = matrix(root), int(half[i])
        right = matrix(real_w[i])
        found = adaptive(
            lambda rows=rows, right=right, power=power: _solved(rows, right, power),  # type: ignore[misc]
            TARGET[level] + 64,
            lambda x: x.tight(level),
        )
        if found is None:
            continue
        store(part, i, found)
        proved[i] = True
        numbers[:, i] = _numbers(root, near[i], found, power)
    told = {
        name: norms.known(Interval(row * (1 - SLACK), row * (1 + SLACK)), np.isfinite(row))
        for name, row in zip(QUANTITIES, numbers, strict=True)
    }
    answer = embedded.left_half(part) if wide else part
    return Truth((answer,), told, finite, engines(part, finite, finite))


def _solved(root: arb_mat, right: arb_mat, power: int) -> Pieces:
    """G of R times 2^power, by rows."""
    n = root.nrows()
    system = _system(root.transpose())
    column = arb_mat(n * n, 1, right.entries())
    found = system.solve(column, algorithm="lu") * power_of_two(-power)
    return pieces(arb_mat(n, n, found.entries()))


def _system(left: arb_mat) -> arb_mat:
    """The matrix of Y -> B Y + Y B, Y by rows."""
    n = left.nrows()
    entries = [arb(0)] * n**4
    for i in range(n):
        for j in range(n):
            row = (i * n + j) * n * n
            for k in range(n):
                entries[row + k * n + j] += left[i, k]
                entries[row + i * n + k] += left[k, j]
    return arb_mat(n * n, n * n, entries)


def _numbers(root: Array, near: Array, found: Pieces, power: int) -> list[float]:
    """The quantities of one member, of a root and a square of entries near 1."""
    n = len(root)
    sums = np.kron(root.T, np.eye(n)) + np.kron(np.eye(n), root)
    spectrum = np.linalg.svd(sums, compute_uv=False)
    _, lower, upper = scipy.linalg.lu(sums)
    worn = np.linalg.norm(np.abs(lower) @ np.abs(upper))
    size = np.linalg.norm(found.hi)
    with np.errstate(over="ignore"):  # then it is beyond any dtype
        return [
            float(np.ldexp(np.linalg.norm(near), 2 * power)),
            float(np.linalg.norm(root) / spectrum[-1]),
            float(spectrum[0] / spectrum[-1]),
            float(worn / spectrum[-1]),
            float(np.ldexp(size, found.exponent)),
            float(np.ldexp(worn * size, found.exponent + power)),
        ]

"""What errors of a system do to its solution, and to products of solutions, in balls.

Numbers are real or complex, sizes and errors moduli, to first order.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from flint import acb, acb_mat, arb, arb_mat
from numpy.typing import NDArray

from references.balls import matrix
from references.pullbacks_of_factors import absolute

Balls = Any  # arb_mat, or acb_mat of complex numbers
Mask = NDArray[np.bool_]


class Known(NamedTuple):
    """A matrix; what errors of one unit, and underflow of one, on the way to it do to it."""

    value: Balls
    off: arb_mat
    lost: arb_mat


class Factor(NamedTuple):
    """A matrix, its inverse, and both in moduli."""

    value: Balls
    inverse: Balls
    size: arb_mat
    size_inverse: arb_mat

    @property
    def adjoint(self) -> Factor:
        """That of the conjugate transpose."""
        return Factor(*map(adjoint, self))


class Gain(NamedTuple):
    """What a matrix gets of one product: -left right^H where it has entries of its own."""

    left: Known
    right: Known
    kept: Mask


def factor(a: NDArray) -> Factor:
    """Of one matrix; ZeroDivisionError where the precision does not tell it from a singular one."""
    value = balls(a)
    inverse = value.inv()
    return Factor(value, inverse, absolute(value), absolute(inverse))


def exact(side: NDArray) -> Known:
    """A right-hand side that is given."""
    return Known(balls(side), arb_mat(*side.shape), arb_mat(*side.shape))


def through(given: Factor, right: Known) -> Known:
    """x of F x = right, where (F + E) x' is right', each entry of E one unit of that of F.

    Underflow leaves n (2 + 1.5 max |f|) of an entry of right' - F x', as docs/bounds.md has it of
    triangles.
    """
    x, n = given.inverse * right.value, given.size.nrows()
    flushed = n * (2 + 1.5 * largest(given.size))
    return Known(
        x,
        given.size_inverse * (right.off + given.size * absolute(x)),
        given.size_inverse * (right.lost + filled(n, x.ncols(), flushed)),
    )


def by_norms(given: Factor, side: NDArray) -> Known:
    """x of A x = b, where each entry of b - A x' is one unit of || A || || x || + || b ||.

    Infinity norms, of complex numbers of what they are embedded as: those of vectors are root 2
    smaller at most than of moduli, those of matrices as much larger, so there are two units.
    """
    b = balls(side)
    x, n = given.inverse * b, given.size.nrows()
    norm = largest(given.size * filled(n, 1, arb(1)))
    units = 1 + isinstance(b, acb_mat)
    residuals = [
        units * (norm * largest(column(absolute(x), j)) + largest(column(absolute(b), j)))
        for j in range(x.ncols())
    ]
    return Known(x, given.size_inverse * arb_mat([residuals] * n), arb_mat(n, x.ncols()))


def gained(gain: Gain) -> tuple[Balls, arb_mat, arb_mat, arb_mat]:
    """What a matrix gets, what one unit in each side does to it, its products, and underflow."""
    left, right, kept = gain
    sizes = absolute(left.value), absolute(right.value).transpose()
    lost = left.lost * sizes[1] + sizes[0] * right.lost.transpose()
    sums = (
        left.value * adjoint(right.value) * -1,
        left.off * sizes[1] + sizes[0] * right.off.transpose(),
        sizes[0] * sizes[1],
        lost + filled(left.off.nrows(), right.off.nrows(), arb(2 * left.off.ncols())),
    )
    one, two, three, four = (masked(total, kept) for total in sums)
    return one, two, three, four


def moved(change: arb_mat, x: Balls) -> arb:
    """The largest change of a column over its largest entry."""
    sizes = absolute(x)
    shares = [
        over(largest(column(change, j)), largest(column(sizes, j))) for j in range(sizes.ncols())
    ]
    return largest(arb_mat([shares]))


def over(change: arb, size: arb) -> arb:
    """A quotient of sizes, of which nothing is 0 of anything."""
    return arb(0) if change == 0 else change / size


def largest(a: arb_mat) -> arb:
    """The largest entry of sizes."""
    top = arb(0)
    for entry in a.entries():
        top = top.max(entry)
    return top


def column(a: arb_mat, j: int) -> arb_mat:
    """One column."""
    return arb_mat(a.nrows(), 1, [a[i, j] for i in range(a.nrows())])


def filled(rows: int, columns: int, value: arb) -> arb_mat:
    """The same number everywhere."""
    return arb_mat(rows, columns, [value] * (rows * columns))


def masked(a: Balls, kept: Mask) -> Balls:
    """The entries that are kept, zero elsewhere."""
    entries = zip(a.entries(), kept.ravel().tolist(), strict=True)
    return type(a)(*kept.shape, [entry if keep else 0 for entry, keep in entries])


def balls(a: NDArray) -> Balls:
    """One matrix, exact."""
    if not np.iscomplexobj(a):
        return matrix(a)
    return acb_mat(a.shape[0], a.shape[1], [acb(z.real, z.imag) for z in a.ravel().tolist()])


def adjoint(a: Balls) -> Balls:
    """The conjugate transpose."""
    return a.transpose().conjugate() if isinstance(a, acb_mat) else a.transpose()


def halves(a: Balls) -> arb_mat:
    """[re; im] of complex numbers, real ones as they are."""
    if not isinstance(a, acb_mat):
        return a
    entries = a.entries()
    parts = [z.real for z in entries] + [z.imag for z in entries]
    return arb_mat(2 * a.nrows(), a.ncols(), parts)

"""Stacks of named matrices, each varied at random from member to member.

Every function takes the bits of the members and a shape with m >= n (square ones m == n) and
gives float64 entries (B, m, n) from the operations that `matrices` allows. Most are described
in Higham 2002, chapter 28; the chapter is Goodfellow, Bengio and Courville 2016, chapter 4, as
worked in TensorFlow.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from properties.bits import Bits
from properties.matrices import product, transposed

Array = NDArray[np.float64]


def signed(bits: Bits, array: Array) -> Array:
    """Rows and columns times random signs: exact, and pivots stay where they are."""
    _, m, n = array.shape
    rows, columns = bits.signs("row signs", (m,)), bits.signs("column signs", (n,))
    return array * rows[:, :, None] * columns[:, None, :]


def shuffled(bits: Bits, array: Array) -> Array:
    """Rows and columns in random order and with random signs."""
    depth, m, n = array.shape
    rows, columns = bits.permutations("row order", m), bits.permutations("column order", n)
    member = np.arange(depth)[:, None, None]
    return signed(bits, array[member, rows[:, :, None], columns[:, None, :]])


def _one_each(bits: Bits, matrix: Array) -> Array:
    return np.repeat(matrix[None].astype(np.float64), len(bits), axis=0)


def dense(bits: Bits, m: int, n: int) -> Array:
    """Independent uniform entries of 24 bits."""
    return bits.dyadics("dense", (m, n), 24)


def integers(bits: Bits, m: int, n: int) -> Array:
    """Odd integers of magnitude below 16."""
    return bits.odds("integers", (m, n), 8)


def hilbert(bits: Bits, m: int, n: int) -> Array:
    """1 / (i + j + shift), shift from 1 to 4."""
    shift = bits.integers("shift", (1, 1), 1, 4).astype(np.float64)
    return signed(bits, 1.0 / (np.add.outer(np.arange(m), np.arange(n)) + shift))


def vandermonde(bits: Bits, m: int, n: int) -> Array:
    """Powers of distinct dyadic nodes in [-1, 1]."""
    unit = 2.0 ** -(2 * m - 1).bit_length()
    nodes = (2 * np.arange(m) + bits.integers("nodes", (m,), 1, 2)) * unit
    return shuffled(bits, _powers(nodes * (1.0 - 2.0 * (np.arange(m) % 2)), n))


def design(bits: Bits, m: int, n: int) -> Array:
    """The chapter's design matrices: [x, 1] over [0, 10] for a line, else 1, x, x^2 ... ."""
    steps = (8 * np.arange(m) + bits.integers("jitter", (m,), 0, 7)) / (8 * m)
    if n == 2:
        return _powers(10.0 * steps, 2)[:, :, ::-1]
    return _powers(2.0 * steps - 1.0, n)


def _powers(nodes: Array, n: int) -> Array:
    columns = [np.ones_like(nodes)]
    while len(columns) < n:
        columns.append(columns[-1] * nodes)
    return np.stack(columns, axis=2)


def wilkinson(bits: Bits, m: int, n: int) -> Array:
    """Pivots of elimination grow by (2 - d)^(n - 1), with d = 0 for one member in four."""
    below = 1.0 - bits.integers("defect", (1, 1), 0, 3) / 64.0
    square = np.eye(n) - below * np.tri(n, k=-1)
    square[:, :, -1] = 1.0
    return signed(bits, square)


def kahan(bits: Bits, m: int, n: int) -> Array:
    """Upper triangular, rows falling by s, with (s, c) from a Pythagorean triple."""
    triples = np.array([[4, 3, 5], [12, 5, 13], [24, 7, 25], [15, 8, 17]], dtype=np.float64)
    s, c, hypotenuse = triples[bits.integers("triple", (), 0, 3)].T
    rows = _powers((s / hypotenuse)[:, None], m)[:, 0, :, None]
    upper = np.eye(m, n) - (c / hypotenuse)[:, None, None] * np.triu(np.ones((m, n)), 1)
    return signed(bits, upper * rows)


def frank(bits: Bits, m: int, n: int) -> Array:
    """Upper Hessenberg integers of determinant one, with ill conditioned small eigenvalues."""
    i, j = np.indices((n, n))
    return shuffled(bits, _one_each(bits, np.where(j >= i - 1, n - np.maximum(i, j), 0)))


def lauchli(bits: Bits, m: int, n: int) -> Array:
    """A row of ones above mu times the identity: normal equations lose mu^2."""
    mu = np.ldexp(1.0, -bits.integers("mu", (1, 1), 1, 14))
    array = mu * np.eye(m, n, k=-1)
    array[:, 0] = 1.0
    return signed(bits, array)


def companion(bits: Bits, m: int, n: int) -> Array:
    """The companion matrix of a polynomial with odd coefficients."""
    array = _one_each(bits, np.eye(n, k=-1))
    array[:, 0] = bits.odds("coefficients", (n,), 8)
    return array


def toeplitz(bits: Bits, m: int, n: int) -> Array:
    """Constant along diagonals: dyadic entries of 8 bits."""
    diagonals = bits.dyadics("diagonals", (m + n - 1,), 8)
    return diagonals[:, np.subtract.outer(np.arange(m), np.arange(n)) + n - 1]


def arrow(bits: Bits, m: int, n: int) -> Array:
    """A full first row and column, and a diagonal."""
    diagonal, edge = bits.odds("diagonal", (n,), 8), bits.odds("edge", (2, n), 4)
    array = diagonal[:, :, None] * np.eye(n)
    array[:, 0, 1:], array[:, 1:, 0] = edge[:, 0, 1:], edge[:, 1, 1:]
    return array


def permutation(bits: Bits, m: int, n: int) -> Array:
    """A signed permutation: its own inverse, transposed."""
    return shuffled(bits, _one_each(bits, np.eye(m, n)))


def small_pivots(bits: Bits, m: int, n: int) -> Array:
    """Upper triangular with powers of two down to 2^-12 on the diagonal."""
    pivots = np.ldexp(bits.signs("signs", (n,)), -bits.integers("pivots", (n,), 0, 12))
    upper = np.triu(bits.dyadics("above", (n, n), 8), 1)
    return upper + pivots[:, :, None] * np.eye(n)


def unimodular(bits: Bits, m: int, n: int) -> Array:
    """Integers of determinant +-1: the inverse is integer too."""
    lower, upper = _unit_triangles(bits, m, n)
    return shuffled(bits, product(lower, upper))


def rank_deficient(bits: Bits, m: int, n: int) -> Array:
    """Integer products of exact rank n // 2 to n - 1."""
    lower, upper = _unit_triangles(bits, m, n)
    rank = bits.integers("rank", (1, 1), n // 2, n - 1)
    return shuffled(bits, product(lower * (np.arange(n) < rank), upper))


def _unit_triangles(bits: Bits, m: int, n: int) -> tuple[Array, Array]:
    lower = np.tril(bits.integers("lower", (m, n), -1, 1), -1) + np.eye(m, n)
    return lower, np.triu(bits.integers("upper", (n, n), -1, 1), 1) + np.eye(n)


def zero_row(bits: Bits, m: int, n: int) -> Array:
    """Dense, and for every other member on average one row or column is zero."""
    array = dense(bits, m, n)
    row = bits.integers("zero", (1,), 0, m - 1) == np.arange(m)
    array[row & bits.one_in("any zero", 2)[:, None]] = 0.0
    return np.where(bits.one_in("turned", 2)[:, None, None] & (m == n), transposed(array), array)


def pascal(bits: Bits, m: int, n: int) -> Array:
    """Binomial coefficients, symmetric positive definite; the inverse is integer."""
    array = np.ones((n, n))
    for i in range(1, n):
        for j in range(1, n):
            array[i, j] = array[i - 1, j] + array[i, j - 1]
    signs = bits.signs("signs", (n,))
    return array * signs[:, :, None] * signs[:, None, :]


def repeated(bits: Bits, m: int, n: int) -> Array:
    """a I + b s s' with integers: the eigenvalue a exactly n - 1 times, and a + n b."""
    a = bits.integers("a", (1, 1), 1, 8).astype(np.float64)
    b = bits.integers("b", (1, 1), 1, 8).astype(np.float64)
    signs = bits.signs("signs", (n,))
    return a * np.eye(n) + b * signs[:, :, None] * signs[:, None, :]


def second_difference(bits: Bits, m: int, n: int) -> Array:
    """Tridiagonal (-1, 2, -1), the corners of the diagonal varied."""
    array = _one_each(bits, 2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1))
    array[:, 0, 0] = bits.integers("corner", (), 1, 3)
    return array


def close_pairs(bits: Bits, m: int, n: int) -> Array:
    """Wilkinson's W+: tridiagonal, its large eigenvalues in pairs closer than eps."""
    signs = bits.signs("signs", (1, 1))
    ends = np.abs(np.arange(n) - (n - 1) / 2.0)
    return np.diag(ends) + signs * (np.eye(n, k=1) + np.eye(n, k=-1))


def saddle(bits: Bits, m: int, n: int) -> Array:
    """Symmetric indefinite [[H, C'], [C, 0]] of a quadratic programme, integers."""
    array = symmetric_integers(bits, m, n)
    constraints = n // 3
    array[:, n - constraints :, n - constraints :] = 0.0
    return array


def symmetric_integers(bits: Bits, m: int, n: int) -> Array:
    """Odd integers of magnitude below 16, symmetric."""
    lower = np.tril(integers(bits, n, n))
    return lower + transposed(np.tril(lower, -1))


def symmetric_arrow(bits: Bits, m: int, n: int) -> Array:
    """An arrow with equal row and column."""
    array = arrow(bits, n, n)
    array[:, 1:, 0] = array[:, 0, 1:]
    return array


def gram(bits: Bits, m: int, n: int) -> Array:
    """X X' with integers: semidefinite of exact rank n - 1 at most, for most members."""
    factor = bits.integers("factor", (n, max(n - 1, 1)), -3, 3).astype(np.float64)
    return product(factor, transposed(factor))


CHAPTER_SYSTEM = np.array([[4.1, 2.8], [9.7, 6.6]])  # condition 1,623
CHAPTER_HESSIAN = np.array([[6.0, -2.0], [-2.0, -480.0]])
CHAPTER_LAGRANGE = np.array(  # max xy + yz subject to x + 2y = 6 and x - 3z = 0
    [[0, 1, 0, -1, -1], [1, 0, 1, -2, 0], [0, 1, 0, 0, 3], [1, 2, 0, 0, 0], [1, 0, -3, 0, 0]]
)


def chapter(bits: Bits, m: int, n: int) -> Array:
    """The chapter's Lagrange system for n = 5, else its ill conditioned pair along the diagonal."""
    if n == len(CHAPTER_LAGRANGE):
        return shuffled(bits, _one_each(bits, CHAPTER_LAGRANGE))
    return shuffled(bits, _one_each(bits, _along_diagonal(CHAPTER_SYSTEM, n)))


def hessian(bits: Bits, m: int, n: int) -> Array:
    """The chapter's Hessian along the diagonal, times a random odd integer."""
    return _along_diagonal(CHAPTER_HESSIAN, n) * bits.odds("times", (1, 1), 4)


def _along_diagonal(block: Array, n: int) -> Array:
    return np.kron(np.eye((n + 1) // 2), block)[:n, :n].astype(np.float64)


Make = Callable[[Bits, int, int], Array]
Gallery = dict[str, Make]
RECTANGULAR: Gallery = {
    "integers": integers,
    "dense": dense,
    "toeplitz": toeplitz,
    "design": design,
    "vandermonde": vandermonde,
    "hilbert": hilbert,
    "lauchli": lauchli,
    "kahan": kahan,
}
SQUARE: Gallery = {
    "permutation": permutation,
    "unimodular": unimodular,
    "chapter": chapter,
    "arrow": arrow,
    "companion": companion,
    "frank": frank,
    "wilkinson": wilkinson,
    "small pivots": small_pivots,
    "pascal": pascal,
    "repeated": repeated,
}
SINGULAR: Gallery = {"rank deficient": rank_deficient, "zero row": zero_row}
SYMMETRIC_GALLERY: Gallery = {
    "repeated": repeated,
    "integers": symmetric_integers,
    "second difference": second_difference,
    "close pairs": close_pairs,
    "arrow": symmetric_arrow,
    "saddle": saddle,
    "hessian": hessian,
    "pascal": pascal,
    "gram": gram,
}

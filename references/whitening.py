"""Batched inverse roots: upper triangular S with S^T C S close to the identity, and how close.

C = T^T T + D is never formed in more than float64. S is the product of inverse Cholesky factors, of
C shifted by a multiple of its rounding error and then of S^T C S, which is far better conditioned
(shifted Cholesky QR, Fukaya et al. 2020). What S is good for is judged afterwards, so that nothing
about its making needs a proof. docs/references.md derives the bounds.

Stacks are float64, columns scaled by the caller to a largest entry near 1.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from references.doubledouble import UNIT

Array = NDArray[np.float64]
UP = 1 + 2.0**-40  # covers the rounding of a few hundred float64 operations on positive numbers
TINY = 2.0**-500  # more than underflows, also of squares below a root, can lose
FAR = 2.0**-12  # defect from where another factor pays
PASSES = 2
HUGE = 2.0**100  # no inverse root has a use for entries above


class Whitening(NamedTuple):
    """S = `root` (B, q, q) with ||I - S^T C S||_2 <= `defect` (B,); C is regular below 1.

    `basis` (B, p, q) is T S and `gram` (B, q, q) is S^T C S, both as float64 rounds them.
    """

    root: Array
    basis: Array
    gram: Array
    defect: Array

    def select(self, members: NDArray[np.int64]) -> Whitening:
        """Some members."""
        return Whitening._make(field[members] for field in self)


def whiten(tall: Array, damping: Array | None) -> Whitening:
    """Whiten T^T T + diag(damping) for stacks T (B, p, q), damping (B, q), not negative."""
    gram = gram_of(tall)
    if damping is not None:
        add_diagonal(gram, damping)
    terms = sum(tall.shape[1:])
    found = judged(tall, damping, inverse_root(gram, terms))
    for _ in range(PASSES):
        open_ = np.flatnonzero(found.defect > FAR)
        if not len(open_):
            break
        part = found.select(open_)
        root = part.root @ inverse_root(part.gram, terms)
        better = judged(tall[open_], None if damping is None else damping[open_], root)
        wins = better.defect < part.defect
        for field, value in zip(found, better, strict=True):
            field[open_[wins]] = value[wins]
    return found


def judged(tall: Array, damping: Array | None, root: Array) -> Whitening:
    """What a root is worth, any root: its defect, proved.

    In Frobenius norms: Q = T S is off by e = gamma_q || |T| |S| ||, the product Q^T Q + S^T D S by
    gamma_(p + q + 3) (||Q||^2 + ||sqrt(D) S||^2) more.
    """
    p, q = tall.shape[1:]
    basis = tall @ root
    gram = gram_of(basis)
    size = squared(basis)
    if damping is not None:
        weighted = damping[..., None] * root
        gram = gram + transposed(root) @ weighted
        size = size + np.einsum("bij,bij->b", weighted, root)
    lost = gamma(q) * np.sqrt(squared(np.abs(tall) @ np.abs(root))) * UP
    skew = gram.copy()
    add_diagonal(skew, -np.ones((1, q)))
    distance = np.sqrt(squared(skew))
    defect = distance + gamma(p + q + 3) * size + 2 * lost * np.sqrt(size) + lost * lost
    usable = squared(root) < HUGE * HUGE
    return Whitening(root, basis, gram, np.where(usable, defect * UP + TINY, np.inf))


def inverse_root(gram: Array, terms: int) -> Array:
    """S near L^-T, L the Cholesky factor of a matrix known up to products of `terms` terms.

    Twice what the products and the factorisation can lose is added first, so that no pivot fails
    (Higham 2002, theorem 10.7).
    """
    lower: Any = np.linalg.cholesky(shifted(gram, terms))
    return np.ascontiguousarray(transposed(lower_inverse(lower)))


def shifted(gram: Array, terms: int) -> Array:
    """`gram` with its trace times 2 (terms + 4) u, or 1 where that is zero, on the diagonal."""
    trace = np.einsum("bii->b", gram)
    result = gram.copy()
    add_diagonal(result, np.where(trace > 0, 2 * (terms + 4) * UNIT * trace, 1.0)[:, None])
    return result


def lower_inverse(lower: Array) -> Array:
    """The inverse of lower triangular matrices (B, n, n), by halves."""
    n = lower.shape[-1]
    if n == 1:
        return 1 / lower
    half = n // 2
    result = np.zeros_like(lower)
    result[:, :half, :half] = first = lower_inverse(lower[:, :half, :half])
    result[:, half:, half:] = second = lower_inverse(lower[:, half:, half:])
    np.negative(second @ (lower[:, half:, :half] @ first), out=result[:, half:, :half])
    return result


def gram_of(stack: Array) -> Array:
    """A^T A; of a copy, since BLAS takes three times as long for a product with itself."""
    return transposed(stack) @ stack.copy()


def add_diagonal(stack: Array, values: Array) -> None:
    """Add values (B, n), or (B, 1), to the diagonals of a stack (B, n, n), in place."""
    np.einsum("bii->bi", stack)[...] += values


def squared(stack: Array) -> Array:
    """The square of the Frobenius norm of each member, as float64 rounds it: (B, m, n) to (B,)."""
    return np.einsum("bij,bij->b", stack, stack)


def gamma(terms: int) -> float:
    """k u / (1 - k u): what a sum of k products may lose, in any order (Higham 2002, 3.1)."""
    return terms * UNIT / (1 - terms * UNIT)


def transposed(stack: Array) -> Array:
    """A view of the transposed members."""
    return np.swapaxes(stack, -1, -2)

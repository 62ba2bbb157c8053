"""What derivatives of factors and of what is made of them do to what comes from above, by balls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from flint import arb, arb_mat
from numpy.typing import NDArray

from references import interleaved
from references.balls import (
    TARGET,
    Pieces,
    adaptive,
    engines,
    finite_members,
    identity,
    matrix,
    pieces,
    store,
    unproved,
)
from references.cholesky_balls import factor
from references.interval import Interval
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
BEYOND = 2.0**1000  # sizes from which on nothing but this is said of them
NARROW, FAINT = 2.0**-20, 2.0**-1000  # of a quantity: relative to itself, and beside that


class Pulled(NamedTuple):
    """One member: the arrays of its answer, and the quantities that go with it."""

    parts: tuple[arb_mat, ...]
    told: tuple[arb, ...]


class Found(NamedTuple):
    """The same as float64: quantities by their ends (k, 2)."""

    parts: tuple[Pieces, ...]
    ends: Array


def cholesky(a: NDArray, above: NDArray, *, level: int = 0) -> Truth:
    """The Hermitian part of X^H P X, P = tril(L^H W) with half its diagonal, X = L^-1: (B, n, n).

    Of a = L L^H, of which the lower triangle is read, and above = W, whose lower triangle counts:
    the Hermitian G for which Re <G, dA> is Re <W, dL> (Murray 2016, Differentiation of the Cholesky
    decomposition, section 3). Quantities as for the logarithm of the determinant, and, of what
    complex matrices are embedded as, relative to || G ||_F: reach, || X ||_2^2 || L^H W ||_F; worn,
    of what rounding makes of each product (docs/bounds.md); lost, of underflow; and peak, more than
    any entry on the way to G.
    """
    wide = np.iscomplexobj(a)
    known = interleaved.logdet(a, level=level)
    lower = interleaved.hermitian(a) if wide else a
    whole = np.tril(lower) + np.swapaxes(np.tril(lower, -1), 1, 2)
    weights = interleaved.interleaved(np.tril(above)) if wide else np.tril(above)
    finite = finite_members(a, above)

    def pulled(i: int) -> Pulled:
        return _through_factor(matrix(whole[i]), matrix(weights[i]), 1 + wide)

    parts, told = each((whole.shape,), finite & known.exists, pulled, 4, level)
    names = ("reach", "worn", "lost", "peak")
    exists = known.exists & finite
    return Truth(
        (interleaved.folded(parts[0]) if wide else parts[0],),
        {**known.quantities, **dict(zip(names, told, strict=True))},
        exists,
        engines(parts[0], exists, finite),
    )


def _through_factor(a: arb_mat, w: arb_mat, block: int) -> Pulled:
    """What lower triangular W becomes on its way through the factor of A.

    Blocks of two rows and columns are complex numbers, of which the diagonal of L is real.
    """
    lower = factor(a)
    n = lower.nrows()
    inverse = lower.solve(identity(n), algorithm="lu")
    down, across = inverse.transpose(), lower.transpose()
    middle = across * w
    half = _kept(middle, block)
    hermitian = arb_mat(n, n, [_of_real(half, i, j, block) for i in range(n) for j in range(n)])
    answer = down * (hermitian + hermitian.transpose()) * inverse / 2
    sizes = [absolute(x) for x in (down, across, half, inverse, w)]
    down_, across_, half_, inverse_, w_ = sizes
    # each half of the diagonal is exact, and what stands above it is not formed
    formed = _kept(across_ * w_, block)
    through = down_ * half_ * inverse_
    worn = 2 * (down_ * across_ * through) + down_ * formed * inverse_ + 2 * through
    gram = down * inverse
    square = length(gram * gram).sqrt()  # no less than the 2-norm of X^H X
    size, x, m = length(answer), square.sqrt() + 1, length(middle)
    lost = x * x * (1 + m * (1 + length(lower)))
    told = (square * m / size, length(worn) / size, lost / size, x * x * (1 + m))
    return Pulled((answer,), told)


def _kept(middle: arb_mat, block: int) -> arb_mat:
    """The lower triangle of blocks, with half of those on the diagonal."""
    n = middle.nrows()
    entries = [
        middle[i, j] / (1 + (i // block == j // block)) if i // block >= j // block else arb(0)
        for i in range(n)
        for j in range(n)
    ]
    return arb_mat(n, n, entries)


def _of_real(half: arb_mat, i: int, j: int, block: int) -> arb:
    """An entry of half, the numbers on the diagonal taken as real."""
    return half[i, j] if i // block != j // block or i == j else arb(0)


def each(
    shapes: Sequence[Sequence[int]],
    wanted: Flags,
    compute: Callable[[int], Pulled],
    count: int,
    level: int,
) -> tuple[list[Enclosure], list[Interval]]:
    """The arrays of `shapes`, and `count` quantities, of each member that is wanted.

    At rising precision until they are tight; nothing is said where they never are.
    """
    parts = [unproved(*shape) for shape in shapes]
    ends = np.tile([0.0, np.inf], (len(wanted), count, 1))
    for i in np.flatnonzero(wanted).tolist():
        found = adaptive(lambda i=i: _found(compute(i)), TARGET[level] + 64, _accepted(level))  # type: ignore[misc]
        if found is None:
            continue
        for part, own in zip(parts, found.parts, strict=True):
            store(part, i, own)
        ends[i] = found.ends
    return parts, [Interval(ends[:, k, 0].copy(), ends[:, k, 1].copy()) for k in range(count)]


def _found(pulled: Pulled) -> Found:
    ends = np.array([_ends(x) for x in pulled.told]).reshape(-1, 2)
    return Found(tuple(map(pieces, pulled.parts)), ends)


def _accepted(level: int) -> Callable[[Found], bool]:
    def accepted(found: Found) -> bool:
        lower, upper = found.ends[:, 0], found.ends[:, 1]
        sharp = (upper <= lower * (1 + NARROW) + FAINT) | np.isinf(upper)
        return all(part.tight(level) for part in found.parts) and bool(sharp.all())

    return accepted


def _ends(x: arb) -> tuple[float, float]:
    """The ends of a number that is not negative; [BEYOND, inf] of one that is beyond it."""
    if x > BEYOND:
        return BEYOND, np.inf
    if not x.is_finite():
        return 0.0, np.inf
    centre, radius = float(x.mid()), float(x.rad())
    wide = radius * (1 + 2.0**-50) + abs(centre) * 2.0**-50
    return max(centre - wide, 0.0), centre + wide + 2.0**-1074


def absolute(a: arb_mat) -> arb_mat:
    """The sizes of the entries."""
    return arb_mat(a.nrows(), a.ncols(), [abs(entry) for entry in a.entries()])


def length(a: arb_mat) -> arb:
    """The Frobenius norm."""
    return sum((entry * entry for entry in a.entries()), arb(0)).sqrt()

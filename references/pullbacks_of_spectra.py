"""What derivatives of spectra and of orthogonal factors are, by balls.

Of functions that depend neither on signs, or phases, nor on a choice of vectors. Gradients of real
functions of complex matrices are those by real parts plus i times those by imaginary parts, as
TensorFlow's are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from flint import arb, arb_mat
from numpy.typing import NDArray

from references import embedded, norms, singular
from references.balls import (
    TARGET,
    adaptive,
    engines,
    finite_members,
    identity,
    interval,
    magnitude,
    matrix,
    power_of_two,
)
from references.cholesky_balls import factor
from references.doubledouble import exact_scale, shift
from references.interleaved import HALF_ROOT, interleaved
from references.interval import Interval, minimum, sqrt
from references.pullbacks import each, transposed, turned
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
POLAR_STEPS = 64  # of Newton's iteration, which takes log2 of the condition and 6


def eigvalsh(a: NDArray, *, level: int = 0) -> Truth:
    """The gradient of half the sum of squares of eigenvalues, which is A: (B, n, n).

    Real or complex. As the lower triangle alone is read it alone has derivatives, and those off the
    diagonal count twice; of the diagonal of Hermitian A the real parts count. Quantities: norm, the
    Frobenius norm of A, of what a complex one is embedded as.
    """
    finite, wide = finite_members(a), np.iscomplexobj(a)
    lower = np.where(finite[:, None, None], np.tril(a), 0.0)
    if wide:
        np.einsum("bii->bi", lower).imag = 0.0
    stacked = embedded.column(lower) if wide else lower
    exponent = exact_scale(stacked)
    stacked = shift(stacked, -exponent)
    half = embedded.folded(stacked) if wide else stacked
    below = np.tril(half, -1)
    hi = half + below
    radius = np.where(finite[:, None, None], np.zeros(hi.shape), np.inf)
    whole = half + np.conj(transposed(below))
    flat = np.abs(embedded.matrix(whole) if wide else whole).reshape(len(a), -1, 1)
    norm = norms.scaled(norms.column_norms(Interval(flat, flat))[:, 0], exponent)
    part = Enclosure(hi, np.zeros_like(hi), radius, exponent)
    words = tuple(np.where(finite, "exact", "not finite").tolist())
    return Truth((part,), {"norm": norms.known(norm, finite)}, finite, words)


def nuclear(a: NDArray, *, compute_uv: bool = False, level: int = 0) -> Truth:
    """U V^H of A = U diag(s) V^H of full rank, the gradient of the sum of s: (B, m, n).

    The nearest matrix with orthonormal columns or rows, by Newton's iteration X <- (X + X^+T)/2
    (Higham 2008, 8.3), which keeps U and V: with || X^T X - I || <= d it is within d of U V^T, for
    |s - 1| <= |s^2 - 1|. Quantities as for singular values; where the rank may be smaller nothing
    is said. Of a complex matrix it is that of what it is embedded as.
    """
    part, known = _of_full_rank(a, polar, level)
    return replace(known, parts=(part,))


def pinv(a: Array, *, level: int = 0) -> Truth:
    """The gradient of the sum of the entries of the pseudo-inverse X of A of full rank: (B, m, n).

    -X^T W X^T + (I - A X) W^T X X^T for the W of ones and A with no more columns than rows (Golub
    and Pereyra 1973), its transpose for the others. Quantities as for singular values, and reach =
    || X ||_2^2 || W || over the norm of the answer, Frobenius norms.
    """

    def pulled(x: arb_mat) -> arb_mat:
        gram = (x.transpose() * x).inv()
        inverse = gram * x.transpose()
        left = identity(x.nrows()) - x * inverse
        ones = arb_mat(x.ncols(), x.nrows(), [1] * (x.nrows() * x.ncols()))
        turned = inverse.transpose()
        return left * ones.transpose() * gram - turned * ones * turned

    part, known = _of_full_rank(a, pulled, level)
    lengths = norms.absolute(part)
    flat = Interval(*(side.reshape(len(a), -1, 1) for side in (lengths.lower, lengths.upper)))
    size = norms.scaled(norms.column_norms(flat)[:, 0], part.exponent)
    inverse = known.quantities["kappa"] / norms.clipped(known.quantities["norm"])
    root = sqrt(Interval.exact(float(a.shape[1] * a.shape[2])))
    gap = known.quantities["gap"]
    nearest = Interval(*(np.fmin.reduce(side, axis=1) for side in (gap.lower, gap.upper)))
    last = norms.over(known.quantities["norm"], known.quantities["kappa"])
    told = {
        "reach": norms.over(inverse * inverse * root, size),
        "nearest": nearest,
        "step": last * minimum(last, known.quantities["norm"] * nearest),
    }
    return replace(known, parts=(part,), quantities={**known.quantities, **told})


def qr(a: NDArray, *, level: int = 0) -> Truth:
    """The gradient of the sum of log |r_ii|, which is A (A^H A)^-1, of A (B, m, n), m >= n.

    Of full rank, real or complex. Quantities as for singular values; steep = || R D^-1 ||_F, D the
    diagonal of R.
    """

    def pulled(x: arb_mat) -> arb_mat:
        return x * (x.transpose() * x).inv()

    part, known = _of_full_rank(a, pulled, level)
    wide = np.iscomplexobj(a)
    entries = interleaved(a) if wide else a  # R stays triangular there
    steep = np.tile([0.0, np.inf], (len(a), 1))
    for i in np.flatnonzero(np.isfinite(part.radius).all(axis=(1, 2))).tolist():
        found = adaptive(
            lambda i=i: interval([_steep(matrix(entries[i]))]),  # type: ignore[misc]
            TARGET[level] + 64,
            _narrow,
        )
        if found is not None:
            steep[i] = found.lower[0], found.upper[0]
    told = Interval(*steep.T.copy())
    told = told * HALF_ROOT if wide else told  # where each entry stands twice
    return replace(known, parts=(part,), quantities={**known.quantities, "steep": told})


def _steep(x: arb_mat) -> arb:
    """|| R D^-1 || of x = Q R."""
    lower = factor(x.transpose() * x)
    n = lower.nrows()
    rows = arb_mat(n, n, [lower[i, j] / lower[i, i] for i in range(n) for j in range(n)])
    return sum((entry * entry for entry in rows.entries()), arb(0)).sqrt()


def _narrow(found: Interval) -> bool:
    return bool((found.upper <= 1.001 * found.lower).all())


def _of_full_rank(
    a: NDArray, pulled: Callable[[arb_mat], arb_mat], level: int
) -> tuple[Enclosure, Truth]:
    """What becomes of A, or of its adjoint if that is taller, and its singular values.

    A complex matrix is taken as the real one that it is embedded as. Nothing is said where the rank
    may be smaller.
    """
    known, finite = singular.svd(a, level=level), finite_members(a)
    entries = embedded.matrix(a) if np.iscomplexobj(a) else a
    wide = a.shape[1] < a.shape[2]
    tall = transposed(entries) if wide else entries
    full = finite & np.isfinite(known.quantities["kappa"].upper)
    part = each(tall.shape, full, lambda i: pulled(matrix(tall[i])), level)
    known = replace(known, engine=engines(part, full, full))
    part = turned(part) if wide else part
    return (embedded.left_half(part) if np.iscomplexobj(a) else part), known


def polar(x: arb_mat) -> arb_mat:
    """Newton's iteration until its columns are as orthonormal as the precision allows."""
    x *= power_of_two(-magnitude(x))
    defect, before = arb(1), arb(1)
    for _ in range(POLAR_STEPS):
        x = (x + x * (x.transpose() * x).inv()) / 2
        left = x.transpose() * x - identity(x.ncols())
        before, defect = defect, sum((abs(entry) for entry in left.entries()), arb(0)).upper()
        if before < 1 and not defect < before / 4:
            break
    return x + arb_mat(x.nrows(), x.ncols(), [arb(0, defect)] * (x.nrows() * x.ncols()))

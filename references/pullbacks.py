"""What derivatives of functions of matrices do to what comes from above: pullbacks, by balls.

The closed forms are Giles's (2008, An extended collection of matrix derivative results), of complex
matrices those of what they are embedded as (references/embedded.py), as TensorFlow's gradients are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from flint import arb, arb_mat
from numpy.typing import NDArray

from references import determinants, embedded, interleaved, linear, norms, singular
from references.balls import (
    TARGET,
    Pieces,
    adaptive,
    engines,
    finite_members,
    identity,
    interval,
    magnitude,
    matrix,
    pieces,
    power_of_two,
    store,
    unproved,
)
from references.cholesky_balls import factor
from references.doubledouble import exact_scale, shift
from references.interval import Interval, minimum, sqrt
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
POLAR_STEPS = 64  # of Newton's iteration, which takes log2 of the condition and 6


def inv(a: NDArray, above: NDArray, *, level: int = 0) -> Truth:
    """-A^-H W A^-H of a, above = W (B, n, n): what W becomes on its way through the inverse.

    Quantities as for the inverse, and norm_w = ||W^T||, norm_g, that of the answer's transpose, and
    reach = norm_x^2 norm_w / norm_g: infinity norms.
    """
    wide = np.iscomplexobj(a)
    real_a, real_w = (embedded.matrix(x) if wide else x for x in (a, above))
    known = embedded.inv(a, level=level)
    finite = finite_members(a, above)

    def pulled(i: int) -> arb_mat:
        x = matrix(real_a[i]).inv().transpose()
        return -(x * matrix(real_w[i]) * x)

    part = _each(real_a.shape, finite & known.exists, pulled, level)
    norm_g = _size(_turned(part))
    norm_w = norms.infinity_norm(norms.entries(_transposed(real_w)))
    norm_x = known.quantities["norm_x"]
    told = {"reach": norms.over(norm_x * norm_x * norm_w, norm_g), "norm_w": norm_w}
    told = {name: norms.known(value, finite) for name, value in told.items()}
    exists = known.exists & finite
    return Truth(
        (embedded.left_half(part) if wide else part,),
        {**known.quantities, **told, "norm_g": norm_g},
        exists,
        engines(part, exists, finite),
    )


def solve(a: NDArray, rhs: NDArray, *, level: int = 0) -> Truth:
    """-Y X^H and Y of A X = B, A^H Y = B: what B, from above, becomes on its way through X.

    a (B, n, n), rhs = B (B, n, k). Quantities as for A X = B, those of A^H Y = B with _t at the
    end; norm_g = ||-Y X^H||, reach, n times the sum of ||y_j|| ||x_j|| over norm_g, sqrt 2 times
    that in complex, and top, the sum of all ||x_j|| and ||y_j||, of what numbers are embedded as.
    """
    wide = np.iscomplexobj(a)
    real_a, real_b = (embedded.matrix(x) if wide else x for x in (a, rhs))
    one, other = (embedded.solve(a, rhs, adjoint=way, level=level) for way in (False, True))
    finite = finite_members(a, rhs)

    def pulled(i: int) -> arb_mat:
        left, right = matrix(real_a[i]), matrix(real_b[i])
        return -(left.transpose().solve(right) * left.solve(right).transpose())

    part = _each(real_a.shape, finite & one.exists, pulled, level)
    tops = [_tops(truth.parts[0]) for truth in (one, other)]
    total = sum((x * y for x, y in zip(*tops, strict=True)), Interval.exact(0.0))
    norm_g, rows = _size(part), a.shape[1] * (1.4143 if wide else 1.0)  # sqrt 2 and a little
    told = {f"{name}_t": value for name, value in other.quantities.items()}
    told["reach"] = norms.known(norms.over(total * rows, norm_g), finite)
    told["norm_g"] = norms.known(norm_g, finite)
    told["top"] = norms.known(sum((x for side in tops for x in side), Interval.exact(0.0)), finite)
    return Truth(
        (embedded.left_half(part) if wide else part, other.parts[0]),
        {**one.quantities, **told},
        one.exists,
        engines(part, one.exists, finite),
    )


def det(a: Array, *, level: int = 0) -> Truth:
    """The determinant times A^-T, of a (B, n, n); of singular matrices nothing is said.

    Quantities as for the determinant, those of the inverse of A^T with _t at the end, and size, the
    absolute value of the determinant.
    """
    known, value = linear.inv(a, adjoint=True, level=level), determinants.det(a, level=level)
    finite = finite_members(a)

    def pulled(i: int) -> arb_mat:
        x = matrix(a[i])
        return x.inv().transpose() * x.det()

    part = _each(a.shape, finite & known.exists, pulled, level)
    told = {f"{name}_t": quantity for name, quantity in known.quantities.items()}
    told["size"] = norms.scaled(norms.absolute(value.parts[0]), value.parts[0].exponent)
    return Truth((part,), {**value.quantities, **told}, finite, engines(part, finite, finite))


def logdet(a: NDArray, *, level: int = 0) -> Truth:
    """A^-1 of Hermitian positive definite A, of which the lower triangle is read: (B, n, n).

    Quantities as for the inverse, and definite, as for the factor; others have no answer.
    """
    factor = interleaved.logdet(a, level=level)
    whole = np.tril(a) + np.conj(_transposed(np.tril(a, -1)))
    if np.iscomplexobj(a):
        np.einsum("bii->bi", whole).imag = 0.0
    known = embedded.inv(whole, level=level)
    told = {name: value for name, value in factor.quantities.items() if name != "norm_a"}
    return replace(known, quantities={**told, **known.quantities}, exists=factor.exists)


def eigvalsh(a: Array, *, level: int = 0) -> Truth:
    """The gradient of half the sum of squares of eigenvalues, which is A: (B, n, n).

    As the lower triangle alone is read it alone has derivatives, and those off the diagonal count
    twice. Quantities: norm, the Frobenius norm of A.
    """
    finite = finite_members(a)
    lower = np.where(finite[:, None, None], np.tril(a), 0.0)
    exponent = exact_scale(lower)
    half = shift(lower, -exponent)
    hi = half + np.tril(half, -1)
    radius = np.where(finite[:, None, None], np.zeros_like(hi), np.inf)
    flat = np.abs(half + _transposed(np.tril(half, -1))).reshape(len(a), -1, 1)
    norm = norms.scaled(norms.column_norms(Interval(flat, flat))[:, 0], exponent)
    part = Enclosure(hi, np.zeros_like(hi), radius, exponent)
    words = tuple(np.where(finite, "exact", "not finite").tolist())
    return Truth((part,), {"norm": norms.known(norm, finite)}, finite, words)


def nuclear(a: Array, *, compute_uv: bool = False, level: int = 0) -> Truth:
    """U V^T of A = U diag(s) V^T of full rank, the gradient of the sum of s: (B, m, n).

    The nearest matrix with orthonormal columns or rows, by Newton's iteration X <- (X + X^+T)/2
    (Higham 2008, 8.3), which keeps U and V: with || X^T X - I || <= d it is within d of U V^T, for
    |s - 1| <= |s^2 - 1|. Quantities as for singular values; where the rank may be smaller nothing
    is said.
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


def qr(a: Array, *, level: int = 0) -> Truth:
    """The gradient of the sum of log |r_ii|, which is A (A^T A)^-1, of A (B, m, n), m >= n.

    Of full rank. Quantities as for singular values; steep = || R D^-1 ||_F, D the diagonal of R.
    """

    def pulled(x: arb_mat) -> arb_mat:
        return x * (x.transpose() * x).inv()

    part, known = _of_full_rank(a, pulled, level)
    steep = np.tile([0.0, np.inf], (len(a), 1))
    for i in np.flatnonzero(np.isfinite(part.radius).all(axis=(1, 2))).tolist():
        found = adaptive(lambda i=i: interval([_steep(matrix(a[i]))]), TARGET[level] + 64, _narrow)  # type: ignore[misc]
        if found is not None:
            steep[i] = found.lower[0], found.upper[0]
    told = {**known.quantities, "steep": Interval(*steep.T.copy())}
    return replace(known, parts=(part,), quantities=told)


def _steep(x: arb_mat) -> arb:
    """|| R D^-1 || of x = Q R."""
    lower = factor(x.transpose() * x)
    n = lower.nrows()
    rows = arb_mat(n, n, [lower[i, j] / lower[i, i] for i in range(n) for j in range(n)])
    return sum((entry * entry for entry in rows.entries()), arb(0)).sqrt()


def _narrow(found: Interval) -> bool:
    return bool((found.upper <= 1.001 * found.lower).all())


def _of_full_rank(
    a: Array, pulled: Callable[[arb_mat], arb_mat], level: int
) -> tuple[Enclosure, Truth]:
    """What becomes of A, or of its transpose if that is taller, and its singular values.

    Nothing is said where the rank may be smaller.
    """
    known, finite = singular.svd(a, level=level), finite_members(a)
    wide = a.shape[1] < a.shape[2]
    tall = _transposed(a) if wide else a
    full = finite & np.isfinite(known.quantities["kappa"].upper)
    part = _each(tall.shape, full, lambda i: pulled(matrix(tall[i])), level)
    return (_turned(part) if wide else part), replace(known, engine=engines(part, full, full))


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


def _made(compute: Callable[[int], arb_mat], member: int) -> Pieces:
    return pieces(compute(member))


def _each(
    shape: Sequence[int], wanted: Flags, compute: Callable[[int], arb_mat], level: int
) -> Enclosure:
    """A matrix for each member that is wanted, at rising precision until it is tight."""
    part = unproved(*shape)
    for i in np.flatnonzero(wanted).tolist():
        found = adaptive(
            partial(_made, compute, i), TARGET[level] + 64, partial(Pieces.tight, level=level)
        )
        if found is not None:
            store(part, i, found)
    return part


def _tops(part: Enclosure) -> list[Interval]:
    """The largest entry of each column of what is embedded, two for a complex one: (B,) each."""
    wide = np.iscomplexobj(part.hi)
    if wide:
        hi, lo = embedded.column(part.hi), embedded.column(part.lo)
        part = Enclosure(hi, lo, np.concatenate([part.radius] * 2, axis=1), part.exponent)
    x, k = norms.absolute(part), part.hi.shape[2]
    return [norms.scaled(norms.largest(x[:, :, j]), part.exponent) for j in range(k)] * (1 + wide)


def _size(part: Enclosure) -> Interval:
    """The infinity norm."""
    return norms.scaled(norms.infinity_norm(norms.absolute(part)), part.exponent)


def _transposed(a: NDArray) -> NDArray:
    return np.ascontiguousarray(np.swapaxes(a, 1, 2))


def _turned(part: Enclosure) -> Enclosure:
    hi, lo, radius = (_transposed(side) for side in (part.hi, part.lo, part.radius))
    return Enclosure(hi, lo, radius, part.exponent)

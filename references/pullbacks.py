"""What derivatives of functions of matrices do to what comes from above: pullbacks, by balls.

The closed forms are Giles's (2008, An extended collection of matrix derivative results), of complex
matrices those of what they are embedded as (references/embedded.py), as TensorFlow's gradients are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from flint import acb, acb_mat, arb_mat
from numpy.typing import NDArray

from references import complex_determinants, embedded, interleaved, norms
from references.balls import (
    TARGET,
    UNIT,
    Pieces,
    adaptive,
    engines,
    finite_members,
    matrix,
    pieces,
    store,
    unproved,
)
from references.interval import Interval
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


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

    part = each(real_a.shape, finite & known.exists, pulled, level)
    norm_g = _size(turned(part))
    norm_w = norms.infinity_norm(norms.entries(transposed(real_w)))
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

    part = each(real_a.shape, finite & one.exists, pulled, level)
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


def det(a: NDArray, *, level: int = 0) -> Truth:
    """The conjugate of the determinant times A^-H: real or complex (B, n, n).

    The derivative of the determinant is det A trace(A^-1 dA), and as TensorFlow's gradients of
    holomorphic functions are (of a product, say), its gradient is the conjugate of that: of one row
    it is 1, whatever the number. Of singular matrices nothing is said. Quantities as for the
    determinant, those of the inverse of A^H with _t at the end, size, the absolute value of the
    determinant, and of complex ones slant, the imaginary part over that.
    """
    known = embedded.inv(a, adjoint=True, level=level)
    value = complex_determinants.det(a, level=level)
    finite, wide = finite_members(a), np.iscomplexobj(a)

    def pulled(i: int) -> arb_mat:
        if wide:
            return _conjugate_of_cofactors(a[i])
        x = matrix(a[i])
        return x.inv().transpose() * x.det()

    part = each((len(a), a.shape[1] * (1 + wide), a.shape[2]), finite & known.exists, pulled, level)
    words = engines(part, finite, finite)
    told = {f"{name}_t": quantity for name, quantity in known.quantities.items()}
    found = value.parts[0]
    size = _modulus(found)
    told["size"] = norms.scaled(size, found.exponent)
    if wide:
        imaginary = Enclosure(found.hi.imag, found.lo.imag, found.radius, found.exponent)
        told["slant"] = norms.over(norms.absolute(imaginary), size)
        part = embedded.folded_enclosure(part)
    return Truth((part,), {**value.quantities, **told}, finite, words)


def _modulus(part: Enclosure) -> Interval:
    """|numbers| of an enclosure, without its power of two."""
    if not np.iscomplexobj(part.hi):
        return norms.absolute(part)
    size = np.abs(part.hi)
    ends = Interval.around(size, part.radius + np.abs(part.lo) + 4 * UNIT * size)
    return norms.clipped(ends, zero=ends.upper == 0)


def _conjugate_of_cofactors(a: NDArray) -> arb_mat:
    """The conjugate of the determinant times A^-H, of one complex matrix, as [re; im]."""
    n = len(a)
    x = acb_mat(n, n, [acb(z.real, z.imag) for z in a.ravel().tolist()])
    inverse, size = x.inv(), x.det()
    entries = [inverse[j, i] * size for i in range(n) for j in range(n)]
    return arb_mat(2 * n, n, [z.real for z in entries] + [-z.imag for z in entries])


def logdet(a: NDArray, *, level: int = 0) -> Truth:
    """A^-1 of Hermitian positive definite A, of which the lower triangle is read: (B, n, n).

    Quantities as for the inverse, and definite, as for the factor; others have no answer.
    """
    factor = interleaved.logdet(a, level=level)
    whole = np.tril(a) + np.conj(transposed(np.tril(a, -1)))
    if np.iscomplexobj(a):
        np.einsum("bii->bi", whole).imag = 0.0
    known = embedded.inv(whole, level=level)
    told = {name: value for name, value in factor.quantities.items() if name != "norm_a"}
    return replace(known, quantities={**told, **known.quantities}, exists=factor.exists)


def _made(compute: Callable[[int], arb_mat], member: int) -> Pieces:
    return pieces(compute(member))


def each(
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


def transposed(a: NDArray) -> NDArray:
    """Every matrix of a stack transposed: (B, m, n) to (B, n, m)."""
    return np.ascontiguousarray(np.swapaxes(a, 1, 2))


def turned(part: Enclosure) -> Enclosure:
    """The enclosure of the transposes."""
    hi, lo, radius = (transposed(side) for side in (part.hi, part.lo, part.radius))
    return Enclosure(hi, lo, radius, part.exponent)

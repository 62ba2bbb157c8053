"""What gradients of systems are measured by: of A x = b, w from above, A^H y = w.

Routines answer what A gets, what b gets, which is y, and x: so that the first can be told from the
product that it is of the other two, whatever the condition.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from properties.dtypes import Dtype
from properties.entries import columnwise_moduli, sizes, unmet, unmet_by_factors
from properties.faults import coarse
from properties.routine import Case, Claim, Fault
from references.interval import Interval
from references.truth import Enclosure

Mask = NDArray[np.bool_]


def of_matrix(case: Case) -> Interval:
    """|G' - G| over the largest |G|, the largest of an entry of what the matrix gets: (B,)."""
    part = case.truth.parts[0]
    hi, lo, radius = (side.reshape(len(side), -1, 1) for side in (part.hi, part.lo, part.radius))
    truth = replace(case.truth, parts=(Enclosure(hi, lo, radius, part.exponent),))
    return columnwise_moduli(replace(case, answer=(case.answer[0].reshape(hi.shape),), truth=truth))


def of_rhs(case: Case) -> Interval:
    """The largest ||y' - y|| / ||y|| of a column of what the right-hand side gets: (B,)."""
    truth = replace(case.truth, parts=case.truth.parts[1:])
    return columnwise_moduli(replace(case, answer=case.answer[1:], truth=truth))


def beside(*errors: Interval) -> Interval:
    """The errors (B, n, k) of several solutions side by side."""
    lower, upper = ([getattr(x, end) for x in errors] for end in ("lower", "upper"))
    return Interval(np.concatenate(lower, axis=2), np.concatenate(upper, axis=2))


def product_left(given: NDArray, left: NDArray, right: NDArray, dtype: Dtype) -> Interval:
    """|G + Y X^H| / (|Y||X^H|) entry by entry, in eps; underflow of each product forgiven."""
    lost = left.shape[2] * dtype.tiny * (2 + _top(left) + _top(right))
    return unmet(left, turned(right), -given, lost, dtype.eps)


def threefold_left(
    given: NDArray,
    sides: tuple[NDArray, NDArray, NDArray],
    solutions: tuple[NDArray, NDArray],
    factor: NDArray,
    dtype: Dtype,
) -> Interval:
    """|G + A B C| / (|A||B||C|) entry by entry, in eps, of a factor and both solutions.

    What the factor makes of a solution was there before it: forgiven is the underflow of that
    substitution and of the product with the other.
    """
    (x, y), (first, second, third) = solutions, sides
    with np.errstate(over="ignore", invalid="ignore"):
        through = 1 + factor.shape[1] * (2 + 3 * _top(factor))
        lost = second.shape[2] * dtype.tiny * (2 + (_top(x) + _top(y)) * through)
    return unmet_by_factors((first, second), third, -given, lost, dtype.eps)


def _top(side: NDArray) -> NDArray[np.float64]:
    """The largest modulus of a member: (B,)."""
    top: NDArray[np.float64] = sizes(side).upper.max(axis=(1, 2))
    return top


def kept_alone(error: Interval, given: NDArray, whole: NDArray, kept: Mask) -> Interval:
    """The error where a matrix has entries of its own; all else that is given must be zero.

    `whole`: the matrix (B, n, n) of what is given, whose entries elsewhere it leaves out.
    """
    counts = [np.count_nonzero(side.reshape(len(side), -1), axis=1) for side in (given, whole)]
    beyond = np.where(counts[0] > counts[1], np.inf, 0.0)[:, None, None]
    return Interval(np.where(kept, error.lower, beyond), np.where(kept, error.upper, beyond))


def turned(a: NDArray) -> NDArray:
    """The conjugate transposes."""
    return np.ascontiguousarray(np.swapaxes(a.conj(), 1, 2))


PRODUCT = (
    "a product of so many terms (Higham 2002, 3.5) of both solutions as they are answered, two "
    "more of complex numbers (3.6), and three roundings of what is answered; zero elsewhere"
)
FORWARD = (
    Claim(
        name="of the matrix",
        measure=of_matrix,
        bound="compounded(off, eps)",
        unless="doubt",
        because="both solutions off as their systems allow, entry by entry, in -y x^H: worn; and "
        "its sums of so many products: formed",
    ),
    Claim(
        name="of the right-hand side",
        measure=of_rhs,
        bound="compounded(strayed, eps)",
        unless="doubt",
        because="a solution of the adjoint system, off as that allows, entry by entry: moved",
    ),
)


def _coarse_matrix(tf, call, a, *rest, **told):
    return call(coarse(tf, a), *rest, **told)


def _coarse_above(tf, call, *inputs, **told):
    *given, above = inputs
    return call(*given, coarse(tf, above), **told)


def _coarse_product(tf, call, *inputs, **told):
    of_a, *rest = call(*inputs, **told)
    return coarse(tf, of_a), *rest


def _coarse_solution(tf, call, *inputs, **told):
    """y of half the digits, after the product."""
    of_a, of_b, x = call(*inputs, **told)
    return of_a, coarse(tf, of_b), x


def _negated(tf, call, *inputs, **told):
    of_a, *rest = call(*inputs, **told)
    return -of_a, *rest


def _conjugated(tf, call, *inputs, **told):
    of_a, *rest = call(*inputs, **told)
    return tf.math.conj(of_a), *rest


def _conjugated_matrix(tf, call, a, *rest, **told):
    """A^T for A^H on the way back: the solution is that of A."""
    x = call(a, *rest, **told)[-1]
    return *call(tf.math.conj(a), *rest, **told)[:-1], x


def _of_rhs_itself(tf, call, *inputs, **told):
    """As if the right-hand side had come from above."""
    *given, _ = inputs
    return call(*given, given[-1], **told)


def _same_system(tf, call, a, rhs, above, **told):
    """y of A y = w, which is what x is of b."""
    of_a, _, x = call(a, rhs, above, **told)
    return of_a, call(a, above, above, **told)[2], x


def _first_column(tf, call, *inputs, **told):
    """What the matrix gets of the first right-hand side alone."""
    *given, rhs, above = inputs
    only = tf.one_hot(0, rhs.shape[-1], dtype=rhs.dtype)
    of_a = call(*given, rhs, above * only, **told)[0]
    return of_a, *call(*inputs, **told)[1:]


FAULTS = (
    Fault("half the digits of the matrix", _coarse_matrix),
    Fault("half the digits of what comes from above", _coarse_above),
    Fault("half the digits of what the matrix gets", _coarse_product),
    Fault("half the digits of what the right-hand side gets", _coarse_solution),
    Fault("what the matrix gets, of the other sign", _negated),
    Fault("what the matrix gets, conjugated", _conjugated, complex=True),
    Fault("of the right-hand side itself", _of_rhs_itself),
    Fault("of the first right-hand side alone", _first_column),
)
TRANSPOSED = Fault("transposed for adjoint", _conjugated_matrix, complex=True)
SAME_SYSTEM = Fault("of the same system", _same_system)

"""tf.linalg.sqrtm: principal square roots of matrices whose roots are known without error."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from properties.draws import SCALES, SEEDS, by_depth
from properties.dtypes import FLOAT32, FLOAT64
from properties.embedding import MATRIX
from properties.faults import coarse
from properties.makers import Recipe
from properties.measures import euclidean, frobenius, product, ratio
from properties.placed import log2_scale
from properties.recipes import problem
from properties.roots import GRADED, ROOTS, WITHOUT_IMAGINARY
from properties.routine import Case, Claim, Fault, Problem, Routine
from properties.verify import verify
from references import audits_spectral, opinions
from references.doubledouble import exact_scale, shift
from references.interval import Interval
from references.roots import sqrtm

GRIDS = (FLOAT32, FLOAT64)


def squares(depth: int) -> SearchStrategy[Problem]:
    """A = B^2 (B, n, n) without rounding, B dominated by a positive diagonal."""
    return squared("squares", depth, by_depth(depth, (2, 3, 8), (16,)))


def complex_squares(depth: int) -> SearchStrategy[Problem]:
    """The same of Gaussian integers, times a power of two."""
    return squared("complex squares", depth, (2, 3, 8))


def squared(kind: str, depth: int, orders: Sequence[int]) -> SearchStrategy[Problem]:
    """Stacks of a kind of recipes that are squares, maybe with what comes from above."""
    more = (WITHOUT_IMAGINARY,) if kind.startswith("complex") else ()
    fields = st.tuples(
        st.sampled_from(orders),
        st.sampled_from((*more, *ROOTS, GRADED)),  # Hypothesis begins with the first
        st.sampled_from(SCALES),
        st.sampled_from(GRIDS),
        SEEDS,
    )

    def assembled(values: tuple) -> Problem:
        n, structure, scale, grid, seed = values
        power, number = log2_scale(scale, grid, 2), int.from_bytes(seed, "big")
        return problem(Recipe(kind, depth, (n,), structure, 0, power, grid.name, number))

    return fields.map(assembled)


def residual(case: Case) -> Interval:
    """||X^2 - A|| / ||X||^2, Frobenius norms, after powers of two."""
    (a,), x = case.problem.inputs, case.answer[0]
    power = exact_scale(np.where(np.isfinite(x), x, 0.0))
    near = shift(x, -power)
    left = euclidean(product(near, near, -shift(a, -2 * power)), (-2, -1))
    size = euclidean(Interval.exact(near), (-2, -1))
    return ratio(left, size * size, case.dtype.eps)


def _rounded(tf, call, a):
    """Sixteenths of the largest entry."""
    x = call(a)
    step = tf.reduce_max(tf.abs(x), axis=(-2, -1), keepdims=True) / 16
    if not x.dtype.is_complex:
        return tf.round(x / step) * step
    return tf.complex(
        *(tf.round(part / step) * step for part in (tf.math.real(x), tf.math.imag(x)))
    )


def _entries(tf, call, a):
    """Roots entry by entry."""
    return tf.sqrt(tf.cast(tf.abs(a), a.dtype)) * tf.sign(a)


def _newton(tf, call, a):
    """Three steps of Newton's iteration from the identity."""
    x = a / tf.linalg.trace(a)[..., None, None] * 0 + tf.eye(a.shape[-1], dtype=a.dtype)
    for _ in range(3):
        x = (x + tf.linalg.solve(x, a)) / 2
    return x


SQRTM = Routine(
    name="linalg.sqrtm",
    call="linalg.sqrtm",
    problems=squares,
    complex_problems=complex_squares,
    embedding=MATRIX,
    reference=sqrtm,
    rival=opinions.sqrtm,
    audit=audits_spectral.sqrtm,
    terms={
        "order": "n*(1 + complex)",
        "eta": "8*sqrt(order)*(sqrt(order) + 5) + 2*order*sqrt(order) + order/2 "
        "+ 20*order**2*tiny/eps/norm_a",
    },
    excused="4.4*sensitivity**2*eta*eps",
    claims=(
        Claim(
            name="residual",
            measure=residual,
            bound="eta/(1 - eta*eps)",
            unless="2*eta*eps",
            because="a Schur form is exact for A + E, ||E|| at most 4 sqrt n (sqrt n + 5) eps "
            "||A||, probabilistically as for eig; the root U of its triangle T leaves |T - U^2| "
            "<= gamma_n |U|^2 (Bjorck and Hammarling 1983; Higham 2008, 6.2); turning back takes "
            "two products with Q, and Q's own error; ||A|| is at most ||X||^2",
        ),
        Claim(
            name="forward",
            measure=frobenius,
            bound="1.1*sensitivity*eta/(1 - 2.2*sensitivity**2*eta*eps)",
            unless="4.4*sensitivity**2*eta*eps",
            because="D = X' - X solves XD + DX + D^2 = R, so ||D|| <= s ||R||/(1 - 2 s^2 ||R||), "
            "s the norm of the inverse of Y -> XY + YX (Higham 2008, 6.1)",
        ),
    ),
    faults=(
        Fault("transposed", lambda tf, call, a: tf.linalg.matrix_transpose(call(a))),
        Fault("entry by entry", _entries),
        Fault("conjugated", lambda tf, call, a: tf.math.conj(call(a)), complex=True),
        Fault("other root", lambda tf, call, a: -call(a)),
        Fault("roots of the diagonal", lambda tf, call, a: tf.linalg.diag(
            tf.sqrt(tf.cast(tf.abs(tf.linalg.diag_part(a)), a.dtype)))),
        Fault("three steps of Newton", _newton),
        Fault("half the digits of the matrix", lambda tf, call, a: call(coarse(tf, a))),
        Fault("four bits of the answer", _rounded),
    ),
    volume=0.4,
)  # fmt: skip

test_sqrtm = verify(SQRTM)

"""tf.linalg.sqrtm: principal square roots of matrices whose roots are known without error."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from properties.draws import SCALES, SEEDS, by_depth
from properties.dtypes import FLOAT32, FLOAT64
from properties.faults import coarse
from properties.makers import Recipe
from properties.measures import euclidean, frobenius, product, ratio
from properties.placed import log2_scale
from properties.recipes import problem
from properties.roots import GRADED, ROOTS
from properties.routine import Case, Claim, Fault, Problem, Routine
from properties.verify import verify
from references import audits_spectral, opinions
from references.doubledouble import exact_scale, shift
from references.interval import Interval
from references.roots import sqrtm

GRIDS = (FLOAT32, FLOAT64)


def squares(depth: int) -> SearchStrategy[Problem]:
    """A = B^2 (B, n, n) without rounding, B dominated by a positive diagonal."""
    fields = st.tuples(
        st.sampled_from(by_depth(depth, (2, 3, 8), (16,))),
        st.sampled_from((*ROOTS, GRADED)),
        st.sampled_from(SCALES),
        st.sampled_from(GRIDS),
        SEEDS,
    )

    def assembled(values: tuple) -> Problem:
        n, structure, scale, grid, seed = values
        power, number = log2_scale(scale, grid, 2), int.from_bytes(seed, "big")
        return problem(Recipe("squares", depth, (n,), structure, 0, power, grid.name, number))

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
    return tf.round(x / step) * step


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
    reference=sqrtm,
    rival=opinions.sqrtm,
    audit=audits_spectral.sqrtm,
    terms={
        "eta": "8*sqrt(n)*(sqrt(n) + 5) + 2*n*sqrt(n) + n/2 + 20*n**2*tiny/(eps*norm_a)",
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
        Fault("entry by entry", lambda tf, call, a: tf.sqrt(tf.abs(a)) * tf.sign(a)),
        Fault("other root", lambda tf, call, a: -call(a)),
        Fault("roots of the diagonal", lambda tf, call, a: tf.linalg.diag(
            tf.sqrt(tf.abs(tf.linalg.diag_part(a))))),
        Fault("three steps of Newton", _newton),
        Fault("half the digits of the matrix", lambda tf, call, a: call(coarse(tf, a))),
        Fault("four bits of the answer", _rounded),
    ),
    volume=0.4,
)  # fmt: skip

test_sqrtm = verify(SQRTM)

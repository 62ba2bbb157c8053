"""tf.linalg.logm: principal logarithms of complex matrices."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from properties.distances import FROBENIUS, error_and_size
from properties.draws import FEW_ORDERS, PARTS, SCALES, SEEDS, by_depth, log2_scale
from properties.embedding import MATRIX
from properties.faults import coarse
from properties.logarithms import LOGARITHMS
from properties.makers import Recipe
from properties.measures import frobenius, ratio
from properties.recipes import problem
from properties.routine import Case, Claim, Fault, Problem, Routine
from properties.verify import verify
from references import audits_spectral, opinions
from references.doubledouble import shift
from references.interval import Interval
from references.logm import logm
from references.squaring import exponentials
from references.truth import Enclosure

FAR = 256.0


def matrices(depth: int) -> SearchStrategy[Problem]:
    """Complex A (B, n, n), mostly with no eigenvalue near the negative axis."""
    fields = st.tuples(
        st.sampled_from(by_depth(depth, (*FEW_ORDERS, (3,)), ((16,),))),
        st.sampled_from(tuple(LOGARITHMS)),
        st.sampled_from(SCALES),
        st.sampled_from(PARTS),
        SEEDS,
    )

    def assembled(values: tuple) -> Problem:
        sizes, structure, scale, grid, seed = values
        word = "large" if scale == "extreme" else scale  # Eigen never comes back from an overflow
        power, number = log2_scale(word, grid, 0), int.from_bytes(seed, "big")
        return problem(Recipe("logarithms", depth, sizes, structure, 0, power, grid.name, number))

    return fields.map(assembled)


def residual(case: Case) -> Interval:
    """||e^X - A|| / ||e^X||, Frobenius norms, e^X enclosed.

    Infinite for an X that is FAR times as long as the truth, which need not be raised to tell.
    """
    (a,), x, part = case.problem.inputs, case.answer[0], case.truth.parts[0]
    with np.errstate(over="ignore"):
        long = np.abs(shift(x, -part.exponent)).max(axis=(1, 2)) > FAR * np.abs(part.hi).max(
            axis=(1, 2)
        )
    raised = exponentials(np.where(long[:, None, None], 0.0, x), np.isfinite(x).all(axis=(1, 2)))
    wide = np.broadcast_to(raised.radius[:, None, None], x.shape)
    far, size = error_and_size(
        a, Enclosure(raised.hi, raised.lo, np.ascontiguousarray(wide), raised.exponent), FROBENIUS
    )
    error = ratio(far, size, case.dtype.eps)
    return Interval(np.where(long, np.inf, error.lower), np.where(long, np.inf, error.upper))


def _first_order(tf, call, a):
    """A - I, the first term of the series."""
    return call(a) * 0 + a - tf.eye(a.shape[-1], dtype=a.dtype)


def _of_the_diagonal(tf, call, a):
    """Logarithms of the diagonal."""
    return tf.linalg.diag(tf.math.log(tf.linalg.diag_part(a)))


def _other_branch(tf, call, a):
    """2 pi i more."""
    return call(a) + 2j * np.pi * tf.eye(a.shape[-1], dtype=a.dtype)


LOGM = Routine(
    name="linalg.logm",
    call="linalg.logm",
    problems=matrices,
    complex_problems=matrices,
    embedding=MATRIX,
    reference=logm,
    rival=opinions.logm,
    audit=audits_spectral.logm,
    terms={
        "root": "sqrt(2*n)",
        "schur": "4*root*(root + 5) + 10*n**2*tiny/eps/norm_a",
        "formed": "(schur + 8*n)*norm_x + 2*(n + 4)*ladder",
    },
    excused="max(2*schur*reach*eps, 8*n*norm_a/huge)",
    claims=(
        Claim(
            name="residual",
            measure=residual,
            bound="1.5*(schur + hump*formed)",
            unless="8*hump*(schur*sensitivity + formed)*eps",
            because="a Schur form is exact for A + E, ||E|| at most schur eps ||A||, "
            "probabilistically as for eig; what the logarithm X of its triangle is off by, and "
            "turning it back, moves e^X by hump of that",
        ),
        Claim(
            name="forward",
            measure=frobenius,
            bound="1.1*(schur*sensitivity/(1 - schur*eps*reach) + formed)/norm_x",
            unless="2*(schur*sensitivity + 2*(n + 4)*ladder)*eps",
            because="log (A + E) - log A is the integral of (A + mu I)^-1 E (A + E + mu I)^-1 over "
            "mu >= 0 (Higham 2008, 11.1), E as in a Schur form; as much again for turning back; "
            "roots U of triangles T leave |T - U^2| <= 2 (n + 4) eps |U|^2, 2^j-fold at the j-th "
            "(Higham 2008, 6.2 and 11.5), and a Pade quotient near I is within 8 n eps",
        ),
    ),
    faults=(
        Fault("transposed", lambda tf, call, a: tf.linalg.matrix_transpose(call(a))),
        Fault("conjugated", lambda tf, call, a: tf.math.conj(call(a)), complex=True),
        Fault("negated", lambda tf, call, a: -call(a)),
        Fault("entry by entry", lambda tf, call, a: tf.math.log(a)),
        Fault("first order", _first_order),
        Fault("logarithms of the diagonal", _of_the_diagonal),
        Fault("another branch", _other_branch),
        Fault("binary logarithm", lambda tf, call, a: call(a) * 1.4426950408889634),
        # Half the digits may leave nothing of small entries, and of zeros it never comes back.
        Fault("a thousandth more of the matrix", lambda tf, call, a: call(a * 1.0009765625)),
        Fault("half the digits of the answer", lambda tf, call, a: coarse(tf, call(a))),
    ),
    dtypes=("complex64", "complex128"),
    volume=0.4,
)  # fmt: skip

test_logm = verify(LOGM)

"""Gradients of eigenvalues, by a tape: of half the sum of |w|^2, which no order of them changes.

Of tf.linalg.eig and eigvals, whose gradients go by eigenvectors that need not be orthogonal, and of
tf.linalg.eigh_tridiagonal.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from hypothesis.strategies import SearchStrategy
from numpy.typing import NDArray

from properties import complex_matrices
from properties.distances import distance
from properties.draws import FEW_ORDERS, FINE, GENERAL, LARGE_ORDERS, PARTS, by_depth, drawn
from properties.embedding import MATRIX
from properties.faults import coarse
from properties.linalg.eig import EIG
from properties.linalg.eigh import TERMS as OF_EIGH
from properties.linalg.eigh_tridiagonal import diagonals
from properties.linalg.gradients import CONJUGATED, HALVES, HERE, NEGATED, TRANSPOSED
from properties.linalg.lu import LU
from properties.measures import SMALLEST, frobenius, magnitude, product, ratio
from properties.routine import Case, Claim, Fault, Problem, Routine
from properties.verify import verify
from references import pullbacks_of_eigenvalues as pullbacks
from references import pullbacks_of_eigenvalues_opinions as opinions
from references.doubledouble import exact_scale, shift
from references.interval import Interval, largest, maximum
from references.norms import scaled
from references.truth import Enclosure

BEYOND = "4*max(off*(off/huge), norm/huge)"
VECTORS = ((("vectors", False),), (("vectors", True),))


def squares(depth: int) -> SearchStrategy[Problem]:
    """Square A (B, n, n) of any spectrum; `vectors` of tf.linalg.eig, or values alone."""
    sizes = by_depth(depth, FEW_ORDERS, LARGE_ORDERS[:2])
    return drawn("general", depth, sizes, GENERAL, FINE, VECTORS)


def complex_squares(depth: int) -> SearchStrategy[Problem]:
    """The same of complex numbers."""
    sizes, structures = by_depth(depth, FEW_ORDERS, LARGE_ORDERS[:2]), complex_matrices.STRUCTURES
    return drawn("complex general", depth, sizes, structures, PARTS, VECTORS)


def furthest(case: Case) -> Interval:
    """The largest error of a real or imaginary part, of both diagonals, over || T ||_F: (B,)."""
    power = np.maximum(*(part.exponent for part in case.truth.parts))
    pairs = zip(case.answer, case.truth.parts, strict=True)
    errors = [largest(_far(x, part, power)) for x, part in pairs]
    return ratio(scaled(maximum(*errors), power), case.truth.quantities["norm"], case.dtype.eps)


def _far(answer: NDArray, part: Enclosure, power: NDArray[np.int64]) -> Interval:
    """|answer - truth| by parts, in units of a power of two that the truth stays below."""
    found, hi, lo = map(_parts, (answer, part.hi, part.lo))
    hi, lo, radius = (shift(x, part.exponent - power) for x in (hi, lo, part.radius[..., None]))
    wide = np.broadcast_to(radius + 4 * SMALLEST * (part.exponent < power)[:, None, None], hi.shape)
    return distance(found, Enclosure(hi, lo, wide, power))


def _parts(x: NDArray) -> NDArray[np.float64]:
    return np.stack([x.real, x.imag], -1) if np.iscomplexobj(x) else x[..., None]


def _in_a_row(diagonal: NDArray, beside: NDArray) -> NDArray[np.float64]:
    """The real parts of a diagonal and all parts of what stands beside it: (B, n + k)."""
    parts = (beside.real, beside.imag) if np.iscomplexobj(beside) else (beside,)
    return np.concatenate([diagonal.real, *parts], axis=1)


def _near(case: Case) -> tuple[NDArray, NDArray, NDArray, NDArray[np.int64], NDArray[np.int64]]:
    """T, what it gets and what is due, as rows near 1, and the powers of two that they lack."""
    alpha, beta = case.problem.inputs
    x, given = _in_a_row(alpha, beta), _in_a_row(*case.answer)
    of_x = exact_scale(x)
    x = shift(x, -of_x)
    power = np.maximum(exact_scale(given), of_x + 1)
    due = x * np.where(np.arange(x.shape[1]) < alpha.shape[1], 1.0, 2.0)
    return x, shift(given, -power), shift(due, of_x - power), of_x, power


def total(case: Case) -> Interval:
    """|sum of what the diagonal gets - trace T| / || T ||_F: (B,)."""
    _, given, due, _, power = _near(case)
    n = case.problem.inputs[0].shape[1]
    both = np.concatenate([given[:, :n], -due[:, :n]], axis=1)[:, None, :]
    error = magnitude(product(both, np.ones((len(case), 2 * n, 1)))[:, 0, 0])
    return ratio(error, scaled(case.truth.quantities["norm"], -power), case.dtype.eps)


def along(case: Case) -> Interval:
    """|Re <G, T> - || T ||_F^2| / || T ||_F^2 of both diagonals: (B,)."""
    x, given, due, of_x, power = _near(case)
    left, right = np.concatenate([given, -due], axis=1), np.concatenate([x, x], axis=1)
    error = magnitude(product(left[:, None, :], right[:, :, None])[:, 0, 0])
    norm = case.truth.quantities["norm"]
    return ratio(error, scaled(norm, -power) * scaled(norm, -of_x), case.dtype.eps)


def _of_vectors(gradient):
    """A fault: the values and vectors of A are put together in another way."""

    def wrong(tf, call, a, vectors):
        values, v = tf.linalg.eig(a)
        found = gradient(tf, values, v)
        return found if a.dtype.is_complex else tf.math.real(found)

    return wrong


def _unturned(tf, values, v):
    """As of vectors that are orthonormal."""
    return tf.matmul(v * values[..., None, :], v, adjoint_b=True)


def _with_weights(weigh):
    """What comes from above is another function of the values."""

    def gradient(tf, values, v):
        across = tf.linalg.adjoint(v)
        return tf.linalg.solve(across, weigh(tf, values)[..., None] * across)

    return _of_vectors(gradient)


GENERAL_VALUES = Routine(
    name="linalg.eig.gradient",
    call=f"{HERE}:eig",
    problems=squares,
    complex_problems=complex_squares,
    embedding=MATRIX,
    reference=pullbacks.eig,
    rival=opinions.eig,
    audit=opinions.audit_eig,
    terms={
        **EIG.terms,
        "steps": "n + 6",  # of complex numbers, whatever A is
        "gamma": LU.terms["gamma"],
        "turn": "2*sqrt(n)*eta*kappa*near",
        "moved": "2*sqrt(n)*eta*kappa*inverse*reach",
        "solved": "inverse*(1.2*reach + 3.1*gamma*pivoted)",
        "lost": "8*n**3*inverse*(1 + inverse)*(1 + faint)*tiny/eps",
        "off": "(moved + solved)/(1 - 3*turn*eps) + lost + 1",
    },
    excused="max(8*turn*eps, 2*off*eps, 16*n**2*inverse*(1 + inverse)*norm/huge)",
    claims=(
        Claim(
            name="forward",
            measure=frobenius,
            bound="compounded(off, eps)",
            unless="max(8*turn*eps, 2*off*eps, norm/huge)",
            because="answers of B = W diag(z) W^-1 for the z and W of linalg.eig, A - B = R W^-1 "
            "for what they leave, || R || at most 2 sqrt n eta eps || A ||: conjugates of values "
            "are as far apart as the values, so V^-1 R W^-1 is multiplied by numbers of modulus 1 "
            "and || V || || V^-1 || || R || || W^-1 || is all that it moves by; W^-1 is no longer "
            "than V^-1 but for what turns vectors, R over the smallest gap. The system of W^H is "
            "solved with pivoting (Higham 2002, 9.4), its right-hand side rounds",
        ),
    ),
    faults=(
        *HALVES,
        TRANSPOSED,
        NEGATED,
        CONJUGATED,
        Fault("orthonormal vectors", _of_vectors(_unturned)),
        Fault("values conjugated", _with_weights(lambda tf, w: tf.math.conj(w))),
        Fault("real parts of the values", _with_weights(
            lambda tf, w: tf.cast(tf.math.real(w), w.dtype))),
        Fault("largest value alone", _with_weights(lambda tf, w: tf.where(
            tf.abs(w) < tf.reduce_max(tf.abs(w), -1, keepdims=True), tf.zeros_like(w), w))),
        Fault("half the digits of the values", _with_weights(lambda tf, w: tf.complex(
            coarse(tf, tf.math.real(w)), coarse(tf, tf.math.imag(w))))),
        Fault("a factor of two", lambda tf, call, a, **k: 2 * call(a, **k)),
    ),
    volume=0.2,  # its truths come from balls
    pullback=True,
)  # fmt: skip


def _bounds_of_gershgorin(tf, call, alpha, beta):
    """Ends of the interval that holds all values, in place of the values."""
    with tf.GradientTape() as tape:
        tape.watch([alpha, beta])
        zero = tf.zeros_like(alpha[..., :1])
        sides = tf.abs(tf.concat([beta, zero], -1)) + tf.abs(tf.concat([zero, beta], -1))
        middle = tf.math.real(alpha)
        ends = tf.reduce_max(middle + sides, -1), tf.reduce_min(middle - sides, -1)
        half = sum(tf.reduce_sum(end**2) for end in ends) / 2
    return tuple(tape.gradient(half, [alpha, beta]))


def _coarse(place):
    """Half the digits of one array of the answer."""

    def wrong(tf, call, alpha, beta):
        found = list(call(alpha, beta))
        found[place] = coarse(tf, found[place])
        return tuple(found)

    return wrong


THREE_DIAGONALS = Routine(
    name="linalg.eigh_tridiagonal.gradient",
    call=f"{HERE}:eigh_tridiagonal",
    problems=diagonals,
    complex_problems=partial(diagonals, in_complex=True),
    reference=pullbacks.eigh_tridiagonal,
    rival=opinions.eigh_tridiagonal,
    audit=opinions.audit_eigh_tridiagonal,
    terms=OF_EIGH,
    excused=BEYOND,
    claims=(
        Claim(
            name="forward",
            measure=furthest,
            bound="2*(eta + 2.1*factors + 0.6*(n + 4*complex))",
            unless=BEYOND,
            because="both diagonals of V W V^H, twice the second, of the values and vectors that "
            "linalg.eigh is held to: V W V^H of vectors off by factors each from orthonormal ones "
            "is A + E but for factors on either side, and entries are sums of n products, below "
            "|| T || together; TensorFlow documents no other gradient for its bisection",
        ),
        Claim(
            name="sum of the diagonal",
            measure=total,
            bound="sqrt(n)*(eta + 2.1*factors + 0.6*(n + 4*complex))",
            unless=BEYOND,
            because="a multiple of the identity moves all eigenvalues alike, so what the diagonal "
            "gets adds up to their sum, the trace; a trace is at most the root of n times the norm "
            "of what V W V^H is off by, and roundings add up to sums of sizes of values",
        ),
        Claim(
            name="along T",
            measure=along,
            bound="eta + 2.1*factors + 0.6*sqrt(n)*(n + 4*complex)",
            unless=BEYOND,
            because="eigenvalues of a multiple of T are that multiple of them, so what is had of T "
            "along T is the sum of their squares, || T ||^2 (Euler); what V W V^H is off by counts "
            "with T, and roundings with sizes |V||W||V^H|, at most root n || T ||",
        ),
    ),
    faults=(
        Fault("ends of the first interval", _bounds_of_gershgorin),
        Fault("couplings once", lambda tf, call, alpha, beta: (
            call(alpha, beta)[0], beta + 0 * alpha[..., 1:])),
        Fault("diagonal alone", lambda tf, call, alpha, beta: (
            call(alpha, beta)[0], tf.zeros_like(beta))),
        Fault("diagonals of the other sign", lambda tf, call, alpha, beta: tuple(
            -x for x in call(alpha, beta))),
        Fault("couplings conjugated", lambda tf, call, alpha, beta: (
            call(alpha, beta)[0], tf.math.conj(call(alpha, beta)[1])), complex=True),
        Fault("half the digits of the diagonal", _coarse(0)),
        Fault("half the digits of the couplings", _coarse(1)),
    ),
    volume=0.1,  # its loops take milliseconds a member
    pullback=True,
)  # fmt: skip

test_eig = verify(GENERAL_VALUES)
test_eigh_tridiagonal = verify(THREE_DIAGONALS)

"""The gradient of tf.math.l2_normalize by a tape: what comes from above, less what is along x."""

from __future__ import annotations

from functools import partial

from hypothesis.strategies import SearchStrategy

from properties.entries import deviation
from properties.faults import coarse
from properties.linalg.gradients import CONJUGATED
from properties.math.normalised import STRUCTURES
from properties.nn.softmax_gradients import HERE
from properties.placed import Place, placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import pullbacks_of_lengths as pullbacks
from references import pullbacks_of_softmax_opinions as opinions
from references.audits_numeric import audited

# Least squares of a length that every dtype holds: what smaller ones do is said of the function.
PLACES: tuple[Place, ...] = (
    (((3,), (3,)), (("axis", -1), ("epsilon", 2.0**-12))),
    (((3, 5), (3, 5)), (("axis", 1), ("epsilon", 0.25))),
    (((2, 3, 4), (2, 3, 4)), (("axis", (-1, 1)), ("epsilon", 2.0**-10))),
)
LARGE: tuple[Place, ...] = ((((33,), (33,)), (("axis", -1), ("epsilon", 2.0**-12))),)


def pairs(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """Arrays (B, ...) with the axes of their vectors, and of their shape what comes from above."""
    return placed(depth, PLACES, LARGE, in_complex=in_complex, structures=STRUCTURES, degree=2)


def _size(tf, x, axis, epsilon):
    """The length of x, or the root of epsilon."""
    squares = tf.reduce_sum(tf.abs(x) ** 2, axis, keepdims=True)
    return tf.cast(tf.sqrt(tf.maximum(squares, epsilon)), x.dtype)


def _along_too(tf, call, x, above, axis, epsilon):
    """What is along the vector not taken off."""
    return above / tf.cast(tf.norm(x + 0 * above, axis=axis, keepdims=True), x.dtype)


def _not_squared(tf, call, x, above, axis, epsilon):
    """Less x <x, w>, for vectors that have length one already."""
    size = _size(tf, x, axis, epsilon)
    return above / size - x * tf.reduce_sum(x * above, axis, keepdims=True)


def _as_if_long(tf, call, x, above, axis, epsilon):
    """Short vectors as long ones, of a length that is too great."""
    unit = tf.math.l2_normalize(x, axis=axis, epsilon=epsilon)
    size = _size(tf, x, axis, epsilon)
    return (above - unit * tf.reduce_sum(unit * above, axis, keepdims=True)) / size


def _imaginary_too(tf, call, x, above, axis, epsilon):
    """Less u <u, w>, as if a length had complex derivatives."""
    unit = tf.math.l2_normalize(x, axis=axis, epsilon=epsilon)
    size = tf.cast(tf.math.reduce_euclidean_norm(x, axis, keepdims=True), x.dtype)
    return (above - unit * tf.reduce_sum(tf.math.conj(unit) * above, axis, keepdims=True)) / size


def _last_left_out(tf, call, x, above, **arguments):
    """The last entry along the last axis does not count."""
    kept = tf.concat([above[..., :-1], tf.zeros_like(above[..., -1:])], -1)
    return call(x, kept, **arguments)


GRADIENT = Routine(
    name="math.l2_normalize.gradient",
    call=f"{HERE}:l2_normalize",
    problems=pairs,
    complex_problems=partial(pairs, in_complex=True),
    reference=pullbacks.l2_normalize,
    rival=opinions.l2_normalize,
    audit=audited(opinions.l2_normalize),
    terms={
        "rounded": "0.505*((terms + 3*complex)/2 + 5)/(1 - (terms + 5)*eps) "
        "+ (1 + 2*complex)*terms*tiny/(floor*eps)",
        "lost": "(1 + 2*complex)*(2 + 2*total + reciprocal*(2*total + terms))*tiny/eps",
        "side": "(terms + 2)*eps*(1 + margin)/margin",
        "doubt": "max(8*max(terms + 8, rounded)*eps, side, 4*direct/huge, 4*total/huge)",
    },
    excused="4*top/huge",
    claims=(
        Claim(
            name="entrywise",
            measure=deviation(),
            bound="(direct*(rounded + 1 + complex) + across*(3.4*rounded + terms/2 + 3 "
            "+ 3*complex))/(1 - (terms + 8)*eps) + lost",
            unless="doubt",
            relative=False,
            because="(w - u Re <u, w>)/||x|| of a reciprocal length within `rounded`, as that of "
            "math.l2_normalize, once in the first term and three times in the second; a product "
            "of n terms is off by gamma_n of theirs, two products and the difference round by "
            "half an eps each, products of complex numbers within 1.42; no square of a length need "
            "leave the range",
        ),
    ),
    faults=(
        Fault("half the digits", lambda tf, call, x, above, **k: call(coarse(tf, x), above, **k)),
        Fault("half the digits of what comes from above",
              lambda tf, call, x, above, **k: call(x, coarse(tf, above), **k)),
        Fault("half the digits of the answer",
              lambda tf, call, x, above, **k: coarse(tf, call(x, above, **k))),
        Fault("of the other sign", lambda tf, call, x, above, **k: -call(x, above, **k)),
        Fault("what is along x not taken off", _along_too),
        Fault("as if of length one", _not_squared),
        Fault("short ones as long ones", _as_if_long),
        Fault("last entries left out", _last_left_out),
        Fault("all of the product taken off", _imaginary_too, complex=True),
        CONJUGATED,
        Fault("epsilon ignored", lambda tf, call, x, above, axis, epsilon: call(
            x, above, axis=axis, epsilon=epsilon / 4096)),
    ),
    volume=0.2,  # each shape is traced and compiled, and its truths come from balls
    pullback=True,
)  # fmt: skip

test_l2_normalize = verify(GRADIENT)

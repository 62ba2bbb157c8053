"""tf.math.reduce_euclidean_norm and l2_normalize: lengths of vectors, and vectors of length one."""

from __future__ import annotations

from functools import partial
from typing import Any

from hypothesis.strategies import SearchStrategy

from properties.entries import deviation
from properties.faults import coarse
from properties.lengths import rows as long_rows
from properties.placed import placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import magnitudes, numeric_statistics
from references.audits_numeric import audited

STRUCTURES = ("dense", "integers", "graded", "positive", "mostly zero", "mostly zero")


def _place(shape: tuple[int, ...], axis: Any, **arguments: Any) -> Any:
    return (shape,), (("axis", axis), *arguments.items())


LENGTHS = (
    _place((3,), -1, keepdims=False), _place((16,), 1, keepdims=False),
    _place((3, 5), 1, keepdims=True), _place((2, 3, 4), (-1, 1), keepdims=False),
)  # fmt: skip
LARGE_LENGTHS = (_place((1000,), 1, keepdims=False),)
# TensorFlow's own epsilon is 1e-12, which is no number of 16 bits; 2^-40 is as near as can be.
UNITS = (
    _place((3,), -1, epsilon=2.0**-40), _place((3, 5), 1, epsilon=2.0**-40),
    _place((3, 5), -1, epsilon=0.25), _place((2, 3, 4), (-1, 1), epsilon=2.0**-10),
)  # fmt: skip
LARGE_UNITS = (_place((257,), -1, epsilon=2.0**-40),)


def lengths(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """Arrays (B, ...) with the axes of their vectors, kept or not."""
    return placed(
        depth, LENGTHS, LARGE_LENGTHS, in_complex=in_complex, structures=STRUCTURES, degree=2
    )


def units(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """Arrays (B, ...) with the axes of their vectors, and the least square of a length."""
    return placed(depth, UNITS, LARGE_UNITS, in_complex=in_complex, structures=STRUCTURES, degree=2)


def _of_entries(tf, call, x, **arguments):
    return call(coarse(tf, x), **arguments)


def _of_answer(tf, call, x, **arguments):
    return coarse(tf, call(x, **arguments))


def _last_left_out(tf, call, x, **arguments):
    """The last entry along the last axis does not count."""
    return call(tf.concat([x[..., :-1], tf.zeros_like(x[..., -1:])], -1), **arguments)


def _sizes(tf, call, x, axis, keepdims):
    """The sum of absolute values."""
    return tf.cast(tf.reduce_sum(tf.abs(x), axis, keepdims=keepdims), x.dtype)


def _unconjugated(tf, call, x, axis, keepdims):
    """Squares in place of moduli."""
    return tf.sqrt(tf.reduce_sum(x * x, axis, keepdims=keepdims))


def _by_sizes(tf, call, x, axis, epsilon):
    """Vectors whose absolute values have sum one."""
    return x / tf.cast(tf.reduce_sum(tf.abs(x), axis, keepdims=True) + 1e-6, x.dtype)


def _by_real_parts(tf, call, x, axis, epsilon):
    """Lengths of the real parts alone."""
    size = tf.reduce_sum(tf.math.real(x) ** 2, axis, keepdims=True)
    return x / tf.cast(tf.sqrt(tf.maximum(size, epsilon)), x.dtype)


COMMON = (
    Fault("half the digits", _of_entries),
    Fault("half the digits of the answer", _of_answer),
    Fault("last entries left out", _last_left_out),
)
REDUCE_EUCLIDEAN_NORM = Routine(
    name="math.reduce_euclidean_norm",
    call="math.reduce_euclidean_norm",
    problems=lengths,
    complex_problems=partial(lengths, in_complex=True),
    reference=magnitudes.reduce_euclidean_norm,
    rival=numeric_statistics.reduce_euclidean_norm,
    audit=audited(numeric_statistics.reduce_euclidean_norm),
    terms={"squares": "0.505*((terms + 3*complex)/2 + 2 + 2*complex)/(1 - (terms + 3)*eps)"},
    claims=(
        Claim(
            name="squares",
            measure=deviation(),
            bound="squares*size + tiny/eps",
            unless="2*(terms + 3)*eps",
            because="squares and their sum are off by gamma_terms of what is a sum of positive "
            "numbers, of which the root takes half, and rounds by one eps at most (Higham 2002, "
            "3.1); products of complex numbers are off by gamma_3 (3.6), roots by two eps",
            relative=False,
        ),
    ),
    faults=(
        *COMMON,
        Fault("sum of sizes", _sizes),
        Fault("squares for moduli", _unconjugated, complex=True),
        Fault("its square", lambda tf, call, x, **k: call(x, **k) ** 2),
    ),
    long=partial(long_rows, structures=STRUCTURES, degree=2),
    volume=0.3,
)
L2_NORMALIZE = Routine(
    name="math.l2_normalize",
    call="math.l2_normalize",
    problems=units,
    complex_problems=partial(units, in_complex=True),
    reference=magnitudes.l2_normalize,
    rival=numeric_statistics.l2_normalize,
    audit=audited(numeric_statistics.l2_normalize),
    terms={
        "rounded": "0.505*((terms + 3*complex)/2 + 5)/(1 - (terms + 5)*eps) "
        "+ terms*tiny/(floor*eps)"
    },
    claims=(
        Claim(
            name="entrywise",
            measure=deviation(),
            bound="rounded*size + tiny/eps",
            unless="2*max(terms + 5, rounded)*eps",
            because="squares and their sum are off by gamma_terms, of which the reciprocal root "
            "takes half; that is within two eps (OpenCL 3.0), and the product rounds once; what "
            "squares lose to underflow counts against the larger of their sum and epsilon",
            relative=False,
        ),
    ),
    faults=(
        *COMMON,
        Fault("sum of sizes", _by_sizes),
        Fault("real parts alone", _by_real_parts, complex=True),
        Fault("epsilon ignored", lambda tf, call, x, axis, epsilon: call(
            x, axis=axis, epsilon=epsilon / 4096)),
        Fault("epsilon added", lambda tf, call, x, axis, epsilon: x / tf.cast(tf.sqrt(
            tf.reduce_sum(tf.abs(x) ** 2, axis, keepdims=True) + epsilon), x.dtype)),
    ),
    long=partial(
        long_rows,
        arguments=(("axis", -1), ("epsilon", 2.0**-40)),
        structures=STRUCTURES,
        degree=2,
    ),
    volume=0.3,
)  # fmt: skip

test_reduce_euclidean_norm = verify(REDUCE_EUCLIDEAN_NORM)
test_l2_normalize = verify(L2_NORMALIZE)

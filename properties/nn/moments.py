"""tf.nn.moments: means and variances along every axis, of one or several."""

from __future__ import annotations

from functools import partial

from hypothesis.strategies import SearchStrategy

from properties.entries import deviation
from properties.math.variances import (
    COMMON,
    EXCUSED,
    LARGE,
    LONG,
    PLACES,
    STRUCTURES,
    TERMS,
    TWICE,
    VARIANCE,
    textbook,
)
from properties.placed import placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import numeric_statistics, variances
from references.audits_numeric import audited


def with_axes(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """Arrays (B, ...) with the axes along which they vary, kept or not."""
    places, large = (
        tuple((shapes, (("axes", axis), keepdims)) for shapes, ((_, axis), keepdims) in some)
        for some in (PLACES, LARGE)
    )
    return placed(depth, places, large, in_complex=in_complex, structures=STRUCTURES, degree=2)


def _not_conjugated(tf, call, x, axes, keepdims):
    """The mean of squares of what lies around the mean, not of their moduli."""
    off = x - tf.reduce_mean(x, axes, keepdims=True)
    mean, _ = call(x, axes, keepdims=keepdims)
    return mean, tf.reduce_mean(off * off, axes, keepdims=keepdims)


MOMENTS = Routine(
    name="nn.moments",
    call="nn.moments",
    problems=with_axes,
    complex_problems=partial(with_axes, in_complex=True),
    reference=variances.moments,
    rival=numeric_statistics.moments,
    audit=audited(numeric_statistics.moments),
    terms=TERMS,
    excused=EXCUSED,
    claims=(
        Claim(
            name="mean",
            measure=deviation(0),
            bound="gamma*size + 2*tiny/eps",
            unless="steps*eps",
            because="a sum of n numbers is off by gamma_n-1 of the sum of their absolute values, "
            "in any order (Higham 2002, 4.2); the mean by a reciprocal and a product more",
            relative=False,
        ),
        Claim(
            name="variance",
            measure=deviation(1),
            bound=VARIANCE.bound,
            unless=VARIANCE.unless,
            because=TWICE,
            relative=False,
        ),
    ),
    faults=(
        *COMMON,
        Fault("deviation for variance", lambda tf, call, x, **k: (
            call(x, **k)[0], tf.sqrt(call(x, **k)[1]))),
        Fault("squares for variance", lambda tf, call, x, axes, keepdims: (
            call(x, axes, keepdims=keepdims)[0],
            tf.reduce_mean(x * x, axes, keepdims=keepdims))),
        Fault("textbook formula", lambda tf, call, x, axes, keepdims: (
            call(x, axes, keepdims=keepdims)[0],
            tf.cast(textbook(tf, call, x, axes, keepdims), x.dtype))),
        Fault("not conjugated", _not_conjugated, complex=True),
        Fault("conjugate mean", lambda tf, call, x, **k: (
            tf.math.conj(call(x, **k)[0]), call(x, **k)[1]), complex=True),
    ),
    long=partial(LONG, arguments=(("axes", -1), ("keepdims", False))),
    volume=0.3,
)  # fmt: skip

test_moments = verify(MOMENTS)

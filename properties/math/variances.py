"""tf.math.reduce_variance and reduce_std: what lies around the mean, and how far."""

from __future__ import annotations

from functools import partial
from typing import Any

from hypothesis.strategies import SearchStrategy

from properties import lengths
from properties.entries import deviation
from properties.faults import coarse
from properties.operands import ALL_OPERANDS
from properties.placed import placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import numeric_statistics, variances
from references.audits_numeric import audited

STRUCTURES = (*ALL_OPERANDS, "shifted", "shifted")


def _place(shape: tuple[int, ...], axis: Any, keepdims: bool = False) -> Any:
    return (shape,), (("axis", axis), ("keepdims", keepdims))


PLACES = (
    _place((3,), -1), _place((16,), 1), _place((3, 5), 1, keepdims=True),
    _place((2, 3, 4), (-1, 1)),
)  # fmt: skip
LARGE = (_place((1000,), 1), _place((8, 64), -2))

LONG = partial(lengths.rows, structures=STRUCTURES, degree=2)


def arrays(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """Arrays (B, ...) with the axes along which they vary, kept or not."""
    return placed(depth, PLACES, LARGE, in_complex=in_complex, structures=STRUCTURES, degree=2)


TERMS = {
    "steps": "terms + 2 + 2*complex",
    "gamma": "0.505*steps/(1 - 0.5*steps*eps)",
    "squared": "0.505*(steps + 3)/(1 - 0.5*(steps + 3)*eps)",
    "shift": "gamma*size*eps + 2*tiny",
}
TWICE = (
    "the mean is off by gamma_n+1 of the mean of the absolute values, shift, and the mean of (x - "
    "mean')^2 is the variance plus the square of that; its terms round three times, their mean as "
    "means do (Chan, Golub and LeVeque 1983; Higham 2002, 1.9)"
)
VARIANCE = Claim(
    name="entrywise",
    measure=deviation(),
    bound="squared*(variance + shift**2) + shift**2/eps + 4*tiny/eps",
    unless="2*(steps + 3)*eps",
    because=TWICE,
    relative=False,
)
DEVIATION = Claim(
    name="entrywise",
    measure=deviation(),
    bound="(squared/2/(1 - squared*eps) + 1)*(deviation + shift) "
    "+ shift/eps*(shift/(deviation + shift)) + 2*tiny/eps",
    unless="2*(steps + 3)*eps",
    because=TWICE + "; the root takes half of the relative error and rounds by one eps at most",
    relative=False,
)
EXCUSED = "max(4*top/huge, 4*high/huge)"


def _of_entries(tf, call, x, **arguments):
    return call(coarse(tf, x), **arguments)


def _parts(change):
    """A fault of every array of the answer."""

    def wrong(tf, call, x, **arguments):
        found = call(x, **arguments)
        if isinstance(found, tuple):
            return tuple(change(tf, part) for part in found)
        return change(tf, found)

    return wrong


def _last_left_out(tf, call, x, **arguments):
    """The last entry along the last axis does not count."""
    return call(tf.concat([x[..., :-1], tf.zeros_like(x[..., -1:])], -1), **arguments)


def _mean_of(tf, x, axis, keepdims):
    return tf.math.real(tf.reduce_mean(x, axis, keepdims=keepdims))


def textbook(tf, call, x, axis, keepdims):
    """The mean of squares less the square of the mean, which cancel."""
    squares = tf.math.real(x * tf.math.conj(x)) if x.dtype.is_complex else x * x
    mean = tf.reduce_mean(x, axis, keepdims=keepdims)
    size = tf.math.real(mean * tf.math.conj(mean)) if x.dtype.is_complex else mean * mean
    return _mean_of(tf, squares, axis, keepdims) - size


def _not_centred(tf, call, x, axis, keepdims):
    return call(tf.concat([x, -x], axis if isinstance(axis, int) else axis[0]), axis, keepdims)


def _unbiased(tf, call, x, **arguments):
    """Over n - 1, as statisticians estimate; n is 16 here."""
    return call(x, **arguments) * (16 / 15)


def _real_parts(tf, call, x, **arguments):
    return call(tf.cast(tf.math.real(x), x.dtype), **arguments)


COMMON = (
    Fault("half the digits", _of_entries),
    Fault("half the digits of the answer", _parts(coarse)),
    Fault("last entries left out", _last_left_out),
)
ROOT = Fault("textbook formula", lambda tf, call, x, **k: tf.sqrt(
    tf.abs(textbook(tf, call, x, **k))))  # fmt: skip
SPREADS = (
    Fault("not centred", _not_centred),
    Fault("over one less", _unbiased),
    Fault("real parts alone", _real_parts, complex=True),
)
REDUCE_VARIANCE = Routine(
    name="math.reduce_variance",
    call="math.reduce_variance",
    problems=arrays,
    complex_problems=partial(arrays, in_complex=True),
    reference=variances.reduce_variance,
    rival=numeric_statistics.reduce_variance,
    audit=audited(numeric_statistics.reduce_variance),
    terms=TERMS,
    excused=EXCUSED,
    claims=(VARIANCE,),
    faults=(
        *COMMON,
        *SPREADS,
        Fault("textbook formula", textbook),
        Fault("its root", lambda tf, call, x, **k: tf.sqrt(call(x, **k))),
    ),
    long=LONG,
    volume=0.3,
)
REDUCE_STD = Routine(
    name="math.reduce_std",
    call="math.reduce_std",
    problems=arrays,
    complex_problems=partial(arrays, in_complex=True),
    reference=variances.reduce_std,
    rival=numeric_statistics.reduce_std,
    audit=audited(numeric_statistics.reduce_std),
    terms=TERMS,
    excused="4*top/huge",
    claims=(DEVIATION,),
    faults=(
        *COMMON,
        *SPREADS,
        ROOT,
        Fault("its square", lambda tf, call, x, **k: call(x, **k) ** 2),
    ),
    long=LONG,
    volume=0.3,
)

test_reduce_variance = verify(REDUCE_VARIANCE)
test_reduce_std = verify(REDUCE_STD)

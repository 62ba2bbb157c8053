"""tf.nn.weighted_moments and normalize_moments: moments with weights, and from sums with counts."""

from __future__ import annotations

from functools import partial

from hypothesis.strategies import SearchStrategy

from properties.entries import deviation
from properties.faults import coarse
from properties.math.variances import STRUCTURES
from properties.placed import Place, placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import numeric_moments, statistics
from references.audits_numeric import audited

SUMS: tuple[Place, ...] = (
    ((3,), (("shifted", True),)), ((16,), (("shifted", True),)), ((16,), (("shifted", False),)),
)  # type: ignore[assignment]  # fmt: skip


def _place(
    shape: tuple[int, ...], weights: tuple[int, ...], axes: object, *, keepdims: bool = False
) -> Place:
    return (shape, weights), (("axes", axes), ("keepdims", keepdims))


PLACES = (
    _place((3,), (3,), -1), _place((16,), (16,), 1),
    _place((3, 5), (3, 5), 1, keepdims=True), _place((3, 5), (1, 5), -1),
    _place((2, 3, 4), (2, 3, 1), (-1, 1)),
)  # fmt: skip
LARGE = (_place((1000,), (1000,), 1),)


def sums(depth: int) -> SearchStrategy[Problem]:
    """Counts, sums, sums of squares and shifts (B, n), all aligned."""
    return placed(depth, SUMS, structures=("ragged", "powers"), degree=2, kind="sums with counts")


def weighted(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """Arrays (B, ...) with weights that broadcast, and the axes that means run along."""
    kind = "complex weighted" if in_complex else "weighted"
    return placed(
        depth, PLACES, LARGE, in_complex=in_complex, structures=STRUCTURES, degree=2, kind=kind
    )


def _parts(change):
    def wrong(tf, call, *inputs, **arguments):
        return tuple(change(tf, part) for part in call(*inputs, **arguments))

    return wrong


def _given(tf, call, *inputs, **arguments):
    return call(*(coarse(tf, x) for x in inputs), **arguments)


HALVES = (
    Fault("half the digits", _given),
    Fault("half the digits of the answer", _parts(coarse)),
    Fault("deviation for variance", lambda tf, call, *inputs, **k: (
        call(*inputs, **k)[0], tf.sqrt(tf.abs(call(*inputs, **k)[1])))),
)  # fmt: skip
LEFT = (
    Fault("variance without the square", lambda tf, call, c, m, v, s, shifted: (
        call(c, m, v, s, shifted=shifted)[0], v / c)),
    Fault("the shift in the variance", lambda tf, call, c, m, v, s, shifted: (
        call(c, m, v, s, shifted=shifted)[0], v / c - call(c, m, v, s, shifted=shifted)[0] ** 2)),
    Fault("over one less", lambda tf, call, c, m, v, s, shifted: (
        call(c, m, v, s, shifted=shifted)[0],
        call(c, m, v, s, shifted=shifted)[1] * c / tf.maximum(c - 1, 1))),
    Fault("shift taken off", lambda tf, call, c, m, v, s, shifted: call(
        c, m, v, -s, shifted=shifted)),
)  # fmt: skip


def _textbook(tf, call, x, w, axes, keepdims):
    """The weighted mean of squares less the square of the mean."""
    mean = call(x, w, axes=axes, keepdims=keepdims)[0]
    return mean, call(x * x, w, axes=axes, keepdims=keepdims)[0] - mean * mean


def _squares(tf, call, x, w, axes, keepdims):
    """The weighted mean of squares of what lies around the mean, not of their moduli."""
    if not x.dtype.is_complex:  # the same of real numbers, but for what leaves the range
        return call(x, w, axes=axes, keepdims=keepdims)
    off = x - call(x, w, axes=axes, keepdims=True)[0]
    mean = call(x, w, axes=axes, keepdims=keepdims)[0]
    return mean, call(off * off, w, axes=axes, keepdims=keepdims)[0]


def _mean_only(tf, call, x, w, axes, keepdims):
    """The mean by weights, the variance without."""
    return (
        call(x, w, axes=axes, keepdims=keepdims)[0],
        call(x, tf.ones_like(w), axes=axes, keepdims=keepdims)[1],
    )


NORMALIZE_MOMENTS = Routine(
    name="nn.normalize_moments",
    call="properties.nn.calls:normalize_moments",
    problems=partial(sums),
    reference=statistics.normalize_moments,
    rival=numeric_moments.normalize_moments,
    audit=audited(numeric_moments.normalize_moments),
    excused="4*top/huge",
    claims=(
        Claim(
            name="mean",
            measure=deviation(0),
            bound="(2*data + 0.5*moved)/(1 - 4*eps) + 2*tiny/eps",
            unless="4*top/huge",
            relative=False,
            because="the reciprocal of the count within an eps, its product with the sum rounds, "
            "and the sum with the shift by half an eps of both",
        ),
        Claim(
            name="variance",
            measure=deviation(1),
            bound="(2*squares + 4*data**2)/(1 - 8*eps) + (4 + 2*data)*tiny/eps",
            unless="4*top/huge",
            relative=False,
            because="each quotient is within 3/2 eps, the square of one within 3 and rounds, and "
            "the difference rounds by half an eps of both at most: what cancels is not recovered",
        ),
    ),
    faults=(*HALVES, *LEFT),
    volume=0.1,
)
WEIGHTED_MOMENTS = Routine(
    name="nn.weighted_moments",
    call="properties.nn.calls:weighted_moments",
    problems=weighted,
    complex_problems=partial(weighted, in_complex=True),
    reference=statistics.weighted_moments,
    rival=numeric_moments.weighted_moments,
    audit=audited(numeric_moments.weighted_moments),
    terms={
        "steps": "2*terms + 2 + 6*complex",
        "gamma": "0.505*steps/(1 - 0.5*steps*eps)",
        "squared": "0.505*(steps + 3 + 2*complex)/(1 - 0.5*(steps + 5)*eps)",
        "shift": "gamma*size*eps + (1 + 2*complex)*(terms + 2)*tiny",
    },
    excused="max(4*top/huge, 4*high/huge)",
    claims=(
        Claim(
            name="mean",
            measure=deviation(0),
            bound="gamma*size + (1 + 2*complex)*(terms + 2)*tiny/eps",
            unless="steps*eps",
            relative=False,
            because="n products and their sum are off by gamma_n of the sum of |w x|, the sum of "
            "weights by gamma_n-1 (Higham 2002, 4.2), its reciprocal by an eps; a product "
            "rounds; of complex numbers a product is off by 1.42 eps, a quotient by 3.21",
        ),
        Claim(
            name="variance",
            measure=deviation(1),
            bound="squared*(variance + shift**2) + shift**2/eps "
            "+ (1 + 2*complex)*(terms + 4)*tiny/eps",
            unless="2*(steps + 3)*eps",
            relative=False,
            because="the weighted mean of (x - mean')^2 is the variance plus the square of what "
            "the mean is off by, shift; terms round four times, their mean as means do (Chan, "
            "Golub and LeVeque 1983)",
        ),
    ),
    faults=(
        *HALVES,
        Fault("weights ignored", lambda tf, call, x, w, **k: call(x, tf.ones_like(w), **k)),
        Fault("weights squared", lambda tf, call, x, w, **k: call(x, w * w, **k)),
        Fault("textbook formula", _textbook),
        Fault("squares for moduli", _squares, complex=True),
        Fault("conjugate mean", lambda tf, call, x, w, **k: (
            tf.math.conj(call(x, w, **k)[0]), call(x, w, **k)[1]), complex=True),
        Fault("variance without weights", _mean_only),
        Fault("last weights left out", lambda tf, call, x, w, **k: call(
            x, tf.concat([w[..., :-1], w[..., -1:] * 0.5], -1), **k)),
    ),
    volume=0.2,
)  # fmt: skip

test_normalize_moments = verify(NORMALIZE_MOMENTS)
test_weighted_moments = verify(WEIGHTED_MOMENTS)

"""tf.nn.isotonic_regression: the nearest monotone rows along any axis, and their steps."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis.strategies import SearchStrategy
from numpy.typing import NDArray

from properties.entries import deviation
from properties.math.combined import HALVES
from properties.measures import in_eps
from properties.placed import placed
from properties.routine import Array, Case, Claim, Fault, Problem, Routine
from properties.rows import along
from properties.verify import verify
from references import numeric_moments, statistics
from references.audits_numeric import audited
from references.interval import Interval

STRUCTURES = ("integers", "dense", "alternating", "graded", "mostly zero", "shifted")
PLACES = tuple(
    ((shape,), (("decreasing", decreasing), ("axis", axis)))
    for shape, axis in (((3,), -1), ((8,), 1), ((3, 5), 1), ((2, 4), -1))
    for decreasing in (True, False)
)
LARGE = ((((33,),), (("decreasing", True), ("axis", -1))),)


def sequences(depth: int) -> SearchStrategy[Problem]:
    """Arrays (B, ...) with the axis along which they are to be monotone, and which way."""
    return placed(depth, PLACES, LARGE, structures=STRUCTURES, degree=1)  # type: ignore[arg-type]


def _rows(case: Case) -> tuple[Array, Array, Array]:
    """Inputs, levels and steps (B, r, n), all descending."""
    arguments = case.problem.arguments
    sign, axis = (1.0 if arguments["decreasing"] else -1.0), arguments["axis"]
    x, y, steps = (along(a, axis) for a in (case.problem.inputs[0], *case.answer))
    return sign * x, sign * y, steps


def order(case: Case) -> Interval:
    """By how much an entry rises above the one before, relative to the largest."""
    _, y, _ = _rows(case)
    with np.errstate(over="ignore", invalid="ignore"):
        rise = np.maximum(y[..., 1:] - y[..., :-1], 0).reshape(len(y), -1).max(axis=1, initial=0.0)
    size = np.maximum(np.abs(y).reshape(len(y), -1).max(axis=1), case.dtype.tiny)
    return Interval.exact(np.where(rise > 0, rise / size / case.dtype.eps, 0.0))


def numbered(case: Case) -> Interval:
    """0 where steps are numbered 0, 1 ... in order, and levels are equal within each: (B,)."""
    _, y, steps = _rows(case)
    on = np.diff(steps, axis=-1)
    fine = (steps[..., 0] == 0) & ((on == 0) | (on == 1)).all(axis=-1)
    fine &= ((on == 1) | (np.diff(y, axis=-1) == 0)).all(axis=-1)
    return Interval.exact(np.where(fine.all(axis=-1), 0.0, np.inf))


def means(case: Case) -> Interval:
    """|level - mean| of each step that is answered, over its length and one, and mean |x|: (B,)."""
    worst = np.zeros(len(case))
    for i, member in enumerate(zip(*_rows(case), strict=True)):
        worst[i] = max(_off(*row, case.dtype.tiny) for row in zip(*member, strict=True))
    return in_eps(Interval(worst * (1 - 2.0**-50), worst * (1 + 2.0**-50)), case.dtype.eps)


def _off(x: Array, y: Array, steps: NDArray, tiny: float) -> float:
    worst = 0.0
    for step in np.unique(steps):
        inside = steps == step
        numbers, levels = list(map(Fraction, x[inside].tolist())), y[inside].tolist()
        count, size = len(numbers), sum(map(abs, numbers))
        mean = Fraction(sum(numbers), count)
        far = max(abs(Fraction(level) - mean) for level in levels) - Fraction(tiny)
        if far > 0:
            worst = max(worst, float(far * count / size / (count + 1)) if size else np.inf)
    return worst


def _wrong(change):
    """A fault of the levels that keeps the steps."""

    def wrong(tf, call, x, **arguments):
        levels, steps = call(x, **arguments)
        return change(tf, levels, x), steps

    return wrong


ISOTONIC_REGRESSION = Routine(
    name="nn.isotonic_regression",
    call="properties.nn.calls:isotonic_regression",
    problems=sequences,
    reference=statistics.isotonic_regression,
    rival=numeric_moments.pooled,
    audit=audited(numeric_moments.isotonic_regression),
    terms={"off": "0.505*(n + 1)/(1 - n*eps)"},
    excused="4*top/huge",
    claims=(
        Claim(
            name="order",
            measure=order,
            bound="0",
            because="levels are monotone, as documented: numbers are, too, for steps are pooled "
            "until theirs are",
        ),
        Claim(
            name="steps",
            measure=numbered,
            bound="0",
            because="steps are numbered from zero in order, and levels constant within each, as "
            "documented: nothing is computed with them",
        ),
        Claim(
            name="means",
            measure=means,
            bound="0.505/(1 - n*eps)",
            because="the level of a step is its mean: a sum of k numbers is off by gamma_k-1 of "
            "the mean of their absolute values (Higham 2002, 4.2), and a division rounds",
        ),
        Claim(
            name="forward",
            measure=deviation(),
            bound="(2*n - 1)*off*largest + 2*tiny/eps",
            unless="2*(2*n - 1)*off*eps",
            relative=False,
            because="means are off by delta <= off max |x|, so steps are pooled in an order that "
            "may be wrong by 2 delta; each of the n - 1 poolings adds that to what a mean of the "
            "first of a step may fall short of its level",
        ),
    ),
    faults=(
        *HALVES,
        Fault("the other way", lambda tf, call, x, decreasing, axis: call(
            x, decreasing=not decreasing, axis=axis)),
        Fault("another axis", lambda tf, call, x, decreasing, axis: call(
            x, decreasing=decreasing, axis=0)),
        Fault("sorted", _wrong(lambda tf, y, x: tf.sort(x, direction="DESCENDING"))),
        Fault("running largest", _wrong(lambda tf, y, x: tf.scan(tf.minimum, x))),
        Fault("not pooled", _wrong(lambda tf, y, x: x)),
        Fault("levels apart by an eps", _wrong(lambda tf, y, x: y + tf.abs(y) * tf.cast(
            tf.range(y.shape[-1]), y.dtype) * 2.0**-8)),
        Fault("steps from one", lambda tf, call, x, **k: (call(x, **k)[0], call(x, **k)[1] + 1)),
    ),
    volume=0.2,
)  # fmt: skip

test_isotonic_regression = verify(ISOTONIC_REGRESSION)

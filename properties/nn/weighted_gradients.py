"""Gradients of tf.nn.weighted_moments and normalize_moments by all of their arrays, by a tape."""

from __future__ import annotations

from typing import Any

from hypothesis.strategies import SearchStrategy

from properties.entries import deviation
from properties.faults import coarse, of_answers, of_input, of_part
from properties.math.variances import STRUCTURES
from properties.nn.moment_gradients import with_above
from properties.nn.softmax_gradients import HERE
from properties.nn.weighted import PLACES, SUMS
from properties.placed import Place, placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import numeric_pullbacks_of_sums as opinions
from references import pullbacks_of_weights as pullbacks
from references.audits_numeric import audited


def _with_above(place: Place) -> Place:
    """An array, weights, and what comes from above of its means and of its variances."""
    (shape, weights), arguments = place
    (_, *above), _ = with_above(((shape,), arguments))
    return (shape, weights, *above), arguments


def weighted(depth: int) -> SearchStrategy[Problem]:
    """Arrays (B, ...) with weights that broadcast, and what comes from above of their moments."""
    places = tuple(map(_with_above, PLACES))
    return placed(depth, places, structures=STRUCTURES, degree=3, kind="weighted and above")


def sums(depth: int) -> SearchStrategy[Problem]:
    """Counts, sums, sums of squares, shifts and what comes from above of moments: (B, n) each."""
    places: Any = tuple(((shape, shape, shape), told) for shape, told in SUMS)
    return placed(  # the first shape is that of all four
        depth, places, structures=("ragged", "powers"), degree=3, kind="sums with counts and above"
    )


def _ones(tf: Any, w: Any) -> Any:
    return tf.ones_like(w)


def _total_held(tf: Any, call: Any, x: Any, w: Any, a: Any, b: Any, axes: Any, **k: Any) -> Any:
    """By weights as if their sum did not depend on them."""
    by_x, by_w = call(x, w, a, b, axes=axes, **k)
    whole = tf.reduce_sum(w + tf.zeros_like(x), axes, keepdims=True)
    mean = tf.reduce_sum(w * x, axes, keepdims=True) / whole
    more = tf.reshape(a, mean.shape) * mean / whole + tf.zeros_like(x)
    gone = [i for i, (n, m) in enumerate(zip(x.shape, w.shape, strict=True)) if n != m]
    return by_x, by_w + (tf.reduce_sum(more, gone, keepdims=True) if gone else more)


def _squared(tf: Any, call: Any, x: Any, w: Any, *above: Any, **k: Any) -> Any:
    return call(x, w * w, *above, **k)


COMMON = (
    Fault("half the digits", of_input(0, coarse)),
    Fault("half the digits of the answer", of_answers(coarse)),
    Fault("half the digits from above", of_input(-1, coarse)),
    Fault("of the other sign", of_answers(lambda tf, y: -y)),
    Fault("ones from above of means", of_input(-2, _ones)),
    Fault("ones from above of variances", of_input(-1, _ones)),
    Fault("means alone", of_input(-1, lambda tf, b: 0 * b)),
    Fault("variances alone", of_input(-2, lambda tf, a: 0 * a)),
    Fault("from above exchanged", lambda tf, call, *inputs, **k: call(
        *inputs[:-2], inputs[-1], inputs[-2], **k)),
)  # fmt: skip
WEIGHTED_MOMENTS = Routine(
    name="nn.weighted_moments.gradient",
    call=f"{HERE}:weighted_moments",
    problems=weighted,
    reference=pullbacks.weighted_moments,
    rival=opinions.weighted_moments,
    audit=audited(opinions.weighted_moments),
    terms={
        "gamma": "0.505*(2*terms + 2)/(1 - (terms + 1)*eps)",
        "rounds": "0.505*(2*terms + 4)/(1 - (terms + 2)*eps)",
        "rounds_w": "0.505*(2*terms_w + 4)/(1 - (terms_w + 2)*eps)",
        "grown": "0.505*(3*terms_w + copies + 8)",
    },
    excused="4*top/huge",
    claims=(
        Claim(
            name="by data",
            measure=deviation(0),
            bound="(0.505*(terms + 5)*(given + spread) + 2*gamma*around + rounds*beside)"
            "/(1 - 2*rounds*eps) + (3*(terms + 2)*slope + 2*reach_x)*tiny/eps",
            unless="max(4*rounds*eps, faint_x)",
            relative=False,
            because="w/W (a + 2b (x - mean')): a sum, a quotient and three roundings; mean' is off "
            "by gamma of the weighted mean of |x|, here and in the sum of w (x - mean') that goes "
            "back by way of the mean, which is zero but for that and its roundings",
        ),
        Claim(
            name="by weights",
            measure=deviation(1),
            bound="(grown*total + 2*rounds_w*once + 4*grown*rounds_w*eps*twice)/(1 - 2*grown*eps) "
            "+ 2*reach_w*tiny/eps",
            unless="max(4*grown*eps, faint_w)",
            relative=False,
            because="sums divided by W twice, squares, products, and the sum over what a weight "
            "broadcasts along; of a (x - mean)/W and of (x - mean)^2 - v what cancels is not "
            "recovered; what the mean is off by moves squares and what goes back by way of it",
        ),
    ),
    faults=(
        *COMMON,
        Fault("weights ignored", of_input(1, _ones)),
        Fault("weights squared", _squared),
        Fault("sum of weights held", _total_held),
        Fault("half by weights", of_part(1, lambda y, *_: y / 2)),
    ),
    volume=0.15,  # each shape is traced and compiled, and truths come from balls
    pullback=True,
)


def _by(name: str, part: int, bound: str, because: str) -> Claim:
    return Claim(
        name=f"by {name}", measure=deviation(part), bound=bound, unless="4*top/huge",
        relative=False, because=because,
    )  # fmt: skip


NORMALIZE_MOMENTS = Routine(
    name="nn.normalize_moments.gradient",
    call=f"{HERE}:normalize_moments",
    problems=sums,
    reference=pullbacks.normalize_moments,
    rival=opinions.normalize_moments,
    audit=audited(opinions.normalize_moments),
    terms={"flushed": "min(inverse, 2.0**60*max(1.01*tiny - inverse, 0))*slope"},
    excused="4*top/huge",
    claims=(
        _by("counts", 0, "(4.5*mean_n + 6.5*square_n + 4*data_n)/(1 - 14*eps) "
            "+ ((4 + 4*given + sums*(1 + 2*given))*tiny + flushed)/eps",
            "the square of a reciprocal within an eps counts twice and rounds, as does its "
            "product; the quotients before it round once each, the sum of three twice; the square "
            "may underflow by itself"),
        _by("sums", 1, "(2*mean_s + 4*square_s)/(1 - 8*eps) + (3 + 2*given)*tiny/eps",
            "a reciprocal within an eps and a product, the sum before it; of the square the "
            "quotient once more, and a product with what comes from above"),
        _by("squares", 2, "1.55*size_q + tiny/eps",
            "what comes from above times a reciprocal that is within an eps: a product"),
        _by("shift", 3, "0", "what comes from above of the mean is copied, and nothing else done"),
    ),
    faults=(
        *COMMON[1:],
        Fault("half the digits of sums", of_input(1, coarse)),
        Fault("half the digits of sums of squares", of_input(2, coarse)),
        Fault("half by counts", of_part(0, lambda y, *_: y / 2)),
        Fault("by squares for shift", lambda tf, call, *inputs, **k: (
            *call(*inputs, **k)[:3], call(*inputs, **k)[2])),
        Fault("sums without the square", of_part(1, lambda y, c, s, q, m, a, b: a / c)),
    ),
    volume=0.1,
    pullback=True,
)  # fmt: skip

test_weighted_moments = verify(WEIGHTED_MOMENTS)
test_normalize_moments = verify(NORMALIZE_MOMENTS)

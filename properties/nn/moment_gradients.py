"""Gradients of tf.nn.batch_normalization by all of its arrays, and of tf.nn.moments, by a tape."""

from __future__ import annotations

from functools import partial

from hypothesis.strategies import SearchStrategy

from properties.entries import deviation
from properties.faults import coarse, of_answers, of_input, of_part
from properties.linalg.gradients import CONJUGATED, HALVES, NEGATED
from properties.math.reduction_gradients import COMPLEX
from properties.math.reduction_gradients import TERMS as OF_SPREADS
from properties.math.variances import PLACES, STRUCTURES
from properties.nn.normalised import BATCHES
from properties.nn.softmax_gradients import HERE
from properties.placed import Place, placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import numeric_moments, pullbacks_of_moments
from references.audits_numeric import audited


def batches(depth: int) -> SearchStrategy[Problem]:
    """Data, means, variances with signs, offsets, scales, and what comes from above."""
    places = tuple(((*shapes, shapes[0]), arguments) for shapes, arguments in BATCHES)
    return placed(depth, places, degree=4)


def with_above(place: Place) -> Place:
    """An array, and what comes from above of its means and of its variances."""
    (shape,), ((_, axis), (_, keepdims)) = place
    axes = [axis] if isinstance(axis, int) else list(axis)
    gone = {a - 1 if a > 0 else a + len(shape) for a in axes}
    if keepdims:
        kept = tuple(1 if i in gone else n for i, n in enumerate(shape))
    else:
        kept = tuple(n for i, n in enumerate(shape) if i not in gone)
    return (shape, kept, kept), (("axes", axis), ("keepdims", keepdims))


def arrays(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """Arrays (B, ...), and what comes from above of their moments."""
    places, kind = tuple(map(with_above, PLACES)), COMPLEX * in_complex
    return placed(depth, places, in_complex=in_complex, structures=STRUCTURES, degree=2, kind=kind)


def _by(name: str, part: int, end: str, steps: str, because: str) -> Claim:
    return Claim(
        name=f"by {name}",
        measure=deviation(part),
        bound=f"(0.505*terms_{end} + {steps})/(1 - (terms_{end} + 24)*eps)*size_{end} "
        f"+ 8*reach_{end}*tiny/eps",
        unless="max(80*eps, 4*top/huge)",
        relative=False,
        because=because,
    )


SUMS = "; sums of n of these are off by gamma_n-1 of their absolute values (Higham 2002, 4.2)"
ROOT = "the reciprocal root of variance + epsilon is within 2.25 eps, as that of the function"
BATCH_NORMALIZATION = Routine(
    name="nn.batch_normalization.gradient",
    call=f"{HERE}:batch_normalization",
    problems=batches,
    reference=pullbacks_of_moments.batch_normalization,
    rival=numeric_moments.batch_gradient,
    audit=audited(numeric_moments.batch_gradient),
    excused="4*top/huge",
    claims=(
        _by("data", 0, "x", "3.3", f"{ROOT}; products with the scale and with what comes from "
            "above round by half an eps each"),
        _by("means", 1, "m", "3.8", f"{ROOT}; two products and the sign" + SUMS),
        _by("variances", 2, "v", "11", f"{ROOT}, its cube within three times that; what comes from "
            "above times x and times the mean, their difference, and five products more" + SUMS),
        _by("offsets", 3, "b", "0.1", "what comes from above itself" + SUMS),
        _by("scales", 4, "s", "4.5", f"{ROOT}; what comes from above times x and times the mean, "
            "their difference and a product" + SUMS),
    ),
    faults=(
        Fault("half the digits of the answer", of_answers(coarse)),
        Fault("half the digits of what comes from above", of_input(5, coarse)),
        Fault("ones from above", of_input(5, lambda tf, w: tf.ones_like(w))),
        Fault("of the other sign", of_answers(lambda tf, y: -y)),
        Fault("another epsilon", lambda tf, call, *inputs, variance_epsilon: call(
            *inputs, variance_epsilon=variance_epsilon * 2)),
        Fault("no scale", of_input(4, lambda tf, s: tf.ones_like(s))),
        Fault("half by scales", of_part(4, lambda y, x, m, v, b, s, w: y * 0.5)),
        Fault("by means as by offsets", of_part(1, lambda y, x, m, v, b, s, w: -y)),
        Fault("by deviations for variances", of_part(2, lambda y, x, m, v, b, s, w: y * 2)),
    ),
    volume=0.1,  # each shape is traced and compiled, and truths come from balls
    pullback=True,
)  # fmt: skip


def _not_centred(tf, call, x, w, v, axes, keepdims):
    """As of a variance around zero."""
    mean = tf.reduce_mean(x, axes, keepdims=True)
    wide = tf.reshape(v, mean.shape) * mean * 2 / (x[0].shape.num_elements() / max(
        mean[0].shape.num_elements(), 1))  # fmt: skip
    return call(x, w, v, axes=axes, keepdims=keepdims) + wide


def _imaginary_too(tf, call, x, w, v, **arguments):
    """The imaginary part from above of variances too, though these have none."""
    return call(x, w, v, **arguments) + 1j * call(x, 0 * w, -1j * v, **arguments)


MOMENTS = Routine(
    name="nn.moments.gradient",
    call=f"{HERE}:moments",
    problems=arrays,
    complex_problems=partial(arrays, in_complex=True),
    reference=pullbacks_of_moments.moments,
    rival=numeric_moments.moments_gradient,
    audit=audited(numeric_moments.moments_gradient),
    terms=OF_SPREADS,
    excused="max(8*top/huge, 8*high/huge)",
    claims=(
        Claim(
            name="entrywise",
            measure=deviation(),
            bound="(3.2 + 2.6*complex)*spread + (1.6 + 2.2*complex)*given + (1 + 4*eps)*moved "
            "+ (8 + 16*complex)*reach*tiny/eps",
            unless="max(2*(steps + 3)*eps, faint)",
            because="by the variance as that of reduce_variance: x - mean is off by what the mean "
            "is, and rounds, three roundings more; by the mean a reciprocal and a product; the sum "
            "rounds by half an eps of both; of complex numbers a quotient is off by 3.21 eps, a "
            "product by 1.42, and of what comes from above of a variance the real part counts",
            relative=False,
        ),
    ),
    faults=(
        *HALVES, NEGATED,
        Fault("means alone", lambda tf, call, x, w, v, **k: call(x, w, 0 * v, **k)),
        Fault("variances alone", lambda tf, call, x, w, v, **k: call(x, 0 * w, v, **k)),
        Fault("exchanged", lambda tf, call, x, w, v, **k: call(x, v, w, **k)),
        Fault("not centred", _not_centred),
        CONJUGATED,
        Fault("all from above of variances", _imaginary_too, complex=True),
        Fault("half of the variances", lambda tf, call, x, w, v, **k: call(x, w, v / 2, **k)),
    ),
    volume=0.1,
    pullback=True,
)  # fmt: skip

test_batch_normalization = verify(BATCH_NORMALIZATION)
test_moments = verify(MOMENTS)

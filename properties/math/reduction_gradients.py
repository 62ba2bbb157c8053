"""Gradients of reductions of tf.math by a tape: spreads, lengths, largest and smallest entries.

What comes from above is given. Where a row has no deviation, or no length, there is no
gradient; of the largest and smallest entries that are equal each has its share.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from hypothesis.strategies import SearchStrategy

from properties.entries import deviation
from properties.linalg.gradients import CONJUGATED, HALVES, NEGATED
from properties.math.normalised import REDUCE_EUCLIDEAN_NORM
from properties.math.product_gradients import HERE, ROWS, by_above
from properties.math.variances import STRUCTURES as SHIFTED
from properties.math.variances import TERMS as OF_SPREADS
from properties.placed import placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import numeric_pullbacks as opinions
from references import pullbacks_of_reductions as pullbacks
from references.audits_numeric import audited

COMPLEX = "complex numbers and above of real ones"
SPREADS = tuple(dict.fromkeys(SHIFTED))
LENGTHS = ("dense", "integers", "graded", "positive", "mostly zero")
ENDS = ("integers", "dense", "mostly zero", "graded")


def arrays(
    depth: int, *, structures: tuple[str, ...], degree: int, in_complex: bool = False
) -> SearchStrategy[Problem]:
    """Arrays (B, ...), and what comes from above of their reductions."""
    kind = COMPLEX if in_complex else "operands and above"
    return placed(
        depth, ROWS, in_complex=in_complex, structures=structures, degree=degree, kind=kind
    )


def _all_from_above(tf, call, x, above, axis, keepdims):
    """The imaginary part from above too, though a norm has none."""
    return call(x, above, axis=axis, keepdims=keepdims) + 1j * call(
        x, -1j * above, axis=axis, keepdims=keepdims)  # fmt: skip


def _not_centred(tf, call, x, above, axis, keepdims):
    """As of a spread around zero."""
    size = x.shape[axis] if isinstance(axis, int) else x.shape[axis[0]] * x.shape[axis[1]]
    mean = tf.reduce_mean(x, axis, keepdims=True)
    wide = above if keepdims else tf.reshape(above, mean.shape)
    return call(x, above, axis=axis, keepdims=keepdims) + 2 * mean * wide / size


def _unbiased(tf, call, x, above, **arguments):
    """Over n - 1, as statisticians estimate; n is 8 here."""
    return call(x, above, **arguments) * (8 / 7)


def _of_variance(tf, call, x, above, axis, keepdims):
    found = call(x, above, axis=axis, keepdims=keepdims)
    return 2 * found * tf.math.reduce_std(x, axis, keepdims=True)


def _of_square(tf, call, x, above, axis, keepdims):
    """Not divided by the length: the gradient of half the square."""
    size = tf.reduce_sum(x * x, axis, keepdims=True)
    return call(x, above, axis=axis, keepdims=keepdims) * tf.sqrt(size)


def _regularised(tf, call, x, above, axis, keepdims):
    """A constant in the root, so that zeros do no harm."""
    size = tf.reduce_sum(x * x, axis, keepdims=True)
    found = call(x, above, axis=axis, keepdims=keepdims)
    return found * tf.cast(tf.sqrt(size / (size + tf.cast(2.0**-6, x.dtype))), x.dtype)


def _in_full(tf, call, x, above, axis, keepdims):
    """All of what comes from above for each of equal entries."""
    found = call(x, above, axis=axis, keepdims=keepdims)
    wide = tf.ones_like(x) * (above if keepdims else tf.reshape(
        above, tf.reduce_sum(x, axis, keepdims=True).shape))  # fmt: skip
    return tf.where(found != 0, wide, found)


def _first_alone(tf, call, x, above, axis, keepdims):
    """The first of equal entries counts alone, along the last axis."""
    found = call(x, above, axis=axis, keepdims=keepdims)
    seen = tf.cumsum(tf.cast(found != 0, x.dtype), -1)
    return tf.where(seen > 1, tf.zeros_like(found), found)


TERMS = {
    **{name: OF_SPREADS[name] for name in ("steps", "gamma")},
    "moved": "gamma*carried + 2*slope*tiny/eps",  # the slope times what the mean is off by
}


def _row(name: str, structures: tuple[str, ...], claim: Claim, **fields: Any) -> Routine:
    """A routine of the table: call, reference, opinion and audit have its own name."""
    opinion = getattr(opinions, name)
    return Routine(
        name=f"math.{name}.gradient",
        call=f"{HERE}:{name}",
        problems=partial(arrays, structures=structures, degree=fields.pop("degree", 2)),
        reference=getattr(pullbacks, name),
        rival=opinion,
        audit=audited(opinion),
        claims=(claim,),
        faults=(*fields.pop("halved", HALVES), NEGATED, *by_above(), *fields.pop("faults")),
        volume=0.15,  # each shape is traced and compiled, and truths come from balls
        pullback=True,
        **fields,
    )


REDUCE_VARIANCE = _row(
    "reduce_variance",
    SPREADS,
    Claim(
        name="entrywise",
        measure=deviation(),
        bound="2.6*size + (1 + 3*eps)*moved + 4*reach*tiny/eps",
        unless="2*(steps + 3)*eps",
        because="x - mean is off by what the mean is, shift, gamma_n+1 of the mean of the absolute "
        "values (Higham 2002, 4.2), and rounds; twice of it over n, times what comes from above, "
        "are two roundings and a reciprocal more",
        relative=False,
    ),
    terms=TERMS,
    excused="max(8*top/huge, 8*high/huge)",
    faults=(Fault("not centred", _not_centred), Fault("over one less", _unbiased)),
)
REDUCE_STD = _row(
    "reduce_std",
    SPREADS,
    Claim(
        name="entrywise",
        measure=deviation(),
        bound="((root + 4)*size + (1 + 4*eps)*moved)/(1 - root*eps) "
        "+ 4*(1 + given)*tiny/eps",
        unless="max(2*max(steps + 3, root)*eps, 16*((root + 8)*size + moved)/huge)",
        because="x - mean is off by shift, as in a variance, and rounds; the deviation that it is "
        "divided by is off by root of itself, as that of reduce_std; a product, a reciprocal of n "
        "and two quotients more",
        relative=False,
    ),
    terms={
        **TERMS,
        "squared": OF_SPREADS["squared"],
        "part": "(gamma*around*eps + 2*tiny)/deviation",
        "root": "(squared/2/(1 - squared*eps) + 1)*(1 + part) + part/(1 + 1/part)/eps",
    },
    excused="8*top/huge",
    faults=(Fault("over one less", _unbiased), Fault("of the variance", _of_variance)),
)  # fmt: skip
REDUCE_EUCLIDEAN_NORM = _row(
    "reduce_euclidean_norm",
    LENGTHS,
    Claim(
        name="quotients",
        measure=deviation(),
        bound="(squares + 1.02 + 3.65*complex)/(1 - 2*squares*eps)*size "
        "+ (1 + given)*((1 + 2*complex)*tiny/eps)",
        unless="max(2*(terms + 3)*eps, complex*16*(squares + 5)*size/huge)",
        because="x over the norm, which is off by `squares` of itself as that of "
        "reduce_euclidean_norm, times what comes from above, of complex numbers its real part: a "
        "quotient and a product round, complex ones within 3.21 and 1.42 eps",
        relative=False,
    ),
    complex_problems=partial(arrays, structures=LENGTHS, degree=2, in_complex=True),
    terms=REDUCE_EUCLIDEAN_NORM.terms,
    faults=(Fault("of half the square", _of_square), Fault("regularised", _regularised),
            CONJUGATED, Fault("all from above", _all_from_above, complex=True)),
)  # fmt: skip
SHARES = Claim(
    name="shares",
    measure=deviation(),
    bound="max(1.02*shared, 0) + tiny/eps",
    because="the only largest entry, or smallest, gets what comes from above, exactly; k that are "
    "equal get 1/k of it each, as the source says, and the share and its product round",
    relative=False,
)
ENDED = {"degree": 1, "halved": HALVES[1:]}  # half the digits of an entry: the same is largest
TIES = (Fault("every tie in full", _in_full), Fault("first alone", _first_alone))
REDUCE_MAX = _row("reduce_max", ENDS, SHARES, **ENDED, faults=(
    *TIES, Fault("the smallest", lambda tf, call, x, w, **k: call(-x, w, **k))))  # fmt: skip
REDUCE_MIN = _row("reduce_min", ENDS, SHARES, **ENDED, faults=(
    *TIES, Fault("the largest", lambda tf, call, x, w, **k: call(-x, w, **k))))  # fmt: skip

test_reduce_variance = verify(REDUCE_VARIANCE)
test_reduce_std = verify(REDUCE_STD)
test_reduce_euclidean_norm = verify(REDUCE_EUCLIDEAN_NORM)
test_reduce_max = verify(REDUCE_MAX)
test_reduce_min = verify(REDUCE_MIN)

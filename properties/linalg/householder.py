"""tf.linalg.LinearOperatorHouseholder: reflections at the hyperplanes that vectors define."""

from __future__ import annotations

from functools import partial

from hypothesis.strategies import SearchStrategy

from properties.entries import deviation
from properties.faults import coarse
from properties.placed import Place, placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import combinations, numeric_combined
from references.audits_numeric import audited

PLACES: tuple[Place, ...] = tuple((((n,),) * 2, ()) for n in (2, 5, 8))
LARGE: tuple[Place, ...] = ((((100,),) * 2, ()),)
STRUCTURES = ("dense", "integers", "positive", "graded")


def pairs(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """The vectors v that define hyperplanes, and those to reflect, both (B, n)."""
    return placed(depth, PLACES, LARGE, in_complex=in_complex, structures=STRUCTURES, degree=3)


def _not_doubled(tf, call, v, x):
    """Projected and not reflected."""
    return (x + call(v, x)) / 2


def _not_normalised(tf, call, v, x):
    return x - 2 * v * tf.reduce_sum(tf.math.conj(v) * x, -1, keepdims=True)


HOUSEHOLDER = Routine(
    name="linalg.LinearOperatorHouseholder",
    call="properties.linalg.calls:householder",
    problems=pairs,
    complex_problems=partial(pairs, in_complex=True),
    reference=combinations.householder,
    rival=numeric_combined.householder,
    audit=audited(numeric_combined.householder),
    terms={"steps": "n + 6 + 3.5*complex"},
    excused="max(8*top/huge, 8*squares/huge, 8*n*tiny/eps/squares)",
    claims=(
        Claim(
            name="entrywise",
            measure=deviation(),
            bound="1.01*steps/(1 - 2*steps*eps)*size + 8*n*tiny/eps",
            unless="max(4*steps*eps, 8*squares/huge, 8*n*tiny/eps/squares)",
            relative=False,
            because="with u = eps/2, a sum of n squares is off by n u, of which the reciprocal "
            "root takes half; it is within 4 u, its product with v rounds: n/2 + 5 for each of "
            "two factors, n for the inner product, two for the product and the difference "
            "(Higham 2002, 3.1 and 19.3); of complex numbers 3/2 more for each factor, 2 for the "
            "inner product and 2 for the product (3.5 and 3.6); nothing is said where squares "
            "leave the range",
        ),
    ),
    faults=(
        Fault("half the digits of v", lambda tf, call, v, x: call(coarse(tf, v), x)),
        Fault("half the digits of the answer", lambda tf, call, v, x: coarse(tf, call(v, x))),
        Fault("projected", _not_doubled),
        Fault("not normalised", _not_normalised),
        Fault("v conjugated", lambda tf, call, v, x: call(tf.math.conj(v), x), complex=True),
        Fault("negated", lambda tf, call, v, x: -call(v, x)),
        Fault("not reflected", lambda tf, call, v, x: x + 0),
    ),
    volume=0.1,
)

test_householder = verify(HOUSEHOLDER)

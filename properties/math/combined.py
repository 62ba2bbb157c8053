"""Combinations of entries: polynomials, sums of arrays, products by segment, running logsumexps."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from hypothesis.strategies import SearchStrategy

from properties import lengths
from properties.draws import ALL
from properties.entries import deviation
from properties.faults import coarse
from properties.linalg.matmul import TERMS
from properties.math.picks import EXACT
from properties.math.products import ROUNDED, STRUCTURES
from properties.math.products import TERMS as OF_PRODUCTS
from properties.math.segments import ENTRYWISE as BY_SEGMENT
from properties.math.segments import FAULTS as OF_SEGMENTS
from properties.math.segments import SORTED, UNSORTED
from properties.math.sums import ENTRYWISE
from properties.nn.losses import logits_at
from properties.placed import Place, placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.scalar_draws import scalars
from properties.verify import verify
from references import combinations, numeric_combined, picks, powers, sums
from references.audits_numeric import audited

HERE = "properties.math.calls"
POLYNOMIALS: tuple[Place, ...] = tuple((((n,),) * (degree + 2), ()) for n, degree in (
    (3, 1), (5, 3), (2, 6)))  # fmt: skip
SEVERAL: tuple[Place, ...] = tuple(((shape,), ()) for shape in ((3, 2, 5), (2, 8), (6, 5)))
ROWS = tuple((shape, (("axis", axis), ("reverse", way))) for shape, axis, way in (
    ((3,), -1, False), ((8,), 1, True), ((3, 5), 1, False), ((3, 5), -1, True)))  # fmt: skip


def polynomials(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """Coefficients (B, n), the highest first, and where the polynomials are evaluated."""
    return placed(depth, POLYNOMIALS, in_complex=in_complex, degree=8)


def several(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """Arrays of one shape and scale along the first axis of members (B, k, ...)."""
    return placed(depth, SEVERAL, in_complex=in_complex, degree=1)


def segments(
    depth: int, *, places: Any, degree: int = 1, in_complex: bool = False
) -> SearchStrategy[Problem]:
    """Data (B, n, ...) with the segment of each of the n entries."""
    structures = STRUCTURES if degree > 1 else ("dense", "integers", "alternating", "mostly zero")
    return placed(depth, places, in_complex=in_complex, structures=structures, degree=degree)


def _half(tf, call, *inputs, **arguments):
    return call(*(coarse(tf, x) for x in inputs), **arguments)


def _half_of_answer(tf, call, *inputs, **arguments):
    return coarse(tf, call(*inputs, **arguments))


def _first_doubled(tf, call, first, *others, **arguments):
    return call(first * 2, *others, **arguments)


def _order(tf, call, *inputs):
    """The lowest coefficient first."""
    return call(*reversed(inputs[:-1]), inputs[-1])


def _at_conjugate(tf, call, *inputs):
    return call(*inputs[:-1], tf.math.conj(inputs[-1]))


def _conjugated(tf, call, x, **arguments):
    return tf.math.conj(call(x, **arguments))


HALVES = Fault("half the digits", _half), Fault("half the digits of the answer", _half_of_answer)


def _row(name: str, problems: Any, claim: Claim, reference: Any, **fields: Any) -> Routine:
    """A routine of the table: opinion and audit have its own name."""
    rival = getattr(numeric_combined, name, None)
    return Routine(
        name=f"math.{name}",
        call=fields.pop("call", f"{HERE}:{name}"),
        problems=problems,
        reference=reference,
        rival=rival,
        audit=audited(rival) if rival else None,
        claims=(claim,),
        volume=0.1,
        **fields,
    )


POLYVAL = _row(
    "polyval",
    polynomials,
    Claim(
        name="horner",
        measure=deviation(),
        bound="each*degree/(1 - (1 + complex)*degree*eps)*size + reach*tiny/eps",
        unless="2*(1 + complex)*degree*eps",
        relative=False,
        because="Horner's scheme is off by gamma_2n of the sum of |c_i x^i| (Higham 2002, 5.1); "
        "each product may lose tiny, which later ones multiply; a complex one is off by sqrt(2) "
        "gamma_2 of its modulus (3.5), a sum as of real numbers",
    ),
    combinations.polyval,
    complex_problems=partial(polynomials, in_complex=True),
    terms={"each": "1.01 + 0.93*complex"},
    excused="4*top/huge",
    faults=(
        *HALVES,
        Fault("lowest first", _order),
        Fault("first doubled", _first_doubled),
        Fault("at the conjugate", _at_conjugate, complex=True),
    ),
)
ADD_N = _row(
    "add_n",
    several,
    ENTRYWISE,
    sums.add_n,
    complex_problems=partial(several, in_complex=True),
    terms=TERMS,
    excused="4*top/huge",
    faults=(
        *HALVES,
        Fault("signs lost", lambda tf, call, x: call(tf.cast(tf.abs(x), x.dtype))),
        Fault("last left out", lambda tf, call, x: call(x[:, :-1])),
    ),
)
# what a truth tells of the whole member stands beside each of its segments
OF_SEGMENTED = {name: term.replace("bottom", "least") for name, term in OF_PRODUCTS.items()}
PRODUCT = replace(
    ROUNDED,
    bound=f"max({ROUNDED.bound}, 0)",  # products of one factor, or none, are exact
    unless="max((2 + 2*complex)*most*eps, 2*top/huge, (2 + 98*complex*most)*tiny/bottom)",
)


def _product(name: str, places: Any) -> Routine:
    return _row(
        name,
        partial(segments, places=places, degree=12),
        PRODUCT,
        getattr(powers, name),
        complex_problems=partial(segments, places=places, degree=12, in_complex=True),
        terms=OF_SEGMENTED,
        excused="max(2*top/huge, 2*tiny/bottom)",
        faults=(*OF_SEGMENTS[:4], Fault("conjugated", _conjugated, complex=True)),
    )


SEGMENT_PROD = _product("segment_prod", SORTED)
UNSORTED_SEGMENT_PROD = _product("unsorted_segment_prod", UNSORTED)
UNSORTED_SEGMENT_SQRT_N = _row(
    "unsorted_segment_sqrt_n",
    partial(segments, places=UNSORTED),
    replace(
        BY_SEGMENT,
        because="a sum of n numbers is off by gamma_n-1 of the sum of their absolute values, in "
        "any order (Higham 2002, 4.2); a root, within an eps, and a division more",
    ),
    combinations.unsorted_segment_sqrt_n,
    terms={**TERMS, "steps": "terms + 4"},
    excused="8*top/huge",
    faults=OF_SEGMENTS,
)
CUMULATIVE_LOGSUMEXP = _row(
    "cumulative_logsumexp",
    partial(logits_at, places=ROWS),
    Claim(
        name="absolute",
        measure=deviation(),
        bound="max(steps*(2.6 + 0.505*peak)/(1 - 4*eps) + 2*steps*tiny/eps, 0)",
        unless="8*(steps + 1)*eps",
        relative=False,
        because="log(exp a + exp b) moves no further than a or b, so errors of steps add up: half "
        "an eps of the difference, weighted by its exponential, exp and log1p within 2 eps, and "
        "one rounding of the answer, none of which is larger than peak",
    ),
    combinations.cumulative_logsumexp,
    call="math.cumulative_logsumexp",
    long=partial(lengths.logits, arguments=(("axis", -1), ("reverse", False))),
    faults=(
        *HALVES,
        Fault("other way", lambda tf, call, x, axis, reverse: call(
            x, axis=axis, reverse=not reverse)),
        Fault("no shift", lambda tf, call, x, axis, reverse: tf.math.log(tf.cumsum(
            tf.exp(x), axis, reverse=reverse))),
        Fault("largest so far", lambda tf, call, x, **k: tf.maximum(x, call(x, **k) - 0.5)),
    ),
)  # fmt: skip
NEXTAFTER = _row(
    "nextafter",
    scalars("plane", tuple(d for d in ALL if d.name in ("float32", "float64")), ((),)),
    replace(EXACT, because="a neighbour is a number of the dtype: nothing rounds"),
    picks.nextafter,
    call="math.nextafter",
    by_dtype=True,
    dtypes=("float32", "float64"),
    faults=(
        Fault("the other way", lambda tf, call, x, y: call(x, -y)),
        Fault("nowhere", lambda tf, call, x, y: x + 0),
        Fault("two steps", lambda tf, call, x, y: call(call(x, y), y)),
    ),
)

test_polyval = verify(POLYVAL)
test_add_n = verify(ADD_N)
test_segment_prod = verify(SEGMENT_PROD)
test_unsorted_segment_prod = verify(UNSORTED_SEGMENT_PROD)
test_unsorted_segment_sqrt_n = verify(UNSORTED_SEGMENT_SQRT_N)
test_cumulative_logsumexp = verify(CUMULATIVE_LOGSUMEXP)
test_nextafter = verify(NEXTAFTER)

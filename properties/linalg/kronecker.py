"""tf.linalg.LinearOperatorKronecker: products of Kronecker products, factor by factor."""

from __future__ import annotations

from functools import partial
from typing import Any

from hypothesis.strategies import SearchStrategy

from properties.entries import deviation
from properties.faults import coarse
from properties.operands import OPERANDS
from properties.placed import Place, placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import kronecker as references
from references import numeric_operators as numeric
from references.audits_numeric import audited

PLACES: tuple[Place, ...] = tuple(
    (shapes, ())
    for shapes in (
        ((2, 2), (2, 2), (4, 1)),
        ((2, 2), (3, 3), (6, 2)),
        ((2, 3), (4, 2), (6, 2)),
        ((1, 1), (5, 5), (5, 1)),
        ((2, 2), (1, 2), (3, 2), (8, 2)),
    )
)
LARGE: tuple[Place, ...] = (
    (((8, 8), (8, 8), (64, 1)), ()),
    (((4, 4), (4, 4), (4, 4), (64, 2)), ()),
)
STRUCTURES = (*OPERANDS, "unit")


def factors(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """Two or three factors (B, m_i, n_i), and x (B, n_1 n_2 ..., k)."""
    return placed(depth, PLACES, LARGE, in_complex=in_complex, structures=STRUCTURES, degree=4)


def _exchanged(tf: Any, call: Any, *inputs: Any) -> Any:
    """The factors in reverse order, read back as if they were not."""
    *operands, x = inputs
    found = call(*reversed(operands), x)
    return tf.reverse(found, [-2]) if operands[0].shape == operands[1].shape else found


def _columns_first(tf: Any, call: Any, *inputs: Any) -> Any:
    """x laid out with its first axis running first."""
    *operands, x = inputs
    first = operands[0].shape[-1]
    folded = tf.reshape(x, (x.shape[0], -1, first, x.shape[-1]))
    return call(*operands, tf.reshape(tf.einsum("bijk->bjik", folded), x.shape))


def _last_transposed(tf: Any, call: Any, *inputs: Any) -> Any:
    """The factor before x transposed where it is square, and upside down elsewhere."""
    *operands, last, x = inputs
    square = last.shape[-1] == last.shape[-2]
    wrong = tf.linalg.matrix_transpose(last) if square else tf.reverse(last, [-2])
    return call(*operands, wrong, x)


def _last_forgotten(tf: Any, call: Any, *inputs: Any) -> Any:
    *operands, last, x = inputs
    return call(*operands, tf.ones_like(last), x)


KRONECKER = Routine(
    name="linalg.LinearOperatorKronecker",
    call="properties.linalg.operators:kronecker",
    problems=factors,
    complex_problems=partial(factors, in_complex=True),
    reference=references.kronecker,
    rival=numeric.kronecker_by_factors,
    audit=audited(numeric.kronecker),
    terms={
        "steps": "terms + 2*complex*factors",
        "gamma": "0.505*steps/(1 - 0.5*steps*eps)",
        "lost": "2*terms*reach*tiny/eps",
    },
    excused="4*top/huge",
    claims=(
        Claim(
            name="entrywise",
            measure=deviation(),
            bound="gamma*size + lost",
            unless="steps*eps",
            relative=False,
            because="each factor in turn adds sums of n_i products to what was summed before: "
            "|y' - y| <= gamma_s (|A_1| x |A_2| x ...) |x|, s the sum of the n_i, and of n_i + 2 "
            "in complex arithmetic (Higham 2002, 3.5 and 3.6); what underflow loses in one factor "
            "is multiplied by the norms of the others",
        ),
    ),
    faults=(
        Fault("factors exchanged", _exchanged),
        Fault("first axis first", _columns_first),
        Fault("last factor transposed", _last_transposed),
        Fault("last factor of ones", _last_forgotten),
        Fault("half the digits of a factor",
              lambda tf, call, a, *rest: call(coarse(tf, a), *rest)),
        Fault("half the digits of the answer",
              lambda tf, call, *inputs: coarse(tf, call(*inputs))),
        Fault("first factor conjugated",
              lambda tf, call, a, *rest: call(tf.math.conj(a), *rest), complex=True),
    ),
    dtypes=("float16", "float32", "float64", "complex64", "complex128"),
    volume=0.3,
)  # fmt: skip

test_kronecker = verify(KRONECKER)

"""Gradients of calls that are linear in an operand: problems, faults and routines of their tables.

What comes from above is given, and the other operand of a product. Such a gradient is a product
again, by the adjoint of that operand; of what moves entries it moves them back.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from hypothesis.strategies import SearchStrategy

from properties.entries import deviation
from properties.faults import coarse
from properties.placed import Place, placed
from properties.routine import Claim, Fault, Problem, Routine
from references import adjoints
from references.audits_numeric import audited
from references.numeric_adjoints import adjoint, shape_of

CALL = "properties.differentiated:adjoint"
STRUCTURES = ("dense", "integers", "graded", "mostly zero", "alternating")
COPIED = Claim(
    name="exact",
    measure=deviation(),
    bound="0",
    relative=False,
    because="what comes from above is moved, or copied, and nothing is computed with it",
)


def taken_back(
    of: str, by: int, places: Sequence[Place], *, apart: bool = False
) -> tuple[Place, ...]:
    """The places of a call as those of its adjoint by one operand: the others, and from above.

    `apart`: where the others do not matter, and are told by their shapes alone.
    """
    found: list[Place] = []
    for shapes, arguments in places:
        if by >= len(shapes):
            continue
        others, told = shapes[:by] + shapes[by + 1 :], dict(arguments)
        above = shape_of(of, shapes, told)
        told |= {"of": of, "by": by, "shape": shapes[by]}
        if apart and others:
            others, told = (), {**told, "beside": others}
        found.append(((*others, above), tuple(told.items())))
    return tuple(found)


def operands(
    depth: int, *, places: Sequence[Place], in_complex: bool = False
) -> SearchStrategy[Problem]:
    """The other operand (B, ...) if there is one, and what comes from above, with the arguments."""
    degree = max(len(shapes) for shapes, _ in places)
    return placed(depth, places, in_complex=in_complex, structures=STRUCTURES, degree=degree)


def _coarse_above(tf: Any, call: Any, *inputs: Any, **arguments: Any) -> Any:
    return call(*inputs[:-1], coarse(tf, inputs[-1]), **arguments)


def _coarse_answer(tf: Any, call: Any, *inputs: Any, **arguments: Any) -> Any:
    return coarse(tf, call(*inputs, **arguments))


def _signs_lost(tf: Any, call: Any, *inputs: Any, **arguments: Any) -> Any:
    return call(*inputs[:-1], tf.cast(tf.abs(inputs[-1]), inputs[-1].dtype), **arguments)


def _ones(tf: Any, call: Any, *inputs: Any, **arguments: Any) -> Any:
    """As of the sum of all entries."""
    return call(*inputs[:-1], tf.ones_like(inputs[-1]), **arguments)


def _backwards(tf: Any, call: Any, *inputs: Any, **arguments: Any) -> Any:
    """What comes from above in another order, or half of the only one."""
    *others, above = inputs
    turned = tf.reverse(above, [-1]) if above.shape.rank > 1 and above.shape[-1] > 1 else above / 2
    return call(*others, turned, **arguments)


def _conjugate_above(tf: Any, call: Any, *inputs: Any, **arguments: Any) -> Any:
    return call(*inputs[:-1], tf.math.conj(inputs[-1]), **arguments)


FAULTS = (
    Fault("half the digits of what comes from above", _coarse_above),
    Fault("half the digits of the answer", _coarse_answer),
    Fault("signs lost", _signs_lost),
    Fault("ones from above", _ones),
    Fault("from above in another order", _backwards),
    Fault("from above conjugated", _conjugate_above, complex=True),
)


def of_linear(
    name: str, places: Sequence[Place], claim: Claim, *, real: bool = False, **fields: Any
) -> Routine:
    """A routine of a table; its places name the call and the operand."""
    problems = partial(operands, places=places)
    return Routine(
        name=name,
        call=CALL,
        problems=problems,
        complex_problems=None if real else partial(problems, in_complex=True),
        reference=fields.pop("reference", adjoints.pulled),
        rival=adjoint,
        audit=audited(adjoint),
        claims=(claim,),
        faults=(*FAULTS, *fields.pop("faults", ())),
        volume=0.15,  # each shape is traced and compiled
        pullback=True,
        **fields,
    )

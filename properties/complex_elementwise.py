"""Functions of complex numbers as rows of tables, judged by the modulus of what is wrong.

A row names a function, its domain, its bound in eps of the result's modulus, and the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from properties.draws import PARTS
from properties.elementwise import HALF_OF_ANSWER, HALF_OF_ARGUMENTS, Part, apart
from properties.entries import moduli, nearer_moduli
from properties.gradients import CALL, SLOPES
from properties.routine import Claim, Fault, Problem, Routine
from properties.scalar_draws import LENGTHS, scalars
from properties.verify import verify
from references.complex_functions import stack
from references.complex_functions_opinions import audited, second


@dataclass(frozen=True, kw_only=True)
class Row:
    """One function by its name in tf.math, or in another `space`, its domain, bound and reason.

    `moved`: what the bound counts of each eps that is made in something larger than the result, the
    slope of references/complex_functions.py. `parts`: of the arguments, none of which another
    holds, that are judged apart from the rest, by the same bound. `by`: the argument that a
    derivative is by, which of the names of its `argument` tells. `beside`: what is allowed besides,
    of entries whose modulus is `size`. `either`: a claim more is made of the same but for the
    conjugate, by `parts`, where a derivative that is not conjugated would hide what else is wrong.
    """

    name: str
    domain: str
    bound: str
    because: str
    moved: str = ""
    parts: tuple[Part, ...] = ()
    by: int = 0
    argument: str = ""
    beside: str = ""
    either: bool = False
    space: str = "math"


def _conjugated(tf: Any, call: Any, *inputs: Any) -> Any:
    return call(*(tf.math.conj(z) for z in inputs))


def _turned(tf: Any, call: Any, *inputs: Any) -> Any:
    """Real and imaginary parts change places."""
    z = call(*inputs)
    return tf.complex(tf.math.imag(z), tf.math.real(z)) if z.dtype.is_complex else -z


def _real_part(tf: Any, call: Any, *inputs: Any) -> Any:
    """As if the last argument were real."""
    *others, last = inputs
    return call(*others, tf.cast(tf.math.real(last), last.dtype))


FAULTS = (
    HALF_OF_ANSWER,
    HALF_OF_ARGUMENTS,
    Fault("of conjugates", _conjugated),
    Fault("parts change places", _turned),
    Fault("of the real part", _real_part),
)
EITHER = "modulus, conjugated or not"
EVEN = ("abs", "real", "squared_difference")  # in the imaginary part


def _of_some(problem: Problem) -> NDArray[np.bool_]:
    """Where the first argument is not zero, of which a factor would be no factor."""
    return problem.inputs[0] != 0


def routine(row: Row, *, gradient: bool = False) -> Routine:
    """The routine of a row, or of the function's derivative; KeyError where there is no formula."""
    last = ".gradient" * gradient + f"_{row.argument}" * bool(row.argument)
    name = row.name + last
    told = (("of", f"{row.space}.{row.name}"), ("by", row.by)) if gradient else ()
    terms, bound = {"units": row.bound}, "units"
    if row.moved:
        terms["off"], bound = f"units + ({row.moved})*slope", "off + 2*off**2*eps"
    if row.beside:
        bound += f" + {row.beside}"

    def reference(*inputs: Any, level: int = 0, **_: Any) -> Any:
        return stack(name, *inputs, level=level)

    reference.__doc__ = f"{name} of every complex entry, in balls of rising precision."
    claim = Claim(
        name="modulus",
        measure=moduli,
        bound=bound,
        unless="4*off*eps" if row.moved else "",
        because=row.because,
    )
    claims = apart(claim, () if row.either else row.parts)
    if row.either:
        close = replace(claim, name=EITHER, measure=nearer_moduli(np.conj), only=_of_some)
        claims += apart(close, row.parts)
    without = {"of conjugates"} if name in EVEN else set()
    without |= {"of the real part"} if name == "real" else set()
    return Routine(
        name=f"{row.space}.{row.name}.complex{last}",
        call=CALL if gradient else f"{row.space}.{row.name}",
        problems=scalars(
            row.domain,
            PARTS,
            (told,),
            SLOPES.lengths if gradient else LENGTHS,
            kind="complex scalars",
        ),
        reference=reference,
        rival=second(name),
        audit=partial(audited, name),
        terms=terms,
        excused=f"size/huge*(1 + ({bound})*eps)",  # what the claim allows an entry may be infinite
        claims=claims,
        faults=tuple(fault for fault in FAULTS if fault.name not in without),
        dtypes=("complex64", "complex128"),
        volume=SLOPES.volume if gradient else 0.25,
        of_numbers=True,
        pullback=gradient,
    )


def tabled(rows: tuple[Row, ...], *, gradient: bool = False) -> Mapping[str, Any]:
    """Routines and their tests as names of a module, of functions or of their derivatives."""
    found: dict[str, Any] = {}
    for row in rows:
        name = row.name + f"_by_{row.argument}" * bool(row.argument)
        found[name.upper()] = made = routine(row, gradient=gradient)
        found[f"test_{name}"] = verify(made)
    return found

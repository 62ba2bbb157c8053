"""Functions of numbers as rows of tables: a row is a routine, judged in units in the last place.

A row names a function, its domain, its bound and the reason; everything else follows from the
name: the formula in balls, mpmath's and SciPy's. What comes of a row is a Routine like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray

from properties.draws import ALL
from properties.faults import coarse
from properties.routine import Claim, Fault, Problem, Routine
from properties.scalar_draws import LENGTHS, every, scalars
from properties.ulps import ulps
from properties.verify import verify
from references.elementwise import stack
from references.elementwise_audits import audited
from references.elementwise_opinions import second
from references.formulas import FIXED, FORMULAS, SLOPES, UNARY, difference
from references.truth import Truth

WIDE = ("float32", "float64")  # what special functions are offered in
HALF = ("float16", *WIDE)  # with float16 by way of float32
REAL = ("bfloat16", *HALF)
ROUNDED = "0.5 + 2.0**-16"  # half a unit; the rest is for the measure's own rounding
Only = Callable[[Problem], NDArray[np.bool_]]
STEEPEST = 768  # kappa of any of them where the result is about to overflow: of an exponential


@dataclass(frozen=True)
class Part:
    """Arguments that a claim of their own is about, by name: `inside(*inputs)` is true of them.

    What is known to be wrong there excuses nothing elsewhere in the same vector.
    """

    name: str
    inside: Callable[..., NDArray[np.bool_]]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One function: its name below `tf`, domain, bound in ulps, and reason.

    `function`: its name in references/formulas.py, the last part of the name unless told. `call`:
    what TensorFlow executes, the name unless told.
    `moved`: how many eps of each argument the bound forgives. `beside`: what it forgives beside
    that, in terms of the names of `factors`, which are formulas of the arguments, in units of the
    result over eps.
    `arguments`: those of the call, a tuple of pairs for each choice. `steady`: half the digits of
    the arguments may change nothing, so that this is no fault. `parts`: of the arguments, none of
    which another holds, that are judged apart from the rest, by the same bound.
    """

    name: str
    domain: str
    bound: str
    because: str
    function: str = ""
    call: str = ""
    dtypes: tuple[str, ...] = REAL
    moved: float = 0.0
    beside: str = ""
    factors: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    arguments: tuple[tuple[tuple[str, Any], ...], ...] = ((),)
    steady: bool = False
    faults: tuple[Fault, ...] = field(default=())
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Tables:
    """What is known of functions by their names, and how much of it is set.

    `formulas` and their `slopes` |x f'| in balls, the `audit` by mpmath and the `rival` of a name,
    names of which `every` number of 16 bits is set, or of float32.
    """

    formulas: Mapping[str, Callable[..., arb]]
    slopes: Mapping[str, Callable[..., arb]]
    audit: Callable[..., Any]
    rival: Callable[[str], Callable[..., Any] | None]
    every: Collection[str]
    lengths: tuple[int, ...] = LENGTHS
    volume: float = 0.25
    pullback: bool = False


VALUES = Tables(FORMULAS, SLOPES, audited, second, UNARY)


def _coarse_arguments(tf: Any, call: Any, *inputs: Any, **arguments: Any) -> Any:
    return call(*(coarse(tf, x) for x in inputs), **arguments)


def _coarse_answer(tf: Any, call: Any, *inputs: Any, **arguments: Any) -> Any:
    return coarse(tf, call(*inputs, **arguments))


HALF_OF_ANSWER = Fault("half the digits of the answer", _coarse_answer)
HALF_OF_ARGUMENTS = Fault("half the digits of the arguments", _coarse_arguments)


def argument(x: Any, **_: Any) -> Any:
    """The argument: what a function is multiplied by."""
    return x


def one(*_: Any, **__: Any) -> arb:
    """One: for absolute errors, in eps."""
    return arb(1)


def routine(row: Row, tables: Tables = VALUES) -> Routine:
    """The routine of a row; KeyError where no formula has the function's name."""
    function = row.function or row.name.rpartition(".")[2]
    formula = tables.formulas[function]
    slope = None
    if row.moved:
        slope = tables.slopes.get(function) or difference(formula, FIXED.get(function, 0))

    def reference(*inputs: Any, level: int = 0, **arguments: Any) -> Truth:
        for name in ("of", "by"):  # of and by what TensorFlow is asked for the derivative
            arguments.pop(name, None)
        return stack(formula, *inputs, level=level, slope=slope, factors=row.factors, **arguments)

    reference.__doc__ = f"{function} of every entry, in balls of rising precision."
    bound = "units" + (f" + {row.moved}*kappa" if row.moved else "")
    grids = tuple(d for d in ALL if d.name in row.dtypes)
    return Routine(
        name=row.name,
        call=row.call or row.name,
        problems=scalars(row.domain, grids, row.arguments, tables.lengths),
        reference=reference,
        rival=tables.rival(function),
        audit=partial(tables.audit, function),
        terms={"units": row.bound},
        excused=f"largest/huge*(1 + 2*(units + {row.moved}*{STEEPEST})*eps)",
        claims=_claims(row, bound + (f" + {row.beside}" if row.beside else "")),
        faults=row.faults or (HALF_OF_ANSWER, *(() if row.steady else (HALF_OF_ARGUMENTS,))),
        dtypes=row.dtypes,
        every=every(row.domain, row.arguments[0]) if function in tables.every else None,
        volume=tables.volume,
        of_numbers=True,
        pullback=tables.pullback,
    )


def _claims(row: Row, bound: str) -> tuple[Claim, ...]:
    return apart(Claim(name="ulps", measure=ulps, bound=bound, because=row.because), row.parts)


def apart(whole: Claim, parts: tuple[Part, ...]) -> tuple[Claim, ...]:
    """One claim about all arguments; or one about each part, and one about the rest."""
    if not parts:
        return (whole,)
    return (
        replace(whole, only=partial(_both, whole.only, partial(_in_none, parts))),
        *(
            replace(
                whole,
                name=f"{whole.name}, {part.name}",
                only=partial(_both, whole.only, partial(_within, part)),
            )
            for part in parts
        ),
    )


def _both(first: Only | None, second: Only, problem: Problem) -> NDArray[np.bool_]:
    return second(problem) if first is None else first(problem) & second(problem)


def _within(part: Part, problem: Problem) -> NDArray[np.bool_]:
    return part.inside(*problem.inputs)


def _in_none(parts: tuple[Part, ...], problem: Problem) -> NDArray[np.bool_]:
    return ~np.logical_or.reduce([_within(part, problem) for part in parts])


def tabled(rows: tuple[Row, ...]) -> Mapping[str, Any]:
    """Routines and their tests as names of a module: EXP and test_exp."""
    found: dict[str, Any] = {}
    for row in rows:
        name = row.name.rpartition(".")[2]
        found[name.upper()] = made = routine(row)
        found[f"test_{name}"] = verify(made)
    return found

"""A routine of TensorFlow, written down as data: problems, reference, claims, faults."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from types import CodeType
from typing import Any, NamedTuple

import numpy as np
from hypothesis.strategies import SearchStrategy
from numpy.typing import NDArray

from properties.bits import hashed
from properties.dtypes import DTYPES, Dtype
from references.interval import Interval, compounded, maximum, minimum, sqrt
from references.truth import Truth

Array = NDArray[np.float64]
Embed = Callable[[NDArray], NDArray]
FUNCTIONS = {"max": maximum, "min": minimum, "sqrt": sqrt, "compounded": compounded}


@dataclass(frozen=True, repr=False)
class Problem:
    """A stack of B inputs of one shape, exact in every dtype that `holds` them.

    `inputs`: arrays (B, ...), float64 or complex128. `arguments`: keyword arguments of the call,
    plain data. `sizes`: the numbers that shapes are made of. `traits`: a column of length B for
    each thing that members were made from (structure, log2 condition, log2 scale, seed ...).
    `recipe`: what the whole stack was made from; equal recipes give equal bytes.
    """

    inputs: tuple[NDArray[Any], ...]
    sizes: Mapping[str, int]
    traits: Mapping[str, NDArray]
    recipe: tuple[Any, ...]
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.inputs[0])

    def __repr__(self) -> str:
        return f"Problem{self.recipe}"

    def select(self, members: NDArray[np.int64]) -> Problem:
        """The stack of some members, in the order given."""
        return replace(
            self,
            inputs=tuple(array[members] for array in self.inputs),
            traits={name: column[members] for name, column in self.traits.items()},
        )

    @cached_property
    def keys(self) -> NDArray[np.uint64]:
        """A hash for each member (B,), of its bytes and the arguments: digests as numbers."""
        shapes = [array.shape[1:] for array in self.inputs]
        return hashed(self.inputs, repr((sorted(self.arguments.items()), shapes)).encode())

    @cached_property
    def digests(self) -> tuple[str, ...]:
        """Sixteen hexadecimal digits for each member."""
        return tuple(f"{key:016x}" for key in self.keys.tolist())

    @cached_property
    def digest(self) -> str:
        """Sixteen hexadecimal digits of the whole stack."""
        return hashlib.blake2b(self.keys.tobytes(), digest_size=8).hexdigest()

    @cached_property
    def dtypes(self) -> tuple[Dtype, ...]:
        """The formats in which every entry of every input is exact, coarsest first."""
        return tuple(d for d in DTYPES.values() if all(map(d.holds, self.inputs)))


@dataclass(frozen=True)
class Case:
    """The members of one problem that a mode answered, their answers and their truths.

    `answer`: the arrays of the answer as float64 or complex128 (exact), each (B, ...); `problem`
    and `truth` hold the same members in the same order.
    """

    problem: Problem
    answer: tuple[NDArray[Any], ...]
    truth: Truth
    dtype: Dtype
    mode: str

    def __len__(self) -> int:
        return len(self.truth)

    def select(self, members: NDArray[np.int64]) -> Case:
        """The same for some members, in the order given."""
        return replace(
            self,
            problem=self.problem.select(members),
            answer=tuple(array[members] for array in self.answer),
            truth=self.truth.select(members),
        )


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A measure in units of eps, the bound it keeps, and why.

    `bound` and `unless` are formulas over the sizes of the problem (n, m ...), its numeric
    arguments (True is 1), eps, tiny, huge (the largest number of the dtype), the quantities of
    the truth (kappa ...) and the terms of the routine. `unless` names what makes
    the claim vacuous: the members for which the formula may reach 1. A bound of 1/eps or more
    is vacuous by itself where the claim is `relative`, for zero would pass it. `only` gives the
    members (B,) that the claim is about, or the entries (B, ...) of a measure of entries.
    """

    name: str
    measure: Callable[[Case], Interval]
    bound: str
    because: str
    unless: str = ""
    relative: bool = True
    only: Callable[[Problem], NDArray[np.bool_]] | None = None


@dataclass(frozen=True)
class Fault:
    """A way to be wrong that some claim must catch: `wrong(tf, call, *inputs, **arguments)`.

    The child finds it again by the names of the routine and of the fault; `tf` is handed in so
    that the parent never imports TensorFlow.
    """

    name: str
    wrong: Callable[..., Any]
    complex: bool = False  # wrong in complex arithmetic alone


class Embedding(NamedTuple):
    """What complex arrays become to be measured: each input, and each array of the answer."""

    inputs: tuple[Embed, ...]
    answer: tuple[Embed, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Routine:
    """What TensorFlow promises under one name.

    `call`: the dotted name below `tf`, or `module:function` of a module that needs TensorFlow
    and NumPy only. `reference(*inputs, level=..., **arguments)` gives the truth of a stack; with
    `by_dtype` it also gets `eps`, for answers that are defined by the dtype (a default cut-off).
    `rival(*inputs, **arguments)` is SciPy at the precision of its inputs, one member at a time.
    `terms`: named formulas that bounds are written in; where modes use different algorithms, a
    formula for each of those modes and one under "" for the others. `excused`: the formula of the
    members for which raising and non-finite answers are honest, where it may reach 1, in any entry
    of those that it is of.
    `complex_problems`: those that are set in complex64 and complex128, and `embedding` how they are
    measured; None where TensorFlow takes real input only. `tidied` takes memory that nobody wrote
    out of the arrays of an answer, which would decide at random whether it holds numbers only.
    """

    name: str
    call: str
    problems: Callable[[int], SearchStrategy[Problem]]
    reference: Callable[..., Truth]
    claims: tuple[Claim, ...]
    faults: tuple[Fault, ...] = ()
    rival: Callable[..., Any] | None = None
    audit: Callable[..., Any] | None = None  # the same truth by mpmath, one member at a time
    terms: Mapping[str, str | Mapping[str, str]] = field(default_factory=dict)
    excused: str = "0"
    by_dtype: bool = False
    dtypes: tuple[str, ...] = tuple(DTYPES)
    complex_problems: Callable[[int], SearchStrategy[Problem]] | None = None
    embedding: Embedding | None = None
    tidied: Callable[[NDArray[Any]], NDArray[Any]] | None = None  # an answer before it is judged
    every: Callable[[str, int], Problem] | None = None  # all numbers: dtype's name, which part
    long: Callable[[int], SearchStrategy[Problem]] | None = None  # of so many terms, 10^4 and more
    volume: float = 1.0  # examples of this routine for each one that is asked for
    compiled: int = 4  # shapes that a block of an audit has XLA compile, and two more
    of_numbers: bool = False  # a function of numbers, a row of the tables
    pullback: bool = False  # a gradient by a tape, which XLA compiles with all that it goes back by


def evaluate(formula: str, names: Mapping[str, Any]) -> Interval:
    """The value of a formula over intervals and numbers; a NameError names what is missing."""
    code = _compiled(formula)
    given = tuple((name, names[name]) for name in code.co_names if name in names)
    if all(type(value) in (int, float) for _, value in given):
        return _number(formula, given)
    return _value(formula, names)


def _value(formula: str, names: Mapping[str, Any]) -> Interval:
    value = eval(_compiled(formula), {"__builtins__": {}, **FUNCTIONS}, names)
    return value if isinstance(value, Interval) else Interval.exact(value)


@lru_cache(maxsize=1024)
def _number(formula: str, given: tuple[tuple[str, float], ...]) -> Interval:
    """The value of a formula over numbers alone, which many stacks have in common."""
    value = _value(formula, dict(given))
    for side in (value.lower, value.upper):
        if isinstance(side, np.ndarray):
            side.flags.writeable = False  # it is shared
    return value


class Names(dict[str, Any]):
    """What formulas may name; a term is evaluated once, when a formula first names it."""

    def __init__(self, known: Mapping[str, Any], terms: Mapping[str, str]) -> None:
        super().__init__(known)
        self.terms = terms

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self.terms

    def __missing__(self, name: str) -> Any:
        self[name] = value = evaluate(self.terms[name], self)
        return value


def names_of(routine: Routine, problem: Problem, truth: Truth, dtype: Dtype, mode: str) -> Names:
    """Everything a formula of this routine may name, for one stack, dtype and mode."""
    flags = {k: float(v) for k, v in problem.arguments.items() if isinstance(v, (int, float))}
    names: dict[str, Any] = {**flags, **problem.sizes, **truth.quantities}
    names |= {"eps": dtype.eps, "tiny": dtype.tiny, "huge": dtype.max}
    names["complex"] = float(dtype.is_complex)
    terms = {
        name: term if isinstance(term, str) else term.get(mode, term[""])
        for name, term in routine.terms.items()
    }
    return Names(names, terms)


_CODE: dict[str, CodeType] = {}


def _compiled(formula: str) -> CodeType:
    if formula not in _CODE:
        _CODE[formula] = compile(formula, f"<formula {formula}>", "eval")
    return _CODE[formula]

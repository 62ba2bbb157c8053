"""Expression trees as straight-line programs of scalar primitives.

A program is what every reference runs: balls for the truth, intervals for the bound, NumPy and
mpmath for a second opinion. The steps stand in the order of evaluation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from references.primitives import Number, Primitive
from references.several import SEVERAL
from references.unary import UNARY

PRIMITIVES: dict[str, Primitive] = {p.name: p for p in UNARY + SEVERAL}


@dataclass(frozen=True)
class Step:
    """One scalar: an input (`data` its index), a constant (`data`), or a primitive of others."""

    name: str
    arguments: tuple[int, ...]
    data: Any = None


def flowing(step: Step) -> tuple[int, ...]:
    """The positions of the arguments whose partial derivative is not zero everywhere."""
    match step.name:
        case "shift":
            return ()
        case "select":
            return (1, 2)
        case "linear":
            return tuple(k for k, c in enumerate(step.data) if c != 0)
    return tuple(range(len(step.arguments)))


@dataclass(frozen=True)
class Program:
    """A function from `inputs` numbers to as many numbers as there are `outputs`."""

    inputs: int
    steps: tuple[Step, ...]
    outputs: tuple[int, ...]

    @cached_property
    def uses(self) -> tuple[int, ...]:
        """How many times each step is an argument or an output: the fan-out of its adjoint."""
        counts = [0] * len(self.steps)
        for step in self.steps:
            for argument in step.arguments:
                counts[argument] += 1
        for output in self.outputs:
            counts[output] += 1
        return tuple(counts)

    @cached_property
    def reach(self) -> tuple[tuple[int, ...], ...]:
        """The inputs that a derivative of each step may depend on, in order."""
        found: list[tuple[int, ...]] = []
        for step in self.steps:
            if step.name == "input":
                inputs = {step.data}
            else:
                inputs = {i for k in flowing(step) for i in found[step.arguments[k]]}
            found.append(tuple(sorted(inputs)))
        return tuple(found)

    @cached_property
    def ancestors(self) -> tuple[tuple[int, ...], ...]:
        """The steps that each output depends on, itself included."""
        return tuple(self._ancestors(output) for output in self.outputs)

    def _ancestors(self, output: int) -> tuple[int, ...]:
        found, waiting = {output}, [output]
        while waiting:
            for argument in self.steps[waiting.pop()].arguments:
                if argument not in found:
                    found.add(argument)
                    waiting.append(argument)
        return tuple(sorted(found))

    def values(self, m: Any, point: Sequence[Number]) -> list[Number]:
        """The outputs at a point, in the numbers of the namespace `m`."""
        found: list[Number] = []
        for step in self.steps:
            if step.name == "input":
                found.append(point[step.data])
            elif step.name == "constant":
                found.append(m.constant(step.data))
            else:
                xs = [found[i] for i in step.arguments]
                found.append(PRIMITIVES[step.name].local(m, xs, step.data, 0).value)
        return [found[i] for i in self.outputs]


class Symbol:
    """A scalar of a program under construction; operators and functions append steps."""

    def __init__(self, builder: Builder, index: int) -> None:
        self.builder, self.index = builder, index

    def apply(self, name: str, *others: Symbol | float, data: Any = None) -> Symbol:
        """The primitive `name` of this scalar and others."""
        indices = (self.index, *(self._symbol(x).index for x in others))
        return self.builder.append(Step(name, indices, data))

    def _symbol(self, x: Symbol | float) -> Symbol:
        return x if isinstance(x, Symbol) else self.builder.constant(x)

    def __add__(self, other: Symbol | float) -> Symbol:
        return self.apply("linear", other, data=(1.0, 1.0))

    def __sub__(self, other: Symbol | float) -> Symbol:
        return self.apply("linear", other, data=(1.0, -1.0))

    def __neg__(self) -> Symbol:
        return self.apply("linear", data=(-1.0,))

    def __mul__(self, other: Symbol | float) -> Symbol:
        return self.apply("multiply", other)

    def __truediv__(self, other: Symbol | float) -> Symbol:
        return self.apply("divide", other)


class Builder:
    """Collects the steps of one program."""

    def __init__(self, inputs: int) -> None:
        self.inputs = inputs
        self.steps: list[Step] = [Step("input", (), i) for i in range(inputs)]

    def append(self, step: Step) -> Symbol:
        """The scalar that a new step computes."""
        self.steps.append(step)
        return Symbol(self, len(self.steps) - 1)

    def constant(self, value: float) -> Symbol:
        """A constant."""
        return self.append(Step("constant", (), value))

    def variables(self) -> list[Symbol]:
        """The inputs."""
        return [Symbol(self, i) for i in range(self.inputs)]

    def finish(self, outputs: Sequence[Symbol]) -> Program:
        """The program that computes `outputs`."""
        return Program(self.inputs, tuple(self.steps), tuple(s.index for s in outputs))

"""Which shapes XLA compiles in a gate: it compiles each one anew, which may take a second or two.

In a gate all else that becomes of a stack takes milliseconds. So eager and graph execution are set
every problem there, and XLA those of few shapes: the usual ones, two of the stored recipes, and
one that each block brings. An audit sets XLA everything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from properties.routine import Problem

Shape = tuple[str, str]
OTHERS = 1  # a block, and not that of the simplest problem, with which Hypothesis begins


def shape_of(problem: Problem) -> Shape:
    """What a trace is made for: the arguments, and the shapes of the inputs."""
    shapes = [array.shape for array in problem.inputs]
    return repr(sorted(problem.arguments.items())), repr(shapes)


def usual(problems: Iterable[Problem]) -> frozenset[Shape]:
    """The shape that most of the problems have, and the largest of the others; the first of equals.

    Algorithms that iterate show their breaks at the larger orders.
    """
    counts: Counter[Shape] = Counter()
    entries: dict[Shape, int] = {}
    for problem in problems:
        shape = shape_of(problem)
        counts[shape] += 1
        entries[shape] = sum(array[0].size for array in problem.inputs)
    first = max(counts, key=counts.__getitem__, default=None)
    others = [shape for shape in counts if shape != first]
    second = max(others, key=lambda shape: (entries[shape], counts[shape]), default=None)
    return frozenset(shape for shape in (first, second) if shape is not None)


@dataclass
class Shapes:
    """What one block has compiled. `limited`: only in a gate."""

    usual: frozenset[Shape]
    limited: bool
    first: list[Shape] = field(default_factory=list)  # of the simplest problem, once it is met
    others: set[Shape] = field(default_factory=set)

    def admit(self, problem: Problem) -> bool:
        """Whether XLA is set this problem; a shape that is new here counts as one of the others."""
        shape = shape_of(problem)
        self.first[:] = self.first or [shape]
        if not self.limited or shape in self.usual:
            return True
        if shape not in self.first and len(self.others) < OTHERS:
            self.others.add(shape)
        return shape in self.others

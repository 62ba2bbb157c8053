"""Which shapes XLA compiles in a gate: it compiles each one anew, which may take a second or two.

In a gate all else that becomes of a stack takes milliseconds. So eager and graph execution are set
every problem there, and XLA those of the usual shape, which most of the stored recipes have. Where
no two of these share a shape, as random functions do not, the first block of drawn problems brings
one too. An audit sets XLA everything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from properties.routine import Problem

Shape = tuple[str, str]


def shape_of(problem: Problem) -> Shape:
    """What a trace is made for: the arguments, and the shapes of the inputs."""
    shapes = [array.shape for array in problem.inputs]
    return repr(sorted(problem.arguments.items())), repr(shapes)


def usual(problems: Iterable[Problem]) -> tuple[Shape | None, bool]:
    """The shape that most of the problems have, the first of equals, and whether it comes again."""
    counts = Counter(map(shape_of, problems))
    shape = max(counts, key=counts.__getitem__, default=None)
    return shape, counts[shape] > 1 if shape else False


@dataclass
class Shapes:
    """What one block has met. `limited`: only in a gate; `bringing`: a shape of its own."""

    usual: Shape | None
    limited: bool
    bringing: bool = False
    met: list[Shape] = field(default_factory=list)

    def admit(self, problem: Problem) -> bool:
        """Whether XLA is set this problem.

        The simplest problem, with which Hypothesis begins, brings nothing; the first other shape is
        the one that is compiled too.
        """
        shape = shape_of(problem)
        if shape not in self.met:
            self.met.append(shape)
        if not self.limited or shape == self.usual:
            return True
        others = [other for other in self.met[1:] if other != self.usual]
        return self.bringing and others[:1] == [shape]

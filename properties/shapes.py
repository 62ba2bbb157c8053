"""What is traced or compiled in a gate: XLA takes a tenth of a second to four for each shape.

All else that becomes of a stack takes milliseconds. So eager execution is set every problem, and
XLA those of a few shapes. In a gate that is the usual one, which most of the stored recipes have;
where no two of these share a shape, as random functions do not, the first block of drawn problems
brings one too. In an audit every block brings several, and the simplest. Graphs, at 40 ms each, are
traced for all in an audit; in a gate for all that is stored, and for one shape more a routine.

Every dtype is set eagerly. A gate sets graphs float32 and complex64 alone, and leaves the others to
audits: a graph calls the kernels that eager execution calls, and what TensorFlow rewrites in it
does not depend on the dtype, but each is traced once more. In a graph of one function of numbers it
has nothing to rewrite: none is set. XLA it sets float32 and complex64, and float64 of functions of
numbers, for which XLA has polynomials of their own; numbers of 16 bits XLA on a CPU widens to
float32 anyway, and what it makes of all other routines is the same for float64, as what it makes of
complex numbers is for complex128. Gradients by a tape it does not set XLA: those of matrices take
one to four seconds a shape, for all that they go back by is compiled too. Complex stacks get to
graphs and XLA where they have the usual shape, and by the ledger's cases.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from properties.dtypes import DTYPES
from properties.modes import GRAPH, XLA
from properties.routine import Problem, Routine

Shape = tuple[str, str]
Left = tuple[str, str]  # a mode and a dtype
LEFT = frozenset(
    (mode, dtype)
    for mode in (GRAPH, XLA)
    for dtype in ("bfloat16", "float16", "float64", "complex128")
)


def left_to_audits(routine: Routine) -> frozenset[Left]:
    """The modes and dtypes in which a gate does not set a routine."""
    if routine.pullback:
        return LEFT | _all(XLA)
    return LEFT - {(XLA, "float64")} | _all(GRAPH) if routine.of_numbers else LEFT


def _all(mode: str) -> frozenset[Left]:
    return frozenset((mode, dtype) for dtype in DTYPES)


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
    """What one block has met.

    `brought`: how many shapes it compiles beside the usual one. `simplest`: whether that with which
    Hypothesis begins is one more. `refused`: what XLA does not offer, which takes no time and so no
    place of another.
    """

    usual: Shape | None
    brought: int
    simplest: bool = False
    met: list[Shape] = field(default_factory=list)
    refused: set[Shape] = field(default_factory=set)

    def admit(self, problem: Problem) -> bool:
        """Whether the mode is set this problem."""
        shape = shape_of(problem)
        if shape not in self.met:
            self.met.append(shape)
        if shape == self.usual or (self.simplest and shape == self.met[0]):
            return True
        free = {self.usual, *self.refused}
        others = [other for other in self.met[1:] if other not in free]
        return shape in self.refused or shape in others[: self.brought]

    def refuse(self, problem: Problem) -> None:
        """The mode did not offer this one."""
        self.refused.add(shape_of(problem))

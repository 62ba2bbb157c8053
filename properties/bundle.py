"""A few stacks of one block that an audit examines together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from properties.examine import Examined
from properties.routine import Problem, Routine

STACKS = 16
ENTRIES = 2**19  # of all inputs, so 4 MiB of float64 that are sent at once

Heard = Callable[[Problem, Examined], None]


@dataclass
class Bundle:
    """Stacks that wait to be examined, and who is told of each."""

    routine: Routine | None = None
    block: str = ""
    modes: tuple[str, ...] = ()
    audited: bool = True
    problems: list[Problem] = field(default_factory=list)
    heard: list[Heard | None] = field(default_factory=list)

    @property
    def full(self) -> bool:
        """Whether more stacks would save nothing."""
        entries = sum(array.size for problem in self.problems for array in problem.inputs)
        return len(self.problems) >= STACKS or entries >= ENTRIES

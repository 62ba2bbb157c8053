"""What a reference knows of a stack: values with a proved radius, and condition numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from references.interval import Interval

Array = NDArray[np.float64]
LEVELS = 3  # how often a reference may be asked for a sharper truth; then a member is undecided


@dataclass(frozen=True)
class Enclosure:
    """One array of the exact answer: within `radius` of `hi + lo`, times 2^`exponent`.

    Shapes: `hi` and `lo` (B, ...), real or complex; `radius` (B, ...), real, of absolute values;
    `exponent` (B,), one for each member, so that `lo` never underflows and inverses of tiny
    matrices never overflow. A reference normalises each member to max |hi| near 1 (all zero
    stays zero); where it has proved nothing, `radius` is infinite and `hi` zero.
    """

    hi: NDArray[Any]
    lo: NDArray[Any]
    radius: Array
    exponent: NDArray[np.int64]

    def __getitem__(self, members: NDArray[np.bool_] | NDArray[np.int64]) -> Enclosure:
        return Enclosure(
            self.hi[members], self.lo[members], self.radius[members], self.exponent[members]
        )


@dataclass(frozen=True)
class Truth:
    """The exact answers to a stack of B members.

    `parts`: one enclosure for each array of the answer. `quantities`: condition numbers and
    other numbers of the exact problem that bounds may use, each an interval of shape (B,).
    `exists`: whether exact arithmetic gives a finite answer (False where that is proved false).
    `engine`: what proved it, a word for each member.
    """

    parts: tuple[Enclosure, ...]
    quantities: Mapping[str, Interval]
    exists: NDArray[np.bool_]
    engine: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.exists)

    def select(self, members: NDArray[np.int64]) -> Truth:
        """The truth of some members, in the order given."""
        return Truth(
            tuple(part[members] for part in self.parts),
            {name: value[members] for name, value in self.quantities.items()},
            self.exists[members],
            tuple(self.engine[i] for i in members),
        )

    def replace(self, members: NDArray[np.int64], sharper: Truth) -> Truth:
        """This truth with some members taken from a sharper one."""
        parts = tuple(
            Enclosure(
                *(_put(old, members, new) for old, new in zip(_fields(a), _fields(b), strict=True))
            )
            for a, b in zip(self.parts, sharper.parts, strict=True)
        )
        quantities = {
            name: Interval(
                _put(value.lower, members, sharper.quantities[name].lower),
                _put(value.upper, members, sharper.quantities[name].upper),
            )
            for name, value in self.quantities.items()
        }
        engine = list(self.engine)
        for i, word in zip(members, sharper.engine, strict=True):
            engine[i] = word
        return Truth(parts, quantities, _put(self.exists, members, sharper.exists), tuple(engine))


def _fields(part: Enclosure) -> tuple[NDArray, ...]:
    return part.hi, part.lo, part.radius, part.exponent


def _put(old: NDArray, members: NDArray[np.int64], new: NDArray) -> NDArray:
    result = np.array(old)
    result[members] = new
    return result

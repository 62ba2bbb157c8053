"""Long rows: 10^4 to 10^7 terms, which audits set in blocks of their own.

What is summed up along a row errs with the number of its terms, and other algorithms serve other
lengths: kernels sum blocks, split what is long among threads, or lose count where one more term is
less than half a unit of the sum. A stack has as many rows as make ENTRIES, one at least.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from properties.draws import ALL, SEEDS
from properties.dtypes import Dtype
from properties.logits import LOGITS
from properties.makers import Recipe
from properties.operands import OPERANDS
from properties.placed import placed
from properties.recipes import problem
from properties.routine import Problem, Routine

LONG = "long"  # how these blocks are called
EXAMPLES = {4: 6, 5: 4, 6: 3, 7: 2}  # problems to a block, by the power of ten
ENTRIES = 2 * 10**5  # of a stack, or those of one row
COLUMNS = 4  # which kernels sum up another way than what lies in a row
AXES = ("axis", "axes")

STRUCTURES = tuple(name for name in LOGITS if name != "ramp")  # which would leave the range

Arguments = tuple[tuple[str, Any], ...]


def blocks(routine: Routine) -> list[str]:
    """One for each length; none of a routine that sums nothing up."""
    return [f"{LONG}-{power}" for power in EXAMPLES] if routine.long is not None else []


def power_of(block: object) -> int:
    """The power of ten of a block's length; 0 of any other block."""
    word, _, power = str(block).rpartition("-")
    return int(power) if word == LONG else 0


@contextmanager
def turn(run: Path, block: object) -> Iterator[None]:
    """One worker of a run at a time sets the longest rows: their stacks take 5 GB to judge."""
    if power_of(block) < max(EXAMPLES):
        yield
        return
    run.mkdir(parents=True, exist_ok=True)
    with (run / "turn").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # which closing lets go of
        yield


def members(terms: int) -> int:
    """How many rows a stack has."""
    return max(1, ENTRIES // terms)


def rows(
    terms: int,
    *,
    arguments: Arguments = (("axis", -1), ("keepdims", False)),
    structures: Sequence[str] = tuple(OPERANDS),
    degree: int = 1,
    in_complex: bool = True,
) -> SearchStrategy[Problem]:
    """Rows (B, terms) or columns of numbers of any kind, real and, if `in_complex`, complex."""
    places = [((shape,), given) for shape, given in _laid(terms, arguments)]
    fields = (False, True) if in_complex else (False,)
    return st.one_of(
        [
            placed(members(terms), places, in_complex=field, structures=structures, degree=degree)
            for field in fields
        ]
    )


def logits(
    terms: int, *, arguments: Arguments = (("axis", -1),), kind: str = "logits"
) -> SearchStrategy[Problem]:
    """Rows (B, terms) or columns of logits, or of a kind that has labels too."""
    places = _laid(terms, arguments)
    fields = st.tuples(
        st.sampled_from(places), st.sampled_from(STRUCTURES), st.sampled_from(ALL), SEEDS
    )

    def assembled(values: tuple[Any, str, Dtype, bytes]) -> Problem:
        (shape, given), structure, grid, seed = values
        number = int.from_bytes(seed, "big")
        return problem(
            Recipe(kind, members(terms), shape, structure, 0, 0, grid.name, number, given)
        )

    return fields.map(assembled)


def _laid(terms: int, arguments: Arguments) -> list[tuple[tuple[int, ...], Arguments]]:
    """The shapes of a member with the arguments of each: a row, or COLUMNS columns side by side."""
    down = tuple((name, 1 if name in AXES else value) for name, value in arguments)
    return [((terms,), arguments), ((terms // COLUMNS, COLUMNS), down)]

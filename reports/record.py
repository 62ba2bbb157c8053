"""What passes from `properties` to `reports`: columns, one entry for each member of a stack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

VERDICTS = ("held", "broken", "undecided", "vacuous")
HELD, BROKEN, UNDECIDED, VACUOUS = range(len(VERDICTS))  # places in VERDICTS: what columns hold
ANSWER, RAISED, CRASHED, TIMED_OUT, NOT_OFFERED = (
    "answer", "raised", "crashed", "timed out", "not offered",
)  # fmt: skip
OUTCOMES = (ANSWER, RAISED, CRASHED, TIMED_OUT, NOT_OFFERED)
HONESTY = "honesty"  # the claim of every routine: numbers where they are due, and only there


def coded(words: NDArray[np.str_], vocabulary: tuple[str, ...]) -> NDArray[np.int8]:
    """Each word as its place in a vocabulary; ValueError for a word that is not in it."""
    codes = np.full(len(words), -1, np.int8)
    for code, word in enumerate(vocabulary):
        codes[words == word] = code
        if (codes >= 0).all():
            return codes
    raise ValueError(f"{sorted(set(words[codes < 0].tolist()))} not among {vocabulary}")


class Cell(NamedTuple):
    """What statistics are of."""

    routine: str
    claim: str
    dtype: str
    mode: str
    backend: str


@dataclass(frozen=True)
class Stack:
    """One problem as a run remembers it: where it came from and what its members are like.

    Columns of length B: `keys` (a hash of each member), every entry of `traits` (numbers or words)
    and of `quantities` (upper bounds of condition numbers and the like).
    """

    routine: str
    block: str
    digest: str
    keys: NDArray[np.uint64]
    recipe: tuple[Any, ...]
    sizes: Mapping[str, int]
    arguments: Mapping[str, Any]
    traits: Mapping[str, NDArray]
    quantities: Mapping[str, NDArray[np.float64]]

    @property
    def digests(self) -> tuple[str, ...]:
        """The keys as people see them: sixteen hexadecimal digits each."""
        return tuple(f"{key:016x}" for key in self.keys.tolist())


@dataclass(frozen=True)
class Answers:
    """How one backend and mode answered one stack in one dtype: a judged answer each.

    `outcomes` (B,), places in OUTCOMES; `messages`, what was raised, by member.
    """

    stack: str  # digest
    routine: str
    dtype: str
    mode: str
    backend: str
    outcomes: NDArray[np.int8]
    messages: Mapping[int, str]


@dataclass(frozen=True)
class Records:
    """One claim measured on one stack: columns of length B.

    `error` (upper end) and `bound` (lower end) in units of eps; `verdict` places in VERDICTS.
    Members that gave no answer hold NaN where nothing could be measured.
    """

    stack: str  # digest
    cell: Cell
    error: NDArray[np.float64]
    bound: NDArray[np.float64]
    verdict: NDArray[np.int8]

    @property
    def share(self) -> NDArray[np.float64]:
        """The part of the bound that the error uses up; 0 / 0 is 0."""
        return share_of(self.error, self.bound)


Item = Stack | Answers | Records


@dataclass(frozen=True)
class Measured:
    """Records with what they are about. `answers`: None where nobody told how it was answered."""

    records: Records
    stack: Stack
    answers: Answers | None = None


def share_of(error: NDArray[np.float64], bound: NDArray[np.float64]) -> NDArray[np.float64]:
    """Error / bound, where 0 / 0 is 0."""
    with np.errstate(all="ignore"):
        share = error / bound
    unknown = np.isnan(share)
    return np.where(unknown & (error == 0), 0.0, share) if unknown.any() else share


def settled(share: NDArray[np.float64], verdict: NDArray[np.int8]) -> NDArray[np.float64]:
    """Shares without NaN: a break that could not be measured is infinite, an honest one zero."""
    unknown = np.isnan(share)
    if not unknown.any():
        return share
    return np.where(unknown, np.where(verdict == BROKEN, np.inf, 0.0), share)


@dataclass(frozen=True)
class Finding:
    """One member that breaks a claim: all that a person needs, without the run.

    `inputs`: exact arrays as `cases.exact` writes them (dtype, shape, hexadecimal floats in
    row-major order); `got` likewise; `true` likewise, or with decimal strings of 20 digits and
    "decimal" for a dtype; each by part. `known`: the entry of the ledger that explains it.
    `source`: where the call differentiates a function, its Python source in tf, x and constant.
    """

    cell: Cell
    digest: str
    recipe: tuple[Any, ...]
    member: int
    arguments: Mapping[str, Any]
    traits: Mapping[str, Any]
    inputs: tuple[Any, ...]
    got: tuple[Any, ...]
    true: tuple[Any, ...]
    error: float
    bound: float
    formula: str
    because: str
    condition: Mapping[str, float]
    outcome: str
    engines: tuple[str, ...]
    call: str
    environment: Mapping[str, str]
    known: str = ""
    source: str = ""

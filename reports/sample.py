"""A bounded sample of a cell: the members with the smallest keys.

A key is a hash of the member, so the members with the smallest are a random sample of all, the
same one for any order and any number of workers, and mostly the same members in every dtype and
mode of a routine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reports.record import Measured, share_of

K = 1024  # members that the sample of a cell holds at most
EVERY = 2**64 - 1  # the largest key: as a limit, no limit
CONDITIONS = ("kappa", "condition")  # the quantities that are condition numbers, best first


@dataclass(frozen=True, eq=False)
class Sample:
    """Some members of a cell: columns of one length, ascending in their keys, no key twice.

    `error` and `bound` as in records; `condition`: the upper bound of the condition number, NaN
    where the routine has none; `log2_scale`, NaN where it has none; `size`: n, or the largest
    size; `structure`, empty where it has none; `verdict`: places in VERDICTS.
    """

    keys: NDArray[np.uint64]
    error: NDArray[np.float64]
    bound: NDArray[np.float64]
    condition: NDArray[np.float64]
    log2_scale: NDArray[np.float64]
    size: NDArray[np.int64]
    structure: NDArray[np.str_]
    verdict: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def share(self) -> NDArray[np.float64]:
        """The part of the bound that the error uses up; NaN where nothing was measured."""
        return share_of(self.error, self.bound)

    @property
    def columns(self) -> tuple[NDArray, ...]:
        """All columns, in the order of the fields, which DTYPES repeats."""
        return tuple(getattr(self, name) for name in DTYPES)

    def select(self, places: NDArray) -> Sample:
        """The members at these places."""
        return Sample(*(column[places] for column in self.columns))


DTYPES = {
    "keys": np.uint64, "error": np.float64, "bound": np.float64, "condition": np.float64,
    "log2_scale": np.float64, "size": np.int64, "structure": np.str_, "verdict": np.int8,
}  # fmt: skip
NONE = Sample(*(np.zeros(0, dtype) for dtype in DTYPES.values()))


def sample_of(measured: Measured, limit: int = EVERY) -> Sample:
    """The members of one stack whose keys do not exceed a limit, as they come."""
    return samples_of([measured], limit)[0]


def samples_of(measured: Sequence[Measured], limit: int = EVERY) -> list[Sample]:
    """The same of several cells of one stack: they share all columns but error, bound, verdict."""
    stack = measured[0].stack
    places = np.flatnonzero(stack.keys <= limit)
    if not len(places):
        return [NONE] * len(measured)
    name = next((name for name in CONDITIONS if name in stack.quantities), "")
    unknown, wordless = np.full(len(places), np.nan), np.zeros(len(places), np.str_)
    quantities, traits = stack.quantities, stack.traits
    size = size_of(stack.sizes)
    shared: dict[str, Any] = {
        "keys": stack.keys[places],
        "condition": quantities[name][places] if name else unknown,
        "log2_scale": traits["log2_scale"][places].astype(np.float64)
        if "log2_scale" in traits
        else unknown,
        "size": np.full(len(places), size),
        "structure": traits["structure"][places] if "structure" in traits else wordless,
    }
    return [
        Sample(
            error=each.records.error[places],
            bound=each.records.bound[places],
            verdict=each.records.verdict[places],
            **shared,
        )
        for each in measured
    ]


def size_of(sizes: Mapping[str, int]) -> int:
    """The size to show: n where there is one, else the largest."""
    return sizes.get("n", max(sizes.values(), default=0))


def merged(samples: Iterable[Sample], count: int | None = K) -> Sample:
    """The smallest keys of all, `count` of them or every one.

    Of a member that was judged twice the larger error stays. Associative and commutative, to the
    last bit.
    """
    samples = [sample for sample in samples if len(sample)]
    if not samples:
        return NONE
    columns = zip(*(sample.columns for sample in samples), strict=True)
    joint = Sample(*map(np.concatenate, columns))
    order = np.argsort(joint.keys)
    again = _repeated(joint.keys[order])
    if again.any():  # the rest settles ties, so that order means nothing
        keys, error, *rest = joint.columns
        order = np.lexsort((*rest, -error, keys))
        order = order[~_repeated(keys[order])]
    return joint.select(order[:count])


def _repeated(keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Of ascending keys those that are the one before."""
    repeated = np.zeros(len(keys), dtype=bool)
    repeated[1:] = keys[1:] == keys[:-1]
    return repeated


class Smallest:
    """The K smallest keys of all that were met, as far as they decide what may be in a sample."""

    def __init__(self) -> None:
        self.limit = EVERY  # keys beyond it are in no sample
        self._parts: list[NDArray[np.uint64]] = []
        self._waiting = 0

    def add(self, keys: NDArray[np.uint64]) -> None:
        """Meet more members."""
        if self.limit < EVERY:
            keys = keys[keys <= self.limit]
        self._parts.append(keys)
        self._waiting += len(keys)
        if self._waiting >= (K if self.limit == EVERY else 2 * K):
            whole = np.unique(np.concatenate(self._parts))[:K]
            self._parts, self._waiting = [whole], len(whole)
            if len(whole) == K:
                self.limit = int(whole[-1])


class Reservoir:
    """What the sample of a cell is made from, merged now and then."""

    def __init__(self) -> None:
        self.limit = EVERY  # keys beyond it are not wanted
        self._parts: list[Sample] = []
        self._waiting = 0  # members in all parts
        self._whole = False  # whether there is but one part, and it is sorted

    @property
    def sample(self) -> Sample:
        """The K smallest keys of all that was added."""
        self._merge()
        return self._parts[0]

    def add(self, part: Sample) -> None:
        """Take in more members."""
        if self.limit < EVERY and len(part):
            part = part.select(np.flatnonzero(part.keys <= self.limit))
        if not len(part):
            return
        self._parts.append(part)
        self._waiting += len(part)
        self._whole = False
        if self._waiting >= (K if self.limit == EVERY else 2 * K):
            self._merge()

    def merge(self, other: Reservoir) -> None:
        """Take in what another one holds."""
        for part in other._parts:
            self.add(part)

    def _merge(self) -> None:
        if self._whole:
            return
        whole = merged(self._parts)
        self._parts, self._waiting, self._whole = [whole], len(whole), True
        if len(whole) == K:
            self.limit = int(whole.keys[-1])

"""A bounded sample of a cell: the members with the smallest keys.

A key is a hash of the member, so the members with the smallest are a random sample of all, the
same one for any order and any number of workers, and mostly the same members in every dtype and
mode of a routine.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from reports.record import share_of

if TYPE_CHECKING:
    from reports.store import Measured

K = 1024  # members that the sample of a cell holds at most
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
        """All columns, in the order of the fields."""
        return tuple(getattr(self, field.name) for field in fields(self))

    def select(self, places: NDArray) -> Sample:
        """The members at these places."""
        return Sample(*(column[places] for column in self.columns))


DTYPES = {
    "keys": np.uint64, "error": np.float64, "bound": np.float64, "condition": np.float64,
    "log2_scale": np.float64, "size": np.int64, "structure": np.str_, "verdict": np.int8,
}  # fmt: skip
NONE = Sample(*(np.zeros(0, dtype) for dtype in DTYPES.values()))


def sample_of(measured: Measured, below: int) -> Sample:
    """The members of one stack whose keys are below a limit, as they come."""
    records, stack = measured.records, measured.stack
    if stack is None:
        return NONE
    places = np.flatnonzero(stack.keys < below)
    if not len(places):
        return NONE
    name = next((name for name in CONDITIONS if name in stack.quantities), "")
    traits, unknown = stack.traits, np.full(len(stack.keys), np.nan)
    size = stack.sizes.get("n", max(stack.sizes.values(), default=0))
    return Sample(
        keys=stack.keys[places],
        error=records.error[places],
        bound=records.bound[places],
        condition=stack.quantities.get(name, unknown)[places],
        log2_scale=traits.get("log2_scale", unknown)[places].astype(np.float64),
        size=np.full(len(places), size),
        structure=traits.get("structure", np.full(len(stack.keys), ""))[places].astype(np.str_),
        verdict=records.verdict[places],
    )


def merged(samples: Iterable[Sample]) -> Sample:
    """The K smallest keys of all; of a member that was judged twice, the larger error.

    Associative and commutative, to the last bit.
    """
    samples = [sample for sample in samples if len(sample)]
    if not samples:
        return NONE
    columns = zip(*(sample.columns for sample in samples), strict=True)
    joint = Sample(*map(np.concatenate, columns))
    order = np.lexsort((joint.verdict, joint.bound, -joint.error, joint.keys))
    keys = joint.keys[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = keys[1:] != keys[:-1]
    return joint.select(order[first][:K])

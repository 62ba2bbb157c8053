"""Two cells side by side: the same members, paired by their keys.

Errors of two dtypes are compared as they are, not in units of each dtype's eps. Digits lost are
log10 of the error in B over the error in A: positive where B is further off. Errors below a
thousandth of an eps of the finer dtype count as that much, for no digit of an answer tells them
apart.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from reports.plain import RunError
from reports.record import BROKEN, HELD, Cell
from reports.sample import Sample

EPS = {
    "bfloat16": 2.0**-7, "float16": 2.0**-10, "float32": 2.0**-23, "float64": 2.0**-52,
    "complex64": 2.0**-23, "complex128": 2.0**-52,
}  # fmt: skip
LEVEL = 0.01  # of the sign test, after Holm: what may be called a difference
WORST = 5  # pairs of each row that are told one by one
FLOOR = 1e-3  # eps: errors below count as this
WORSE, BETTER, SAME, OPEN = "worse", "better", "same", "open"


@dataclass(frozen=True)
class Pair:
    """One member in both cells. `lost`: decimal digits; errors in eps of their dtypes."""

    member: str
    error_a: float
    error_b: float
    lost: float
    weight: float
    condition: float
    log2_scale: float
    size: int
    structure: str


@dataclass(frozen=True)
class Row:
    """What the pairs of two cells come to, B against A.

    `pairs`: members measured in both; `better`, `worse`, `same`: how many of them B answers with a
    smaller, a larger, the same error. `low` (of 5 %),
    `median`, `high` (of 95 %) and `largest`: digits lost. `kept_a`, `kept_b`: median digits kept.
    `broke`: held in A and broken in B; `mended`: the reverse. `alone_a`, `alone_b`: members that
    only one of them could be measured on. `p`: of the sign test, two-sided; adjusted by `holm`.
    """

    a: Cell
    b: Cell
    pairs: int
    better: int
    worse: int
    low: float
    median: float
    high: float
    largest: float
    kept_a: float
    kept_b: float
    broke: int
    mended: int
    alone_a: int
    alone_b: int
    p: float
    worst: tuple[Pair, ...]

    @property
    def same(self) -> int:
        """Pairs with the same error, or with none to speak of on either side."""
        return self.pairs - self.better - self.worse

    @property
    def verdict(self) -> str:
        """Whether B is worse, better or the same on every pair; open: no difference is shown."""
        if self.same == self.pairs:
            return SAME
        if self.p > LEVEL:
            return OPEN
        return WORSE if self.worse > self.better else BETTER


def eps_of(dtype: str) -> float:
    """The spacing at 1; RunError for a dtype that nobody here knows."""
    if dtype not in EPS:
        raise RunError(f"dtype {dtype!r}: its errors cannot be compared, this version knows no eps")
    return EPS[dtype]


def capacity(dtype: str) -> float:
    """Decimal digits that a correctly rounded number of this dtype has."""
    return -math.log10(eps_of(dtype) / 2)


def kept(error: NDArray[np.float64], dtype: str) -> NDArray[np.float64]:
    """Decimal digits kept by errors in eps: none at 1, at most what the dtype has."""
    with np.errstate(divide="ignore"):
        digits = -np.log10(error * eps_of(dtype))
    return np.clip(digits, 0.0, capacity(dtype))


def row(a: Cell, b: Cell, left: Sample, right: Sample) -> Row:
    """Pair two cells. Keys are ascending and distinct."""
    _, here, there = np.intersect1d(left.keys, right.keys, True, return_indices=True)  # noqa: FBT003
    left, right = left.select(here), right.select(there)
    fine_a, fine_b = ~np.isnan(left.error), ~np.isnan(right.error)
    both = fine_a & fine_b
    alone_a, alone_b = int(np.sum(fine_a & ~fine_b)), int(np.sum(fine_b & ~fine_a))
    left, right = left.select(both), right.select(both)
    error_a, error_b = left.error * eps_of(a.dtype), right.error * eps_of(b.dtype)
    lost = _lost(error_a, error_b, FLOOR * min(eps_of(a.dtype), eps_of(b.dtype)))
    better, worse = int(np.sum(lost < 0)), int(np.sum(lost > 0))
    held_a, held_b = left.verdict == HELD, right.verdict == HELD
    return Row(
        a, b, len(left), better, worse,
        low=_quantile(lost, 0.05),
        median=_quantile(lost, 0.5),
        high=_quantile(lost, 0.95),
        largest=_quantile(lost, 1.0),
        kept_a=_quantile(kept(left.error, a.dtype), 0.5),
        kept_b=_quantile(kept(right.error, b.dtype), 0.5),
        broke=int(np.sum(held_a & (right.verdict == BROKEN))),
        mended=int(np.sum(held_b & (left.verdict == BROKEN))),
        alone_a=alone_a,
        alone_b=alone_b,
        p=sign_test(better, worse),
        worst=tuple(_worst(left, right, lost, (eps_of(a.dtype), eps_of(b.dtype)))),
    )  # fmt: skip


def _lost(
    error_a: NDArray[np.float64], error_b: NDArray[np.float64], floor: float
) -> NDArray[np.float64]:
    """Digits lost; infinite where one of the errors is infinite and the other is not."""
    with np.errstate(invalid="ignore"):
        lost = np.log10(np.maximum(error_b, floor)) - np.log10(np.maximum(error_a, floor))
    return np.where(error_a == error_b, 0.0, lost)


def _quantile(values: NDArray[np.float64], part: float) -> float:
    """The value that this part of all does not exceed, itself one of them; NaN of none."""
    if not len(values):
        return math.nan
    return float(np.sort(values)[max(math.ceil(part * len(values)), 1) - 1])


def _worst(
    left: Sample, right: Sample, lost: NDArray[np.float64], eps: tuple[float, float]
) -> Iterator[Pair]:
    """Where B is furthest behind. Errors below one eps weigh as one: nobody misses those digits."""
    weight = _lost(np.fmax(left.error, 1) * eps[0], np.fmax(right.error, 1) * eps[1], 0.0)
    order = np.lexsort((left.keys, -lost, -weight))
    for i in order[:WORST].tolist():
        if not lost[i] > 0:
            return
        yield Pair(
            f"{int(left.keys[i]):016x}",
            float(left.error[i]),
            float(right.error[i]),
            float(lost[i]),
            float(weight[i]),
            float(left.condition[i]),
            float(left.log2_scale[i]),
            int(left.size[i]),
            str(left.structure[i]),
        )


def sign_test(better: int, worse: int) -> float:
    """The chance of a split at least as uneven if either sign were as likely; exact, two-sided.

    The binomial tail is summed from its largest term down, each by its ratio to the one before.
    """
    n, k = better + worse, min(better, worse)
    total = term = 1.0
    for i in range(k, 0, -1):
        term *= i / (n - i + 1)
        total += term
        if term < 1e-17 * total:
            break
    log = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) - n * math.log(2)
    return min(1.0, 2 * math.exp(log) * total)


def holm(rows: Sequence[Row]) -> list[Row]:
    """The rows with the p of each adjusted for how many differ at all (Holm 1979)."""
    differing = [i for i, found in enumerate(rows) if found.better or found.worse]
    adjusted, floor = list(rows), 0.0
    for rank, i in enumerate(sorted(differing, key=lambda i: rows[i].p)):
        floor = max(floor, min(1.0, (len(differing) - rank) * rows[i].p))
        adjusted[i] = replace(rows[i], p=floor)
    return adjusted

"""Statistics of a run in constant memory: for each cell, counts, a histogram and the worst few.

Everything here adds up: the summary of two halves is the sum of their summaries, in any order.
A member that is drawn twice counts twice, for it was judged twice.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.record import ANSWER, BROKEN, HELD, OUTCOMES, UNDECIDED, Answers, Cell
from reports.sample import CONDITIONS, Sample, merged, sample_of
from reports.store import Measured

OCTAVES = 64  # the histogram reaches from 2^-64 to 2^64; its end bins take what lies beyond
BINS = 8 * OCTAVES + 1
QUARTERS = np.array([2.0**-1, 2.0**-0.75, 2.0**-0.5, 2.0**-0.25])
WORST = 5
PENDING = 64  # samples that wait to be merged
ALL = 2**64 - 1


class Asked(NamedTuple):
    """What judged answers are counted by."""

    routine: str
    dtype: str
    mode: str
    backend: str


@dataclass(frozen=True)
class Worst:
    """One member among the worst of its cell. `known`: the entry of the ledger that explains it."""

    share: float
    broken: bool
    known: str
    stack: str
    member: str
    error: float
    bound: float
    outcome: str
    message: str
    traits: Mapping[str, Any]
    quantities: Mapping[str, float]

    @property
    def new(self) -> bool:
        """Broken, and not in the ledger."""
        return self.broken and not self.known

    @property
    def condition(self) -> float:
        """The condition number to show: kappa where there is one, else the first quantity."""
        for name in (*CONDITIONS, *sorted(self.quantities)):
            if name in self.quantities:
                return self.quantities[name]
        return math.nan

    @property
    def rank(self) -> tuple[Any, ...]:
        """New breaks first, then by share; digests settle ties, so that order means nothing."""
        return not self.new, -self.share, self.member, self.stack


@dataclass
class CellSummary:
    """What a run knows of one cell. Comparisons are the members that held or broke.

    `histogram`: comparisons by share, a quarter of an octave a bin; `zeros`: those with no error
    at all, which are in no bin. `known`: broken members by entry of the ledger.
    """

    verdicts: Counter[int] = field(default_factory=Counter)
    histogram: NDArray[np.int64] = field(default_factory=lambda: np.zeros(BINS, np.int64))
    zeros: int = 0
    largest: float = math.nan
    known: Counter[str] = field(default_factory=Counter)
    worst: tuple[Worst, ...] = ()
    samples: list[Sample] = field(default_factory=list, compare=False)  # `sample` merges them

    @property
    def sample(self) -> Sample:
        """At most K members, chosen by their keys."""
        if len(self.samples) != 1:
            self.samples[:] = [merged(self.samples)]
        return self.samples[0]

    @property
    def total(self) -> int:
        """All members that were judged, vacuous ones too."""
        return self.verdicts.total()

    @property
    def compared(self) -> int:
        """Members that held or broke."""
        return self.verdicts[HELD] + self.verdicts[BROKEN]

    @property
    def new(self) -> int:
        """Broken members that are not in the ledger."""
        return self.verdicts[BROKEN] - self.known.total()

    @property
    def undecided(self) -> float:
        """The part of all members, vacuous ones left out, that no level of truth could settle."""
        judged = self.compared + self.verdicts[UNDECIDED]
        return self.verdicts[UNDECIDED] / judged if judged else 0.0

    def quantile(self, part: float) -> float:
        """The share that this part of all comparisons does not exceed.

        It is the upper edge of a bin, hence up to 2^(1/4) too large, never too small; the
        largest share is exact. NaN without comparisons.
        """
        if not self.compared:
            return math.nan
        rank = math.ceil(part * self.compared)
        if rank <= self.zeros:
            return 0.0
        bin_ = int(np.searchsorted(self.zeros + np.cumsum(self.histogram), rank))
        edge = 2.0 ** (bin_ / 4 - OCTAVES) if bin_ < BINS - 1 else math.inf
        return min(edge, self.largest)

    def add(self, measured: Measured, known: Sequence[str | None] | None = None) -> None:
        """Count one stack's records; `known` names the entry of the ledger for each member."""
        records = measured.records
        verdict = records.verdict
        names, counts = np.unique(verdict, return_counts=True)
        self.verdicts.update(dict(zip(names.tolist(), counts.tolist(), strict=True)))
        self.known.update(name for name in known or () if name)
        self._sample([sample_of(measured, ALL)])
        compared = np.flatnonzero((verdict == HELD) | (verdict == BROKEN))
        if not len(compared):
            return
        share = settled(records.share, verdict)[compared]
        self.zeros += int(np.sum(share == 0))
        self.histogram += np.bincount(bins(share[share > 0]), minlength=BINS)
        self.largest = float(np.fmax(self.largest, share.max()))
        cut = np.sort(share)[-min(WORST, len(share))]
        worth = (share >= cut) & (share > 0) & self._admits(share.max())
        entries = known or [None] * len(verdict)
        chosen = set(compared[worth].tolist())
        chosen |= {i for i in np.flatnonzero(verdict == BROKEN).tolist() if not entries[i]}
        self._keep(_member(measured, i, entries[i] or "") for i in chosen)

    def merge(self, other: CellSummary) -> None:
        """Add what another part of the run knows of the same cell."""
        self.verdicts.update(other.verdicts)
        self.known.update(other.known)
        self.histogram += other.histogram
        self.zeros += other.zeros
        self.largest = float(np.fmax(self.largest, other.largest))
        self._keep(other.worst)
        self._sample(other.samples)

    def _sample(self, samples: Iterable[Sample]) -> None:
        self.samples += samples
        if len(self.samples) > PENDING:
            self.samples[:] = [merged(self.samples)]

    def _admits(self, share: float) -> bool:
        return len(self.worst) < WORST or share >= self.worst[-1].share

    def _keep(self, members: Iterable[Worst]) -> None:
        once: dict[str, Worst] = {}
        for worst in sorted((*self.worst, *members), key=lambda worst: worst.rank):
            once.setdefault(worst.member, worst)
        self.worst = tuple(once.values())[:WORST]


def settled(share: NDArray[np.float64], verdict: NDArray[np.int8]) -> NDArray[np.float64]:
    """Shares without NaN: a break that could not be measured is infinite, an honest one zero."""
    return np.where(np.isnan(share), np.where(verdict == BROKEN, np.inf, 0.0), share)


def bins(share: NDArray[np.float64]) -> NDArray[np.int64]:
    """The bin of each positive share: bin i holds (2^((i-1)/4 - 64), 2^(i/4 - 64)].

    Found from the bits of the number, not by a logarithm, whose last bit varies with processors.
    """
    finite = np.isfinite(share)
    mantissa, exponent = np.frexp(np.where(finite, share, 1.0))
    quarter = np.searchsorted(QUARTERS, mantissa, side="left")
    index = 4 * (exponent.astype(np.int64) - 1 + OCTAVES) + quarter
    return np.where(finite, np.clip(index, 0, BINS - 1), BINS - 1)


def _member(measured: Measured, i: int, known: str) -> Worst:
    records, stack, answers = measured.records, measured.stack, measured.answers
    return Worst(
        share=float(settled(records.share[i : i + 1], records.verdict[i : i + 1])[0]),
        broken=bool(records.verdict[i] == BROKEN),
        known=known,
        stack=records.stack,
        member=stack.digests[i] if stack else "?",
        error=float(records.error[i]),
        bound=float(records.bound[i]),
        outcome=OUTCOMES[answers.outcomes[i]] if answers else ANSWER,
        message=answers.messages.get(i, "")[:400] if answers else "",
        traits={name: col[i].item() for name, col in stack.traits.items()} if stack else {},
        quantities={n: float(col[i]) for n, col in stack.quantities.items()} if stack else {},
    )


@dataclass
class Summary:
    """A whole run: a summary for each cell, and judged answers by outcome.

    Backends other than "tensorflow" are rivals: counted here and shown beside, never gated.
    """

    cells: dict[Cell, CellSummary] = field(default_factory=dict)
    answers: dict[Asked, Counter[str]] = field(default_factory=dict)

    def add(self, item: Answers | Measured, known: Sequence[str | None] | None = None) -> None:
        """Count the answers or the records of one stack."""
        if isinstance(item, Answers):
            asked = Asked(item.routine, item.dtype, item.mode, item.backend)
            self.answers.setdefault(asked, Counter()).update(
                OUTCOMES[code] for code in item.outcomes
            )
        else:
            self.cells.setdefault(item.records.cell, CellSummary()).add(item, known)

    def merge(self, other: Summary) -> None:
        """Add another part of the same run."""
        for cell, summary in other.cells.items():
            self.cells.setdefault(cell, CellSummary()).merge(summary)
        for asked, outcomes in other.answers.items():
            self.answers.setdefault(asked, Counter()).update(outcomes)

"""Statistics of a run in constant memory: for each cell, counts, a histogram and the worst few.

Everything here adds up: the summary of two halves is the sum of their summaries, in any order.
A member that is drawn twice counts twice, for it was judged twice.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.histogram import BINS, edge
from reports.record import (
    BROKEN,
    HELD,
    OUTCOMES,
    UNDECIDED,
    Answers,
    Cell,
    Measured,
)
from reports.sample import K, Reservoir, Sample, sample_of
from reports.tally import digest_of, hash_of, tally
from reports.worst import Unexplained, Worst, member_of

WORST = 5
SMALLEST = 2.0**-1074  # the smallest share that is one
MODULUS = 2**128  # of digests, which are added
Known = NDArray[np.str_] | None  # the entry of the ledger for each member, "" where none


class Asked(NamedTuple):
    """What judged answers are counted by."""

    routine: str
    dtype: str
    mode: str
    backend: str


@dataclass
class CellSummary:
    """What a run knows of one cell. Comparisons are the members that held or broke.

    `histogram`: comparisons by share, a quarter of an octave a bin; `zeros`: those with no error
    at all, which are in no bin. `known`: broken members by entry of the ledger; `unexplained`:
    the others, whole, as many as are kept. `stored`: verdicts of the ledger's own inputs, by
    digest. `digest`: the sum of the digests of all records.
    """

    verdicts: Counter[int] = field(default_factory=Counter)
    histogram: NDArray[np.int64] = field(default_factory=lambda: np.zeros(BINS, np.int64))
    zeros: int = 0
    largest: float = math.nan
    known: Counter[str] = field(default_factory=Counter)
    worst: tuple[Worst, ...] = ()
    unexplained: Unexplained = field(default_factory=Unexplained)
    stored: Counter[tuple[str, int]] = field(default_factory=Counter)
    digest: int = 0
    reservoir: Reservoir = field(default_factory=Reservoir, compare=False)

    @property
    def sample(self) -> Sample:
        """At most K members, those with the smallest keys."""
        return self.reservoir.sample

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

    @property
    def floor(self) -> float:
        """A share below this one is not among the worst; no error at all never is."""
        return self.worst[-1].share if len(self.worst) == WORST else SMALLEST

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
        index = int(np.searchsorted(self.zeros + np.cumsum(self.histogram), rank))
        return min(edge(index), self.largest)

    def add(self, measured: Measured, known: Known = None) -> None:
        """Count one stack's records; `known` names the entry of the ledger for each member."""
        (part,) = summaries([measured], [known], [self])
        self.merge(part)
        self.reservoir.add(sample_of(measured, self.reservoir.limit))

    def merge(self, other: CellSummary) -> None:
        """Add what another part of the run knows of the same cell."""
        self.verdicts.update(other.verdicts)
        self.known.update(other.known)
        self.stored.update(other.stored)
        self.histogram += other.histogram
        self.zeros += other.zeros
        self.digest = (self.digest + other.digest) % MODULUS
        self.largest = float(np.fmax(self.largest, other.largest))
        self.keep(other)
        self.reservoir.merge(other.reservoir)

    def keep(self, other: CellSummary) -> None:
        """Take over the members that another part holds whole, and nothing else of it."""
        if other.worst:
            self.keep_worst(other.worst)
        self.unexplained.merge(other.unexplained)

    def reconsider(self, entries: Collection[str], explain: Callable[[Worst], str]) -> None:
        """Match breaks with a ledger that may have changed since they were recorded.

        What an entry has excused stays known if the entry is among `entries`, and is new
        otherwise; `explain` names the entry that now excuses a break which none did.
        """
        for name in set(self.known) - set(entries):
            del self.known[name]
        explained = {}
        for key, (member, times) in list(self.unexplained.members.items()):
            if name := explain(member):
                explained[key] = name
                self.known[name] += times
                del self.unexplained.members[key]
        again = (
            replace(w, known=(w.known if w.known in entries else "") or explained.get(w.member, ""))
            for w in self.worst
        )
        self.worst = tuple(sorted(again, key=lambda worst: worst.rank))

    def keep_worst(self, members: Iterable[Worst]) -> None:
        """Take in members that may be among the worst."""
        members = tuple(members)
        if not members:
            return
        once: dict[str, Worst] = {}
        for worst in sorted((*self.worst, *members), key=lambda worst: worst.rank):
            once.setdefault(worst.member, worst)
        self.worst = tuple(once.values())[:WORST]


def summaries(
    measured: Sequence[Measured], known: Sequence[Known], so_far: Sequence[CellSummary]
) -> list[CellSummary]:
    """What the records of one stack come to, cell by cell, without samples.

    `known` names the entry of the ledger for each member; `so_far`: what each part will be added
    to. Members that cannot be among its worst are counted and not kept.
    """
    counted = tally([each.records for each in measured])
    found = []
    for i, (each, names, whole) in enumerate(zip(measured, known, so_far, strict=True)):
        counts = counted.verdicts[i].tolist()
        part = CellSummary(
            verdicts=Counter({code: count for code, count in enumerate(counts) if count}),
            histogram=counted.histogram[i],
            zeros=int(counted.zeros[i]),
            largest=float(counted.largest[i]),
            digest=digest_of(each.records),
        )
        found.append(part)
        chosen: set[int] = set()
        if part.largest >= whole.floor:
            chosen = candidates(whole.worst, each.stack.keys, counted.share[i])
        if counts[BROKEN]:
            chosen |= _breaks(part, each, counted.share[i], names, whole.unexplained.limit)
        if chosen:
            part.keep_worst(
                member_of(
                    each, j, float(counted.share[i, j]), "" if names is None else str(names[j])
                )
                for j in sorted(chosen)
            )
    return found


def _breaks(
    part: CellSummary, measured: Measured, share: NDArray[np.float64], known: Known, limit: int
) -> set[int]:
    """Count breaks by entry, keep those without one; the places of the worst of these."""
    broken = np.flatnonzero(measured.records.verdict == BROKEN)
    new = broken
    if known is not None:
        entries, counts = np.unique(known[broken], return_counts=True)
        told = zip(entries.tolist(), counts.tolist(), strict=True)
        part.known.update({entry: count for entry, count in told if entry})
        new = broken[known[broken] == ""]
    new = new[np.argsort(measured.stack.keys[new], kind="stable")]
    for i in new[measured.stack.keys[new] <= limit][:K].tolist():
        part.unexplained.add(member_of(measured, i, float(share[i]), ""))
    return set(new[np.argsort(-share[new], kind="stable")[:WORST]].tolist())


def candidates(
    worst: tuple[Worst, ...], keys: NDArray[np.uint64], share: NDArray[np.float64]
) -> set[int]:
    """The places of the few that may be among the worst, given those kept so far."""
    floor, key = 0.0, 0
    if len(worst) == WORST:
        floor, key = worst[-1].share, int(worst[-1].member, 16)
    admitted = share > floor
    if floor > 0:
        admitted |= (share == floor) & (keys < key)
    places = np.flatnonzero(admitted)
    if len(places) > WORST:
        places = places[np.lexsort((keys[places], -share[places]))[:WORST]]
    return set(places.tolist())


@dataclass
class Summary:
    """A whole run: a summary for each cell, and judged answers by outcome.

    Backends other than "tensorflow" are rivals: counted here and shown beside, never gated.
    `digests`: the sums of the digests of all answers.
    """

    cells: dict[Cell, CellSummary] = field(default_factory=dict)
    answers: dict[Asked, Counter[str]] = field(default_factory=dict)
    digests: Counter[Asked] = field(default_factory=Counter)

    def add(self, item: Answers | Measured, known: Known = None) -> None:
        """Count the answers or the records of one stack."""
        if isinstance(item, Answers):
            asked = Asked(item.routine, item.dtype, item.mode, item.backend)
            counts = np.bincount(item.outcomes, minlength=len(OUTCOMES)).tolist()
            told = Counter({word: n for word, n in zip(OUTCOMES, counts, strict=True) if n})
            self.answers.setdefault(asked, Counter()).update(told)
            self.digests[asked] += hash_of((item.stack, *asked), item.outcomes)
            self.digests[asked] %= MODULUS
        else:
            self.cells.setdefault(item.records.cell, CellSummary()).add(item, known)

    def merge(self, other: Summary) -> None:
        """Add another part of the same run."""
        for cell, summary in other.cells.items():
            self.cells.setdefault(cell, CellSummary()).merge(summary)
        for asked, outcomes in other.answers.items():
            self.answers.setdefault(asked, Counter()).update(outcomes)
            self.digests[asked] = (self.digests[asked] + other.digests[asked]) % MODULUS

    @property
    def digested(self) -> str:
        """Thirty-two hexadecimal digits of every bit of all answers and records.

        The same whoever measured them and in what order. Messages of what was raised are left
        out: they may name addresses and times.
        """
        cells = ("\0".join((*cell, f"{part.digest:032x}")) for cell, part in self.cells.items())
        asked = ("\0".join((*names, f"{self.digests[names]:032x}")) for names in self.answers)
        text = "\n".join((*sorted(cells), *sorted(asked)))
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

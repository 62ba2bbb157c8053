"""Statistics of a run in constant memory: for each cell, counts, a histogram and the worst few.

Everything here adds up: the summary of two halves is the sum of their summaries, in any order.
A member that is drawn twice counts twice, for it was judged twice.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.histogram import BINS, bins, edge
from reports.record import (
    BROKEN,
    HELD,
    OUTCOMES,
    UNDECIDED,
    VERDICTS,
    Answers,
    Cell,
    Measured,
    Records,
    settled,
)
from reports.sample import K, Reservoir, Sample, sample_of
from reports.worst import Unexplained, Worst, member_of

WORST = 5
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

    def add(
        self, measured: Measured, known: Known = None, so_far: CellSummary | None = None
    ) -> None:
        """Count one stack's records; `known` names the entry of the ledger for each member.

        `so_far`: what this part will be added to. Members that cannot be among its worst or in
        its sample are counted and not kept.
        """
        whole = so_far or self
        records, verdict = measured.records, measured.records.verdict
        counts = np.bincount(verdict, minlength=len(VERDICTS)).tolist()
        self.verdicts.update({code: count for code, count in enumerate(counts) if count})
        self.digest = (self.digest + digest_of(records)) % MODULUS
        self.reservoir.add(sample_of(measured, whole.reservoir.limit))
        compared = counts[HELD] + counts[BROKEN]
        if not compared:
            return
        share = settled(records.share, verdict)
        if compared < len(share):
            share = np.where((verdict == HELD) | (verdict == BROKEN), share, 0.0)
        positive = share[share > 0]
        self.zeros += compared - len(positive)
        self.histogram += np.bincount(bins(positive), minlength=BINS)
        self.largest = float(np.fmax(self.largest, share.max()))
        names = np.zeros(len(verdict), np.str_) if known is None else known
        chosen = candidates(whole.worst, measured.stack.keys, share)
        if counts[BROKEN]:
            chosen |= self._count_breaks(measured, share, names, whole.unexplained.limit)
        self._keep(member_of(measured, i, float(share[i]), str(names[i])) for i in sorted(chosen))

    def _count_breaks(
        self, measured: Measured, share: NDArray[np.float64], names: NDArray[np.str_], limit: int
    ) -> set[int]:
        """Count breaks by entry, keep those without one; the places of the worst of these."""
        broken = np.flatnonzero(measured.records.verdict == BROKEN)
        entries, counts = np.unique(names[broken], return_counts=True)
        self.known.update(
            {e: n for e, n in zip(entries.tolist(), counts.tolist(), strict=True) if e}
        )
        new = broken[names[broken] == ""]
        new = new[np.argsort(measured.stack.keys[new], kind="stable")]
        for i in new[measured.stack.keys[new] <= limit][:K].tolist():
            self.unexplained.add(member_of(measured, i, float(share[i]), ""))
        return set(new[np.argsort(-share[new], kind="stable")[:WORST]].tolist())

    def merge(self, other: CellSummary) -> None:
        """Add what another part of the run knows of the same cell."""
        self.verdicts.update(other.verdicts)
        self.known.update(other.known)
        self.stored.update(other.stored)
        self.histogram += other.histogram
        self.zeros += other.zeros
        self.digest = (self.digest + other.digest) % MODULUS
        self.largest = float(np.fmax(self.largest, other.largest))
        self.unexplained.merge(other.unexplained)
        self._keep(other.worst)
        self.reservoir.merge(other.reservoir)

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

    def _keep(self, members: Iterable[Worst]) -> None:
        members = tuple(members)
        if not members:
            return
        once: dict[str, Worst] = {}
        for worst in sorted((*self.worst, *members), key=lambda worst: worst.rank):
            once.setdefault(worst.member, worst)
        self.worst = tuple(once.values())[:WORST]


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


def digest_of(records: Records) -> int:
    """A hash of every bit of the records of one stack."""
    columns = (records.error, records.bound, records.verdict)
    return _hash((records.stack, *records.cell), *columns)


def _hash(words: Iterable[str], *columns: NDArray) -> int:
    """128 bits of SHA-256, which processors compute at twice the pace of others."""
    hashed = hashlib.sha256("\0".join(words).encode())
    for column in columns:
        hashed.update(column.tobytes())
    return int.from_bytes(hashed.digest()[:16], "little")


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
            self.digests[asked] += _hash((item.stack, *asked), item.outcomes)
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

"""The ledger: breaks of TensorFlow that are known, as structured data; nothing is executed.

An entry excuses a broken member only where all of its cell and its predicate fit, and up to twice
the largest share seen. Whatever breaks beside or above that is new.
"""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reports.cases import load_finding
from reports.plain import RunError, expect, number, printable, read_text, take, words
from reports.record import ANSWER, BROKEN, OUTCOMES, Cell, Records, Stack, settled
from reports.worst import Worst

HERE = Path(__file__).parent
# What a defect costs is made of roundings too: another processor, with other vectors and sums in
# another order, gives other digits (5.26 for 4.89 was met), rarely another size. Twice the largest
# share seen is the same defect; drift, measured on one platform, sees what grows within that.
SLACK = 2.0
TEXTS = ("id", "routine", "claim", "title", "because", "seen", "evidence")


@dataclass(frozen=True)
class Entry:
    """One known break. The fields are explained at the head of known.toml."""

    id: str
    routine: str
    claim: str
    title: str
    because: str
    seen: str
    evidence: str
    dtypes: tuple[str, ...]
    modes: tuple[str, ...]
    backend: str
    where: Mapping[str, tuple[float, float] | tuple[str, ...]]
    share: float
    outcome: str
    case: str
    upstream: str
    script: str = ""

    def covers(self, cell: Cell) -> bool:
        """Whether this entry is about that cell."""
        return (
            (self.routine, self.claim, self.backend) == (cell.routine, cell.claim, cell.backend)
            and cell.dtype in self.dtypes
            and cell.mode in self.modes
        )

    @property
    def fingerprint(self) -> str:
        """A hash of what it excuses: cells, predicate, outcome, largest share."""
        cells = self.routine, self.claim, self.dtypes, self.modes, self.backend
        told = (*cells, sorted(self.where.items()), self.share, self.outcome)
        return hashlib.blake2b(repr(told).encode(), digest_size=8).hexdigest()

    def fits(self, columns: Mapping[str, NDArray], length: int) -> NDArray[np.bool_]:
        """The members that the predicate holds for; a name that a stack lacks holds for none."""
        fits = np.ones(length, dtype=bool)
        for name, wanted in self.where.items():
            fits &= _within(columns[name], wanted) if name in columns else False
        return fits


def _within(column: NDArray, wanted: tuple[Any, ...]) -> NDArray[np.bool_]:
    is_word = column.dtype.kind == "U"
    if is_word != isinstance(wanted[0], str):
        return np.zeros(len(column), dtype=bool)
    if is_word:
        return np.isin(column, wanted)
    low, high = wanted
    return np.asarray((low <= column) & (column <= high))


@dataclass(frozen=True)
class Ledger:
    """All known breaks, in the order of the file."""

    entries: tuple[Entry, ...] = ()

    @classmethod
    def load(cls, path: Path = HERE / "known.toml") -> Ledger:
        """Read a ledger; RunError names the entry and the field that cannot be used."""
        return _read(read_text(path, "ledger"), path)

    def explain(
        self, records: Records, stack: Stack, words: NDArray[np.str_] | None = None
    ) -> NDArray[np.str_]:
        """For each member the entry that explains its break; "" where it is new or no break.

        `words`: how each member was answered, for the entries that ask for one.
        """
        length = len(records.error)
        found = np.full(length, -1)
        broken = records.verdict == BROKEN
        entries = [entry for entry in self.entries if entry.covers(records.cell)]
        if not entries or not broken.any():
            return np.zeros(length, np.str_)
        share = settled(records.share, records.verdict)
        columns = _columns(stack, length)
        for place, entry in reversed([*enumerate(entries)]):  # the first that fits has the word
            known = broken & (share <= entry.share * SLACK) & entry.fits(columns, length)
            if entry.outcome:
                known &= (words == entry.outcome) if words is not None else entry.outcome == ANSWER
            found[known] = place
        return np.array([*(entry.id for entry in entries), ""])[found]

    def explain_one(self, cell: Cell, member: Worst) -> str:
        """The same for a broken member that was kept whole."""
        one = np.array([member.error]), np.array([member.bound]), np.array([BROKEN], np.int8)
        columns = (
            {name: np.array([value]) for name, value in group.items()}
            for group in (member.traits, member.quantities)
        )
        stack = Stack(
            cell.routine, "", member.stack, np.zeros(1, np.uint64), (), member.sizes, {}, *columns
        )
        records = Records(member.stack, cell, *one)
        return str(self.explain(records, stack, np.array([member.outcome]))[0])

    def fingerprints(self) -> dict[str, str]:
        """For each entry a hash of what it excuses, so that a change of it is noticed."""
        return {entry.id: entry.fingerprint for entry in self.entries}

    def unchanged(self, fingerprints: Mapping[str, str]) -> set[str]:
        """The entries that excuse now what they did when these fingerprints were taken."""
        return {id_ for id_, now in self.fingerprints().items() if fingerprints.get(id_) == now}

    def stored(self, cases: Path = HERE / "cases") -> dict[str, str]:
        """For each entry with a stored input the digest of that input. Raises RunError."""
        return {
            entry.id: _digest(cases / entry.case, _changed(cases / entry.case))
            for entry in self.entries
            if entry.case
        }


# A gate asks for both as it begins and as it ends.
@cache
def _digest(path: Path, _when: int) -> str:
    return load_finding(path).digest


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:  # which reading it tells
        return 0


@lru_cache(maxsize=1)
def _read(text: str, path: Path) -> Ledger:
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # numbers of 5,000 digits too
        raise RunError(f"{path}: not readable as TOML ({error})") from None
    unknown = set(data) - {"known"}
    if unknown:
        raise RunError(f"{path}: unknown {sorted(unknown)}; entries are [[known]]")
    known = expect(data.get("known", []), list, f"{path}: known")
    entries = tuple(_entry(entry, f"{path}, entry {i}") for i, entry in enumerate(known, 1))
    twice = [id_ for id_, count in Counter(entry.id for entry in entries).items() if count > 1]
    if twice:
        raise RunError(f"{path}: {sorted(twice)} are there more than once")
    return Ledger(entries)


def _columns(stack: Stack, length: int) -> dict[str, NDArray]:
    sizes = {name: np.full(length, size) for name, size in stack.sizes.items()}
    return {**sizes, **stack.traits, **stack.quantities}


def _entry(data: Any, where: str) -> Entry:
    named = {key: take(data, key, str, where) for key in TEXTS}
    where = f"{where} ({printable(named['id'], 60)})"
    unknown = set(data) - set(Entry.__dataclass_fields__)
    if unknown:
        raise RunError(f"{where}: unknown {sorted(unknown)}")
    optional = {
        key: expect(data.get(key, ""), str, where)
        for key in ("outcome", "case", "script", "upstream")
    }
    if optional["outcome"] not in ("", *OUTCOMES):
        raise RunError(f"{where}: outcome {optional['outcome']!r} not among {OUTCOMES}")
    if Path(optional["case"]).name != optional["case"]:
        raise RunError(f"{where}: case is the name of a file in reports/cases/")
    share = take(data, "share", (int, float, str), where)
    return Entry(
        **named,
        **optional,
        dtypes=words(take(data, "dtypes", list, where), where),
        modes=words(take(data, "modes", list, where), where),
        backend=expect(data.get("backend", "tensorflow"), str, where),
        where=_predicate(data.get("where", {}), where),
        share=math.inf if share == "inf" else number(share, f"{where}: share"),
    )


def _predicate(data: Any, where: str) -> dict[str, tuple[Any, ...]]:
    predicate: dict[str, tuple[Any, ...]] = {}
    for name, wanted in expect(data, dict, f"{where}: where").items():
        kinds = {isinstance(value, str) for value in expect(wanted, list, f"{where}: {name}")}
        if kinds == {True}:
            predicate[name] = tuple(wanted)
        elif kinds == {False} and len(wanted) == 2:
            predicate[name] = tuple(number(value, f"{where}: {name}") for value in wanted)
        else:
            raise RunError(f"{where}: {name} is neither [lowest, highest] nor a list of words")
    return predicate

"""Distinct defects: the entries of the ledger by cause, and how grave each is.

An entry says nothing of its severity. It follows from its claim, and from what its stored input was
answered beside what is true.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from fractions import Fraction
from pathlib import Path
from typing import Any

from reports.cases import entries_of, load_finding
from reports.ledger import HERE, Entry, Ledger
from reports.plain import RunError, expect, read_text, take, words
from reports.record import ANSWER, Finding

CAUSES = HERE / "causes.toml"
CASES = HERE / "cases"
MODES = ("eager", "graph", "xla")
LAW = "law: "
# Gravest first: what nobody would notice stands before what shows by itself.
WRONG, LOST, APART, DIGITS, INFINITE, RAISED = SEVERITIES = (
    "wrong", "NaN lost", "apart", "digits", "not finite", "raised",
)  # fmt: skip
MEANING = {
    WRONG: "a finite answer without one right digit, and no word of it",
    LOST: "NaN among what matters, and a finite answer",
    APART: "another answer alone, beside other members, or at another call",
    DIGITS: "a finite answer with fewer right digits than are due",
    INFINITE: "infinity or NaN where the true answer is a number of the dtype",
    RAISED: "an exception, or the end of the process, where an answer is due",
}
LAWS = {
    "NaN that matters": LOST, "odd": WRONG, "even": WRONG, "subnormal arguments": WRONG,
    "nothing": RAISED,
}  # fmt: skip
NO_DIGIT = 0.5  # a relative error that leaves none
# Claims whose measure is of the answer against the problem: their error is relative by itself.
BACKWARD = ("residual", "backward", "orthogonality", "reconstruction", "gradient", "triangle",
            "traces", "nearness", "vectors")  # fmt: skip
ENTRYWISE = ("ulps", "entrywise", "symmetric", "squares", "powers", "quotients", "norms")
BITS = {
    "bfloat16": 8, "float16": 11, "float32": 24, "float64": 53, "complex64": 24, "complex128": 53,
}  # fmt: skip
LEAST = {
    "bfloat16": -126, "float16": -14, "float32": -126, "float64": -1022, "complex64": -126,
    "complex128": -1022,
}  # fmt: skip


@dataclass(frozen=True)
class Cause:
    """What belongs together by what was written about it: patterns of ids of the ledger."""

    id: str
    title: str
    entries: tuple[str, ...]
    copies: int = 1
    script: str = ""


@dataclass(frozen=True)
class Defect:
    """One cause, with the entries that it explains and the severity of each."""

    cause: Cause
    entries: tuple[Entry, ...]
    severities: tuple[str, ...]
    findings: tuple[Finding | None, ...]

    @property
    def severity(self) -> str:
        """The gravest."""
        return min(self.severities, key=SEVERITIES.index)

    @property
    def routines(self) -> dict[str, str]:
        """The gravest of each routine, in the order of the ledger."""
        found: dict[str, str] = {}
        for entry, severity in zip(self.entries, self.severities, strict=True):
            was = found.get(entry.routine, severity)
            found[entry.routine] = min(was, severity, key=SEVERITIES.index)
        return found

    @property
    def modes(self) -> tuple[str, ...]:
        """Those that any entry is about."""
        return tuple(mode for mode in MODES if any(mode in entry.modes for entry in self.entries))

    @property
    def smallest(self) -> Finding | None:
        """The stored input of the fewest numbers among those of the gravest severity."""
        at_hand = [
            (SEVERITIES.index(severity), _numbers(finding), place, finding)
            for place, (severity, finding) in enumerate(
                zip(self.severities, self.findings, strict=True)
            )
            if finding is not None
        ]
        return min(at_hand, key=lambda one: one[:3])[-1] if at_hand else None


def load(path: Path = CAUSES) -> tuple[Cause, ...]:
    """The causes that are written down. Raises RunError."""
    try:
        data = tomllib.loads(read_text(path, "causes"))
    except ValueError as error:
        raise RunError(f"{path}: not readable as TOML ({error})") from None
    return tuple(_cause(one, str(path)) for one in expect(data.get("cause", []), list, str(path)))


def _cause(data: Any, where: str) -> Cause:
    return Cause(
        take(data, "id", str, where),
        take(data, "title", str, where),
        words(take(data, "entries", list, where), where),
        expect(data.get("copies", 1), int, where),
        expect(data.get("script", ""), str, where).strip(),
    )


def defects(entries: Sequence[Entry] | None = None) -> tuple[Defect, ...]:
    """Every entry of the ledger, by cause: the gravest first, then by title. Raises RunError."""
    if entries is None:
        entries = Ledger.load().entries
    groups: dict[str, list[Entry]] = {}
    causes = {cause.id: cause for cause in load()}
    for entry in entries:
        of = [c for c in causes.values() if any(fnmatchcase(entry.id, p) for p in c.entries)]
        if len(of) > 1:
            raise RunError(f"{entry.id} is of {[cause.id for cause in of]}")
        groups.setdefault(of[0].id if of else entry.because, []).append(entry)
    found = [
        _defect(causes.get(key, Cause(those[0].id, those[0].title, ())), those)
        for key, those in groups.items()
    ]
    return tuple(sorted(found, key=lambda d: (SEVERITIES.index(d.severity), d.cause.title)))


def _defect(cause: Cause, entries: Sequence[Entry]) -> Defect:
    findings = [load_finding(CASES / entry.case) if entry.case else None for entry in entries]
    known = [severity(e, f) for e, f in zip(entries, findings, strict=True)]
    severities = [
        one or next((other for other in known if other), DIGITS) for one in known
    ]  # an entry without an input is as grave as its neighbour
    return Defect(cause, tuple(entries), tuple(severities), tuple(findings))


def severity(entry: Entry, finding: Finding | None) -> str:
    """How grave a break is; "" where neither its claim nor a stored input tells."""
    if entry.claim.startswith(LAW):
        return LAWS.get(entry.claim.removeprefix(LAW), APART)
    if entry.outcome not in ("", ANSWER):
        return RAISED
    if finding is None:
        return INFINITE if entry.claim == "honesty" and entry.outcome == ANSWER else ""
    if finding.outcome != ANSWER:
        return RAISED
    if not all(math.isfinite(x) for part in finding.got for x in _floats(part)):
        return INFINITE
    return WRONG if _relative(entry.claim, finding) >= NO_DIGIT else DIGITS


def _relative(claim: str, finding: Finding) -> float:
    """The error that a stored answer has, relative to what is true."""
    if any(word in claim for word in BACKWARD):
        return finding.error * 2.0 ** (1 - BITS[finding.cell.dtype])
    by_entry, tiny = claim.startswith(ENTRYWISE), Fraction(2) ** LEAST[finding.cell.dtype]
    return max(
        (
            _apart(got, true, tiny, by_entry=by_entry)
            for got, true in zip(finding.got, finding.true, strict=False)
        ),
        default=0.0,
    )


def _apart(got: Any, true: Any, tiny: Fraction, *, by_entry: bool) -> float:
    """The largest error of an entry, or of the whole, relative to it; subnormal truths forgiven."""
    pairs = [
        (abs(Fraction(x) - y), abs(y))
        for x, y in zip(_floats(got), _rationals(true), strict=False)
        if y is not None
    ]
    if pairs and not by_entry:
        pairs = [(max(far for far, _ in pairs), max(y for _, y in pairs))]
    apart = [min(far / y, Fraction(2)) for far, y in pairs if y >= tiny]
    apart += [Fraction(2) for far, y in pairs if y < tiny <= far]
    return float(max(apart, default=Fraction(0)))


def _floats(part: Any) -> Iterator[float]:
    for text in entries_of(part)[1]:
        yield from (float.fromhex(side) for side in text.split(" "))


def _rationals(part: Any) -> Iterator[Fraction | None]:
    for text in entries_of(part)[1]:
        for side in text.split(" "):
            try:
                yield Fraction(side) if "0x" not in side else Fraction(float.fromhex(side))
            except (ValueError, OverflowError):
                yield None


def _numbers(finding: Finding) -> int:
    return sum(len(entries_of(part)[1]) for part in finding.inputs)

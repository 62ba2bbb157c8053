"""What every report shows, before it is text, Markdown or HTML."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from reports.figures import count_text, part_text, plural
from reports.plain import RunError
from reports.record import (
    CRASHED,
    HONESTY,
    NOT_OFFERED,
    RAISED,
    TIMED_OUT,
    UNDECIDED,
    VACUOUS,
    VERDICTS,
    Cell,
)
from reports.run import StatedClaim
from reports.summary import Asked, CellSummary, Worst
from reports.verdict import (
    FAILED,
    FINE,
    GATED,
    KNOWN,
    NEW,
    UNEXERCISED,
    RunVerdict,
)
from reports.verdict import UNDECIDED as UNDECIDED_CELL

DTYPES = ("bfloat16", "float16", "float32", "float64", "complex64", "complex128")
MODES = ("eager", "graph", "xla")
UNANSWERED = (CRASHED, TIMED_OUT, RAISED, NOT_OFFERED)


@dataclass(frozen=True)
class Row:
    """One cell, ready to be shown."""

    cell: Cell
    summary: CellSummary
    verdict: str
    claim: StatedClaim

    @property
    def median(self) -> float:
        """The share that half of the comparisons stay below."""
        return self.summary.quantile(0.5)

    @property
    def high(self) -> float:
        """The share that 99 of 100 comparisons stay below."""
        return self.summary.quantile(0.99)

    @property
    def condition(self) -> float:
        """The condition number of the worst member."""
        worst = max(self.summary.worst, key=lambda worst: worst.share, default=None)
        return worst.condition if worst else float("nan")

    @property
    def verdict_text(self) -> str:
        """The verdict, with how many members it rests on."""
        if self.verdict == NEW:
            return f"new {count_text(self.summary.new)}"
        if self.verdict == KNOWN:
            return f"known {count_text(self.summary.known.total())}"
        if self.verdict == UNDECIDED_CELL:
            return f"undecided {part_text(self.summary.undecided)}"
        return self.verdict


def order(cell: Cell) -> tuple[str | int, ...]:
    """By name, then from coarse to fine and from eager to compiled; rivals last."""
    return (
        cell.routine,
        cell.claim,
        cell.backend != GATED,
        cell.backend,
        *place(cell.dtype, DTYPES),
        *place(cell.mode, MODES),
    )


def place(word: str, words: tuple[str, ...]) -> tuple[int, str]:
    """A key that sorts known words in their own order and others after them."""
    return (words.index(word) if word in words else len(words)), word


def rows(verdict: RunVerdict, routine: str | None = None, claim: str | None = None) -> list[Row]:
    """The cells of a run in reading order, all or those of one routine or claim.

    RunError where the run holds no such routine or claim.
    """
    known = {*verdict.header.claims, *((c.routine, c.claim) for c in verdict.summary.cells)}
    _expect_name("routine", routine, {name for name, _ in known})
    _expect_name("claim", claim, {c for r, c in known if routine in (None, r)})
    return [
        Row(cell, verdict.summary.cells[cell], word, claim_of(verdict, cell))
        for cell, word in sorted(verdict.verdicts.items(), key=lambda pair: order(pair[0]))
        if routine in (None, cell.routine) and claim in (None, cell.claim)
    ]


def _expect_name(noun: str, name: str | None, names: Iterable[str]) -> None:
    names = sorted(names)
    if name is not None and name not in names:
        close = difflib.get_close_matches(name, names, 3) or names[:8]
        raise RunError(f"this run has no {noun} {name!r}; it has {', '.join(close) or 'none'}")


def claim_of(verdict: RunVerdict, cell: Cell) -> StatedClaim:
    """What the header says of the claim of a cell."""
    unstated = StatedClaim(cell.routine, cell.claim, "", "not stated in the header of this run")
    return verdict.header.claims.get((cell.routine, cell.claim), unstated)


def headline(verdict: RunVerdict) -> str:
    """Is this build right? One sentence."""
    if verdict.broken or verdict.regressions:
        return _no(verdict)
    if verdict.undecided:
        return f"Not shown: too many members undecided in {plural(len(verdict.undecided), 'cell')}."
    if verdict.incomplete:
        return "Not known yet: the run is incomplete."
    if verdict.exit_code == FAILED:
        if verdict.unexercised:
            return f"Not shown: {plural(len(verdict.unexercised), 'claim')} compared nothing."
        return "Not shown: nothing was compared."
    known = sum(verdict.known.values())
    return f"Yes, but for {plural(known, 'known break')}." if known else "Yes: every claim held."


def _no(verdict: RunVerdict) -> str:
    told = []
    if verdict.broken:
        breaks = plural(sum(verdict.broken.values()), "new break")
        told.append(f"{breaks} of a claim, in {plural(len(verdict.broken), 'cell')}")
    if verdict.regressions and verdict.drift:
        cells = plural(len(verdict.regressions), "cell")
        told.append(f"{cells} regressed against the baseline {verdict.drift.baseline}")
    return f"No: {'; '.join(told)}."


def standing(verdict: RunVerdict) -> str:
    """A word for the colour of the headline: fine, known, broken or open."""
    if verdict.exit_code == FINE:
        return "known" if verdict.known else "fine"
    return "broken" if verdict.broken or verdict.regressions else "open"


def counts(verdict: RunVerdict) -> dict[str, int]:
    """The volumes of a run, by noun."""
    gated = {cell: s for cell, s in verdict.summary.cells.items() if cell.backend == GATED}
    members: Counter[int] = Counter()
    for summary in gated.values():
        members.update(summary.verdicts)
    asked = {a: n for a, n in verdict.summary.answers.items() if a.backend == GATED}
    return {
        "judged answers": sum(outcomes.total() for outcomes in asked.values()),
        "comparisons": sum(summary.compared for summary in gated.values()),
        "routines": len({cell.routine for cell in gated}),
        "claims": len({(cell.routine, cell.claim) for cell in gated}),
        "new breaks": sum(verdict.broken.values()),
        "known breaks": sum(verdict.known.values()),
        "undecided": members[UNDECIDED],
        "vacuous": members[VACUOUS],
        "audited by mpmath": verdict.audited.total(),
    }


def worst_members(verdict: RunVerdict, count: int, broken: bool) -> list[tuple[Cell, Worst]]:
    """The worst members of gated cells: one a cause of those that broke, one a cell of others.

    The gravest first: new breaks, then wrong numbers, which nobody notices, then answers that are
    no numbers where numbers are due.
    """
    found = [
        (cell, min(members, key=lambda worst: worst.rank))
        for cell, summary in verdict.summary.cells.items()
        if cell.backend == GATED and (members := [w for w in summary.worst if w.broken == broken])
    ]
    found.sort(key=lambda pair: (_gravity(*pair), order(pair[0])))
    causes: dict[object, tuple[Cell, Worst]] = {}
    for cell, worst in found:
        causes.setdefault(worst.known or cell, (cell, worst))
    return [*causes.values()][:count]


def _gravity(cell: Cell, worst: Worst) -> tuple[object, ...]:
    return not worst.new, cell.claim == HONESTY, worst.rank


def gaps(verdict: RunVerdict) -> list[str]:
    """What this run does not show, in words, gravest first."""
    told = list(verdict.incomplete)
    told += [f"{routine}, {claim}: nothing compared" for routine, claim in verdict.unexercised]
    for cell in sorted(verdict.undecided, key=order):
        part = part_text(verdict.summary.cells[cell].undecided)
        told.append(f"{' '.join(cell[:4])}: {part} undecided")
    claims, nowhere = set(verdict.unexercised), refused(verdict)
    for cell, word in sorted(verdict.verdicts.items(), key=lambda pair: order(pair[0])):
        told_already = (cell.routine, cell.claim) in claims or _asked(cell) in nowhere
        if word == UNEXERCISED and not told_already:
            told.append(f"{' '.join(cell[:4])}: nothing compared")
    told += _unanswered(verdict)
    left = sorted((why, n) for why, n in verdict.left_out.items() if n)
    return told + [f"mpmath left out {n:,} {why}" for why, n in left]


def refused(verdict: RunVerdict) -> set[Asked]:
    """What this TensorFlow offers nowhere: every answer was a refusal."""
    given = verdict.summary.answers.items()
    return {asked for asked, outcomes in given if outcomes[NOT_OFFERED] == outcomes.total()}


def _asked(cell: Cell) -> Asked:
    return Asked(cell.routine, cell.dtype, cell.mode, cell.backend)


def _unanswered(verdict: RunVerdict) -> list[str]:
    """What was asked and not answered, by routine, dtype and outcome, crashes first."""
    modes: dict[tuple[int, str, str], list[str]] = {}
    given: Counter[tuple[int, str, str]] = Counter()
    asked: Counter[tuple[int, str, str]] = Counter()
    for (routine, dtype, mode, backend), outcomes in sorted(verdict.summary.answers.items()):
        for gravity, outcome in enumerate(UNANSWERED):
            if backend == GATED and outcomes[outcome]:
                key = gravity, routine, dtype
                modes.setdefault(key, []).append(mode)
                given[key] += outcomes[outcome]
                asked[key] += outcomes.total()
    return [
        f"{routine} {dtype} ({', '.join(modes[key])}): "
        f"{count_text(given[key])} of {count_text(asked[key])} {UNANSWERED[gravity]}"
        for key in sorted(modes)
        for gravity, routine, dtype in [key]
    ]


def member_counts(row: Row) -> str:
    """How many members of a cell fell under each verdict, those that occur."""
    seen = row.summary.verdicts
    return ", ".join(
        f"{count_text(seen[code])} {word}" for code, word in enumerate(VERDICTS) if seen[code]
    )


def anchor(*words: str) -> str:
    """A name that a page can link to."""
    return re.sub(r"[^a-z0-9]+", "-", "-".join(words).lower()).strip("-")

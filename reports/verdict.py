"""What a run comes to: one word for each cell, one number for the shell."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from reports.blocks import audits
from reports.drift import REGRESSED, Drift, Drifts
from reports.drift_text import drifts_of
from reports.ledger import HERE, Ledger
from reports.record import BROKEN, HELD, Cell
from reports.run import Header, lacking, read_header
from reports.store import summary_of
from reports.subnormal import Treated, treated_of
from reports.summary import CellSummary, Summary

GATED = "tensorflow"  # other backends are rivals: recorded, shown beside, never gated
TOLERATED = 1e-3  # the part of a cell's members that may stay undecided
NEW, KNOWN, UNDECIDED, UNEXERCISED, HOLDS, RIVAL = (
    "new", "known", "undecided", "unexercised", "held", "rival",
)  # fmt: skip
GRAVER = (NEW, UNDECIDED)  # than a regression
FINE, FAILED, USAGE, INCOMPLETE = range(4)


def cell_verdict(cell: Cell, summary: CellSummary) -> str:
    """What to call a cell, the gravest first.

    new: some member broke and no entry of the ledger explains it. undecided: more than one
    member in a thousand could not be settled. unexercised: nothing was compared. known: all
    breaks are in the ledger. held: none. rival: not gated.
    """
    if cell.backend != GATED:
        return RIVAL
    if summary.new:
        return NEW
    if summary.undecided > TOLERATED:
        return UNDECIDED
    if not summary.compared:
        return UNEXERCISED
    return KNOWN if summary.known else HOLDS


@dataclass(frozen=True)
class RunVerdict:
    """All that a report says of a run.

    `fixed`: entries of the ledger whose stored input was judged again and held everywhere.
    `audited`: members that mpmath confirmed, by routine; `left_out`: those it did not see, by
    reason. `unexercised`: claims of the header of which this run compared nothing. `incomplete`:
    why the run is not whole, in words; empty if it is. `drift`: the run beside its baseline, where
    it set stored recipes. `subnormal`: how functions treated subnormal numbers, where it set any.
    """

    header: Header
    summary: Summary
    ledger: Ledger
    fixed: tuple[str, ...]
    unexercised: tuple[tuple[str, str], ...]
    incomplete: tuple[str, ...]
    audited: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    drift: Drifts | None = None
    subnormal: tuple[Treated, ...] = ()

    @property
    def verdicts(self) -> dict[Cell, str]:
        """The verdict of every cell. One that regressed has lost against its baseline."""
        words = {cell: cell_verdict(cell, summary) for cell, summary in self.summary.cells.items()}
        regressed = {d.cell for d in self.regressions if words.get(d.cell) not in GRAVER}
        return words | dict.fromkeys(regressed & set(words), REGRESSED)

    @property
    def regressions(self) -> tuple[Drift, ...]:
        """What got worse than the baseline, cell by cell."""
        return self.drift.regressions if self.drift else ()

    @property
    def broken(self) -> dict[Cell, int]:
        """New breaks by cell: what TensorFlow must answer for."""
        cells = self.summary.cells
        return {cell: cells[cell].new for cell, verdict in self.verdicts.items() if verdict == NEW}

    @property
    def undecided(self) -> tuple[Cell, ...]:
        """Cells with too many undecided members."""
        cells = self.summary.cells.items()
        return tuple(c for c, s in cells if c.backend == GATED and s.undecided > TOLERATED)

    @property
    def known(self) -> Counter[str]:
        """Broken members by the entry of the ledger that explains them."""
        total: Counter[str] = Counter()
        for cell, summary in self.summary.cells.items():
            total.update(summary.known if cell.backend == GATED else {})
        return total

    @property
    def exit_code(self) -> int:
        """0 fine, 1 broken, regressed, vacuous, undecided, 3 incomplete; breaks outweigh the rest.

        What an interrupted run has not exercised, it may only not have reached.
        """
        if self.broken or self.undecided or self.regressions:
            return FAILED
        if self.incomplete:
            return INCOMPLETE
        compared = any(s.compared for c, s in self.summary.cells.items() if c.backend == GATED)
        missing = self.unexercised and not self.header.part
        return FAILED if missing or not compared else FINE

    @property
    def ok(self) -> bool:
        """Whether nothing speaks against the run."""
        return self.exit_code == FINE


def run_verdict(
    run: Path,
    ledger: Ledger | None = None,
    cases: Path = HERE / "cases",
    baselines: Path = HERE / "baselines",
    summary: Summary | None = None,
) -> RunVerdict:
    """Read a run and judge it; its `summary`, where it has just been concluded, is not read again.

    RunError: no run, or nothing that can be read.
    """
    ledger = Ledger.load() if ledger is None else ledger
    header = read_header(run)
    warnings = lacking(run)
    summary = summary_of(run, warnings) if summary is None else summary
    unchanged = ledger.unchanged(header.ledger)
    for cell, part in summary.cells.items():
        if cell.backend == GATED:
            part.reconsider(unchanged, partial(ledger.explain_one, cell))
    audited, left_out = audits(run)
    return RunVerdict(
        header,
        summary,
        ledger,
        fixed=_fixed(summary, ledger, cases),
        unexercised=unexercised(header, summary),
        incomplete=tuple(dict.fromkeys(warnings)),
        audited=audited,
        left_out=left_out,
        drift=drifts_of(run, header, baselines),
        subnormal=treated_of(run),
    )


def unexercised(header: Header, summary: Summary) -> tuple[tuple[str, str], ...]:
    """The claims of the header of which nothing was compared."""
    compared = {
        (cell.routine, cell.claim)
        for cell, cell_summary in summary.cells.items()
        if cell.backend == GATED and cell_summary.compared
    }
    return tuple(sorted(set(header.claims) - compared))


def _fixed(summary: Summary, ledger: Ledger, cases: Path) -> tuple[str, ...]:
    """The entries whose own stored input was judged, and held wherever the entry applies."""
    fixed = []
    entries = {entry.id: entry for entry in ledger.entries}
    judged: dict[str, set[tuple[Cell, int]]] = {}  # where a stored input was, and how it fared
    for cell, part in summary.cells.items():
        for key, verdict in part.stored:
            judged.setdefault(key, set()).add((cell, verdict))
    for id_, digest in ledger.stored(cases).items():
        covers = entries[id_].covers
        seen = {verdict for cell, verdict in judged.get(digest, ()) if covers(cell)}
        if HELD in seen and BROKEN not in seen:
            fixed.append(id_)
    return tuple(fixed)

"""A run as annotations of GitHub: what a person must look at, ten lines at most."""

from __future__ import annotations

from collections.abc import Iterator

from reports.drift_text import sentence
from reports.figures import number_text, plural, share_text
from reports.plain import printable
from reports.record import Cell
from reports.summary import Worst
from reports.verdict import RunVerdict
from reports.view import claim_of, headline, worst_members

MOST = 10  # of a step; GitHub shows no more
LENGTH = 500


def annotated(verdict: RunVerdict) -> list[str]:
    """Workflow commands, the gravest first; where there are more than MOST, the last counts them.

    An error for each cell with a new break or that regressed, and for a run that is not whole; a
    warning for what was not judged; a notice for an entry of the ledger that is fixed. Known breaks
    are silent.
    """
    found = list(_found(verdict))
    if len(found) <= MOST:
        return found
    left = plural(len(found) - MOST + 1, "more annotation")
    return [*found[: MOST - 1], _line("warning", headline(verdict), f"{left}: see the report")]


def _found(verdict: RunVerdict) -> Iterator[str]:
    for cell, worst in worst_members(verdict, len(verdict.broken), broken=True):
        if worst.new:
            yield _line("error", " ".join(cell[:4]), _told(verdict, cell, worst))
    for drift in verdict.regressions:
        yield _line("error", " ".join((*drift.cell[:4], "regressed")), sentence(drift))
    for why in verdict.incomplete:
        yield _line("error", "incomplete run", why)
    for cell in verdict.undecided:
        part = verdict.summary.cells[cell].undecided
        told = f"{100 * part:.2g} % of the members could not be decided"
        yield _line("warning", " ".join(cell[:4]), told)
    for routine, claim in verdict.unexercised:
        yield _line("warning", f"{routine} {claim}", "the run compared nothing of this claim")
    for id_ in verdict.fixed:
        yield _line("notice", id_, "this entry of the ledger is fixed: its stored input holds now")


def _told(verdict: RunVerdict, cell: Cell, worst: Worst) -> str:
    count = plural(verdict.broken[cell], "new break")
    claim = claim_of(verdict, cell)
    return (
        f"{count}, the worst {share_text(worst.share)} times its bound: error "
        f"{number_text(worst.error)} eps, bound {number_text(worst.bound)} eps; member "
        f"{worst.member}; the bound is {claim.bound}, because {claim.because}"
    )


def _line(command: str, title: str, message: str) -> str:
    """One workflow command; signs that would end it or start another are written as GitHub asks."""
    title = _escaped(title).replace(":", "%3A").replace(",", "%2C")
    return f"::{command} title={title}::{_escaped(message)}"


def _escaped(text: str) -> str:
    return printable(text, LENGTH).replace("%", "%25")

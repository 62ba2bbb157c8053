"""The ledger of the day on which a report is read, against that of the day of the run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from reports.ledger import Ledger
from reports.record import Cell
from reports.run import mark_complete
from reports.store import Spool
from reports.verdict import run_verdict
from tests.reports_example import HEADER, LEDGER, records, stack

CELL = Cell("linalg.solve", "backward", "float32", "xla", "tensorflow")


def recorded(folder: Path, ledger: Ledger, times: int = 1) -> Path:
    """A run in which one known member broke, matched with a ledger when it was recorded."""
    header = {**HEADER, "ledger": ledger.fingerprints()}
    with Spool(folder, "main", header) as spool:
        for _ in range(times):
            one, two = stack("linalg.solve", 1), records(CELL, 1)
            spool.append(one)
            spool.append(two, ledger.explain(two, one))
    mark_complete(folder)
    return folder


def test_what_an_entry_excused_is_known_while_the_entry_stands(tmp_path: Path) -> None:
    run = recorded(tmp_path, LEDGER)
    assert run_verdict(run, LEDGER).known == {"solve-graded": 1}
    assert run_verdict(run, LEDGER).summary.cells[CELL].worst[0].known == "solve-graded"
    changed = Ledger((replace(LEDGER.entries[0], share=3.5),))
    renamed = Ledger((replace(LEDGER.entries[0], title="said better"),))
    assert run_verdict(run, renamed).known == {"solve-graded": 1}
    for ledger in (changed, Ledger()):
        verdict = run_verdict(run, ledger)
        assert verdict.known == {} and verdict.broken == {CELL: 1}
        assert verdict.summary.cells[CELL].worst[0].new


def test_an_entry_that_came_later_explains_what_was_kept(tmp_path: Path) -> None:
    run = recorded(tmp_path, Ledger(), times=3)
    assert run_verdict(run, Ledger()).broken == {CELL: 3}
    verdict = run_verdict(run, LEDGER)
    assert verdict.known == {"solve-graded": 3} and verdict.broken == {}
    assert verdict.summary.cells[CELL].worst[0].known == "solve-graded"

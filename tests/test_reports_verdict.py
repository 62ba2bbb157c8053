"""Summaries add up; the ledger excuses what it names and nothing more; verdicts follow."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reports.cases import finding_to_text
from reports.histogram import BINS, OCTAVES, bins
from reports.ledger import Ledger
from reports.plain import RunError
from reports.record import VERDICTS, Answers, Cell, Measured, Records
from reports.run import mark_complete
from reports.store import Spool, joined
from reports.summary import CellSummary, Summary
from reports.verdict import run_verdict
from tests.reports_example import FINDING, HEADER, LEDGER, items, records, stack, write_run

CELL = Cell("linalg.solve", "backward", "float32", "xla", "tensorflow")


def codes(words: list[str]) -> np.ndarray:
    """Verdicts as records hold them."""
    return np.array([VERDICTS.index(word) for word in words], np.int8)


def summary_of(numbers: range) -> Summary:
    summary = Summary()
    for item in joined(items(numbers)):
        summary.add(item)
    return summary


def measured(shares: np.ndarray, verdicts: list[str], cell: Cell = CELL) -> Measured:
    count = len(shares)
    one, eight = np.ones(count), stack("linalg.solve", 1)
    part = replace(
        eight,
        keys=np.arange(count, dtype=np.uint64),
        traits={"structure": np.array(["dense"] * count)},
        quantities={"kappa": one},
    )
    return Measured(Records(part.digest, cell, np.asarray(shares), one, codes(verdicts)), part)


def test_summaries_add_up_in_any_order() -> None:
    whole = summary_of(range(4))
    for order in itertools.permutations(range(4)):
        merged = Summary()
        for number in order:
            merged.merge(summary_of(range(number, number + 1)))
        assert merged.answers == whole.answers
        assert merged.cells.keys() == whole.cells.keys()
        for cell, summary in whole.cells.items():
            other = merged.cells[cell]
            assert np.array_equal(other.histogram, summary.histogram)
            assert replace(other, histogram=summary.histogram) == summary


def test_a_member_drawn_twice_counts_twice_and_is_shown_once() -> None:
    summary = summary_of(range(1))
    summary.merge(summary_of(range(1)))
    cell = summary.cells[CELL]
    assert cell.total == 16
    assert len({worst.member for worst in cell.worst}) == len(cell.worst) == 5


@pytest.mark.parametrize("exponent", [-63.75, -20, -0.25, 0, 0.25, 7.5, 64])
def test_a_bin_holds_its_upper_edge_and_not_its_lower_one(exponent: float) -> None:
    edge = 2.0**exponent
    inside, above = bins(np.array([edge, np.nextafter(edge, np.inf)]))
    assert inside == 4 * (exponent + OCTAVES)
    assert above == min(inside + 1, BINS - 1)


def test_quantiles_are_never_too_small_and_less_than_a_quarter_octave_too_large() -> None:
    shares = np.linspace(0.001, 0.9, 997)
    summary = CellSummary()
    summary.add(measured(shares, ["held"] * len(shares)))
    for part in (0.01, 0.5, 0.99, 1.0):
        exact = np.sort(shares)[math.ceil(part * len(shares)) - 1]
        assert exact <= summary.quantile(part) <= exact * 2**0.25
    assert summary.largest == 0.9


def test_zeros_infinities_and_what_was_not_compared() -> None:
    summary = CellSummary()
    shares = np.array([0.0, 0.0, np.inf, np.nan, np.nan, 0.5])
    summary.add(measured(shares, ["held", "held", "broken", "broken", "vacuous", "undecided"]))
    assert (summary.compared, summary.zeros, summary.total) == (4, 2, 6)
    assert summary.quantile(0.5) == 0.0
    assert summary.quantile(0.99) == summary.largest == math.inf
    assert summary.undecided == 1 / 5
    assert math.isnan(CellSummary().quantile(0.5))


def test_new_breaks_are_kept_however_many_known_ones_are_worse() -> None:
    shares = np.array([50.0, 40, 30, 20, 10, 9, 2])
    one = stack("linalg.solve", 1)
    joint = Measured(
        Records(
            one.digest, CELL, np.append(shares, 0), np.ones(8), codes(["broken"] * 7 + ["held"])
        ),
        one,
    )
    summary = CellSummary()
    summary.add(joint, np.array(["entry"] * 6 + ["", ""]))
    assert summary.worst[0].member == one.digests[6] and summary.worst[0].new
    assert (summary.new, summary.known["entry"], summary.largest) == (1, 6, 50.0)


def test_the_ledger_excuses_what_it_names() -> None:
    one, two = stack("linalg.solve", 1), records(CELL, 1)
    assert LEDGER.explain(two, one).tolist() == [""] * 3 + ["solve-graded"] + [""] * 4


@pytest.mark.parametrize(
    "change",
    [
        {"routine": "linalg.inv"},
        {"claim": "forward"},
        {"dtypes": ("float64",)},
        {"modes": ("eager", "graph")},
        {"backend": "scipy"},
        {"share": 3.25 / 2.01},
        {"where": {"structure": ("dense",)}},
        {"where": {"kappa": (1e4 * (1 + 1e-15), math.inf)}},
        {"where": {"n": (0.0, 2.0)}},
        {"where": {"structure": (0.0, 1.0)}},
        {"where": {"kappa": ("large",)}},
        {"where": {"unheard of": (0.0, 1.0)}},
        {"outcome": "raised"},
    ],
    ids=str,
)
def test_the_ledger_excuses_nothing_more(change: dict) -> None:
    ledger = Ledger((replace(LEDGER.entries[0], **change),))
    assert ledger.explain(records(CELL, 1), stack("linalg.solve", 1)).tolist() == [""] * 8


def test_the_edges_of_an_entry_belong_to_it() -> None:
    where = {"kappa": (1e4, 1e4), "log2_scale": (-1.0, -1.0), "n": (3.0, 3.0)}
    entry = replace(LEDGER.entries[0], where=where, share=3.25 / 1.99)
    raised = replace(entry, outcome="raised", share=math.inf)
    one, two = stack("linalg.solve", 1), records(CELL, 1)
    words = np.array(["answer"] * 3 + ["raised"] + ["answer"] * 4)
    assert Ledger((entry,)).explain(two, one)[3] == entry.id
    assert Ledger((raised,)).explain(two, one, words)[3]
    assert Ledger((replace(entry, share=math.inf),)).explain(
        replace(two, error=np.full(8, np.nan)), one
    )[3]
    assert not Ledger((entry,)).explain(replace(two, error=np.full(8, np.nan)), one)[3]


TOML = """
[[known]]
id = "a"
routine = "r"
claim = "c"
dtypes = ["float32"]
modes = ["xla"]
share = "inf"
title = "t"
because = "b"
seen = "2.21.0"
evidence = "e"
where = { n = [1, inf], structure = ["graded"] }
"""


def test_a_ledger_is_read_from_toml(tmp_path: Path) -> None:
    (tmp_path / "known.toml").write_text(TOML)
    (entry,) = Ledger.load(tmp_path / "known.toml").entries
    assert entry.share == math.inf and entry.backend == "tensorflow"
    assert entry.where == {"n": (1.0, math.inf), "structure": ("graded",)}
    Ledger.load()  # the suite's own


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[[known]]", "[[known", "not readable as TOML"),
        ("[[known]]", "[[other]]", "unknown"),
        ('id = "a"', "", "'id' is missing"),
        ('"inf"', "true", "'share' has the wrong type"),
        ('"inf"', '"many"', "share has the wrong type"),
        ('"t"', "1", "'title' has the wrong type"),
        ("[1, inf]", "[1, 2, 3]", "neither"),
        ("[1, inf]", '[1, "x"]', "neither"),
        ("[1, inf]", "[]", "neither"),
        ('title = "t"', 'title = "t"\ncase = "../../x.json"', "name of a file"),
        ('title = "t"', 'title = "t"\noutcome = "fine"', "not among"),
        ('title = "t"', 'title = "t"\nextra = 1', "unknown"),
    ],
)
def test_a_ledger_that_cannot_be_used(tmp_path: Path, old: str, new: str, message: str) -> None:
    (tmp_path / "known.toml").write_text(TOML.replace(old, new))
    with pytest.raises(RunError, match=message):
        Ledger.load(tmp_path / "known.toml")


def test_an_entry_may_be_there_only_once(tmp_path: Path) -> None:
    (tmp_path / "known.toml").write_text(TOML + TOML)
    with pytest.raises(RunError, match="more than once"):
        Ledger.load(tmp_path / "known.toml")


def quiet_run(folder: Path, verdicts: list[str] | None = None, claims: int = 1) -> Path:
    """A run of one claim in which everything held, or what `verdicts` says."""
    verdicts = verdicts or ["held"] * 8
    header = {**HEADER, "claims": HEADER["claims"][:claims]}
    watched = stack("linalg.solve", 1).digests[3:4]
    with Spool(folder, "main", header, watched=watched) as spool:
        spool.append(stack("linalg.solve", 1))
        spool.append(Answers(f"{1:016x}", CELL.routine, *CELL[2:], np.zeros(8, np.int8), {}))
        shares = np.where(np.array(verdicts) == "broken", 2.0, 0.5)
        spool.append(Records(f"{1:016x}", CELL, shares, np.ones(8), codes(verdicts)))
    mark_complete(folder)
    return folder


def test_exit_codes(tmp_path: Path) -> None:
    none = Ledger()
    held, broken = quiet_run(tmp_path / "held"), quiet_run(tmp_path / "b", ["broken"] * 8)
    assert run_verdict(held, none).exit_code == 0 and run_verdict(held, none).ok
    assert run_verdict(broken, none).exit_code == 1
    assert run_verdict(broken, LEDGER).exit_code == 1  # dense members are none of the entry's
    everything = Ledger((replace(LEDGER.entries[0], where={}),))
    assert run_verdict(broken, everything).exit_code == 0
    assert run_verdict(quiet_run(tmp_path / "two", claims=2), none).exit_code == 1
    assert run_verdict(quiet_run(tmp_path / "v", ["vacuous"] * 8), none).exit_code == 1
    undecided = ["undecided"] + ["held"] * 7
    assert run_verdict(quiet_run(tmp_path / "u", undecided), none).exit_code == 1
    (held / "complete.json").unlink()
    assert run_verdict(held, none).exit_code == 3
    (broken / "complete.json").unlink()
    assert run_verdict(broken, none).exit_code == 1


def test_the_example(tmp_path: Path) -> None:
    verdict = run_verdict(write_run(tmp_path, workers=2), LEDGER)
    assert list(verdict.broken.values()) == [1]
    assert verdict.known == {"solve-graded": 4}
    assert verdict.unexercised == (("nn.softmax", "order"),)
    assert [cell.dtype for cell in verdict.undecided] == ["bfloat16"]
    assert verdict.incomplete == ()


def test_a_rival_is_never_gated(tmp_path: Path) -> None:
    rival = CELL._replace(backend="scipy")
    run = quiet_run(tmp_path)
    with Spool(run, "main", {**HEADER, "claims": HEADER["claims"][:1]}) as spool:
        one = np.ones(8)
        spool.append(stack("linalg.solve", 1))
        spool.append(Records(f"{1:016x}", rival, 9 * one, one, codes(["broken"] * 8)))
    verdict = run_verdict(run, LEDGER)
    assert verdict.exit_code == 0
    assert verdict.verdicts[rival] == "rival"
    assert verdict.summary.cells[rival].largest == 9.0


def test_damage_makes_a_run_incomplete(tmp_path: Path) -> None:
    run = quiet_run(tmp_path)
    spool = run / "spool" / "main.frames"
    spool.write_bytes(spool.read_bytes().replace(b"graded", b"Graded", 1))
    verdict = run_verdict(run, Ledger())
    assert verdict.exit_code == 3
    assert any("cut short" in line for line in verdict.incomplete)


def test_fixed_only_when_the_stored_input_holds(tmp_path: Path) -> None:
    cases = tmp_path / "cases"
    stored = replace(FINDING, cell=CELL, digest=stack("linalg.solve", 1).digests[3])
    cases.mkdir()
    (cases / "case.json").write_text(finding_to_text(stored))
    ledger = Ledger((replace(LEDGER.entries[0], case="case.json"),))
    held = quiet_run(tmp_path / "held")
    broken = quiet_run(tmp_path / "broken", ["held"] * 3 + ["broken"] + ["held"] * 4)
    assert run_verdict(held, ledger, cases).fixed == ("solve-graded",)
    assert run_verdict(broken, ledger, cases).fixed == ()
    other = replace(stored, digest="0" * 16)
    (cases / "case.json").write_text(finding_to_text(other))
    assert run_verdict(held, ledger, cases).fixed == ()

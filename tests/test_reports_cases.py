"""Findings as files: the worst of each kind is kept, known beside new, the shrunk one is shown."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from pathlib import Path

from reports.cases import findings, load_finding, save_finding, smallest
from tests.reports_example import FINDING


def test_a_finding_is_a_file_and_back(tmp_path: Path) -> None:
    path = save_finding(tmp_path, FINDING, "gw0")
    assert path == tmp_path / "findings" / "gw0" / "linalg.solve-forward-float64-eager.json"
    assert load_finding(path) == FINDING
    infinite = replace(FINDING, error=math.inf, bound=1.0)
    assert load_finding(save_finding(tmp_path, infinite, "gw0")) == infinite


def test_the_worst_finding_is_kept_in_any_order(tmp_path: Path) -> None:
    variants = [
        replace(FINDING, error=error, digest=digest)
        for error, digest in ((20.0, "a"), (30.0, "c"), (30.0, "b"), (math.nan, "d"))
    ]
    for number, order in enumerate(itertools.permutations(variants)):
        run = tmp_path / str(number)
        for i, finding in enumerate(order):
            save_finding(run, finding, f"gw{i % 2}")
        assert [finding.digest for finding in findings(run).values()] == ["d"]
        assert len(list(run.rglob("*.json"))) == 2
    run = tmp_path / "finite"
    for finding in variants[:3]:
        save_finding(run, finding)
    assert [finding.digest for finding in findings(run).values()] == ["b"]


def test_known_and_new_findings_of_a_cell_stand_beside_each_other(tmp_path: Path) -> None:
    save_finding(tmp_path, replace(FINDING, error=900.0, known="entry"))
    save_finding(tmp_path, FINDING)
    assert [finding.known for finding in findings(tmp_path).values()] == ["", "entry"]


def test_a_shrunk_finding_stands_for_its_kind(tmp_path: Path) -> None:
    save_finding(tmp_path, FINDING)
    path = save_finding(tmp_path / "shrunk", replace(FINDING, error=17.0, digest="small"))
    assert list(smallest(tmp_path)) == [path]
    assert [finding.digest for finding in findings(tmp_path).values()] == [FINDING.digest]

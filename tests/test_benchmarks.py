"""The figures of docs/speed.md come from a run, and the line's problems are what the page says."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from benchmarks import report, table, turns
from benchmarks.problems import (
    BEYOND,
    CLUSTERS,
    LINEAR,
    SCALE,
    SMALL,
    beyond,
    clustered,
    recipe,
)
from properties.recipes import problem


def bench(name: str, group: str, **told: object) -> dict[str, object]:
    return {"name": name, "group": group, "extra_info": told}


RUN = [
    bench("test_line[solve]", "solve, n = 8", **{"problems a second": 50_000.0}),
    bench("test_plain[solve]", "solve, n = 8", **{"problems a second": 200.0}),
    bench("test_line_fresh[jacobian]", "jacobian, fresh", **{"problems a second": 700.0}),
    bench("test_plain_derivative[jacobian]", "jacobian", **{"problems a second": 7.0}),
    bench("test_line[inv]", "inv, n = 8", **{"problems a second": 1.0}),
    {"name": "test_line[failed]", "group": None, "extra_info": {}},
]


def test_each_line_stands_beside_its_plain_test():
    assert table.ratios(RUN[:5]) == [
        ("solve, n = 8", 50_000.0, 200.0),
        ("jacobian, fresh", 700.0, 7.0),
    ]
    (found,) = table.tables(RUN)
    assert found.rows[0] == ("solve, n = 8", "50,000", "200.0", "250")
    assert "| solve, n = 8 | 50,000 | 200.0 | 250 |" in table.markdown([found])
    lines = table.text([found]).splitlines()
    assert len({len(line) for line in lines[1:]}) == 1


def test_a_report_replaces_what_was_measured_before(tmp_path: Path, monkeypatch):
    page = tmp_path / "speed.md"
    page.write_text(f"before\n{report.MARKS[0]}\nold\n{report.MARKS[1]}\nafter\n", "utf-8")
    monkeypatch.setattr(report, "PAGE", page)
    monkeypatch.setattr(report, "PLOT", tmp_path / "speed.svg")
    monkeypatch.setattr(report, "ROOT", tmp_path)
    monkeypatch.setattr(report, "svg", lambda benches: "<svg/>")
    machine = {
        "python_implementation": "CPython",
        "python_version": "3.11",
        "cpu": {},
        "machine": "x",
    }
    run = tmp_path / "bench.json"
    data = {
        "benchmarks": RUN,
        "machine_info": machine,
        "commit_info": {},
        "datetime": "2026-01-02T",
    }
    run.write_text(json.dumps(data), "utf-8")
    for _ in range(2):
        assert report.main([str(run)]).startswith("wrote speed.md")
        text = page.read_text("utf-8")
        assert text.startswith("before") and text.endswith("after\n") and "old" not in text
        assert text.count("| solve, n = 8 | 50,000 | 200.0 | 250 |") == 1
    assert report.main([]).startswith("usage")


def test_the_page_has_a_place_for_what_is_measured():
    text = report.PAGE.read_text("utf-8")
    assert [text.count(mark) for mark in report.MARKS] == [1, 1]


@pytest.mark.parametrize("name", [name for name in LINEAR if name != "nn.softmax"])
def test_conditions_and_scales_are_as_the_page_says(name):
    made = problem(recipe(name, 8, 512, "log-uniform", 1))
    asked = made.traits["log2_condition"]
    assert asked.min() < 4 and 36 < asked.max() <= np.log2(BEYOND) + 0.25
    ends = (-SMALL, SMALL) if name == "linalg.det" else (-SCALE, SCALE)
    assert (made.traits["log2_scale"].min(), made.traits["log2_scale"].max()) == ends
    assert len(clustered(name, 8, 2)) == len(CLUSTERS)
    if name != "linalg.pinv":
        assert all(part.traits["log2_condition"].min() > 40 for part in beyond(name, 8, 16))
        assert all(len(part) == 16 for part in beyond(name, 8, 16))


def test_processor_time_counts_children_that_live_and_no_sleep():
    """A child that works counts while it lives; waiting for it does not."""
    start = turns.spent()
    words = "while True: pass"
    with subprocess.Popen([sys.executable, "-c", words]) as child:
        deadline = time.monotonic() + 60
        while turns.spent() - start < 0.2 and time.monotonic() < deadline:
            time.sleep(0.05)
        grown = turns.spent() - start
        child.kill()
    assert grown >= 0.2
    start = turns.spent()
    time.sleep(0.5)
    assert turns.spent() - start < 0.2

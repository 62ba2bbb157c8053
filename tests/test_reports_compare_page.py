"""The page of a comparison: escaped, offline, legible in a real browser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reports.comparison import compare
from reports.comparison_page import html
from reports.conclude import members_of
from reports.frontier import frontier, times
from reports.record import Cell, Records
from tests.browser import CHROMIUM, MISSING, Browser
from tests.reports_example import HEADER, HOSTILE, write_run
from tests.test_compare import times_of
from tests.test_reports_compare import changed

DESKTOP, PHONE = (1280, 900), (390, 844)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two runs of which the second is worse, its header and a claim's name hostile."""
    folder = tmp_path_factory.mktemp("runs")

    def worse(records: Records) -> Records:
        cell = records.cell._replace(claim=HOSTILE)
        return replace(records, cell=cell, error=records.error * 10)

    def hostile(records: Records) -> Records:
        return replace(records, cell=records.cell._replace(claim=HOSTILE))

    versions = {**HEADER["versions"], "tensorflow": HOSTILE}
    a = changed(folder / "a", hostile)
    b = changed(folder / "b", worse, argv=[HOSTILE] * 3, versions=versions)
    timed = times(times_of(folder / "times.json"))
    return html(compare(a, b), frontier(members_of(write_run(folder / "c")), timed))


def test_nothing_is_markup_but_the_page_itself(page):
    assert "<script" not in page
    assert page.count("<svg") == 2
    assert "://" not in page.replace("http://www.w3.org/", "")
    assert "alert(" in page
    assert len(page.encode()) < 2_000_000


def test_every_cell_is_told(page, tmp_path):
    run = write_run(tmp_path / "run")
    (found,) = compare(run, b="scipy")
    told = html([found])
    assert told.count('-row">') == len(found.rows)
    assert Cell(*found.rows[0].a).claim in told
    assert "Accuracy against speed" not in told
    several = html(compare(run, axis="dtype"))
    assert "<h1>2 comparisons by dtype</h1>" in several


@pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_and_asks_for_nothing(page, tmp_path: Path, size, scheme):
    path = tmp_path / "report.html"
    path.write_text(page, "utf-8")
    with Browser(tmp_path / "profile") as browser:
        browser.size(*size)
        browser.media(scheme=scheme)
        browser.open(f"file://{path}")
        assert browser.errors == []
        assert browser.requests == [f"file://{path}"]
        assert browser.evaluate("document.documentElement.scrollWidth") == size[0]
        clipped = browser.evaluate(
            "[...document.querySelectorAll('.drawing svg text')].filter(t => { const a = "
            "t.getBoundingClientRect(), b = t.closest('svg').getBoundingClientRect(); return "
            "a.width && (a.left < b.left - 1 || a.right > b.right + 1 || a.bottom > b.bottom + 1) "
            "}).map(t => t.textContent)"
        )
        assert clipped == []

"""The page of a run in a real browser: drawn, filtered, copied, read, printed; no network."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from reports.cases import smallest
from reports.charts_draw import tables_of
from reports.html import html
from reports.verdict import run_verdict
from tests.browser import CHROMIUM, MISSING, Browser
from tests.reports_example import LEDGER, write_run
from tests.test_reports_html import hostile_page, scripts, unpacked

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
DESKTOP, PHONE = (1280, 900), (390, 844)
DRAWN = "[...document.querySelectorAll('.charts')].every(c => c.dataset.state === 'drawn')"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    run = write_run(tmp_path_factory.mktemp("reports") / "run")
    return html(run_verdict(run, LEDGER), smallest(run).values())


@pytest.fixture(scope="module")
def file(page: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(page, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def browser(started: Browser) -> Iterator[Browser]:
    """A browser that must not complain nor ask for anything but the file during a test."""
    started.errors.clear()
    started.requests.clear()
    started.size(*DESKTOP)
    started.media()
    yield started
    assert started.errors == []
    assert all(
        address.startswith(("file://", "blob:", "about:blank")) for address in started.requests
    )


def opened(browser: Browser, file: Path) -> Browser:
    """The page with every chart drawn."""
    browser.open(f"file://{file}")
    for place in range(browser.evaluate("document.querySelectorAll('.charts').length")):
        browser.evaluate(f"document.querySelectorAll('.charts')[{place}].scrollIntoView()")
        browser.wait_for(f"document.querySelectorAll('.charts')[{place}].dataset.state === 'drawn'")
    return browser


def typed(browser: Browser, words: str) -> str:
    """What the page says after these words were typed into its search."""
    browser.evaluate(
        f"document.querySelector('[name=words]').value = {json.dumps(words)};"
        "document.querySelector('#filter').dispatchEvent(new Event('input', {bubbles: true}))"
    )
    return str(browser.evaluate("document.querySelector('#shown').textContent"))


def visible(browser: Browser, selector: str) -> int:
    """How many such elements take room on the page."""
    return int(
        browser.evaluate(
            f"[...document.querySelectorAll({json.dumps(selector)})]"
            ".filter(e => e.checkVisibility()).length"
        )
    )


def test_the_network_would_be_noticed(started: Browser, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<img src='http://127.0.0.1:9/x.png'><script>oops()</script>")
    started.errors.clear()
    started.open(f"file://{tmp_path}/a.html")
    assert any(address.startswith("http:") for address in started.requests)
    assert any("oops" in error for error in started.errors)


def test_every_chart_is_drawn_from_its_points(browser: Browser, file: Path, page: str) -> None:
    opened(browser, file)
    data = unpacked(scripts(page)["data"])
    charted = [claims for claims in data["routines"] if claims]
    assert browser.evaluate("document.querySelectorAll('.charts').length") == len(charted) == 2
    for number, claims in enumerate(charted):
        within = f"document.querySelectorAll('.charts')[{number}]"
        names = browser.evaluate(
            f"[...{within}.querySelectorAll('figure:not([hidden]) .plot')]"
            ".map(p => p.dataset.drawn)"
        )
        assert {"condition", "shares", "digits", "size", "scale", "rival"} == set(names)
        rows = tables_of(claims[0])["points"]
        rings = sum(row["broken"] for row in rows)
        for name, field in (("condition", "condition"), ("scale", "scale"), ("rival", "rival")):
            points = [row for row in rows if row[field] is not None]
            drawn = browser.evaluate(
                f"{within}.querySelectorAll('[data-chart={name}] .mark-symbol > path').length"
            )
            assert len(points) <= drawn <= len(points) + rings
            assert points
        assert browser.evaluate(
            f"[...{within}.querySelectorAll('figure:not([hidden]) .plot')]"
            ".every(p => p.getAttribute('aria-label').length > 20)"
        )
    assert visible(browser, ".grid details:not([hidden])") > 6


def test_another_claim_is_drawn(browser: Browser, file: Path) -> None:
    opened(browser, file)
    before = browser.evaluate("document.querySelector('.charts .words').textContent")
    browser.evaluate(
        "(s => { s.value = '1'; s.dispatchEvent(new Event('change')) })"
        "(document.querySelector('.charts select'))"
    )
    browser.wait_for(DRAWN)
    assert browser.evaluate("document.querySelector('.charts .words').textContent") != before


def test_the_filter(browser: Browser, file: Path) -> None:
    opened(browser, file)
    assert typed(browser, "").startswith("All 24 cells and 2 findings")
    assert typed(browser, "SoftMax entry") == (
        "Shown: 10 of 24 cells in 1 routine, 0 of 2 findings."
    )
    assert visible(browser, ".routine") == 1
    assert visible(browser, ".matrix tbody tr") == 1
    assert visible(browser, "#findings article") == 0
    assert typed(browser, "nothing is called this").startswith("Shown: 0 of 24 cells")
    assert visible(browser, ".routine") == 0
    typed(browser, "")
    browser.evaluate("document.querySelector('[name=verdict][value=new]').click()")
    assert str(browser.evaluate("document.querySelector('#shown').textContent")).startswith(
        "Shown: 1 of 24 cells in 1 routine, 1 of 2 findings"
    )
    browser.evaluate("document.querySelector('[name=dtype][value=bfloat16]').click()")
    assert visible(browser, ".routine") == 0
    browser.evaluate("document.querySelector('#filter button').click()")
    browser.wait_for("document.querySelector('#shown').textContent.startsWith('All 24')")


def test_the_filter_reaches_the_charts(browser: Browser, file: Path) -> None:
    opened(browser, file)
    count = "document.querySelectorAll('[data-chart=scale] .mark-symbol > path').length"
    before = browser.evaluate(count)
    browser.evaluate("document.querySelector('[name=mode][value=xla]').click()")
    browser.wait_for(f"0 < {count} && {count} < {before}")
    browser.wait_for(DRAWN)


def test_a_link_leads_into_what_is_closed(browser: Browser, file: Path) -> None:
    browser.open(f"file://{file}#claim-linalg-solve-backward")
    assert visible(browser, "#claim-linalg-solve-backward table") == 1
    assert visible(browser, "#claim-nn-softmax-entrywise table") == 0
    browser.evaluate("document.querySelector('[href=\"#claim-nn-softmax-entrywise\"]').click()")
    browser.wait_for("document.querySelector('#claim-nn-softmax-entrywise').checkVisibility()")


def test_a_script_is_copied(browser: Browser, file: Path) -> None:
    opened(browser, file)
    browser.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    assert visible(browser, "pre.script") == 2
    browser.evaluate("document.querySelector('#findings button').click()")
    browser.wait_for("document.querySelector('#findings button').textContent === 'Copied'")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_it_fits_and_can_be_read(
    browser: Browser, file: Path, size: tuple[int, int], scheme: str
) -> None:
    browser.size(*size)
    browser.media(scheme=scheme)
    opened(browser, file)
    browser.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    assert browser.evaluate("document.documentElement.scrollWidth") == size[0]
    clipped = browser.evaluate(
        "[...document.querySelectorAll('.plot svg text')].filter(t => { const a = "
        "t.getBoundingClientRect(), b = t.closest('svg').getBoundingClientRect(); return a.width "
        "&& (a.left < b.left - 1 || a.right > b.right + 1 || a.bottom > b.bottom + 1) })"
        ".map(t => t.textContent)"
    )
    assert clipped == []
    assert browser.evaluate(CONTRAST) == []


def test_long_names_break_on_a_phone(browser: Browser, page: str, tmp_path: Path) -> None:
    short, long = (
        "linalg.<wbr>solve",
        "nn.<wbr>sparse_<wbr>softmax_<wbr>cross_<wbr>entropy_<wbr>with",
    )
    assert page.count(short) >= 4  # findings, the matrix, blame, its own section
    path = tmp_path / "report.html"
    path.write_text(page.replace(short, long), encoding="utf-8")
    browser.size(*PHONE)
    opened(browser, path)
    assert browser.evaluate("document.documentElement.scrollWidth") == PHONE[0]


def test_it_is_whole_without_scripts(browser: Browser, file: Path) -> None:
    browser.ask("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(f"file://{file}")
        assert visible(browser, ".plot svg") == 6
        assert visible(browser, "#filter") == 0
        told = ", ".join(f".matrix td.{word}" for word in ("far", "mid", "near", "known"))
        assert visible(browser, told) > 5
    finally:
        browser.ask("Emulation.setScriptExecutionDisabled", value=False)


def test_a_script_unpacks_what_a_page_of_many_routines_has_no_room_for(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.html.STEPS", ((1, True),))
    run = write_run(tmp_path / "run")
    path = tmp_path / "report.html"
    path.write_text(html(run_verdict(run, LEDGER), smallest(run).values()), encoding="utf-8")
    browser.open(f"file://{path}#claim-linalg-solve-backward")
    browser.wait_for("document.querySelector('#claim-linalg-solve-backward')?.checkVisibility()")
    assert typed(browser, "").startswith("All 24 cells and 2 findings")
    assert typed(browser, "SoftMax entry") == (
        "Shown: 10 of 24 cells in 1 routine, 0 of 2 findings."
    )
    browser.ask("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(f"file://{path}")
        browser.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        assert visible(browser, "noscript p") == 1
        assert visible(browser, ".counted tbody tr") == 4
    finally:
        browser.ask("Emulation.setScriptExecutionDisabled", value=False)


def test_it_prints_light_and_whole(browser: Browser, file: Path) -> None:
    opened(browser, file)
    browser.media("print", "dark")
    assert browser.evaluate("getComputedStyle(document.body).color") == "rgb(27, 28, 30)"
    assert visible(browser, "#filter") == 0
    assert visible(browser, ".claimed table") == 4
    shut = "document.querySelectorAll('details:not([open])').length"
    before = browser.evaluate(shut)
    browser.evaluate("dispatchEvent(new Event('beforeprint')) && 0")
    assert before > 0 and browser.evaluate(shut) == 0
    browser.evaluate("dispatchEvent(new Event('afterprint')) && 0")
    assert browser.evaluate(shut) == before
    told = browser.ask("Page.printToPDF")
    assert len(told["data"]) > 20_000


def test_hostile_words_do_nothing(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(hostile_page(tmp_path), encoding="utf-8")
    opened(browser, path)
    assert browser.evaluate("window.broken") is None
    assert browser.evaluate("document.scripts.length") == 4  # and the library
    assert visible(browser, ".plot svg") >= 3
    assert re.match("Shown: 4 of 4", typed(browser, "window.broken"))


CONTRAST = """
(() => {
  const parts = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const light = (rgb) => {
    const [r, g, b] = rgb.slice(0, 3).map((v) => v / 255)
      .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parts(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.99) return colour;
    }
    return parts(getComputedStyle(document.documentElement).backgroundColor);
  };
  const faint = [];
  for (const e of document.querySelectorAll("body *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.checkVisibility() || e.closest("svg, script, .unexercised")) continue;
    const [a, b] = [light(parts(getComputedStyle(e).color)), light(ground(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faint.push(`${e.tagName}.${e.className} ${ratio.toFixed(2)}`);
  }
  return [...new Set(faint)];
})()
"""

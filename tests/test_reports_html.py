"""The page of a run as text: what it holds, what it says first, what it lets through."""

from __future__ import annotations

import base64
import gzip
import json
import re
import string
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reports.accepted import Figures
from reports.annotations import annotated
from reports.cases import smallest
from reports.charts_page import packed
from reports.conditioning import blame, by_routine, counted
from reports.drift import REGRESSED, Drift, Drifts
from reports.html import LARGEST, html
from reports.machine import machine
from reports.record import ANSWER, BROKEN, OUTCOMES, Answers, Cell
from reports.run import mark_complete
from reports.store import Spool
from reports.told import as_known_now
from reports.verdict import RunVerdict, run_verdict
from tests.reports_example import (
    FINDING,
    HEADER,
    HOSTILE,
    LEDGER,
    MEMBERS,
    records,
    stack,
    write_run,
)

WORSE = f"</script><script>window.broken = 1</script>\u2028\u2029<!--<script>{HOSTILE}"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("reports") / "run", workers=2)


@pytest.fixture(scope="module")
def verdict(run: Path) -> RunVerdict:
    return run_verdict(run, LEDGER)


@pytest.fixture(scope="module")
def page(run: Path, verdict: RunVerdict) -> str:
    return html(verdict, smallest(run).values())


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> str:
    return hostile_page(tmp_path_factory.mktemp("hostile"))


def hostile_page(folder: Path) -> str:
    """The page of a run in which every word is an attack."""
    claim = {**HEADER["claims"][0], "routine": WORSE, "claim": WORSE, "bound": WORSE,
             "because": WORSE, "terms": {WORSE: WORSE}}  # fmt: skip
    header = {**HEADER, "claims": [claim], "commit": WORSE, "device": WORSE, "started": WORSE}
    told = stack("linalg.solve", 1)
    told = replace(told, routine=WORSE, traits={"structure": np.array([WORSE] * MEMBERS)})
    with Spool(folder, "main", header) as spool:
        spool.append(told)
        for dtype in (WORSE, "float64"):
            for mode, backend in ((WORSE, "tensorflow"), ("library", WORSE)):
                cell = Cell(WORSE, WORSE, dtype, mode, backend)
                outcomes = np.full(MEMBERS, OUTCOMES.index(ANSWER), np.int8)
                spool.append(Answers(told.digest, WORSE, dtype, mode, backend, outcomes, {}))
                spool.append(records(cell, 1))
    mark_complete(folder)
    finding = replace(
        FINDING, because=WORSE, formula=WORSE, engines=(WORSE,), outcome=WORSE, source=WORSE,
        cell=Cell(WORSE, WORSE, "float64", "eager", "tensorflow"), known=WORSE,
        environment={WORSE: WORSE},
    )  # fmt: skip
    return html(run_verdict(folder, LEDGER), [finding])


class Outline(HTMLParser):
    """Every tag that a browser would open, and the text outside of styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def scripts(page: str) -> dict[str, str]:
    """The text of each script element, by its name; the page's own script is the last."""
    found = re.findall(r'<script(?: type="[^"]*" id="(\w+)")?>(.*?)</script>', page, re.DOTALL)
    return dict(found)


def unpacked(text: str) -> Any:
    """What the page's script draws from."""
    return json.loads(gzip.decompress(base64.b64decode(text)))


def test_one_offline_file_that_links_within_itself(page: str) -> None:
    outline = Outline(page)
    names = [tag for tag, _ in outline.tags]
    assert not set(names) & {"link", "img", "iframe", "object", "base", "embed", "video"}
    assert names.count("script") == 3
    assert not any("src" in attributes for _, attributes in outline.tags)
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    links = [attributes["href"] or "" for tag, attributes in outline.tags if tag == "a"]
    assert len(ids) == len(set(ids))
    assert links and all(link.startswith("#") and link[1:] in ids for link in links)
    assert "url(" not in page and "@import" not in page
    assert not any(name.startswith("on") for _, attributes in outline.tags for name in attributes)


def test_its_policy_runs_one_script_and_asks_for_nothing(page: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    rules = dict(rule.split(" ", 1) for rule in policy[1].replace("&#39;", "'").split("; "))
    assert rules["default-src"] == "'none'"
    assert re.fullmatch(r"'sha256-[\w+/]{43}=' blob:", rules["script-src"])
    assert set(rules) == {"default-src", "style-src", "script-src"}


def test_it_says_the_verdict_first(page: str) -> None:
    text = " ".join(Outline(page).text.split())
    assert "No: 1 new break of a claim, in 1 cell." in text
    for told in ("3 * n * growth + 1", "theorem 9.3", "not offered", "nothing compared", "Rivals"):
        assert told in text
    order = ("No: 1 new break", "Worst findings", "Not covered", "Worst share, by routine",
             "The implementation, or the problem?", "Routines", "Findings",
             "Provenance")  # fmt: skip
    assert text.count("the error is beyond it") == text.count("the implementation's own") == 1
    places = [text.index(word) for word in order]
    assert places == sorted(places)


def test_it_is_made_for_everyone(page: str) -> None:
    outline = Outline(page)
    names = [tag for tag, _ in outline.tags]
    assert names.count("main") == 1 and names.count("h1") == 1
    levels = [int(tag[1]) for tag in names if re.fullmatch("h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all("scope" in attributes for tag, attributes in outline.tags if tag == "th")
    for tag, attributes in outline.tags:
        if attributes.get("role") in ("img", "region", "group", "search"):
            assert attributes.get("aria-label") or attributes.get("aria-labelledby"), tag
    ids = {attributes.get("id") for _, attributes in outline.tags}
    named = [a["aria-labelledby"] for _, a in outline.tags if "aria-labelledby" in a]
    assert named and set(named) <= ids


def test_every_comparison_is_counted(page: str, verdict: RunVerdict) -> None:
    for _, claims in by_routine(verdict):
        for claim in claims:
            cells = [row.summary for row in claim.cells if row.cell.backend == "tensorflow"]
            total = claim.held + claim.new + claim.known + claim.undecided + claim.vacuous
            assert total == sum(summary.total for summary in cells)
            assert claim.broken == sum(summary.verdicts[BROKEN] for summary in cells)
    shown = len(re.findall(r'<td class="axis">', page))
    assert shown == len(verdict.summary.cells)


def test_nobody_is_to_blame_where_nothing_was_compared(verdict: RunVerdict) -> None:
    for routine, claims in by_routine(verdict):
        compared = any(claim.compared for claim in claims)
        assert (blame(routine, claims).word == "nothing compared") != compared
        unset = [counted(claim.claim, ()) for claim in claims]
        assert blame(routine, unset).word == "nothing compared"


def test_what_regressed_is_told(verdict: RunVerdict) -> None:
    cell = Cell("nn.softmax", "entrywise", "float32", "eager", "tensorflow")
    before, now = Figures(40, 0.1, 0.2, 0.25), Figures(40, 0.3, 0.4, 0.5)
    drifts = Drifts("generic", (Drift(cell, REGRESSED, 30, 1, before, now),))
    told = replace(verdict, drift=drifts)
    text = " ".join(Outline(html(told)).text.split())
    line = "nn.softmax entrywise float32 eager: 30 worse, 1 better of 40"
    assert "1 cell regressed against the baseline generic" in text and line in text
    assert text.index(line) < text.index("Worst share, by routine")
    assert any(line.startswith("::error title=nn.softmax entrywise") for line in annotated(told))
    assert line in json.loads(machine(told))["drift"]["Regressed"][0]


def test_a_finding_is_as_known_as_its_ledger_is_today(run: Path, verdict: RunVerdict) -> None:
    found = next(f for f in smallest(run).values() if f.known)
    assert as_known_now(replace(found, known=""), verdict) == found
    assert as_known_now(FINDING, verdict).known == ""
    other = replace(found, digest="f" * 16, known="an entry")
    assert as_known_now(other, verdict).known == "an entry"
    assert as_known_now(replace(other, known=""), verdict).known == found.known
    assert as_known_now(replace(FINDING, digest="f" * 16), verdict).known == ""


def test_hostile_words_stay_words(hostile: str) -> None:
    outline = Outline(hostile)
    assert [tag for tag, _ in outline.tags].count("script") == 3
    assert not any(name.startswith("on") for _, attributes in outline.tags for name in attributes)
    assert not set("\u2028\u2029\x1b") & set(hostile)
    assert "49" not in outline.text.split()  # {{ 7 * 7 }} is not evaluated
    data = unpacked(scripts(hostile)["data"])
    assert data["routines"][0][0]["claim"] == WORSE
    drawings = re.findall(r"<svg.*?</svg>", hostile, re.DOTALL)
    assert len(drawings) == 3
    for drawing in drawings:
        tags = {tag for tag, _ in Outline(drawing).tags}
        assert tags <= {"svg", "g", "path", "line", "text", "rect", "title"}


def test_json_that_cannot_leave_its_element() -> None:
    text = packed({WORSE: [WORSE, 1.5]})
    assert set(text) <= set(string.ascii_letters + string.digits + "+/=")
    assert unpacked(text) == {WORSE: [WORSE, 1.5]}


def test_what_a_script_unpacks_is_what_would_stand_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = hostile_page(tmp_path / "whole")
    monkeypatch.setattr("reports.html.STEPS", ((1, True),))
    page = hostile_page(tmp_path / "packed")
    parts = unpacked(scripts(page)["data"])["parts"]
    assert len(parts) == page.count("data-part=") > 0
    assert "claimed" not in {a.get("class") for _, a in Outline(page).tags}
    for part in parts:
        outline = Outline(part)
        assert "script" not in {tag for tag, _ in outline.tags}
        assert not any(name.startswith("on") for _, named in outline.tags for name in named)
        assert " ".join(part.split()) in " ".join(whole.split())
        assert part.count("<tr") == part.count("</tr>") > 1


def test_a_page_stays_below_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    claims = [f"{'claim ' * 12}{i}" for i in range(150)]
    with Spool(tmp_path, "main", HEADER) as spool:
        spool.append(stack("linalg.solve", 1))
        for claim in claims:
            for dtype in ("float32", "float64"):
                for mode in ("eager", "graph", "xla"):
                    cell = Cell("linalg.solve", claim, dtype, mode, "tensorflow")
                    spool.append(records(cell, 1))
    mark_complete(tmp_path)
    findings = [replace(FINDING, digest=f"{i:016x}", member=i) for i in range(300)]
    verdict = run_verdict(tmp_path, LEDGER)
    text = html(verdict, findings)
    assert len(text.encode()) < LARGEST
    assert "more, in files below" in text
    monkeypatch.setattr("reports.html.LARGEST", 530_000)
    less = html(verdict, findings)
    assert len(less.encode()) < 530_000
    parts = unpacked(scripts(less)["data"])["parts"]
    assert any("has no room for more" in part for part in parts)
    assert less.count("<article") < text.count("<article")
    for kept in (r"<td>on the implementation", r'class="?(?:far|mid|near)\b'):
        assert len(re.findall(kept, less)) == len(re.findall(kept, text)) > 0

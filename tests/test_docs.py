"""The documents name what exists, and all of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from properties.bounds import table
from properties.catalogue import pages
from properties.coverage import PAGE, again
from properties.registry import routines
from reports import defects_page, power, power_page
from reports.defects import defects

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]
FOLDERS = ("properties", "references", "reports", "tests", "docs", "benchmarks", ".github")


def test_the_table_of_claims_is_up_to_date():
    stored = (ROOT / "docs" / "bounds-table.md").read_text(encoding="utf-8")
    assert stored == table(), "run: python -m properties.bounds > docs/bounds-table.md"


def test_the_catalogue_of_routines_is_up_to_date():
    stored = (ROOT / "docs" / "routines.md").read_text(encoding="utf-8")
    assert stored == pages(), "run: python -m properties.catalogue > docs/routines.md"
    assert all(f"## {name}\n" in stored for name in routines())


def test_the_page_of_defects_is_of_the_ledger():
    stored = (ROOT / "docs" / "defects.md").read_text(encoding="utf-8")
    assert stored == defects_page.page(defects()), (
        "run: python -m reports.defects_page > docs/defects.md"
    )


def test_the_table_of_what_is_covered_is_of_the_routines():
    text = PAGE.read_text(encoding="utf-8")
    assert text == again(text), "run: python -m properties.coverage"


def test_the_page_of_what_claims_notice_is_of_its_file():
    measured = power.load()
    folder = power_page.DOCS / power_page.FOLDER
    stored = {f"{power_page.FOLDER}/{path.name}": path for path in folder.glob("*.md")}
    stored["power.md"] = power_page.DOCS / "power.md"
    written = {name: path.read_text(encoding="utf-8") for name, path in stored.items()}
    assert written == power_page.pages(measured), "run: python -m properties.power --page"
    assert max(map(len, written.values())) < 100_000, "a page that nobody reads"
    assert set(power.survivors(measured.items)) == set(power.reasons())


@pytest.mark.parametrize("name", sorted(routines()))
def test_each_routine_and_claim_is_derived(name: str):
    text = (ROOT / "docs" / "bounds.md").read_text(encoding="utf-8")
    sections = re.split(r"^## ", text, flags=re.MULTILINE)
    section = next((s for s in sections if name in s.split("\n")[0].split(", ")), "")
    assert section, f"docs/bounds.md has no section on {name}"
    missing = [c.name for c in routines()[name].claims if f"**{c.name}.**" not in section]
    assert not missing, f"docs/bounds.md does not derive these claims of {name}"


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_links_lead_somewhere(page: Path):
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_files_that_are_named_exist(page: Path):
    named = re.findall(r"`([\w./-]+\.(?:py|toml|md|yml))`", page.read_text(encoding="utf-8"))
    paths = [name for name in named if name.split("/")[0] in FOLDERS]
    missing = [name for name in paths if not (ROOT / name).exists()]
    assert not missing


def test_the_readme_names_every_option():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    options = re.findall(r'addoption\("(--[\w-]+)"', (ROOT / "conftest.py").read_text("utf-8"))
    assert options
    assert [option for option in options if option not in text] == []

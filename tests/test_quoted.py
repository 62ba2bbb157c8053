"""The command lines that the documents quote are ones that the command lines take."""

from __future__ import annotations

import configparser
import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest
from _pytest.config import get_config

from reports.__main__ import main as cli

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
RUNS = {"audit", "gate", "exhaustive", "replay"}  # environments of tox that take pytest's options
OURS = {f"properties.{name}" for name in ("campaign", "soak", "corpus")}
DASK = {"worker": "dask_worker", "scheduler": "dask_scheduler", "ssh": "dask_ssh"}


def quoted(page: Path) -> list[list[str]]:
    """The lines of code blocks as a shell takes them apart, variables filled with ones."""
    lines = []
    for block in re.findall(
        r"^```\w*\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL
    ):
        joined = block.replace("\\\n", " ")
        filled = re.sub(r"\$\(\(.*?\)\)|\$\{?\w+\}?", "1", joined)
        for line in filled.splitlines():
            found = re.search(r"(?:^|[\s'\"])((?:\.tox/\w+/bin/)?(?:python|tox|dask) .*)", line)
            if found:
                text = re.split(r"\s+#|\s{3,}|'$|\s*&&|\s*;|\s>|\s&", found[1])[0]
                if text.count("'") % 2 or text.count('"') % 2:  # it stood within those of another
                    text = re.sub("['\"]", "", text)
                lines.append(shlex.split(text.replace("...", "")))
    return lines


def unknown_to_pytest(words: list[str]) -> list[str]:
    """Options that pytest, with this suite's and xdist's, does not have."""
    import conftest

    config = get_config()
    config.pluginmanager.import_plugin("xdist.plugin")
    parser = config._parser  # noqa: SLF001 - it has no other way to be asked
    conftest.pytest_addoption(parser)
    _, unknown = parser.parse_known_and_unknown_args(words)
    return unknown


def objection(words: list[str]) -> str:  # noqa: PLR0911 - a line for each program
    """What speaks against a command line; empty where nothing does, or nobody here knows it."""
    if words[0] == "tox":
        tox = configparser.ConfigParser(interpolation=None)
        tox.read(ROOT / "tox.ini")
        name = words[2] if words[1:2] == ["-e"] else ""
        if name and f"testenv:{name}" not in tox:
            return f"tox has no {name}"
        more = words[words.index("--") + 1 :] if "--" in words else []
        return " ".join(unknown_to_pytest(more)) if name in RUNS else ""
    if words[0] == "dask":
        module = pytest.importorskip(f"distributed.cli.{DASK[words[1]]}", reason="needs Dask")
        module.main.make_context(words[1], words[2:], resilient_parsing=True)
        return ""
    if words[1:2] != ["-m"]:
        return ""
    module, more = words[2], words[3:]
    if module == "pytest":
        return " ".join(unknown_to_pytest(more))
    if module == "reports":
        command = cli.commands.get(more[0]) if more[0] != "--help" else cli
        if command is None:
            return f"reports has no {more[0]}"
        command.make_context(more[0], more[1:], resilient_parsing=True)
        return ""
    if module in OURS:
        _, others = import_module(module).parser().parse_known_args(more)
        return " ".join(unknown_to_pytest(others))
    return "" if (ROOT / f"{module.replace('.', '/')}.py").exists() or "." not in module else module


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_of_a_page_are_taken(page):
    refused = {" ".join(words): said for words in quoted(page) if (said := objection(words))}
    assert not refused


def test_recipes_of_campaigns_are_among_them():
    every = [" ".join(words) for words in quoted(ROOT / "docs" / "campaigns.md")]
    for part in ("--shard 1/1", "dask worker", "dask scheduler", "dask ssh", "reports merge",
                 "properties.soak", "properties.corpus", "properties.campaign"):  # fmt: skip
        assert any(part in line for line in every), part


@pytest.mark.parametrize(
    "line",
    [
        "tox -e nonsense",
        "tox -e audit -- --bugdet 2h",
        "python -m pytest properties --shards 1/8",
        "python -m reports mrege out a b",
        "python -m properties.campaign run --shard-count 3",
        "python -m properties.nonsense",
    ],
)
def test_a_line_that_nobody_takes_is_noticed(line):
    assert objection(shlex.split(line))

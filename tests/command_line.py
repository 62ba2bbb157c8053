"""The command lines of the suite, started as a person starts them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.forked import Command

ROOT = Path(__file__).parent.parent
LIMIT = 300  # seconds that a command may take on a loaded machine
# A command must not inherit that it is run by a worker of xdist.
CLEAN = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")}
SMALL = ("--max-examples", "4", "--depth", "4", "--modes", "eager", "--no-drift")


def start(*words: str | Path) -> Command:
    """`python -m ...` in the checkout, running: a fork of an interpreter with the suite loaded."""
    return Command([str(word) for word in words], CLEAN)


def fresh(*words: str | Path) -> subprocess.Popen[str]:
    """The same in an interpreter of its own, as a person starts it."""
    return subprocess.Popen(
        [sys.executable, "-m", *map(str, words)],
        cwd=ROOT,
        env=CLEAN,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


Start = Callable[..., Command | subprocess.Popen[str]]


def python(*words: str | Path, by: Start = start) -> tuple[int, str]:
    """Exit code and output of `python -m ...`, which never ends in a traceback."""
    with by(*words) as process:
        output, _ = process.communicate(timeout=LIMIT)
    assert "Traceback" not in output, output
    assert "INTERNALERROR" not in output, output
    return process.returncode, output


def gate(run: Path, *words: str | Path, by: Start = start) -> tuple[int, str]:
    """A small run of the properties into a folder; of those files that are named, if any are."""
    named = any(str(word).startswith("properties/") for word in words)
    return python(
        "pytest", *(["properties"] * (not named)), "-q", "--run", run, *SMALL, *words, by=by
    )


def reports(*words: str | Path) -> tuple[int, str]:
    """A command of `python -m reports`."""
    return python("reports", *words)

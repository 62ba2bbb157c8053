"""The audit of dependencies is never green for want of an answer."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

import pytest

main = runpy.run_path(str(Path(__file__).parent.parent / ".ci" / "security.py"))["main"]
GOOD = {"name": "numpy", "version": "2.0", "vulns": []}
BAD = {
    "name": "jinja2",
    "version": "2.0",
    "vulns": [
        {"id": "PYSEC-2021-66", "fix_versions": ["2.11.3"], "aliases": [], "description": ""}
    ],
}
SKIPPED = {"name": "scipy", "skip_reason": "Dependency not found on PyPI: scipy (1.0)"}
DOWN = "import sys; sys.stderr.write('WARNING: x\\nERROR: connection refused\\n'); sys.exit(1)"


def answering(packages: object) -> tuple[str, ...]:
    """A command that answers as pip-audit does."""
    text = json.dumps({"dependencies": packages, "fixes": []})
    return sys.executable, "-c", f"print({text!r})"


@pytest.mark.parametrize(
    ("command", "code", "line"),
    [
        (answering([GOOD]), 0, "1 of 1 packages audited, 0 known vulnerabilities"),
        (answering([GOOD, BAD]), 1, "2 of 2 packages audited, 1 known vulnerabilities"),
        (answering([GOOD, SKIPPED]), 3, "not audited: 1 of 2 packages audited, 0 known"),
        (answering([SKIPPED, BAD]), 1, "not audited: 1 of 2 packages audited, 1 known"),
        (answering([]), 3, "not audited: 0 of 0 packages"),
        (answering([{"name": "x"}]), 3, "not audited: "),
        ((sys.executable, "-c", DOWN), 3, "not audited: ERROR: connection refused"),
        ((sys.executable, "-c", ""), 3, "not audited: pip-audit said nothing"),
    ],
)
def test_what_was_not_asked_about_is_not_fine(capsys, command, code, line):
    assert main([], command) == code
    told = capsys.readouterr().out.splitlines()
    assert told[-1].startswith(line), told
    assert ("jinja2 2.0: PYSEC-2021-66 (fixed in 2.11.3)" in told) == ("1 known" in told[-1])


@pytest.mark.parametrize(
    ("packages", "code"), [([GOOD], 0), ([GOOD, SKIPPED], 0), ([GOOD, BAD], 1), ([SKIPPED, BAD], 1)]
)
def test_a_gate_is_told_and_goes_on_where_nobody_could_be_asked(capsys, packages, code):
    assert main(["--or-unknown"], answering(packages)) == code
    told = capsys.readouterr().out.splitlines()[-1]
    assert told.startswith("not audited: ") == (SKIPPED in packages)

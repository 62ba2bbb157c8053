"""`python .ci/security.py [--or-unknown] [WORDS FOR PIP-AUDIT]`: known vulnerabilities here.

pip-audit is green where an index does not know a package, or has no page for it, for then it skips
the package. Here what was not asked about is not fine. The last line says what came of it.

exit code 0: every package was asked about, none has a known vulnerability; 1: some have; 3: nobody
could be asked about some or all of them, so nothing is known; 1 outweighs 3. With --or-unknown that
is 0 too: a project's gate shall not stand still because an index does not answer. The line is told.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

FINE, VULNERABLE, UNKNOWN = 0, 1, 3
LENIENT = "--or-unknown"
COMMAND = (sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off")


def main(words: Sequence[str], command: Sequence[str] = COMMAND) -> int:
    """Ask pip-audit; the exit code."""
    asked = [word for word in words if word != LENIENT]
    done = subprocess.run([*command, *asked], capture_output=True, text=True, check=False)
    try:
        packages = json.loads(done.stdout)["dependencies"]
        lines, code = told(packages)
    except (ValueError, KeyError, TypeError):
        last = [line.strip() for line in done.stderr.splitlines() if line.strip()][-1:]
        lines, code = [f"not audited: {' '.join(last)[:300] or 'pip-audit said nothing'}"], UNKNOWN
    print("\n".join(lines))
    return FINE if code == UNKNOWN and LENIENT in words else code


def told(packages: Sequence[dict[str, Any]]) -> tuple[list[str], int]:
    """What a report of pip-audit comes to: lines, the summary last, and the exit code."""
    skipped = [package for package in packages if "skip_reason" in package]
    found = [
        f"{package['name']} {package['version']}: {vulnerability['id']}"
        f" (fixed in {', '.join(vulnerability['fix_versions']) or 'no version'})"
        for package in packages
        if "skip_reason" not in package
        for vulnerability in package["vulns"]
    ]
    asked = f"{len(packages) - len(skipped)} of {len(packages)} packages audited"
    known = f"{len(found)} known vulnerabilities"
    if skipped or not packages:
        first = f"; first: {skipped[0]['skip_reason']}" if skipped else ""
        line = f"not audited: {asked}, {known}, {len(skipped)} could not be asked about{first}"
        return [*found, line], VULNERABLE if found else UNKNOWN
    return [*found, f"{asked}, {known}"], VULNERABLE if found else FINE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

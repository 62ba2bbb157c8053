"""`python -m properties.bounds`: every claim with its formula, its reason and what was measured.

docs/bounds-table.md is what this prints; a test asserts that it is up to date.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from properties.claims import claims_of
from properties.modes import MODES
from properties.registry import routines
from reports.baseline import HERE, Baseline, load
from reports.figures import share_text
from reports.record import HONESTY, Cell

MEASURED = "linux-x86_64"  # the baseline whose worst shares are shown
BLUNT = 1e-3  # a claim that no answer comes nearer to says little of an implementation
HEAD = f"""\
# All claims

Written by `python -m properties.bounds`; the derivations are in [bounds.md](bounds.md).
Errors and bounds are in units of eps, the spacing of the dtype at 1. Worst shares are those of the
baseline `{MEASURED}`, over the stored recipes in all dtypes; above 1 a break that the
[ledger](../reports/known.toml) knows. *Blunt* is a claim that no answer comes within a thousandth
of: it notices nothing small."""


def table() -> str:
    """One section for each routine: its terms, then its claims."""
    stated = claims_of(list(routines().values()))
    measured = worst_shares(load(HERE / f"{MEASURED}.json"))
    sections = [HEAD]
    for name, claims in groupby(stated, key=lambda claim: claim["routine"]):
        sections.append("\n".join(_section(str(name), list(claims), measured)))
    return "\n\n".join(sections) + "\n"


def worst_shares(baseline: Baseline) -> dict[tuple[str, str, str], tuple[float, str]]:
    """The largest share by routine, claim and mode, and the version of TensorFlow."""
    found: dict[tuple[str, str, str], tuple[float, str]] = {}
    for cell, accepted in baseline.cells.items():
        share, key = accepted.figures.worst, _key(cell)
        if accepted.figures.compared and not share <= found.get(key, (-1.0, ""))[0]:
            found[key] = share, baseline.versions.get(cell.routine, "")
    return found


def _key(cell: Cell) -> tuple[str, str, str]:
    return cell.routine, cell.claim, cell.mode


def _section(
    name: str, claims: list[dict[str, Any]], measured: Mapping[Any, tuple[float, str]]
) -> Iterator[str]:
    yield f"## {name}"
    yield ""
    for term, formula in claims[0]["terms"].items():
        yield f"- where {term} = `{formula}`"
    for claim in claims:
        yield f"- **{claim['claim']}**: at most `{claim['bound']}`, because {claim['because']}."
        if claim["unless"] not in ("", "0"):
            yield f"  Vacuous where `{claim['unless']}` may reach 1."
        if claim["claim"] != HONESTY:  # its errors are no numbers
            yield f"  {_told(name, claim['claim'], measured)}"


def _told(routine: str, claim: str, measured: Mapping[Any, tuple[float, str]]) -> str:
    """What was measured of one claim, by mode."""
    found = {m: measured[routine, claim, m] for m in MODES if (routine, claim, m) in measured}
    if not found:
        return "Not in the baseline."
    shares = ", ".join(f"{share_text(share)} {mode}" for mode, (share, _) in found.items())
    versions = sorted({version for _, version in found.values()})
    blunt = " Blunt." if 0 < max(share for share, _ in found.values()) < BLUNT else ""
    return f"Worst share: {shares} (TensorFlow {', '.join(versions)}).{blunt}"


if __name__ == "__main__":
    print(table(), end="")  # noqa: T201 - printing is what it is for

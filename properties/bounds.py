"""`python -m properties.bounds`: every claim with its formula and its reason, as Markdown.

docs/bounds-table.md is what this prints; a test asserts that it is up to date.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from properties.registry import routines
from properties.session import claims_of

HEAD = """\
# All claims

Written by `python -m properties.bounds`; the derivations are in [bounds.md](bounds.md).
Errors and bounds are in units of eps, the spacing of the dtype at 1."""


def table() -> str:
    """One section for each routine: its terms, then its claims."""
    stated = claims_of(list(routines().values()))
    sections = [HEAD]
    for name, claims in groupby(stated, key=lambda claim: claim["routine"]):
        sections.append("\n".join(_section(str(name), list(claims))))
    return "\n\n".join(sections) + "\n"


def _section(name: str, claims: list[dict[str, Any]]) -> Iterator[str]:
    yield f"## {name}"
    yield ""
    for term, formula in claims[0]["terms"].items():
        yield f"- where {term} = `{formula}`"
    for claim in claims:
        yield f"- **{claim['claim']}**: at most `{claim['bound']}`, because {claim['because']}."
        if claim["unless"] not in ("", "0"):
            yield f"  Vacuous where `{claim['unless']}` may reach 1."


if __name__ == "__main__":
    print(table(), end="")  # noqa: T201 - printing is what it is for
